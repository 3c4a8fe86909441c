# SPDX-License-Identifier: Apache-2.0
"""Readings that are kept: the sound as raw data, and the record that rests on it."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from sichen.adapters import write_wav
from sichen.bench import Recording
from sichen.bench.measurement_file import KIND, Take, to_record
from sichen.bench.reading import Measurement
from sichen.core import JSON, Artifact, Figure, Instant, Message, NotFound, Record
from sichen.web.bench import wire
from sichen.web.bench.session import Settings
from sichen.web.bodies import figures
from sichen.web.folder import DataFolder

METHOD, VERSION = "bench.acoustic", "1"
FIGURES = ("rate", "amplitude", "beat_error")


@dataclass(frozen=True)
class Kept:
    """A kept reading as a list shows it."""

    record: Record
    figures: Mapping[str, Figure]

    @property
    def watch(self) -> str:
        """The name of the watch."""
        return self.record.subject.partition(":")[2]

    @property
    def position(self) -> str | None:
        """In which position it lay."""
        position = self.record.body.get("position")
        return position if isinstance(position, str) else None

    @property
    def path(self) -> str:
        """Its page."""
        return f"/bench/readings/{self.record.digest}"


def kept(folder: DataFolder, *, watch: str = "", limit: int = 200) -> Iterator[Kept]:
    """Yield kept readings, newest first."""
    for record in folder.records.find(kind=KIND, subject=f"watch:{watch}" if watch else None, limit=limit):
        yield as_kept(record)


def as_kept(record: Record) -> Kept:
    """Return a record as a kept reading; raise `NotFound` when it is something else."""
    if record.kind != KIND:
        raise NotFound(Message("web.readings.other", kind=record.kind))
    not_measured = {name: Figure.refused("1", Message("bench.not_measured")) for name in FIGURES}
    return Kept(record, not_measured | dict(figures(record.body)))


def keep_sound(folder: DataFolder, sound: Recording, *, name: str) -> Artifact:
    """Keep live sound as the samples that were measured, bit for bit."""
    with tempfile.TemporaryDirectory(prefix="sichen-") as place:
        path = Path(place) / name
        write_wav(path, sound, encoding="FLOAT")
        return folder.keep(path, media_type="audio/wav", name=name)


def keep_reading(
    folder: DataFolder,
    found: Measurement,
    *,
    settings: Settings,
    sound: Artifact,
    instant: Instant,
    source: Mapping[str, JSON],
) -> Record:
    """Keep a measurement and return its record, which rests on the sound and carries the beats found in it."""
    take = Take(found.reading, found.beats, METHOD, VERSION, instant=instant, position=settings.position, audio=sound.digest)
    made = to_record(take, subject=settings.subject)
    seen: dict[str, JSON] = {"source": dict(source), "scope": None if found.scope is None else wire.scope(found.scope)}
    record = replace(made, body={**made.body, **seen})
    folder.records.append(record)
    return record


def view(record: Record) -> Mapping[str, JSON]:
    """Return what the strip and the scope of a kept reading draw."""
    body = record.body
    events = body.get("events")
    known = body.get("beats_per_hour")
    if not isinstance(events, Mapping) or not isinstance(known, int | float):
        return {"interval": None, "beats": [], "scope": body.get("scope")}
    columns = (events["number"], events["drop"], events["unlock"])
    rows = zip(*(cast("list[float | None]", column) for column in columns), strict=True)
    beats = [[number, drop if drop is not None else unlock] for number, drop, unlock in rows]
    return {
        "interval": wire.SECONDS_PER_HOUR / known,
        "beats": [row for row in beats if row[1] is not None],
        "scope": body["scope"],
    }
