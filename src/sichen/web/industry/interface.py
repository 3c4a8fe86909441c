# SPDX-License-Identifier: Apache-2.0
"""The industry for programs: the same answers as `sichen industry … --json`."""

import asyncio
from collections.abc import Callable
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
)
from sichen.core import JSON

router = APIRouter()
Table = Annotated[UploadFile, File(description="CSV, TSV or XLSX with a heading.")]
Column = Annotated[str | None, Form(description="Product, industry or column, where the table has several.")]


async def _source(file: UploadFile) -> Source:
    return Source(await file.read(), file.filename or "table.csv")


@router.post("/api/industry/lint", tags=["industry"])
async def lint(file: Table) -> JSONResponse:
    """Find figures that contradict each other: a list of rows, rule and arithmetic."""
    found, _ = await asyncio.to_thread(lint_of, await _source(file))
    return JSONResponse([one.to_json() for one in found])


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
    question: Literal["rca", "hhi", "lq", "classify", "standards-age"], file: Table, column: Column = None
) -> JSONResponse:
    """Answer rca, hhi, lq, classify or standards-age, with the keys of the command of that name."""
    source = await _source(file)
    answers: dict[str, Callable[[], JSON]] = {
        "rca": lambda: [one.to_json() for one in advantages_of(source, column)[0]],
        "hhi": lambda: concentration_of(source, column)[0].to_json(),
        "lq": lambda: quotients_of(source, column).to_json(),
        "classify": lambda: [one.to_json() for one in classified_of(source)[0]],
        "standards-age": lambda: standards_of(source, year=int(now().isoformat()[:4])).to_json(),
    }
    return JSONResponse(await asyncio.to_thread(answers[question]))
