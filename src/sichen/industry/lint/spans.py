# SPDX-License-Identifier: Apache-2.0
"""What rounding leaves open, carried through the four rules of arithmetic."""

import math
from dataclasses import dataclass

NEAR = 1e-9


@dataclass(frozen=True)
class Span:
    """All values that a written number may stand for.

    Examples
    --------
    >>> Span(1.0, 2.0) + Span(0.5, 0.5), Span(4.0, 6.0) / Span(2.0, 2.0)
    (Span(lower=1.5, upper=2.5), Span(lower=2.0, upper=3.0))
    """

    lower: float
    upper: float

    @classmethod
    def of(cls, ends: tuple[float, float]) -> "Span":
        """Make a span of two ends."""
        return cls(*ends)

    @property
    def middle(self) -> float:
        """The middle, or the finite end of an open span."""
        if math.isinf(self.upper):
            return self.lower
        return self.upper if math.isinf(self.lower) else (self.lower + self.upper) / 2

    def __add__(self, other: "Span") -> "Span":
        return Span(self.lower + other.lower, self.upper + other.upper)

    def __mul__(self, other: "Span") -> "Span":
        ends = [left * right for left in (self.lower, self.upper) for right in (other.lower, other.upper)]
        return Span(min(ends), max(ends))

    def __truediv__(self, other: "Span") -> "Span":
        if other.lower <= 0 <= other.upper:
            return Span(-math.inf, math.inf)
        return self * Span(1 / other.upper, 1 / other.lower)

    def shifted(self, by: float) -> "Span":
        """Return the span moved by an exact number."""
        return Span(self.lower + by, self.upper + by)

    def meets(self, other: "Span", *, slack: float = 0.0) -> bool:
        """Tell whether two spans have a value in common, or miss by less than a part of their size."""
        room = NEAR + slack * max(abs(self.middle), abs(other.middle))
        return self.lower <= other.upper + room and other.lower <= self.upper + room


def hull(spans: list[Span]) -> Span:
    """Return the smallest span that holds all."""
    return Span(min(one.lower for one in spans), max(one.upper for one in spans))


def written(number: float) -> str:
    """Write a number of an arithmetic with at most five digits."""
    return f"{number:.5g}".replace("-", "−")


def percent(number: float) -> str:
    """Write a growth or a share; `number` is a fraction.

    Examples
    --------
    >>> percent(0.2849), percent(-0.05)
    ('+28.5 %', '−5.0 %')
    """
    return f"{100 * number:+.1f} %".replace("-", "−")
