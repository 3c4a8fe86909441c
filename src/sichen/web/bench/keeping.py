# SPDX-License-Identifier: Apache-2.0
"""Kept readings as the pages show them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sichen.adapters import DataFolder
from sichen.adapters.bench_desk import kept_take
from sichen.core import JSON, Figure, Message, NotFound, Record
from sichen.web.bench import wire
from sichen.web.bodies import figures

KIND = "bench.reading"
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


def view(record: Record, folder: DataFolder) -> Mapping[str, JSON]:
    """Return what the strip and the scope of a kept reading draw; nothing where the beats are gone."""
    known = record.body.get("beats_per_hour")
    try:
        take = kept_take(folder, record)
    except NotFound:
        return {"interval": None, "beats": [], "scope": None}
    return {
        "interval": wire.SECONDS_PER_HOUR / known if isinstance(known, int | float) else None,
        "beats": wire.beat_rows(take.beats),
        "scope": None if take.scope is None else wire.scope(take.scope),
    }
