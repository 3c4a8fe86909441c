# SPDX-License-Identifier: Apache-2.0
"""One pass over the phase for each averaging factor: sums of squared differences, with no temporary arrays.

Each kernel returns a sum and the number of terms in it; what divides the sum belongs to `statistics`. Terms
that touch a missing sample (NaN) do not count. Four accumulators keep the adders busy and the rounding low.
"""

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
RESTART = 4096  # samples after which a running sum starts afresh, so that rounding cannot pile up


@numba.njit(cache=True)
def second_differences(x: Array, m: int) -> tuple[float, int]:
    """Sum (x[i+2m] − 2x[i+m] + x[i])² over every i."""
    n = x.size - 2 * m
    a = b = c = d = 0.0
    whole = n - n % 4
    for i in range(0, whole, 4):
        p = (x[i + 2 * m] - x[i + m]) - (x[i + m] - x[i])
        q = (x[i + 1 + 2 * m] - x[i + 1 + m]) - (x[i + 1 + m] - x[i + 1])
        r = (x[i + 2 + 2 * m] - x[i + 2 + m]) - (x[i + 2 + m] - x[i + 2])
        s = (x[i + 3 + 2 * m] - x[i + 3 + m]) - (x[i + 3 + m] - x[i + 3])
        a += p * p
        b += q * q
        c += r * r
        d += s * s
    for i in range(whole, n):
        p = (x[i + 2 * m] - x[i + m]) - (x[i + m] - x[i])
        a += p * p
    return (a + b) + (c + d), n


@numba.njit(cache=True)
def third_differences(x: Array, m: int) -> tuple[float, int]:
    """Sum (x[i+3m] − 3x[i+2m] + 3x[i+m] − x[i])² over every i."""
    n = x.size - 3 * m
    a = b = c = d = 0.0
    whole = n - n % 4
    for i in range(0, whole, 4):
        p = (x[i + 3 * m] - x[i]) - 3.0 * (x[i + 2 * m] - x[i + m])
        q = (x[i + 1 + 3 * m] - x[i + 1]) - 3.0 * (x[i + 1 + 2 * m] - x[i + 1 + m])
        r = (x[i + 2 + 3 * m] - x[i + 2]) - 3.0 * (x[i + 2 + 2 * m] - x[i + 2 + m])
        s = (x[i + 3 + 3 * m] - x[i + 3]) - 3.0 * (x[i + 3 + 2 * m] - x[i + 3 + m])
        a += p * p
        b += q * q
        c += r * r
        d += s * s
    for i in range(whole, n):
        p = (x[i + 3 * m] - x[i]) - 3.0 * (x[i + 2 * m] - x[i + m])
        a += p * p
    return (a + b) + (c + d), n


@numba.njit(cache=True)
def differences_with_gaps(x: Array, m: int, order: int, stride: int) -> tuple[float, int]:
    """Sum the squared first, second or third differences at every `stride`, leaving out what touches a gap."""
    total = 0.0
    n = 0
    for i in range(0, x.size - order * m, stride):
        if order == 1:
            d = x[i + m] - x[i]
        elif order == 2:  # noqa: PLR2004 - second differences
            d = (x[i + 2 * m] - x[i + m]) - (x[i + m] - x[i])
        else:
            d = (x[i + 3 * m] - x[i]) - 3.0 * (x[i + 2 * m] - x[i + m])
        if d == d:  # noqa: PLR0124 - NaN is the only number unlike itself
            total += d * d
            n += 1
    return total, n


@numba.njit(cache=True)
def products_of_differences(x: Array, y: Array, m: int) -> tuple[float, int]:
    """Sum the products of the second differences of two clocks, leaving out what touches a gap."""
    total = 0.0
    n = 0
    for i in range(x.size - 2 * m):
        d = ((x[i + 2 * m] - x[i + m]) - (x[i + m] - x[i])) * ((y[i + 2 * m] - y[i + m]) - (y[i + m] - y[i]))
        if d == d:  # noqa: PLR0124 - NaN is the only number unlike itself
            total += d
            n += 1
    return total, n


@numba.njit(cache=True)
def reflected_differences(x: Array, m: int) -> tuple[float, int]:
    """Sum (x*[i−m] − 2x[i] + x*[i+m])² for 0 < i < N−1, x* being x reflected oddly at both ends."""
    last = x.size - 1
    total = 0.0
    n = 0
    low = min(m, last)
    high = max(last - m, low - 1)
    for i in range(1, low):
        d = _reflected(x, i - m) - 2.0 * x[i] + _reflected(x, i + m)
        if d == d:  # noqa: PLR0124 - NaN is the only number unlike itself
            total += d * d
            n += 1
    inner = 0.0
    other = 0.0
    for i in range(low, high + 1):
        d = (x[i + m] - x[i]) - (x[i] - x[i - m])
        if d == d:  # noqa: PLR0124
            if i % 2:
                inner += d * d
            else:
                other += d * d
            n += 1
    for i in range(high + 1, last):
        d = _reflected(x, i - m) - 2.0 * x[i] + _reflected(x, i + m)
        if d == d:  # noqa: PLR0124
            total += d * d
            n += 1
    return total + (inner + other), n


@numba.njit(cache=True)
def _reflected(x: Array, i: int) -> float:
    last = x.size - 1
    if i < 0:
        return float(2.0 * x[0] - x[-i])
    if i > last:
        return float(2.0 * x[last] - x[2 * last - i])
    return float(x[i])


@numba.njit(cache=True)
def averaged_differences(x: Array, m: int) -> tuple[float, int]:
    """Sum the squares of the m-sums of second differences (the modified Allan variance), over complete windows.

    The m-sum is carried along and started afresh often: a prefix sum over the whole record would lose digits
    on a wandering clock, as (N/m)^2.5 of the rounding unit.
    """
    n = x.size - 3 * m + 1
    restart = max(RESTART, 2 * m)
    total = 0.0
    for start in range(0, n, restart):
        d = 0.0
        for j in range(start, start + m):
            d += (x[j + 2 * m] - x[j + m]) - (x[j + m] - x[j])
        part = d * d
        for i in range(start, min(start + restart, n) - 1):
            d += (x[i + 3 * m] - x[i]) - 3.0 * (x[i + 2 * m] - x[i + m])
            part += d * d
        total += part
    return total, n


@numba.njit(cache=True)
def parabolic_differences(x: Array, m: int) -> tuple[float, int]:
    """Sum the squares of Σ ((m−1)/2 − k)(x[i+k] − x[i+m+k]) over i < N − 2m (the parabolic variance)."""
    n = x.size - 2 * m
    restart = max(RESTART, 2 * m)
    half = 0.5 * (m - 1)
    total = 0.0
    for start in range(0, n, restart):
        base = x[start]
        left = right = weighted = 0.0
        for k in range(m):
            left += x[start + k] - base
            right += x[start + m + k] - base
            weighted += (half - k) * (x[start + k] - x[start + m + k])
        part = weighted * weighted
        for i in range(start, min(start + restart, n) - 1):
            first = x[i] - base
            middle = x[i + m] - base
            last = x[i + 2 * m] - base
            # Moving on by one sample raises every weight by one and swaps the ends.
            weighted += (left - right) - (half + 1.0) * (first - middle) - half * (middle - last)
            left += middle - first
            right += last - middle
            part += weighted * weighted
        total += part
    return total, n
