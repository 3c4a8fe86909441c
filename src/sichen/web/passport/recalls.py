# SPDX-License-Identifier: Apache-2.0
"""Recalls in the browser: a lot, every watch that contains it, who has it; then the announcement."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sichen.adapters import now
from sichen.adapters.people.two_persons import Wanted, asked_or_done
from sichen.core import Instant, SichenError
from sichen.trace.genealogy import FOREVER, Recall
from sichen.web.conformity.asking import text_in
from sichen.web.pages import page
from sichen.web.passport.desk import Desk
from sichen.web.passport.pages import path_of
from sichen.web.passport.viewer import demand
from sichen.web.problems import status_of
from sichen.web.visitor import people_of, visitor_of

router = APIRouter()


@router.get("/trace/recall", include_in_schema=False)
def asked(request: Request, desk: Desk, lot: str = "") -> HTMLResponse:
    """Show what contains a lot, or did, and who has it."""
    if not lot.strip():
        return _page(request)
    demand(request, "recall", at=now())
    try:
        return _page(request, lot.strip(), desk.recall(lot.strip()))
    except SichenError as error:
        return _page(request, lot.strip(), problem=error)


@router.post("/trace/recall", include_in_schema=False)
async def announce(request: Request, desk: Desk) -> Response:
    """Mark every watch that contains a lot as recalled."""
    async with request.form() as form:
        lot, note = text_in(form, "lot"), text_in(form, "note")
    demand(request, "recall", at=now())
    signed = visitor_of(request).signed
    person = None if signed is None else signed.person
    try:
        wanted = Wanted("recall", await asyncio.to_thread(desk.lot, lot), note)
        number = await asyncio.to_thread(asked_or_done, desk, people_of(request), wanted, person)
    except SichenError as error:
        return _page(request, lot, problem=error)
    if number:
        return RedirectResponse(f"/approvals#{number}", status_code=303)
    return RedirectResponse(request.url.include_query_params(lot=lot, done=1), status_code=303)


def _page(
    request: Request, lot: str = "", found: Recall[str] | None = None, *, problem: SichenError | None = None
) -> HTMLResponse:
    return page(
        request,
        "passport/recall.html",
        status=200 if problem is None else status_of(problem),
        lot=lot,
        found=found,
        inside=0 if found is None else sum(row.contains for row in found.rows),
        problem=problem,
        done=bool(request.query_params.get("done")),
        path_of=lambda link: path_of(link) if "/01/" in link and "/21/" in link else "",
        moment_of=lambda ns: None if ns is None or ns == FOREVER else Instant(ns),
    )
