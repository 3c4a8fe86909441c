# SPDX-License-Identifier: Apache-2.0
"""Time error as telecommunication states it: constant and dynamic part, greatest, and its wander.

References
----------
ITU-T G.810 and G.8260: cTE is a mean of the time error, dTE what varies about it; a cTE is usually taken over 1000 s.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Figure, Message, TooFewSamples
from sichen.stability.noise.functional import functional_variance
from sichen.stability.rate import judge_noise
from sichen.stability.series import PhaseSeries

Array = npt.NDArray[np.float64]

WINDOW = 1000.0  # s


@dataclass(frozen=True)
class TimeError:
    """The time error of a clock against a reference.

    Parameters
    ----------
    constant : Figure, s
        cTE: mean over the whole record; u from the noise found, None when the noise has no mean.
    running : ndarray of float64, shape (k,)
        cTE over consecutive windows, seconds.
    running_time : ndarray of float64, shape (k,)
        Middle of each, seconds from the first sample.
    dynamic : PhaseSeries
        dTE: the time error less its mean; MTIE and TDEV of it are those of the record.
    greatest : float
        max |TE|, seconds.
    peak_to_peak : float
        Of the dTE, seconds.
    rms : float
        Of the dTE, seconds.
    """

    constant: Figure
    running: Array
    running_time: Array
    dynamic: PhaseSeries
    greatest: float
    peak_to_peak: float
    rms: float


def time_error(series: PhaseSeries, *, window: float = WINDOW) -> TimeError:
    """Split the time error of a clock into its constant and its dynamic part.

    Parameters
    ----------
    series : PhaseSeries
        One segment.
    window : float > 0
        Seconds over which a running cTE is taken; windows with a gap average what is there.

    Raises
    ------
    DataError
        If there is no sample, or several segments; if the window is shorter than one interval.

    Examples
    --------
    >>> found = time_error(PhaseSeries.from_phase([2.0, 3.0, 4.0, 3.0], tau0=500.0))
    >>> found.constant.value, found.greatest, found.peak_to_peak
    (3.0, 4.0, 2.0)
    """
    if len(series.segments) != 1:
        raise DataError(Message("stability.several_segments", count=len(series.segments)))
    if not window >= series.tau0:
        raise DataError(Message("stability.bad_interval", found=f"{window:g}"))
    there = ~np.isnan(series.phase)
    if not there.any():
        raise DataError(Message("stability.all_missing"))
    mean = float(series.phase[there].mean())
    rest = series.phase - mean
    width = round(window / series.tau0)
    blocks = max(series.size // width, 1)
    parts = [rest[k * width : (k + 1) * width] for k in range(blocks)]
    means = np.array([np.nan if np.isnan(part).all() else mean + np.nanmean(part) for part in parts])
    return TimeError(
        constant=Figure(mean, _uncertainty(series, there), "s"),
        running=means,
        running_time=np.asarray(((np.arange(blocks) + 0.5) * width - 0.5) * series.tau0, np.float64),
        dynamic=PhaseSeries(rest, series.tau0, series.segments),
        greatest=float(np.nanmax(np.abs(series.phase))),
        peak_to_peak=float(np.nanmax(rest) - np.nanmin(rest)),
        rms=float(np.sqrt(np.nanmean(rest**2))),
    )


def _uncertainty(series: PhaseSeries, there: npt.NDArray[np.bool_]) -> float | None:
    try:
        noise = judge_noise(series)
        return float(np.sqrt(functional_variance(there / there.sum(), alpha=noise.alpha, q=noise.q)))
    except (TooFewSamples, DataError):
        return None  # fewer than 32 samples, or noise whose mean does not settle
