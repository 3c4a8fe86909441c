# SPDX-License-Identifier: Apache-2.0
"""Proficiency tests between laboratories: a robust assigned value, and scores."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sichen.core import DataError, Message, TooFewSamples

Judgement = Literal["satisfactory", "questionable", "unsatisfactory"]

CLIP = 1.5
CONSISTENCY = 1.134
START = 1.483
MEDIAN_FACTOR = 1.25
FEWEST = 5
NEGLIGIBLE = 0.3
"""An assigned value known worse than this share of σ_pt belongs into the score: z′ instead of z."""


@dataclass(frozen=True)
class Robust:
    """A robust mean and standard deviation.

    Parameters
    ----------
    mean, deviation : float
        x* and s*.
    u_mean : float
        Standard uncertainty of x*: 1.25 s*/√p.
    """

    mean: float
    deviation: float
    u_mean: float


@dataclass(frozen=True)
class Score:
    """How a laboratory did, by one score."""

    value: float
    judgement: Judgement


@dataclass(frozen=True)
class Participant:
    """A laboratory's result with its standard uncertainty."""

    name: str
    value: float
    u: float


@dataclass(frozen=True)
class Scores:
    """All scores of one laboratory; `z_prime` is the one to use when the assigned value is not well known."""

    name: str
    z: Score
    z_prime: Score
    zeta: Score
    en: Score


def algorithm_a(values: Sequence[float]) -> Robust:
    """Estimate mean and standard deviation so that outliers hardly matter.

    Parameters
    ----------
    values : sequence of float, length >= 5
        One result a laboratory.

    Raises
    ------
    TooFewSamples
        If there are fewer than five.
    DataError
        If more than half of the values are equal: nothing is left to scale by.

    References
    ----------
    .. [1] ISO 13528:2022, Algorithm A: start at the median and 1.483 MAD, clip at x* ± 1.5 s*, s* = 1.134 times
       the standard deviation of the clipped values, until nothing changes.

    Examples
    --------
    >>> robust = algorithm_a([4.9, 5.0, 5.1, 5.0, 4.8, 5.2, 9.0])
    >>> round(robust.mean, 2), round(robust.deviation, 2)
    (5.06, 0.22)
    """
    x = np.asarray(values, dtype=np.float64)
    if x.size < FEWEST:
        raise TooFewSamples(got=x.size, need=FEWEST)
    mean = float(np.median(x))
    deviation = START * float(np.median(np.abs(x - mean)))
    if not deviation > 0:
        raise DataError(Message("conformity.proficiency.no_scatter"))
    while True:
        clipped = np.clip(x, mean - CLIP * deviation, mean + CLIP * deviation)
        fresh, spread = float(clipped.mean()), CONSISTENCY * float(clipped.std(ddof=1))
        settled = math.isclose(fresh, mean, rel_tol=0, abs_tol=1e-10 * spread) and math.isclose(
            spread, deviation, rel_tol=1e-10
        )
        mean, deviation = fresh, spread
        if settled:
            return Robust(mean, deviation, MEDIAN_FACTOR * deviation / math.sqrt(x.size))


def score(
    participants: Sequence[Participant], *, assigned: float, u_assigned: float, deviation: float, coverage: float = 2.0
) -> tuple[Scores, ...]:
    """Score laboratories against an assigned value.

    Parameters
    ----------
    participants : sequence of Participant
    assigned, u_assigned : float
        X and its standard uncertainty.
    deviation : float > 0
        σ_pt, the standard deviation for proficiency assessment.
    coverage : float
        Factor of the expanded uncertainties in En.

    Raises
    ------
    DataError
        If σ_pt or an uncertainty is not positive.

    Notes
    -----
    z = (x − X)/σ_pt, z′ = (x − X)/√(σ_pt² + u_X²), ζ = (x − X)/√(u_x² + u_X²), En with U = k u. Up to 2 is
    satisfactory, 3 and more calls for action; En up to 1 is satisfactory.
    """
    if not deviation > 0 or u_assigned < 0 or any(not one.u > 0 for one in participants):
        raise DataError(Message("conformity.proficiency.no_deviation"))
    found = []
    for one in participants:
        error, own = one.value - assigned, math.hypot(one.u, u_assigned)
        found.append(
            Scores(
                one.name,
                _score(error / deviation),
                _score(error / math.hypot(deviation, u_assigned)),
                _score(error / own),
                Score(error / (coverage * own), "satisfactory" if abs(error) <= coverage * own else "unsatisfactory"),
            )
        )
    return tuple(found)


def assigned_value_is_good(u_assigned: float, *, deviation: float) -> bool:
    """Tell whether the assigned value is known well enough for z: u_X ≤ 0.3 σ_pt (ISO 13528)."""
    return u_assigned <= NEGLIGIBLE * deviation


def _score(value: float) -> Score:
    size = abs(value)
    if size <= 2:  # noqa: PLR2004 - ISO 13528
        return Score(value, "satisfactory")
    return Score(value, "questionable" if size < 3 else "unsatisfactory")  # noqa: PLR2004
