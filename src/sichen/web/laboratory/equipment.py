# SPDX-License-Identifier: Apache-2.0
"""Pages of instruments with their control charts, and of rooms with their logs."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse, Response

from sichen.adapters import DataFolder, now
from sichen.adapters import laboratory_equipment as equipment
from sichen.adapters.laboratory_book import world_of
from sichen.adapters.laboratory_equipment import date_of
from sichen.adapters.laboratory_shown import state_of
from sichen.conformity import laboratory as lab
from sichen.core import DataError, Instant, Message
from sichen.web.folder import Folder
from sichen.web.laboratory.acting import Person, Problem, act, chosen, status
from sichen.web.laboratory.stations import spread
from sichen.web.language import language_of
from sichen.web.pages import page

if TYPE_CHECKING:
    from collections.abc import Callable

router = APIRouter()
DAYS = 7
"""How much of a log, before its end, the page of surroundings shows."""
HOUR_NS = 3600 * 10**9


@router.get("/laboratory/instruments", include_in_schema=False)
def listed(request: Request, folder: Folder, person: Person) -> HTMLResponse:
    """Show the instruments, those that need somebody first."""
    return _list(request, folder, person)


@router.post("/laboratory/instruments", include_in_schema=False)
def add(
    request: Request,
    folder: Folder,
    person: Person,
    *,
    name: Annotated[str, Form()] = "",
    name_en: Annotated[str, Form()] = "",
    name_zh: Annotated[str, Form()] = "",
    certificate: Annotated[str, Form()] = "",
    calibrated: Annotated[str, Form()] = "",
    valid_until: Annotated[str, Form()] = "",
    station: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Enter an instrument."""

    def step() -> str:
        days = (date_of(calibrated), date_of(valid_until, end_of_day=True))
        titles = (name_en.strip() or name_zh.strip() or name, name_zh.strip() or name_en.strip() or name)
        made = lab.Instrument(name.strip(), *titles, certificate.strip(), *days)
        equipment.add_instrument(folder, made, person=person, stations=tuple(station or ()))
        return f"/laboratory/instruments/{made.id}"

    return act(step, lambda problem: _list(request, folder, person, problem))


@router.get("/laboratory/instruments/{name}", include_in_schema=False)
def one(request: Request, folder: Folder, person: Person, name: str) -> HTMLResponse:
    """Show an instrument: validity, check watch, chart."""
    return _one(request, folder, person, name)


@router.post("/laboratory/instruments/{name}/{step}", include_in_schema=False)
def serve(
    request: Request,
    folder: Folder,
    person: Person,
    name: str,
    step: str,
    *,
    value: Annotated[str, Form()] = "",
    u: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    certificate: Annotated[str, Form()] = "",
    calibrated: Annotated[str, Form()] = "",
    valid_until: Annotated[str, Form()] = "",
) -> Response:
    """Check, fix the chart, answer an alarm, calibrate, or take out of use."""

    def calibrate() -> object:
        days = {"calibrated": date_of(calibrated), "valid_until": date_of(valid_until, end_of_day=True)}
        return equipment.calibrate(folder, name, certificate=certificate, person=person, **days)

    known: dict[str, Callable[[], object]] = {
        "check": lambda: equipment.check(folder, name, value, person=person, u=spread(u)),
        "baseline": lambda: equipment.fix_baseline(folder, name, person=person),
        "answer": lambda: equipment.answer_alarm(folder, name, finding=reason, person=person),
        "calibrate": calibrate,
        "withdraw": lambda: equipment.withdraw(folder, name, reason=reason, person=person),
    }

    def taken() -> str:
        if step not in known:
            raise DataError(Message("conformity.laboratory.stage", now="—", wanted=step, allowed=", ".join(known)))
        known[step]()
        return f"/laboratory/instruments/{name}"

    return act(taken, lambda problem: _one(request, folder, person, name, problem))


@router.get("/laboratory/instruments/{name}/chart", include_in_schema=False)
def chart(request: Request, folder: Folder, name: str) -> JSONResponse:
    """Return the readings of the check watch and the limits of its chart."""
    found = world_of(folder).instrument(name)
    rows = [[place, float(check.value), None, check.at[:16].replace("T", " ")] for place, check in enumerate(found.checks, 1)]
    limits: list[dict[str, object]] = []
    if found.chart is not None:
        low, high = found.chart.limits
        spoken = language_of(request)
        limits = [
            {"value": value, "name": Message(f"web.laboratory.chart.{word}").text(spoken)}
            for word, value in (("upper", high), ("centre", found.chart.centre), ("lower", low))
        ]
    return JSONResponse({"rows": rows, "limits": limits})


@router.get("/laboratory/environment", include_in_schema=False)
def surroundings(request: Request, folder: Folder, person: Person) -> HTMLResponse:
    """Show rooms and chambers with their logs and excursions."""
    return _places(request, folder, person)


@router.post("/laboratory/environment", include_in_schema=False)
def add_place(
    request: Request,
    folder: Folder,
    person: Person,
    *,
    name: Annotated[str, Form()] = "",
    name_en: Annotated[str, Form()] = "",
    name_zh: Annotated[str, Form()] = "",
    coldest: Annotated[str, Form()] = "",
    warmest: Annotated[str, Form()] = "",
    driest: Annotated[str, Form()] = "0",
    wettest: Annotated[str, Form()] = "100",
) -> Response:
    """Enter a room or a chamber."""

    def step() -> str:
        bands = ((_number(coldest), _number(warmest)), (_number(driest), _number(wettest)))
        titles = (name_en.strip() or name_zh.strip() or name, name_zh.strip() or name_en.strip() or name)
        equipment.add_place(folder, lab.Place(name.strip(), *titles, *bands), person=person)
        return "/laboratory/environment"

    return act(step, lambda problem: _places(request, folder, person, problem))


@router.post("/laboratory/environment/{name}", include_in_schema=False)
def import_log(
    request: Request, folder: Folder, person: Person, name: str, *, file: Annotated[UploadFile | None, File()] = None
) -> Response:
    """Import the log of a place."""

    def step() -> str:
        found = chosen(file)
        if found is None:
            raise DataError(Message("conformity.laboratory.empty_log"))
        equipment.import_log(folder, name, found[1], file=found[0], person=person)
        return "/laboratory/environment"

    return act(step, lambda problem: _places(request, folder, person, problem))


@router.get("/laboratory/environment/{name}/{quantity}", include_in_schema=False)
def course(request: Request, folder: Folder, name: str, quantity: str) -> JSONResponse:
    """Return the end of a log as a plot shows it: hours before its last reading."""
    place = world_of(folder).place(name)
    log = _recent(folder, place)
    band = place.temperature if quantity == "temperature" else place.humidity
    last = log[-1].at.ns if log else 0
    rows = [
        [
            round((one.at.ns - last) / HOUR_NS, 4),
            one.temperature if quantity == "temperature" else one.humidity,
            None,
            one.at.isoformat()[:16].replace("T", " "),
        ]
        for one in log
    ]
    spoken = language_of(request)
    words = zip(("lower", "upper"), band, strict=True)
    limits = [{"value": value, "name": Message(f"web.laboratory.allowed.{word}").text(spoken)} for word, value in words]
    return JSONResponse({"rows": rows, "limits": limits})


def _list(request: Request, folder: DataFolder, person: str, problem: Problem | None = None) -> HTMLResponse:
    at = now()
    order = ("expired", "alarm", "valid", "withdrawn")
    found = [(one, state_of(one, now=at)) for one in world_of(folder).instruments.values()]
    return page(
        request,
        "laboratory/instruments.html",
        status=status(problem),
        person=person,
        problem=problem,
        instruments=sorted(found, key=lambda row: (order.index(row[1]), row[0].instrument.valid_until.ns)),
        stations=lab.stations(),
    )


def _one(request: Request, folder: DataFolder, person: str, name: str, problem: Problem | None = None) -> HTMLResponse:
    found = world_of(folder).instrument(name)
    return page(
        request,
        "laboratory/instrument.html",
        status=status(problem),
        person=person,
        problem=problem,
        one=found,
        state=state_of(found, now=now()),
        stations=lab.stations(),
        fewest=lab.FEWEST,
        left=(found.instrument.valid_until - now()).ns // (24 * HOUR_NS),
        alarms={alarm.place: alarm for alarm in found.alarms},
        subject=f"instrument:{name}",
    )


def _places(request: Request, folder: DataFolder, person: str, problem: Problem | None = None) -> HTMLResponse:
    places = list(world_of(folder).places.values())
    shown = []
    for place in places:
        log = _recent(folder, place)
        shown.append((place, log[-1] if log else None, lab.places.episodes(log, place)))
    return page(
        request, "laboratory/environment.html", status=status(problem), person=person, problem=problem, places=shown, days=DAYS
    )


def _recent(folder: DataFolder, place: lab.Place) -> tuple[lab.Surroundings, ...]:
    if not place.logs:
        return ()
    end = max(log.last.ns for log in place.logs)
    return equipment.log_of(folder, place, since=Instant(end - DAYS * 24 * HOUR_NS))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise DataError(Message("web.laboratory.no_number", found=text or "—")) from error
