# SPDX-License-Identifier: Apache-2.0
"""What people do with a watch in the browser: an entry of the service book, lost and found, the end."""

import asyncio
from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from sichen.adapters import now
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.passport_exports import EXTRACTED, FORMS, export
from sichen.adapters.people.two_persons import MARKED, WORDS, Wanted, asked_or_done, events_of
from sichen.core import DataError, Message, NotFound, SichenError
from sichen.trace.passport import Life, RepairSheet, Replacement, retired, serviced
from sichen.web.conformity.asking import text_in
from sichen.web.pages import page
from sichen.web.passport.desk import Desk
from sichen.web.passport.pages import FIGURES, known_life, path_of, shown
from sichen.web.passport.viewer import demand, is_house, viewer_of
from sichen.web.problems import status_of
from sichen.web.visitor import people_of, visitor_of

router = APIRouter()
ROWS = 3
"""Lines for replaced parts that the form offers."""
RETIRED, EXTRACT, ERROR = "retired", "extract", "error"


@router.post("/trace/passports/{gtin}/{serial}", include_in_schema=False)
async def act(request: Request, gtin: str, serial: str, desk: Desk) -> Response:
    """Report a watch lost, stolen, found, remedied or at its end, have an extract, declare an error.

    What needs a second person is asked for.
    """
    async with request.form() as form:
        name, note, event = text_in(form, "do"), text_in(form, "note"), text_in(form, "event")
    life = await asyncio.to_thread(known_life, desk, gtin, serial)
    if name not in {RETIRED, EXTRACT, ERROR} | MARKED:
        raise NotFound(Message("web.conformity.error.act", found=name))
    if name == ERROR and not (is_house(request) and event in {one.event for one in life.timeline}):
        # An event may be about other watches too: whoever is not of the house sends it to the interface, which asks for each.
        raise NotFound(Message("adapters.epcis.no_event", id=event[:200]))
    demand(request, "retire" if name == RETIRED else WORDS[name], life, at=now())
    try:
        number = await asyncio.to_thread(_done, request, desk, Wanted(name, event if name == ERROR else life.link, note))
        if name == EXTRACT and not number:
            return await asyncio.to_thread(extract_file, desk, life)
    except SichenError as error:
        return shown(request, life, problem=error)
    return RedirectResponse(f"/approvals#{number}" if number else path_of(life.link), status_code=303)


def extract_file(desk: PassportDesk, life: Life) -> Response:
    """Return an extract of the archives, which was noted before."""
    headers = {"Content-Disposition": f'attachment; filename="{life.serial}.extract.json"', "Cache-Control": "no-store"}
    return Response(export(desk, life, "vc", may_see=EXTRACTED), media_type=FORMS["vc"].media_type, headers=headers)


def _done(request: Request, desk: PassportDesk, wanted: Wanted) -> str:
    """Write it, or ask a second person; return the number of the request."""
    if wanted.word == RETIRED:
        desk.write([retired(wanted.name, at=now(), reason=wanted.note)])
        return ""
    # An owner's word about his own watch is enough.
    if viewer_of(request).role == "owner":
        desk.write(events_of(wanted, at=now()))
        return ""
    signed = visitor_of(request).signed
    return asked_or_done(desk, people_of(request), wanted, None if signed is None else signed.person)


@router.get("/trace/passports/{gtin}/{serial}/service", include_in_schema=False)
def service_form(request: Request, gtin: str, serial: str, desk: Desk) -> HTMLResponse:
    """Show the repair sheet to fill in, with the readings of the watch to choose from."""
    life = known_life(desk, gtin, serial)
    demand(request, "service_entry", life, at=now())
    return _form(request, life, {})


@router.post("/trace/passports/{gtin}/{serial}/service", include_in_schema=False)
async def write_service(request: Request, gtin: str, serial: str, desk: Desk) -> Response:
    """Keep an entry of the service book."""
    async with request.form() as form:
        given = {name: text_in(form, name) for name in form}
        before, after = (tuple(str(one) for one in form.getlist(name)) for name in ("before", "after"))
        sheet = _sheet(form, before, after)
    life = await asyncio.to_thread(known_life, desk, gtin, serial)
    demand(request, "service_entry", life, at=now())
    try:
        events = serviced(life.link, sheet(), at=now(), by=given.get("by", ""), within=life.places)
        await asyncio.to_thread(desk.write, events)
    except (SichenError, ValueError) as error:
        problem = error if isinstance(error, SichenError) else DataError(Message("trace.passport.bad_sheet", names=str(error)))
        return _form(request, life, given, problem=problem)
    return RedirectResponse(path_of(life.link) + "#service", status_code=303)


def _sheet(form: FormData, before: tuple[str, ...], after: tuple[str, ...]) -> Callable[[], RepairSheet]:
    text = {name: text_in(form, name) for name in form}
    parts = tuple(
        Replacement(text[f"part{row}"], text.get(f"old{row}", ""), text.get(f"new{row}", ""))
        for row in range(ROWS)
        if text.get(f"part{row}")
    )

    def made() -> RepairSheet:
        water, months = text.get("water", ""), text.get("months", "")
        return RepairSheet(
            text.get("sheet", ""),
            text.get("state", ""),
            text.get("fault", ""),
            text.get("work", ""),
            before,
            after,
            parts,
            float(water) if water else None,
            text.get("technician", ""),
            int(months) if months else 0,
            text.get("accepted") == "yes",
        )

    return made


def _form(request: Request, life: Life, given: Mapping[str, str], *, problem: SichenError | None = None) -> HTMLResponse:
    return page(
        request,
        "passport/service.html",
        status=200 if problem is None else status_of(problem),
        life=life,
        given=given,
        rows=range(ROWS),
        names=FIGURES,
        here=path_of(life.link),
        problem=problem,
    )
