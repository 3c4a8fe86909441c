# SPDX-License-Identifier: Apache-2.0
"""Who is let in, what a page may load, how much may be sent."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from tests.web.conftest import Call

from sichen.adapters import DataFolder
from sichen.web import create_app
from sichen.web.guard import HEADERS
from sichen.web.statics import static_path, statics

PAGES = [
    "/",
    "/bench",
    "/bench?guided=true",
    "/bench/readings",
    "/bench/watches",
    "/bench/quartz",
    "/bench/beats",
    "/bench/synthesis",
    "/guide/watches",
    "/stability",
    "/time",
    "/time/situations",
    "/conformity",
    "/conformity/certificates",
    "/conformity/verify",
    "/conformity/plans",
    "/conformity/budgets",
    "/conformity/plans/iso3159",
    "/conformity/standards?q=water",
    "/conformity/comparison?sample=1",
    "/conformity/proficiency?sample=1",
    "/laboratory",
    "/laboratory/stations",
    "/laboratory/instruments",
    "/laboratory/environment",
    "/laboratory/nonconforming",
    "/laboratory/trail",
    "/brand",
    "/industry",
    "/industry/figures?of=brands",
    "/industry/structure",
    "/industry/regions",
    "/industry/registers",
    "/industry/measures",
    "/industry/experts",
    "/industry/fair",
    "/industry/credit",
    "/trace",
    "/trace/recall",
    "/trace/missing",
    "/trace/ledger",
    "/t",
    "/records",
    "/docs",
    "/glossary",
    "/search?q=rate",
]


@pytest.mark.parametrize("path", [*PAGES, "/nothing", "/api/records/00", "/healthz", "/metrics"])
def test_every_answer_carries_the_headers_that_keep_strangers_out(call: Call, path: str) -> None:
    answer = call("GET", path)

    for name, value in HEADERS.items():
        assert answer.headers[name] == value


def test_a_foreign_name_that_was_pointed_at_us_is_refused(call: Call) -> None:
    answer = call("GET", "/", headers={"host": "watches.example"})

    assert answer.status_code == 421
    assert "watches.example" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["127.0.0.1:8713", "localhost", "LOCALHOST:80", "[::1]:8713"])
def test_loopback_names_are_answered_on_any_port(call: Call, host: str) -> None:
    assert call("GET", "/healthz", headers={"host": host}).status_code == 200


def test_a_name_that_was_configured_is_answered(folder: DataFolder) -> None:
    made = create_app(folder, hosts=("bench.workshop",))

    guard = next(entry for entry in made.user_middleware if "hosts" in entry.kwargs)
    assert "bench.workshop" in guard.kwargs["hosts"]  # type: ignore[operator]


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null"])
def test_a_page_from_elsewhere_may_not_write(call: Call, origin: str) -> None:
    answer = call("POST", "/api/bench/measure", headers={"origin": origin}, files={"file": b"x"})

    assert answer.status_code == 403


def test_our_own_page_and_a_program_may_write(call: Call) -> None:
    for headers in ({"origin": "http://127.0.0.1"}, {}):
        answer = call("POST", "/api/bench/measure", headers=headers, files={"file": b"x"})

        assert answer.status_code not in {403, 421}


def test_too_large_an_upload_is_refused_with_the_limit_in_the_sentence(call: Call) -> None:
    answer = call("POST", "/api/bench/measure", files={"file": bytes(2_000_001)})

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert "2.0 MB" in answer.json()["detail"]


def test_an_upload_that_hides_its_length_is_counted(call: Call) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        for _ in range(30):
            yield bytes(100_000)
        yield b"\r\n--b--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = call("POST", "/api/bench/measure", content=pieces(), headers=headers)

    assert answer.status_code == 413


def test_an_error_nobody_foresaw_tells_no_secrets(app: FastAPI, call: Call) -> None:
    @app.get("/api/broken")
    def broken() -> None:
        raise RuntimeError("the password is swordfish")

    answer = call("GET", "/api/broken")

    assert answer.status_code == 500
    assert "swordfish" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"]


def test_a_static_file_is_packed_and_kept_for_ever(call: Call) -> None:
    plain = call("GET", static_path("style.css"), headers={"accept-encoding": "identity"})
    packed = call("GET", static_path("style.css"), headers={"accept-encoding": "gzip"})

    assert "immutable" in plain.headers["cache-control"]
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text


def test_another_edition_of_a_static_file_is_not_kept(call: Call) -> None:
    answer = call("GET", "/static/0000000000000000/style.css")

    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["..%2fapp.py", "%2e%2e/app.py", "nothing.js"])
def test_only_static_files_are_served(call: Call, path: str) -> None:
    assert call("GET", f"/static/x/{path}").status_code == 404


def test_a_component_is_short() -> None:
    for path, file in statics()[1].items():
        if path.endswith(".js"):
            assert file.plain.count(b"\n") <= 250, path


def test_the_first_page_is_small(call: Call) -> None:
    """Page, style, frame, seal, icon: what a browser fetches for the first page, as it travels."""
    travels = [static_path(name) for name in ("style.css", "frame.js", "components/figure-seal.js", "icon.svg")]
    sizes = [len(statics()[1][path.split("/", 3)[3]].packed) for path in travels]

    assert sum(sizes) + len(call("GET", "/").content) < 120_000
    assert len(travels) + 1 <= 6


def test_what_is_counted_is_the_route_and_not_the_address(call: Call) -> None:
    call("GET", "/records/sha256:" + "0" * 64)
    text = call("GET", "/metrics").text

    assert 'route="/records/{digest}",status="404"' in text
    assert "0" * 20 not in text
