# SPDX-License-Identifier: Apache-2.0
"""People, for the admin: who has an account and which role; the audit log."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sichen.adapters.people.desk import audit_log
from sichen.core import Message, NotFound, SichenError
from sichen.trace.people import ACTS, PRIVATE, ROLES
from sichen.web.folder import Folder
from sichen.web.pages import page
from sichen.web.people.forms import SEE_OTHER
from sichen.web.problems import status_of
from sichen.web.visitor import Accounts, Who

router = APIRouter()


@router.get("/people", include_in_schema=False)
def listing(request: Request, people: Accounts) -> HTMLResponse:
    """Show who has an account."""
    return _listing(request, people)


@router.get("/people/audit", include_in_schema=False)
def audit(request: Request, people: Accounts, folder: Folder) -> HTMLResponse:
    """Show the latest lines of the audit log."""
    return page(request, "people/audit.html", lines=audit_log(folder), acts=tuple(ACTS), names=people.names())


@router.post("/people", include_in_schema=False)
def add(
    request: Request,
    people: Accounts,
    who: Who,
    *,
    account: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "",
) -> Response:
    """Add an account, and show once the password that was made up for it."""
    try:
        person, made = people.add(account, role, name=name, by=_by(who))
    except SichenError as error:
        return _listing(request, people, error)
    return _listing(request, people, told=(person.account, made))


@router.post("/people/{account}/{step}", include_in_schema=False)
def change(
    request: Request,
    people: Accounts,
    who: Who,
    account: str,
    step: str,
    *,
    role: Annotated[str, Form()] = "",
    party: Annotated[str, Form()] = "",
) -> Response:
    """Give another role, say for whom somebody acts, make up another password, or erase a person."""
    try:
        if step == "reset":
            return _listing(request, people, told=(account, people.reset(account, by=_by(who))))
        if step == "role":
            people.set_role(account, role, by=_by(who))
        elif step == "party":
            people.set_party(account, party, by=_by(who))
        elif step == "remove":
            people.remove(account, by=_by(who))
        else:
            raise NotFound(Message("web.error.no_page", path=request.url.path))
    except SichenError as error:
        return _listing(request, people, error)
    return RedirectResponse("/people", status_code=SEE_OTHER)


def _by(who: Who) -> str:
    return "" if who.signed is None else who.signed.person.id


def _listing(
    request: Request, people: Accounts, error: SichenError | None = None, *, told: tuple[str, str] | None = None
) -> HTMLResponse:
    return page(
        request,
        "people/people.html",
        status=200 if error is None else status_of(error),
        problem=None if error is None else error.message,
        people=people.store.people() if people.is_used() else (),
        roles=[role for role in ROLES if role in PRIVATE],
        told=told,
    )
