# SPDX-License-Identifier: Apache-2.0
"""The mean rate of a watch with an uncertainty that knows its noise; and what the next record will show.

Daily rates are not independent: σ/√n is right only for white frequency noise. The uncertainty here is that of the
power law that was found. Flicker and random-walk noise have no long-term mean; then only the next record is foretold.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Figure, Message, TooFewSamples, convert
from sichen.stability.assemble import Conventions, with_intervals
from sichen.stability.families import STATISTICS
from sichen.stability.moments import differences
from sichen.stability.noise.functional import functional_variance
from sichen.stability.noise.identification import ENOUGH, Identified, exponent
from sichen.stability.noise.spectra import expected_mean_square
from sichen.stability.series import PhaseSeries, check_varies

Array = npt.NDArray[np.float64]

POINTS = 128  # decimated points that the noise is judged by: fewer mistake its kind, more look at shorter times
WANDERING = -1.0  # from this exponent down a mean over more time does not settle


@dataclass(frozen=True)
class Noise:
    """The noise of a record at the longest averaging time where it can be judged.

    Parameters
    ----------
    alpha : float
        Exponent.
    q : float
        Level of the phase spectrum q (2 sin πf)^(α−2), s².
    tau : float
        Averaging time in seconds.
    edf : float
        Degrees of freedom behind the level.
    given : bool
        Whether the exponent was given.
    """

    alpha: float
    q: float
    tau: float
    edf: float
    given: bool


@dataclass(frozen=True)
class MeanRate:
    """The mean rate over a record.

    Parameters
    ----------
    rate : Figure, s/d
        Mean; its u is that of the long-term mean, and None when the noise has none.
    lower, upper : float or None
        Interval of the long-term mean, s/d, by Student's law with `noise.edf` degrees of freedom.
    next_rate : Figure, s/d
        The same value with the uncertainty of the mean over the next record of the same length.
    confidence : float
    noise : Noise
    days : float
        Length of the record.
    advice : tuple of Message
    """

    rate: Figure
    lower: float | None
    upper: float | None
    next_rate: Figure
    confidence: float
    noise: Noise
    days: float
    advice: tuple[Message, ...] = ()


def mean_rate(series: PhaseSeries, *, confidence: float = 0.95, alpha: int | None = None) -> MeanRate:
    """Find the mean rate of a clock over a record.

    Parameters
    ----------
    series : PhaseSeries
        One segment; for several positions ask for each with `PhaseSeries.only`.
    confidence : float, 0 < confidence < 1
    alpha : int, optional
        Exponent of the noise when known.

    Returns
    -------
    MeanRate

    Raises
    ------
    DataError
        If the series has several segments or cannot answer.

    Notes
    -----
    The mean is what the clock gained over the record divided by its length. Its variance is that of this weighted
    sum under the noise found at the longest averaging time with 128 decimated points; for white FM that is
    OAVAR(τ)·τ/T.

    Examples
    --------
    >>> from sichen.stability import simulate_noise
    >>> x = simulate_noise(1001, alpha=0, seed=5, tau0=86.4, deviation=1e-6).phase
    >>> found = mean_rate(PhaseSeries.from_phase(x, tau0=86.4), alpha=0)
    >>> round(found.rate.u, 3)   # the truth is 1e-6 / sqrt(1000), 0.0027 s/d
    0.003
    """
    check_varies(series)
    piece = _only_piece(series)
    noise = judge_noise(series, alpha=alpha)
    span = piece.size - 1
    rate = (piece[-1] - piece[0]) / (span * series.tau0)
    per_day = convert(1.0, unit="s/s", to="s/d")
    ends = np.zeros(span + 1)
    ends[0], ends[-1] = -1.0, 1.0
    following = np.zeros(2 * span + 1)
    following[[0, span, -1]] = 1.0, -2.0, 1.0
    scale = per_day / (span * series.tau0)
    foretold = float(np.sqrt(functional_variance(following, alpha=noise.alpha, q=noise.q))) * scale
    value = rate * per_day
    next_rate = Figure(value, foretold, "s/d")
    days = span * series.tau0 / 86400.0
    if noise.alpha <= WANDERING:
        advice = (Message("stability.rate_wanders"),)
        return MeanRate(Figure(value, None, "s/d"), None, None, next_rate, confidence, noise, days, advice)
    u = float(np.sqrt(functional_variance(ends, alpha=noise.alpha, q=noise.q))) * scale
    half = _student(noise.edf, confidence) * u
    return MeanRate(Figure(value, u, "s/d"), value - half, value + half, next_rate, confidence, noise, days)


def judge_noise(series: PhaseSeries, *, alpha: int | None = None) -> Noise:
    """Find exponent and level of the noise at the longest averaging time where both are known well.

    Raises
    ------
    TooFewSamples
        If no segment has 32 points and the exponent is not given.
    """
    pieces = series.pieces()
    longest = max(piece.size for piece in pieces)
    if alpha is None and longest < ENOUGH:
        raise TooFewSamples(got=longest, need=ENOUGH)
    factor = max(1, (longest - 1) // POINTS)
    found = float(alpha) if alpha is not None else exponent(pieces, factor, highest_order=2)
    if np.isnan(found):
        raise DataError(Message("stability.noise_unknown"))
    found = float(min(max(round(found), -2), 2))  # a fraction would be stretched over the whole record
    factors = np.array([factor], np.int64)
    moments = [(piece.size, differences(piece, factors, order=2, overlapping=True)) for piece in pieces]
    row = STATISTICS["oadev"]
    known = Identified(np.array([max(found, -2.0)]), ("given",))
    result = with_intervals(
        row, factors=factors, pieces=moments, found=known, tau0=series.tau0, conventions=Conventions(edf="exact")
    )
    total = sum(part.total[0] for _, part in moments) / sum(part.terms[0] for _, part in moments)
    q = float(total) / expected_mean_square("allan", m=factor, alpha=found)
    return Noise(found, q, float(result.tau[0]), float(result.edf[0]), alpha is not None)


def _only_piece(series: PhaseSeries) -> Array:
    pieces = series.pieces()
    if len(pieces) != 1:
        raise DataError(Message("stability.several_segments", count=len(pieces)))
    return pieces[0]


def _student(edf: float, confidence: float) -> float:
    from scipy.special import stdtrit

    if not 0.0 < confidence < 1.0:
        raise DataError(Message("stability.bad_confidence", found=f"{confidence:g}"))
    return float(stdtrit(edf, 0.5 * (1.0 + confidence)))
