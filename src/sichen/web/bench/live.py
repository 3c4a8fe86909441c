# SPDX-License-Identifier: Apache-2.0
"""The live connection of the bench page: commands and sound in, events out.

A message of text is a command: ``{"do": "start", …}``, ``sample``, ``set``, ``again``, ``save``, ``stop``; a
binary message is sound. ``plan`` begins a guided sequence of positions, ``skip`` ends a rest early, ``halt``
leaves the sequence. Every answer is JSON with a ``type``: ready, level, beats, reading, scope, saved, step,
finished, problem, ended.
"""

import asyncio
import json
import logging
import time
from collections.abc import Iterator, Mapping
from typing import cast
from urllib.parse import quote, urlencode

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from sichen.adapters import DataFolder, now
from sichen.adapters.bench_desk import keep_live_sound, keep_reading
from sichen.bench import Samples
from sichen.core import JSON, DataError, Duration, Message, SichenError, term
from sichen.web.bench.engine import BenchEngine
from sichen.web.bench.guided import Guided, Turn, plan_of
from sichen.web.bench.session import Engine, Session, Settings, Source
from sichen.web.folder import Folder
from sichen.web.language import language_of

log = logging.getLogger(__name__)
router = APIRouter()
LONGEST_COMMAND = 10_000


@router.websocket("/bench/live")
async def live(socket: WebSocket, folder: Folder, engine: BenchEngine) -> None:
    """Listen to one watch until the page leaves."""
    await socket.accept()
    connection = Connection(socket, folder, engine)
    gauge = socket.app.state.metrics.live
    gauge.inc()
    try:
        await connection.serve()
    finally:
        gauge.dec()
        connection.silence()


class Connection:
    """One page that is connected."""

    def __init__(self, socket: WebSocket, folder: DataFolder, engine: Engine) -> None:
        self.socket = socket
        self.folder = folder
        self.engine = engine
        self.language = language_of(socket)
        self.settings = Settings()
        self.session: Session | None = None
        self.player: asyncio.Task[None] | None = None
        self.guided: Guided | None = None
        self.turn = asyncio.Lock()
        self.told_second = -1

    async def serve(self) -> None:
        """Answer messages until the page leaves."""
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                await self._take(message.get("text"), message.get("bytes"))
            except SichenError as error:
                await self._tell({"type": "problem", "text": error.message.text(self.language), "key": error.message.key})
            except WebSocketDisconnect:
                return

    def silence(self) -> None:
        """Stop the sample watch."""
        if self.player is not None:
            self.player.cancel()
            self.player = None

    async def _take(self, text: str | None, sound: bytes | None) -> None:
        if text is not None:
            await self._obey(_command(text))
        elif sound is not None and self.session is not None and self.player is None:
            await self._hear(self.session.source.samples(sound))

    async def _obey(self, command: Mapping[str, JSON]) -> None:
        said = {name: value for name, value in command.items() if name != "do"}
        match command.get("do"):
            case "start":
                await self._begin(_source(said))
            case "sample":
                await self._begin(None)
            case "set":
                await self._change(said)
            case "again" if self.session is not None:
                self.session.again()
            case "save":
                await self._save()
            case "plan" if self.session is not None:
                self.guided = plan_of(said, series=self.settings.series or now().isoformat()[:16])
                await self._follow(iter([self.guided.begin()]))
            case "skip" if self.guided is not None:
                await self._follow(self.guided.skip())
            case "halt":
                self.guided = None
            case "stop":
                self.guided = None
                self.silence()
                await self._tell({"type": "ended"})
            case _:
                raise DataError(Message("web.bench.error.command"))

    async def _begin(self, source: Source | None) -> None:
        self.silence()
        stream = None if source is not None else self.engine.sample()
        if stream is not None:
            source = Source(stream.sample_rate, stream.channels, kind="sample")
        self.session = Session(self.engine, cast("Source", source), self.settings, self.language)
        await self._tell({"type": "ready"})
        if stream is not None:
            self.player = asyncio.create_task(self._play(iter(stream.chunks())))

    async def _play(self, pieces: Iterator[Samples]) -> None:
        """Let the sample watch be heard at its own speed."""
        start, heard = time.monotonic(), 0.0
        session = cast("Session", self.session)
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            for part in _tenths(piece, session.source.sample_rate):
                heard += len(part) / session.source.sample_rate
                await self._hear(part)
                await asyncio.sleep(max(0.0, start + heard - time.monotonic()))
        await self._tell({"type": "ended"})

    async def _hear(self, samples: Samples) -> None:
        session = self.session
        if session is None:
            return
        async with self.turn:
            events = await asyncio.to_thread(session.feed, samples)
        for event in events:
            await self._tell(event)
        if self.guided is not None:
            await self._follow(self.guided.hear(len(samples) / session.source.sample_rate))

    async def _follow(self, turns: Iterator[Turn]) -> None:
        """Do what became due in the guided sequence, and say each second where it stands."""
        guided = cast("Guided", self.guided)
        for turn in turns:
            match turn.act:
                case "rest":
                    await self._change({"position": turn.code, "series": guided.series})
                case "listen":
                    await self._again()
                case "keep":
                    await self._keep_position(guided, turn.code)
                case "done":
                    self.guided = None
                    subject = self.settings.whom["subject"].partition(":")[2]
                    path = f"/bench/watches/{quote(subject)}?{urlencode({'series': guided.series})}"
                    await self._tell({"type": "finished", "path": path if guided.kept else None})
                    return
            self.told_second = -1
        second = int(guided.elapsed)
        if second != self.told_second:
            self.told_second = second
            await self._tell(guided.event(self.language))

    async def _again(self) -> None:
        async with self.turn:
            await asyncio.to_thread(cast("Session", self.session).again)

    async def _keep_position(self, guided: Guided, code: str) -> None:
        """Keep the reading of a position; one that cannot be read is told, and the sequence goes on without it."""
        try:
            async with self.turn:
                guided.kept.append(await asyncio.to_thread(_keep, cast("Session", self.session), self.folder))
        except DataError as error:
            reason = error.message.text(self.language)
            said = Message("web.guided.not_read", position=term(code).text(self.language), reason=reason)
            await self._tell({"type": "problem", "text": said.text(self.language), "key": "web.guided.not_read"})

    async def _change(self, said: Mapping[str, JSON]) -> None:
        self.settings = self.settings.changed(**said)
        if self.session is not None:
            async with self.turn:
                await asyncio.to_thread(lambda: cast("Session", self.session).change(**said))

    async def _save(self) -> None:
        if self.session is None:
            raise DataError(Message("web.bench.error.nothing_heard"))
        async with self.turn:
            digest = await asyncio.to_thread(_keep, self.session, self.folder)
        await self._tell({"type": "saved", "path": f"/bench/readings/{digest}", "digest": digest})

    async def _tell(self, event: Mapping[str, JSON]) -> None:
        if self.socket.application_state is WebSocketState.CONNECTED:
            await self.socket.send_text(json.dumps(event, ensure_ascii=False, separators=(",", ":")))


def _keep(session: Session, folder: DataFolder) -> str:
    """Measure the kept sound as a whole and keep it: whoever measures the raw data again finds the same."""
    sound = session.recording()
    found = session.engine.measure(sound, session.settings)
    if found.reading.reason is not None:
        raise DataError(found.reading.reason)
    length = len(sound.samples) / sound.sample_rate
    begin = now() - Duration.of_seconds(length)
    artifact = keep_live_sound(folder, sound, name=f"{session.source.kind}.wav")
    source = session.source.to_json()
    record = keep_reading(folder, found, sound=artifact, instant=begin, source=source, **session.settings.whom)
    return record.digest


def _command(text: str) -> Mapping[str, JSON]:
    try:
        found = json.loads(text) if len(text) <= LONGEST_COMMAND else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DataError(Message("web.bench.error.command"))
    return found


def _source(said: Mapping[str, JSON]) -> Source:
    altered = said.get("altered")
    device = said.get("device_rate")
    try:
        return Source(
            float(cast("float", said["sample_rate"])),
            int(cast("int", said["channels"])),
            str(said.get("format", "float32")),
            float(cast("float", device)) if device is not None else None,
            tuple(str(name)[:40] for name in altered[:8]) if isinstance(altered, list) else (),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(Message("web.bench.error.source")) from error


def _tenths(piece: Samples, sample_rate: float) -> list[Samples]:
    length = max(1, round(sample_rate / 10))
    return [piece[start : start + length] for start in range(0, len(piece), length)]
