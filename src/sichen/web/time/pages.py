# SPDX-License-Identifier: Apache-2.0
"""The page of standard time: what runs now, and what the records say was served."""

from itertools import pairwise

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse
from markupsafe import Markup

from sichen.adapters import DataFolder
from sichen.adapters.time_history import History, clocks_of, history_of, thinned
from sichen.adapters.time_service_desk import statuses
from sichen.adapters.timebase.evidence import find_behind, is_open
from sichen.core import JSON, DataError, Instant, Message, NotFound, SichenError
from sichen.stability import masks, plot_svg
from sichen.timebase.service import Behind, Status, ready_plans
from sichen.web.folder import Folder
from sichen.web.language import language_of
from sichen.web.pages import page
from sichen.web.problems import status_of
from sichen.web.time import shown

router = APIRouter()
HOUR, MICRO = 3600.0, 1e-6
GAP = 10.0 / HOUR
"""Hours without a served second that a line is not drawn across."""
SHOWN_MASKS = {"tdev": ("G.811-TDEV", "G.8272-PRTC-A-TDEV"), "mtie": ("G.811-MTIE", "G.8272-PRTC-A-MTIE")}


@router.get("/time", include_in_schema=False)
def time_page(request: Request, folder: Folder, *, clock: str = "", source: str = "", at: str = "") -> HTMLResponse:
    """Show the service that runs, and the course of a clock from its records."""
    running = [status for status, _ in statuses(folder)]
    known = clocks_of(folder)
    chosen = clock or (running[0].name if running else known[0] if known else "")
    history = history_of(folder, chosen) if chosen else None
    sources = () if history is None else history.sources
    wanted = source if source in sources else next(iter(sources), "")
    found, problem = _asked(folder, at, chosen)
    pictures, unplotted = ([], None) if history is None or not wanted else _pictures(history, wanted, request)
    return page(
        request,
        "time/page.html",
        status=200 if problem is None else status_of(problem),
        statuses=running,
        clocks=known,
        chosen=chosen,
        history=history,
        source=wanted,
        pictures=pictures,
        unplotted=unplotted,
        ready=ready_plans(),
        asked=at,
        behind=found,
        unfinished=found is not None and is_open(folder, found),
        problem=problem,
        shown=shown,
        drawn=_drawn(request),
    )


def _asked(folder: DataFolder, at: str, clock: str) -> tuple[Behind | None, SichenError | None]:
    if not at:
        return None, None
    try:
        found = find_behind(folder, Instant.parse(at if at[-1:] == "Z" or "+" in at else f"{at}Z"), name=clock or None)
        if found is None:
            raise NotFound(Message("web.time.not_served", instant=at))
    except DataError as error:
        return None, error
    return found, None


def _drawn(request: Request) -> object:
    language = language_of(request)
    label = Message("web.time.offsets").text(language)

    def drawn(status: Status) -> Markup:
        return Markup(shown.offsets_svg(status, label=label))  # noqa: S704 - our own escaping writer

    return drawn


def _pictures(history: History, source: str, request: Request) -> tuple[list[Markup], Message | None]:
    """Return the plots of stability, or why there are none."""
    language = language_of(request)
    try:
        found = history.stability(source)
    except DataError as error:
        return [], error.message
    return [
        Markup(plot_svg(one, masks=[masks()[name] for name in SHOWN_MASKS[one.statistic]], language=language))  # noqa: S704
        for one in found
    ], None


@router.get("/time/course.json", include_in_schema=False)
def course(folder: Folder, clock: str, source: str) -> JSONResponse:
    """Return a source's offsets over hours, in microseconds, as the plot takes them."""
    history = history_of(folder, clock)
    rows: list[JSON] = []
    if history is not None:
        rows = [[round(at / HOUR, 5), round(offset / MICRO, 6)] for at, offset in thinned(history.offsets(source))]
    return JSONResponse({"rows": rows})


@router.get("/time/uncertainty.json", include_in_schema=False)
def uncertainty(folder: Folder, clock: str) -> JSONResponse:
    """Return three standard uncertainties of the served time over hours, in microseconds."""
    history = history_of(folder, clock)
    rows: list[JSON] = []
    if history is not None:
        rows = _with_gaps([(at / HOUR, float(f"{3 * u / MICRO:.4g}")) for at, u in thinned(history.uncertainty())])
    return JSONResponse({"rows": rows})


def _with_gaps(rows: list[tuple[float, float]]) -> list[JSON]:
    """Put a row without a value where nothing was served: no line may be drawn across it."""
    steps = sorted(later - earlier for (earlier, _), (later, _) in pairwise(rows))
    usual = max(steps[(len(steps) - 1) // 2], 0.0) if steps else 0.0
    found: list[JSON] = []
    for place, (at, value) in enumerate(rows):
        if place and at - rows[place - 1][0] > max(3 * usual, GAP):
            found.append([round((at + rows[place - 1][0]) / 2, 5), None])
        found.append([round(at, 5), value])
    return found


@router.get("/api/time/status", tags=["time"])
def status_now(folder: Folder) -> JSONResponse:
    """Tell how the time services of this data folder stand; an empty list when none runs."""
    return JSONResponse([status.to_json() for status, _ in statuses(folder)])


@router.get("/api/time/why", tags=["time"])
def why_second(folder: Folder, instant: str, clock: str | None = None) -> JSONResponse:
    """Tell what stood behind a second that was served."""
    found = find_behind(folder, Instant.parse(instant), name=clock)
    if found is None:
        raise NotFound(Message("web.time.not_served", instant=instant))
    return JSONResponse(found.to_json())
