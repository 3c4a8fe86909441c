# SPDX-License-Identifier: Apache-2.0
"""Acts that two persons do together: ask, approve, refuse."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sichen.core import Message, NotFound, SichenError
from sichen.trace.people import ACTS
from sichen.web.pages import page
from sichen.web.people.forms import SEE_OTHER, person_of
from sichen.web.problems import status_of
from sichen.web.visitor import Accounts, Who

router = APIRouter()


@router.get("/approvals", include_in_schema=False)
def listing(request: Request, people: Accounts, who: Who) -> HTMLResponse:
    """Show what was asked for."""
    return _listing(request, people, who)


@router.post("/approvals", include_in_schema=False)
def ask(
    request: Request,
    people: Accounts,
    who: Who,
    *,
    act: Annotated[str, Form()] = "",
    subject: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Ask for an act."""
    try:
        people.ask(person_of(request), act, subject, reason)
    except SichenError as error:
        return _listing(request, people, who, error)
    return RedirectResponse("/approvals", status_code=SEE_OTHER)


@router.post("/approvals/{number}/{step}", include_in_schema=False)
def decide(request: Request, people: Accounts, who: Who, number: str, step: str) -> Response:
    """Approve or refuse."""
    try:
        if step not in {"approve", "refuse"}:
            raise NotFound(Message("web.error.no_page", path=request.url.path))
        (people.approve if step == "approve" else people.refuse)(person_of(request), number)
    except SichenError as error:
        return _listing(request, people, who, error)
    return RedirectResponse("/approvals", status_code=SEE_OTHER)


def _listing(request: Request, people: Accounts, who: Who, error: SichenError | None = None) -> HTMLResponse:
    used = people.is_used()
    return page(
        request,
        "people/approvals.html",
        status=200 if error is None else status_of(error),
        problem=None if error is None else error.message,
        requests=people.requests() if used else (),
        names=people.names() if used else {},
        me="" if who.signed is None else who.signed.person.id,
        asks=[act.name for act in ACTS.values() if who.signed is not None and who.role in act.asks],
        approves={act.name for act in ACTS.values() if who.role in act.approves},
    )
