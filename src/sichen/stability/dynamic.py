# SPDX-License-Identifier: Apache-2.0
"""How stability changes in the course of a record: the statistic in a window that slides along."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message, TooFewSamples
from sichen.stability.averaging import Taus, averaging_factors
from sichen.stability.families import statistic
from sichen.stability.series import PhaseSeries, check_varies

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DynamicDeviations:
    """A statistic over time and averaging time.

    Parameters
    ----------
    statistic : str
    time : ndarray of float64, shape (t,)
        Middle of each window, seconds from the first sample.
    tau : ndarray of float64, shape (k,)
        Seconds.
    deviation : ndarray of float64, shape (t, k)
        NaN where gaps leave no term.
    n : ndarray of int64, shape (t, k)
    """

    statistic: str
    time: Array
    tau: Array
    deviation: Array
    n: npt.NDArray[np.int64]


def dynamic_deviations(
    series: PhaseSeries, name: str = "oadev", *, window: float, step: float | None = None, taus: Taus = "octave"
) -> DynamicDeviations:
    """Compute a statistic in a sliding window.

    Parameters
    ----------
    series : PhaseSeries
        One segment.
    name : str
        Any statistic but MTIE and TheoH; bias is not corrected, for a window is too short to tell the noise.
    window : float
        Length of the window, seconds.
    step : float, optional
        From one window to the next, seconds; default a quarter of the window.
    taus : averaging times

    Raises
    ------
    TooFewSamples
        If the window is longer than the record.
    DataError
        If the series has several segments, or the step is not positive.

    References
    ----------
    L. Galleani, P. Tavella, "The dynamic Allan variance", IEEE Trans. UFFC 56 (2009) 450.
    """
    check_varies(series)
    if len(series.segments) != 1:
        raise DataError(Message("stability.several_segments", count=len(series.segments)))
    row = statistic(name)
    width = round(window / series.tau0) + 1
    stride = round((window / 4.0 if step is None else step) / series.tau0)
    if stride < 1:
        raise DataError(Message("stability.bad_interval", found=f"{step if step is not None else window:g}"))
    if width > series.size:
        raise TooFewSamples(got=series.size, need=width)
    factors = averaging_factors(
        taus, tau0=series.tau0 * row.stride, largest=row.reach(width), smallest=row.smallest, step=row.step
    )
    starts = np.arange(0, series.size - width + 1, stride)
    found = [row.moments(np.ascontiguousarray(series.phase[start : start + width]), factors) for start in starts]
    total = np.array([part.total for part in found])
    terms = np.array([part.terms for part in found])
    with np.errstate(invalid="ignore", divide="ignore"):
        deviation = np.sqrt(np.where(terms > 0, total / terms, np.nan) * row.scale(factors.astype(np.float64), series.tau0))
    time = np.asarray((starts + 0.5 * (width - 1)) * series.tau0, np.float64)
    return DynamicDeviations(name, time, np.asarray(factors * series.tau0 * row.stride, np.float64), deviation, terms)
