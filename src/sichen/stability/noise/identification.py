# SPDX-License-Identifier: Apache-2.0
"""Which power law rules at an averaging time: the lag-1 autocorrelation method.

References
----------
.. [1] W. J. Riley, C. A. Greenhall, "Power law noise identification using the lag 1 autocorrelation",
   18th European Frequency and Time Forum, 2004.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Factors = npt.NDArray[np.int64]

ENOUGH = 32  # decimated points: with fewer the method returns nonsense (exponents up to 8 with 4 to 16 points)
Source = Literal["lag1", "carried", "given", "none"]
SCATTER = 0.5  # standard deviation of an exponent from 32 points, by simulation; it falls as n to the power −3/4
PER_OCTAVE_MOVE = 0.5  # by which a true exponent may move in an octave
PHASE_NOISE = 0.5  # exponents above this are phase noise, or look so
AVERAGED = (np.array([-0.3, 0.7, 2.1, 3.5]), np.array([0.0, 1.0, 2.0, 3.0]))
"""What the method finds in averaged phase, by simulation of white FM, flicker PM and white PM, and what that means."""
PER_OCTAVE = 8  # when every factor is wanted, the noise is identified at this many per octave


@dataclass(frozen=True)
class Identified:
    """Exponents by averaging factor.

    Parameters
    ----------
    alpha : ndarray of float64, shape (k,)
        Estimated exponent, not rounded; NaN where nothing could be said.
    source : tuple of {"lag1", "carried", "given", "none"}
        ``carried``: too few points were left, so the exponent of the next shorter averaging time was kept.
    """

    alpha: Array
    source: tuple[Source, ...]


def identify_noise(pieces: Sequence[Array], factors: Factors, *, highest_order: int = 2) -> Identified:
    """Identify the power law at each averaging factor.

    Parameters
    ----------
    pieces : sequence of ndarray of float64
        Phase of each continuous segment; NaN where a sample is missing.
    factors : ndarray of int64, shape (k,), ascending
    highest_order : {2, 3}
        How often the phase may be differenced: 2 reaches random walk FM, 3 (Hadamard) random run FM.

    Returns
    -------
    Identified

    Notes
    -----
    The phase is decimated by m and loses a parabola; it is differenced until δ = r₁ / (1 + r₁) < 1/4, r₁ its
    lag-1 autocorrelation; then α = 2 − 2 (δ + number of differences) [1]_. Several pieces give one r₁ from
    summed products. With fewer than 32 decimated points the exponent is carried over from the last averaging
    time that had them.

    Two things are added to the method. Decimated flicker PM looks white, for what is faster than the decimation folds
    into it: above α = 0.5 the phase is averaged over m instead. And the exponent of few points scatters by half an
    exponent, at times by two: those of m/2 and m/4, of twice and four times as many points, are averaged in,
    weighted by their scatter and by how far a true exponent may move in an octave; with hundreds of points they
    hardly count.
    """
    alpha = np.full(factors.size, np.nan)
    source: list[Source] = []
    last = np.nan
    last_factor = 0.0
    single = cache(partial(exponent, pieces, highest_order=highest_order))
    for place, factor in enumerate(factors.tolist()):
        enough = _points(pieces, factor) >= ENOUGH
        if enough and factor >= last_factor * 2.0 ** (1.0 / PER_OCTAVE):
            last = _with_neighbours(pieces, factor, single)
            last_factor = factor
        alpha[place] = last
        source.append("none" if np.isnan(last) else "lag1" if enough else "carried")
    return Identified(alpha, tuple(source))


def _points(pieces: Sequence[Array], factor: int) -> int:
    """Return how many decimated points the longest piece has."""
    return max((piece.size - 1) // factor + 1 for piece in pieces)


def _with_neighbours(pieces: Sequence[Array], factor: int, single: Callable[[int], float]) -> float:
    """Return the exponent at a factor, steadied by those one and two octaves below."""
    total = weights = 0.0
    for octaves in range(3):
        below = factor >> octaves
        alpha = single(below) if below else math.nan
        if math.isnan(alpha):
            break
        scatter = SCATTER**2 * (ENOUGH / _points(pieces, below)) ** 1.5
        weight = 1.0 / (scatter + octaves * PER_OCTAVE_MOVE**2)
        total, weights = total + weight * alpha, weights + weight
    return total / weights if weights else math.nan


def exponent(pieces: Sequence[Array], factor: int, *, highest_order: int) -> float:
    """Return the exponent at one averaging factor alone, not rounded; NaN when the samples do not vary."""
    alpha = _lag_one(pieces, factor, highest_order=highest_order)
    if factor == 1 or not alpha > PHASE_NOISE:
        return alpha
    averaged = _lag_one([_means(piece, factor) for piece in pieces], 1, highest_order=highest_order)
    return alpha if math.isnan(averaged) else float(np.interp(averaged, *AVERAGED))


def _means(piece: Array, factor: int) -> Array:
    """Return the phase averaged over blocks; NaN where half of a block is missing."""
    blocks = piece[: piece.size // factor * factor].reshape(-1, factor)
    there = ~np.isnan(blocks)
    count = there.sum(axis=1)
    means = np.where(there, blocks, 0.0).sum(axis=1) / np.maximum(count, 1)
    return np.where(2 * count > factor, means, np.nan)


def _lag_one(pieces: Sequence[Array], factor: int, *, highest_order: int) -> float:
    products = np.zeros((4, 2))
    for piece in pieces:
        if (piece.size - 1) // factor + 1 >= ENOUGH - 1:
            if np.isnan(piece).any():
                products += _with_gaps(piece, factor)
            else:
                products += _complete(piece, factor, highest_order, alone=len(pieces) == 1)
    for order in range(highest_order + 1):
        product, square = products[order]
        if square <= 0.0:
            return float("nan")
        r1 = product / square
        delta = r1 / (1.0 + r1)
        if delta < 0.25 or order == highest_order:  # noqa: PLR2004 - the criterion of the method
            return float(2.0 - 2.0 * (delta + order))
    return float("nan")


def _complete(piece: Array, factor: int, highest_order: int, *, alone: bool) -> Array:
    from sichen.stability.noise.kernels import lag_products

    return lag_products(piece, factor, highest_order, alone)


def _with_gaps(piece: Array, factor: int) -> Array:
    z = piece[::factor].copy()
    there = np.flatnonzero(~np.isnan(z))
    products = np.zeros((4, 2))
    if there.size < ENOUGH - 1:
        return products
    t = np.linspace(-1.0, 1.0, z.size)
    z -= np.polynomial.legendre.legval(t, np.polynomial.legendre.legfit(t[there], z[there], 2))
    for order in range(4):
        w = np.diff(z, order)
        w = w - np.nanmean(w) if (~np.isnan(w)).any() else w
        products[order] = np.nansum(w[1:] * w[:-1]), np.nansum(w * w)
        neighbours = int((~np.isnan(w[1:] * w[:-1])).sum())
        if neighbours == 0:
            return products
        # r₁ is a ratio of means: scale the products to as many neighbours as a complete record would have.
        products[order, 0] *= (~np.isnan(w)).sum() / neighbours
    return products
