# SPDX-License-Identifier: Apache-2.0
"""Pages of non-conforming work, of the audit trail and of what is kept."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from sichen.adapters import DataFolder, now
from sichen.adapters import laboratory_keeping as records
from sichen.adapters.laboratory_book import KINDS, world_of
from sichen.adapters.laboratory_equipment import date_of
from sichen.conformity import laboratory as lab
from sichen.conformity.laboratory.retention import overdue
from sichen.core import DataError, Instant, Message, SichenError
from sichen.web.folder import Folder
from sichen.web.laboratory.acting import Person, Problem, act, status
from sichen.web.pages import page

router = APIRouter()
LATEST = 40
ON = {"reported": "evaluated", "evaluated": "corrected", "corrected": "closed"}


@router.get("/laboratory/nonconforming", include_in_schema=False)
def reports(
    request: Request, folder: Folder, person: Person, *, instrument: str = "", since: str = "", until: str = ""
) -> HTMLResponse:
    """Show the reports; where an instrument and a period are asked for, the results that would be touched."""
    return _reports(request, folder, person, None, (instrument, since, until))


@router.post("/laboratory/nonconforming", include_in_schema=False)
def report(
    request: Request,
    folder: Folder,
    person: Person,
    *,
    what: Annotated[str, Form()] = "",
    instrument: Annotated[str, Form()] = "",
    since: Annotated[str, Form()] = "",
    until: Annotated[str, Form()] = "",
) -> Response:
    """Report work that does not conform."""

    def step() -> str:
        period = {"since": _day(since), "until": _day(until, end=True)}
        one = records.report(folder, what, person=person, instrument=instrument, **period)
        return f"/laboratory/nonconforming#{one.number}"

    return act(step, lambda problem: _reports(request, folder, person, problem, (instrument, since, until)))


@router.post("/laboratory/nonconforming/{number}", include_in_schema=False)
def advance(
    request: Request,
    folder: Folder,
    person: Person,
    number: str,
    *,
    action: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    recall: Annotated[bool, Form()] = False,
) -> Response:
    """Take a report one step on."""

    def step() -> str:
        records.advance(folder, number, action, note=note, person=person, recall=recall)
        return f"/laboratory/nonconforming#{number}"

    return act(step, lambda problem: _reports(request, folder, person, problem, ("", "", "")))


@router.get("/laboratory/trail", include_in_schema=False)
def trail(request: Request, folder: Folder, person: Person, subject: str = "") -> HTMLResponse:
    """Show every trail and whether it holds, the latest steps, and what is kept."""
    return _trail(request, folder, person, subject)


@router.post("/laboratory/kept", include_in_schema=False)
def keep(
    request: Request,
    folder: Folder,
    person: Person,
    *,
    subject: Annotated[str, Form()] = "",
    action: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Hold something back, let it go, or note how it went."""

    def step() -> str:
        if action == "dispose":
            records.dispose(folder, subject, how=reason, person=person)
        elif action == "hold" and not reason.strip():
            raise DataError(Message("conformity.review.no_reason"))
        else:
            records.hold(folder, subject, reason=reason if action == "hold" else "", person=person)
        return "/laboratory/trail#kept"

    return act(step, lambda problem: _trail(request, folder, person, "", problem))


def _reports(
    request: Request, folder: DataFolder, person: str, problem: Problem | None, asked: tuple[str, str, str]
) -> HTMLResponse:
    world = world_of(folder)
    instrument, since, until = asked
    touched = None
    if instrument and since and problem is None:
        try:
            begins = date_of(since)
            touched = records.affected(folder, instrument=instrument, since=begins, until=_day(until, end=True))
        except SichenError as error:
            problem = Problem(error)
    return page(
        request,
        "laboratory/nonconforming.html",
        status=status(problem),
        person=person,
        problem=problem,
        name_of=lab.name_of,
        reports=list(world.nonconformities.values())[::-1],
        on=ON,
        instruments=list(world.instruments),
        asked={"instrument": instrument, "since": since, "until": until},
        touched=touched,
    )


def _trail(request: Request, folder: DataFolder, person: str, subject: str, problem: Problem | None = None) -> HTMLResponse:
    found = list(records.trails(folder, subject))
    latest = sorted(
        (record for kind in KINDS for record in folder.records.find(kind=kind, subject=subject or None, limit=LATEST)),
        key=lambda record: -record.instant.ns,
    )[:LATEST]
    at = now()
    kept = [(one, overdue(one, now=at)) for one in world_of(folder).retained.values()]
    return page(
        request,
        "laboratory/trail.html",
        status=status(problem),
        person=person,
        problem=problem,
        name_of=lab.name_of,
        subject=subject,
        trails=found,
        steps=sum(one.steps for one in found),
        broken=[one for one in found if one.faults],
        latest=latest,
        kept=kept,
    )


def _day(text: str, *, end: bool = False) -> Instant | None:
    return date_of(text, end_of_day=end) if text.strip() else None
