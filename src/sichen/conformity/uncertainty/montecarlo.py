# SPDX-License-Identifier: Apache-2.0
"""Propagation of distributions by Monte Carlo, with as many trials as the wanted digits need (JCGM 101)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.conformity.uncertainty.propagation import Model, Result, coverage_factor
from sichen.conformity.uncertainty.quantity import Correlations, Quantity, correlation_matrix
from sichen.core import DataError, Message

Floats = npt.NDArray[np.float64]
BLOCK = 10_000
FEWEST = 5
"""Blocks before it may stop: the scatter of two says too little of itself."""


@dataclass(frozen=True)
class Distributed:
    """A result as a distribution.

    Parameters
    ----------
    value, u : float
        Mean and standard deviation of the draws.
    symmetric, shortest : tuple of float
        Coverage intervals: of equal tails, and the shortest one.
    probability : float
        That the intervals cover.
    trials : int
    stable : bool
        Whether value, u and the ends of the symmetric interval reached the wanted digits.
    """

    value: float
    u: float
    symmetric: tuple[float, float]
    shortest: tuple[float, float]
    probability: float
    trials: int
    stable: bool


@dataclass(frozen=True)
class Validation:
    """Whether the law of propagation may be used, against the draws (JCGM 101:2008, clause 8)."""

    low_difference: float
    high_difference: float
    tolerance: float

    @property
    def valid(self) -> bool:
        """Whether both ends of the interval agree to the numerical tolerance."""
        return max(self.low_difference, self.high_difference) <= self.tolerance


def simulate(
    model: Model,
    inputs: Mapping[str, Quantity],
    *,
    correlations: Correlations | None = None,
    probability: float = 0.95,
    digits: int = 2,
    seed: int = 101,
    most: int = 2_000_000,
) -> Distributed:
    """Propagate distributions through a model with one result.

    Parameters
    ----------
    model : callable
        Takes arrays by name.
    inputs : mapping of name to Quantity
    correlations : mapping of pair of names to float, optional
        Only normal quantities can be correlated.
    probability : float in 0 … 1
        Coverage probability.
    digits : int >= 1
        Significant digits of u that shall be stable.
    seed : int
    most : int >= 20 000
        Trials after which it stops, stable or not.

    Returns
    -------
    Distributed

    Raises
    ------
    DataError
        If a correlated quantity is not normal, or the model's values are not finite.

    Notes
    -----
    Blocks of 10 000 trials, five at least, until twice the standard deviation of the mean, over blocks, of value, u and both ends
    lies within half a unit of the last wanted digit of u [1]_.

    References
    ----------
    .. [1] JCGM 101:2008, clause 7.9 (adaptive procedure) and 5.3.4 (shortest interval).

    Examples
    --------
    >>> four = {name: Quantity.within(0.0, 3 ** 0.5) for name in "abcd"}
    >>> result = simulate(lambda a, b, c, d: a + b + c + d, four, digits=1)
    >>> round(result.u, 1), round(result.symmetric[1], 1)
    (2.0, 3.9)
    """
    generator = np.random.default_rng(seed)
    draw = _sampler(inputs, correlations or {})
    blocks: list[Floats] = []
    summaries: list[tuple[float, float, float, float]] = []
    stable = False
    while not stable and (len(blocks) + 1) * BLOCK <= most:
        values = np.asarray(model(**draw(generator)), dtype=np.float64)
        if values.shape != (BLOCK,) or not np.isfinite(values).all():
            raise DataError(Message("conformity.uncertainty.not_finite"))
        blocks.append(values)
        summaries.append((float(values.mean()), float(values.std(ddof=1)), *_symmetric(np.sort(values), probability)))
        stable = _stable(np.array(summaries), digits)
    everything = np.sort(np.concatenate(blocks))
    return Distributed(
        float(everything.mean()),
        float(everything.std(ddof=1)),
        _symmetric(everything, probability),
        _shortest(everything, probability),
        probability,
        everything.size,
        stable,
    )


def validate(result: Result, drawn: Distributed, *, digits: int = 2) -> Validation:
    """Compare the interval of the law of propagation with the drawn one.

    Raises
    ------
    DataError
        If the result has no degrees of freedom.
    """
    if result.dof is None:
        raise DataError(Message("conformity.uncertainty.no_dof"))
    half = coverage_factor(drawn.probability, dof=result.dof) * result.u
    low, high = drawn.symmetric
    return Validation(
        abs(result.value - half - low), abs(result.value + half - high), numerical_tolerance(result.u, digits=digits)
    )


def numerical_tolerance(u: float, *, digits: int) -> float:
    """Return half a unit of the last significant digit of u (JCGM 101:2008, clause 7.9.2).

    Examples
    --------
    >>> numerical_tolerance(0.035, digits=2)
    0.0005
    """
    if u <= 0:
        return 0.0
    return 0.5 * 10.0 ** (math.floor(math.log10(u)) - digits + 1)


def _sampler(inputs: Mapping[str, Quantity], correlations: Correlations) -> "_Sampler":
    tied = sorted({name for pair in correlations for name in pair}, key=list(inputs).index)
    matrix = correlation_matrix(list(inputs), correlations)
    for name in tied:
        if inputs[name].distribution != "normal":
            raise DataError(Message("conformity.uncertainty.not_normal", name=name))
    places = [list(inputs).index(name) for name in tied]
    values, vectors = np.linalg.eigh(matrix[np.ix_(places, places)]) if tied else (np.zeros(0), np.zeros((0, 0)))
    return _Sampler(inputs, tuple(tied), np.asarray(vectors * np.sqrt(np.clip(values, 0, None))))


@dataclass(frozen=True)
class _Sampler:
    """Draws a block of every input, correlated ones together."""

    inputs: Mapping[str, Quantity]
    tied: tuple[str, ...]
    factor: Floats

    def __call__(self, generator: np.random.Generator) -> dict[str, Floats]:
        joint = self.factor @ generator.standard_normal((len(self.tied), BLOCK))
        drawn = {name: self.inputs[name].value + self.inputs[name].u * joint[row] for row, name in enumerate(self.tied)}
        return {name: drawn[name] if name in drawn else one.draw(BLOCK, generator) for name, one in self.inputs.items()}


def _stable(summaries: Floats, digits: int) -> bool:
    count = len(summaries)
    if count < FEWEST:
        return False
    tolerance = numerical_tolerance(float(summaries[:, 1].mean()), digits=digits)
    scatter = summaries.std(axis=0, ddof=1) / math.sqrt(count)
    return bool((2 * scatter <= tolerance).all()) or tolerance == 0


def _symmetric(ordered: Floats, probability: float) -> tuple[float, float]:
    covered = round(probability * ordered.size)
    first = (ordered.size - covered) // 2
    return float(ordered[first]), float(ordered[min(first + covered, ordered.size - 1)])


def _shortest(ordered: Floats, probability: float) -> tuple[float, float]:
    covered = min(round(probability * ordered.size), ordered.size - 1)
    lengths = ordered[covered:] - ordered[: ordered.size - covered]
    first = int(np.argmin(lengths))
    return float(ordered[first]), float(ordered[first + covered])
