# SPDX-License-Identifier: Apache-2.0
"""Signing in and out."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from sichen.core import Message, NotFound, SichenError
from sichen.web.pages import page
from sichen.web.people.forms import SEE_OTHER, address_of, device_of, inside, passkeys_of, place_of
from sichen.web.problems import further, status_of
from sichen.web.visitor import PHONE_COOKIE, Accounts, Who, give_token, take_token, token_of

router = APIRouter()
LARGEST = 20_000


@router.get("/sign-in", include_in_schema=False)
def form(request: Request, people: Accounts, who: Who, to: str = "/") -> Response:
    """Show the form; who has signed in already goes on."""
    if who.signed is not None:
        return RedirectResponse(inside(to), status_code=SEE_OTHER)
    return page(request, "people/sign_in.html", problem=None, account="", to=inside(to), used=people.is_used())


@router.post("/sign-in", include_in_schema=False)
def sign_in(
    request: Request,
    people: Accounts,
    *,
    account: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Check account and password, and begin a session under a new token."""
    try:
        old, by_itself = token_of(request)
        token = people.sign_in(
            account, password, address=address_of(request), label=device_of(request), old=old if by_itself else ""
        )
    except SichenError as error:
        values = {"problem": error.message, "account": account, "to": inside(to), "used": people.is_used()}
        shown = page(request, "people/sign_in.html", status=status_of(error), **values)
        shown.headers.update(further(error))
        return shown
    response = RedirectResponse(inside(to), status_code=SEE_OTHER)
    give_token(response, request, token)
    return response


@router.post("/sign-in/passkey/begin", include_in_schema=False)
def begin_passkey(request: Request) -> Response:
    """Ask the browser for whichever passkey it has for us."""
    return Response(passkeys_of(request).begin_sign_in(place_of(request)), media_type="application/json")


@router.post("/sign-in/passkey", include_in_schema=False)
async def passkey(request: Request) -> Response:
    """Sign in with what a passkey signed."""
    credential = (await request.body())[:LARGEST].decode(errors="replace")
    old, by_itself = token_of(request)

    def work() -> str:
        label = device_of(request)
        return passkeys_of(request).sign_in(credential, place_of(request), label=label, old=old if by_itself else "")

    response = JSONResponse({"to": "/"})
    give_token(response, request, await run_in_threadpool(work))
    return response


@router.post("/sign-out", include_in_schema=False)
def sign_out(request: Request, people: Accounts) -> Response:
    """End the session and have the browser forget what it kept of it."""
    people.sign_out(token_of(request)[0])
    response = RedirectResponse("/sign-in", status_code=SEE_OTHER)
    take_token(response, request)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@router.get("/phone/{invitation}", include_in_schema=False)
def phone(request: Request, invitation: str) -> Response:
    """Let a phone to the bench that shows the invitation which this computer printed."""
    wanted: str = request.app.state.invitation
    if not wanted or not hmac.compare_digest(wanted.encode(), invitation.encode()):
        raise NotFound(Message("web.people.no_invitation"))
    response = RedirectResponse("/bench", status_code=SEE_OTHER)
    response.set_cookie(PHONE_COOKIE, wanted, httponly=True, secure=request.url.scheme == "https", samesite="strict")
    return response
