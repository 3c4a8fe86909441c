# SPDX-License-Identifier: Apache-2.0
"""The laboratory for programs: the same steps and the same keys as ``sichen laboratory … --json``."""

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import JSONResponse

from sichen.adapters import laboratory_capture as capturing
from sichen.adapters import laboratory_desk as desk
from sichen.adapters import laboratory_equipment as equipment
from sichen.adapters import laboratory_keeping as keeping
from sichen.adapters import now
from sichen.adapters.laboratory_book import world_of
from sichen.adapters.laboratory_capture import Result, Slot
from sichen.adapters.laboratory_certificates import certify_case
from sichen.adapters.laboratory_equipment import date_of
from sichen.adapters.laboratory_shown import (
    affected_json,
    case_json,
    episode_json,
    instrument_json,
    nonconformity_json,
    place_json,
    retained_json,
    tasks_json,
    trail_json,
)
from sichen.conformity import laboratory as lab
from sichen.conformity.certificate import Item, Party
from sichen.web.folder import Folder, resolve
from sichen.web.laboratory.acting import Person, chosen
from sichen.web.laboratory.cases import moved, protocols_of

router = APIRouter(tags=["laboratory"])
CREATED = 201
Who = Annotated[str, Form(description="Who does it; the person of this screen when not given.")]
File_ = Annotated[UploadFile | None, File()]


@router.get("/api/laboratory/cases")
def cases(folder: Folder, stage: str | None = None) -> JSONResponse:
    """List the cases, latest first."""
    world = world_of(folder)
    found = [case for case in reversed(list(world.cases.values())) if stage in {None, case.stage}]
    return JSONResponse([case_json(case, world, whole=False) for case in found])


@router.get("/api/laboratory/cases/{number}")
def case(folder: Folder, number: str) -> JSONResponse:
    """Return a case with its samples, plans, results and tasks."""
    world = world_of(folder)
    return JSONResponse(case_json(world.case(number), world))


@router.post("/api/laboratory/cases", status_code=CREATED)
def open_case(
    folder: Folder,
    here: Person,
    *,
    customer: Annotated[str, Form()],
    customer_zh: Annotated[str, Form()] = "",
    number: Annotated[str, Form()] = "",
    person: Who = "",
) -> JSONResponse:
    """Open a case."""
    made = desk.open_case(folder, Party(customer, customer_zh), person=person or here, number=number)
    return JSONResponse(case_json(made, world_of(folder)), CREATED)


@router.post("/api/laboratory/cases/{number}/samples", status_code=CREATED)
def register(
    folder: Folder,
    here: Person,
    number: str,
    *,
    serial: Annotated[str, Form()] = "",
    brand: Annotated[str, Form()] = "",
    model: Annotated[str, Form()] = "",
    calibre: Annotated[str, Form()] = "",
    state: Annotated[str, Form()] = "",
    photographs: Annotated[list[UploadFile] | None, File()] = None,
    table: File_ = None,
    person: Who = "",
) -> JSONResponse:
    """Register a watch with its photographs, or the watches of a CSV table: all or none."""
    rows = chosen(table)
    if rows is not None:
        found = desk.register_samples(folder, number, rows[1], name=rows[0], person=person or here)
    else:
        pictures = [one for file in photographs or () if (one := chosen(file)) is not None]
        item = Item(serial, brand, model, calibre, state)
        found = desk.register_sample(folder, number, item, person=person or here, photographs=pictures)
    return JSONResponse(case_json(found, world_of(folder)), CREATED)


@router.post("/api/laboratory/cases/{number}/accept")
def accept(
    folder: Folder,
    here: Person,
    number: str,
    *,
    plan: Annotated[list[str], Form(description="Built-in plans, each as NAME or NAME:CATEGORY.")],
    person: Who = "",
) -> JSONResponse:
    """Review the contract and fix the plans."""
    found = desk.accept_case(folder, number, protocols_of(plan), person=person or here)
    return JSONResponse(case_json(found, world_of(folder)))


@router.post("/api/laboratory/cases/{number}/results", status_code=CREATED)
def capture(
    folder: Folder,
    here: Person,
    number: str,
    *,
    plan: Annotated[str, Form()],
    instrument: Annotated[str, Form()] = "",
    serial: Annotated[str, Form()] = "",
    quantity: Annotated[str, Form()] = "",
    value: Annotated[str, Form(description="The number as read.")] = "",
    u: Annotated[float | None, Form(description="Standard uncertainty.")] = None,
    unit: Annotated[str, Form(description="A check against slips.")] = "",
    at: Annotated[str, Form(description="When it was measured; now when not given.")] = "",
    reading: Annotated[str, Form(description="Digest of a kept reading of the bench.")] = "",
    file: File_ = None,
    person: Who = "",
) -> JSONResponse:
    """Capture a value, a kept reading of the bench, or the results of a file: all or none."""
    table, who = chosen(file), person or here
    if table is not None:
        found = capturing.capture_file(folder, number, plan, table[1], name=table[0], instrument=instrument, person=who)
    elif reading:
        record, slot = folder.records.read(resolve(reading, folder)), Slot(number, plan, serial, quantity)
        found = capturing.capture_reading(folder, slot, record, instrument=instrument, person=who)
    else:
        result = Result(serial, quantity, value, u, unit, instrument, date_of(at) if at else None)
        found = capturing.capture(folder, number, plan, result, person=who)
    return JSONResponse(case_json(found, world_of(folder)), CREATED)


@router.post("/api/laboratory/cases/{number}/certify", status_code=CREATED)
def certify(folder: Folder, number: str) -> JSONResponse:
    """Draft a certificate for each verdict of a tested case."""
    return JSONResponse([one.to_json() for one in certify_case(folder, number)], CREATED)


@router.post("/api/laboratory/cases/{number}/{move}")
def move(
    folder: Folder,
    here: Person,
    number: str,
    move: str,
    *,
    reason: Annotated[str, Form()] = "",
    repeat: Annotated[
        list[str] | None,
        Form(
            description="Results to measure again, each as QUANTITY@SERIAL; to waive, as PLAN@SERIAL or PLAN/QUANTITY@SERIAL."
        ),
    ] = None,
    person: Who = "",
) -> JSONResponse:
    """Begin, finish, close, decline or reopen a case, repeat one result, or waive what will not come."""
    found = moved(folder, number, move, person or here, reason=reason, repeat=repeat or [])
    return JSONResponse(case_json(found, world_of(folder)))


@router.get("/api/laboratory/tasks")
def tasks(folder: Folder, station: str = "") -> JSONResponse:
    """List what is to be captured, at one station or at all."""
    rows = [row for one in world_of(folder).cases.values() if one.stage == "testing" for row in tasks_json(one)]
    return JSONResponse([row for row in rows if isinstance(row, dict) and station in {"", row["station"]}])


@router.get("/api/laboratory/instruments")
def instruments(folder: Folder) -> JSONResponse:
    """List the instruments with their calibration and charts."""
    at = now()
    return JSONResponse([instrument_json(one, now=at) for one in world_of(folder).instruments.values()])


@router.post("/api/laboratory/instruments", status_code=CREATED)
def add_instrument(
    folder: Folder,
    here: Person,
    *,
    name: Annotated[str, Form()],
    certificate: Annotated[str, Form()],
    calibrated: Annotated[str, Form(description="Day of the calibration.")],
    valid_until: Annotated[str, Form(description="Last day of its validity.")],
    name_en: Annotated[str, Form()] = "",
    name_zh: Annotated[str, Form()] = "",
    station: Annotated[list[str] | None, Form()] = None,
    person: Who = "",
) -> JSONResponse:
    """Enter an instrument."""
    titles = (name_en or name_zh or name, name_zh or name_en or name)
    made = lab.Instrument(name, *titles, certificate, date_of(calibrated), date_of(valid_until, end_of_day=True))
    one = equipment.add_instrument(folder, made, person=person or here, stations=tuple(station or ()))
    return JSONResponse(instrument_json(one, now=now()), CREATED)


@router.post("/api/laboratory/instruments/{name}/checks", status_code=CREATED)
def check(
    folder: Folder,
    here: Person,
    name: str,
    *,
    value: Annotated[str, Form()],
    u: Annotated[float | None, Form()] = None,
    unit: Annotated[str, Form()] = "",
    person: Who = "",
) -> JSONResponse:
    """Keep a reading of the check watch; the answer says whether the chart raises an alarm."""
    one = equipment.check(folder, name, value, person=person or here, unit=unit, u=u)
    return JSONResponse(instrument_json(one, now=now()), CREATED)


@router.post("/api/laboratory/environment/{name}", status_code=CREATED)
def import_log(
    folder: Folder, here: Person, name: str, *, file: Annotated[UploadFile, File()], person: Who = ""
) -> JSONResponse:
    """Import a log of temperature and humidity: the whole file or nothing."""
    place = equipment.import_log(folder, name, file.file.read(), file=file.filename or "log.csv", person=person or here)
    return JSONResponse(place_json(place), CREATED)


@router.get("/api/laboratory/environment/{name}/excursions")
def excursions(folder: Folder, name: str, since: str = "", until: str = "") -> JSONResponse:
    """List when a place was outside what is allowed."""
    place = world_of(folder).place(name)
    begins, ends = date_of(since) if since else None, date_of(until, end_of_day=True) if until else None
    log = equipment.log_of(folder, place, since=begins, until=ends)
    return JSONResponse([episode_json(one) for one in lab.places.episodes(log, place)])


@router.get("/api/laboratory/affected")
def affected(folder: Folder, instrument: str, since: str, until: str = "") -> JSONResponse:
    """List the results that an instrument took in a period."""
    end = date_of(until, end_of_day=True) if until else None
    found = keeping.affected(folder, instrument=instrument, since=date_of(since), until=end)
    return JSONResponse([affected_json(one) for one in found])


@router.post("/api/laboratory/nonconforming", status_code=CREATED)
def report(
    folder: Folder,
    here: Person,
    *,
    what: Annotated[str, Form()],
    instrument: Annotated[str, Form()] = "",
    since: Annotated[str, Form()] = "",
    until: Annotated[str, Form()] = "",
    person: Who = "",
) -> JSONResponse:
    """Report work that does not conform."""
    begins, ends = date_of(since) if since else None, date_of(until, end_of_day=True) if until else None
    one = keeping.report(folder, what, person=person or here, instrument=instrument, since=begins, until=ends)
    return JSONResponse(nonconformity_json(one), CREATED)


@router.post("/api/laboratory/nonconforming/{number}")
def advance(
    folder: Folder,
    here: Person,
    number: str,
    *,
    action: Annotated[str, Form(description="evaluated, corrected or closed.")],
    note: Annotated[str, Form()],
    recall: Annotated[bool, Form()] = False,
    person: Who = "",
) -> JSONResponse:
    """Take a report one step on."""
    one = keeping.advance(folder, number, action, note=note, person=person or here, recall=recall)
    return JSONResponse(nonconformity_json(one))


@router.get("/api/laboratory/trail")
def trail(folder: Folder, subject: str = "") -> JSONResponse:
    """Check the trails: whether a step was changed, cut out or exchanged."""
    return JSONResponse([trail_json(one) for one in keeping.trails(folder, subject)])


@router.get("/api/laboratory/retention")
def retention(folder: Folder) -> JSONResponse:
    """List what is kept and until when."""
    at = now()
    return JSONResponse([retained_json(one, now=at) for one in world_of(folder).retained.values()])
