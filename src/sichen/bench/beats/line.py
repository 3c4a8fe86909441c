# SPDX-License-Identifier: Apache-2.0
"""The straight line through the beats: t = t₀ + kP + (−1)ᵏb, one P for all segments, one t₀ and b for each."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.bench.beats.grid import FINEST, rounding_left
from sichen.bench.beats.noise import mean_variance, noise_level
from sichen.core import TooFewSamples

Times = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

_FAR = 5.0  # robust standard deviations: a normal beat of a million is further off
_ROUNDS = 30


@dataclass(frozen=True)
class Line:
    """What the line says.

    Parameters
    ----------
    beat_interval, beat_interval_u : float
        Seconds, with standard uncertainty from jitter, wander and rounding.
    white_u : float
        The part of `beat_interval_u` that white jitter alone would give: the textbook lower bound.
    beat_error, beat_error_u : float
        Seconds, signed: (tick to tock minus tock to tick) / 2; the first beat of the first segment is a tick.
    scatter : float
        Standard deviation of the beats about the line, seconds.
    residual : ndarray of float64, shape (n,)
        Seconds, positive when the beat came late.
    side : ndarray of int64, shape (n,)
        0 for a tick, 1 for a tock.
    used : ndarray of bool, shape (n,)
        False where the beat was further off than five robust standard deviations.
    sides_known : bool
        Whether ticks were told from tocks in every segment.
    """

    beat_interval: float
    beat_interval_u: float
    white_u: float
    beat_error: float
    beat_error_u: float
    scatter: float
    residual: Times
    side: Numbers
    used: npt.NDArray[np.bool_]
    sides_known: bool


def fit_line(times: npt.ArrayLike, number: npt.ArrayLike, *, segment: npt.ArrayLike | None = None, grid: float = 0.0) -> Line:
    """Fit beat interval and beat error to numbered beats, robustly.

    Parameters
    ----------
    times : array_like of float, shape (n,), n >= 8
        Seconds, finite.
    number : array_like of int, shape (n,)
        Which beat each is.
    segment : array_like of int, shape (n,), optional
        Stretch of unbroken phase that each belongs to; one stretch when absent.
    grid : float >= 0
        Step that the times were rounded to, in seconds.

    Returns
    -------
    Line

    Raises
    ------
    TooFewSamples
        If there are fewer than 8 beats.

    Notes
    -----
    Least squares after leaving out, again and again, what lies beyond five times 1.4826 × the median
    absolute residual; so a clean list gives exactly the plain fit.

    Examples
    --------
    >>> k = np.arange(16)
    >>> line = fit_line(0.1 + 0.125 * k + 0.0002 * (-1.0) ** k, k)
    >>> round(line.beat_interval, 6), round(line.beat_error * 1e3, 3)
    (0.125, -0.4)
    """
    t, k = np.asarray(times, dtype=np.float64), np.asarray(number, dtype=np.int64)
    if t.size < 8:  # noqa: PLR2004 - named in the error
        raise TooFewSamples(got=t.size, need=8)
    groups = np.zeros(t.size, dtype=np.int64) if segment is None else np.asarray(segment, dtype=np.int64)
    stretch = np.unique(groups, return_inverse=True)[1]
    group = 2 * stretch + (k & 1)
    slope, level, used = _robust(t, k, group, grid)
    residual = t - slope * k - level[group]
    variance, white = _slope_variances(residual, k, stretch, used)
    scatter = float(np.sqrt(np.sum(residual[used] ** 2) / max(int(used.sum()) - 2 - int(stretch.max()), 1)))
    left = rounding_left(max(grid, FINEST), scatter=scatter)
    span = float(np.ptp(k)) or 1.0
    freedom = t.size / (t.size - 2 - float(stretch.max()))
    errors, flipped, known = _beat_errors(level, stretch, k, used, scatter)
    sides = (k & 1) ^ flipped[stretch]
    return Line(
        beat_interval=slope,
        beat_interval_u=float(np.sqrt(variance + (left / span) ** 2 * 2)),
        white_u=float(np.sqrt(white)),
        beat_error=errors,
        beat_error_u=float(np.sqrt(4 * mean_variance((residual * (1 - 2 * sides))[used]) * freedom + 2 * left**2)),
        scatter=scatter,
        residual=residual,
        side=sides,
        used=used,
        sides_known=known,
    )


def _robust(t: Times, k: Numbers, group: Numbers, grid: float) -> tuple[float, Times, npt.NDArray[np.bool_]]:
    used = np.ones(t.size, dtype=np.bool_)
    floor = max(grid / np.sqrt(12), 1e-9)
    # The median absolute residual of a few beats is itself uncertain, and three of them are spent on the line.
    far = _FAR * (1 + 10 / t.size)
    slope, level = _least_squares(t, k, group, used)
    slope, level = _first_guess(t, k, group, slope, level)
    for _ in range(_ROUNDS):
        residual = np.abs(t - slope * k - level[group])
        kept = residual <= far * max(1.4826 * float(np.median(residual[used])), floor)
        slope, level = _least_squares(t, k, group, kept)
        if np.array_equal(kept, used):
            break
        used = kept
    return slope, level, used


def _first_guess(t: Times, k: Numbers, group: Numbers, slope: float, level: Times) -> tuple[float, Times]:
    """Start from medians, so that a wild beat cannot hide by bending the first line towards itself."""
    rest = t - slope * k - level[group]
    middle = np.array([np.median(rest[group == g]) if np.any(group == g) else 0.0 for g in range(level.size)])
    return slope, level + middle


def _least_squares(t: Times, k: Numbers, group: Numbers, used: npt.NDArray[np.bool_]) -> tuple[float, Times]:
    """Return the common slope and the level of each group (segment and side)."""
    count = np.bincount(group, weights=used, minlength=int(group.max()) + 1)
    safe = np.maximum(count, 1)
    mean_k = np.bincount(group, weights=k * used, minlength=count.size) / safe
    mean_t = np.bincount(group, weights=t * used, minlength=count.size) / safe
    dk, dt = (k - mean_k[group])[used], (t - mean_t[group])[used]
    slope = float(dk @ dt) / float(dk @ dk)
    return slope, mean_t - slope * mean_k


def _slope_variances(residual: Times, k: Numbers, stretch: Numbers, used: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Return the variance of the slope, and what of it white jitter gives."""
    rows, sizes, leverage = [], [], []
    for number in range(int(stretch.max()) + 1):
        chosen = (stretch == number) & used
        if np.count_nonzero(chosen) < 4:  # noqa: PLR2004 - nothing is left after two levels and a slope
            continue
        part = k[chosen].astype(np.float64)
        rows.append(residual[chosen])
        sizes.append(float(np.ptp(part)) + 1)
        leverage.append(float(np.sum((part - part.mean()) ** 2)))
    noise = noise_level(rows)
    weight = np.asarray(leverage)
    return noise.slope_variance(np.asarray(sizes), weight), noise.white / float(weight.sum())


def _beat_errors(
    level: Times, stretch: Numbers, k: Numbers, used: npt.NDArray[np.bool_], scatter: float
) -> tuple[float, Numbers, bool]:
    """Return the beat error, which segments begin with a tock, and whether that is certain.

    Nobody counted the beats of a pause, so a segment may begin on either side. Its sign is taken from the
    first segment where the beat error stands out of the jitter.
    """
    total = int(stretch.max()) + 1
    first = np.array([k[stretch == s].min() for s in range(total)])
    weight = np.bincount(stretch, weights=used, minlength=total)
    error = np.array([_segment_error(level, s) for s in range(total)])
    certain = np.abs(error) > 4 * 2 * scatter / np.sqrt(np.maximum(weight, 1))
    # The first beat of the list is a tick whatever its number.
    flipped = np.zeros(total, dtype=np.int64)
    flipped[0] = first[0] & 1
    signed = np.where(flipped == 1, -error, error)
    for s in range(1, total):
        turned = certain[s] and certain[0] and error[s] * signed[0] < 0
        flipped[s] = int(turned) if certain[s] and certain[0] else 0
        signed[s] = -error[s] if flipped[s] else error[s]
    known = total == 1 or bool(certain.all())
    return float(np.sum(signed * weight) / np.sum(weight)), flipped, known


def _segment_error(level: Times, segment: int) -> float:
    """With t = … + (−1)ᵏb the even beats come b late and the odd ones b early: tick to tock is P − 2b."""
    even, odd = level[2 * segment], level[2 * segment + 1] if 2 * segment + 1 < level.size else level[2 * segment]
    return float(odd - even)
