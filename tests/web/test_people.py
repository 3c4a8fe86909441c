# SPDX-License-Identifier: Apache-2.0
"""Who gets in where: signing in, roles at every route, forms that are ours, acts of two persons on their pages."""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import Scope
from tests.web.conftest import serving
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from sichen.adapters import DataFolder
from sichen.adapters.people.desk import People, SignedIn
from sichen.adapters.people.store import Person
from sichen.core import Instant
from sichen.trace.people import PRIVATE, ROLES, Access, Role, Session
from sichen.web import create_app
from sichen.web.chapters import chapters
from sichen.web.gate import Gate
from sichen.web.guard import HEADERS, KEPT_SAFE
from sichen.web.problems import Refusal

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "four blue hands wound"
START = Instant.parse("2026-11-23T08:00:00Z")
BASE = "http://127.0.0.1"


@pytest.fixture
def people(folder: DataFolder) -> Iterator[People]:
    with People(folder, hasher=QUICK) as opened:
        yield opened


@pytest.fixture
def house(people: People) -> People:
    for account, role in (("ada", "brand_admin"), ("bo", "brand_admin"), ("chen", "factory_line"), ("dong", "auditor")):
        people.add(account, role, name=account.capitalize(), password=PASSWORD)
    return people


@pytest.fixture
def workbench(folder: DataFolder, people: People) -> FastAPI:
    return create_app(folder, people=people)


def browse(app: FastAPI, steps: Callable[[httpx.AsyncClient], Any], *, base: str = BASE, client: str = "192.0.2.7") -> Any:
    """Let a browser that remembers cookies take steps."""

    async def run() -> Any:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(client, 4711))
        async with httpx.AsyncClient(transport=transport, base_url=base, headers={"accept": "text/html"}) as browser:
            return await steps(browser)

    return asyncio.run(run())


async def signed_in(browser: httpx.AsyncClient, account: str = "ada") -> httpx.Response:
    return await browser.post("/sign-in", data={"account": account, "password": PASSWORD, "to": "/bench"})


async def mark_on(browser: httpx.AsyncClient, path: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', (await browser.get(path)).text)
    assert found is not None
    return found[1]


# who has to sign in


def test_a_workshop_of_one_is_open_until_the_first_account_is_made(workbench: FastAPI, people: People) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        assert (await browser.get("/records")).status_code == 200
        added = await browser.post("/people", data={"account": "ada", "name": "Ada", "role": "brand_admin"})
        password = re.search(r'class="once">([^<]+)<', added.text)
        assert password is not None
        refused = await browser.get("/records?kind=bench.reading")
        assert refused.status_code == 303
        assert refused.headers["location"] == "/sign-in?to=%2Frecords%3Fkind%3Dbench.reading"
        entered = await browser.post("/sign-in", data={"account": "ada", "password": password[1], "to": "/records"})
        assert entered.headers["location"] == "/records"
        assert (await browser.get("/records")).status_code == 403, "a password made up by another is changed first"
        mark = await mark_on(browser, "/account")
        await browser.post("/account/password", data={"csrf": mark, "current": password[1], "new": PASSWORD})
        await signed_in(browser)
        assert (await browser.get("/records")).status_code == 200

    browse(workbench, steps)


def test_a_workbench_that_others_reach_lets_nobody_in_before_there_is_an_account(folder: DataFolder, people: People) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        assert (await browser.get("/records")).status_code == 303
        assert "sichen people add" in (await browser.get("/sign-in")).text
        assert (await browser.post("/people", data={"account": "eve", "role": "brand_admin"})).status_code == 401
        assert (await browser.get("/healthz")).status_code == 200

    browse(create_app(folder, people=people, sign_in=True), steps, client="127.0.0.1")
    assert not people.is_used()


def test_a_phone_with_the_invitation_works_at_the_bench_and_nowhere_else(folder: DataFolder, people: People) -> None:
    app = create_app(folder, people=people, invitation="Zm9yLXBob25lcw")

    async def phone(browser: httpx.AsyncClient) -> None:
        assert (await browser.get("/bench")).status_code == 303
        assert (await browser.get("/phone/guess")).status_code == 404
        assert (await browser.get("/phone/Zm9yLXBob25lcw")).headers["location"] == "/bench"
        assert (await browser.get("/bench")).status_code == 200
        assert (await browser.post("/people", data={"account": "eve", "role": "brand_admin"})).status_code == 403

    async def computer(browser: httpx.AsyncClient) -> None:
        assert (await browser.get("/people")).status_code == 200

    browse(app, phone)
    browse(app, computer, client="127.0.0.1")


# roles at every route


def routes(router: Any) -> Iterator[tuple[str, set[str]]]:
    """Yield the path and methods of every route, those of included routers too."""
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes(inner)
        else:
            yield re.sub(r"\{[^}]+\}", "x1", route.path), set(getattr(route, "methods", None) or {"WEBSOCKET"})


class Guests:
    """Accounts whose token is their role."""

    def is_used(self) -> bool:
        return True

    def visitor(self, token: str) -> SignedIn | None:
        if token not in PRIVATE:
            return None
        person = Person("p-1", token, token, token, False, START)
        return SignedIn(person, Session("s", "p-1", "screen", START, START))


async def _inner(scope: Scope, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await PlainTextResponse("in")(scope, receive, send)
    else:
        await send({"type": "websocket.accept"})


async def gets_in(gate: Gate, role: Role, method: str, path: str) -> bool:
    """Ask as a program with the token of a role would."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    kind = "websocket" if method == "WEBSOCKET" else "http"
    headers = [(b"authorization", f"Bearer {role}".encode())]
    base = {"type": kind, "path": path, "query_string": b"", "headers": headers, "root_path": ""}
    base |= {"scheme": "ws" if kind == "websocket" else "http", "server": ("127.0.0.1", 80), "client": ("192.0.2.7", 1)}
    if kind == "http":
        base["method"] = method
    try:
        await gate(base, receive, send)
    except Refusal as refusal:
        return refusal.status_code != (401 if role == "public" else 403)
    return sent[0]["type"] in {"http.response.start", "websocket.accept"}


def test_every_route_lets_in_exactly_the_roles_that_its_chapter_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_thread(work: Any, *given: Any) -> Any:
        return work(*given)

    monkeypatch.setattr("sichen.web.gate.run_in_threadpool", no_thread)
    gate = Gate(_inner, people=Guests(), chapters=chapters())

    async def walk() -> int:
        count = 0
        for chapter in chapters():
            for path, methods in routes(chapter.router):
                for method in methods:
                    asked = "GET" if method == "HEAD" else method
                    for role in ROLES:
                        wanted = chapter.access.lets(role, "POST" if asked == "WEBSOCKET" else asked, path)
                        assert await gets_in(gate, role, asked, path) is wanted, (chapter.name, method, path, role)
                        count += 1
        return count

    assert asyncio.run(walk()) > 2000


def test_every_chapter_says_whom_it_lets_in() -> None:
    assert [chapter.name for chapter in chapters() if chapter.access == Access()] == []


def test_strangers_see_nothing_but_help_words_and_the_check_of_certificates() -> None:
    seen = {
        (method, path)
        for chapter in chapters()
        for path, methods in routes(chapter.router)
        for method in methods - {"HEAD", "OPTIONS"}
        if chapter.access.lets("public", "POST" if method == "WEBSOCKET" else method, path)
    }
    assert {path for _, path in seen} == {
        "/docs", "/glossary", "/guide", "/guide/x1", "/conformity/verify", "/api/conformity/verify",
        "/sign-in", "/sign-in/passkey", "/sign-in/passkey/begin", "/phone/x1",
        # The public side of passports: what a phone opens, the missing register, the log and its verifier.
        "/.well-known/gs1resolver", "/01/x1/21/x1", "/api/trace/missing", "/api/trace/passports/x1/x1", "/p/x1/x1", "/t", "/trace", "/trace/ledger", "/trace/log/checkpoint", "/trace/log/policy", "/trace/log/tile/x1", "/trace/log/verifier.html", "/trace/missing", "/trace/passports/x1/x1", "/trace/passports/x1/x1/bundle", "/trace/passports/x1/x1/files/x1", "/trace/passports/x1/x1/qr.svg", "/trace/passports/x1/x1/service", "/trace/passports/x1/x1/service/x1", "/trace/passports/x1/x1/service/x1.pdf", "/trace/passports/x1/x1/hand-over", "/trace/take", "/trace/witness/add-checkpoint",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("account", "path", "status"),
    [
        ("chen", "/bench", 200),
        ("chen", "/people", 403),
        ("chen", "/laboratory", 403),
        ("dong", "/people/audit", 200),
        ("dong", "/metrics", 200),
        ("chen", "/metrics", 403),
        ("chen", "/api/openapi.json", 200),
        ("chen", "/nothing", 404),
    ],
)
def test_a_role_opens_its_pages(workbench: FastAPI, house: People, account: str, path: str, status: int) -> None:
    async def steps(browser: httpx.AsyncClient) -> int:
        await signed_in(browser, account)
        return (await browser.get(path)).status_code

    assert browse(workbench, steps) == status


def test_a_program_is_told_that_it_has_to_show_a_token(workbench: FastAPI, house: People) -> None:
    token = house.token_for("chen", label="line 1")

    async def steps(browser: httpx.AsyncClient) -> None:
        refused = await browser.get("/api/records")
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert refused.headers["content-type"] == "application/problem+json"
        shown = {"authorization": f"Bearer {token}"}
        assert (await browser.get("/api/records", headers=shown)).status_code == 200
        assert (await browser.post("/api/epcis/capture", headers=shown, content=b"{")).status_code not in {401, 403}
        assert (await browser.post("/people", headers=shown, data={"account": "eve"})).status_code == 403

    browse(workbench, steps)


def test_a_live_connection_is_not_opened_to_strangers(workbench: FastAPI, house: People) -> None:
    for address in serving(workbench):
        with pytest.raises(InvalidStatus), connect(address.replace("http", "ws") + "/bench/live"):
            pass


# sessions and forms


def test_the_cookie_is_for_this_site_alone_and_no_script_reads_it(workbench: FastAPI, house: People) -> None:
    plain = browse(workbench, signed_in).headers["set-cookie"]
    safe = browse(workbench, signed_in, base="https://127.0.0.1")

    assert plain.startswith("sichen-session=")
    assert "HttpOnly" in plain
    assert "SameSite=strict" in plain
    assert safe.headers["set-cookie"].startswith("__Host-sichen=")
    assert "Secure" in safe.headers["set-cookie"]
    assert "Domain" not in safe.headers["set-cookie"]
    for name, value in (HEADERS | KEPT_SAFE).items():
        assert safe.headers[name] == value


def test_signing_in_gives_a_new_token_and_signing_out_ends_it(workbench: FastAPI, house: People) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        browser.cookies.set("sichen-session", "chosen-by-somebody-else", domain="127.0.0.1")
        await signed_in(browser)
        token = browser.cookies.get("sichen-session", domain="127.0.0.1")
        assert token != "chosen-by-somebody-else"
        left = await browser.post("/sign-out", data={"csrf": await mark_on(browser, "/account")})
        assert left.headers["clear-site-data"]
        assert house.visitor(token or "") is None
        assert (await browser.get("/records")).status_code == 303

    browse(workbench, steps)


def test_a_form_without_the_mark_of_the_session_is_refused(workbench: FastAPI, house: People) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        await signed_in(browser)
        good = await mark_on(browser, "/approvals")
        form = {"act": "recall", "subject": "lot:L7", "reason": "rust"}
        for marks in ({}, {"csrf": good[:-1] + "-"}, {"csrf": ""}):
            assert (await browser.post("/approvals", data={**marks, **form})).status_code == 403
        late = {**form, "reason": "x" * 9000, "csrf": good}
        assert (await browser.post("/approvals", data=late)).status_code == 403
        assert (await browser.post("/approvals", data={"csrf": good, **form})).status_code == 303
        many = {"csrf": (None, good), **{name: (None, value) for name, value in form.items()}}
        assert (await browser.post("/approvals", files=many)).status_code == 303

    browse(workbench, steps)
    assert len(house.requests()) == 2


def test_a_script_of_our_own_pages_needs_no_mark_and_one_from_elsewhere_gets_nowhere(workbench: FastAPI, house: People) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        await signed_in(browser)
        ours = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "origin": BASE}
        form = {"name": "none", "current": PASSWORD}
        assert (await browser.post("/account/sessions", headers=ours, data=form)).status_code == 303
        for foreign in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-mode": "navigate"}, {"origin": "http://evil.example"}):
            answer = await browser.post("/account/sessions", headers=ours | foreign, data=form)
            assert answer.status_code == 403

    browse(workbench, steps)


def test_every_form_of_every_page_carries_the_mark(workbench: FastAPI, house: People) -> None:
    async def steps(browser: httpx.AsyncClient) -> int:
        await signed_in(browser)
        forms = 0
        for path in (
            "/account",
            "/people",
            "/approvals",
            "/laboratory",
            "/laboratory/instruments",
            "/conformity",
            "/bench/beats",
        ):
            text = (await browser.get(path)).text
            for form in re.findall(r'<form\b[^>]*method="post"[^>]*>\s*<[^>]*>', text):
                assert 'name="csrf"' in form, path
                forms += 1
        return forms

    assert browse(workbench, steps) > 10


def test_guessing_is_told_to_wait_and_the_page_does_not_tell_who_exists(workbench: FastAPI, house: People) -> None:
    async def steps(browser: httpx.AsyncClient) -> list[httpx.Response]:
        wrong = [await browser.post("/sign-in", data={"account": "ada", "password": "wrong"}) for _ in range(6)]
        return [*wrong, await browser.post("/sign-in", data={"account": "nobody", "password": "wrong"})]

    answers = browse(workbench, steps)
    assert [answer.status_code for answer in answers] == [401] * 5 + [429, 401]
    assert int(answers[5].headers["retry-after"]) >= 1
    assert answers[0].text.replace('value="ada"', "") == answers[6].text.replace('value="nobody"', "")


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_signing_in_leads_to_no_other_site(workbench: FastAPI, house: People, to: str) -> None:
    async def steps(browser: httpx.AsyncClient) -> str:
        answer = await browser.post("/sign-in", data={"account": "ada", "password": PASSWORD, "to": to})
        return answer.headers["location"]

    assert browse(workbench, steps) == "/"


def test_the_laboratory_names_who_has_signed_in(workbench: FastAPI, house: People) -> None:
    async def steps(browser: httpx.AsyncClient) -> str:
        await signed_in(browser)
        browser.cookies.set("sichen-person", "Somebody%20Else", domain="127.0.0.1")
        return (await browser.get("/laboratory")).text

    text = browse(workbench, steps)
    assert 'value="Ada"' in text
    assert "Somebody Else" not in text


# acts of two persons, people, passkeys


def test_two_persons_on_two_screens_approve_an_act(workbench: FastAPI, house: People) -> None:
    async def asks(browser: httpx.AsyncClient) -> str:
        await signed_in(browser, "ada")
        mark = await mark_on(browser, "/approvals")
        await browser.post("/approvals", data={"csrf": mark, "act": "key_ceremony", "subject": "log:a", "reason": "new year"})
        number = house.requests()[0].number
        own = await browser.post(f"/approvals/{number}/approve", data={"csrf": mark})
        assert own.status_code == 409
        return number

    async def approves(browser: httpx.AsyncClient) -> None:
        await signed_in(browser, "bo")
        page = await browser.get("/approvals")
        assert f"/approvals/{number}/approve" in page.text
        mark = await mark_on(browser, "/approvals")
        assert (await browser.post(f"/approvals/{number}/approve", data={"csrf": mark})).status_code == 303

    number = browse(workbench, asks)
    browse(workbench, approves)
    assert house.requests()[0].stage == "approved"
    assert house.carry_out(house.named("ada"), number, "key_ceremony", "log:a", lambda: "done") == "done"


def test_the_admin_gives_roles_and_erases_people(workbench: FastAPI, house: People) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        await signed_in(browser)
        mark = {"csrf": await mark_on(browser, "/people")}
        await browser.post("/people/chen/role", data={**mark, "role": "qc"})
        assert house.named("chen").role == "qc"
        assert "once" in (await browser.post("/people/chen/reset", data=mark)).text
        await browser.post("/people/chen/remove", data=mark)
        assert (await browser.post("/people/chen/reset", data=mark)).status_code == 404
        audit = (await browser.get("/people/audit")).text
        assert "erased" in audit

    browse(workbench, steps)
    assert "chen" not in [one.account for one in house.store.people()]


@pytest.mark.parametrize("path", ["/sign-in/passkey", "/account/passkeys"])
@pytest.mark.parametrize("body", ["", "{}", "[]", '{"id": "AAAA", "response": {"clientDataJSON": "e30"}}', "x" * 30_000])
def test_what_is_no_passkey_is_refused_with_a_sentence(workbench: FastAPI, house: People, path: str, body: str) -> None:
    async def steps(browser: httpx.AsyncClient) -> httpx.Response:
        if path.startswith("/account"):
            await signed_in(browser)
        ours = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "accept": "application/json"}
        return await browser.post(path, content=body, headers=ours)

    answer = browse(workbench, steps)
    assert answer.status_code == (422 if path.startswith("/account") else 401)
    assert answer.json()["key"] == "adapters.people.bad_passkey"


def test_the_pages_are_whole_in_both_languages(workbench: FastAPI, house: People) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        await signed_in(browser)
        for path in ("/account", "/people", "/people/audit", "/approvals"):
            for language in ("en", "zh"):
                assert (await browser.get(f"{path}?lang={language}")).status_code == 200

    browse(workbench, steps)


def test_no_account_is_made_by_looking(folder: DataFolder, workbench: FastAPI) -> None:
    async def steps(browser: httpx.AsyncClient) -> None:
        for path in ("/sign-in", "/account", "/people", "/approvals"):
            assert (await browser.get(path)).status_code == 200

    browse(workbench, steps)
    assert not Path(folder.path / "people" / "people.sqlite").exists()
