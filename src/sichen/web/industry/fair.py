# SPDX-License-Identifier: Apache-2.0
"""The page of places and meetings: training, studios, test bodies, museums and fairs; buyers matched with exhibitors."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import UploadFile

from sichen.adapters import now
from sichen.adapters.industry_chain_desk import bodies_of
from sichen.adapters.industry_report import supplied
from sichen.core import DataError, Message, SichenError
from sichen.industry import Refusal
from sichen.industry.registers.bodies import KINDS, Body
from sichen.industry.registers.matching import Matching, blocking_pairs, match
from sichen.web.industry.forms import source_in
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()
BODIES, FAIR = "sample-bodies.csv", "sample-fair.json"
LARGEST = 1_000_000  # bytes of wishes: a fair of thousands is far below


@router.get("/industry/fair", include_in_schema=False)
async def fair(request: Request) -> HTMLResponse:
    """Show the invented list of bodies and the invented fair."""
    return _page(request)


@router.post("/industry/fair", include_in_schema=False)
async def own_fair(request: Request) -> HTMLResponse:
    """List the bodies of a table, or match the wishes of a file; nothing is kept."""
    async with request.form() as form:
        try:
            if form.get("do") == "match":
                sent = form.get("wishes_file")
                if not isinstance(sent, UploadFile) or not sent.filename:
                    raise DataError(Message("web.industry.error.nothing"))
                return _page(request, wishes=_wishes(await sent.read(LARGEST)))
            return _page(request, bodies=bodies_of(await source_in(form)))
        except SichenError as error:
            return _page(request, problem=error)


def matched(wishes: Mapping[str, Any]) -> tuple[Matching, int]:
    """Match the wishes of a file, and count the pairs who would rather have met each other."""
    try:
        sides, places = (wishes["buyers"], wishes["exhibitors"]), wishes.get("places", {})
        found = match(*sides, places=places)
        return found, len(blocking_pairs(found, *sides, places=places))
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(Message("web.industry.error.wishes")) from error


def _wishes(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except ValueError as error:
        raise DataError(Message("web.industry.error.wishes")) from error
    if not isinstance(found, dict):
        raise DataError(Message("web.industry.error.wishes"))
    return found


def _page(
    request: Request,
    *,
    bodies: tuple[tuple[Body, ...], tuple[Refusal, ...]] | None = None,
    wishes: Mapping[str, Any] | None = None,
    problem: SichenError | None = None,
) -> HTMLResponse:
    listed, refusals = bodies or bodies_of(supplied(BODIES))
    found, blocking = matched(wishes if wishes is not None else json.loads(supplied(FAIR).content))
    return page(
        request,
        "industry/fair.html",
        status=200 if problem is None else status_of(problem),
        bodies=listed,
        refusals=refusals,
        kinds=KINDS,
        found=found,
        blocking=blocking,
        today=now().isoformat()[:10],
        sample_bodies=bodies is None,
        sample_fair=wishes is None,
        problem=problem,
    )
