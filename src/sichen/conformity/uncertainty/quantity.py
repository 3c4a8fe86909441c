# SPDX-License-Identifier: Apache-2.0
"""Input quantities: what is known of each, and the numbers that are drawn from it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message

Floats = npt.NDArray[np.float64]
Distribution = Literal["normal", "rectangular", "triangular", "arcsine"]
HALF_WIDTHS: Mapping[str, float] = {"normal": 1.0, "rectangular": 3**0.5, "triangular": 6**0.5, "arcsine": 2**0.5}
"""Half-width over standard uncertainty; for a normal one the half-width is one standard uncertainty."""


@dataclass(frozen=True)
class Quantity:
    """One input quantity of a measurement.

    Parameters
    ----------
    value : float
    u : float >= 0
        Standard uncertainty.
    dof : float > 0
        Degrees of freedom of `u`; infinite when it is taken as known.
    distribution : {"normal", "rectangular", "triangular", "arcsine"}
        A normal quantity with finite degrees of freedom is drawn from the t-distribution.

    Examples
    --------
    >>> round(Quantity.within(23.0, 1.0).u, 4)
    0.5774
    """

    value: float
    u: float
    dof: float = math.inf
    distribution: Distribution = "normal"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and math.isfinite(self.u) and self.u >= 0 and self.dof > 0):
            raise DataError(Message("conformity.uncertainty.bad_quantity", value=str(self.value), u=str(self.u)))

    @classmethod
    def within(cls, value: float, half_width: float, *, distribution: Distribution = "rectangular") -> "Quantity":
        """Make a quantity that lies within bounds."""
        return cls(value, half_width / HALF_WIDTHS[distribution], distribution=distribution)

    @classmethod
    def observed(cls, values: Sequence[float]) -> "Quantity":
        """Make a quantity from repeated observations: their mean, its standard deviation, n − 1 degrees of freedom.

        Raises
        ------
        DataError
            If there are fewer than two.
        """
        x = np.asarray(values, dtype=np.float64)
        if x.size < 2:  # noqa: PLR2004 - one observation has no spread
            raise DataError(Message("core.too_few_samples", got=x.size, need=2))
        return cls(float(x.mean()), float(x.std(ddof=1) / math.sqrt(x.size)), x.size - 1)

    def draw(self, count: int, generator: np.random.Generator) -> Floats:
        """Return `count` numbers as the quantity is known (JCGM 101:2008, clause 6.4)."""
        half = self.u * HALF_WIDTHS[self.distribution]
        if self.distribution == "rectangular":
            shape = generator.uniform(-1, 1, count)
        elif self.distribution == "triangular":
            shape = generator.triangular(-1, 0, 1, count)
        elif self.distribution == "arcsine":
            shape = np.sin(generator.uniform(-math.pi, math.pi, count))
        elif math.isfinite(self.dof):
            shape = generator.standard_t(self.dof, count)
        else:
            shape = generator.standard_normal(count)
        return np.asarray(self.value + half * shape, dtype=np.float64)


Correlations = Mapping[tuple[str, str], float]
"""Correlation coefficients by pair of names; a pair that is not named is uncorrelated."""


def correlation_matrix(names: Sequence[str], correlations: Correlations) -> Floats:
    """Return the matrix of correlation coefficients.

    Raises
    ------
    DataError
        If a pair names an unknown quantity, a coefficient is outside −1 … 1, or the matrix is impossible.
    """
    matrix = np.eye(len(names))
    place = {name: index for index, name in enumerate(names)}
    for (left, right), coefficient in correlations.items():
        if left not in place or right not in place or not -1 <= coefficient <= 1:
            raise DataError(Message("conformity.uncertainty.correlation", pair=f"{left}, {right}", value=str(coefficient)))
        matrix[place[left], place[right]] = matrix[place[right], place[left]] = coefficient
    if np.linalg.eigvalsh(matrix).min() < -1e-9:  # noqa: PLR2004 - rounding of typed coefficients
        raise DataError(Message("conformity.uncertainty.impossible"))
    return matrix


def observed_together(columns: Mapping[str, Sequence[float]]) -> tuple[dict[str, Quantity], dict[tuple[str, str], float]]:
    """Make quantities from simultaneous observations, with the correlation of their means.

    Parameters
    ----------
    columns : mapping of name to observations, all of one length >= 2

    Raises
    ------
    DataError
        If the columns differ in length.
    """
    if len({len(values) for values in columns.values()}) != 1:
        raise DataError(Message("conformity.batch.ragged"))
    names = list(columns)
    coefficients = np.atleast_2d(np.corrcoef([columns[name] for name in names]))
    pairs = {
        (left, right): float(np.clip(coefficients[i, i + 1 + j], -1, 1))
        for i, left in enumerate(names)
        for j, right in enumerate(names[i + 1 :])
    }
    return {name: Quantity.observed(columns[name]) for name in names}, pairs
