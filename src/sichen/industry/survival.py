# SPDX-License-Identifier: Apache-2.0
"""Time to an event when many have not met it yet: Kaplan and Meier."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sichen.core import JSON, DataError, Message

NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Survival:
    """A survival curve.

    Parameters
    ----------
    times, survival, lower, upper : tuple of float
        After each time at which somebody met the event; 95 % bounds by Greenwood's variance of log(-log S).
    at_risk, events : tuple of int
    count, censored : int
    """

    times: tuple[float, ...]
    survival: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    at_risk: tuple[int, ...]
    events: tuple[int, ...]
    count: int
    censored: int

    @property
    def median(self) -> float | None:
        """The first time at which half or fewer survive; None where more than half always do."""
        return next((time for time, left in zip(self.times, self.survival, strict=True) if left <= 0.5 + 1e-12), None)

    def to_json(self) -> dict[str, JSON]:
        """Return the curve as plain JSON."""
        steps: list[JSON] = [
            {"time": time, "survival": left, "lower": low, "upper": high, "at_risk": risk, "events": met}
            for time, left, low, high, risk, met in zip(
                self.times, self.survival, self.lower, self.upper, self.at_risk, self.events, strict=True
            )
        ]
        return {"steps": steps, "median": self.median, "count": self.count, "censored": self.censored}


def kaplan_meier(durations: Sequence[float], ended: Sequence[bool]) -> Survival:
    """Estimate a survival curve.

    Parameters
    ----------
    durations : sequence of float >= 0
    ended : sequence of bool
        Whether the event was met at that time; False where it was not yet.

    Notes
    -----
    E. L. Kaplan and P. Meier, J. Am. Stat. Assoc. 53 (1958), 457-481.

    Examples
    --------
    >>> found = kaplan_meier([6, 6, 6, 7, 10, 13, 16], [True, True, True, True, True, True, True])
    >>> found.times, [round(left, 4) for left in found.survival][:2]
    ((6, 7, 10, 13, 16), [0.5714, 0.4286])
    """
    if len(durations) != len(ended) or not durations or min(durations) < 0:
        raise DataError(Message("industry.survival.nothing"))
    left, variance = 1.0, 0.0
    rows: list[tuple[float, float, float, float, int, int]] = []
    for time in sorted({one for one, met in zip(durations, ended, strict=True) if met}):
        risk = sum(one >= time for one in durations)
        met = sum(one == time and event for one, event in zip(durations, ended, strict=True))
        left *= 1 - met / risk
        variance += met / (risk * (risk - met)) if risk > met else 0.0
        rows.append((time, left, *_bounds(left, variance), risk, met))
    return Survival(
        times=tuple(row[0] for row in rows),
        survival=tuple(row[1] for row in rows),
        lower=tuple(row[2] for row in rows),
        upper=tuple(row[3] for row in rows),
        at_risk=tuple(row[4] for row in rows),
        events=tuple(row[5] for row in rows),
        count=len(durations),
        censored=len(durations) - sum(ended),
    )


def _bounds(left: float, variance: float) -> tuple[float, float]:
    if left in {0.0, 1.0}:
        return left, left
    spread = NORMAL_95 * math.sqrt(variance) / abs(math.log(left))
    return left ** math.exp(spread), left ** math.exp(-spread)
