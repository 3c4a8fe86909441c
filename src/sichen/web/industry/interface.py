# SPDX-License-Identifier: Apache-2.0
"""The industry for programs: the same answers as `sichen industry … --json`."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import JSONResponse

from sichen.adapters import now
from sichen.adapters.industry_desk import (
    Source,
    advantages_of,
    classified_of,
    concentration_of,
    lint_of,
    quotients_of,
    standards_of,
    target_of,
    trade_of,
)
from sichen.core import JSON
from sichen.industry import Refusal

router = APIRouter()
Table = Annotated[UploadFile, File(description="CSV, TSV or XLSX with a heading.")]
Column = Annotated[str | None, Form(description="Product, industry or column, where the table has several.")]


REFUSED = "Sichen-Refused-Rows"
TOLD = 20
"""Rows that fit into a header."""


async def _source(file: UploadFile) -> Source:
    return Source(await file.read(), file.filename or "table.csv")


@router.post("/api/industry/lint", tags=["industry"])
async def lint(file: Table) -> JSONResponse:
    """Find figures that contradict each other: a list of rows, rule and arithmetic."""
    found, refusals = await asyncio.to_thread(lint_of, await _source(file))
    return JSONResponse([one.to_json() for one in found], headers=_told(refusals))


@router.post("/api/industry/target", tags=["industry"])
async def target(
    file: Table,
    basis: Annotated[Literal["sales_own_brand", "output_value_all"] | None, Form()] = None,
    year: Annotated[int | None, Form(description="By when.")] = None,
    total_growth: Annotated[float, Form(description="Of all sales from base to target.")] = 0.0,
    seed: Annotated[int, Form()] = 0,
) -> JSONResponse:
    """Answer whether the product structure meets its target."""
    source = await _source(file)
    found = await asyncio.to_thread(target_of, source, basis=basis, year=year, total_growth=total_growth, seed=seed)
    return JSONResponse(found.to_json())


@router.post("/api/industry/{question}", tags=["industry"])
async def structure(
    question: Literal["rca", "hhi", "lq", "classify", "standards-age", "trade"], file: Table, column: Column = None
) -> JSONResponse:
    """Answer rca, hhi, lq, classify, standards-age or trade, with the keys of the command of that name."""
    answer, refusals = await asyncio.to_thread(_answer, question, await _source(file), column)
    return JSONResponse(answer, headers=_told(refusals))


def _answer(question: str, source: Source, column: str | None) -> tuple[JSON, tuple[Refusal, ...]]:
    if question == "rca":
        found, matrix = advantages_of(source, column)
        return [one.to_json() for one in found], matrix.refusals
    if question == "hhi":
        concentration, matrix = concentration_of(source, column)
        return concentration.to_json(), matrix.refusals
    if question == "lq":
        quotients = quotients_of(source, column)
        return quotients.to_json(), quotients.matrix.refusals
    if question == "trade":
        trade = trade_of(source)
        return [one.to_json() for one in trade.flows], trade.refusals
    if question == "classify":
        brands, refusals = classified_of(source)
        return [one.to_json() for one in brands], refusals
    ages = standards_of(source, year=int(now().isoformat()[:4]))
    return ages.to_json(), ages.refusals


def _told(refusals: Sequence[Refusal]) -> dict[str, str]:
    """Return the rows that were refused as a header: the answers are lists with the keys of the commands."""
    return {REFUSED: json.dumps([one.to_json() for one in refusals[:TOLD]])} if refusals else {}
