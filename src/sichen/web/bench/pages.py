# SPDX-License-Identifier: Apache-2.0
"""The pages of the bench."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sichen.adapters.bench_desk import QUARTZ_KIND
from sichen.bench.series import Plan
from sichen.core import Message
from sichen.web.bench.engine import BenchEngine
from sichen.web.bench.keeping import as_kept, kept, view
from sichen.web.bench.session import KEPT_SECONDS, POSITIONS, Settings
from sichen.web.folder import Folder, resolve
from sichen.web.language import language_of, moment
from sichen.web.pages import page

router = APIRouter()
LISTED = 200
SPANS = (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0))


@router.get("/bench", include_in_schema=False)
def bench(request: Request, folder: Folder, engine: BenchEngine) -> HTMLResponse:
    """Show the measuring view."""
    engine.prepare()
    return page(
        request,
        "bench/live.html",
        positions=POSITIONS,
        settings=Settings(),
        empty=next(kept(folder, limit=1), None) is None,
        limit=request.app.state.upload_limit,
        seconds=int(KEPT_SECONDS),
        plan=Plan(),
    )


@router.get("/bench/readings", include_in_schema=False)
def readings(request: Request, folder: Folder, watch: str = "") -> HTMLResponse:
    """Show the kept readings, of all watches or of one."""
    quartz = list(folder.records.find(kind=QUARTZ_KIND, subject=f"watch:{watch}" if watch else None, limit=LISTED))
    found = list(kept(folder, watch=watch, limit=LISTED))
    return page(request, "bench/readings.html", readings=found, quartz=quartz, watch=watch)


@router.get("/bench/readings/{digest}", include_in_schema=False)
def one(request: Request, folder: Folder, digest: str) -> Response:
    """Show one kept reading."""
    full = resolve(digest, folder)
    if full != digest:
        return RedirectResponse(f"/bench/readings/{full}", status_code=307)
    return page(request, "bench/reading.html", kept=as_kept(folder.records.read(full)))


@router.get("/bench/readings/{digest}/view", include_in_schema=False)
def drawn(folder: Folder, digest: str) -> JSONResponse:
    """Return what the strip and the scope of a kept reading draw."""
    return JSONResponse(view(as_kept(folder.records.read(resolve(digest, folder))).record, folder))


@router.get("/bench/history", include_in_schema=False)
def history(request: Request, folder: Folder, watch: str) -> JSONResponse:
    """Return the rates of one watch over the time since its first kept reading."""
    language = language_of(request)
    found = [entry for entry in reversed(list(kept(folder, watch=watch, limit=LISTED))) if entry.figures["rate"].ok]
    if not found:
        return JSONResponse({"rows": []})
    start = found[0].record.instant
    ages = [(entry.record.instant - start).seconds for entry in found]
    name, length = next((unit for unit in SPANS if ages[-1] >= 2 * unit[1]), SPANS[-1])
    rows = [
        [
            age / length,
            entry.figures["rate"].value,
            entry.figures["rate"].u or 0.0,
            f"{moment(entry.record.instant, language)} · {entry.position or '—'}",
        ]
        for entry, age in zip(found, ages, strict=True)
    ]
    return JSONResponse({"rows": rows, "x": Message(f"web.readings.{name}").text(language)})
