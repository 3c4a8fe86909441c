# SPDX-License-Identifier: Apache-2.0
"""Readings that are kept: the sound as raw data, the measurement beside it, the record over both."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sichen.adapters import write_wav
from sichen.bench import Recording
from sichen.bench.reading import Measurement
from sichen.core import JSON, Artifact, Figure, Input, Instant, Message, NotFound, Record, canonical
from sichen.web.bench import wire
from sichen.web.bench.session import Settings
from sichen.web.bodies import figures
from sichen.web.folder import DataFolder

KIND = "bench.reading"
METHOD, VERSION = "bench.acoustic", "1"
MEASUREMENT_TYPE = "application/vnd.sichen.measurement+json"
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

    @property
    def reading(self) -> Mapping[str, JSON]:
        """The plain facts of the reading."""
        reading = self.record.body.get("reading")
        return reading if isinstance(reading, Mapping) else {}


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
    """Keep a measurement and return its record, which rests on the sound and on the beats found in it."""
    view: dict[str, JSON] = {"form": "sichen.measurement/1", "sound": sound.digest, "reading": found.reading.to_json()}
    beats = folder.keep(canonical(view | wire.measurement(found)), media_type=MEASUREMENT_TYPE, name="measurement.json")
    body: dict[str, JSON] = {
        **{name: figure.to_json() for name, figure in found.reading.figures().items()},
        "reading": found.reading.to_json(),
        "position": settings.position,
        "source": dict(source),
    }
    inputs = (Input("recording", sound.digest), Input("measurement", beats.digest))
    record = Record(KIND, settings.subject, body, METHOD, VERSION, instant, inputs=inputs)
    folder.records.append(record)
    return record


def view(record: Record, folder: DataFolder) -> Mapping[str, JSON]:
    """Return what the strip and the scope of a kept reading show."""
    for entry in record.inputs:
        if entry.role == "measurement":
            with folder.artifacts.open(entry.digest) as raw:
                found: Mapping[str, JSON] = json.load(raw)
            return found
    return {"interval": None, "beats": [], "scope": None}
