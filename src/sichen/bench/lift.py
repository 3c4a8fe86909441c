# SPDX-License-Identifier: Apache-2.0
"""Amplitude from the time between unlock and drop: the three formulas of the trade."""

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message

Formula = Literal["exact", "linear", "third"]

SMALLEST, LARGEST = 60.0, 360.0  # °: below, no pallet is unlocked; above, the balance would turn past itself


def amplitude_from_lift_time(
    lift_time: npt.ArrayLike, *, lift_angle: float, beat_interval: float, formula: Formula = "exact"
) -> npt.NDArray[np.float64]:
    """Turn the time from unlock to drop into amplitude.

    Parameters
    ----------
    lift_time : array_like of float
        Seconds, between 0 and half an oscillation.
    lift_angle : float > 0
        Degrees from unlock to drop.
    beat_interval : float > 0
        Seconds; half an oscillation.
    formula : {"exact", "linear", "third"}
        ``exact`` is λ/(2 sin(πt/T)); ``linear`` takes the speed at the middle for the whole way and reads low
        by (λ/2A)²/6; ``third`` is λ/sin(2πt/T), found in some programs, and reads high.

    Returns
    -------
    ndarray of float64
        Degrees; NaN where the time fits no swing.

    References
    ----------
    .. [1] The motion is θ(t) = A sin(2πt/T); unlock and drop lie at ∓λ/2. The linear form is that of Witschi
       Electronic, "TimeGrapher Equations".

    Examples
    --------
    >>> amplitude_from_lift_time([7.675e-3], lift_angle=52, beat_interval=0.125).round(1)
    array([270.])
    """
    time = np.asarray(lift_time, dtype=np.float64)
    phase = np.pi * time / (2 * beat_interval)
    phase = np.where((phase > 0) & (phase < np.pi / 2), phase, np.nan)
    if formula == "linear":
        return lift_angle / (2 * phase)
    if formula == "third":
        return np.where(phase < np.pi / 4, lift_angle / np.sin(2 * phase), np.nan)
    return lift_angle / (2 * np.sin(phase))


def exact_amplitude(lift_time: float, *, lift_angle: float, period: float) -> float:
    """Return the amplitude in degrees for a time from unlock to drop.

    Parameters
    ----------
    lift_time : float > 0
        Seconds.
    lift_angle : float > 0
        Degrees.
    period : float > 0
        Seconds of a full oscillation.

    Returns
    -------
    float
        ``lift_angle / (2 sin(pi lift_time / period))``: the balance swings as a sine about its dead centre.

    Examples
    --------
    >>> round(exact_amplitude(7.675e-3, lift_angle=52.0, period=0.25), 1)
    270.0
    """
    return float(amplitude_from_lift_time(lift_time, lift_angle=lift_angle, beat_interval=period / 2))


def linear_amplitude(lift_time: float, *, lift_angle: float, period: float) -> float:
    """Return the amplitude by the trade's linear formula, which takes the balance as uniformly fast through the lift.

    Examples
    --------
    >>> round(linear_amplitude(7.675e-3, lift_angle=52.0, period=0.25), 2)
    269.58
    """
    return float(amplitude_from_lift_time(lift_time, lift_angle=lift_angle, beat_interval=period / 2, formula="linear"))


def third_amplitude(lift_time: float, *, lift_angle: float, period: float) -> float:
    """Return the amplitude by a third formula that is in use, high by about a hundredth.

    Examples
    --------
    >>> round(third_amplitude(7.675e-3, lift_angle=52.0, period=0.25), 2)
    271.26
    """
    return float(amplitude_from_lift_time(lift_time, lift_angle=lift_angle, beat_interval=period / 2, formula="third"))


def amplitude_slope(lift_time: float, *, lift_angle: float, beat_interval: float) -> float:
    """Return by how many degrees the exact amplitude falls for one second of lift time."""
    phase = math.pi * lift_time / (2 * beat_interval)
    return lift_angle * math.pi / (4 * beat_interval) * math.cos(phase) / math.sin(phase) ** 2


def check_lift_angle(lift_angle: float) -> float:
    """Return the angle, or raise when no escapement has it.

    Raises
    ------
    DataError
        If it is not between 10° and 90°.
    """
    if not 10 <= lift_angle <= 90:  # noqa: PLR2004 - the range of the trade's instruments
        raise DataError(Message("bench.events.lift_angle", found=f"{lift_angle:g}"))
    return float(lift_angle)
