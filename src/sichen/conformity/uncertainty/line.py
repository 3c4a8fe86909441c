# SPDX-License-Identifier: Apache-2.0
"""A calibration line: intercept and slope with their correlation, and what it says at another point."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sichen.core import TooFewSamples


@dataclass(frozen=True)
class Line:
    """A straight line ``intercept + slope · (x − origin)`` by least squares.

    Parameters
    ----------
    intercept, slope, u_intercept, u_slope : float
    r : float
        Correlation of intercept and slope.
    s : float
        Standard deviation of the residuals.
    dof : int
    origin : float
    """

    intercept: float
    slope: float
    u_intercept: float
    u_slope: float
    r: float
    s: float
    dof: int
    origin: float

    def at(self, x: float) -> tuple[float, float]:
        """Return the value of the line at a point, with its standard uncertainty."""
        step = x - self.origin
        variance = self.u_intercept**2 + (step * self.u_slope) ** 2 + 2 * step * self.u_intercept * self.u_slope * self.r
        return self.intercept + self.slope * step, math.sqrt(variance)


def fit_line(x: Sequence[float], y: Sequence[float], *, origin: float = 0.0) -> Line:
    """Fit a calibration line.

    Parameters
    ----------
    x, y : sequence of float, length n >= 3
        Points of equal weight.
    origin : float
        Where the intercept is taken.

    Raises
    ------
    TooFewSamples
        If there are fewer than three points.

    References
    ----------
    .. [1] JCGM 100:2008, H.3, equations H.13.

    Examples
    --------
    >>> line = fit_line([0, 1, 2, 3], [1.0, 3.1, 4.9, 7.0])
    >>> round(line.slope, 2), line.dof
    (1.98, 2)
    """
    t = np.asarray(x, dtype=np.float64) - origin
    b = np.asarray(y, dtype=np.float64)
    if t.size < 3:  # noqa: PLR2004 - two points leave no residual
        raise TooFewSamples(got=t.size, need=3)
    centred = t - t.mean()
    spread = float(centred @ centred)
    slope = float(centred @ b) / spread
    intercept = float(b.mean() - slope * t.mean())
    residuals = b - intercept - slope * t
    s = math.sqrt(float(residuals @ residuals) / (t.size - 2))
    u_slope = s / math.sqrt(spread)
    u_intercept = s * math.sqrt(float(t @ t) / (t.size * spread))
    r = -float(t.sum()) / math.sqrt(t.size * float(t @ t)) if (t != 0).any() else 0.0
    return Line(intercept, slope, u_intercept, u_slope, r, s, t.size - 2, origin)
