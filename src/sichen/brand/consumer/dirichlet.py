# SPDX-License-Identifier: Apache-2.0
"""The NBD-Dirichlet: how often brands of a category would be bought if only their size differed.

Goodhardt, Ehrenberg & Chatfield (1984). It is a theory of things bought again and again; for watches `repertoire` counts the watches
that a person owns instead of purchases in a period, and a report must say so.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sichen.core import JSON, DataError, Message

F64 = NDArray[np.float64]
Estimator = Literal["least_squares", "median_fence"]
ESTIMATORS: tuple[Estimator, ...] = ("least_squares", "median_fence")
LARGEST = 50


@dataclass(frozen=True)
class Dirichlet:
    """A fitted NBD-Dirichlet.

    Parameters
    ----------
    brands : tuple of str
    shares : ndarray of shape (brands,)
        Market shares; they need not add up to 1.
    observed : ndarray of shape (brands,)
        Penetrations as observed.
    mean, k, s : float
        M, mean purchases of the category a head; K of the negative binomial; S of the Dirichlet.
    each : ndarray of shape (brands,)
        S that each brand alone would ask for.
    estimator : str
    largest : int
        Purchases a head above which nothing is counted.
    """

    brands: tuple[str, ...]
    shares: F64
    observed: F64
    mean: float
    k: float
    s: float
    each: F64
    estimator: Estimator
    largest: int

    @cached_property
    def category(self) -> F64:
        """Probability of n = 0 … `largest` purchases of the category."""
        return _negative_binomial(self.mean, self.k, self.largest)

    @cached_property
    def penetrations(self) -> F64:
        """Share of people who buy each brand at least once."""
        return np.array([_penetration(share, self.s, self.category) for share in self.shares])

    @cached_property
    def purchases(self) -> F64:
        """Purchases of a brand by each of its buyers."""
        return np.asarray(self.mean * self.shares / self.penetrations, np.float64)

    @cached_property
    def category_purchases(self) -> F64:
        """Purchases of the category by each buyer of a brand."""
        counts = np.arange(self.category.size)
        found = [float(np.sum(counts * self.category * (1 - _none(share, self.s, counts)))) for share in self.shares]
        return np.asarray(np.array(found) / self.penetrations, np.float64)

    @cached_property
    def sole_buyers(self) -> F64:
        """Share of a brand's buyers who buy nothing else."""
        counts = np.arange(1, self.category.size)
        alone = [float(np.sum(self.category[1:] * _none(1 - share, self.s, counts))) for share in self.shares]
        return np.asarray(np.array(alone) / self.penetrations, np.float64)

    def duplication(self) -> F64:
        """Return the share of the buyers of one brand (row) who also buy another (column)."""
        counts = np.arange(self.category.size)
        size = len(self.brands)
        both = np.ones((size, size))
        for row in range(size):
            for column in range(size):
                if row == column:
                    continue
                joint = float(np.sum(self.category * _none(self.shares[row] + self.shares[column], self.s, counts)))
                either = 1 - joint
                both[row, column] = (self.penetrations[row] + self.penetrations[column] - either) / self.penetrations[row]
        return both

    def to_json(self) -> dict[str, JSON]:
        """Return it as the command line says it."""
        return {
            "m": self.mean,
            "k": self.k,
            "s": self.s,
            "estimator": self.estimator,
            "brands": [
                {
                    "brand": brand,
                    "share": float(self.shares[at]),
                    "penetration_observed": float(self.observed[at]),
                    "penetration": float(self.penetrations[at]),
                    "purchases": float(self.purchases[at]),
                    "category_purchases": float(self.category_purchases[at]),
                    "sole_buyers": float(self.sole_buyers[at]),
                    "s": float(self.each[at]),
                }
                for at, brand in enumerate(self.brands)
            ],
        }


def fit_dirichlet(
    brands: Sequence[str],
    shares: Sequence[float],
    penetrations: Sequence[float],
    *,
    category_penetration: float,
    category_purchases: float,
    estimator: Estimator = "least_squares",
    largest: int = LARGEST,
) -> Dirichlet:
    """Fit the NBD-Dirichlet.

    Parameters
    ----------
    brands, shares, penetrations : sequences
        Parts of one, not per cent.
    category_penetration : float
        B, share of people who bought the category at all.
    category_purchases : float
        W, purchases of the category by each of them.
    estimator : {"least_squares", "median_fence"}
        One S for all brands: the one whose penetrations fit best; or the share-weighted mean of the brands' own S without
        those outside the fences of a box plot or above the upper notch of the median.
    largest : int
        Purchases a head above which nothing is counted.

    Raises
    ------
    DataError
        If a share or penetration is no part of one, shares add up to more than 1, or a brand's numbers contradict the category.

    Examples
    --------
    >>> fit = fit_dirichlet(["a", "b"], [0.6, 0.4], [0.4, 0.3], category_penetration=0.56, category_purchases=2.6)
    >>> round(fit.mean, 3), round(fit.k, 5)
    (1.456, 0.77882)
    """
    share, observed = np.asarray(shares, np.float64), np.asarray(penetrations, np.float64)
    _check(brands, share, observed, category_penetration, category_purchases)
    mean = category_penetration * category_purchases
    k = _shape(mean, category_penetration)
    category = _negative_binomial(mean, k, largest)
    each = np.array([_own(one, seen, category) for one, seen in zip(share, observed, strict=True)])
    s = _least_squares(share, observed, category) if estimator == "least_squares" else _median_fence(each, share)
    return Dirichlet(tuple(brands), share, observed, mean, k, s, each, estimator, largest)


def _shape(mean: float, penetration: float) -> float:
    """Solve K·ln(1 + M/K) = −ln(1 − B)."""
    from scipy.optimize import brentq

    wanted = -math.log(1 - penetration)
    if mean <= wanted:
        raise DataError(Message("brand.dirichlet.too_few", mean=f"{mean:.3g}", least=f"{wanted:.3g}"))
    return float(brentq(lambda k: k * math.log1p(mean / k) - wanted, 1e-9, 1e9, xtol=1e-14, rtol=1e-14))


def _negative_binomial(mean: float, k: float, largest: int) -> F64:
    from scipy.special import gammaln

    counts = np.arange(largest + 1)
    logarithm = gammaln(k + counts) - gammaln(k) - gammaln(counts + 1) - k * math.log1p(mean / k)
    return np.asarray(np.exp(logarithm + counts * math.log(mean / (mean + k))), np.float64)


def _none(share: float, s: float, counts: NDArray[np.int64]) -> F64:
    """Probability that none of n purchases is of a brand: a beta-binomial at zero."""
    from scipy.special import gammaln

    other = max(s * (1 - share), 1e-300)
    return np.asarray(np.exp(gammaln(other + counts) - gammaln(other) + gammaln(s) - gammaln(s + counts)), np.float64)


def _penetration(share: float, s: float, category: F64) -> float:
    return float(1 - np.sum(category * _none(share, s, np.arange(category.size))))


def _own(share: float, observed: float, category: F64) -> float:
    """Return the S at which the model gives a brand its observed penetration; infinite or zero when none does."""
    from scipy.optimize import brentq

    low, high = 1e-6, 1e4
    if observed >= _penetration(share, high, category):
        return math.inf
    if observed <= _penetration(share, low, category):
        return 0.0
    return float(brentq(lambda s: _penetration(share, s, category) - observed, low, high, xtol=1e-12))


def _least_squares(shares: F64, observed: F64, category: F64) -> float:
    from scipy.optimize import minimize_scalar

    def misfit(logarithm: float) -> float:
        s = math.exp(logarithm)
        return float(sum((_penetration(one, s, category) - seen) ** 2 for one, seen in zip(shares, observed, strict=True)))

    return math.exp(float(minimize_scalar(misfit, bounds=(math.log(1e-4), math.log(1e4)), method="bounded").x))


def _median_fence(each: F64, shares: F64) -> float:
    finite = np.isfinite(each) & (each > 0)
    values = each[finite]
    if values.size == 0:
        raise DataError(Message("brand.dirichlet.no_s"))
    lower, middle, upper = np.quantile(values, [0.25, 0.5, 0.75])
    spread = upper - lower
    notch = middle + 1.58 * spread / math.sqrt(values.size)
    kept = finite & (each >= lower - 1.5 * spread) & (each <= upper + 1.5 * spread) & (each <= max(notch, middle))
    return float(np.average(each[kept], weights=shares[kept]))


def _check(brands: Sequence[str], shares: F64, observed: F64, penetration: float, purchases: float) -> None:
    for row, (brand, share, seen) in enumerate(zip(brands, shares, observed, strict=True), 1):
        if not (0 < share < 1 and 0 < seen < 1):
            raise DataError(
                Message("brand.dirichlet.part", row=row, brand=brand, found=f"{share if not 0 < share < 1 else seen:g}")
            )
        if seen > penetration:
            raise DataError(Message("brand.dirichlet.more_than_category", row=row, brand=brand, found=f"{seen:g}"))
    if shares.sum() > 1 + 1e-9:
        raise DataError(Message("brand.dirichlet.shares", total=f"{shares.sum():g}"))
    if not (0 < penetration < 1 and purchases > 1):
        raise DataError(Message("brand.dirichlet.category"))
