# SPDX-License-Identifier: Apache-2.0
"""The hedonic model: log price on what the watch is, plus an effect of each brand against the mean brand.

Brand effects are sum coded: they add up to zero over the brands. The premium of a brand is exp(b) − 1, with the half variance
taken off before the exponential, as the mean of a lognormal estimate asks for (Kennedy 1981).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sichen.brand.hedonic.listings import Listings
from sichen.core import JSON, DataError, Message

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
PART = 1e-3
"""A column with a smaller part in a tie is not named."""
FEWEST = 3
"""Listings that a brand needs to have an effect of its own."""


@dataclass(frozen=True)
class Effect:
    """A coefficient of the model with its robust standard error.

    Parameters
    ----------
    name : str
    value, u : float
        On the logarithm of the price.
    premium, low, high : float
        What it does to the price, as a part of it: exp(value) − 1, with a 95 % interval.
    listings : int
        Rows it rests on; 0 for a specification that all rows share.
    """

    name: str
    value: float
    u: float
    premium: float
    low: float
    high: float
    listings: int = 0

    def to_json(self) -> dict[str, JSON]:
        """Return it as plain JSON."""
        return {
            "name": self.name, "value": self.value, "u": self.u, "premium": self.premium, "low": self.low, "high": self.high,
            "listings": self.listings,
        }  # fmt: skip


@dataclass(frozen=True)
class Hedonic:
    """A fitted hedonic model.

    Parameters
    ----------
    brands, specifications : tuple of Effect
    r2_specifications, r2 : float
        Share of the variance of log price explained without and with the brand, in sample.
    r2_specifications_out, r2_out : float
        The same on listings that the fit had not seen, ten folds.
    residual : float
        Standard deviation of log price about the model.
    rows : int
    pooled : tuple of str
        Brands with too few listings for an effect of their own; they stand together as one.
    """

    brands: tuple[Effect, ...]
    specifications: tuple[Effect, ...]
    r2_specifications: float
    r2: float
    r2_specifications_out: float
    r2_out: float
    residual: float
    rows: int
    currency: str
    pooled: tuple[str, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return it as the command line says it."""
        return {
            "brands": [one.to_json() for one in self.brands],
            "specifications": [one.to_json() for one in self.specifications],
            "r2_specifications": self.r2_specifications,
            "r2": self.r2,
            "r2_specifications_out_of_sample": self.r2_specifications_out,
            "r2_out_of_sample": self.r2_out,
            "residual": self.residual,
            "rows": self.rows,
            "currency": self.currency,
            "pooled": list(self.pooled),
        }


OTHERS = "*"
"""The name under which brands with few listings stand together."""


def fit_hedonic(listings: Listings, *, fewest: int = FEWEST, folds: int = 10, seed: int = 1) -> Hedonic:
    """Split prices into what the watch is and what the brand adds.

    Parameters
    ----------
    listings : Listings
    fewest : int
        Listings that a brand needs to have an effect of its own.
    folds, seed : int
        Of the check on listings not seen.

    Raises
    ------
    DataError
        If there are fewer than two brands, fewer rows than coefficients, or columns are tied to each other; it names them.
    """
    names, members = _brands(listings.brands, fewest)
    pooled = tuple(sorted({brand for brand in listings.brands if brand not in names}))
    logs = np.log(listings.prices)
    plain = np.column_stack([np.ones(len(logs)), listings.values])
    full = np.column_stack([plain, _sum_coded(members, len(names))])
    labels = ["1", *(one.name for one in listings.specifications), *names[:-1]]
    _check(full, labels)
    beta, covariance, residuals = _least_squares(full, logs)
    place = 1 + len(listings.specifications)
    return Hedonic(
        _brand_effects(names, beta[place:], covariance[place:, place:], np.bincount(members, minlength=len(names))),
        tuple(_effect(one.name, beta[at], covariance[at, at]) for at, one in enumerate(listings.specifications, 1)),
        _explained(logs, _least_squares(plain, logs)[2]),
        _explained(logs, residuals),
        _out_of_sample(plain, logs, folds, seed),
        _out_of_sample(full, logs, folds, seed),
        float(np.sqrt(np.sum(residuals**2) / (len(logs) - full.shape[1]))),
        len(logs), listings.currency, pooled,
    )  # fmt: skip


def _brands(rows: Sequence[str], fewest: int) -> tuple[list[str], I64]:
    counts = {name: rows.count(name) for name in dict.fromkeys(rows)}
    names = sorted(name for name, count in counts.items() if count >= fewest)
    if len(names) < len(counts):
        names.append(OTHERS)
    if len(names) == 1:
        raise DataError(Message("brand.hedonic.one_brand", fewest=fewest))
    place = {name: at for at, name in enumerate(names)}
    return names, np.array([place.get(name, len(names) - 1) for name in rows], np.int64)


def _sum_coded(members: I64, brands: int) -> F64:
    coded = np.zeros((members.size, brands - 1))
    own = members < brands - 1
    coded[np.flatnonzero(own), members[own]] = 1.0
    coded[~own] = -1.0
    return coded


def _brand_effects(names: Sequence[str], beta: F64, covariance: F64, counts: I64) -> tuple[Effect, ...]:
    whole = np.vstack([np.eye(len(beta)), -np.ones(len(beta))])
    values, spread = whole @ beta, np.diag(whole @ covariance @ whole.T)
    found = [
        _effect(name, value, variance, int(count))
        for name, value, variance, count in zip(names, values, spread, counts, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: -one.value))


def _effect(name: str, value: float, variance: float, listings: int = 0) -> Effect:
    u = math.sqrt(variance)
    ends = (math.expm1(value - 1.96 * u), math.expm1(value + 1.96 * u))
    return Effect(name, float(value), u, math.expm1(value - variance / 2), *ends, listings)


def _least_squares(columns: F64, logs: F64) -> tuple[F64, F64, F64]:
    """Return coefficients, their covariance robust against unequal scatter (HC3; MacKinnon & White 1985), and residuals."""
    inverse = np.linalg.pinv(columns.T @ columns)
    beta = inverse @ (columns.T @ logs)
    residuals = logs - columns @ beta
    leverage = np.einsum("ij,jk,ik->i", columns, inverse, columns)
    weighted = columns * (residuals / np.maximum(1 - leverage, 1e-6))[:, None]
    return beta, inverse @ (weighted.T @ weighted) @ inverse, residuals


def _explained(logs: F64, residuals: F64) -> float:
    return float(1 - np.sum(residuals**2) / np.sum((logs - logs.mean()) ** 2))


def _out_of_sample(columns: F64, logs: F64, folds: int, seed: int) -> float:
    fold = np.random.default_rng(seed).permutation(len(logs)) % folds
    residuals = np.empty_like(logs)
    for part in range(folds):
        unseen = fold == part
        beta = np.linalg.lstsq(columns[~unseen], logs[~unseen], rcond=None)[0]
        residuals[unseen] = logs[unseen] - columns[unseen] @ beta
    return _explained(logs, residuals)


def _check(columns: F64, labels: Sequence[str]) -> None:
    rows, width = columns.shape
    if rows <= width:
        raise DataError(Message("brand.hedonic.too_few", rows=rows, coefficients=width))
    scaled = columns / np.maximum(np.sqrt(np.mean(columns**2, axis=0)), 1e-300)
    _, singular, directions = np.linalg.svd(scaled, full_matrices=False)
    if singular[-1] < 1e-10 * singular[0]:
        tied = [name for name, part in zip(labels, np.abs(directions[-1]), strict=True) if part > PART and name != "1"]
        raise DataError(Message("brand.choice.tied", columns=", ".join(tied)))
