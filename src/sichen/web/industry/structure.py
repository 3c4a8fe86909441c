# SPDX-License-Identifier: Apache-2.0
"""The page of structure: concentration and specialisation of a table, drawn as bars, with their warnings."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from sichen.adapters.industry_desk import Source, advantages_of, concentration_of, quotients_of, trade_of
from sichen.adapters.industry_report import supplied
from sichen.core import Language, Message, SichenError
from sichen.industry import Refusal, read_registry
from sichen.industry.registry import ALIASES
from sichen.web.industry.drawing import bars_svg
from sichen.web.industry.forms import source_in
from sichen.web.language import language_of
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()
Rows = list[tuple[str, ...]]
Answer = tuple[Rows, Markup, list[str], tuple[Refusal, ...]]
SHOWN = 20
LINES = 200
QUESTIONS = ("hhi", "rca", "lq", "trade")
SAMPLE = "HS91 exports to world"


@router.get("/industry/structure", include_in_schema=False)
async def sample_structure(request: Request) -> HTMLResponse:
    """Show who exported watches and clocks in 2019, from the supplied figures."""
    return await _answered(request, _exporters(), "hhi", sample=True)


@router.post("/industry/structure", include_in_schema=False)
async def own_structure(request: Request) -> HTMLResponse:
    """Answer from a table that was sent."""
    async with request.form() as form:
        asked = str(form.get("ask", "hhi"))
        try:
            source = await source_in(form)
        except SichenError as error:
            return _page(request, "hhi", problem=error)
        column = str(form.get("column", "")).strip() or None
    return await _answered(request, source, asked if asked in QUESTIONS else "hhi", column=column)


async def _answered(
    request: Request, source: Source, asked: str, *, column: str | None = None, sample: bool = False
) -> HTMLResponse:
    try:
        rows, drawn, says, refusals = await asyncio.to_thread(_answer, source, asked, column, language_of(request))
    except SichenError as error:
        return _page(request, asked, problem=error)
    return _page(request, asked, rows=rows, drawn=drawn, says=says, refusals=refusals, sample=sample)


def _answer(source: Source, asked: str, column: str | None, language: Language) -> Answer:
    if asked == "rca":
        return _advantages(source, column, language)
    if asked == "lq":
        both = quotients_of(source, column)
        quotients = both.quotients[:SHOWN]
        bars = bars_svg([(f"{name} · {industry}", value) for name, industry, value, _ in quotients], "LQ", unit="")
        return [(name, industry, f"{value:.3f}") for name, industry, value, _ in quotients], bars, [], both.matrix.refusals
    if asked == "trade":
        return _trade(source, language)
    found, matrix = concentration_of(source, column)
    said = Message("web.industry.hhi_says", hhi=f"{found.hhi:.0f}", cr4=f"{found.cr4:.2f}", count=found.count)
    shares = found.shares[:SHOWN]
    bars = bars_svg([(name, share) for name, share, _ in shares], "HHI")
    return [(name, f"{share:.2f} %") for name, share, _ in shares], bars, [said.text(language)], matrix.refusals


def _advantages(source: Source, column: str | None, language: Language) -> Answer:
    every, matrix = advantages_of(source, column)
    found = every[:SHOWN]
    rows: Rows = []
    for one in found:
        warnings = "; ".join(warning.text(language) for warning in one.warnings)
        rows.append((one.name, f"{one.rca:.3f}", f"{one.rsca:+.3f}".replace("-", "−"), warnings))
    return rows, bars_svg([(one.name, one.rca) for one in found], "RCA", unit=""), [], matrix.refusals


def _trade(source: Source, language: Language) -> Answer:
    trade = trade_of(source)
    rows: Rows = []
    for one in trade.flows[:LINES]:
        mean, reason = one.unit_value()
        price = f"{mean:.2f}" if mean is not None else reason.text(language) if reason else "—"
        rows.append((str(one.year), one.flow, one.reporter, one.partner, one.code, f"{one.value:,.0f}", price))
    return rows, Markup(), [one.text(language) for one in trade.advice], trade.refusals


def _exporters() -> Source:
    """Return the exporters of chapter 91 among the supplied figures as a table of names and amounts."""
    registry = read_registry(supplied("figures.tsv").table.renamed(ALIASES))
    rows = [one for one in registry.observations if one.name == SAMPLE and one.amount is not None]
    text = "\n".join(["reporter;value", *(f"{one.area.replace(';', ',')};{one.amount:.0f}" for one in rows)])
    return Source(text.encode(), "exporters.csv")


def _page(
    request: Request,
    asked: str,
    *,
    rows: list[tuple[str, ...]] | None = None,
    drawn: Markup | None = None,
    says: list[str] | None = None,
    refusals: tuple[Refusal, ...] = (),
    sample: bool = False,
    problem: SichenError | None = None,
) -> HTMLResponse:
    heads = {
        "hhi": ("name", "share"),
        "rca": ("name", "rca", "rsca", "warnings"),
        "lq": ("name", "column", "lq"),
        "trade": ("year", "flow", "reporter", "partner", "code", "usd", "unit_value"),
    }
    return page(
        request,
        "industry/structure.html",
        status=200 if problem is None else status_of(problem),
        asked=asked,
        questions=QUESTIONS,
        head=heads[asked],
        rows=rows or [],
        drawn=drawn or Markup(),
        says=says or [],
        refusals=refusals,
        sample=sample,
        problem=problem,
    )
