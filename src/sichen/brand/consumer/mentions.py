# SPDX-License-Identifier: Apache-2.0
"""Crisis watch: when people speak of a brand more, or worse, than its own past lets expect.

Counts of mentions scatter more than Poisson; the expectation of a day is learnt from the same weekday of the weeks before it,
with a week left out so that a slow rise does not teach the watch to overlook itself (the scheme of Farrington et al. 1996).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sichen.core import DataError, Message

WEEKS = 8
GUARD = 1
NEARLY = 1e-9
"""A spread this close to that of Poisson is Poisson."""
FEWEST = 12
"""Days of the past that an expectation needs: half of what eight weeks give."""


@dataclass(frozen=True)
class Day:
    """One day of the watch.

    Parameters
    ----------
    label : str
    mentions, negative : int
    expected, limit : float or None
        Expected count and the count that is passed once in 1/`level` quiet days; None while there is too little past.
    alarm : bool
    p : float or None
        Probability of as many mentions, or of as many negative ones among them, on a quiet day.
    reason : str
        ``many``, ``negative`` or empty.
    """

    label: str
    mentions: int
    negative: int
    expected: float | None
    limit: float | None
    alarm: bool
    p: float | None
    reason: str


def watch_mentions(
    labels: Sequence[str], mentions: Sequence[int], negative: Sequence[int] | None = None, *, level: float = 1e-3
) -> tuple[Day, ...]:
    """Watch a series of daily counts.

    Parameters
    ----------
    labels : sequence of str
        One a day, in order, without gaps.
    mentions, negative : sequences of int
        All mentions, and the negative ones among them.
    level : float
        False alarms a day.

    Raises
    ------
    DataError
        If a count is negative or there are more negative mentions than mentions.
    """
    bad = [0] * len(mentions) if negative is None else list(negative)
    for row, (all_of_them, of_these) in enumerate(zip(mentions, bad, strict=True), 1):
        if all_of_them < 0 or not 0 <= of_these <= all_of_them:
            raise DataError(Message("brand.mentions.count", row=row, mentions=all_of_them, negative=of_these))
    return tuple(_day(labels[at], at, mentions, bad, level / 2) for at in range(len(mentions)))


def _day(label: str, at: int, mentions: Sequence[int], bad: Sequence[int], level: float) -> Day:
    past = [at - 7 * week + shift for week in range(1 + GUARD, 1 + GUARD + WEEKS) for shift in (-1, 0, 1)]
    past = [day for day in past if day >= 0]
    if len(past) < FEWEST:
        return Day(label, mentions[at], bad[at], None, None, alarm=False, p=None, reason="")
    counts = np.array([mentions[day] for day in past], np.float64)
    mean = float(counts.mean())
    scatter = max(float(counts.var(ddof=1)) / mean, 1.0) if mean > 0 else 1.0
    many = _tail(mentions[at], mean, scatter, len(past))
    worse = _binomial_tail(bad[at], mentions[at], (sum(bad[day] for day in past) + 0.5) / (counts.sum() + 1))
    reason = "many" if many < level else "negative" if worse < level else ""
    return Day(
        label,
        mentions[at],
        bad[at],
        mean,
        _limit(mean, scatter, len(past), level),
        bool(reason),
        min(1.0, 2 * min(many, worse)),
        reason,
    )


def _tail(count: float, mean: float, scatter: float, past: int) -> float:
    """Probability of `count` or more: a negative binomial whose scatter also holds the doubt about its mean."""
    from scipy.special import betainc, gammainc

    if count <= 0:
        return 1.0
    if mean <= 0:
        return float(0.5 ** min(count, 60.0)) / past
    spread = scatter + scatter / past
    if spread <= 1 + NEARLY:
        return float(gammainc(count, mean))
    return float(betainc(count, mean / (spread - 1), 1 - 1 / spread))


def _limit(mean: float, scatter: float, past: int, level: float) -> float:
    """Return the smallest count that would raise the alarm, by halving."""
    low, high = 0, math.ceil(mean) + 1
    while _tail(high, mean, scatter, past) >= level:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _tail(middle, mean, scatter, past) < level else (middle, high)
    return float(high)


def _binomial_tail(count: int, of: int, share: float) -> float:
    from scipy.special import betainc

    return float(betainc(count, of - count + 1, min(share, 1.0))) if count else 1.0
