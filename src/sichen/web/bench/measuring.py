# SPDX-License-Identifier: Apache-2.0
"""Recordings that are sent to be measured, and the readings that programs ask for."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import JSONResponse

from sichen.adapters import now
from sichen.adapters.bench_desk import keep_reading
from sichen.core import JSON, Input
from sichen.web.bench import wire
from sichen.web.bench.engine import BenchEngine
from sichen.web.bench.keeping import kept
from sichen.web.bench.sending import content, name_of, received, worked
from sichen.web.bench.session import Settings
from sichen.web.description import KEPT
from sichen.web.folder import Folder
from sichen.web.language import language_of

router = APIRouter()
CREATED, OK = 201, 200


@router.post("/api/bench/measure", tags=["bench"], responses=KEPT)
async def measure_recording(
    request: Request,
    folder: Folder,
    engine: BenchEngine,
    *,
    file: Annotated[UploadFile, File(description="A recording: WAV, FLAC, Ogg, MP3, AIFF; any rate, any channels.")],
    lift_angle: Annotated[float | None, Form(description="Degrees, 10 to 90; 52 when not given.")] = None,
    position: Annotated[str, Form(description="CH, FH, 3H, 6H, 9H or 12H.")] = "",
    watch: Annotated[str, Form(description="What the watch is called.")] = "",
    series: Annotated[str, Form(description="The round of positions that the reading belongs to.")] = "",
    reference: Annotated[str, Form(description="none, pps, pps:CHANNEL, ppm:VALUE or ppm:VALUE:U.")] = "none",
    frame_log: Annotated[UploadFile | None, File(description="Log of frames against network time: unix_s,frames.")] = None,
    save: Annotated[bool, Query(description="Keep recording and reading as a record.")] = False,
    detail: Annotated[bool, Query(description="Add what a page shows: figures as text, beats, averaged tick.")] = False,
) -> JSONResponse:
    """Measure a recording of a mechanical watch.

    The answer has the same keys as `sichen bench measure --json`. Nothing is kept unless `save` is true; then
    the answer has the digest of the record, and the status is 201. A log of frames takes the place of `reference`
    and is kept beside the recording.
    """
    said: dict[str, object] = {"position": position, "watch": watch, "series": series, "reference": reference}
    settings = Settings().changed(**said, **({} if lift_angle is None else {"lift_angle": lift_angle}))
    name = name_of(file, "recording")
    async with received(file) as (path, sound):
        log = None if frame_log is None or not frame_log.filename else path.with_name("frames.csv")
        if frame_log is not None and log is not None:
            log.write_bytes(await content(frame_log))
            settings = replace(settings, reference=f"ntp:{log}")
        found = await worked(request, sound, lambda heard: engine.measure(heard, settings))
        request.app.state.metrics.readings.labels(found.reading.status).inc()
        answer = {"file": name, **found.reading.to_json()}
        if save and found.reading.status == "ok":
            artifact = folder.keep(path, media_type=sound.media_type, name=name)
            source: dict[str, JSON] = {"kind": "file", "name": name, "sample_rate": sound.sample_rate}
            behind = (
                () if log is None else (Input("frame log", folder.keep(log, media_type="text/csv", name="frames.csv").digest),)
            )
            record = keep_reading(folder, found, sound=artifact, instant=now(), source=source, rests_on=behind, **settings.whom)
            answer |= {"digest": record.digest}
    if detail:
        answer |= {"shown": wire.reading(found.reading, language_of(request)), "view": wire.measurement(found)}
    return JSONResponse(answer, CREATED if "digest" in answer else OK)


@router.get("/api/bench/readings", tags=["bench"])
def find_readings(folder: Folder, watch: str = "", limit: int = 100) -> JSONResponse:
    """List kept readings, newest first, of all watches or of one."""
    found = kept(folder, watch=watch, limit=min(max(limit, 1), 1000))
    return JSONResponse(
        [
            {
                "digest": entry.record.digest,
                "watch": entry.watch,
                "position": entry.position,
                "at": entry.record.instant.isoformat(),
                "figures": {name: figure.to_json() for name, figure in entry.figures.items()},
            }
            for entry in found
        ]
    )
