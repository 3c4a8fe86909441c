# SPDX-License-Identifier: Apache-2.0
"""Lag-1 products of a phase record and of its differences, in three passes."""

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@numba.njit(cache=True)
def lag_products(x: Array, m: int, highest: int, stop: bool) -> Array:
    """Return Σz[i]z[i+1] and Σz² of x[::m] less its parabola, and of its first `highest` differences, means removed.

    Rows are the order of difference, 0 to 3; the row is zero where fewer than two samples are left. With `stop` no
    row is computed after one whose correlation already tells the noise.
    """
    n = (x.size - 1) // m + 1
    z = np.empty(n)
    centre = 0.5 * (n - 1)
    square = (n * n - 1) / 12.0
    first = x[0]
    s0 = s1 = s2 = 0.0
    for i in range(n):
        value = x[i * m] - first
        t = i - centre
        z[i] = value
        s0 += value
        s1 += value * t
        s2 += value * (t * t - square)
    mean = s0 / n
    slope = s1 / (n * square) if n > 1 else 0.0
    fourth = n * (n * n - 1.0) * (n * n - 4.0) / 180.0
    bend = s2 / fourth if n > 2 else 0.0  # noqa: PLR2004 - a parabola has three coefficients
    for i in range(n):
        t = i - centre
        z[i] -= mean + slope * t + bend * (t * t - square)
    out = np.zeros((4, 2))
    for order in range(highest + 1):
        count = n - order
        if count < 2:  # noqa: PLR2004 - a product needs two
            break
        a = b = c = 0.0
        before = z[0]
        for i in range(1, count):
            value = z[i]
            a += value
            b += value * value
            c += value * before
            before = value
        mean = (a + z[0]) / count
        # Σ(z−μ)(z'−μ) over neighbours, and Σ(z−μ)², from the raw sums: the mean is small beside the spread.
        out[order, 0] = c - mean * (2.0 * a + z[0] - z[count - 1]) + (count - 1) * mean * mean
        out[order, 1] = b + z[0] * z[0] - count * mean * mean
        if stop and out[order, 0] < out[order, 1] / 3.0:  # r₁ / (1 + r₁) < 1/4
            break
        if order < highest:
            for i in range(count - 1):
                z[i] = z[i + 1] - z[i]
    return out
