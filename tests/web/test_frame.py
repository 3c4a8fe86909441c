# SPDX-License-Identifier: Apache-2.0
"""The frame in both languages, errors in the reader's words, search, the interface and glossary pages."""

import re

import pytest
from fastapi import FastAPI
from tests.web.conftest import Call
from tests.web.test_door import PAGES

from sichen.adapters import DataFolder
from sichen.core import ConfigError, DataError, Figure, Message, NotConforming, NotFound, SourceError, glossary
from sichen.web.chapters import CHAIN, chapters, rail
from sichen.web.language import preferred
from sichen.web.pages import render

BROWSER = {"accept": "text/html"}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("lang", "tag"), [("en", "en"), ("zh", "zh-Hans")])
def test_every_page_speaks_both_languages(call: Call, path: str, lang: str, tag: str) -> None:
    answer = call("GET", path, headers={"cookie": f"sichen_lang={lang}"})

    assert answer.status_code == 200
    assert f'<html lang="{tag}"' in answer.text
    assert "style=" not in answer.text


def test_a_language_asked_for_in_the_address_is_remembered(call: Call) -> None:
    answer = call("GET", "/?lang=zh", headers={"accept-language": "en"})

    assert "证据链" in answer.text
    assert "sichen_lang=zh" in answer.headers["set-cookie"]


def test_a_language_nobody_has_falls_back(call: Call) -> None:
    answer = call("GET", "/?lang=xx", headers={"accept-language": "fr, zh;q=0.5"})

    assert '<html lang="zh-Hans"' in answer.text
    assert "zh" not in answer.headers.get("set-cookie", "zh-free").replace("zh-free", "")


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "en"), ("zh-TW", "zh"), ("en;q=0.1,zh;q=0.9", "zh"), ("zh;q=0", "en"), ("*", "en"), ("zh;q=high", "en")],
)
def test_the_browser_s_wish_is_heard(header: str, language: str) -> None:
    assert preferred(header) == language


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_light_is_in_the_first_byte_so_that_nothing_flashes(call: Call, theme: str) -> None:
    assert f'data-theme="{theme}"' in call("GET", "/", headers={"cookie": f"sichen_theme={theme}"}).text
    assert f"sichen_theme={theme}" in call("GET", f"/?theme={theme}").headers["set-cookie"]


def test_changing_language_keeps_the_question(call: Call) -> None:
    text = call("GET", "/search?q=a%26b%22").text

    assert 'href="/search?q=a%26b%22&amp;lang=zh"' in text


def test_what_is_searched_for_cannot_become_markup(call: Call) -> None:
    assert "<script>alert" not in call("GET", "/search", params={"q": "<script>alert(1)</script>"}).text


def test_search_finds_pages_terms_and_watches(call: Call) -> None:
    assert 'href="/glossary#amplitude"' in call("GET", "/search?q=摆幅").text
    assert 'href="/bench/readings"' in call("GET", "/search?q=Readings", headers={"accept-language": "en"}).text


def test_the_rail_has_the_whole_chain_and_links_only_what_exists(call: Call) -> None:
    text = call("GET", "/").text

    assert [stop.name for stop in rail()] == list(CHAIN)
    for stop in rail():
        for entry in stop.pages:
            assert call("GET", entry.path).status_code == 200
    assert text.count('class="not-yet"') == sum(1 for stop in rail() if not stop.pages)


def test_a_chapter_is_found_because_it_is_there() -> None:
    assert {chapter.name for chapter in chapters()} >= {"home", "bench", "records", "reference"}


@pytest.mark.parametrize(
    ("kind", "status"), [(NotFound, 404), (DataError, 422), (ConfigError, 422), (SourceError, 503), (NotConforming, 409)]
)
def test_an_error_is_told_to_programs_and_to_people(app: FastAPI, call: Call, kind: type[DataError], status: int) -> None:
    @app.get("/api/failing")
    @app.get("/failing")
    def failing() -> None:
        raise kind(Message("core.not_a_record", found="<b>"))

    program = call("GET", "/api/failing", headers={"accept-language": "zh"})
    person = call("GET", "/failing", headers=BROWSER)

    assert program.status_code == person.status_code == status
    assert program.headers["content-type"] == "application/problem+json"
    assert program.json()["detail"] == "这不是司辰记录：缺少 <b> 或其内容有误"
    assert program.json()["key"] == "core.not_a_record"
    assert "&lt;b&gt; is missing" in person.text


def test_a_wrong_parameter_is_named(call: Call) -> None:
    answer = call("GET", "/api/records?limit=many")

    assert answer.status_code == 422
    assert "query.limit" in answer.json()["detail"]


def test_the_interface_page_shows_every_operation(app: FastAPI, call: Call) -> None:
    text = call("GET", "/docs").text

    for path in app.openapi()["paths"]:
        assert f"<code>{path}</code>" in text


def test_the_glossary_shows_every_term(call: Call) -> None:
    text = call("GET", "/glossary").text

    for name, term in glossary().items():
        assert f'id="{name}"' in text
        assert term.zh in text


def test_a_figure_reads_as_one_and_a_refusal_says_why() -> None:
    measured = render(
        "en",
        "figure.html",
        shown=Figure(4.73, 0.21, "s/d"),
        parts=Figure(4.73, 0.21, "s/d").parts(),
        record="",
        name="",
        big=False,
    )
    refused = Figure.refused("°", Message("bench.not_measured"))
    silent = render("zh", "figure.html", shown=refused, parts=refused.parts("zh"), record="", name="", big=False)

    assert re.sub("<[^>]+>", "", measured) == "+4.73 ± 0.21 s/d"
    assert re.sub("<[^>]+>", "", silent) == "— 未测量"


def test_an_unknown_uncertainty_is_not_hidden() -> None:
    figure = Figure(4.7, None, "s/d")

    assert "± ?" in render("en", "figure.html", shown=figure, parts=figure.parts(), record="", name="", big=False)


def test_a_page_is_not_kept_by_anybody_else(call: Call) -> None:
    assert call("GET", "/records").headers["cache-control"] == "no-store"


def test_an_empty_workbench_teaches(call: Call, folder: DataFolder) -> None:
    assert not folder.records.count()
    assert "listen=sample" in call("GET", "/").text
    assert "listen=sample" in call("GET", "/bench/readings").text
