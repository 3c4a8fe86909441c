# SPDX-License-Identifier: Apache-2.0
"""Certificates in the browser: the list, one certificate with its steps, review and release, the house that issues."""

import asyncio
from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from starlette.datastructures import FormData

from sichen.adapters import DataFolder, now
from sichen.adapters.certificate_desk import (
    CERTIFICATE,
    FILES,
    Docket,
    article_of,
    docket,
    dockets,
    form_of,
    release_certificate,
    return_certificate,
    review_certificate,
    revoke_certificate,
)
from sichen.adapters.issuing_house import House, house, set_house
from sichen.conformity.certificate import Party, sheet
from sichen.conformity.certificate.review import NEXT
from sichen.core import Message, NotFound, SichenError
from sichen.web.conformity.asking import text_in
from sichen.web.conformity.shown import STATE
from sichen.web.folder import Folder, resolve
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()
STAGE = {"draft": "open", "returned": "care", "reviewed": "open", "released": "good", "revoked": "wrong"}
ACTS: dict[str, Callable[[DataFolder, str, FormData], Docket]] = {
    "reviewed": lambda folder, number, form: review_certificate(
        folder, number, person=text_in(form, "person"), at=now(), note=text_in(form, "note")
    ),
    "returned": lambda folder, number, form: return_certificate(
        folder, number, person=text_in(form, "person"), at=now(), reason=text_in(form, "note")
    ),
    "released": lambda folder, number, form: release_certificate(
        folder, number, person=text_in(form, "person"), at=now(), note=text_in(form, "note")
    ),
    "revoked": lambda folder, number, form: revoke_certificate(
        folder, number, person=text_in(form, "person"), at=now(), reason=text_in(form, "note")
    ),
}
"""What a button does: the stage that it leads to, and the desk's function."""


@router.get("/conformity/certificate.css", include_in_schema=False)
def style() -> Response:
    """Return the style sheet of a certificate, the same that travels inside a certificate's own page."""
    return Response(sheet(), media_type="text/css", headers={"Cache-Control": "no-cache"})


@router.get("/conformity/certificates", include_in_schema=False)
def listing(request: Request, folder: Folder) -> HTMLResponse:
    """Show the certificates and who issues them."""
    return _listing(request, folder)


@router.post("/conformity/house", include_in_schema=False)
async def name_house(request: Request, folder: Folder) -> Response:
    """Say who issues certificates."""
    async with request.form() as form:
        names = ("name_en", "name_zh", "city", "country", "email", "accreditation")
        given = House(Party(**{name: text_in(form, name) for name in names}), text_in(form, "verify_at"))
    try:
        set_house(folder.path, given)
    except SichenError as error:
        return _listing(request, folder, problem=error)
    return RedirectResponse("/conformity/certificates", status_code=303)


@router.get("/conformity/certificates/of/{digest}", include_in_schema=False)
def by_record(digest: str, folder: Folder) -> Response:
    """Lead from a record to the certificate that it is about."""
    record = folder.records.read(resolve(digest, folder))
    number = record.body["number"] if record.kind == CERTIFICATE else record.subject.partition("certificate:")[2]
    if not number:
        raise NotFound(Message("web.readings.other", kind=record.kind))
    return RedirectResponse(f"/conformity/certificates/{number}", status_code=303)


@router.get("/conformity/certificates/{number}", include_in_schema=False)
def one(request: Request, number: str, folder: Folder) -> HTMLResponse:
    """Show a certificate."""
    return _page(request, folder, docket(folder, number))


@router.post("/conformity/certificates/{number}", include_in_schema=False)
async def act(request: Request, number: str, folder: Folder) -> Response:
    """Review, return, release or revoke."""
    async with request.form() as form:
        stage = text_in(form, "do")
        try:
            if stage not in ACTS:
                raise NotFound(Message("web.conformity.error.act", found=stage))
            await asyncio.to_thread(ACTS[stage], folder, number, form)
        except SichenError as error:
            return _page(request, folder, docket(folder, number), problem=error)
    return RedirectResponse(f"/conformity/certificates/{number}", status_code=303)


@router.get("/conformity/certificates/{number}/file.{ending}", include_in_schema=False)
def download(number: str, ending: str, folder: Folder) -> Response:
    """Return one form of a certificate."""
    return file_answer(folder, number, ending)


def file_answer(folder: DataFolder, number: str, ending: str) -> Response:
    """Return one form of a certificate as a file to keep."""
    content = form_of(folder, docket(folder, number), ending)
    headers = {"Content-Disposition": f'attachment; filename="{number}.{ending}"', "Cache-Control": "no-store"}
    return Response(content, media_type=FILES[ending][1], headers=headers)


def _page(request: Request, folder: DataFolder, found: Docket, *, problem: SichenError | None = None) -> HTMLResponse:
    return page(
        request,
        "conformity/certificate.html",
        status=200 if problem is None else status_of(problem),
        one=found,
        own=found.certificate,
        article=Markup(article_of(folder, found)),  # noqa: S704 - our own escaping writer
        following=NEXT[found.stage],
        state=STATE[found.certificate.verdict],
        stages=STAGE,
        problem=problem,
        forms=tuple(FILES) if found.issued is not None else ("pdf", "html"),
    )


def _listing(request: Request, folder: DataFolder, *, problem: SichenError | None = None) -> HTMLResponse:
    return page(
        request,
        "conformity/certificates.html",
        status=200 if problem is None else status_of(problem),
        dockets=tuple(dockets(folder)),
        house=house(folder.path),
        problem=problem,
        state=STATE,
        stages=STAGE,
    )
