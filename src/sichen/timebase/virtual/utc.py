# SPDX-License-Identifier: Apache-2.0
"""Served UTC beside true UTC, leap seconds and all."""

import math

import numpy as np

from sichen.core import Instant
from sichen.timebase.clock import SteeredClock
from sichen.timebase.clockmodel import Array
from sichen.timebase.leap import DAY_NS, NS, Leap, LeapCount, LeapVerdict

HALF = 0.5  # s between two looks about the end of a day
NO_SUCH_SECOND = 1.0  # s: the error of a time of day that does not exist


class TrueUtc:
    """UTC as it really is, in a run whose first day ends with a leap second or without.

    Parameters
    ----------
    start : Instant
    leap : {0, 1, -1}
    tick : float
        Of the run, in s.
    """

    def __init__(self, start: Instant, leap: int, *, tick: float) -> None:
        self.start, self.tick = start.ns, tick
        self.midnight = (start.ns // DAY_NS + 1) * DAY_NS
        self.leap = LeapCount(lead=DAY_NS)
        if leap:
            self.leap.mind(self.midnight - 1, LeapVerdict(Leap.INSERT if leap > 0 else Leap.DELETE))

    def count(self, local: float, truth: float) -> int:
        """Return the true count at a reading of the counter whose error is known."""
        return self.start + round(local * NS) + round(truth * NS)

    def late(self, local: float, truth: float) -> int:
        """Return by how many seconds honest sources are behind the count."""
        return self.leap.late(self.count(local, truth))

    def worst(self, local: float, truth: Array, clock: SteeredClock, served: LeapCount) -> float:
        """Return the greatest error of served UTC from one tick to the next, in s.

        Parameters
        ----------
        local : float
            Reading of the counter at the tick.
        truth : ndarray of float64, shape (2,)
            True time minus the counter then and at the next tick.
        clock : SteeredClock
        served : LeapCount
        """
        near = abs(self.count(local, float(truth[0])) - self.midnight) < 2 * self.tick * NS
        looks = np.arange(0.0, self.tick, HALF) if near else np.zeros(1)
        return max(
            self._error(local + look, float(truth[0] + (truth[1] - truth[0]) * look / self.tick), clock, served)
            for look in looks
        )

    def _error(self, local: float, truth: float, clock: SteeredClock, served: LeapCount) -> float:
        count = self.count(local, truth)
        raw = clock.epoch.ns + round(local * NS) + round(clock.correction(local) * NS)
        told = self._count_of(*served.utc(raw))
        return NO_SUCH_SECOND if told is None else math.fabs(told - count) / NS

    def _count_of(self, utc: int, marked: bool) -> int | None:
        """Return the count at which a time of day really is shown; None for one that never is."""
        at, by = self.leap.at, self.leap.by
        if marked:
            return utc + NS if at is not None and by > 0 and at <= utc + NS < at + NS else None
        if at is None or utc < at:
            return utc
        if by > 0:
            return utc + NS
        return utc - NS if utc >= at + NS else None
