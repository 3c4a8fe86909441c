# SPDX-License-Identifier: Apache-2.0
"""Intersection of intervals: the stretch of time that most sources can agree on."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Agreement:
    """What most intervals have in common.

    Parameters
    ----------
    low, high : float
        Ends of the common stretch, in s.
    members : tuple of int
        Which intervals hold it.
    """

    low: float
    high: float
    members: tuple[int, ...]


def intersect(intervals: Sequence[tuple[float, float]]) -> Agreement | None:
    """Find the stretch that lies in the greatest number of intervals.

    Parameters
    ----------
    intervals : sequence of (float, float)
        Low and high ends, low <= high.

    Returns
    -------
    Agreement or None
        Of stretches with equally many members the narrowest; None when there are no intervals.

    Notes
    -----
    Ends are sorted and counted [1]_; n intervals cost n log n.

    References
    ----------
    .. [1] K. Marzullo, Maintaining the time in a distributed system, thesis, Stanford (1984).

    Examples
    --------
    >>> intersect([(8.0, 12.0), (11.0, 13.0), (14.0, 15.0)])
    Agreement(low=11.0, high=12.0, members=(0, 1))
    """
    ends = sorted([(low, 0) for low, _ in intervals] + [(high, 1) for _, high in intervals])
    best, count, found = 0, 0, None
    for place, (value, closes) in enumerate(ends):
        if closes:
            count -= 1
            continue
        count += 1
        stretch = (value, ends[place + 1][0])
        if count > best or (count == best and found is not None and stretch[1] - stretch[0] < found[1] - found[0]):
            best, found = count, stretch
    if found is None:
        return None
    low, high = found
    members = tuple(k for k, (first, last) in enumerate(intervals) if first <= low and last >= high)
    return Agreement(low, high, members)
