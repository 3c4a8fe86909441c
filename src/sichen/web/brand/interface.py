# SPDX-License-Identifier: Apache-2.0
"""Brands for programs: the same answers as ``sichen brand NAME --json``."""

import asyncio
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import JSONResponse

from sichen.adapters.brand_desk import Sent, judge_strategy, map_of, score_brand, survey_answer, survey_of
from sichen.brand import (
    Layout,
    fit_hedonic,
    fit_logit,
    read_case,
    read_choices,
    read_listings,
    read_market,
    simulate_market,
    value,
    value_by,
    willingness_to_pay,
)
from sichen.brand.valuation import foremost
from sichen.core import JSON
from sichen.web.brand.topics import today
from sichen.web.folder import Folder

router = APIRouter()
Table = Annotated[UploadFile, File(description="The file, as the command line takes it.")]


@router.post("/api/brand/value", tags=["brand"])
async def compute_value(
    *,
    file: Table,
    method: Annotated[str, Form(description="One method; the first that applies when empty.")] = "",
    level: Annotated[float, Form(gt=0, lt=1, description="Content of the interval.")] = 0.9,
    seed: Annotated[int, Form(ge=0)] = 1,
) -> JSONResponse:
    """Value a brand from its case in TOML; a method that does not apply says why."""
    sent = await _sent(file)
    return JSONResponse(await asyncio.to_thread(_value, sent, method, level, seed))


@router.post("/api/brand/strength", tags=["brand"])
async def compute_strength(
    *, folder: Folder, file: Table, evidence: Annotated[bool, Form(description="Compute indicators from the records.")] = False
) -> JSONResponse:
    """Score the strength of a brand."""
    found = await asyncio.to_thread(score_brand, await _sent(file), folder if evidence else None)
    missing: dict[str, JSON] = {one.indicator: one.reason.text("en") for one in found.gathered if one.reason is not None}
    return JSONResponse({**found.strength.to_json(), "evidence_missing": missing})


@router.post("/api/brand/survey", tags=["brand"])
async def compute_survey(
    *, file: Table, targets: Annotated[UploadFile | None, File(description="Shares of the population, TOML.")] = None
) -> JSONResponse:
    """Measure awareness, reputation, loyalty and the funnel, and tell which moves are noise."""
    answers = await asyncio.to_thread(survey_of, await _sent(file), None if targets is None else await _sent(targets))
    return JSONResponse(await asyncio.to_thread(survey_answer, answers))


@router.post("/api/brand/choice", tags=["brand"])
async def compute_choice(
    *,
    file: Table,
    columns: Annotated[str, Form(description="Attributes, with commas.")],
    case: Annotated[str, Form(description="Column that tells cases apart.")],
    choice: Annotated[str, Form(description="Column with 1 where the alternative was taken.")] = "choice",
    person: Annotated[str, Form(description="Column of who chose.")] = "",
    price: Annotated[str, Form(description="Coefficient of the price.")] = "",
    market: Annotated[UploadFile | None, File(description="A market to simulate, TOML.")] = None,
) -> JSONResponse:
    """Fit a multinomial logit, price its attributes, and simulate a market."""
    layout = Layout(choice, tuple(word.strip() for word in columns.split(",") if word.strip()), case=case, person=person)
    offers = None if market is None else await _sent(market)
    return JSONResponse(await asyncio.to_thread(_choice, await _sent(file), layout, price, offers))


@router.post("/api/brand/hedonic", tags=["brand"])
async def compute_hedonic(*, file: Table) -> JSONResponse:
    """Split prices into what the watch is and what the brand adds."""
    sent = await _sent(file)
    found = await asyncio.to_thread(lambda: fit_hedonic(read_listings(sent.text, name=sent.name)))
    return JSONResponse(found.to_json())


@router.post("/api/brand/map", tags=["brand"])
async def compute_map(*, file: Table) -> JSONResponse:
    """Place brands and attributes in one plane."""
    return JSONResponse((await asyncio.to_thread(map_of, await _sent(file))).to_json())


@router.post("/api/brand/strategy", tags=["brand"])
async def compute_strategy(*, file: Table) -> JSONResponse:
    """Judge how complete a brand strategy is."""
    sent = await _sent(file)
    return JSONResponse(judge_strategy(sent, on=today()).to_json())


async def _sent(file: UploadFile) -> Sent:
    return Sent(await file.read(), PurePath(file.filename or "file").name)


def _value(sent: Sent, method: str, level: float, seed: int) -> dict[str, JSON]:
    case = read_case(sent.text, name=sent.name)
    found = (value_by(case, method, level=level, seed=seed),) if method else value(case, level=level, seed=seed).all
    best = foremost(found)
    others: list[JSON] = [one.to_json() for one in found if one is not best]
    return {**best.to_json(), "others": others}


def _choice(sent: Sent, layout: Layout, price: str, offers: Sent | None) -> dict[str, JSON]:
    choices = read_choices(sent.text, layout, name=sent.name)
    fit = fit_logit(choices)
    found = fit.to_json()
    if price:
        found["willingness_to_pay"] = {
            one.name: {"value": one.value, "u": one.u} for one in willingness_to_pay(fit, price=price)
        }
    if offers is not None:
        market = read_market(offers.text, name=offers.name)
        found["simulation"] = simulate_market(choices, market, price=price).to_json()
    return found
