# SPDX-License-Identifier: Apache-2.0
"""A repair sheet of the service book to print: what was received, measured, done, measured again, and handed back."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from sichen.adapters import now
from sichen.core import Message, NotFound
from sichen.trace.passport import Life, Service
from sichen.trace.passport.sheet_paper import sheet_pdf
from sichen.web.pages import page
from sichen.web.passport.desk import Desk
from sichen.web.passport.pages import FIGURES, known_life, path_of
from sichen.web.passport.viewer import demand

router = APIRouter()


@router.get("/trace/passports/{gtin}/{serial}/service/{number:path}.pdf", include_in_schema=False)
def sheet_file(request: Request, gtin: str, serial: str, number: str, desk: Desk) -> Response:
    """Return a repair sheet as PDF."""
    life, service = _found(request, gtin, serial, number, desk)
    headers = {"Content-Disposition": f'attachment; filename="{life.serial}-sheet.pdf"', "Cache-Control": "no-store"}
    return Response(sheet_pdf(life, service), media_type="application/pdf", headers=headers)


@router.get("/trace/passports/{gtin}/{serial}/service/{number:path}", include_in_schema=False)
def sheet(request: Request, gtin: str, serial: str, number: str, desk: Desk) -> HTMLResponse:
    """Show a repair sheet."""
    life, service = _found(request, gtin, serial, number, desk)
    return page(request, "passport/sheet.html", life=life, one=service, names=FIGURES, here=path_of(life.link))


def _found(request: Request, gtin: str, serial: str, number: str, desk: Desk) -> tuple[Life, Service]:
    life = known_life(desk, gtin, serial)
    demand(request, "service", life, at=now())
    found = next((one for one in life.services if one.sheet.number == number), None)
    if found is None:
        raise NotFound(Message("web.passport.no_sheet", number=number[:60]))
    return life, found
