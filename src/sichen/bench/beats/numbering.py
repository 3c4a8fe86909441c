# SPDX-License-Identifier: Apache-2.0
"""Which beat is which: numbers that survive missed beats, double detections, pauses and splices."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

SHORTEST = 1 / 4000  # s: a tuning fork of 360 Hz beats every 1/360 s, nothing beats faster than this
LONGEST = 5.0  # s: a tower clock beats every two seconds
FEWEST = 8  # beats: three unknowns and something left over
_HEARD = 0.3  # of the beats: a comb of which more is empty is too fine, and takes in whatever falls on it
_WINDOW = 8
_STEP = 10.0  # robust standard deviations
_ECHO = 0.5  # of the mean interval: beyond this the two intervals are a beat and its echo


@dataclass(frozen=True)
class NumberedBeats:
    """Beat times with their numbers.

    Parameters
    ----------
    index : ndarray of int64, shape (n,)
        Where each beat stands in the list that was given.
    number : ndarray of int64, shape (n,)
        Which beat it is. Numbers rise through the whole list, and a missed beat leaves a gap; between two
        segments they only keep the order, because nobody counted the beats of the pause.
    segment : ndarray of int64, shape (n,)
        Stretch of unbroken phase, counted from 0.
    beat_interval : float
        First estimate, in seconds.
    doubled, strays : int
        Times left out: second detections of a beat, and times that are no beat.
    """

    index: Numbers
    number: Numbers
    segment: Numbers
    beat_interval: float
    doubled: int
    strays: int

    @property
    def breaks(self) -> int:
        """Places where the phase is lost."""
        return int(self.segment[-1]) if self.segment.size else 0

    @property
    def missed(self) -> int:
        """Beats that should have come within the segments and were not heard."""
        same = np.diff(self.segment) == 0
        return int(np.sum(np.diff(self.number)[same] - 1))


def number_times(times: npt.ArrayLike, *, beat_interval: float | None = None) -> NumberedBeats:
    """Give every beat its number.

    Parameters
    ----------
    times : array_like of float, shape (n,)
        Times of one sound of each beat, ascending, in seconds, finite.
    beat_interval : float, optional
        What the user says, in seconds; found from the times when absent.

    Returns
    -------
    NumberedBeats
        Empty when no regular beat is found.

    Examples
    --------
    >>> found = number_times([0.0, 0.13, 0.25, 0.38, 0.5, 0.63, 0.88, 1.0, 1.13, 1.25])
    >>> found.number.tolist(), round(found.beat_interval, 3)
    ([0, 1, 2, 3, 4, 5, 7, 8, 9, 10], 0.125)
    """
    from sichen.bench.beats.kernels import number_beats

    t = np.asarray(times, dtype=np.float64)
    candidates = [guess for guess in _guesses(t, near=beat_interval) if SHORTEST <= guess <= LONGEST]
    best = _empty(0.0, t.size)
    for period in candidates:
        numbers, segments = number_beats(t, period)
        found = _tidy(t, numbers, segments, period)
        heard = found.index.size / max(found.index.size + found.missed, 1)
        if found.index.size > best.index.size and heard >= _HEARD:
            best = found
    return best


def _guesses(t: Times, *, near: float | None) -> list[float]:
    """Propose beat intervals: half of the commonest time between next-but-one sounds, which beat error leaves alone."""
    if t.size < FEWEST:
        return []
    singles, pairs = np.diff(t), (t[2:] - t[:-2]) / 2
    if near is not None:
        close = np.concatenate([pairs, singles])
        close = close[np.abs(close / near - 1) < 0.05]  # noqa: PLR2004 - further off it is another watch
        return [float(np.median(close))] if close.size else [near]
    guesses = [_densest(pairs), _densest(singles)]
    if _uneven(singles, guesses[0]) > _ECHO:
        guesses[0] *= 2
    return list(dict.fromkeys(guesses))


def _uneven(singles: Times, interval: float) -> float:
    """Return by how much of its mean the single interval swings."""
    inside = singles[singles < 2 * interval]
    return float(np.median(np.abs(inside - interval))) / interval if inside.size else 0.0


def _densest(values: Times) -> float:
    """Return the half-sample mode, then the mean of what lies within 2 % of it."""
    v = np.sort(values[values > 0])
    if not v.size:
        return 0.0
    part = v
    while part.size > 3:  # noqa: PLR2004 - the mode of three is their middle
        half = (part.size + 1) // 2
        start = int(np.argmin(part[half - 1 :] - part[: part.size - half + 1]))
        part = part[start : start + half]
    mode = float(np.median(part))
    near = v[np.abs(v - mode) <= 0.02 * mode]
    return float(np.mean(near)) if near.size else mode


def _empty(period: float, total: int) -> NumberedBeats:
    none = np.zeros(0, dtype=np.int64)
    return NumberedBeats(none, none, none, period, 0, total)


def _tidy(t: Times, numbers: Numbers, segments: Numbers, period: float) -> NumberedBeats:
    index = np.flatnonzero(segments >= 0)
    if index.size < FEWEST:
        return _empty(period, t.size)
    index = index[np.argsort(t[index], kind="stable")]
    number, segment = numbers[index], _split_steps(t[index], numbers[index], segments[index], period)
    sizes = np.bincount(segment)
    kept = sizes[segment] >= FEWEST
    index, number, segment = index[kept], number[kept], segment[kept]
    if not index.size:
        return _empty(period, t.size)
    segment = np.cumsum(np.concatenate([[0], np.diff(segment) != 0]))
    doubled = int(np.sum(segments == -2))  # noqa: PLR2004 - DUPLICATE of the kernel, which only imports with numba
    number = _rising(t[index], number, segment, period)
    return NumberedBeats(index, number, segment, period, doubled, t.size - index.size - doubled)


def _rising(t: Times, number: Numbers, segment: Numbers, period: float) -> Numbers:
    """Let the numbers of later segments go on where the clock on the wall would put them."""
    out: Numbers = number - number[0]
    for first in np.flatnonzero(np.diff(segment)) + 1:
        skipped = max(1, round((t[first] - t[first - 1]) / period))
        out[first:] += out[first - 1] + skipped - out[first]
    return out


def _split_steps(t: Times, number: Numbers, segment: Numbers, period: float) -> Numbers:
    """Break segments where the phase jumps by less than the loop's tolerance: a splice that nearly fits."""
    if t.size < 4 * _WINDOW:
        return segment
    x = t - number * period
    views = np.lib.stride_tricks.sliding_window_view(x, _WINDOW)
    # A window of even length holds as many ticks as tocks, so that beat error cancels.
    level = np.mean(np.sort(views, axis=1)[:, 1:-1], axis=1)
    step = level[_WINDOW:] - level[:-_WINDOW]
    inside = segment[2 * _WINDOW - 1 :] == segment[: -(2 * _WINDOW - 1)]
    if not inside.any():
        return segment
    centre = np.median(step[inside])
    scatter = max(1.4826 * float(np.median(np.abs(step[inside] - centre))), 1e-6)
    height = np.where(inside, np.abs(step - centre), 0.0)
    breaks = np.zeros(t.size, dtype=np.int64)
    for peak in _peaks(height, limit=max(_STEP * scatter, 2e-4)):
        breaks[peak + _WINDOW] = 1
    broken = np.concatenate([[0], np.diff(segment) != 0]) + breaks
    return np.cumsum(np.minimum(broken, 1), dtype=np.int64)


def _peaks(height: Times, *, limit: float) -> list[int]:
    """Return the tallest place of every stretch above the limit."""
    above = np.flatnonzero(height > limit)
    if not above.size:
        return []
    runs = np.split(above, np.flatnonzero(np.diff(above) > 1) + 1)
    return [int(run[np.argmax(height[run])]) for run in runs]
