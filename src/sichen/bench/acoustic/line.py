# SPDX-License-Identifier: Apache-2.0
"""The straight line through the beats, and how well it is known."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Line:
    """When the beats come: ``first + number * interval + (-1)**number * sway``.

    Parameters
    ----------
    first : float
        Seconds; beat 0 is the first beat that was heard and is called tick.
    interval : float > 0
        Mean beat interval, in seconds.
    sway : float
        Half of what the ticks are late by, in seconds.
    """

    first: float
    interval: float
    sway: float = 0.0

    def times(self, numbers: I64) -> F64:
        """Return when these beats come."""
        side = np.where(numbers % 2 == 0, 1.0, -1.0)
        return np.asarray(self.first + numbers * self.interval + side * self.sway, np.float64)

    def middle(self, number: float) -> float:
        """Return when a beat would come that leans to neither side."""
        return self.first + number * self.interval

    def number_at(self, time: float) -> int:
        """Return the number of the beat nearest to a time."""
        return round((time - self.first) / self.interval)

    def renumbered(self, by: int) -> "Line":
        """Return the same beats with every number smaller by `by`."""
        side = 1.0 if by % 2 == 0 else -1.0
        return Line(self.first + by * self.interval, self.interval, side * self.sway)


def design(numbers: I64, origin: float) -> F64:
    """Return the columns that belong to first, interval and sway, with beats counted from `origin`."""
    return np.stack([np.ones(numbers.size), numbers - origin, np.where(numbers % 2 == 0, 1.0, -1.0)], axis=1)
