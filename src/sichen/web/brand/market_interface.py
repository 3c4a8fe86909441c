# SPDX-License-Identifier: Apache-2.0
"""A brand's market for programs: norms, segments, mentions, questionnaires and tastes, as the command line answers them."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import JSONResponse, PlainTextResponse

from sichen.adapters.brand_desk import Sent
from sichen.adapters.brand_market_desk import (
    choices_from_answers,
    choices_of,
    design_of,
    dirichlet_of,
    mentions_of,
    segments_of,
    shapes_of,
)
from sichen.brand import fit_hierarchical, fit_mixed_logit
from sichen.core import JSON

router = APIRouter()
Table = Annotated[UploadFile, File(description="The file, as the command line takes it.")]


@router.post("/api/brand/dirichlet", tags=["brand"])
async def compute_norms(
    *,
    file: Table,
    category_penetration: Annotated[float, Form(gt=0, lt=1, description="B, part of one.")],
    category_purchases: Annotated[float, Form(gt=0, description="W, by each buyer of the category.")],
) -> JSONResponse:
    """Fit the norms of the NBD-Dirichlet."""
    return await _answer(
        file,
        lambda sent: dirichlet_of(
            sent, category_penetration=category_penetration, category_purchases=category_purchases
        ).to_json(),
    )


@router.post("/api/brand/segments", tags=["brand"])
async def compute_segments(*, file: Table, most: Annotated[int, Form(ge=1, le=8)] = 6) -> JSONResponse:
    """Find groups of people who answer alike."""
    return await _answer(file, lambda sent: segments_of(sent, most=most).to_json())


@router.post("/api/brand/mentions", tags=["brand"])
async def compute_mentions(*, file: Table, level: Annotated[float, Form(gt=0, lt=1)] = 1e-3) -> JSONResponse:
    """Watch a daily series of mentions."""
    return await _answer(file, lambda sent: {"days": [dict(vars(day)) for day in mentions_of(sent, level=level)]})


@router.post("/api/brand/design", tags=["brand"])
async def compute_design(*, file: Table, seed: Annotated[int, Form(ge=0)] = 1) -> JSONResponse:
    """Make a questionnaire."""

    def answer(sent: Sent) -> dict[str, JSON]:
        made = design_of(sent, seed=seed)
        return {"d_error": made.d_error, "overlap": made.overlap, "rows": [dict(row) for row in made.rows()]}

    return await _answer(file, answer)


@router.post("/api/brand/answers", tags=["brand"])
async def join_answers(*, questionnaire: Table, answers: Table) -> PlainTextResponse:
    """Join a questionnaire and its answers to a file of choices."""
    asked, told = await _sent(questionnaire), await _sent(answers)
    return PlainTextResponse(await asyncio.to_thread(choices_from_answers, asked, told), media_type="text/csv; charset=utf-8")


@router.post("/api/brand/tastes", tags=["brand"])
async def compute_tastes(
    *,
    file: Table,
    columns: Annotated[str, Form(description="Attributes, with commas.")],
    case: Annotated[str, Form(description="Column that tells cases apart.")],
    choice: Annotated[str, Form(description="Column with 1 where the alternative was taken.")] = "choice",
    person: Annotated[str, Form(description="Column of who chose.")] = "",
    model: Annotated[Literal["mixlogit", "hb"], Form()] = "mixlogit",
    random: Annotated[str, Form(description="Coefficients that differ: price=negative_lognormal,feat; all when empty.")] = "",
    draws: Annotated[int, Form(ge=10, le=2_000)] = 200,
    rounds: Annotated[int, Form(ge=200, le=20_000)] = 3_000,
    seed: Annotated[int, Form(ge=0)] = 1,
) -> JSONResponse:
    """Fit a model in which people differ."""
    fields = {"columns": columns, "case": case, "choice": choice, "person": person}

    def answer(sent: Sent) -> Mapping[str, JSON]:
        choices = choices_of(sent, fields)
        if model == "hb":
            return fit_hierarchical(choices, rounds=rounds, burn_in=rounds // 3, seed=seed).to_json()
        return fit_mixed_logit(choices, shapes_of(random, choices), draws=draws, seed=seed).to_json()

    return await _answer(file, answer)


async def _answer(file: UploadFile, answer: Callable[[Sent], Mapping[str, JSON]]) -> JSONResponse:
    sent = await _sent(file)
    return JSONResponse(await asyncio.to_thread(answer, sent))


async def _sent(file: UploadFile) -> Sent:
    return Sent(await file.read(), PurePath(file.filename or "file").name)
