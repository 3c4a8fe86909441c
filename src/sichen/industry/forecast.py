# SPDX-License-Identifier: Apache-2.0
"""Whether a structure will reach its target: a random walk with drift in log-ratios, simulated; refused on few years."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.core import JSON, DataError, Message
from sichen.industry.composition import PARTS, Floats, closed, ilr, inverse_ilr

FEWEST = 5
DRAWS = 20_000
MODEL = "random walk with drift in ilr coordinates; drift and covariance drawn from their posterior under a Jeffreys prior"


@dataclass(frozen=True)
class Forecast:
    """The structure to expect in a year, and the probability that it meets a target.

    Parameters
    ----------
    year : int
    median, lower, upper : ndarray, shape (3,)
        Of each share; the interval has content `content`.
    probability : float or None
        That high is at least and low at most what the target says; None where no target was given.
    probability_u : float or None
        Standard uncertainty of `probability` from the finite number of draws alone.
    model : str
    draws, seed, observations : int
    """

    year: int
    median: Floats
    lower: Floats
    upper: Floats
    content: float
    probability: float | None
    probability_u: float | None
    model: str
    draws: int
    seed: int
    observations: int

    def to_json(self) -> dict[str, JSON]:
        """Return the forecast as plain JSON, shares in per cent."""
        shares: dict[str, JSON] = {
            name: {
                "median": float(100 * self.median[part]),
                "lower": float(100 * self.lower[part]),
                "upper": float(100 * self.upper[part]),
            }
            for part, name in enumerate(PARTS)
        }
        return {
            "year": self.year,
            "shares_percent": shares,
            "content": self.content,
            "probability": self.probability,
            "probability_u": self.probability_u,
            "model": self.model,
            "draws": self.draws,
            "seed": self.seed,
            "observations": self.observations,
        }


def forecast(
    years: npt.ArrayLike,
    parts: npt.ArrayLike,
    *,
    year: int,
    target: npt.ArrayLike | None = None,
    drift: npt.ArrayLike | None = None,
    content: float = 0.95,
    seed: int = 0,
    draws: int = DRAWS,
) -> Forecast:
    """Forecast a structure, and the probability of its target.

    Parameters
    ----------
    years : array_like of int, shape (n,), n >= 5
        Consecutive years.
    parts : array_like, shape (n, 3), > 0
    year : int
        The year asked about, after the last observation.
    target : array_like, shape (3,), optional
    drift : array_like, shape (2,), optional
        A scenario: this drift a year in ilr coordinates instead of the observed one.
    content : float
        Of the interval of each share.
    seed, draws : int

    Returns
    -------
    Forecast

    Raises
    ------
    DataError
        If there are fewer than five observations, years are missing or come twice, or the year is not later.

    Notes
    -----
    With m increments of mean d and scatter S about it, the covariance is drawn from an inverse Wishart distribution of
    m - 1 degrees of freedom and the drift from a normal one about d: few years give a wide answer. Shares are never
    extrapolated one by one.

    Examples
    --------
    >>> shares = [[1, 14, 85], [1.2, 15, 83.8], [1.3, 16, 82.7], [1.6, 17, 81.4], [1.8, 18, 80.2], [2, 19, 79]]
    >>> found = forecast(range(2014, 2020), shares, year=2020, target=[3, 22, 75])
    >>> found.probability < 0.05
    True
    """
    time = np.asarray(years, dtype=np.int64)
    if time.size < FEWEST:
        raise DataError(Message("industry.forecast.few", got=int(time.size), need=FEWEST))
    if (np.diff(time) != 1).any():
        raise DataError(Message("industry.forecast.gaps"))
    ahead = year - int(time[-1])
    if ahead < 1:
        raise DataError(Message("industry.forecast.past", year=year, last=int(time[-1])))
    walk = ilr(closed(parts))
    ends = walk[-1] + _increments(np.diff(walk, axis=0), ahead, drift, np.random.default_rng(seed), draws)
    shares = inverse_ilr(ends)
    tail = 50 * (1 - content)
    lower, median, upper = np.percentile(shares, [tail, 50, 100 - tail], axis=0)
    chance = None if target is None else float(np.mean(_met(shares, closed(target))))
    spread = None if chance is None else math.sqrt((chance * (1 - chance) + 1 / draws) / draws)
    return Forecast(year, median, lower, upper, content, chance, spread, MODEL, draws, seed, int(time.size))


def met(parts: npt.ArrayLike, target: npt.ArrayLike) -> bool:
    """Tell whether a structure is at least as high as its target: no less high, no more low.

    Examples
    --------
    >>> met([3.2, 21, 75.8], [3, 22, 75]), met([3, 22, 75], [3, 22, 75])
    (False, True)
    """
    return bool(_met(closed(parts)[None, :], closed(target))[0])


def _met(shares: Floats, target: Floats) -> npt.NDArray[np.bool_]:
    slack = 1e-12
    return np.asarray((shares[:, 0] >= target[0] - slack) & (shares[:, 2] <= target[2] + slack))


def _increments(steps: Floats, ahead: int, drift: npt.ArrayLike | None, generator: np.random.Generator, draws: int) -> Floats:
    """Draw the sum of the next increments, shape (draws, 2)."""
    count, mean = len(steps), steps.mean(axis=0)
    scatter = (steps - mean).T @ (steps - mean) + 1e-12 * np.eye(2)
    covariance = _inverse_wishart(scatter, count - 1, generator, draws)
    root = np.linalg.cholesky(covariance)
    noise = generator.standard_normal((2, draws, 2, 1))
    own = mean + (root @ noise[0])[..., 0] / math.sqrt(count)
    centre = own if drift is None else np.broadcast_to(np.asarray(drift, dtype=np.float64), own.shape)
    return np.asarray(ahead * centre + math.sqrt(ahead) * (root @ noise[1])[..., 0])


def _inverse_wishart(scatter: Floats, freedom: int, generator: np.random.Generator, draws: int) -> Floats:
    """Draw 2 by 2 covariances by Bartlett's decomposition."""
    triangle = np.zeros((draws, 2, 2))
    triangle[:, 0, 0] = np.sqrt(generator.chisquare(freedom, draws))
    triangle[:, 1, 1] = np.sqrt(generator.chisquare(freedom - 1, draws))
    triangle[:, 1, 0] = generator.standard_normal(draws)
    factor = np.linalg.cholesky(np.linalg.inv(scatter)) @ triangle
    covariance = np.linalg.inv(factor @ factor.transpose(0, 2, 1))
    return np.asarray((covariance + covariance.transpose(0, 2, 1)) / 2)
