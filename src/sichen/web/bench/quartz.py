# SPDX-License-Identifier: Apache-2.0
"""Quartz watches: recordings of a motor coil that are sent, measured, drawn and kept."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse

from sichen.adapters import now
from sichen.adapters.audio_writing import wav_pieces
from sichen.adapters.bench_desk import QUARTZ_KIND, keep_quartz, kept_pulses, measure_quartz_sound
from sichen.bench.quartz import PulseTrain, QuartzMeasurement, QuartzWatch, synthesise_quartz
from sichen.bench.quartz.sawtooth import sawtooth
from sichen.core import JSON, DataError, Message, NotFound, Record, TooFewSamples
from sichen.web.bench.sending import name_of, received, worked
from sichen.web.bench.session import Settings
from sichen.web.bodies import figures
from sichen.web.description import KEPT, sends
from sichen.web.folder import Folder, resolve
from sichen.web.language import language_of
from sichen.web.pages import page, render

router = APIRouter()
CREATED, OK = 201, 200
LISTED = 50
SAMPLE = QuartzWatch(crystal_rate=5.6, inhibition_period=10.0, inhibition_cycles=20, jitter=4e-6, missed=(41,))
SAMPLE_SECONDS, SAMPLE_RATE = 62.0, 12_000.0
LONGEST_DRAWN = 20_000


@router.get("/bench/quartz", include_in_schema=False)
def bench(request: Request, folder: Folder) -> HTMLResponse:
    """Show the quartz bench."""
    kept = list(folder.records.find(kind=QUARTZ_KIND, limit=LISTED))
    return page(request, "bench/quartz.html", kept=kept, limit=request.app.state.upload_limit)


@router.get("/bench/quartz/{digest}", include_in_schema=False)
def one(request: Request, folder: Folder, digest: str) -> Response:
    """Show one kept quartz reading."""
    full = resolve(digest, folder)
    if full != digest:
        return RedirectResponse(f"/bench/quartz/{full}", status_code=307)
    record = _quartz(folder.records.read(full))
    drawn = kept_pulses(folder, record) is not None
    return page(request, "bench/quartz_one.html", record=record, shown=dict(figures(record.body)), drawn=drawn)


@router.get("/bench/quartz/{digest}/view", include_in_schema=False)
def view(folder: Folder, digest: str) -> JSONResponse:
    """Return the plots of a kept quartz reading."""
    record = _quartz(folder.records.read(resolve(digest, folder)))
    return JSONResponse(_plots(kept_pulses(folder, record), record.body))


@router.get("/api/bench/quartz/sample", tags=["bench"], response_class=StreamingResponse, responses=sends("audio/wav"))
def sample() -> StreamingResponse:
    """Return a recording of a synthesised quartz watch: 5.6 s/d fast, 20 cycles left out every 10 s, one step missed."""
    sound, _ = synthesise_quartz(SAMPLE, duration=SAMPLE_SECONDS, sample_rate=SAMPLE_RATE, seed=5)
    return StreamingResponse(wav_pieces(sound, frames=len(sound.samples)), media_type="audio/wav")


@router.post("/api/bench/quartz", tags=["bench"], responses=KEPT)
async def measure(
    request: Request,
    folder: Folder,
    *,
    file: Annotated[UploadFile, File(description="A recording of a coil, a microphone or a supply current.")],
    inhibition: Annotated[str, Form(description="Inhibition period in seconds, when the calibre's is known.")] = "",
    reference: Annotated[str, Form(description="none, pps, pps:CHANNEL, ppm:VALUE or ppm:VALUE:U.")] = "none",
    watch: Annotated[str, Form(description="What the watch is called.")] = "",
    save: Annotated[bool, Query(description="Keep recording and reading as a record.")] = False,
    detail: Annotated[bool, Query(description="Add what a page shows: figures as HTML, and its plots.")] = False,
) -> JSONResponse:
    """Measure a recording of a quartz watch.

    The answer has the same keys as `sichen bench quartz --json`. Nothing is kept unless `save` is true; then
    the answer has the digest of the record, and the status is 201.
    """
    settings = Settings().changed(watch=watch, reference=reference)
    period = _period(inhibition)
    name = name_of(file, "recording")
    async with received(file) as (path, sound):
        found = await worked(request, sound, lambda heard: measure_quartz_sound(heard, settings.wish, inhibition_period=period))
        answer: dict[str, JSON] = {"file": name, **found.reading.to_json()}
        if save and found.reading.status == "ok":
            artifact = folder.keep(path, media_type=sound.media_type, name=name)
            record = keep_quartz(folder, found, sound=artifact, subject=settings.whom["subject"], instant=now())
            answer["digest"] = record.digest
    if detail:
        answer |= {"html": _fragment(request, found, str(answer.get("digest", ""))), "plots": _plots(found.pulses, answer)}
    return JSONResponse(answer, CREATED if "digest" in answer else OK)


def _period(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        period = float(text)
    except ValueError:
        period = -1.0
    if not 0 <= period <= 3600:  # noqa: PLR2004 - an hour; the sentence says so
        raise DataError(Message("web.quartz.bad_period", found=text))
    return period


def _quartz(record: Record) -> Record:
    if record.kind != QUARTZ_KIND:
        raise NotFound(Message("web.readings.other", kind=record.kind))
    return record


def _fragment(request: Request, found: QuartzMeasurement, digest: str) -> str:
    reading = found.reading
    return render(
        language_of(request),
        "bench/quartz_result.html",
        shown=reading.figures() | {"inhibition_step": reading.inhibition_step},
        body=reading.to_json(),
        seen=reading.inhibition_seen,
        digest=digest,
        reason=reading.reason,
        advice=reading.advice,
        drawn=found.pulses is not None,
    )


def _plots(pulses: PulseTrain | None, body: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return how far the watch was ahead at each step, in milliseconds, with the fit through it."""
    step, period = body.get("step_period_s"), body.get("inhibition_period_s")
    if pulses is None or not isinstance(step, int | float):
        return {}
    try:
        drawn = sawtooth(pulses, step=step, period=period if isinstance(period, int | float) else None)
    except TooFewSamples:
        return {}
    stride = -(-drawn.time.size // LONGEST_DRAWN)
    ahead, fit = (_rows(drawn.time[::stride], line[::stride]) for line in (drawn.ahead, drawn.fit))
    return {"steps": {"rows": ahead, "fit": fit}}


def _rows(time: npt.NDArray[np.float64], ahead: npt.NDArray[np.float64]) -> list[JSON]:
    return [[round(at, 4), round(1e3 * value, 5)] for at, value in zip(time.tolist(), ahead.tolist(), strict=True)]
