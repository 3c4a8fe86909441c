# SPDX-License-Identifier: Apache-2.0
"""The stations: one task at a time, on a tablet, with gloves."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from sichen.adapters import DataFolder
from sichen.adapters import laboratory_capture as capturing
from sichen.adapters.laboratory_book import world_of
from sichen.adapters.laboratory_capture import Result, Slot
from sichen.conformity import laboratory as lab
from sichen.core import DataError, Message, NotFound
from sichen.web.bodies import figures
from sichen.web.folder import Folder, resolve
from sichen.web.laboratory.acting import Person, Problem, act, chosen, status
from sichen.web.laboratory.todo import Todo, choices, todos
from sichen.web.pages import page

router = APIRouter()
QUEUE = 12


@router.get("/laboratory/stations", include_in_schema=False)
def listed(request: Request, folder: Folder, person: Person) -> HTMLResponse:
    """Show the stations and what waits there."""
    waiting = dict.fromkeys(lab.stations(), 0)
    for one in todos(world_of(folder)):
        waiting[one.quantity.station] += 1
    return page(request, "laboratory/stations.html", person=person, stations=lab.stations(), waiting=waiting)


@router.get("/laboratory/stations/{station}", include_in_schema=False)
def one(request: Request, folder: Folder, person: Person, station: str) -> HTMLResponse:
    """Show a station with the task that comes next, or the one that was chosen."""
    return _page(request, folder, person, station)


@router.post("/laboratory/stations/{station}", include_in_schema=False)
def capture(
    request: Request,
    folder: Folder,
    person: Person,
    station: str,
    *,
    case: Annotated[str, Form()] = "",
    plan: Annotated[str, Form()] = "",
    serial: Annotated[str, Form()] = "",
    quantity: Annotated[str, Form()] = "",
    instrument: Annotated[str, Form()] = "",
    value: Annotated[str, Form()] = "",
    u: Annotated[str, Form()] = "",
    reading: Annotated[str, Form()] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Capture one result, typed or from the bench, or the results of a file."""
    slot = Slot(case, plan, serial, quantity)

    def step() -> str:
        table = chosen(file)
        if table is not None:
            capturing.capture_file(folder, case, plan, table[1], name=table[0], instrument=instrument, person=person)
            return f"/laboratory/stations/{station}?" + urlencode({"kept": table[0]})
        if reading:
            record = folder.records.read(resolve(reading, folder))
            after = capturing.capture_reading(folder, slot, record, instrument=instrument, person=person)
        else:
            result = Result(serial, quantity, value, spread(u), "", instrument)
            after = capturing.capture(folder, case, plan, result, person=person)
        kept = after.captures[-1]
        return f"/laboratory/stations/{station}?" + urlencode(
            {"record": kept.record, "kept": f"{serial} · {kept.reading.value}"}
        )

    return act(step, lambda problem: _page(request, folder, person, station, problem=problem, slot=slot, typed=value))


def spread(text: str) -> float | None:
    """Return a typed uncertainty; None where nobody typed one.

    Raises
    ------
    DataError
        If it is no number above zero.
    """
    if not text.strip():
        return None
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 < found < float("inf"):
        raise DataError(Message("web.laboratory.bad_u", found=text))
    return found


def _page(
    request: Request,
    folder: DataFolder,
    person: str,
    station: str,
    *,
    problem: Problem | None = None,
    slot: Slot | None = None,
    typed: str = "",
) -> HTMLResponse:
    if station not in lab.stations():
        raise NotFound(Message("web.laboratory.no_station", name=station))
    world = world_of(folder)
    waiting = list(todos(world, station))
    query = request.query_params
    wanted = slot or Slot(*(query.get(name, "") for name in ("case", "plan", "serial", "quantity")))
    ready = _chosen(waiting, wanted)
    readings = capturing.fitting_readings(folder, ready.protocol, ready.item.serial, ready.quantity.id) if ready else ()
    return page(
        request,
        "laboratory/station.html",
        status=status(problem),
        person=person,
        problem=problem,
        name_of=lab.name_of,
        typed=typed,
        station=lab.stations()[station],
        todo=ready,
        queue=list(_next(waiting, ready))[:QUEUE],
        count=len(waiting),
        choices=choices(world, station),
        readings=[(record, dict(figures(record.body))["rate"]) for record in readings],
        kept=query.get("kept", ""),
        record=query.get("record", ""),
    )


def _chosen(waiting: list[Todo], slot: Slot) -> Todo | None:
    """Return the task that was chosen, else the first that may be done now, else the first."""
    for one in waiting:
        if Slot(one.case.number, one.protocol.plan.id, one.item.serial, one.quantity.id) == slot:
            return one
    return next((one for one in waiting if not one.first), waiting[0] if waiting else None)


def _next(waiting: list[Todo], ready: Todo | None) -> Iterator[Todo]:
    """Yield what comes after; tasks that may be done now first."""
    yield from (one for one in waiting if one is not ready and not one.first)
    yield from (one for one in waiting if one is not ready and one.first)
