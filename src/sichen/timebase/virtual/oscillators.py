# SPDX-License-Identifier: Apache-2.0
"""Simulated oscillators: the phase of a clock of a class, exact at every sample."""

import math

import numpy as np
import numpy.typing as npt

from sichen.timebase.clockmodel import Array, ClockModel, markov_noise
from sichen.timebase.oscillator import Oscillator

DAY = 86400.0
OFFSET_SPREAD = 1e-8
# Two Markov states an octave from ten seconds to half a year: 1/f within 1 % wherever a clock is looked at.
FINE_CONSTANTS = tuple(10.0 * math.sqrt(2.0) ** k for k in range(42))


def true_model(kind: Oscillator) -> ClockModel:
    """Return the model that a simulated clock of this class obeys exactly, its drift being a constant."""
    return ClockModel(kind.q1, kind.q2, 0.0, kind.flicker, FINE_CONSTANTS if kind.flicker > 0 else ())


def simulate_phase(
    kind: Oscillator,
    *,
    count: int,
    interval: float,
    seed: int | np.random.Generator,
    reading: float = 0.0,
    ageing: float | None = None,
    offset: float | None = None,
    temperature: npt.ArrayLike | None = None,
) -> Array:
    """Simulate readings of a clock against true time.

    Parameters
    ----------
    kind : Oscillator
    count : int >= 2
    interval : float > 0
        Seconds between two readings.
    seed : int or numpy Generator
    reading : float >= 0, default 0
        Standard deviation of the white noise of one reading, in s.
    ageing : float, optional
        Drift in 1/d; by default that of the class.
    offset : float, optional
        Frequency at the start; by default drawn with a standard deviation of 1e-8.
    temperature : array_like of float, shape (count − 1,), optional
        Mean temperature minus its reference over each interval, in K; acts through the coefficient of the class.

    Returns
    -------
    ndarray of float64, shape (count,)
        Clock minus true time in seconds, beginning at zero.

    Examples
    --------
    >>> from sichen.timebase import oscillator
    >>> simulate_phase(oscillator("Rb"), count=3, interval=60.0, seed=1).shape
    (3,)
    """
    rng = np.random.default_rng(seed)
    start = rng.normal(0.0, OFFSET_SPREAD) if offset is None else offset
    drift = (kind.ageing if ageing is None else ageing) / DAY
    steps = count - 1
    walk = rng.standard_normal(steps) * math.sqrt(kind.q2 * interval)
    bend = rng.standard_normal(steps) * math.sqrt(kind.q2 * interval**3 / 12)
    time = np.arange(steps) * interval
    frequency = start + drift * (time + interval / 2) + np.concatenate([[0.0], np.cumsum(walk)[:-1]])
    gained = frequency * interval + walk * interval / 2 + bend
    gained += rng.standard_normal(steps) * math.sqrt(kind.q1 * interval)
    if kind.flicker > 0:
        gained += _flicker(true_model(kind), steps, interval, rng)
    if temperature is not None:
        gained += kind.temperature * np.asarray(temperature, dtype=np.float64) * interval
    phase = np.concatenate([[0.0], np.cumsum(gained)])
    return phase + (rng.standard_normal(count) * reading if reading > 0 else 0.0)


def _flicker(model: ClockModel, steps: int, interval: float, rng: np.random.Generator) -> Array:
    """Return what the Markov states add to the phase in each step."""
    from scipy.signal import lfilter

    total = np.zeros(steps)
    variance = model.markov_variance
    for constant in model.constants:
        integral, cross, own = markov_noise(variance, constant, interval)
        fresh = rng.standard_normal(steps) * math.sqrt(own)
        decay = math.exp(-interval / constant)
        first = rng.standard_normal() * math.sqrt(variance)
        state = np.concatenate([[first], lfilter([1.0], [1.0, -decay], fresh, zi=[decay * first])[0]])[:-1]
        rest = math.sqrt(max(integral - cross**2 / own, 0.0)) * rng.standard_normal(steps)
        total += -constant * math.expm1(-interval / constant) * state + cross / own * fresh + rest
    return total
