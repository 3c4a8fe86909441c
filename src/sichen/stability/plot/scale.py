# SPDX-License-Identifier: Apache-2.0
"""Logarithmic axes: whole decades where they fit, 2 and 5 between them where there are few."""

import math
from dataclasses import dataclass

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
FEW = 2.0  # decades: below this, 2 and 5 are labelled too


@dataclass(frozen=True)
class LogScale:
    """From values low … high to places first … last on the picture."""

    low: float
    high: float
    first: float
    last: float

    @classmethod
    def over(cls, values: list[float], first: float, last: float) -> "LogScale":
        """Choose the range of an axis: the values with a little room, at least half a decade."""
        low, high = math.log10(min(values)), math.log10(max(values))
        room = max(0.05 * (high - low), 0.05, 0.25 - 0.5 * (high - low))
        return cls(10.0 ** (low - room), 10.0 ** (high + room), first, last)

    def at(self, value: float) -> float:
        """Return the place of a value."""
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.first + share * (self.last - self.first)

    def inside(self, value: float) -> bool:
        """Tell whether a value lies on the axis."""
        return self.low <= value <= self.high

    def marks(self) -> list[tuple[float, str]]:
        """Return values to label, with their labels."""
        decades = math.log10(self.high / self.low)
        steps = (1, 2, 5) if decades < FEW else (1,)
        every = max(1, math.ceil(decades / 9.0))
        found = []
        for exponent in range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1):
            for step in steps:
                value = step * 10.0**exponent
                if self.inside(value) and exponent % every == 0:
                    found.append((value, label(value)))
        return found

    def minor(self) -> list[float]:
        """Return values for fine grid lines."""
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        if last - first > 7:  # noqa: PLR2004 - finer lines would run together
            return []
        return [step * 10.0**e for e in range(first, last + 1) for step in range(2, 10) if self.inside(step * 10.0**e)]


def label(value: float) -> str:
    """Write a round number: plain near one, as a power of ten far from it.

    Examples
    --------
    >>> label(100.0), label(5e-12)
    ('100', '5·10⁻¹²')
    """
    if 0.009 < value < 2e4:  # noqa: PLR2004 - what reads well as it is
        return f"{value:g}"
    exponent = math.floor(math.log10(value) + 1e-9)
    digit = round(value / 10.0**exponent)
    power = "10" + str(exponent).translate(SUPERSCRIPTS)
    return power if digit == 1 else f"{digit}·{power}"
