# SPDX-License-Identifier: Apache-2.0
"""Sums of squared differences at every averaging factor, with an error estimate and a fall-back.

Notes
-----
A sum of squared differences of order p is a sum of products x[i + am] x[i + bm], which one correlation gives at every
m, but for the pairs near the ends; those are `heads`. Digits are lost where the record is large beside its
differences, so factors are taken in groups of octaves, the record is cut into blocks a few times as long as the
longest difference, and each block loses its own polynomial, which the differences do not see. What is then
still lost is estimated as ε · Σz² / Σd²; where that exceeds the tolerance, the direct kernel is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from sichen.stability.every.heads import heads
from sichen.stability.moments import Moments

Array = npt.NDArray[np.float64]
Factors = npt.NDArray[np.int64]

FIRST = 64  # below, the direct kernel is as fast and more exact
TOLERANCE = 1e-9  # relative error of a sum of squares beyond which the direct kernel takes over; half that of its root
BATCH = 1 << 21  # samples transformed at a time: 16 MB


@dataclass(frozen=True)
class Recipe:
    """How a statistic is made of differences.

    Parameters
    ----------
    order : {2, 3}
        Order of the difference.
    integrated : bool
        Whether the differences are taken of the running sum of the phase (modified statistics).
    octaves : int
        Octaves of m in a group: more are faster, fewer keep more digits.
    blocks : int
        Starts in a block over the longest factor of its group.
    """

    order: int
    integrated: bool
    octaves: int
    blocks: int


EVERY: Mapping[str, Recipe] = MappingProxyType(
    {
        "oadev": Recipe(2, integrated=False, octaves=3, blocks=4),
        "ohdev": Recipe(3, integrated=False, octaves=3, blocks=4),
        "mdev": Recipe(3, integrated=True, octaves=1, blocks=6),
        "tdev": Recipe(3, integrated=True, octaves=1, blocks=6),
    }
)
_SQUARES = {2: (1.0, 4.0, 1.0), 3: (1.0, 9.0, 9.0, 1.0)}
_LAGS = {2: {1: -8.0, 2: 2.0}, 3: {1: -30.0, 2: 12.0, 3: -2.0}}  # twice the products of the coefficients, by lag
_HEADS = {2: {(1, 1): -4.0}, 3: {(1, 1): -18.0, (2, 1): -6.0, (1, 2): 6.0}}  # by (reach, lag)


def every_moments(x: Array, factors: Factors, recipe: Recipe) -> Moments:
    """Compute a statistic's moments at many factors.

    Parameters
    ----------
    x : ndarray of float64, shape (n,)
        Phase without gaps.
    factors : ndarray of int64, shape (k,), ascending
    recipe : Recipe

    Returns
    -------
    Moments
    """
    sums, errors = sums_of_squares(x, int(factors[-1]), recipe)
    total = sums[factors]
    direct = _direct(recipe)
    for k in np.flatnonzero(errors[factors] > TOLERANCE):
        total[k] = direct(x, int(factors[k]))[0]
    extra = 1 if recipe.integrated else 0
    return Moments(total, np.maximum(x.size + extra - recipe.order * factors, 0))


def sums_of_squares(x: Array, largest: int, recipe: Recipe) -> tuple[Array, Array]:
    """Return Σd² at factors 0 … largest, and the estimated relative error of each.

    Factors below 64 are direct and their error is zero; so is that of factor 0, which is not defined.
    """
    direct = _direct(recipe)
    sums = np.zeros(largest + 1)
    errors = np.zeros(largest + 1)
    for m in range(1, min(FIRST, largest + 1)):
        sums[m] = direct(x, m)[0]
    flat = _without_polynomial((x - x[0])[None, :], 2 if recipe.integrated else recipe.order)[0]
    z = np.concatenate([[0.0], np.cumsum(flat)]) if recipe.integrated else flat
    low = FIRST
    while low <= largest:
        high = low << recipe.octaves
        while high > 2 * largest + 1 and high > 2 * low:
            high >>= 1
        found, energy = _group(z, low, high, recipe)
        stop = min(high, largest + 1)
        sums[low:stop] = found[: stop - low]
        errors[low:stop] = _relative_error(sums[low:stop], energy, np.arange(low, stop), z, recipe)
        low = high
    return sums, errors


def _relative_error(sums: Array, energy: float, m: Factors, z: Array, recipe: Recipe) -> Array:
    """Estimate the relative error of sums of squares, on the safe side.

    Three causes: the rounding of the transforms, in proportion to Σz², where the products cancel; the rounding of
    each sample, in proportion to the largest, which in a running sum walks on over m samples and is averaged over
    all terms; and that of any long sum.
    """
    eps = float(np.finfo(np.float64).eps)
    terms = z.size - recipe.order * m
    with np.errstate(divide="ignore", invalid="ignore"):
        cancelled = 8.0 * eps * energy * np.log2(terms + 2.0) / sums
        sample = eps * float(np.abs(z).max()) * np.sqrt(terms / sums * (m if recipe.integrated else 1.0))
        carried = sample * np.sqrt(m / terms) + sample**2
        return np.where(sums > 0.0, cancelled + carried + eps * np.sqrt(terms), np.inf)


def _direct(recipe: Recipe):  # type: ignore[no-untyped-def] # noqa: ANN202 - a compiled kernel
    from sichen.stability import kernels

    if recipe.integrated:
        return kernels.averaged_differences
    return kernels.second_differences if recipe.order == 2 else kernels.third_differences  # noqa: PLR2004 - Allan


def _group(z: Array, low: int, high: int, recipe: Recipe) -> tuple[Array, float]:
    """Return Σd² for low <= m < high, and the sum of squares that was handled."""
    order = recipe.order
    reach = order * (high - 1)
    starts = recipe.blocks * high
    count = max(0, (z.size - reach) // starts)
    total = np.zeros(high - low)
    energy = 0.0
    size = starts + order * high
    rows = max(1, BATCH // size)
    padded = np.concatenate([z, np.zeros(order * high)])
    for first in range(0, count, rows):
        some = min(rows, count - first)
        view = np.lib.stride_tricks.as_strided(
            padded[first * starts :], (some, size), (starts * z.strides[0], z.strides[0]), writeable=False
        )
        blocks = _without_polynomial(np.array(view[:, : starts + reach]), order)
        part, handled = _full_blocks(blocks, starts, low, high, order)
        total += part
        energy += handled
    rest = _without_polynomial(z[None, count * starts :].copy(), order)[0]
    part, handled = _last_block(rest, low, high, order)
    return total + part, energy + handled


def _full_blocks(blocks: Array, starts: int, low: int, high: int, order: int) -> tuple[Array, float]:
    """Sum over differences that start in the first `starts` samples of each block, whatever m."""
    m = np.arange(low, high)
    mean, squares = _running_squares(blocks)
    total = np.zeros(high - low)
    for a, weight in enumerate(_SQUARES[order]):
        total += weight * (starts * mean + (squares[a * m + starts] - squares[a * m]))
    products = _correlation(blocks[:, :starts], blocks, order * high)
    for lag, weight in _LAGS[order].items():
        total += weight * products[lag * m]
    room = np.zeros((2 * blocks.shape[0], order * high))
    near = min(order * high, blocks.shape[1])
    room[: blocks.shape[0], :near] = blocks[:, :near]
    room[blocks.shape[0] :, : blocks.shape[1] - starts] = blocks[:, starts : starts + order * high]
    signs = np.repeat([-1.0, 1.0], blocks.shape[0])
    return total + _all_heads(room, signs, low, high, order), mean * blocks.shape[1]


def _last_block(z: Array, low: int, high: int, order: int) -> tuple[Array, float]:
    """Sum over the differences that fit into the rest of the record: the longer, the fewer."""
    m = np.arange(low, high)
    mean, squares = _running_squares(z[None, :])
    total = np.zeros(high - low)
    for a, weight in enumerate(_SQUARES[order]):
        end = np.clip(z.size - (order - a) * m, 0, None)
        begin = np.minimum(a * m, z.size)
        total += weight * ((end - begin) * mean + (squares[end] - squares[begin]))
    products = _correlation(z[None, :], z[None, :], order * high)
    for lag, weight in _LAGS[order].items():
        total += weight * products[lag * m]
    room = np.zeros((2, order * high))
    near = min(order * high, z.size)
    room[0, :near] = z[:near]
    room[1, :near] = z[::-1][:near]
    return total + _all_heads(room, np.array([-1.0, -1.0]), low, high, order), mean * z.size


def _running_squares(blocks: Array) -> tuple[float, Array]:
    """Return the mean of Σz² over rows, and the running sum of what differs from it: that stays small, and exact."""
    squares = (blocks**2).sum(axis=0)
    mean = float(squares.mean())
    return mean, np.concatenate([[0.0], np.cumsum(squares - mean)])


def _all_heads(room: Array, signs: Array, low: int, high: int, order: int) -> Array:
    pieces = []
    while low < high:
        pieces.append(sum(weight * heads(room, signs, low=low, reach=a, lag=q) for (a, q), weight in _HEADS[order].items()))
        low *= 2
    return np.concatenate(pieces)


def _correlation(near: Array, far: Array, lags: int) -> Array:
    """Return Σ near[i] far[i + l] over all rows, for 0 <= l < lags; samples beyond the end are zero."""
    from scipy.fft import irfft, next_fast_len, rfft

    length = next_fast_len(max(far.shape[1], near.shape[1] + lags), real=True)
    spectrum = (np.conj(rfft(near, length)) * rfft(far, length)).sum(axis=0)
    return np.asarray(irfft(spectrum, length)[:lags])


def _without_polynomial(blocks: Array, terms: int) -> Array:
    """Take away, from each row, the best polynomial of `terms` coefficients: differences of that order lose nothing."""
    t = np.linspace(-1.0, 1.0, blocks.shape[1])
    basis, _ = np.linalg.qr(np.polynomial.legendre.legvander(t, terms - 1))
    for _ in range(2):  # twice: the first pass leaves rounding as large as the polynomial was
        blocks = blocks - (blocks @ basis) @ basis.T
    return blocks
