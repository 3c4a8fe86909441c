# SPDX-License-Identifier: Apache-2.0
"""Intervals of a deviation from its degrees of freedom, by the χ² law of its square."""

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message

Array = npt.NDArray[np.float64]


def chi_square_ratios(edf: Array, confidence: float) -> tuple[Array, Array]:
    """Return by what the estimated deviation is multiplied to give the two ends of its interval.

    Parameters
    ----------
    edf : ndarray of float64
        Degrees of freedom; NaN where nothing is known.
    confidence : float, 0 < confidence < 1
        0.683 is one sigma.

    Returns
    -------
    lower, upper : ndarray of float64
        √(ν/χ²) at both quantiles; each tail holds half of what is left.

    Raises
    ------
    DataError
        If `confidence` is no probability.
    """
    from scipy.special import gammaincinv

    if not 0.0 < confidence < 1.0:
        raise DataError(Message("stability.bad_confidence", found=f"{confidence:g}"))
    half = 0.5 * edf
    with np.errstate(invalid="ignore", divide="ignore"):
        low = np.sqrt(half / gammaincinv(half, 0.5 * (1.0 + confidence)))
        high = np.sqrt(half / gammaincinv(half, 0.5 * (1.0 - confidence)))
    return low, high


def interval(deviation: float, *, edf: float, confidence: float = 0.683) -> tuple[float, float]:
    """Return the interval of one deviation.

    Examples
    --------
    The first row of Stable32's own run over PHASE.DAT:

    >>> low, high = interval(0.2922, edf=782.0)
    >>> round(low, 3), round(high, 3)
    (0.285, 0.3)
    """
    low, high = chi_square_ratios(np.array([edf]), confidence)
    return float(deviation * low[0]), float(deviation * high[0])
