# SPDX-License-Identifier: Apache-2.0
"""Files that a page or a program sends, and work on them that ends when nobody waits for its answer."""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

from fastapi import Request, UploadFile

from sichen.adapters import open_recording
from sichen.adapters.audio_files import AudioFile
from sichen.bench import Samples, SampleStream
from sichen.core import DataError, Message

Answer = TypeVar("Answer")
PATIENCE = 0.3
LONGEST_LIST = 64_000_000
"""Most bytes of a list of times: ten days of beats in three columns."""


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


@asynccontextmanager
async def received(file: UploadFile) -> AsyncIterator[tuple[Path, AudioFile]]:
    """Open a recording that was sent; its file lives as long as the context."""
    with tempfile.TemporaryDirectory(prefix="sichen-") as place:
        path = Path(place) / "sound"
        await asyncio.to_thread(_write, path, file.file)
        yield path, await asyncio.to_thread(open_recording, path)


async def content(file: UploadFile) -> bytes:
    """Return a short file that was sent, such as a list of times.

    Raises
    ------
    DataError
        If it is too long to be one.
    """
    found = await file.read(LONGEST_LIST + 1)
    if len(found) > LONGEST_LIST:
        raise DataError(Message("web.bench.error.long_list", most=str(LONGEST_LIST // 1_000_000)))
    return found


def name_of(file: UploadFile, otherwise: str) -> str:
    """Return the name of a file that was sent, without folders."""
    return Path(file.filename or otherwise).name or otherwise


async def worked(request: Request, sound: SampleStream, work: Callable[[SampleStream], Answer]) -> Answer:
    """Do long work on a sound beside the loop; stop it when the page has gone."""
    stoppable = Stoppable(sound)
    task = asyncio.create_task(asyncio.to_thread(work, stoppable))
    while not (await asyncio.wait({task}, timeout=PATIENCE))[0]:
        if await request.is_disconnected():
            stoppable.stop.set()
    return task.result()


def _write(path: Path, source: BinaryIO) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
