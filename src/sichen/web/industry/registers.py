# SPDX-License-Identifier: Apache-2.0
"""The page of registers: measures of the policy, ages of standards, the rules of credit, the draw of experts."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from sichen.adapters import now
from sichen.adapters.industry_desk import standards_of
from sichen.core import SichenError
from sichen.industry.registers.credit import credit_rules
from sichen.industry.registers.measures import policy_measures, progress
from sichen.industry.registers.people import ALIASES, Draw, commitment, draw_experts, read_people
from sichen.web.industry.drawing import survival_svg
from sichen.web.industry.forms import source_in
from sichen.web.language import language_of
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()
MOST = 50


@router.get("/industry/registers", include_in_schema=False)
async def registers(request: Request) -> HTMLResponse:
    """Show the registers."""
    return await _page(request)


@router.post("/industry/registers", include_in_schema=False)
async def draw(request: Request) -> HTMLResponse:
    """Draw experts from a list that was sent; nothing is kept of it."""
    async with request.form() as form:
        try:
            people, _ = read_people((await source_in(form)).table.renamed(ALIASES))
            count = str(form.get("count", "3"))
            about = [part.strip() for part in str(form.get("about", "")).split(";") if part.strip()]
            drawn = draw_experts(
                people,
                seed=str(form.get("seed", "")),
                count=min(int(count), MOST) if count.isdecimal() else 0,
                date=now().isoformat()[:10],
                skill=str(form.get("skill", "")).strip(),
                about=about,
            )
        except SichenError as error:
            return await _page(request, problem=error)
    return await _page(request, drawn=drawn)


async def _page(request: Request, *, drawn: Draw | None = None, problem: SichenError | None = None) -> HTMLResponse:
    ages = await asyncio.to_thread(standards_of, None, year=int(now().isoformat()[:4]))
    language = language_of(request)
    return page(
        request,
        "industry/registers.html",
        status=200 if problem is None else status_of(problem),
        measures=policy_measures(),
        progress=progress(policy_measures()),
        ages=ages,
        curve=survival_svg(ages.survival, language),
        rules=credit_rules(),
        drawn=drawn,
        commitment="" if drawn is None else commitment(drawn.seed),
        problem=problem,
    )
