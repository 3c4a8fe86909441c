# SPDX-License-Identifier: Apache-2.0
"""Acts that two persons do together: ask, approve, refuse."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel

from sichen.adapters.people.desk import People
from sichen.adapters.people.two_persons import WORDS, carry_out, wanted_of
from sichen.core import JSON, Message, NotFound, SichenError
from sichen.trace.people import ACTS
from sichen.trace.people import Request as Request_
from sichen.trace.standing import HOUSE_ROLES
from sichen.web.pages import page
from sichen.web.passport.acting import extract_file
from sichen.web.passport.desk import desk_of as passports_of
from sichen.web.people.forms import SEE_OTHER, person_of
from sichen.web.problems import Refusal, status_of
from sichen.web.visitor import Accounts, Visitor, Who

router = APIRouter()
STEPS = frozenset({"approve", "refuse", "do"})


class Asked(BaseModel):
    """What a program asks for."""

    act: str
    subject: str
    reason: str


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
    """Approve, refuse, or do what was approved."""
    try:
        if step not in STEPS:
            raise NotFound(Message("web.error.no_page", path=request.url.path))
        done = take_step(request, people, number, step)
        if step == "do" and done.act == "archive_extract":
            desk = passports_of(request)
            return extract_file(desk, desk.life(wanted_of(done.subject).name))
    except SichenError as error:
        return _listing(request, people, who, error)
    return RedirectResponse("/approvals", status_code=SEE_OTHER)


@router.get("/api/approvals", tags=["approvals"])
def listed(people: Accounts, who: Who) -> JSONResponse:
    """List the latest requests for acts of two persons; whoever is not of the house sees his own."""
    return JSONResponse([_told(one) for one in _seen(people, who)])


@router.post("/api/approvals", tags=["approvals"], status_code=201)
def ask_by_program(request: Request, people: Accounts, wanted: Asked) -> JSONResponse:
    """Ask for an act of two persons."""
    made = people.ask(person_of(request), wanted.act, wanted.subject, wanted.reason)
    return JSONResponse(_told(made), status_code=201)


@router.post("/api/approvals/{number}/{step}", tags=["approvals"])
def decide_by_program(
    request: Request, people: Accounts, number: str, step: Literal["approve", "refuse", "do"]
) -> JSONResponse:
    """Approve or refuse a request of somebody else, or do what one asked for and another approved."""
    return JSONResponse(_told(take_step(request, people, number, step)))


def _told(one: Request_) -> dict[str, JSON]:
    told: dict[str, JSON] = {"number": one.number, "act": one.act, "subject": one.subject, "reason": one.reason}
    decided = None if one.decided_at is None else one.decided_at.isoformat()
    return {**told, "stage": one.stage, "asked_at": one.asked_at.isoformat(), "decided_at": decided}


def take_step(request: Request, people: People, number: str, step: str) -> Request_:
    """Take a request one step on, in the name of whoever has signed in."""
    person = person_of(request)
    if person.party and person.role in HOUSE_ROLES and step == "approve":
        # Who manages another house is no second person of this one.
        raise Refusal(403, Message("web.people.not_your_role", role=Message(f"web.people.role.{person.role}")))
    if step == "do":
        carry_out(passports_of(request), people, number, person)
        return people.request(number)
    return (people.approve if step == "approve" else people.refuse)(person, number)


def _seen(people: People, who: Visitor) -> Sequence[Request_]:
    """Return the requests that are somebody's to see: all of them for the house; for others their own, and what they approve."""
    if not people.is_used():
        return ()
    house, decided = who.role == "auditor" or (who.role in HOUSE_ROLES and not who.outside), _approves(who)
    me = "" if who.signed is None else who.signed.person.id
    return tuple(one for one in people.requests() if house or one.asked_by == me or one.act in decided)


def _approves(who: Visitor) -> set[str]:
    """Return the acts that somebody may approve."""
    foreign = who.outside and who.role in HOUSE_ROLES
    return {act.name for act in ACTS.values() if who.role in act.approves and not foreign}


def _listing(request: Request, people: Accounts, who: Who, error: SichenError | None = None) -> HTMLResponse:
    used, seen = people.is_used(), _seen(people, who)
    return page(
        request,
        "people/approvals.html",
        status=200 if error is None else status_of(error),
        problem=None if error is None else error.message,
        requests=seen,
        names=people.names() if used else {},
        me="" if who.signed is None else who.signed.person.id,
        asks=[act.name for act in ACTS.values() if who.signed is not None and who.role in act.asks],
        feasible=[one.number for one in seen if one.subject.partition(" ")[0] in WORDS],
        approves=_approves(who),
    )
