# SPDX-License-Identifier: Apache-2.0
"""Theo1: averaging times up to three quarters of the record, exact, in O(N log² m) for each.

Notes
-----
Theo1 squares x[i] − x[i+k] − x[i+m−k] + x[i+m] for every k up to m/2 and weighs it by 1/k. Multiplied out, it is a sum
of products at fixed lags: one transform of each block of the record. Products of two inner samples, lag d = m − 2k,
lack those pairs near the ends whose indices add up to less than m: a triangle, cut into rectangles, each a short
convolution. A line removed from a block changes nothing but keeps the digits.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.stability.total.extended import BATCH, Spectrum, parseval, without_line

Array = npt.NDArray[np.float64]
Factors = npt.NDArray[np.int64]

DIRECT = 256  # up to this factor the plain loop is as fast
SMALL = 256  # side of the triangles that are summed directly
BLOCK = 15  # windows in a block, in units of m


def theo1_sums(x: Array, factors: Factors) -> Array:
    """Sum Theo1's weighted squares over its n − m windows.

    Parameters
    ----------
    x : ndarray of float64, shape (n,)
        Phase without gaps.
    factors : ndarray of int64, shape (k,), even, m < n

    Returns
    -------
    ndarray of float64, shape (k,)
        Σ over i of Σ over 1 <= k <= m/2 of (x[i] − x[i+k] − x[i+m−k] + x[i+m])² / k.
    """
    from sichen.stability.total.kernels import theo1

    return np.array([theo1(x, int(m)) if m <= DIRECT else _by_blocks(x, int(m)) for m in factors])


def theo1_with_gaps(x: Array, m: int) -> tuple[float, int]:
    """Sum over the terms that exist; see the kernel."""
    from sichen.stability.total import kernels

    return kernels.theo1_with_gaps(x, m)


def _by_blocks(x: Array, m: int) -> float:
    from sichen.stability.total.kernels import theo1

    windows = x.size - m
    count = max(1, round(windows / (BLOCK * m)))
    each = windows // count
    form = _Form.of(m, each)
    size = each + m
    blocks = np.lib.stride_tricks.as_strided(x, (count, size), (each * x.strides[0], x.strides[0]), writeable=False)
    rows = max(1, BATCH // form.length)
    total = 0.0
    for first in range(0, count, rows):
        total += form.sum_over(without_line(blocks[first : first + rows]))
    left = x[count * each :]
    return total + (float(theo1(left, m)) if left.size > m else 0.0)


@dataclass(frozen=True)
class _Form:
    """Theo1 of one factor as a quadratic form, for blocks of one number of windows."""

    m: int
    windows: int
    length: int
    short: int
    interior: Array  # real spectrum of the weights at all lags
    outer: Array  # real spectrum of the weights of pairs with one outer sample, for the ends
    inner: Array  # weights of pairs of inner samples, by lag: 4 / (m − d) for even d
    square: Array  # their real spectrum

    @classmethod
    def of(cls, m: int, windows: int) -> "_Form":
        """Prepare weights and spectra."""
        from scipy.fft import next_fast_len, rfft

        half = m // 2
        lags = np.arange(1, m)
        outer = np.zeros(m + 1)
        outer[1:m] = 1.0 / np.minimum(lags, m - lags)
        outer[half] *= 2.0
        inner = np.zeros(m + 1)
        inner[:m:2] = 4.0 / (m - np.arange(0, m, 2))
        interior = inner - 4.0 * outer
        interior[m] += 2.0 * float(np.sum(1.0 / np.arange(1, half + 1)))
        length = next_fast_len(windows + 2 * m + 1, real=True)
        short = next_fast_len(2 * m + 2, real=True)
        folded = inner[:half].copy()
        folded[0] *= 0.5
        return cls(
            m, windows, length, short, rfft(interior, length).real, rfft(outer, short).real, inner, rfft(folded, short).real
        )  # fmt: skip

    def sum_over(self, blocks: Array) -> float:
        """Sum the form over all windows of all blocks."""
        from scipy.fft import rfft

        power = (np.abs(rfft(blocks, self.length, axis=1)) ** 2).sum(axis=0)
        total = parseval(power * self.interior, self.length) + self._squares(blocks)
        for ends in (blocks[:, : self.m], np.ascontiguousarray(blocks[:, : self.windows - 1 : -1])):
            near = (np.abs(rfft(ends, self.short, axis=1)) ** 2).sum(axis=0)
            total += 2.0 * parseval(near * self.outer, self.short)
            total -= self._triangle(ends)
        return total

    def _squares(self, blocks: Array) -> float:
        """Sum the squares of the single samples with the weights of the terms they stand in."""
        m, half = self.m, self.m // 2
        squares = (blocks**2).sum(axis=0)
        mean = float(squares.mean())
        running = np.concatenate([[0.0], np.cumsum(squares - mean)])
        k = np.arange(1, half + 1)

        def from_(first: npt.NDArray[np.int64]) -> Array:
            return np.asarray(self.windows * mean + running[first + self.windows] - running[first])

        ends = from_(np.array([0, m]))
        return float(np.sum((from_(k) + from_(m - k) + ends[0] + ends[1]) / k))

    def _triangle(self, ends: Array) -> float:
        """Sum weighted products of inner samples whose indices add up to less than m."""
        from scipy.fft import rfft

        half = self.m // 2
        near = ends[:, :half]
        power = (np.abs(rfft(near, self.short, axis=1)) ** 2).sum(axis=0)
        # The square of side m/2, each pair once and each sample once, and the triangle beyond it.
        square = parseval(power * self.square, self.short) + 0.5 * float(self.inner[0]) * float((near**2).sum())
        return square + self._beyond(ends, 0, half)

    def _beyond(self, ends: Array, first: int, second: int) -> float:
        """Sum over a >= first, b >= second, a + b < m, of one row of rectangles after the other."""
        from sichen.stability.total.kernels import corner

        side = self.m - first - second
        if side <= SMALL:
            return float(corner(np.ascontiguousarray(ends), self.m, first, second))
        p = side // 2
        q = side - p
        rectangle = self._rectangle(ends[:, first : first + p], ends[:, second : second + q], second - first)
        return rectangle + self._beyond(ends, first + p, second) + self._beyond(ends, first, second + q)

    def _rectangle(self, a: Array, b: Array, distance: int) -> float:
        from scipy.fft import irfft, next_fast_len, rfft

        p, q = a.shape[1], b.shape[1]
        length = next_fast_len(p + q - 1, real=True)
        weights: Spectrum = rfft(self.inner[distance - p + 1 : distance + q], length)
        spread = irfft(rfft(a, length, axis=1) * weights, length, axis=1)[:, p - 1 : p - 1 + q]
        return float(np.vdot(spread, b))
