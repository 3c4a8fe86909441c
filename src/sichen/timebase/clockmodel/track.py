# SPDX-License-Identifier: Apache-2.0
"""Follow a clock through its readings: the optimal filter for a model whose noise is known."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.core import TooFewSamples
from sichen.timebase.clockmodel.model import Array, ClockModel, ClockState

FEWEST = 4  # readings: three states and one to spare
FREQUENCY_SPREAD = 1e-6  # beside the straight line through the ends: no clock we follow is unsteadier
DRIFT_SPREAD = 1e-6 / 86400.0
HEAT_SPREAD = 1e-6  # 1/K: a bare crystal has a few 1e-7


@dataclass(frozen=True)
class Tracked:
    """A clock after its readings.

    Parameters
    ----------
    state : ClockState
        At the last reading.
    likelihood : float
        Logarithm, without its constant: compares models on the same readings.
    """

    state: ClockState
    likelihood: float


def track(
    model: ClockModel,
    phase: npt.ArrayLike,
    *,
    interval: float,
    reading: float,
    heat: npt.ArrayLike | None = None,
    drift_spread: float = DRIFT_SPREAD,
) -> Tracked:
    """Filter readings of a clock against a reference.

    Parameters
    ----------
    model : ClockModel
    phase : array_like of float, shape (n,), n >= 4
        Clock minus reference in seconds, evenly spaced; NaN where a reading is missing.
    interval : float > 0
        Seconds between two readings.
    reading : float > 0
        Variance of the noise of one reading, in s².
    heat : array_like of float, shape (n − 1,), optional
        Temperature minus its reference over each interval, times the interval, in K·s. Needed when the model is heated.
    drift_spread : float >= 0
        Standard deviation of the drift before any reading, in 1/s; 0 when the drift is known to be none.

    Returns
    -------
    Tracked

    Raises
    ------
    TooFewSamples
        If fewer than four readings are finite.

    Examples
    --------
    >>> line = 1e-9 * 60.0 * np.arange(100)
    >>> tracked = track(ClockModel(q1=1e-24, q2=1e-30), line, interval=60.0, reading=1e-18)
    >>> round(float(tracked.state.mean[1]) * 1e9, 6)
    1.0
    """
    from sichen.timebase.clockmodel.kernels import run_filter

    z = np.asarray(phase, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(z))
    if known.size < FEWEST:
        raise TooFewSamples(got=int(known.size), need=FEWEST)
    if model.heated and heat is None:
        raise TooFewSamples(got=0, need=int(z.size) - 1)
    first, last = int(known[0]), int(known[-1])
    slope = float(z[last] - z[first]) / (interval * (last - first))
    level = float(z[first])
    steps = np.arange(z.size - first) * interval
    warm = np.asarray(heat, dtype=np.float64)[first:] if heat is not None and model.heated else np.empty(0)
    mean, covariance = _start(model, reading, drift_spread)
    straight = z[first:] - level - slope * steps
    coupling, decay = model.couplings(interval), model.decays(interval)
    likelihood = run_filter(straight, interval, model.noise(interval), decay, coupling, warm, reading, mean, covariance)
    mean[0] += level + slope * steps[-1]
    mean[1] += slope
    return Tracked(ClockState(mean, covariance), float(likelihood))


def _start(model: ClockModel, reading: float, drift_spread: float) -> tuple[Array, Array]:
    """Begin at the first reading, with the straight line through the ends taken away."""
    spread = np.zeros(model.size)
    spread[:3] = 1e2 * reading, FREQUENCY_SPREAD**2, drift_spread**2
    if model.heated:
        spread[3] = HEAT_SPREAD**2
    spread[3 + int(model.heated) :] = [variance for variance, _ in model.markov]
    return np.zeros(model.size), np.diag(spread)
