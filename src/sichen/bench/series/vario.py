# SPDX-License-Identifier: Apache-2.0
"""Least, greatest, mean and scatter of a running measurement."""

import math
from dataclasses import dataclass

from sichen.core import JSON, Figure, Message


@dataclass(frozen=True)
class VarioSummary:
    """What a running measurement has shown so far.

    Parameters
    ----------
    least, greatest, mean : Figure
        The mean carries its uncertainty, with what successive values share taken into account.
    scatter : float or None
        Standard deviation of the values; None for a single one.
    count : int
    """

    least: Figure
    greatest: Figure
    mean: Figure
    scatter: float | None
    count: int

    def to_json(self) -> dict[str, JSON]:
        """Return the figures as plain JSON."""
        return {
            "min": self.least.to_json(),
            "max": self.greatest.to_json(),
            "mean": self.mean.to_json(),
            "sigma": self.scatter,
            "count": self.count,
        }


class Vario:
    """Keep account of figures as they come, in constant memory.

    Parameters
    ----------
    unit : str
        Of the figures that will be fed.

    Examples
    --------
    >>> vario = Vario("s/d")
    >>> for value in (4.0, 5.0, 6.0):
    ...     vario.feed(Figure(value, 0.1, "s/d"))
    >>> vario.summary().mean.value
    5.0
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._count = 0
        self._mean = self._square = self._product = 0.0
        self._last = 0.0
        self._least = self._greatest = Figure.refused(unit, Message("bench.not_measured"))

    def feed(self, figure: Figure) -> None:
        """Take one figure; a refused one is passed over."""
        if figure.value is None:
            return
        figure = figure if figure.unit == self._unit else figure.to(self._unit)
        value = figure.value or 0.0
        before = self._mean
        self._count += 1
        self._mean += (value - before) / self._count
        self._square += (value - before) * (value - self._mean)
        if self._count > 1:
            self._product += (value - self._mean) * (self._last - self._mean)
        self._last = value
        if self._least.value is None or value < self._least.value:
            self._least = figure
        if self._greatest.value is None or value > self._greatest.value:
            self._greatest = figure

    def summary(self) -> VarioSummary:
        """Return what has been seen so far."""
        if not self._count:
            return VarioSummary(self._least, self._greatest, Figure.refused(self._unit, Message("bench.not_measured")), None, 0)
        if self._count == 1:
            return VarioSummary(self._least, self._greatest, self._least, None, 1)
        variance = self._square / (self._count - 1)
        # Values that hang together count for fewer: a first-order chain of this correlation.
        shared = max(-0.5, min(0.98, self._product / self._square if self._square > 0 else 0.0))
        u = math.sqrt(variance / self._count * (1 + max(shared, 0.0)) / (1 - max(shared, 0.0)))
        mean = Figure(self._mean, max(u, 0.0), self._unit)
        return VarioSummary(self._least, self._greatest, mean, math.sqrt(variance), self._count)
