# SPDX-License-Identifier: Apache-2.0
"""The total statistics by their definitions, loop by loop: used where averaging factors are small."""

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
CHUNK = 2048  # windows whose samples stay in the cache while the inner loop walks through the lags


@numba.njit(cache=True)
def extended_windows(x: Array, m: int, first: int, stop: int) -> float:
    """Sum, over windows first ≤ n < stop of 3m samples, the mean square of their extended second differences.

    Each window loses its half-average slope, is reflected evenly to 9m samples, averaged over m, differenced.
    The extension is even, so that the 6m differences come in equal pairs: half of them suffice.
    """
    length = 3 * m
    half = length // 2
    lever = 0.5 * length if length % 2 == 0 else 0.5 * (length - 1) + 1.0
    sums = np.empty(9 * m + 1)
    total = 0.0
    for n in range(first, stop):
        head = tail = 0.0
        for p in range(half):
            head += x[n + p] - x[n]
            tail += x[n + length - 1 - p] - x[n]
        slope = (tail - head) / (half * lever)
        sums[0] = 0.0
        for p in range(length):
            z = (x[n + length - 1 - p] - x[n]) - slope * (length - 1 - p)
            sums[p + 1] = sums[p] + z
        for p in range(length):
            sums[length + p + 1] = sums[length + p] + ((x[n + p] - x[n]) - slope * p)
        for p in range(length):
            z = (x[n + length - 1 - p] - x[n]) - slope * (length - 1 - p)
            sums[2 * length + p + 1] = sums[2 * length + p] + z
        part = 0.0
        for j in range(6 * m):
            d = (sums[j + 3 * m] - sums[j]) - 3.0 * (sums[j + 2 * m] - sums[j + m])
            part += d * d
        total += part
    return total / (6.0 * m * m * m)


@numba.njit(cache=True)
def theo1(x: Array, m: int) -> float:
    """Sum (x[i] − x[i+k] − x[i+m−k] + x[i+m])² / k over 1 ≤ k ≤ m/2 and every i, a cacheful of windows at a time."""
    windows = x.size - m
    total = 0.0
    for first in range(0, windows, CHUNK):
        stop = min(first + CHUNK, windows)
        for k in range(1, m // 2 + 1):
            a = b = 0.0
            whole = stop - (stop - first) % 2
            for i in range(first, whole, 2):
                p = (x[i] - x[i + k]) + (x[i + m] - x[i + m - k])
                q = (x[i + 1] - x[i + 1 + k]) + (x[i + 1 + m] - x[i + 1 + m - k])
                a += p * p
                b += q * q
            for i in range(whole, stop):
                p = (x[i] - x[i + k]) + (x[i + m] - x[i + m - k])
                a += p * p
            total += (a + b) / k
    return total


@numba.njit(cache=True)
def theo1_with_gaps(x: Array, m: int) -> tuple[float, int]:
    """Do the same over the terms whose four samples exist, each lag scaled to the windows that it should have."""
    windows = x.size - m
    total = 0.0
    fewest = windows
    for k in range(1, m // 2 + 1):
        part = 0.0
        n = 0
        for i in range(windows):
            p = (x[i] - x[i + k]) + (x[i + m] - x[i + m - k])
            if p == p:  # noqa: PLR0124 - NaN is the only number unlike itself
                part += p * p
                n += 1
        if n == 0:
            return 0.0, 0
        fewest = min(fewest, n)
        total += part / n / k
    return total * fewest, fewest


@numba.njit(cache=True)
def corner(ends: Array, m: int, first: int, second: int) -> float:
    """Sum 4 / (m − d) · e[a] e[a+d] over rows, even d, a >= first, a + d >= second, 2a + d < m."""
    total = 0.0
    for row in range(ends.shape[0]):
        line = ends[row]
        for a in range(first, m - second):
            start = second + (second - a) % 2
            part = 0.0
            for b in range(start, m - a, 2):
                part += line[b] / (m - (b - a))
            total += 4.0 * part * line[a]
    return total
