# SPDX-License-Identifier: Apache-2.0
"""The page of people: experts, masters and trainees, a draw that anyone repeats, and the test of a published draw."""

import json
import re
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from sichen.adapters import now
from sichen.adapters.industry_chain_desk import people_of
from sichen.adapters.industry_report import supplied
from sichen.core import DataError, Message, SichenError
from sichen.industry.registers.people import Draw, Person, commitment, draw_experts, lot, read_draw, verify_draw
from sichen.web.industry.forms import source_in
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()
MOST = 50
SAMPLE = "sample-experts.csv"
SAMPLE_SEED = "lottery of 1 May 2026: 03 11 17 22 29 30"
Answer = Mapping[str, object]


@router.get("/industry/experts", include_in_schema=False)
async def experts(request: Request) -> HTMLResponse:
    """Explain the draw; with `sample=true` draw from an invented list."""
    if request.query_params.get("sample") != "true":
        return _page(request, {})
    people, _ = people_of(supplied(SAMPLE))
    drawn = draw_experts(people, seed=SAMPLE_SEED, count=2, date=_today(), skill="testing", about=["Works 1"])
    return _page(request, {"drawn": drawn, "people": people, "sample": True})


@router.post("/industry/experts", include_in_schema=False)
async def answer(request: Request) -> HTMLResponse:
    """Draw from a list that was sent, give the digest of a seed, or test a published draw; nothing is kept."""
    async with request.form() as form:
        try:
            found = await _answered(form)
        except SichenError as error:
            return _page(request, {}, problem=error)
    return _page(request, found)


async def _answered(form: FormData) -> Answer:
    asked = str(form.get("do", "draw"))
    if asked == "commit":
        seed = str(form.get("seed", ""))
        if not seed.strip():
            raise DataError(Message("industry.draw.seed"))
        return {"commitment": commitment(seed)}
    if asked == "verify":
        return _verified(form)
    people, refusals = people_of(await source_in(form))
    drawn = _drawn(form, people)
    return {"drawn": drawn, "people": people, "refusals": refusals}


def _drawn(form: FormData, people: tuple[Person, ...]) -> Draw:
    count = str(form.get("count", "3"))
    return draw_experts(
        people,
        seed=str(form.get("seed", "")),
        count=min(int(count), MOST) if count.isdecimal() else 0,
        date=_today(),
        skill=str(form.get("skill", "")).strip(),
        about=[part.strip() for part in re.split("[;；]", str(form.get("about", ""))) if part.strip()],
    )


def _verified(form: FormData) -> Answer:
    text, promised = str(form.get("published", "")), str(form.get("commitment", "")).strip().casefold()
    try:
        drawn = read_draw(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(Message("web.industry.error.no_draw")) from error
    kept = not promised or commitment(drawn.seed) == promised
    return {"verified": verify_draw(drawn), "promise_kept": kept, "promised": bool(promised), "published": text}


def _today() -> str:
    return now().isoformat()[:10]


def _page(request: Request, found: Answer, *, problem: SichenError | None = None) -> HTMLResponse:
    drawn = found.get("drawn")
    lots: list[tuple[str, str]] = []
    text = ""
    if isinstance(drawn, Draw):
        lots = sorted((lot(drawn.seed, who), who) for who in drawn.pool)
        text = json.dumps(drawn.to_json(), ensure_ascii=False, indent=1)
    return page(
        request,
        "industry/experts.html",
        status=200 if problem is None else status_of(problem),
        found={"drawn": None, "people": (), "refusals": (), "sample": False, "verified": None, "published": "", **found},
        commitment=found.get("commitment") or (commitment(drawn.seed) if isinstance(drawn, Draw) else ""),
        lots=lots,
        text=text,
        today=_today(),
        problem=problem,
    )
