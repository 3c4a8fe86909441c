# SPDX-License-Identifier: Apache-2.0
"""Sums over the pairs near the start of a record, at every lag at once: H(m) = Σ_{i < a·m} w[i] w[i + q·m].

The pairs of one octave of m fill a rectangle and a triangle; the triangle is cut into dyadic rectangles, each a
short correlation; all rectangles of one size are transformed together.
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

SMALLEST = 32  # side of the triangles that are summed directly


def heads(w: Array, signs: Array, *, low: int, reach: int, lag: int) -> Array:
    """Sum products over the heads of several records.

    Parameters
    ----------
    w : ndarray of float64, shape (rows, >= 2 * low * (reach + lag))
        Records.
    signs : ndarray of float64, shape (rows,)
        Weight of each row in the sum.
    low : int, a power of two, at least 32
        The octave low <= m < 2 low.
    reach, lag : int
        a and q.

    Returns
    -------
    ndarray of float64, shape (low,)
        Σ over rows of sign · H(m).
    """
    from sichen.stability.every.kernels import small_triangles

    whole = reach * low
    total = _correlations(w, signs, start=0, size=whole, first=lag * low, lag=lag, count=low, blocks=1, step=0, slide=0)[0]
    side = low
    while side > SMALLEST:
        half = side // 2
        parts = _correlations(
            w, signs, start=whole, size=reach * half, first=whole + lag * (low + half), lag=lag, count=half,
            blocks=low // side, step=reach * side, slide=(reach + lag) * side,
        )  # fmt: skip
        total.reshape(-1, side)[:, half:] += parts
        side = half
    return total + small_triangles(np.ascontiguousarray(w), signs, low, side, reach, lag)  # type: ignore[no-any-return]


def _correlations(
    w: Array, signs: Array, *, start: int, size: int, first: int, lag: int, count: int, blocks: int, step: int, slide: int
) -> Array:
    """Correlate, in each of `blocks` places, `size` samples with those at `count` lags; return (blocks, count)."""
    from scipy.fft import irfft, next_fast_len, rfft

    span = size + lag * count
    length = next_fast_len(span, real=True)
    row, item = w.strides
    view = np.lib.stride_tricks.as_strided
    near = view(w[:, start:], (w.shape[0], blocks, size), (row, step * item, item), writeable=False)
    # The last sample of the last span may lie beyond the record; no lag that is kept needs it.
    far = view(w[:, first:], (w.shape[0], blocks, span - lag + 1), (row, slide * item, item), writeable=False)
    spectrum = np.einsum("r,rbf,rbf->bf", signs, np.conj(rfft(near, length)), rfft(far, length), optimize=False)
    return np.asarray(irfft(spectrum, length)[:, : lag * count : lag])
