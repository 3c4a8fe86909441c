# SPDX-License-Identifier: Apache-2.0
"""One's own account: sessions, password, passkeys."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from sichen.adapters import now
from sichen.core import Message, SichenError
from sichen.web.pages import page
from sichen.web.people.forms import SEE_OTHER, device_of, passkeys_of, person_of, place_of
from sichen.web.people.signing import LARGEST
from sichen.web.problems import status_of
from sichen.web.visitor import Accounts, Who

router = APIRouter()


@router.get("/account", include_in_schema=False)
def account(request: Request, people: Accounts, who: Who) -> HTMLResponse:
    """Show who has signed in, where else, and with which passkeys."""
    return _account(request, people, who)


@router.post("/account/password", include_in_schema=False)
def change_password(
    request: Request,
    people: Accounts,
    who: Who,
    *,
    current: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
) -> Response:
    """Change the password; everybody who used the old one signs in again."""
    try:
        people.change_password(person_of(request), current, new)
    except SichenError as error:
        return _account(request, people, who, error)
    return RedirectResponse("/sign-in", status_code=SEE_OTHER)


@router.post("/account/sessions", include_in_schema=False)
def end_sessions(
    request: Request,
    people: Accounts,
    who: Who,
    *,
    name: Annotated[str, Form()] = "",
    current: Annotated[str, Form()] = "",
) -> Response:
    """End a session of one's own, or all of them, once the password was given again."""
    person = person_of(request)
    try:
        people.confirm(person, current)
    except SichenError as error:
        return _account(request, people, who, error)
    people.store.end_session(person=person.id, name=name or None)
    people.tell(person.id, "session_ended", by=person.id)
    return RedirectResponse("/account", status_code=SEE_OTHER)


@router.post("/account/passkeys/begin", include_in_schema=False)
def begin_passkey(request: Request, people: Accounts, *, current: Annotated[str, Form()] = "") -> Response:
    """Ask the browser to make a passkey, once the password was given again: a new key opens the account for good."""
    people.confirm(person_of(request), current)
    made = passkeys_of(request).begin_registration(person_of(request), place_of(request))
    return Response(made, media_type="application/json")


@router.post("/account/passkeys", include_in_schema=False)
async def keep_passkey(request: Request) -> Response:
    """Keep the passkey that a browser has made."""
    credential = (await request.body())[:LARGEST].decode(errors="replace")
    person, place, label = person_of(request), place_of(request), device_of(request)
    await run_in_threadpool(lambda: passkeys_of(request).register(person, credential, place, label=label))
    return JSONResponse({"to": "/account"})


@router.post("/account/passkeys/remove", include_in_schema=False)
def remove_passkey(
    request: Request,
    people: Accounts,
    who: Who,
    *,
    credential: Annotated[str, Form()] = "",
    current: Annotated[str, Form()] = "",
) -> Response:
    """Forget a passkey, once the password was given again."""
    try:
        people.confirm(person_of(request), current)
    except SichenError as error:
        return _account(request, people, who, error)
    passkeys_of(request).remove(person_of(request), bytes.fromhex(credential) if _is_hex(credential) else b"")
    return RedirectResponse("/account", status_code=SEE_OTHER)


def _account(request: Request, people: Accounts, who: Who, error: SichenError | None = None) -> HTMLResponse:
    signed = who.signed
    at = now()
    problem: Message | None = None if error is None else error.message
    return page(
        request,
        "people/account.html",
        status=200 if error is None else status_of(error),
        problem=problem,
        signed=signed,
        sessions=[] if signed is None else [one for one in people.store.sessions(signed.person.id) if one.is_alive(at)],
        passkeys=[] if signed is None else people.store.passkeys(signed.person.id),
    )


def _is_hex(text: str) -> bool:
    return len(text) % 2 == 0 and all(letter in "0123456789abcdef" for letter in text)
