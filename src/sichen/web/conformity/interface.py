# SPDX-License-Identifier: Apache-2.0
"""Conformity for programs: the same answers as `sichen conformity … --json`."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import JSONResponse

from sichen.adapters import now
from sichen.adapters.conformity_desk import Order, RowsRefused, Source, judge_source, keep_table_verdicts
from sichen.adapters.contest_desk import Comparison, compare_source, keep_comparison, keep_round, score_source
from sichen.conformity import overlaps, plan, plans, search
from sichen.conformity.uncertainty import budget, budgets
from sichen.core import JSON, ConfigError, Message
from sichen.web.description import KEPT
from sichen.web.folder import Folder
from sichen.web.language import language_of

router = APIRouter()
CREATED, OK, UNFIT = 201, 200, 422
Table = Annotated[UploadFile, File(description="CSV with a heading.")]
Beside = Annotated[UploadFile | None, File(description="CSV with a heading.")]
Keep = Annotated[bool, Query(description="Keep tables and result as records.")]


@router.get("/api/conformity/standards", tags=["conformity"])
def list_standards(q: str = "", status: str | None = None) -> JSONResponse:
    """Search the register of standards, by number or by words of either language."""
    return JSONResponse([one.to_json() for one in search(q, status=status)])


@router.get("/api/conformity/overlaps", tags=["conformity"])
def list_overlaps() -> JSONResponse:
    """List standards that cover the same ground."""
    return JSONResponse([{"left": one.left, "right": one.right, "reason": one.reason} for one in overlaps()])


@router.get("/api/conformity/plans", tags=["conformity"])
def list_plans() -> JSONResponse:
    """List the plans."""
    return JSONResponse(
        [
            {"plan": name, "title_en": one.title_en, "title_zh": one.title_zh, "categories": list(one.categories)}
            for name, one in plans().items()
        ]
    )


@router.get("/api/conformity/plans/{name}", tags=["conformity"])
def one_plan(name: str) -> JSONResponse:
    """Return a plan with all its steps, criteria, limits and sources; its digest is what certificates carry."""
    found = plan(name)
    return JSONResponse({**found.to_json(), "digest": found.digest})


@router.get("/api/conformity/budgets/{name}", tags=["conformity"])
def one_budget(name: str) -> JSONResponse:
    """Return the uncertainty budget of a measurand: acoustic_rate, daily_rate, daily_state, quartz_rate, temperature."""
    return JSONResponse(budget(name).to_json())


@router.get("/api/conformity/budgets", tags=["conformity"])
def list_budgets() -> JSONResponse:
    """List the uncertainty budgets."""
    return JSONResponse([{"name": one.name, "title_en": one.title_en, "title_zh": one.title_zh} for one in budgets().values()])


@router.post("/api/conformity/judge", tags=["conformity"], responses=KEPT)
async def judge_table(
    request: Request,
    folder: Folder,
    *,
    file: Table,
    plan: Annotated[str, Form(description="A plan's name.")],
    category: Annotated[str | None, Form()] = None,
    decision: Annotated[str | None, Form(description="simple, guard_band or shared_risk.")] = None,
    set_: Annotated[list[str] | None, Form(alias="set", description="A choice the plan leaves open, NAME=VALUE.")] = None,
    acoustic: Annotated[bool, Form(description="The rates are acoustic readings.")] = False,
    chamber_u: Annotated[float, Form(ge=0, description="What the temperature adds to each rate, s/d.")] = 0.0,
    stations: Beside = None,
    limits: Beside = None,
    instruments: Beside = None,
    save: Keep = False,
) -> JSONResponse:
    """Judge the watches of a table: a list of the objects that `sichen conformity judge --json` prints.

    When rows are refused the answer is a problem (422) that names each of them under `refusals` and carries the
    verdicts on the other watches under `verdicts`; nothing is kept then.
    """
    order = Order(
        plan=plan,
        category=category,
        decision=decision,
        choices=pairs(set_),
        kind="acoustic_rate" if acoustic else "daily_rate",
        chamber_u=chamber_u,
        stations=await sent_text(stations),
        limits=await sent_text(limits),
        instruments=await sent_text(instruments),
        lenient=not save,
    )
    source = await sent(file)
    try:
        judged = await asyncio.to_thread(judge_source, order, source, now=now())
    except RowsRefused as error:
        return refused(request, error)
    if judged.refusals:
        return refused(request, RowsRefused(judged.refusals), verdicts=judged.to_json())
    records = keep_table_verdicts(folder, judged, order, source, at=now()) if save else ()
    answer = judged.to_json()
    for row, record in zip(answer, records, strict=False):
        if isinstance(row, dict):
            row["digest"] = record.digest
    return JSONResponse(answer, CREATED if save else OK)


@router.post("/api/conformity/compare", tags=["conformity"], responses=KEPT)
async def compare_brands(
    folder: Folder,
    *,
    file: Table,
    merit: Annotated[Literal["near_zero", "low", "high"], Form()] = "near_zero",
    shared_u: Annotated[float, Form(ge=0)] = 0.0,
    plan: Annotated[str, Form(description="Judge a table of days by this plan first.")] = "",
    category: Annotated[str | None, Form()] = None,
    criterion: Annotated[str, Form(description="Of the plan; its first when not given.")] = "",
    brands: Beside = None,
    save: Keep = False,
) -> JSONResponse:
    """Rank brands; without a plan the table has brand, watch, value, u and, if known, price."""
    order = Order(plan=plan, category=category) if plan else None
    wanted = Comparison(merit, shared_u, order, criterion)
    source, makers = await sent(file), None if brands is None else await sent(brands)
    ranked = await asyncio.to_thread(compare_source, wanted, source, makers, now=now())
    answer: dict[str, JSON] = {"ranking": [one.to_json() for one in ranked]}
    if save:
        answer["digest"] = keep_comparison(folder, wanted, ranked, source, makers, at=now()).digest
    return JSONResponse(answer, CREATED if save else OK)


@router.post("/api/conformity/proficiency", tags=["conformity"], responses=KEPT)
async def score_laboratories(
    folder: Folder,
    *,
    file: Table,
    assigned: Annotated[float | None, Form()] = None,
    u_assigned: Annotated[float | None, Form(ge=0)] = None,
    deviation: Annotated[float | None, Form(gt=0)] = None,
    save: Keep = False,
) -> JSONResponse:
    """Score laboratories after ISO 13528; what is not given comes from the participants by Algorithm A."""
    source = await sent(file)
    found = await asyncio.to_thread(score_source, source, assigned=assigned, u_assigned=u_assigned, deviation=deviation)
    answer = found.to_json()
    if save:
        answer["digest"] = keep_round(folder, found, source, at=now()).digest
    return JSONResponse(answer, CREATED if save else OK)


def refused(request: Request, error: RowsRefused, *, verdicts: list[JSON] | None = None) -> JSONResponse:
    """Return a problem that names every refused row."""
    language = language_of(request)
    problem: dict[str, JSON] = {
        "type": f"urn:sichen:problem:{error.message.key}",
        "title": Message("web.error.title.request").text(language),
        "status": UNFIT,
        "detail": error.message.text(language),
        "key": error.message.key,
        "refusals": [
            {"row": one.row, "watch": one.watch, "key": one.message.key, "detail": one.message.text(language)}
            for one in error.refusals
        ],
        "verdicts": verdicts or [],
    }
    return JSONResponse(problem, UNFIT, {"Content-Language": language}, media_type="application/problem+json")


async def sent(file: UploadFile) -> Source:
    """Read a table that was sent."""
    from sichen.web.bench.sending import name_of

    return Source(await file.read(), name_of(file, "table.csv"))


async def sent_text(file: UploadFile | None) -> str:
    """Read a table that may have been sent."""
    return "" if file is None or not file.filename else (await sent(file)).text


def pairs(choices: list[str] | None) -> dict[str, str]:
    """Read choices that are written NAME=VALUE.

    Raises
    ------
    ConfigError
        If one is not.
    """
    found = dict(choice.partition("=")[::2] for choice in choices or ())
    if any(not value for value in found.values()):
        raise ConfigError(Message("web.conformity.error.choice"))
    return found
