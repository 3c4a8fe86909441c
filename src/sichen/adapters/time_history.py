# SPDX-License-Identifier: Apache-2.0
"""The course of a clock from its records: offsets of its sources, its uncertainty, its states, the stability of a source."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.timebase.evidence import served_records
from sichen.core import JSON, DataError, Instant, Message, Record
from sichen.stability import Deviations, PhaseSeries, deviations
from sichen.timebase.service import KIND

NS = 1_000_000_000
MOST = 1440
POINTS = 600
FEWEST = 16
STATISTICS = ("tdev", "mtie")


@dataclass(frozen=True)
class History:
    """What the records of a clock tell, oldest first.

    Parameters
    ----------
    name : str
        Of the clock.
    records : tuple of Record
    """

    name: str
    records: tuple[Record, ...]

    @property
    def begin(self) -> Instant:
        """The first second."""
        return Instant.parse(str(self.records[0].body["from"]))

    @property
    def end(self) -> Instant:
        """The last second."""
        last = self.records[-1]
        seconds = cast("list[int]", last.body["seconds"])
        return Instant(Instant.parse(str(last.body["from"])).ns + seconds[-1] * NS)

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the sources that were heard."""
        found = {name: None for record in self.records for name in cast("dict[str, JSON]", record.body["readings"])}
        return tuple(found)

    def offsets(self, source: str) -> list[tuple[float, float]]:
        """Return seconds since the beginning, and the source's time minus the served one in s."""
        begin = self.begin
        return [
            (self._since(record, begin) + row[0], row[1])
            for record in self.records
            for row in cast("dict[str, list[list[float]]]", record.body["readings"]).get(source, [])
        ]

    def uncertainty(self) -> list[tuple[float, float]]:
        """Return seconds since the beginning, and the standard uncertainty of the served time in s."""
        begin = self.begin
        return [
            (self._since(record, begin) + second, u)
            for record in self.records
            for second, u in zip(
                cast("list[int]", record.body["seconds"]), cast("list[float | None]", record.body["u_s"]), strict=True
            )
            if u is not None
        ]

    def states(self) -> list[tuple[Instant, dict[str, JSON], str]]:
        """Return each change: when, the state as recorded, and the digest of its record."""
        found: list[tuple[Instant, dict[str, JSON], str]] = []
        for record in self.records:
            start = Instant.parse(str(record.body["from"]))
            for row in cast("list[dict[str, JSON]]", record.body["states"]):
                state = {key: value for key, value in row.items() if key != "second"}
                if not found or _named(found[-1][1]) != _named(state):
                    found.append((Instant(start.ns + cast("int", row["second"]) * NS), state, record.digest))
        return found

    def _since(self, record: Record, begin: Instant) -> float:
        return (Instant.parse(str(record.body["from"])).ns - begin.ns) / NS

    def stability(self, source: str) -> list[Deviations]:
        """Return time deviation and maximum time interval error of a source against the served clock.

        Raises
        ------
        DataError
            If there are too few readings.
        """
        rows = self.offsets(source)
        if len(rows) < FEWEST:
            raise DataError(Message("adapters.time.too_few", source=source, count=len(rows), need=FEWEST))
        time, offset = np.array(rows).T
        step = max(float(np.median(np.diff(time))), 1.0)
        place = np.round((time - time[0]) / step).astype(np.int64)
        phase = np.full(int(place[-1]) + 1, math.nan)
        phase[place] = offset
        series = PhaseSeries.from_phase(phase, tau0=step)
        return [deviations(series, statistic) for statistic in STATISTICS]


def _named(state: dict[str, JSON]) -> tuple[object, ...]:
    return state["state"], tuple(cast("list[str]", state["followed"])), tuple(cast("dict[str, JSON]", state["rejected"]))


def thinned(rows: Sequence[tuple[float, float]], most: int = POINTS) -> list[tuple[float, float]]:
    """Return no more than so many rows, evenly chosen."""
    return list(rows[:: max(len(rows) // most, 1)])


def clocks_of(folder: DataFolder) -> list[str]:
    """Return the names of the clocks with records, the one recorded last first."""
    found = {record.subject.partition(":")[2]: None for record in folder.records.find(kind=KIND, limit=MOST)}
    return list(found)


def history_of(folder: DataFolder, name: str, *, most: int = MOST) -> History | None:
    """Return the course of a clock over its newest records; None when it has none."""
    records = served_records(folder, name=name, limit=most)[::-1]
    return History(name, tuple(records)) if records else None
