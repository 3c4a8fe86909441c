# SPDX-License-Identifier: Apache-2.0
"""Holdover (守时): what a learned clock will show with nobody to ask, and how sure that is."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sichen.core import JSON, Figure
from sichen.timebase.clockmodel.learning import FLICKER_GAIN, LearnedNoise, learn_noise
from sichen.timebase.clockmodel.model import ClockModel, ClockState
from sichen.timebase.clockmodel.track import track

# A drift either is none or is of some size; sizes count in units of its own uncertainty. The risk of this prior, in
# units of the variance of the plain estimate: 0.2 where there is no drift, at most 1.85 (at 2.5 deviations), 1.2 from 4.6 on.
DRIFT_SIZES = ((0.0, 0.55), (3.0, 0.27), (8.0, 0.18))
WALK_STEPS = (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.5)  # natural logarithm of the factor on q2
HIDDEN_WHITE, HIDDEN_FLICKER = 30.0, 0.3
NEGLIGIBLE = 1e-6
THREE_SIGMA = 0.99865


@dataclass(frozen=True)
class Prediction:
    """A predicted time error.

    Parameters
    ----------
    after : float
        Seconds since the last reading.
    time_error : float
        Clock minus true time, in s.
    u : float
        Standard uncertainty, in s; three of it hold 99.7 %.
    """

    after: float
    time_error: float
    u: float

    def figure(self) -> Figure:
        """Return it as a figure in seconds."""
        return Figure(self.time_error, self.u, "s")

    def to_json(self) -> dict[str, JSON]:
        """Return it as plain JSON."""
        return {"after_s": self.after, "time_error_s": self.time_error, "u_s": self.u}


@dataclass(frozen=True)
class Possibility:
    """One way the clock may be: a model, what it makes of the readings, and how likely it is beside the others."""

    weight: float
    model: ClockModel
    state: ClockState


@dataclass(frozen=True)
class Holdover:
    """A clock that has been learned and is now left alone.

    Parameters
    ----------
    noise : LearnedNoise
        The likeliest.
    possibilities : tuple of Possibility
        Others around it that the readings do not exclude; their weights add up to one.
    widening : float >= 1
        By what u grows because the noise as a whole was learned.
    """

    noise: LearnedNoise
    possibilities: tuple[Possibility, ...]
    widening: float

    def predict(self, after: float, *, heat: float = 0.0) -> Prediction:
        """Predict the time error: the mean over all possibilities, and their spread about it.

        Parameters
        ----------
        after : float >= 0
            Seconds since the last reading.
        heat : float, default 0
            Integral of temperature minus its reference since then, in K·s, when the clock was learned with one.
        """
        ahead = [(entry.weight, entry.state.after(after, entry.model, heat=heat)) for entry in self.possibilities]
        mean = sum(weight * float(state.mean[0]) for weight, state in ahead)
        variance = sum(w * (float(s.covariance[0, 0]) + (float(s.mean[0]) - mean) ** 2) for w, s in ahead)
        return Prediction(after, mean, self.widening * math.sqrt(variance))


def learn_holdover(
    phase: npt.ArrayLike, *, interval: float, heat: npt.ArrayLike | None = None, start: ClockModel | None = None
) -> Holdover:
    """Learn a clock from readings against a reference.

    Parameters
    ----------
    phase, interval, heat, start
        As `learn_noise` takes them.

    Returns
    -------
    Holdover

    Raises
    ------
    TooFewSamples
        If fewer than 64 readings are finite.

    Examples
    --------
    >>> from sichen.timebase import oscillator, simulate_phase
    >>> made = simulate_phase(oscillator("OCXO"), count=2880, interval=60.0, seed=1, reading=2.6e-9)
    >>> 3e-6 < learn_holdover(made, interval=60.0).predict(86400.0).u < 12e-6
    True
    """
    noise = learn_noise(phase, interval=interval, heat=heat, start=start)
    span = interval * (np.size(phase) - 1)
    models = _around(noise.model, span) + ([] if noise.rival is None else _around(noise.rival, span))
    found = [track(model, phase, interval=interval, reading=noise.reading, heat=heat) for model in models]
    scores = [tracked.likelihood - FLICKER_GAIN * (model.flicker > 0) for model, tracked in zip(models, found, strict=True)]
    weights = np.exp(np.array(scores) - max(scores))
    weights /= weights.sum()
    possible = tuple(
        Possibility(float(weight), model, doubt_drift(tracked.state))
        for weight, model, tracked in zip(weights, models, found, strict=True)
        if weight > NEGLIGIBLE
    )
    return Holdover(noise, possible, widening(noise.spread))


def _around(model: ClockModel, span: float) -> list[ClockModel]:
    """Return a model with other levels of random walk, the level that a record says least of."""
    # No clock walks so little that a record could never tell: below this the drift state hides a random walk.
    hidden = HIDDEN_WHITE * model.q1 / span**2 + HIDDEN_FLICKER * model.flicker / span
    centre = max(model.q2, hidden)
    levels = [centre * math.exp(step) for step in WALK_STEPS]
    return [replace(model, q2=level) for level in levels if level >= hidden]


def doubt_drift(state: ClockState) -> ClockState:
    """Weigh the hypothesis that the clock has no drift against drifts of some size.

    Each size s is a reading of d = 0 with variance s²; its weight is how likely the estimated drift is under it. What
    we suppose may move the estimate but not make it look surer: the covariance stays and grows by the move.
    """
    d, variance = float(state.mean[2]), float(state.covariance[2, 2])
    if variance <= 0.0:
        return state
    kept, total = 0.0, 0.0
    for size, prior in DRIFT_SIZES:
        spread = 1.0 + size**2
        weight = prior * math.exp(max(-0.5 * d * d / (variance * spread), -700.0)) / math.sqrt(spread)
        kept += weight * size**2 / spread
        total += weight
    move = state.covariance[:, 2] / variance * d * (kept / total - 1.0)
    return ClockState(state.mean + move, state.covariance + np.outer(move, move))


def widening(spread: float) -> float:
    """Return by what three standard deviations must grow when the variance is known to a factor of exp(spread).

    The variance then is an estimate with 2/spread² degrees of freedom, and Student's t takes the place of the normal.

    Examples
    --------
    >>> round(widening(0.2), 2)
    1.05
    """
    from scipy.special import stdtrit

    return float(stdtrit(2.0 / max(spread, 1e-3) ** 2, THREE_SIGMA)) / 3.0
