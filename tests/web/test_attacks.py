# SPDX-License-Identifier: Apache-2.0
"""What an attacker tries first, each once: fixation, forged sign-in, false hosts, caches, redirects, cookies."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.web.house_of_watches import PASSWORD, QUICK, browse, fill

from sichen.adapters import DataFolder
from sichen.adapters.people.desk import People
from sichen.web import create_app

SIGN_IN = {"account": "ada", "password": PASSWORD, "to": "/"}
PAGE = {"accept": "text/html"}


@pytest.fixture
def people(folder: DataFolder) -> Iterator[People]:
    with People(folder, hasher=QUICK) as opened:
        yield fill(opened)


@pytest.fixture
def workbench(folder: DataFolder, people: People) -> FastAPI:
    return create_app(folder, people=people)


def test_a_session_that_somebody_else_planted_is_not_taken_over(workbench: FastAPI) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        planted = {**PAGE, "cookie": "sichen-session=planted-by-eve"}
        answer = await browser.post("/sign-in", data=SIGN_IN, headers=planted)
        given = answer.headers["set-cookie"]
        assert "planted-by-eve" not in given
        assert all(flag in given.lower() for flag in ("httponly", "samesite=strict", "path=/"))
        assert "domain=" not in given.lower()
        browser.cookies.clear()
        assert (await browser.get("/account", headers=planted)).status_code == 303

    browse(workbench, steps, "")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://127.0.0.1.evil.example"},
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/trace/take"])
def test_another_site_signs_nobody_in_and_takes_no_watch(workbench: FastAPI, path: str, headers: dict[str, str]) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        answer = await browser.post(path, data=SIGN_IN, headers={**PAGE, **headers})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers

    browse(workbench, steps, "")


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "[::1].evil.example", "localhost:1/x", "", "a b"],
)
def test_a_false_host_is_refused_before_anything_is_asked(workbench: FastAPI, host: str) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/sign-in", headers={**PAGE, "host": host})
        assert answer.status_code == 421

    browse(workbench, steps, "")


@pytest.mark.parametrize(
    "path",
    [
        *("/account", "/people", "/people/audit", "/records", "/trace", "/approvals", "/search?q=a", "/metrics"),
        *("/api/records", "/api/approvals", "/api/epcis/events", "/api/epcis/epcs", "/trace/take"),
    ],
)
def test_what_is_private_is_kept_by_no_cache(workbench: FastAPI, path: str) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        answer = await browser.get(path, headers={"accept": "*/*"})
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"

    browse(workbench, steps, "ada")


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "https:evil.example",
        "\x01//evil.example",
        "javascript:alert(1)",
    ],
)
def test_signing_in_sends_nobody_elsewhere(workbench: FastAPI, to: str) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        signed = await browser.post("/sign-in", data={**SIGN_IN, "to": to}, headers=PAGE)
        again = await browser.get("/sign-in", params={"to": to}, headers=PAGE)
        assert [signed.headers["location"], again.headers["location"]] == ["/", "/"]

    browse(workbench, steps, "")


def test_headers_of_a_proxy_that_is_not_there_change_nothing(workbench: FastAPI) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        forged = {**PAGE, "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "forwarded": "host=evil.example"}
        assert "evil.example" not in (await browser.get("/sign-in", headers=forged)).text
        answer = await browser.post("/sign-in", data=SIGN_IN, headers=forged)
        assert "__Host-" not in answer.headers["set-cookie"], "over plain HTTP, whatever a header claims"

    browse(workbench, steps, "")


def test_a_refusal_of_somebody_known_is_logged_without_his_name(workbench: FastAPI, caplog: Any) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        assert (await browser.get("/people?x=secret", headers=PAGE)).status_code == 403

    browse(workbench, steps, "shop")
    (line,) = [one.getMessage() for one in caplog.records if one.name == "sichen.web.gate"]
    assert "/people" in line
    assert "secret" not in line
    assert "shop" not in line.replace(str(Path.cwd()), "")
