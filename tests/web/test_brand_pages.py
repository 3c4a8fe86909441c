# SPDX-License-Identifier: Apache-2.0
"""The chapter of brands: every page teaches, answers, refuses in words and keeps; programs get the answers of the command line."""

import html
import json
import re
from pathlib import Path

import pytest
from tests.web.conftest import Call

from sichen.adapters import DataFolder
from sichen.adapters.sample_brands import sample_file
from sichen.cli.__main__ import run
from sichen.core import Figure, Instant, Record
from sichen.web.brand.topics import TOPICS

ENGLISH = {"accept-language": "en"}
KEPT = [name for name, topic in TOPICS.items() if topic.keep is not None]


def form_of(name: str, **more: str) -> dict[str, str]:
    """Return the form of a page as a browser sends it with the sample."""
    topic = TOPICS[name]
    further = {key: sample_file(sample).decode().replace("\n", "\r\n") for key, sample in topic.further.items()}
    return {"main": sample_file(topic.sample).decode().replace("\n", "\r\n"), **further, **topic.fields, **more}


@pytest.mark.parametrize("name", TOPICS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_empty_page_teaches_and_its_sample_answers(call: Call, name: str, language: str) -> None:
    path = TOPICS[name].path
    empty = call("GET", f"{path}?lang={language}")
    assert empty.status_code == 200
    assert f"{path}?sample=true" in empty.text
    full = call("GET", f"{path}?sample=true&lang={language}")
    assert full.status_code == 200
    assert "<svg" in full.text
    assert 'role="alert"' not in full.text
    assert bool(re.search("[一-龥]{8}", re.sub(r"<textarea.*?</textarea>", "", full.text, flags=re.DOTALL))) == (
        language == "zh"
    )


@pytest.mark.parametrize("name", KEPT)
def test_a_form_is_kept_and_the_record_opens_its_page_again(call: Call, folder: DataFolder, name: str) -> None:
    answer = call("POST", f"/brand/{name}", data=form_of(name, save="true"), headers=ENGLISH)
    assert answer.status_code == 200
    record = next(folder.records.find(kind=TOPICS[name].kind))
    assert record.digest in answer.text
    again = call("GET", f"/brand/kept/{record.digest}", headers=ENGLISH)
    assert again.status_code == 200
    assert 'role="alert"' not in again.text
    tree = call("GET", f"/records/{record.digest}", headers=ENGLISH)
    assert f"/brand/kept/{record.digest}" in tree.text
    assert "brand" in call("GET", "/", headers=ENGLISH).text


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("value", "[brand]\nname = 1 2", "is not a TOML file"),
        ("strength", '[brand]\nname = "X"\nyear = 2025\n[indicators]\nconforming = { value = 101, source = "a" }', "101"),
        ("survey", "respondent,brand,aided\na,X,maybe\n", "row 2, column aided"),
        ("choice", "task,person,choice,price\n1,a,1,dear\n", "brand"),
        ("price", "brand,price\nA,-1\n", "row 2"),
        ("map", "brand,a,b,c\nX,1,many,2\n", "row 2"),
        ("strategy", '[brand]\nname = "X"\n[model]\nkind = "borrowed"', "borrowed"),
    ],
)
def test_a_wrong_file_is_refused_in_words_and_stays_in_the_form(call: Call, name: str, text: str, says: str) -> None:
    answer = call("POST", f"/brand/{name}", data=form_of(name) | {"main": text, "targets": ""}, headers=ENGLISH)
    assert answer.status_code == 422
    assert says in answer.text
    assert text.splitlines()[0].split('"')[0] in answer.text


def test_a_chosen_file_counts_before_the_text(call: Call) -> None:
    files = {"main_file": ("mine.toml", sample_file("strategy.toml").replace(b'"Sinan"', b'"Mine"', 1))}
    answer = call("POST", "/brand/strategy", data=form_of("strategy"), files=files, headers=ENGLISH)
    assert "Mine" in answer.text


def test_the_report_prints_both_languages_without_inline_style(call: Call) -> None:
    answer = call("POST", "/brand/value", data=form_of("value") | {"as": "report"}, headers=ENGLISH)
    assert answer.status_code == 200
    assert "Legal analysis" in answer.text
    assert "法律分析" in answer.text
    assert "<style" not in answer.text
    assert " style=" not in answer.text


def test_markup_in_a_file_stays_text(call: Call) -> None:
    text = sample_file("value.toml").decode().replace('name = "Sinan"', 'name = "<img src=x>"')
    assert "<img src=x" not in call("POST", "/brand/value", data=form_of("value") | {"main": text}).text


def test_evidence_of_this_workbench_enters_the_strength_and_is_linked(call: Call, folder: DataFolder) -> None:
    for number in range(4):
        rate = Figure(2.0 * number, 0.2, "s/d").to_json()
        folder.records.append(
            Record(
                "bench.reading", f"watch:W-{number}", {"rate": rate, "beats_per_hour": 28800}, "bench.acoustic", "1", Instant(0)
            )
        )
    answer = call("POST", "/brand/strength", data=form_of("strength") | {"evidence": "true"}, headers=ENGLISH)
    assert "4 records" in answer.text
    assert "0 subjects with a record of kind conformity.verdict" in answer.text
    reading = next(folder.records.find(kind="bench.reading"))
    assert f"/records/{reading.digest}" in answer.text


@pytest.mark.parametrize(
    "case",
    [
        ("value", "value", "value.toml", {}),
        ("strength", "strength", "strength.toml", {}),
        ("survey", "survey", "survey.csv", {}),
        ("hedonic", "hedonic", "listings.csv", {}),
        ("map", "map", "map.csv", {}),
        ("strategy", "strategy", "strategy.toml", {}),
        ("mnl", "choice", "choices.csv", {"columns": "brand,price", "case": "task", "person": "person"}),
    ],
)
def test_programs_get_the_object_of_the_command_line(
    call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: tuple[str, str, str, dict[str, str]]
) -> None:
    verb, path, sample, more = case
    (tmp_path / sample).write_bytes(sample_file(sample))
    words = [word for name, value in more.items() for word in (f"--{name}", value)]
    run(["brand", verb, str(tmp_path / sample), *words, "--json"])
    told = json.loads(capsys.readouterr().out)
    answer = call("POST", f"/api/brand/{path}", files={"file": (sample, sample_file(sample))}, data=more)
    assert answer.status_code == 200
    assert answer.json() == told


def test_programs_are_refused_as_problem_json(call: Call) -> None:
    answer = call("POST", "/api/brand/value", files={"file": ("a.toml", b"[brand]")})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert call("POST", "/api/brand/survey", files={"file": ("a.csv", "brand,张".encode("gbk"))}).status_code == 422


def test_what_is_not_there_is_not_found(call: Call, folder: DataFolder) -> None:
    assert call("GET", "/brand/astrology").status_code == 404
    assert call("POST", "/brand/astrology").status_code == 404
    assert call("GET", "/brand/samples/secrets.toml").status_code == 404
    assert call("GET", "/brand/samples/value.toml").content == sample_file("value.toml")
    other = Record("bench.note", "watch:1", {}, "manual", "1", Instant(0))
    folder.records.append(other)
    assert call("GET", f"/brand/kept/{other.digest}").status_code == 404


def test_a_kept_value_opens_with_the_method_level_and_seed_that_were_asked(call: Call, folder: DataFolder) -> None:
    asked = form_of("value") | {"method": "royalty-relief", "level": "0.5", "seed": "7", "save": "true"}
    shown = call("POST", "/brand/value", headers=ENGLISH, data=asked).text
    record = next(iter(folder.records.find(kind="brand.value")))
    assert (record.body["method"], record.body["level"]) == ("royalty-relief", 0.5)
    assert record.body["asked"] == {"method": "royalty-relief", "level": "0.5", "seed": "7"}
    again = call("GET", f"/brand/kept/{record.digest}", headers=ENGLISH).text
    figure = '<section class="main-figure".*?</section>'
    told = [re.search(figure, page, flags=re.DOTALL) for page in (shown, again)]
    assert all(one is not None and "royalty relief" in one.group() and "50 %" in one.group() for one in told)
    answer = call("POST", "/api/brand/value", data={"method": "royalty-relief", "level": "0.5", "seed": "7"},
                  files={"file": ("value.toml", sample_file("value.toml"))}).json()  # fmt: skip
    assert [answer[key] for key in ("value", "low", "high")] == [record.body[key] for key in ("value", "low", "high")]


def test_a_survey_in_gb_18030_is_kept_as_it_was_read(call: Call, folder: DataFolder) -> None:
    sent = sample_file("survey.csv").decode().replace("Sinan", "司南").encode("gb18030")
    page = call("POST", "/brand/survey", data={"main": ""}, files={"main_file": ("问卷.csv", sent)}).text
    text = html.unescape(re.search('<textarea name="main".*?>(.*?)</textarea>', page, flags=re.DOTALL)[1])  # type: ignore[index]
    call("POST", "/brand/survey", data={"main": text, "save": "true"})
    assert "brand:司南" in {record.subject for record in folder.records.find(kind="brand.survey")}


def test_an_input_may_name_the_record_it_was_taken_from_in_a_field(call: Call) -> None:
    digest = f"sha256:{'0' * 64}"
    form = {"as": "toml", "main": "", "sales_value": "8", "sales_source": "book", "sales_record": digest}
    assert f'record = "{digest}"' in call("POST", "/brand/value", data=form).text
