# SPDX-License-Identifier: Apache-2.0
"""``sichen brand`` as the command contract promises it: keys, exit codes, refusals, records that open to their evidence."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sichen.adapters import DataFolder
from sichen.adapters.sample_brands import sample_file, sample_names
from sichen.cli.__main__ import run
from sichen.core import Figure, Instant, Record, why

PROMISED = ["method", "applicable", "reason", "value", "low", "high", "currency", "year", "sensitivity"]
CHOICES = ["choices.csv", "--columns", "brand,movement,certificate,price", "--case", "task", "--person", "person"]
Ask = Callable[..., tuple[int, Any]]


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep everything in this test's own folder, in English, beside the sample files."""
    monkeypatch.setenv("SICHEN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SICHEN_LANGUAGE", "en")
    for name in sample_names():
        (tmp_path / name).write_bytes(sample_file(name))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Ask as ``ask("value", "value.toml")``; return the exit code and what was printed as JSON."""

    def asked(*words: str) -> tuple[int, Any]:
        code = run(["brand", *words, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out.splitlines()[-1]) if out else {}

    return asked


def test_a_value_prints_the_promised_keys(ask: Ask) -> None:
    code, found = ask("value", "value.toml")
    assert code == 0
    assert list(found)[: len(PROMISED)] != []
    assert set(PROMISED) <= set(found)
    assert found["low"] < found["value"] < found["high"]
    assert found["currency"] == "CNY"
    assert found["sensitivity"][0]["share_total"] > 0
    assert {one["method"] for one in found["others"] if not one["applicable"]} == {
        "economic-profit",
        "earnings-multiple",
        "market",
    }


def test_a_method_that_does_not_apply_leaves_with_one_and_says_why(ask: Ask) -> None:
    code, found = ask("value", "--method", "economic-profit", "value.toml")
    assert code == 1
    assert found["applicable"] is False
    assert found["value"] is None
    assert "economic profit" in found["reason"]


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["strength", "strength.toml"], "elements"),
        (["survey", "survey.csv"], "moves"),
        (["survey", "survey.csv", "--targets", "targets.toml"], "measures"),
        (["dirichlet", "repertoire.csv", "-B", "0.5", "-W", "2.4"], "s"),
        (["mnl", *CHOICES, "--price", "price"], "willingness_to_pay"),
        (["mixlogit", *CHOICES, "--draws", "20", "--random", "price"], "spreads"),
        (["hb", *CHOICES, "--rounds", "200", "--burn-in", "100"], "means"),
        (["hedonic", "listings.csv"], "brands"),
        (["map", "map.csv"], "attributes"),
        (["segments", "segments.csv", "--most", "3"], "profiles"),
        (["design", "design.toml"], "rows"),
        (["simulate", *CHOICES, "--offers", "market.toml", "--price", "price"], "portfolios"),
        (["strategy", "strategy.toml", "--on", "2026-03-02"], "completeness"),
    ],
)
def test_every_verb_answers_in_json_and_in_words(
    ask: Ask, capsys: pytest.CaptureFixture[str], words: list[str], key: str
) -> None:
    code, found = ask(*words)
    assert code == 0
    assert key in found
    assert run(["brand", *words]) == 0
    assert capsys.readouterr().out.strip()


def test_a_storm_of_mentions_leaves_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["brand", "mentions", "mentions.csv"]) == 1
    assert "2026-02-21" in capsys.readouterr().out


def test_a_strategy_without_a_budget_leaves_with_one(tmp_path: Path) -> None:
    text = (tmp_path / "strategy.toml").read_text().replace("total = 61.0", "total = 0.0")
    (tmp_path / "poor.toml").write_text(text)
    assert run(["brand", "strategy", "poor.toml", "--on", "2026-03-02"]) == 1


def test_the_report_is_written_in_both_languages(tmp_path: Path) -> None:
    assert run(["brand", "report", "value.toml", "--strength", "strength.toml", "--into", "report.html"]) == 0
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Behavioural analysis" in text
    assert "行为分析" in text


def test_samples_are_written_again_the_same(tmp_path: Path) -> None:
    assert run(["brand", "samples", "again"]) == 0
    assert all((tmp_path / "again" / name).read_bytes() == (tmp_path / name).read_bytes() for name in sample_names())


@pytest.mark.parametrize(
    ("words", "text", "says"),
    [
        (["value"], "[brand]\nname = 1", "currency"),
        (["survey"], "respondent,brand,aided\na,X,maybe\n", "row 2, column aided"),
        (["hedonic"], "brand,price\nA,-1\n", "row 2"),
        (["map"], "brand,a,b\nX,1,many\n", "row 2"),
        (["mentions"], "day,mentions\n2026-01-01,-4\n", "-4"),
        (["strength"], '[brand]\nname = "X"\nyear = 2025\n[indicators]\nconforming = { value = 101, source = "a" }', "101"),
        (["strategy"], '[brand]\nname = "X"\n[[channels]]\nkind = "chain"\nshare = 120.0', "120"),
    ],
)
def test_bad_input_leaves_with_two_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], text: str, says: str
) -> None:
    (tmp_path / "bad").write_text(text)
    assert run(["brand", *words, "bad"]) == 2
    assert says in capsys.readouterr().err


def test_bytes_that_are_no_text_are_refused_and_those_of_a_chinese_spreadsheet_are_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("gbk.csv").write_bytes("respondent,brand,aided\n1,海鸥,1\n".encode("gb18030"))
    assert run(["brand", "survey", "gbk.csv"]) == 0
    assert "海鸥" in capsys.readouterr().out
    Path("picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\xff\xff")
    assert run(["brand", "survey", "picture.csv"]) == 2
    assert "picture.csv" in capsys.readouterr().err


def test_a_strength_rests_on_verdicts_and_readings_and_why_opens_it(
    tmp_path: Path, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    at = Instant.parse("2026-01-05T08:00:00Z")
    with DataFolder.open(tmp_path / "data") as folder:
        for number in range(5):
            rate = Figure(3.0 + number, 0.2, "s/d").to_json()
            folder.records.append(
                Record("bench.reading", f"watch:W-{number}", {"rate": rate, "beats_per_hour": 28800}, "bench.acoustic", "1", at)
            )
            body = {"verdict": "accept" if number else "reject", "protocol": {"plan": "iso3159"}}
            folder.records.append(Record("conformity.verdict", f"watch:W-{number}", body, "conformity.judge", "1", at))
    assert run(["brand", "survey", "survey.csv", "--save"]) == 0
    capsys.readouterr()
    code, found = ask("strength", "strength.toml", "--evidence", "--save")
    assert code == 0
    assert found["score"] is not None
    quality = next(one for one in found["elements"] if one["element"] == "quality")
    told = {one["indicator"]: one for one in quality["indicators"] if one["records"]}
    assert told["conforming"]["value"] == pytest.approx(80.0)
    assert set(told) == {"conforming", "chronometer", "rate_spread"}
    assert "traceable" in found["evidence_missing"]
    with DataFolder.open(tmp_path / "data") as folder:
        record = next(folder.records.find(kind="brand.strength"))
        nodes = [node for _, node in why(record.digest, folder.records).walk()]
        kinds = {node.record.kind for node in nodes if node.record is not None}
        assert {"brand.strength", "conformity.verdict", "bench.reading", "brand.survey"} <= kinds
        assert any(node.artifact is not None and node.artifact.name == "strength.toml" for node in nodes)
    assert run(["why", record.digest]) == 0
    assert "conformity.verdict" in capsys.readouterr().out


def test_a_value_opens_to_the_strength_that_its_coefficient_was_taken_from(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path / "data") as folder:
        kept = Record("brand.strength", "brand:Sinan", {"score": 640.0}, "brand.strength", "1", Instant(0))
        folder.records.append(kept)
    text = (tmp_path / "value.toml").read_text()
    marked = text.replace('score/1000", grade = "B"', f'score/1000", grade = "B", record = "{kept.digest}"')
    assert marked != text
    (tmp_path / "value.toml").write_text(marked)
    assert run(["brand", "value", "value.toml", "--save"]) == 0
    with DataFolder.open(tmp_path / "data") as folder:
        value = next(folder.records.find(kind="brand.value"))
        assert kept.digest in {one.digest for one in value.inputs}


def test_evidence_without_watches_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bare.toml").write_text('[brand]\nname = "X"\nyear = 2025\n')
    assert run(["brand", "strength", "bare.toml", "--evidence"]) == 2
    assert "watches" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["mnl", *CHOICES, "--price", "price"], "brand.mnl"),
        (["mixlogit", *CHOICES, "--draws", "20", "--random", "price"], "brand.mixlogit"),
        (["hb", *CHOICES, "--rounds", "200", "--burn-in", "100"], "brand.hb"),
        (["simulate", *CHOICES, "--offers", "market.toml", "--price", "price"], "brand.simulation"),
        (["dirichlet", "repertoire.csv", "-B", "0.5", "-W", "2.4"], "brand.dirichlet"),
        (["segments", "segments.csv", "--most", "2"], "brand.segments"),
        (["map", "map.csv"], "brand.map"),
        (["design", "design.toml"], "brand.design"),
    ],
)
def test_an_answer_about_a_market_is_kept_with_its_file_and_opens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], kind: str
) -> None:
    assert run(["brand", *words, "--save"]) == 0
    with DataFolder.open(tmp_path / "data") as folder:
        record = next(folder.records.find(kind=kind))
        nodes = [node for _, node in why(record.digest, folder.records).walk()]
        assert {node.artifact.name for node in nodes if node.artifact is not None} >= {words[1]}
    assert isinstance(record.body["asked"], dict)
    capsys.readouterr()
    assert run(["why", record.digest]) == 0
    assert words[1] in capsys.readouterr().out


def test_chains_that_have_not_settled_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["brand", "hb", *CHOICES, "--rounds", "200", "--burn-in", "100"]) == 0
    assert "have not settled" in capsys.readouterr().err
