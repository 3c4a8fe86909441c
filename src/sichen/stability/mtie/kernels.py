# SPDX-License-Identifier: Apache-2.0
"""Running extremes in O(N) memory: by doubling for many windows of one record, by deque for one window as it comes."""

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@numba.njit(cache=True)
def double(high: Array, low: Array, m: int, size: int) -> int:
    """Turn the extremes over m + 1 samples into those over 2m + 1, in place; return how many windows remain."""
    left = size - m
    for i in range(left):
        high[i] = max(high[i], high[i + m])
        low[i] = min(low[i], low[i + m])
    return left


@numba.njit(cache=True)
def widest(high: Array, low: Array, size: int, shift: int) -> float:
    """Return the greatest swing when each window is joined with the one `shift` later."""
    best = -np.inf
    other = -np.inf
    n = size - shift
    for i in range(0, n - 1, 2):
        p = max(high[i], high[i + shift]) - min(low[i], low[i + shift])
        q = max(high[i + 1], high[i + 1 + shift]) - min(low[i + 1], low[i + 1 + shift])
        best = max(best, p)
        other = max(other, q)
    if n % 2:
        best = max(best, max(high[n - 1], high[n - 1 + shift]) - min(low[n - 1], low[n - 1 + shift]))
    return max(best, other)


@numba.njit(cache=True)
def swing_by_deque(x: Array, m: int) -> float:
    """Return the greatest swing in m + 1 samples with two monotonic queues: one pass, O(m) memory."""
    width = m + 1
    ups = np.empty(width, np.int64)
    downs = np.empty(width, np.int64)
    up_head = up_size = down_head = down_size = 0
    best = -np.inf
    for i in range(x.size):
        value = x[i]
        if up_size and ups[up_head] <= i - width:
            up_head = (up_head + 1) % width
            up_size -= 1
        if down_size and downs[down_head] <= i - width:
            down_head = (down_head + 1) % width
            down_size -= 1
        if value == value:  # noqa: PLR0124 - NaN is the only number unlike itself
            while up_size and x[ups[(up_head + up_size - 1) % width]] <= value:
                up_size -= 1
            ups[(up_head + up_size) % width] = i
            up_size += 1
            while down_size and x[downs[(down_head + down_size - 1) % width]] >= value:
                down_size -= 1
            downs[(down_head + down_size) % width] = i
            down_size += 1
        if i >= m and up_size:
            best = max(best, x[ups[up_head]] - x[downs[down_head]])
    return best
