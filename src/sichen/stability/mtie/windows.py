# SPDX-License-Identifier: Apache-2.0
"""MTIE at any set of windows, or at all of them, from one walk through the doublings."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Factors = npt.NDArray[np.int64]

SHORT = 64  # one longer window alone is faster by queues than by so many doublings


def greatest_swings(x: Array, factors: Factors) -> Array:
    """Find the greatest swing of the phase within m samples, for each averaging factor m.

    Parameters
    ----------
    x : ndarray of float64, shape (n,)
        Phase in seconds; NaN where a sample is missing: the swing is then that of the samples that are there.
    factors : ndarray of int64, shape (k,), ascending, 1 <= m < n

    Returns
    -------
    ndarray of float64, shape (k,)
        Seconds.

    Notes
    -----
    Extremes over 2^k + 1 samples are doubled in place; a window between two powers is two overlapping ones.
    MTIE never falls with m, so between two equal values nothing is computed: all windows of a long record cost
    little more than as many as it has distinct values.
    """
    from sichen.stability.mtie.kernels import double, swing_by_deque, widest

    if factors.size == 1 and factors[0] > SHORT:
        return np.array([swing_by_deque(x, int(factors[0]))])
    missing = np.isnan(x)
    high = np.where(missing, -np.inf, x)
    low = np.where(missing, np.inf, x)
    out = np.empty(factors.size)
    size = x.size
    high[: size - 1] = np.maximum(high[:-1], high[1:])
    low[: size - 1] = np.minimum(low[:-1], low[1:])
    size -= 1
    power = 1
    first = 0
    while first < factors.size:
        last = int(np.searchsorted(factors, 2 * power))
        _fill(out, factors, first, last, lambda m, at=power, left=size: widest(high, low, left, m - at))  # type: ignore[misc]
        first = last
        if first < factors.size:
            size = double(high, low, power, size)
            power *= 2
    return out


def _fill(out: Array, factors: Factors, first: int, last: int, swing: Callable[[int], float]) -> None:
    """Fill out[first:last], bisecting wherever the two ends differ."""
    if first >= last:
        return
    out[first] = swing(int(factors[first]))
    out[last - 1] = swing(int(factors[last - 1])) if last - 1 > first else out[first]
    open_ranges = [(first, last - 1)]
    while open_ranges:
        left, right = open_ranges.pop()
        if right - left < 2:  # noqa: PLR2004 - neighbours: nothing lies between
            continue
        if out[left] == out[right]:
            out[left + 1 : right] = out[left]
            continue
        middle = (left + right) // 2
        out[middle] = swing(int(factors[middle]))
        open_ranges += [(left, middle), (middle, right)]
