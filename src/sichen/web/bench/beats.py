# SPDX-License-Identifier: Apache-2.0
"""Lists of beat times that are sent: the reading, what comes back in the beats, and the long-run trends."""

import asyncio
import io
from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse, Response

from sichen.bench import EventMeasurement, LongRunResult, Train, WatchSound, WheelFault, measure_events, parse_beat_list, strike
from sichen.bench.beats.following import follow
from sichen.core import JSON
from sichen.web.bench import wire
from sichen.web.bench.sending import content, name_of
from sichen.web.description import sends
from sichen.web.language import language_of
from sichen.web.pages import page, render

router = APIRouter()
LONGEST_DRAWN = 6000
SAMPLE_HOURS = 2.0
TOOTH = 45e-6
SAMPLE = WatchSound(
    rate=5.2,
    amplitude=286.0,
    amplitude_decay=9.0,
    beat_error=0.3,
    jitter=55e-6,
    wheel_faults=(WheelFault(480.0, 30e-6), WheelFault(3600.0, 150e-6, phase=0.2)),
    tooth_offsets=tuple(TOOTH if tooth == 6 else 0.0 for tooth in range(20)),  # noqa: PLR2004 - one tooth is bent
)


@dataclass(frozen=True)
class Analysis:
    """A list of beats with its long run."""

    found: EventMeasurement
    run: LongRunResult | None

    def to_json(self) -> dict[str, JSON]:
        """Return what `sichen bench run --json` prints."""
        return self.found.to_json() | {"run": None if self.run is None else self.run.to_json()}


@router.get("/bench/beats", include_in_schema=False)
def bench(request: Request) -> HTMLResponse:
    """Show the page for lists of beats."""
    return page(request, "bench/beats.html", limit=request.app.state.upload_limit)


@router.get("/api/bench/events/sample", tags=["bench"], response_class=Response, responses=sends("text/csv"))
def sample() -> Response:
    """Return two hours of synthesised beats as CSV: 28 800 beats an hour, wheels of 20, 84/7, 75/10 teeth, one tooth bent."""
    return Response(_sample(), media_type="text/csv")


@router.post("/api/bench/events", tags=["bench"])
async def measure(
    request: Request,
    *,
    file: Annotated[UploadFile, File(description="CSV or .npy of seconds: ticks, or unlock, impulse and drop.")],
    lift_angle: Annotated[str, Form(description="Degrees, 10 to 90; 52 when not given.")] = "",
    beats_per_hour: Annotated[str, Form(description="Nominal beats per hour; found when not given.")] = "",
    escape_teeth: Annotated[str, Form(description="Teeth of the escape wheel, to name its period.")] = "",
    wheels: Annotated[str, Form(description="Teeth/leaves from the fourth wheel to the barrel, e.g. 84/7 75/10.")] = "",
    detail: Annotated[bool, Query(description="Add what a page shows: figures as HTML, and its plots.")] = False,
) -> JSONResponse:
    """Analyse a list of beat times.

    The answer has the same keys as `sichen bench run --json`: those of `sichen bench events`, and `run` with the
    trends of rate and amplitude, Allan deviations, wheels and the verdict on steadiness.
    """
    train = Train.parse(_whole(escape_teeth), wheels.replace(",", " ").replace("，", " ").split())
    listed = await content(file)

    def analyse() -> Analysis:
        beats = parse_beat_list(listed)
        found = measure_events(beats, lift_angle=_number(lift_angle), beats_per_hour=_number(beats_per_hour), train=train)
        return Analysis(found, follow(found, train=train))

    said = await asyncio.to_thread(analyse)
    answer: dict[str, JSON] = {"file": name_of(file, "beats"), **said.to_json()}
    if detail:
        language = language_of(request)
        html = render(language, "bench/beats_result.html", said=said, shown=wire.reading(said.found.reading, language))
        answer |= {"html": html, "plots": _plots(said)}
    return JSONResponse(answer)


def _number(text: str) -> float | None:
    """Read a field that may be empty; what is no number is refused by whoever uses it."""
    try:
        return float(text) if text.strip() else None
    except ValueError:
        return -1.0


def _whole(text: str) -> int | None:
    found = _number(text)
    return None if found is None else int(found)


@cache
def _sample() -> str:
    truth = strike(SAMPLE, SAMPLE_HOURS * 3600.0, seed=11)
    out = io.StringIO("")
    out.write("unlock,drop\n")
    np.savetxt(out, np.column_stack([truth.beats.unlock, truth.beats.drop]), fmt="%.6f", delimiter=",")
    return out.getvalue()


def _plots(said: Analysis) -> dict[str, JSON]:
    found, run = said.found, said.run
    if found.reading.reason is not None:
        return {}
    times = np.where(np.isfinite(found.beats.drop), found.beats.drop, found.beats.unlock)
    plots: dict[str, JSON] = {"residuals": {"rows": _rows(times / 60.0, 1e6 * found.residual)}}
    if found.teeth is not None:
        for side, values, u in zip(("tick", "tock"), (found.teeth.tick, found.teeth.tock), found.teeth.u, strict=True):
            plots[side] = {"rows": _rows(np.arange(values.size), 1e6 * values, 1e6 * u)}
    if run is not None:
        plots["rate"] = {"rows": _rows(run.time / 60.0, run.rate, run.rate_u)}
        plots["amplitude"] = {"rows": _rows(run.time / 60.0, run.amplitude, run.amplitude_u)}
        plots["allan"] = {"rows": [[entry.tau, entry.allan, entry.u] for entry in run.stability]}
    return plots


def _rows(*columns: npt.NDArray[np.generic]) -> list[JSON]:
    """Return the columns as rows with the digits that a screen shows; a long list is thinned evenly."""
    stride = -(-columns[0].size // LONGEST_DRAWN)
    table = np.column_stack([column[::stride] for column in columns]).astype(np.float64)
    return [[float(f"{value:.6g}") for value in row] for row in table[np.isfinite(table[:, :2]).all(axis=1)].tolist()]
