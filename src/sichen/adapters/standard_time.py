# SPDX-License-Identifier: Apache-2.0
"""A recording's pulses of the second, traced to the records of the clock that gave them.

Pulses on a channel tell how fast the sampling clock runs, but not whose seconds they are. Where the time service of the
same data folder gave them, its records of these seconds stand behind the reading, and their uncertainty goes into it.
"""

from dataclasses import dataclass, replace
from typing import cast

from sichen.adapters.data_folder import DataFolder
from sichen.bench import ClockReference
from sichen.core import JSON, DataError, Duration, Input, Instant, Message
from sichen.timebase.service import KIND, subject_of

ROLE = "standard time"
NEAR = 120
"""Seconds by which the recorded seconds of a clock may miss the ends of a recording: a service keeps each, a simulation some."""
NS = 1_000_000_000
_UNUSABLE = "unusable"


@dataclass(frozen=True)
class StandardTime:
    """What a clock says of its own seconds while a recording ran.

    Parameters
    ----------
    clock : str
    u : float
        Standard uncertainty of its time in s, the larger of both ends.
    seconds : float
        Length of the recording.
    states : tuple of str
        That the clock was in, e.g. ``locked``.
    records : tuple of str
        Digests of the records that say so.
    """

    clock: str
    u: float
    seconds: float
    states: tuple[str, ...]
    records: tuple[str, ...]

    @property
    def u_ppm(self) -> float:
        """Standard uncertainty of the clock's mean rate over the recording, in ppm, its ends taken as independent."""
        return self.u * 2**0.5 / self.seconds * 1e6

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What a reading rests on."""
        return tuple(Input(ROLE, digest) for digest in self.records)

    def to_json(self) -> dict[str, JSON]:
        """Return the clock as it stands in a reading."""
        return {"clock": self.clock, "u_s": self.u, "states": list(self.states)}

    def behind(self, reference: ClockReference) -> ClockReference:
        """Return a reference by pulses with the clock's own uncertainty in it.

        Raises
        ------
        DataError
            If the reference is not by pulses: nothing else comes from the clock.
        """
        if reference.kind != "pps":
            raise DataError(Message("adapters.desk.clock_without_pulses", clock=self.clock))
        return replace(reference, u_ppm=(reference.u_ppm**2 + self.u_ppm**2) ** 0.5)


def standard_time(folder: DataFolder, clock: str, *, begin: Instant, seconds: float) -> StandardTime:
    """Find what a clock of the data folder says of the seconds of a recording.

    Parameters
    ----------
    folder : DataFolder
    clock : str
        Name of a clock that `sichen time run` serves.
    begin : Instant
        When the recording began.
    seconds : float
        How long it is.

    Raises
    ------
    DataError
        If the clock has no record of that time, or was not usable then.
    """
    end = begin + Duration.of_seconds(seconds)
    found = [_nearest(folder, clock, at) for at in (begin, end)]
    states = tuple(dict.fromkeys(state for _, _, state in found))
    if _UNUSABLE in states:
        raise DataError(Message("adapters.desk.clock_unusable", clock=clock, at=begin.isoformat()[:19]))
    digests = tuple(dict.fromkeys(digest for digest, _, _ in found))
    return StandardTime(clock, max(u for _, u, _ in found), seconds, states, digests)


def _nearest(folder: DataFolder, clock: str, at: Instant) -> tuple[str, float, str]:
    """Return digest, uncertainty and state of the recorded second that is nearest to an instant."""
    best: tuple[int, str, float, str] | None = None
    for record in folder.records.trail(KIND, subject_of(clock)):
        start = Instant.parse(str(record.body["from"])).ns
        seconds = cast("list[int]", record.body["seconds"])
        if not start - NEAR * NS <= at.ns <= start + (seconds[-1] + NEAR) * NS:
            continue
        for second, u in zip(seconds, cast("list[float | None]", record.body["u_s"]), strict=True):
            away = abs(start + second * NS - at.ns)
            if away <= NEAR * NS and (best is None or away < best[0]):
                states = cast("list[dict[str, JSON]]", record.body["states"])
                state = str([one for one in states if cast("int", one["second"]) <= second][-1]["state"])
                best = (away, record.digest, float("inf") if u is None else u, _UNUSABLE if u is None else state)
    if best is None:
        raise DataError(Message("adapters.desk.clock_unknown_then", clock=clock, at=at.isoformat()[:19]))
    return best[1:]
