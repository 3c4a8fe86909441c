# SPDX-License-Identifier: Apache-2.0
"""A tourbillon's rate against the angle of its carriage."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.bench.beats.noise import mean_variance
from sichen.core import JSON, Figure, TooFewSamples

Values = npt.NDArray[np.float64]

_TURNS = 2  # that must be heard: in one, wander passes for the carriage
_TREND = 4  # coefficients of the slow change that is taken off


@dataclass(frozen=True)
class TourbillonPolar:
    """Rate over one turn of the carriage.

    Parameters
    ----------
    angle : ndarray of float64, shape (n,)
        Degrees from the place of the carriage at the first beat, in the sense of its turning.
    rate : ndarray of float64, shape (n,)
        Deviation from the mean rate, s/d.
    u : float
        Standard uncertainty of each, s/d.
    swing : Figure, s/d
        Amplitude of the first harmonic: what poise makes of the turning.
    fastest : Figure, °
        Angle at which the first harmonic is fastest.
    turns : float
        Turns heard.
    """

    angle: Values
    rate: Values
    u: float
    swing: Figure
    fastest: Figure
    turns: float

    def to_json(self) -> dict[str, JSON]:
        """Return the polar as plain JSON."""
        return {
            "angle_deg": self.angle.tolist(),
            "rate_s_per_d": self.rate.tolist(),
            "rate_u_s_per_d": self.u,
            "swing": self.swing.to_json(),
            "fastest": self.fastest.to_json(),
            "turns": self.turns,
        }


def tourbillon_polar(
    number: npt.ArrayLike,
    residual: npt.ArrayLike,
    *,
    beat_interval: float,
    carriage_period: float = 60.0,
    harmonics: int = 4,
) -> TourbillonPolar:
    """Fit the rate over the turn of a carriage.

    Parameters
    ----------
    number : array_like of int, shape (n,)
        Which beat each is.
    residual : array_like of float, shape (n,)
        Seconds late of a straight line; NaN where there is none.
    beat_interval : float > 0
        Seconds.
    carriage_period : float > 0
        Seconds of the watch's own time for one turn.
    harmonics : int >= 1
        Harmonics of the turn to fit.

    Returns
    -------
    TourbillonPolar

    Raises
    ------
    TooFewSamples
        If fewer than two turns were heard.

    Notes
    -----
    Least squares of the timing on sines of the turn beside a cubic; the rate is minus the slope of the timing.

    Examples
    --------
    >>> k = np.arange(2880)
    >>> late = -(3.0 / 86400) * 60 / (2 * np.pi) * np.sin(2 * np.pi * k / 480)
    >>> polar = tourbillon_polar(k, late, beat_interval=0.125)
    >>> round(polar.swing.value, 2), round(polar.fastest.value) % 360
    (3.0, 0)
    """
    k, x = np.asarray(number, dtype=np.int64), np.asarray(residual, dtype=np.float64)
    good = np.isfinite(x)
    k, x = k[good] - (k[good][0] if good.any() else 0), x[good]
    period = carriage_period / beat_interval
    if k.size < _TREND + 2 * harmonics + 8 or k[-1] < _TURNS * period:
        raise TooFewSamples(got=int(k[-1]) + 1 if k.size else 0, need=math.ceil(_TURNS * period))
    design, orders = _design(k, period, harmonics)
    # Legendre trend and waves over whole turns are nearly orthogonal: the normal equations lose nothing.
    inverse = np.linalg.inv(design.T @ design)
    found = inverse @ (design.T @ x)
    rest = x - design @ found
    # Wander makes slow lines noisier than beat jitter: the same factor widens all coefficients.
    noise = mean_variance(rest) * rest.size * rest.size / (rest.size - design.shape[1])
    covariance = noise * inverse
    to_rate = -86400 * 2 * np.pi * orders / carriage_period
    cosine, sine = found[_TREND::2], found[_TREND + 1 :: 2]
    angle = np.arange(0.0, 360.0, 5.0)
    turn = np.outer(np.radians(angle), orders)
    rate = (-np.sin(turn) * cosine + np.cos(turn) * sine) @ to_rate
    u = math.sqrt(float(np.sum(to_rate**2 * np.diag(covariance)[_TREND::2])))
    # Of the first harmonic: rate = to_rate · (−c sin θ + s cos θ), greatest where its derivative vanishes.
    size = abs(float(to_rate[0])) * math.hypot(cosine[0], sine[0])
    size_u = abs(float(to_rate[0])) * math.sqrt(float(covariance[_TREND, _TREND]))
    where = math.degrees(math.atan2(float(-cosine[0] * to_rate[0]), float(sine[0] * to_rate[0]))) % 360
    fastest = Figure(where, math.degrees(size_u / max(size, 1e-12)), "°")
    return TourbillonPolar(angle, rate, u, Figure(size, size_u, "s/d"), fastest, float(k[-1]) / period)


def _design(k: npt.NDArray[np.int64], period: float, harmonics: int) -> tuple[Values, Values]:
    """Return the columns of trend and turn, and the order of each harmonic."""
    place = 2 * k / k[-1] - 1
    orders = np.arange(1, harmonics + 1)
    turn = 2 * np.pi * np.outer(k / period, orders)
    waves = np.stack([np.cos(turn), np.sin(turn)], axis=2).reshape(k.size, -1)
    return np.column_stack([np.polynomial.legendre.legvander(place, _TREND - 1), waves]), orders.astype(np.float64)
