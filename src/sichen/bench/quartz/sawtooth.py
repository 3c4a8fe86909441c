# SPDX-License-Identifier: Apache-2.0
"""The saw-tooth that inhibition cuts into the steps of a quartz watch, as a picture shows it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.bench.quartz.inhibition import fit_rate
from sichen.bench.quartz.reading import PulseTrain
from sichen.core import TooFewSamples

_FEWEST = 4


@dataclass(frozen=True)
class Sawtooth:
    """How far the watch was ahead at each step.

    Parameters
    ----------
    time : ndarray, shape (n,)
        Seconds of each step, on the sampling clock.
    ahead, fit : ndarray, shape (n,)
        Seconds that the watch was ahead of its nominal steps since the first, as heard and as fitted.
    """

    time: npt.NDArray[np.float64]
    ahead: npt.NDArray[np.float64]
    fit: npt.NDArray[np.float64]


def sawtooth(pulses: PulseTrain, *, step: float, period: float | None = None) -> Sawtooth:
    """Draw the steps of a watch against its nominal ones, with the fit that gave its rates.

    Parameters
    ----------
    pulses : PulseTrain
    step : float > 0
        Nominal step period, seconds.
    period : float, optional
        Inhibition period in seconds, when the reading states one.

    Returns
    -------
    Sawtooth

    Raises
    ------
    TooFewSamples
        If there are fewer than four steps.

    Examples
    --------
    >>> from sichen.bench.quartz import QuartzWatch, measure_quartz, synthesise_quartz
    >>> sound, _ = synthesise_quartz(QuartzWatch(inhibition_period=10.0, inhibition_cycles=11), duration=62.0)
    >>> found = sawtooth(measure_quartz(sound).pulses, step=1.0, period=10.0)
    >>> bool(abs(found.ahead - found.fit).max() < 20e-6)
    True
    """
    chosen = np.array([role == "step" for role in pulses.roles], dtype=bool)
    number, time = pulses.numbers[chosen], pulses.times[chosen]
    if number.size < _FEWEST:
        raise TooFewSamples(got=number.size, need=_FEWEST)
    late = time - number * step
    residuals = fit_rate(number, time, step=step, period=period).residuals
    return Sawtooth(time, late[0] - late, late[0] - late + residuals)
