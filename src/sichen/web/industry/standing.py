# SPDX-License-Identifier: Apache-2.0
"""The pages of registers that are kept: credit records with their appeals, and the measures of the policy."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from sichen.adapters import DataFolder, now
from sichen.adapters.industry_register_desk import change, enter, firms, measures_of, standing, tell_measure
from sichen.core import Record, SichenError
from sichen.industry.registers.credit import Entry, credit_rules
from sichen.industry.registers.measures import STATES, progress
from sichen.web.folder import Folder
from sichen.web.pages import page
from sichen.web.problems import status_of

router = APIRouter()
STEPS = {"standing": ("appealed", "repaired"), "appealed": ("upheld", "struck"), "upheld": ("repaired",)}
LONGEST = 400
SAMPLE = ("Example Works", Entry("warranty", "2025-11-03", "arbitration 12 (example)", "https://example.org/ruling-12"))


@router.get("/industry/credit", include_in_schema=False)
async def credit(request: Request, folder: Folder) -> HTMLResponse:
    """Show the rules, and a firm's record."""
    return _credit(request, folder, str(request.query_params.get("firm", ""))[:LONGEST])


@router.post("/industry/credit", include_in_schema=False)
async def credit_form(request: Request, folder: Folder) -> HTMLResponse:
    """Enter what happened, appeal, decide, or note a repair."""
    async with request.form() as form:
        firm = _text(form, "firm")
        try:
            if form.get("do") == "sample":
                firm, record = SAMPLE[0], enter(folder, *SAMPLE, at=now())
            elif form.get("do") == "enter":
                said = Entry(_text(form, "rule"), _text(form, "date"), _text(form, "reason"), _text(form, "source"))
                record = enter(folder, firm, said, at=now())
            else:
                number = _text(form, "number")
                step = {"to": _text(form, "to"), "note": _text(form, "note")}
                record = change(folder, firm, int(number) if number.isdecimal() else 0, **step, at=now())
        except SichenError as error:
            return _credit(request, folder, firm, problem=error)
    return _credit(request, folder, firm, record=record)


@router.get("/industry/measures", include_in_schema=False)
async def measures(request: Request, folder: Folder) -> HTMLResponse:
    """Show every measure of the policy, and the form of one."""
    return _measures(request, folder, str(request.query_params.get("clause", "")))


@router.post("/industry/measures", include_in_schema=False)
async def measure_form(request: Request, folder: Folder) -> HTMLResponse:
    """Say how a measure stands."""
    async with request.form() as form:
        clause = _text(form, "clause")
        said = {name: _text(form, name) for name in ("status", "evidence", "owner", "due", "note")}
        try:
            record = tell_measure(folder, clause, said, at=now())
        except SichenError as error:
            return _measures(request, folder, clause, problem=error)
    return _measures(request, folder, clause, record=record)


def _credit(
    request: Request, folder: DataFolder, firm: str, *, record: Record | None = None, problem: SichenError | None = None
) -> HTMLResponse:
    found = standing(folder, firm, date=now().isoformat()[:10]) if firm.strip() else None
    return page(
        request,
        "industry/credit.html",
        status=200 if problem is None else status_of(problem),
        firms=firms(folder),
        firm=firm,
        found=found,
        lines=[] if found is None else list(zip(found.filed, found.record.lines, strict=True)),
        rules=credit_rules(),
        steps=STEPS,
        today=now().isoformat()[:10],
        record=record,
        problem=problem,
    )


def _measures(
    request: Request, folder: DataFolder, clause: str, *, record: Record | None = None, problem: SichenError | None = None
) -> HTMLResponse:
    found = measures_of(folder)
    return page(
        request,
        "industry/measures.html",
        status=200 if problem is None else status_of(problem),
        measures=found,
        progress=progress([one for one, _ in found]),
        chosen=next((one for one, _ in found if one.clause == clause), None),
        states=STATES,
        record=record,
        problem=problem,
    )


def _text(form: FormData, name: str) -> str:
    return str(form.get(name, "")).strip()[:LONGEST]
