# SPDX-License-Identifier: Apache-2.0
"""From sums of squares to a result: bias, degrees of freedom, interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message
from sichen.stability.bias import Bias, bias_ratio
from sichen.stability.families import Statistic
from sichen.stability.freedom import Model, chi_square_ratios, degrees_of_freedom
from sichen.stability.moments import Moments
from sichen.stability.noise.identification import Identified, Source, identify_noise
from sichen.stability.results import Deviations

Array = npt.NDArray[np.float64]
Factors = npt.NDArray[np.int64]

MANY = 400  # more factors than this share degrees of freedom with their neighbours, interpolated
HADAMARD = 3


@dataclass(frozen=True)
class Conventions:
    """How a result is corrected and bounded."""

    confidence: float = 0.683
    edf: Model = "greenhall"
    bias: Bias = "stable32"


def known_or_identified(row: Statistic, pieces: Sequence[Array], factors: Factors, alpha: int | None) -> Identified:
    """Return the noise that was given, or identify it.

    Raises
    ------
    DataError
        If the exponent given is out of the statistic's range.
    """
    if alpha is None:
        return identify_noise(pieces, factors, highest_order=3 if row.order == HADAMARD else 2)
    if not (-4 if row.order == HADAMARD else -2) <= alpha <= 2:  # noqa: PLR2004 - white PM
        raise DataError(Message("stability.unknown_noise", found=alpha))
    given: Source = "given"
    return Identified(np.full(factors.size, float(alpha)), (given,) * factors.size)


def with_intervals(
    row: Statistic,
    *,
    factors: Factors,
    pieces: Sequence[tuple[int, Moments]],
    found: Identified,
    tau0: float,
    conventions: Conventions,
    theobr: float | None = None,
) -> Deviations:
    """Make a result from the moments of one or more pieces.

    Parameters
    ----------
    row : Statistic
    factors : ndarray of int64, shape (k,)
    pieces : sequence of (int, Moments)
        Phase points of each piece, and its moments.
    found : Identified
    tau0 : float
    conventions : Conventions
    theobr : float, optional
        By what Theo1's variance is multiplied.
    """
    total = sum((part for _, part in pieces[1:]), start=pieces[0][1])
    kept = _sparse(factors)
    known = partial(_freedom, row, pieces, model=conventions.edf)
    freedom = np.array([known(k=int(k), m=int(factors[k]), alpha=float(found.alpha[k])) for k in kept])
    low, high = chi_square_ratios(freedom, conventions.confidence)
    points = max(size for size, _ in pieces)
    if theobr is None:
        ratio = _bias_ratios(row, factors, found.alpha, points, conventions.bias)
    else:
        ratio = np.full(factors.size, 1.0 / theobr)
    deviation = np.sqrt(total.total / total.terms * row.scale(factors.astype(np.float64), tau0) / ratio)
    spread = partial(_spread, factors, kept)
    return Deviations(
        statistic=row.name,
        title=row.title,
        tau0=tau0,
        tau=np.asarray(factors * (tau0 * row.stride), np.float64),
        factor=factors,
        deviation=deviation,
        lower=deviation * spread(low),
        upper=deviation * spread(high),
        n=total.terms * (factors // 2) if row.kind == "theo1" else total.terms,  # m / 2 differences a window
        alpha=found.alpha,
        alpha_source=found.source,
        edf=spread(freedom),
        bias_ratio=ratio,
        bias=conventions.bias,
        edf_model=conventions.edf,
        confidence=conventions.confidence,
        unit="s" if row.in_time else "1",
    )


def _bias_ratios(row: Statistic, factors: Factors, alpha: Array, points: int, bias: Bias) -> Array:
    if row.kind not in {"total", "modified_total", "hadamard_total"}:
        return np.ones(factors.size)
    pairs = zip(alpha.tolist(), factors.tolist(), strict=True)
    return np.array([bias_ratio(row.kind, alpha=a, m=m, points=points, convention=bias) for a, m in pairs])


def _freedom(row: Statistic, pieces: Sequence[tuple[int, Moments]], *, k: int, m: int, alpha: float, model: Model) -> float:
    """Add up the degrees of freedom of the pieces, which know nothing of each other."""
    return sum(
        degrees_of_freedom(row, alpha=alpha, m=m, points=size, terms=int(part.terms[k]), model=model)
        for size, part in pieces
        if part.terms[k] > 0
    )


def _sparse(factors: Factors) -> npt.NDArray[np.intp]:
    """Choose the factors whose degrees of freedom are computed; those between are interpolated."""
    if factors.size <= MANY:
        return np.arange(factors.size)
    grid = np.searchsorted(factors, np.geomspace(factors[0], factors[-1], MANY))
    return np.unique(np.append(grid[grid < factors.size], factors.size - 1))


def _spread(factors: Factors, kept: npt.NDArray[np.intp], values: Array) -> Array:
    if kept.size == factors.size:
        return values
    known = ~np.isnan(values)
    if not known.any():
        return np.full(factors.size, np.nan)
    at = np.log(factors[kept][known].astype(np.float64))
    return np.exp(np.interp(np.log(factors.astype(np.float64)), at, np.log(values[known])))
