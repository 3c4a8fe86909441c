# SPDX-License-Identifier: Apache-2.0
"""Frequency offset and drift: found, stated, and taken away, never silently."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.core import Message, TooFewSamples
from sichen.stability.noise.functional import functional_variance
from sichen.stability.rate import judge_noise
from sichen.stability.series import PhaseSeries, Segment

Array = npt.NDArray[np.float64]
What = Literal["offset", "drift"]


@dataclass(frozen=True)
class Removed:
    """What was taken away, and what is left.

    Parameters
    ----------
    series : PhaseSeries
        The rest.
    offset : float
        Fractional frequency at the middle of the record, s/s.
    drift : float
        Change of fractional frequency, 1/s; 0 when only the offset was removed.
    drift_u : float or None
        Standard uncertainty of the drift under the noise that is left; None where it was not fitted.
    message : Message
        Says so: a result after removal must carry it.
    """

    series: PhaseSeries
    offset: float
    drift: float
    drift_u: float | None
    message: Message


def remove_drift(series: PhaseSeries, what: What = "drift") -> Removed:
    """Take a frequency offset, or offset and drift, from a record by least squares on the phase.

    Parameters
    ----------
    series : PhaseSeries
        Each segment has its own phase; offset and drift are common to all.
    what : {"offset", "drift"}

    Returns
    -------
    Removed

    Raises
    ------
    TooFewSamples
        If there are fewer samples than coefficients.

    Notes
    -----
    Allan statistics keep a drift D as Dτ/√2; Hadamard statistics do not see it; MTIE keeps an offset too.
    """
    t = (np.arange(series.size) - 0.5 * (series.size - 1)) * series.tau0
    columns = [t] if what == "offset" else [t, 0.5 * t * t]
    levels = [_membership(series, part) for part in series.segments]
    there = ~np.isnan(series.phase) & np.any(levels, axis=0)
    scale = np.array([np.abs(column).max() or 1.0 for column in columns] + [1.0] * len(levels))
    design = np.stack([*columns, *levels], axis=1)[there] / scale
    if design.shape[0] < design.shape[1]:
        raise TooFewSamples(got=int(design.shape[0]), need=int(design.shape[1]))
    pseudo = np.linalg.pinv(design)
    found = pseudo @ series.phase[there] / scale
    trend = found[0] * t + (found[1] * 0.5 * t * t if what == "drift" else 0.0)
    rest = PhaseSeries(series.phase - trend, series.tau0, series.segments)
    if what == "offset":
        return Removed(rest, float(found[0]), 0.0, None, Message("stability.offset_removed", offset=f"{found[0]:.4g}"))
    weights = np.zeros(series.size)
    weights[there] = pseudo[1] / scale[1]
    said = Message("stability.drift_removed", offset=f"{found[0]:.4g}", drift=f"{found[1] * 86400.0:.4g}")
    return Removed(rest, float(found[0]), float(found[1]), _uncertainty(rest, weights), said)


def _membership(series: PhaseSeries, part: Segment) -> Array:
    column = np.zeros(series.size)
    column[part.start : part.stop] = 1.0
    return column


def _uncertainty(rest: PhaseSeries, weights: Array) -> float | None:
    """Return the standard uncertainty of a weighted sum of the phase under the noise of the rest."""
    try:
        noise = judge_noise(rest)
    except TooFewSamples:
        return None
    if len(rest.segments) > 1:
        return None  # the weights cancel a line within the record, not within each segment
    return float(np.sqrt(functional_variance(weights, alpha=noise.alpha, q=noise.q)))
