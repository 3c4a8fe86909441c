# SPDX-License-Identifier: Apache-2.0
"""The first page of the laboratory: what waits, what warns, which cases there are."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sichen.adapters import DataFolder, now
from sichen.adapters import laboratory_desk as desk
from sichen.adapters.laboratory_book import World, world_of
from sichen.adapters.laboratory_equipment import SOON, log_of
from sichen.conformity import laboratory as lab
from sichen.conformity.certificate import Party
from sichen.conformity.laboratory.retention import overdue
from sichen.core import Duration, Message
from sichen.web.folder import Folder
from sichen.web.laboratory.acting import SEE_OTHER, Person, Problem, act, remember, status
from sichen.web.laboratory.todo import Todo, todos
from sichen.web.pages import page

router = APIRouter()
WATCHED = Duration.of_seconds(2 * 86_400.0)
"""How much of a log, before its end, the first page looks at."""


@dataclass(frozen=True)
class Warning:  # noqa: A001 - what the page calls it
    """Something that needs somebody: how badly, what, and where it is dealt with."""

    kind: str
    message: Message
    path: str


@router.get("/laboratory", include_in_schema=False)
def overview(request: Request, folder: Folder, person: Person) -> HTMLResponse:
    """Show what the laboratory has to do today."""
    return _page(request, folder, person)


@router.post("/laboratory/who", include_in_schema=False)
def who(person: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "/laboratory") -> Response:
    """Note who works at this screen."""
    inside = back if back.startswith("/laboratory") else "/laboratory"
    response = RedirectResponse(inside, status_code=SEE_OTHER)
    remember(response, person)
    return response


@router.post("/laboratory/cases", include_in_schema=False)
def open_case(
    request: Request,
    folder: Folder,
    person: Person,
    *,
    customer: Annotated[str, Form()] = "",
    customer_zh: Annotated[str, Form()] = "",
    city: Annotated[str, Form()] = "",
) -> Response:
    """Open a case at the front desk."""

    def step() -> str:
        case = desk.open_case(folder, Party(customer.strip(), customer_zh.strip(), city.strip()), person=person)
        return f"/laboratory/cases/{case.number}"

    return act(step, lambda problem: _page(request, folder, person, problem))


def warnings(folder: DataFolder, world: World) -> tuple[Warning, ...]:
    """Return what needs somebody, the worst first."""
    found = [Warning("wrong", message, "/laboratory/trail") for message in world.broken.values()]
    at = now()
    for one in lab.due((each.instrument for each in world.instruments.values()), now=at, ahead=SOON):
        over = one.valid_until < at
        key = "web.laboratory.warn.expired" if over else "web.laboratory.warn.ends"
        message = Message(key, name=one.id, until=one.valid_until.isoformat()[:10])
        found.append(Warning("wrong" if over else "care", message, f"/laboratory/instruments/{one.id}"))
    for each in world.instruments.values():
        if each.open_alarms:
            message = Message("web.laboratory.warn.alarm", name=each.instrument.id, count=len(each.open_alarms))
            found.append(Warning("wrong", message, f"/laboratory/instruments/{each.instrument.id}"))
    for place in world.places.values():
        found += _excursions(folder, place)
    for report in world.nonconformities.values():
        if report.stage != "closed":
            message = Message("web.laboratory.warn.open_report", number=report.number, what=report.what)
            found.append(Warning("care", message, "/laboratory/nonconforming"))
    count = sum(overdue(one, now=at) for one in world.retained.values())
    if count:
        found.append(Warning("care", Message("web.laboratory.warn.disposable", count=count), "/laboratory/trail#kept"))
    return tuple(sorted(found, key=lambda one: one.kind != "wrong"))


def _excursions(folder: DataFolder, place: lab.Place) -> list[Warning]:
    if not place.logs:
        return []
    end = max(log.last.ns for log in place.logs)
    since = type(place.logs[0].last)(end - WATCHED.ns)
    episodes = lab.places.episodes(log_of(folder, place, since=since), place)
    if not episodes:
        return []
    message = Message("web.laboratory.warn.excursion", place=place.id, count=len(episodes))
    return [Warning("care", message, "/laboratory/environment")]


def _page(request: Request, folder: DataFolder, person: str, problem: Problem | None = None) -> HTMLResponse:
    world = world_of(folder)
    waiting: dict[str, list[Todo]] = {name: [] for name in lab.stations()}
    for one in todos(world):
        waiting.setdefault(one.quantity.station, []).append(one)
    return page(
        request,
        "laboratory/overview.html",
        status=status(problem),
        person=person,
        problem=problem,
        world=world,
        cases=list(world.cases.values())[::-1],
        waiting={name: found for name, found in waiting.items() if found},
        stations=lab.stations(),
        warnings=warnings(folder, world),
    )
