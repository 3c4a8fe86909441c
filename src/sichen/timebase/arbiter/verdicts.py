# SPDX-License-Identifier: Apache-2.0
"""Who lies when something moved: the source, its companions, or the oscillator."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from sichen.timebase.arbiter.settings import SourceSettings
from sichen.timebase.clockmodel import Array
from sichen.timebase.detector import Alarm, Observer

SAME = 4.0  # deviations: nearer than this two slopes are one
MOVED = 4.0  # deviations: a companion in the lie is not waited for until it, too, reaches the threshold

LEAP = 8.0  # deviations between two readings: no jitter does that
FEWEST_ROWS = 5


class Culprit(Enum):
    """Who is to blame."""

    SOURCES = "sources"
    OSCILLATOR = "oscillator"


@dataclass(frozen=True)
class Verdict:
    """Who is to blame for an alarm, and for what.

    Parameters
    ----------
    culprit : Culprit
    sources : tuple of int
        Those to reject; empty when it was the oscillator.
    kind : {"slope", "step", "apart"}
    size : float
        In s/s or s.
    """

    culprit: Culprit
    sources: tuple[int, ...]
    kind: str
    size: float


def judge(
    alarm: Alarm,
    observer: Observer,
    heard: Sequence[int],
    settings: Sequence[SourceSettings],
    *,
    steps: Mapping[int, tuple[float, float]],
    of_late: float,
    jump: float,
) -> Verdict:
    """Decide who moved.

    Parameters
    ----------
    alarm : Alarm
    observer : Observer
        At the tick of the alarm.
    heard : sequence of int
        The sources now believed and heard.
    settings : sequence of SourceSettings
        Of all sources.
    steps : mapping of int to (float, float)
        How far each source jumped of late, and the standard deviation of that; empty when what happened is a slope.
    of_late : float
        How steep the slope of the accused at least is in its last readings, in s/s: a mark older than the lie thins it.
    jump : float
        Greatest change of frequency that the oscillator is believed capable of.

    Returns
    -------
    Verdict

    Notes
    -----
    A source that stands still beside the oscillator's prediction is a second witness for the oscillator: whoever moved
    then lied, however many they are. Where nobody stands still, several independent sources that moved alike accuse the
    oscillator, and so does a single one if the oscillator may well have moved by so little; else the sources are blamed.
    A step that all independent sources show is one of the local counter.
    """
    if alarm.other >= 0 and not steps:
        return _apart(alarm, observer, heard)
    kind = "step" if steps else "slope"
    moves = {k: steps[k] if steps else observer.slope(k, alarm.mark) for k in heard}
    own, spread = moves[alarm.source]
    still = [k for k, (size, s) in moves.items() if abs(size) < MOVED * s and abs(size - own) > SAME * _both(s, spread)]
    alike = [k for k, (size, s) in moves.items() if abs(size - own) <= SAME * _both(s, spread) and abs(size) > MOVED * s]
    guilty = tuple(sorted({alarm.source, *alike}))
    witnesses = {settings[k].witness for k in guilty}
    if still:
        return Verdict(Culprit.SOURCES, guilty, kind, own)
    if steps:
        culprit = Culprit.OSCILLATOR if len(witnesses) > 1 else Culprit.SOURCES
    else:
        culprit = Culprit.OSCILLATOR if max(abs(own), of_late) <= jump else Culprit.SOURCES
    return Verdict(culprit, () if culprit is Culprit.OSCILLATOR else guilty, kind, own)


def recent_slope(rows: Array, sigma: float, interval: float) -> float:
    """Return how steep one source's last readings at least are, in s/s: the size of their line less four deviations.

    Parameters
    ----------
    rows : ndarray of float64, shape (ticks,)
        Its readings beside the estimate; NaN where one is missing.
    sigma : float
    interval : float

    Examples
    --------
    >>> recent_slope(np.arange(10.0), 0.0, 2.0)
    0.5
    """
    known = np.flatnonzero(np.isfinite(rows))
    if known.size < FEWEST_ROWS:
        return 0.0
    time = (known - known.mean()) * interval
    spread = float(np.sum(time**2))
    return max(abs(float(time @ rows[known])) / spread - SAME * sigma / math.sqrt(spread), 0.0)


def recent_steps(rows: Array, sigma: Array) -> dict[int, tuple[float, float]]:
    """Tell whether the last readings show one jump, and how far each source went in it.

    Parameters
    ----------
    rows : ndarray of float64, shape (ticks, sources)
        Readings beside the estimate, oldest first.
    sigma : ndarray of float64, shape (sources,)

    Returns
    -------
    dict of int to (float, float)
        Size and standard deviation a source; empty unless the source that moved most jumped exactly once.

    Examples
    --------
    >>> rows = np.array([[0.0], [0.0], [0.0], [0.0], [9.0], [9.0], [9.0], [9.0]])
    >>> recent_steps(rows, np.array([0.1]))[0][0]
    9.0
    """
    if rows.shape[0] < FEWEST_ROWS:
        return {}
    moved = np.abs(np.diff(rows, axis=0)) / sigma
    if not np.isfinite(moved).any():
        return {}
    worst = int(np.argmax(np.nanmax(np.where(np.isfinite(moved), moved, 0.0), axis=0)))
    leaps = np.flatnonzero(moved[:, worst] > LEAP)
    if leaps.size != 1:
        return {}
    at = int(leaps[0]) + 1
    found = {}
    for k in range(rows.shape[1]):
        before, after = rows[:at, k], rows[at:, k]
        if np.isfinite(before).any() and np.isfinite(after).any():
            spread = float(sigma[k]) * float(np.sqrt(2.0 / np.isfinite(before).sum() + 2.0 / np.isfinite(after).sum()))
            found[k] = (float(np.nanmedian(after) - np.nanmedian(before)), spread)
    return found


def _apart(alarm: Alarm, observer: Observer, heard: Sequence[int]) -> Verdict:
    """Two sources part: the one that fewer others, and the oscillator, go along with is blamed; undecided, both are."""
    score = {k: _opponents(k, alarm, observer, heard) for k in (alarm.source, alarm.other)}
    worst = max(score.values())
    guilty = tuple(sorted(k for k, value in score.items() if value == worst))
    return Verdict(Culprit.SOURCES, guilty, "apart", alarm.size)


def _opponents(source: int, alarm: Alarm, observer: Observer, heard: Sequence[int]) -> int:
    own, spread = observer.slope(source, alarm.mark)
    against = int(abs(own) > SAME * spread)
    for k in heard:
        if k in {alarm.source, alarm.other}:
            continue
        other, s = observer.slope(k, alarm.mark)
        against += abs(own - other) > SAME * _both(s, spread)
    return against


def _both(first: float, second: float) -> float:
    return float((first**2 + second**2) ** 0.5)
