# SPDX-License-Identifier: Apache-2.0
"""The library of conformity: plans with their steps and limits, the register of standards with its overlaps."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from sichen.adapters import now
from sichen.conformity import overlaps, plan, plans, search
from sichen.conformity.register import STATUSES
from sichen.web.conformity.shown import limits_text
from sichen.web.pages import page

router = APIRouter()


@router.get("/conformity/plans", include_in_schema=False)
def list_plans(request: Request) -> HTMLResponse:
    """Show all plans."""
    return page(request, "conformity/plans.html", plans=plans())


@router.get("/conformity/plans/{name}", include_in_schema=False)
def one_plan(request: Request, name: str) -> HTMLResponse:
    """Show one plan: its steps, its criteria with their limits, and how each is known."""
    return page(request, "conformity/plan.html", plan=plan(name), limits_text=limits_text)


@router.get("/conformity/standards", include_in_schema=False)
def register(request: Request, q: str = "", status: str = "") -> HTMLResponse:
    """Search the register of standards."""
    found = search(q.strip(), status=status if status in STATUSES else None)
    used = {one.standard: one for one in plans().values()}
    return page(
        request,
        "conformity/standards.html",
        q=q.strip(),
        wanted=status,
        statuses=STATUSES,
        found=found,
        overlaps=overlaps(),
        used=used,
        year=int(now().isoformat()[:4]),
    )
