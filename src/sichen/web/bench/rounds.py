# SPDX-License-Identifier: Apache-2.0
"""The watches that were measured, and their rounds of positions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sichen.adapters import DataFolder
from sichen.bench.series import PositionReading, positions, summarise
from sichen.core import Figure, Instant, Record
from sichen.web.bench.keeping import Kept, kept

MOST = 5000


@dataclass(frozen=True)
class Round:
    """Readings of one watch that belong together, the latest of each position.

    Parameters
    ----------
    name : str
        The word that its readings carry; empty for readings that carry none.
    readings : mapping of str to Kept
        By code, in the order of the standard.
    """

    name: str
    readings: Mapping[str, Kept]

    @property
    def records(self) -> tuple[Record, ...]:
        """The records of its readings."""
        return tuple(entry.record for entry in self.readings.values())

    @property
    def rows(self) -> tuple[PositionReading, ...]:
        """Its readings as the bench takes them."""
        return tuple(PositionReading.from_body(record.body) for record in self.records)

    @property
    def latest(self) -> Instant:
        """When its last reading was taken."""
        return max(record.instant for record in self.records)


@dataclass(frozen=True)
class Watch:
    """A watch with what was kept of it.

    Parameters
    ----------
    name : str
    readings : tuple of Kept
        Newest first.
    """

    name: str
    readings: tuple[Kept, ...] = field(repr=False)

    @property
    def rounds(self) -> tuple[Round, ...]:
        """Its rounds of positions, the latest first."""
        groups: dict[str, dict[str, Kept]] = {}
        for entry in self.readings:
            if entry.position is not None:
                word = entry.record.body.get("series")
                groups.setdefault(word if isinstance(word, str) else "", {}).setdefault(entry.position, entry)
        found = [Round(name, {code: group[code] for code in positions() if code in group}) for name, group in groups.items()]
        return tuple(sorted((entry for entry in found if entry.readings), key=lambda entry: entry.latest.ns, reverse=True))

    @property
    def figures(self) -> Mapping[str, Figure]:
        """Rate and amplitude in a line: the means of its latest round, or those of its latest reading."""
        if not self.rounds:
            return self.readings[0].figures
        found = summarise(self.rounds[0].rows)
        return {"rate": found.rate.mean, "amplitude": found.amplitude.mean, "spread": found.rate.spread}


def watch(folder: DataFolder, name: str) -> Watch:
    """Return one watch; it has no readings when nothing was kept of it."""
    return Watch(name, tuple(kept(folder, watch=name, limit=MOST)))


def watches(folder: DataFolder) -> Iterator[Watch]:
    """Yield every watch with kept readings, the one measured last first."""
    groups: dict[str, list[Kept]] = {}
    for entry in kept(folder, limit=MOST):
        groups.setdefault(entry.watch, []).append(entry)
    return (Watch(name, tuple(group)) for name, group in groups.items())
