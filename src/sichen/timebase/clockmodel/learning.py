# SPDX-License-Identifier: Apache-2.0
"""Learn the noise of a clock from its own readings: the model under which they surprise least."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sichen.core import TooFewSamples
from sichen.timebase.clockmodel.model import Array, ClockModel
from sichen.timebase.clockmodel.track import track

FEWEST = 64  # readings: below, random walk and white noise of frequency cannot be told apart
MARKOV_CONSTANTS = (300.0, 3e3, 3e4, 3e5)
FLICKER_GAIN = 1.0  # of log-likelihood: one parameter more must pay for itself (Akaike)
WANDER_GAIN = 3.0  # a walking drift widens every prediction: it must be certain
STEP = 0.7  # of the simplex, in natural logarithm
SLIGHT = 0.01  # of log-likelihood: closer the search need not come
TINY = 1e-40


@dataclass(frozen=True)
class LearnedNoise:
    """The noise of a clock and of its readings.

    Parameters
    ----------
    model : ClockModel
    reading : float
        Variance of one reading, in s².
    spread : float
        Standard deviation of the logarithm of the process noise, from how sharp the likelihood is.
    likelihood : float
        Logarithm, without its constant.
    rival : ClockModel, optional
        The best model of the other kind, with or without flicker: a short record seldom excludes it.
    """

    model: ClockModel
    reading: float
    spread: float
    likelihood: float
    rival: ClockModel | None = None


def learn_noise(
    phase: npt.ArrayLike, *, interval: float, heat: npt.ArrayLike | None = None, start: ClockModel | None = None
) -> LearnedNoise:
    """Find the noise levels under which a record is likeliest.

    Parameters
    ----------
    phase : array_like of float, shape (n,), n >= 64
        Clock minus reference in seconds, evenly spaced; NaN where a reading is missing.
    interval : float > 0
        Seconds between two readings.
    heat : array_like of float, shape (n − 1,), optional
        Measured temperature as `track` takes it; then the sensitivity becomes a state.
    start : ClockModel, optional
        Where to begin beside the record's own moments. A wrong start costs time, not truth: the better of the two
        ends counts.

    Returns
    -------
    LearnedNoise

    Raises
    ------
    TooFewSamples
        If fewer than 64 readings are finite.

    Notes
    -----
    The innovations of the right filter are white with the variance it states; their Gaussian likelihood is searched
    over ln R, ln q1, ln q2 by the simplex of Nelder and Mead. Flicker as four Markov states, and then q3, enter only
    when they raise the likelihood by more than they may by chance.

    Examples
    --------
    >>> from sichen.timebase import oscillator, simulate_phase
    >>> made = simulate_phase(oscillator("OCXO"), count=2880, interval=60.0, seed=1, reading=2.6e-9)
    >>> learned = learn_noise(made, interval=60.0)
    >>> 0.5 < learned.model.q2 / oscillator("OCXO").q2 < 2.0
    True
    """
    z = np.asarray(phase, dtype=np.float64)
    finite = int(np.isfinite(z).sum())
    if finite < FEWEST:
        raise TooFewSamples(got=finite, need=FEWEST)
    search = _Search(z, interval, None if heat is None else np.asarray(heat, dtype=np.float64))
    plain = search.climb(search.moments())
    if start is not None:
        told = np.log([max(np.exp(plain.logs[0]), TINY), max(start.q1, TINY), max(start.q2, TINY)])
        plain = max(plain, search.climb(told), key=lambda end: end.likelihood)
    best, rival = plain, None
    if interval * z.size > 10 * MARKOV_CONSTANTS[0]:
        floor = math.log(max(search.floor(plain), TINY))
        flickering = search.climb(np.append(plain.logs, floor))
        best, rival = plain, flickering
        if flickering.likelihood > plain.likelihood + FLICKER_GAIN:
            best, rival = flickering, plain
    return search.result(search.wandering(best), rival)


@dataclass(frozen=True)
class _End:
    logs: Array
    likelihood: float
    q3: float = 0.0


class _Search:
    """The likelihood of one record as a function of the logarithms of R, q1, q2 and, where there are four, h₋₁."""

    def __init__(self, z: Array, interval: float, heat: Array | None) -> None:
        self.z, self.interval, self.heat = z, interval, heat

    def model(self, logs: Array, q3: float = 0.0) -> ClockModel:
        level = np.exp(logs)
        flicker = float(level[3]) if level.size > 3 else 0.0  # noqa: PLR2004 - the fourth is the flicker
        constants = MARKOV_CONSTANTS if flicker else ()
        return ClockModel(float(level[1]), float(level[2]), q3, flicker, constants, heated=self.heat is not None)

    def cost(self, logs: Array, q3: float = 0.0) -> float:
        # Far outside what any clock does the logarithms meet a soft wall, or the search would wander there for ever.
        wall = float(np.sum(np.maximum(np.abs(logs + 45.0) - 46.0, 0.0) ** 2))
        bounded = np.clip(logs, -92.0, 2.0)
        found = track(self.model(bounded, q3), self.z, interval=self.interval, reading=math.exp(bounded[0]), heat=self.heat)
        return wall - found.likelihood

    def climb(self, logs: Array) -> _End:
        end, cost = _simplex(self.cost, logs)
        return _End(end, -cost)

    def moments(self) -> Array:
        """Guess R from the fastest bends, q1 and q2 from the Allan variance of slower ones."""
        fast = _bend(self.z, 1)
        largest = max((self.z.size - 1) // 8, 2)
        slow_tau, fair_tau = largest * self.interval, max(largest // 16, 1) * self.interval
        slow = _bend(self.z, largest) / (2 * slow_tau**2)
        fair = _bend(self.z, max(largest // 16, 1)) / (2 * fair_tau**2)
        guess: Array = np.array([fast / 6, 0.3 * fair * fair_tau, 3 * slow / slow_tau])
        return np.asarray(np.log(np.maximum(guess, TINY)), dtype=np.float64)

    def floor(self, end: _End) -> float:
        """Guess the flicker where the two slopes of the Allan deviation meet."""
        model = self.model(end.logs)
        return 0.3 * math.sqrt(model.q1 * model.q2)

    def wandering(self, end: _End) -> _End:
        """Let the drift walk when the record says so beyond doubt."""
        span = self.interval * self.z.size
        unit = 20 * math.exp(end.logs[2]) / (3 * span**2)  # as much Allan variance as q2 gives at the whole span
        best = end
        for factor in (1.0, 10.0, 100.0):
            likelihood = -self.cost(end.logs, unit * factor)
            if likelihood > max(best.likelihood, end.likelihood + WANDER_GAIN):
                best = replace(end, likelihood=likelihood, q3=unit * factor)
        return best

    def result(self, end: _End, rival: "_End | None") -> LearnedNoise:
        model = self.model(end.logs, end.q3)
        other = None if rival is None else self.model(rival.logs)
        return LearnedNoise(model, math.exp(end.logs[0]), self.spread(end), end.likelihood, other)

    def spread(self, end: _End) -> float:
        """Return how unsure the process noise as a whole is: the curvature along its common factor."""
        move = np.zeros(end.logs.size)
        move[1:] = 0.3
        sides = self.cost(end.logs + move, end.q3) + self.cost(end.logs - move, end.q3)
        curvature = (sides + 2 * end.likelihood) / 0.3**2
        return 1.0 / math.sqrt(curvature) if curvature > 1.0 else 1.0


def _bend(z: Array, step: int) -> float:
    """Return the mean square of the second differences at a spacing, missing readings passed over."""
    second = z[2 * step :] - 2 * z[step:-step] + z[: -2 * step]
    return float(np.nanmean(second**2)) if np.isfinite(second).any() else 0.0


def _simplex(cost: Callable[[Array], float], start: Array) -> tuple[Array, float]:
    from scipy.optimize import minimize

    corners = np.vstack([start, start + STEP * np.eye(start.size)])
    found = minimize(
        cost,
        start,
        method="Nelder-Mead",
        options={"initial_simplex": corners, "xatol": 0.02, "fatol": SLIGHT, "maxfev": 400},
    )
    return np.asarray(found.x, dtype=np.float64), float(found.fun)
