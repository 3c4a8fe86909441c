# SPDX-License-Identifier: Apache-2.0
"""The page of registers: ages of standards, and where the other registers are."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from sichen.adapters import now
from sichen.adapters.industry_desk import standards_of
from sichen.web.industry.drawing import survival_svg
from sichen.web.language import language_of
from sichen.web.pages import page

router = APIRouter()


@router.get("/industry/registers", include_in_schema=False)
async def registers(request: Request) -> HTMLResponse:
    """Show the ages of standards."""
    ages = await asyncio.to_thread(standards_of, None, year=int(now().isoformat()[:4]))
    return page(request, "industry/registers.html", ages=ages, curve=survival_svg(ages.survival, language_of(request)))
