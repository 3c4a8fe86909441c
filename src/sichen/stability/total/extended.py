# SPDX-License-Identifier: Apache-2.0
"""Sums of the modified and the Hadamard total variance over all windows, exact, in O(N log m) for each factor.

Notes
-----
Extended evenly, a window z of L = 3m samples is one half of an even series of period 6m, so its mean square is a
quadratic form zᵀAz with A[p, q] = (r[p − q] + r[p + q + 1]) / 3m, r the circular autocorrelation of the filter
(m-average, second difference). Summed over windows, pairs at lag l in the interior of a block weigh
r[l](L − l) + 2ρ(l), with ρ(l) = r[l + 1] + r[l + 3] + …: one convolution, hence one FFT. Pairs near the two ends
of a block weigh less; their deficit is again Toeplitz or Hankel and costs FFTs of 6m points. The half-average
slope s = g·z is a rank-one correction: zᵀAz − 2 s (At·z) + s² tᵀAt. A line removed from a whole block changes
nothing but keeps the digits.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Factors = npt.NDArray[np.int64]
Spectrum = npt.NDArray[np.complex128]

DIRECT = 8  # up to this factor the plain loop is faster
BLOCK = 45  # windows in a block, in units of m
BATCH = 1 << 21  # samples transformed at a time: 16 MB


def total_sums(x: Array, factors: Factors) -> Array:
    """Sum the mean squares of extended windows.

    Parameters
    ----------
    x : ndarray of float64, shape (n,)
        Phase (modified total) or increments of phase (Hadamard total), without gaps.
    factors : ndarray of int64, shape (k,), 1 <= m <= n / 3

    Returns
    -------
    ndarray of float64, shape (k,)
        Σ over the n − 3m + 1 windows of the mean of the 6m squared differences of their extensions.
    """
    from sichen.stability.total.kernels import extended_windows

    return np.array(
        [extended_windows(x, int(m), 0, x.size - 3 * int(m) + 1) if m <= DIRECT else _by_blocks(x, int(m)) for m in factors]
    )


def _by_blocks(x: Array, m: int) -> float:
    from sichen.stability.total.kernels import extended_windows

    windows = x.size - 3 * m + 1
    count = max(1, round(windows / max(BLOCK * m, 1024)))
    each = windows // count
    form = _Form.of(m, each)
    size = each + 3 * m - 1
    blocks = np.lib.stride_tricks.as_strided(x, (count, size), (each * x.strides[0], x.strides[0]), writeable=False)
    rows = max(1, BATCH // form.length)
    total = 0.0
    for first in range(0, count, rows):
        total += form.sum_over(without_line(blocks[first : first + rows]))
    return total + float(extended_windows(x, m, count * each, windows))


def without_line(blocks: Array) -> Array:
    """Take its least-squares line from each row: it changes no difference, but would cost digits."""
    size = blocks.shape[1]
    t = np.arange(size) - 0.5 * (size - 1)
    flat = blocks - blocks.mean(axis=1, keepdims=True)
    slope = flat @ t / (t @ t)
    return np.asarray(flat - slope[:, None] * t)


@dataclass(frozen=True)
class _End:
    """What the interior weights give too much to pairs within the first, or reversed the last, L − 1 samples."""

    toeplitz: Spectrum  # of 2r, once at lag 0
    missing: Array  # real spectrum of 2ρ over the half of the anti-diagonals that start beyond this end
    hankel: Spectrum  # conjugate spectrum of what telescoping leaves of the anti-diagonals

    def excess(self, ends: Array, length: int) -> float:
        """Return the value to take away, for the ends of several blocks, shape (blocks, L − 1)."""
        from scipy.fft import rfft

        plain = rfft(ends, length, axis=1)
        # The later sample of a pair tells how many windows lack it.
        lacking = rfft(ends * np.arange(ends.shape[1], 0, -1), length, axis=1)
        toeplitz = (np.conj(lacking) * plain * self.toeplitz).real
        rest = np.abs(plain) ** 2 * self.missing + (plain**2 * self.hankel).real
        return parseval((toeplitz + rest).sum(axis=0), length)


@dataclass(frozen=True)
class _Form:
    """The quadratic form of one factor, for blocks of one number of windows."""

    m: int
    windows: int
    length: int  # of the long transform
    short: int  # of the transforms of the ends
    interior: Array  # real spectrum of the weights at lags 0 … L − 1
    pull: Spectrum  # conjugate spectrum of At
    energy: float  # tᵀAt
    head: _End
    tail: _End

    @classmethod
    def of(cls, m: int, windows: int) -> "_Form":
        """Prepare the spectra."""
        from scipy.fft import next_fast_len, rfft

        span = 3 * m
        r = _autocorrelation(m)
        lags = np.arange(span)
        lower = _every_second(r[1 : span + 1])  # ρ over the anti-diagonals up to the middle one
        upper = np.append(_every_second(r[1:span]), 0.0)  # and over those beyond it, counted from the other end
        length = next_fast_len(windows + 2 * span, real=True)
        short = next_fast_len(2 * span, real=True)
        ramp = np.asarray(lags - 0.5 * (span - 1), np.float64)
        pull = _applied(r, ramp)

        def end(own: Array, other: Array) -> _End:
            folded = np.zeros(2 * span - 3)
            folded[: span - 2] += own[2:]
            folded[span - 1 :] -= other[:1:-1]
            return _End(rfft(_one_sided(r[:span]), short), rfft(_one_sided(other), short).real, np.conj(rfft(folded, short)))

        interior = rfft(_one_sided(r[:span] * (span - lags) + lower + upper), length).real
        return cls(
            m, windows, length, short, interior, np.conj(rfft(pull, length)), float(pull @ ramp), end(lower, upper), end(upper, lower)
        )  # fmt: skip

    def sum_over(self, blocks: Array) -> float:
        """Sum the form over all windows of all blocks."""
        from scipy.fft import irfft, rfft

        spectrum = rfft(blocks, self.length, axis=1)
        pairs = parseval((np.abs(spectrum) ** 2).sum(axis=0) * self.interior, self.length)
        pairs -= self.head.excess(blocks[:, : 3 * self.m - 1], self.short)
        pairs -= self.tail.excess(blocks[:, : self.windows - 1 : -1], self.short)
        slopes = half_average_slopes(blocks, self.m)
        pulls = irfft(spectrum * self.pull, self.length, axis=1)[:, : self.windows]
        return float(pairs / (3.0 * self.m) - 2.0 * np.vdot(slopes, pulls) + self.energy * np.vdot(slopes, slopes))


def half_average_slopes(blocks: Array, m: int) -> Array:
    """Return, for every window of 3m samples, the mean of its last half minus that of its first over their distance."""
    span = 3 * m
    half = span // 2
    distance = 0.5 * span if span % 2 == 0 else 0.5 * (span - 1) + 1.0
    sums = np.zeros((blocks.shape[0], blocks.shape[1] + 1))
    np.cumsum(blocks, axis=1, out=sums[:, 1:])
    n = blocks.shape[1] - span + 1
    last = sums[:, span : span + n] - sums[:, span - half : span - half + n]
    first = sums[:, half : half + n] - sums[:, :n]
    return np.asarray((last - first) / (half * distance))


def _autocorrelation(m: int) -> Array:
    """Return the circular autocorrelation, of period 6m, of the second difference of m-averages."""
    from scipy.fft import irfft, rfft

    taps = np.zeros(6 * m)
    taps[: 3 * m] = np.repeat([1.0, -2.0, 1.0], m) / m
    return np.asarray(irfft(np.abs(rfft(taps)) ** 2, 6 * m))


def _applied(r: Array, t: Array) -> Array:
    """Return At."""
    from scipy.fft import irfft, rfft

    even = np.concatenate([t, t[::-1]])
    return np.asarray(irfft(rfft(even) * rfft(r), r.size)[: t.size]) / t.size


def _every_second(values: Array) -> Array:
    """Return v[u] + v[u+2] + v[u+4] + … for each u."""
    sums = values.copy()
    sums[::2] = np.cumsum(values[::2][::-1])[::-1]
    sums[1::2] = np.cumsum(values[1::2][::-1])[::-1]
    return sums


def _one_sided(weights: Array) -> Array:
    """Return weights for pairs counted once, from weights for ordered pairs."""
    doubled = 2.0 * weights
    doubled[0] = weights[0]
    return doubled


def parseval(spectrum: Array, length: int) -> float:
    """Return the sum over a whole period from the half-spectrum of a real product."""
    total = 2.0 * spectrum.sum() - spectrum[0]
    if length % 2 == 0:
        total -= spectrum[-1]
    return float(total / length)
