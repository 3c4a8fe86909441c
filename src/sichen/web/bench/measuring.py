# SPDX-License-Identifier: Apache-2.0
"""Recordings that are sent to be measured, and the readings that programs ask for."""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import JSONResponse

from sichen.adapters import now, open_recording
from sichen.adapters.bench_desk import keep_reading
from sichen.bench import Samples, SampleStream
from sichen.bench.reading import Measurement
from sichen.core import JSON, DataError, Message
from sichen.web.bench import wire
from sichen.web.bench.engine import BenchEngine
from sichen.web.bench.keeping import kept
from sichen.web.bench.session import Engine, Settings
from sichen.web.folder import Folder
from sichen.web.language import language_of

router = APIRouter()
CREATED, OK = 201, 200
PATIENCE = 0.3


@router.post("/api/bench/measure", tags=["bench"])
async def measure_recording(
    request: Request,
    folder: Folder,
    engine: BenchEngine,
    *,
    file: Annotated[UploadFile, File(description="A recording: WAV, FLAC, Ogg, MP3, AIFF; any rate, any channels.")],
    lift_angle: Annotated[float | None, Form(description="Degrees, 10 to 90; 52 when not given.")] = None,
    position: Annotated[str, Form(description="CH, FH, 3H, 6H, 9H or 12H.")] = "",
    watch: Annotated[str, Form(description="What the watch is called.")] = "",
    save: Annotated[bool, Query(description="Keep recording and reading as a record.")] = False,
    detail: Annotated[bool, Query(description="Add what a page shows: figures as text, beats, averaged tick.")] = False,
) -> JSONResponse:
    """Measure a recording of a mechanical watch.

    The answer has the same keys as `sichen bench measure --json`. Nothing is kept unless `save` is true; then
    the answer has the digest of the record, and the status is 201.
    """
    said: dict[str, object] = {"position": position, "watch": watch}
    settings = Settings().changed(**said, **({} if lift_angle is None else {"lift_angle": lift_angle}))
    name = Path(file.filename or "recording").name
    with tempfile.TemporaryDirectory(prefix="sichen-") as place:
        path = Path(place) / "sound"
        await asyncio.to_thread(_write, path, file.file)
        sound = await asyncio.to_thread(open_recording, path)
        found = await _measured(request, engine, sound, settings)
        request.app.state.metrics.readings.labels(found.reading.status).inc()
        answer = {"file": name, **found.reading.to_json()}
        if save and found.reading.status == "ok":
            artifact = folder.keep(path, media_type=sound.media_type, name=name)
            source: dict[str, JSON] = {"kind": "file", "name": name, "sample_rate": sound.sample_rate}
            record = keep_reading(folder, found, sound=artifact, instant=now(), source=source, **settings.whom)
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


class Stoppable:
    """A recording whose reading ends with an error once nobody waits for the answer."""

    def __init__(self, stream: SampleStream) -> None:
        self.stream = stream
        self.stop = threading.Event()
        self.sample_rate = stream.sample_rate
        self.channels = stream.channels
        self.frames = stream.frames

    def chunks(self) -> Iterator[Samples]:
        """Yield the sound until it is stopped."""
        for piece in self.stream.chunks():
            if self.stop.is_set():
                raise DataError(Message("web.bench.error.cancelled"))
            yield piece


async def _measured(request: Request, engine: Engine, sound: SampleStream, settings: Settings) -> Measurement:
    stoppable = Stoppable(sound)
    work = asyncio.create_task(asyncio.to_thread(engine.measure, stoppable, settings))
    while not (await asyncio.wait({work}, timeout=PATIENCE))[0]:
        if await request.is_disconnected():
            stoppable.stop.set()
    return work.result()


def _write(path: Path, source: BinaryIO) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
