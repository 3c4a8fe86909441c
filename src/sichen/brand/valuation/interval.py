# SPDX-License-Identifier: Apache-2.0
"""How sure a value is: an interval by Monte Carlo, the share of each input in it, and what one input alone can do."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sichen.brand.valuation.inputs import Case, Input
from sichen.brand.valuation.methods import Method

F64 = NDArray[np.float64]
DRAWS = 2**14
"""A power of two: the draws come from a scrambled Sobol sequence."""


@dataclass(frozen=True)
class Interval:
    """The middle and the ends of a distribution of values.

    Parameters
    ----------
    low, middle, high : float or None
        Quantiles; `high` is None when too many draws have no finite value.
    level : float
        Probability between `low` and `high`.
    undefined : float
        Share of the draws in which the method is not defined (the growth reaches the rate).
    """

    low: float
    middle: float
    high: float | None
    level: float
    undefined: float


@dataclass(frozen=True)
class Share:
    """What of the variance is due to one input: alone (`first`) and with all that it acts together with (`total`)."""

    name: str
    first: float
    total: float


@dataclass(frozen=True)
class Swing:
    """The value when one input alone stands at its low and at its high end (5 % and 95 % of its shape)."""

    name: str
    at_low: float
    at_high: float
    value_low: float
    value_high: float

    @property
    def width(self) -> float:
        """How far the value moves; infinite where the method is not defined at one end."""
        gap = abs(self.value_high - self.value_low)
        return gap if np.isfinite(gap) else float("inf")


def quantile(one: Input, at: F64) -> F64:
    """Return the quantiles of an input's shape.

    Parameters
    ----------
    at : ndarray
        Probabilities, 0 < p < 1.

    Returns
    -------
    ndarray
        A normal shape is cut at the bounds of the possible.
    """
    from scipy.special import ndtri

    if one.shape == "uniform":
        return np.asarray(one.low + (one.high - one.low) * at, np.float64)
    if one.shape == "normal":
        return np.asarray(np.clip(one.value + one.sd * ndtri(at), one.kind.low, one.kind.high), np.float64)
    if one.shape == "triangular":
        return _triangular(one.low, one.value, one.high, at)
    return np.full(np.shape(at), one.value)


def central(case: Case, method: Method) -> dict[str, F64]:
    """Return the best single numbers as arrays of one draw."""
    return {one.kind.name: np.array([one.value]) for one in _inputs(case, method)}


def drawn(case: Case, method: Method, *, draws: int = DRAWS, seed: int = 1) -> Mapping[str, F64]:
    """Return draws of everything that a method asks for, from a scrambled Sobol sequence."""
    uncertain = [one for one in _inputs(case, method) if not one.certain]
    return _at(case, method, uncertain, _sequence(max(len(uncertain), 1), draws, seed))


def interval_of(case: Case, method: Method, *, level: float = 0.9, draws: int = DRAWS, seed: int = 1) -> Interval:
    """Return the interval of a value.

    Parameters
    ----------
    level : float
        0 < level < 1; 0.9 gives the 5 % and the 95 % quantile.
    draws : int
        Power of two.
    seed : int
    """
    values = method.formula(drawn(case, method, draws=draws, seed=seed), case)
    undefined = float(np.mean(np.isnan(values)))
    # Where growth reaches the rate a stream is worth more than any number: such draws stand above all others.
    ends = np.quantile(np.where(np.isnan(values), np.inf, values), [(1 - level) / 2, 0.5, (1 + level) / 2], method="lower")
    high = float(ends[2]) if np.isfinite(ends[2]) else None
    return Interval(float(ends[0]), float(ends[1]), high, level, undefined)


def shares_of(case: Case, method: Method, *, draws: int = DRAWS, seed: int = 1) -> tuple[Share, ...]:
    """Split the variance of the value among the inputs, largest first (Sobol indices).

    First-order indices by the estimator of Saltelli et al. (2010), total ones by that of Jansen (1999). The split is of the
    logarithm of the value, which is what an interval of ratios asks for, when all draws are positive; else of the value.
    """
    uncertain = [one for one in _inputs(case, method) if not one.certain]
    if not uncertain:
        return ()
    both = _sequence(2 * len(uncertain), draws, seed)
    left, right = both[:, : len(uncertain)], both[:, len(uncertain) :]
    base, other = (method.formula(_at(case, method, uncertain, half), case) for half in (left, right))
    mixed = [
        method.formula(_at(case, method, uncertain, np.where(np.arange(len(uncertain)) == place, right, left)), case)
        for place in range(len(uncertain))
    ]
    good = np.isfinite(base) & np.isfinite(other) & np.all(np.isfinite(mixed), axis=0)
    base, other, mixed = base[good], other[good], [one[good] for one in mixed]
    if min(base.min(), other.min(), *(one.min() for one in mixed)) > 0:
        base, other, mixed = np.log(base), np.log(other), [np.log(one) for one in mixed]
    variance = float(np.var(np.concatenate([base, other])))
    if variance == 0.0:
        return ()
    found = [
        Share(
            one.kind.name,
            float(np.clip(np.mean(other * (swapped - base)) / variance, 0.0, 1.0)),
            float(np.mean((base - swapped) ** 2) / 2 / variance),
        )
        for one, swapped in zip(uncertain, mixed, strict=True)
    ]
    return tuple(sorted(found, key=lambda share: -share.total))


def swings_of(case: Case, method: Method) -> tuple[Swing, ...]:
    """Return what each input alone does to the value, widest first: the bars of a tornado plot."""
    found = []
    for one in _inputs(case, method):
        if one.certain:
            continue
        ends = quantile(one, np.array([0.05, 0.95]))
        draws = {name: np.repeat(value, 2) for name, value in central(case, method).items()} | {one.kind.name: ends}
        values = method.formula(draws, case)
        found.append(Swing(one.kind.name, float(ends[0]), float(ends[1]), float(values[0]), float(values[1])))
    return tuple(sorted(found, key=lambda swing: -swing.width))


def _inputs(case: Case, method: Method) -> tuple[Input, ...]:
    found = (case.input(name) for name in method.needs)
    return tuple(one for one in found if one is not None)


def _at(case: Case, method: Method, uncertain: list[Input], chances: F64) -> Mapping[str, F64]:
    steady = {name: np.repeat(value, len(chances)) for name, value in central(case, method).items()}
    return steady | {one.kind.name: quantile(one, chances[:, place]) for place, one in enumerate(uncertain)}


def _sequence(width: int, draws: int, seed: int) -> F64:
    from scipy.stats import qmc

    points = qmc.Sobol(width, scramble=True, rng=np.random.default_rng(seed)).random(draws)
    return np.asarray(np.clip(points, 1e-12, 1 - 1e-12), np.float64)


def _triangular(low: float, mode: float, high: float, at: F64) -> F64:
    width, rising = high - low, mode - low
    turn = rising / width
    up = low + np.sqrt(at * width * rising)
    down = high - np.sqrt((1 - at) * width * (high - mode))
    return np.asarray(np.where(at < turn, up, down), np.float64)
