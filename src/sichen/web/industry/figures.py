# SPDX-License-Identifier: Apache-2.0
"""The page of figures: contradictions with their arithmetic, and every figure with its source."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from sichen.adapters import now
from sichen.adapters.industry_desk import keep_answer, lint_of, registry_of
from sichen.adapters.industry_report import supplied
from sichen.core import JSON, Record, SichenError
from sichen.industry import Finding, Refusal, Registry
from sichen.web.folder import Folder
from sichen.web.industry.forms import source_in
from sichen.web.language import language_of
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()
SUPPLIED = {"figures": "figures.tsv", "brands": "brand-figures.tsv"}


@router.get("/industry/figures", include_in_schema=False)
async def supplied_figures(request: Request) -> HTMLResponse:
    """Show the supplied figures and what contradicts in them."""
    chosen = request.query_params.get("of", "figures")
    source = supplied(SUPPLIED.get(chosen, SUPPLIED["figures"]))
    found, refusals = await asyncio.to_thread(lint_of, source)
    return _page(
        request, registry_of(source), found, refusals, name=source.name, place=chosen if chosen in SUPPLIED else "figures"
    )


@router.post("/industry/figures", include_in_schema=False)
async def own_figures(request: Request, folder: Folder) -> HTMLResponse:
    """Read the figures of a table that was sent; with `do=keep` the findings become a record."""
    async with request.form() as form:
        try:
            source = await source_in(form)
            found, refusals = await asyncio.to_thread(lint_of, source)
            registry = registry_of(source)
            record = None
            if form.get("do") == "keep":
                body: dict[str, JSON] = {"findings": [one.to_json() for one in found]}
                cited = [row for one in found for row in one.rows]
                subject = f"table:{source.name}"
                record = keep_answer(folder, "industry.lint", subject=subject, body=body, source=source, rows=cited, at=now())
        except SichenError as error:
            return _page(request, Registry(()), (), (), name="", problem=error)
    return _page(request, registry, found, refusals, name=source.name, record=record)


def _page(
    request: Request,
    registry: Registry,
    found: tuple[Finding, ...],
    refusals: tuple[Refusal, ...],
    *,
    name: str,
    place: str = "figures",
    record: Record | None = None,
    problem: SichenError | None = None,
) -> HTMLResponse:
    language = language_of(request)
    return page(
        request,
        "industry/figures.html",
        status=200 if problem is None else status_of(problem),
        registry=registry,
        found=[
            (one, one.arithmetic(language), [registry.by_row[row] for row in one.rows if row in registry.by_row])
            for one in found
        ],
        refusals=refusals,
        name=name,
        place=place,
        record=record,
        problem=problem,
    )
