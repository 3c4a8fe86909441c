# SPDX-License-Identifier: Apache-2.0
"""Poise of the balance from the rates of vertical positions."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sichen.bench.series.positions import PositionReading
from sichen.core import JSON, Figure, Message

REFERENCE = 270.0  # °: the amplitude at which the trade states the poise error
BLIND = 219.54  # °: first zero of J₁, 3.8317 rad, where a heavy spot moves no rate
_BLIND_WIDTH = 8.0  # °: closer, the effect is less than a fifth of that at 270°
_FEWEST = 3


@dataclass(frozen=True)
class Poise:
    """The heavy spot of a balance.

    Parameters
    ----------
    rate : Figure, s/d
        r₀, the rate of the vertical positions without the heavy spot.
    effect : Figure, s/d
        a, half the rate difference that the heavy spot makes at the amplitudes measured.
    largest_difference : Figure, s/d
        DVm, the largest difference between two vertical positions at 270°.
    angle : Figure, °
        φ, where the heavy spot lies when the balance rests: degrees clockwise from 12 on the dial.
    reason : Message or None
        Why nothing is stated.
    """

    rate: Figure
    effect: Figure
    largest_difference: Figure
    angle: Figure
    reason: Message | None = None

    def to_json(self) -> dict[str, JSON]:
        """Return the figures by their letters."""
        return {
            "r0": self.rate.to_json(),
            "a": self.effect.to_json(),
            "DVm": self.largest_difference.to_json(),
            "phi": self.angle.to_json(),
        }


def poise_factor(amplitude: float) -> float:
    """Return J₁(A)/A, by which a heavy spot acts at an amplitude given in degrees.

    Examples
    --------
    >>> [round(poise_factor(270) / poise_factor(a), 2) for a in (180, 200, 240, 300, 320)]
    [-0.66, -1.48, 1.86, 0.91, 0.99]
    """
    from scipy.special import j1

    swing = math.radians(amplitude)
    return float(j1(swing)) / swing


def find_poise(readings: Iterable[PositionReading]) -> Poise:
    """Find the heavy spot of the balance.

    Parameters
    ----------
    readings : iterable of PositionReading
        At least three vertical positions with rate and amplitude; four and more test the law.

    Returns
    -------
    Poise
        Refused when positions are missing, or when the amplitude lies within 8° of 219.6°, where a heavy spot
        does not show.

    Notes
    -----
    Weighted least squares of r = r₀ + c·f(A)/f(270°)·cos(φᵢ − φ) with f = J₁(A)/A, φᵢ the side that points up;
    DVm = 2c. Above 219.6° a heavy spot on top makes the watch gain, so φ points to it. When more than three
    positions scatter more than their uncertainties say, these are widened to fit.
    """
    rows = [
        (row.position.angle, row.rate.value, row.rate.u or 0.0, row.amplitude.value, row.amplitude.u or 0.0)
        for row in readings
        if row.position.angle is not None
    ]
    usable = [(angle, rate, u, swing, du) for angle, rate, u, swing, du in rows if rate is not None and swing is not None]
    if len(usable) < _FEWEST:
        return _refused(Message("bench.poise.few", got=len(usable), need=_FEWEST))
    blind = [swing for *_, swing, _ in usable if abs(swing - BLIND) < _BLIND_WIDTH]
    if blind:
        return _refused(Message("bench.poise.blind", amplitude=f"{blind[0]:.0f}"))
    angles = np.radians([float(row[0] or 0.0) for row in usable])
    rates, swings = np.array([row[1] for row in usable]), np.array([row[3] for row in usable])
    factors = np.array([poise_factor(swing) for swing in swings]) / poise_factor(REFERENCE)
    design = np.column_stack([np.ones(rates.size), factors * np.cos(angles), factors * np.sin(angles)])
    if np.linalg.matrix_rank(design, tol=1e-3) < _FEWEST:
        return _refused(Message("bench.poise.few", got=1, need=_FEWEST))
    spreads = np.maximum([row[2] for row in usable], 1e-6)
    found, covariance = _solve(design, rates, spreads)
    # A wrong amplitude scales the effect: its share, for the mean amplitude and its uncertainty.
    swing, swing_u = float(swings.mean()), math.sqrt(sum(row[4] ** 2 for row in usable)) / len(usable)
    share = abs(poise_factor(swing + 0.5) - poise_factor(swing - 0.5)) / abs(poise_factor(swing)) * swing_u
    return _state(found, covariance, poise_factor(swing) / poise_factor(REFERENCE), share)


def _solve(design: np.ndarray, rates: np.ndarray, spreads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    weighted = design / spreads[:, None]
    covariance = np.linalg.inv(weighted.T @ weighted)
    found = covariance @ (weighted.T @ (rates / spreads))
    free = rates.size - design.shape[1]
    if free:
        misfit = float(np.sum(((rates - design @ found) / spreads) ** 2)) / free
        covariance = covariance * max(misfit, 1.0)
    return found, covariance


def _state(found: np.ndarray, covariance: np.ndarray, factor: float, share: float) -> Poise:
    level, x, y = (float(value) for value in found)
    size = math.hypot(x, y)
    direction = np.array([x, y]) / max(size, 1e-12)
    across = np.array([-direction[1], direction[0]])
    part = covariance[1:, 1:]
    along_u = math.sqrt(float(direction @ part @ direction) + (size * share) ** 2)
    angle_u = math.degrees(math.sqrt(float(across @ part @ across)) / max(size, 1e-12))
    angle = Figure(math.degrees(math.atan2(y, x)) % 360, angle_u, "°")
    if size < 2 * along_u:
        angle = Figure.refused("°", Message("bench.poise.no_direction"))
    return Poise(
        rate=Figure(level, math.sqrt(float(covariance[0, 0])), "s/d"),
        effect=Figure(size * abs(factor), along_u * abs(factor), "s/d"),
        largest_difference=Figure(2 * size, 2 * along_u, "s/d"),
        angle=angle,
    )


def _refused(reason: Message) -> Poise:
    none = Figure.refused("s/d", reason)
    return Poise(none, none, none, Figure.refused("°", reason), reason)
