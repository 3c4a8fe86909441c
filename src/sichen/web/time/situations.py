# SPDX-License-Identifier: Apache-2.0
"""Situations: choose one or write one, run it on virtual time, see its limits and its course."""

import asyncio
import json
import math
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse
from markupsafe import Markup

from sichen.core import JSON, ConfigError, Message, SichenError
from sichen.timebase import Decision, Outcome, Situation, read_situation, simulate
from sichen.timebase.virtual import ready_situations
from sichen.web.language import language_of
from sichen.web.pages import page
from sichen.web.problems import status_of
from sichen.web.time import shown

router = APIRouter()
MOST_TICKS = 60_000
LONGEST_TEXT = 20_000
POINTS = 160
MICRO, HOUR = 1e-6, 3600.0
FIRST = "lying-majority"


@router.get("/time/situations", include_in_schema=False)
def choose(request: Request, name: str = FIRST) -> HTMLResponse:
    """Show the situations that come with Sichen, one of them opened."""
    return _page(request, name, ready_situations().get(name, ready_situations()[FIRST]))


@router.post("/time/situations", include_in_schema=False)
async def run(request: Request) -> HTMLResponse:
    """Run the situation of the form."""
    async with request.form() as form:
        text, name = str(form.get("text", "")), str(form.get("name", ""))
    try:
        outcome = await asyncio.to_thread(simulate, _bounded(text))
    except SichenError as error:
        return _page(request, name, text, problem=error)
    return _page(request, name, text, outcome=outcome)


@router.post("/api/time/simulate", tags=["time"])
async def simulate_text(request: Request) -> JSONResponse:
    """Run a situation sent as TOML; the answer is that of `sichen time simulate --json`."""
    text = (await request.body()).decode("utf-8", "replace")
    outcome = await asyncio.to_thread(simulate, _bounded(text))
    return JSONResponse(outcome.to_json())


def _bounded(text: str) -> Situation:
    """Read a situation that one visitor may ask of this computer; longer ones belong to the command line."""
    if len(text) > LONGEST_TEXT:
        raise ConfigError(Message("web.time.too_long"))
    found = read_situation(text)
    ticks = found.hours * HOUR / found.tick
    if ticks > MOST_TICKS:
        raise ConfigError(Message("web.time.too_many_ticks", count=f"{ticks:.0f}", most=MOST_TICKS))
    return found


def _page(
    request: Request, name: str, text: str, *, outcome: Outcome | None = None, problem: SichenError | None = None
) -> HTMLResponse:
    titles = {key: _title(key, request) for key in ready_situations()}
    return page(
        request,
        "time/situations.html",
        status=200 if problem is None else status_of(problem),
        titles=titles,
        name=name,
        text=text,
        outcome=outcome,
        changes=[] if outcome is None else _changes(outcome),
        trace=None if outcome is None else _trace(outcome),
        problem=problem,
        shown=shown,
    )


def _changes(outcome: Outcome) -> list[Decision]:
    """Return the decisions that changed something."""
    found: list[Decision] = []
    for one in outcome.trace.decisions:
        if not found or _named(found[-1]) != _named(one):
            found.append(one)
    return found


def _named(decision: Decision) -> tuple[object, ...]:
    return decision.state, decision.followed, tuple(decision.rejected)


def _title(key: str, request: Request) -> str:
    return Message(f"web.time.ready.{key.replace('-', '_')}").text(language_of(request))


def _trace(outcome: Outcome) -> Markup:
    """Return error and stated uncertainty as JSON that stands in the page: no further question to the server."""
    trace = outcome.trace
    step = max(trace.time.size // POINTS, 1)
    rows: list[JSON] = [
        [round(float(at) / HOUR, 5), float(f"{error / MICRO:.5g}"), float(f"{3 * u / MICRO:.4g}")]
        for at, error, u in zip(trace.time[::step], trace.error[::step], trace.u[::step], strict=True)
        if math.isfinite(error) and math.isfinite(u)
    ]
    return Markup(json.dumps(cast("JSON", {"rows": rows})))  # noqa: S704 - numbers alone
