# SPDX-License-Identifier: Apache-2.0
"""One pass over the phase for each averaging factor: sums of squared differences, with no temporary arrays.

Each kernel returns a sum and the number of terms in it; what divides the sum belongs to `families`. Terms
that touch a missing sample (NaN) do not count. Four accumulators keep the adders busy and the rounding low.
"""

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
RESTART = 2048  # samples after which a running sum starts afresh, so that rounding cannot pile up


@numba.njit(cache=True)
def second_differences(x: Array, m: int) -> tuple[float, int]:
    """Sum (x[i+2m] − 2x[i+m] + x[i])² over every i."""
    n = x.size - 2 * m
    p, q, r = x[:n], x[m : m + n], x[2 * m :]  # indices into slices need no check for the sign: the loop becomes vectors
    a = b = c = d = 0.0
    for k in range(n // 4):
        i = 4 * k
        e = (r[i] - q[i]) - (q[i] - p[i])
        f = (r[i + 1] - q[i + 1]) - (q[i + 1] - p[i + 1])
        g = (r[i + 2] - q[i + 2]) - (q[i + 2] - p[i + 2])
        h = (r[i + 3] - q[i + 3]) - (q[i + 3] - p[i + 3])
        a += e * e
        b += f * f
        c += g * g
        d += h * h
    for i in range(n - n % 4, n):
        e = (r[i] - q[i]) - (q[i] - p[i])
        a += e * e
    return (a + b) + (c + d), n


@numba.njit(cache=True)
def third_differences(x: Array, m: int) -> tuple[float, int]:
    """Sum (x[i+3m] − 3x[i+2m] + 3x[i+m] − x[i])² over every i."""
    n = x.size - 3 * m
    p, q, r, s = x[:n], x[m : m + n], x[2 * m : 2 * m + n], x[3 * m :]
    a = b = c = d = 0.0
    for k in range(n // 4):
        i = 4 * k
        e = (s[i] - p[i]) - 3.0 * (r[i] - q[i])
        f = (s[i + 1] - p[i + 1]) - 3.0 * (r[i + 1] - q[i + 1])
        g = (s[i + 2] - p[i + 2]) - 3.0 * (r[i + 2] - q[i + 2])
        h = (s[i + 3] - p[i + 3]) - 3.0 * (r[i + 3] - q[i + 3])
        a += e * e
        b += f * f
        c += g * g
        d += h * h
    for i in range(n - n % 4, n):
        e = (s[i] - p[i]) - 3.0 * (r[i] - q[i])
        a += e * e
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
def reflected_differences(x: Array, m: int, gaps: bool) -> tuple[float, int]:
    """Sum (x*[i−m] − 2x[i] + x*[i+m])² for 0 < i < N−1, x* being x reflected oddly at both ends."""
    last = x.size - 1
    total = 0.0
    n = 0
    if last >= 2 * m:  # where nothing is reflected these are plain second differences
        total, n = differences_with_gaps(x, m, 2, 1) if gaps else second_differences(x, m)
    head = min(m, last)
    for k in range(head - 1 + last - max(last - m + 1, head)):
        i = k + 1 if k < head - 1 else k - (head - 1) + max(last - m + 1, head)
        d = _reflected(x, i - m) - 2.0 * x[i] + _reflected(x, i + m)
        if d == d:  # noqa: PLR0124 - NaN is the only number unlike itself
            total += d * d
            n += 1
    return total, n


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
    on a wandering clock, as (N/m)^2.5 of the rounding unit. Four sums are carried side by side, for each addition
    waits for the one before it.
    """
    n = x.size - 3 * m + 1
    restart = max(RESTART, 2 * m)
    total = 0.0
    place = 0
    while place + 4 * restart <= n:
        total += _four_carried(x[place:], m, restart)
        place += 4 * restart
    for start in range(place, n, restart):
        d = _summed(x[start:], m)
        part = d * d
        for i in range(start, min(start + restart, n) - 1):
            d += (x[i + 3 * m] - x[i]) - 3.0 * (x[i + 2 * m] - x[i + m])
            part += d * d
        total += part
    return total, n


@numba.njit(cache=True)
def _summed(x: Array, m: int) -> float:
    p, q, r = x[:m], x[m : 2 * m], x[2 * m : 3 * m]
    total = 0.0
    for j in range(m):
        total += (r[j] - q[j]) - (q[j] - p[j])
    return total


@numba.njit(cache=True)
def _four_carried(x: Array, m: int, restart: int) -> float:
    """Sum the squares over four stretches of `restart` windows each."""
    a, b, c, d = _summed(x, m), _summed(x[restart:], m), _summed(x[2 * restart :], m), _summed(x[3 * restart :], m)
    sa, sb, sc, sd = a * a, b * b, c * c, d * d
    p, q, r, s = x, x[m:], x[2 * m :], x[3 * m :]
    pb, qb, rb, sb_ = p[restart:], q[restart:], r[restart:], s[restart:]
    pc, qc, rc, sc_ = pb[restart:], qb[restart:], rb[restart:], sb_[restart:]
    pd, qd, rd, sd_ = pc[restart:], qc[restart:], rc[restart:], sc_[restart:]
    for i in range(restart - 1):
        a += (s[i] - p[i]) - 3.0 * (r[i] - q[i])
        b += (sb_[i] - pb[i]) - 3.0 * (rb[i] - qb[i])
        c += (sc_[i] - pc[i]) - 3.0 * (rc[i] - qc[i])
        d += (sd_[i] - pd[i]) - 3.0 * (rd[i] - qd[i])
        sa += a * a
        sb += b * b
        sc += c * c
        sd += d * d
    return (sa + sb) + (sc + sd)


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
