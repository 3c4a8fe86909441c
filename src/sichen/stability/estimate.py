# SPDX-License-Identifier: Apache-2.0
"""From a phase series to a statistic with its intervals: the one function behind every name of the family."""

from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message
from sichen.stability.assemble import MANY, Conventions, known_or_identified, with_intervals
from sichen.stability.averaging import Taus, averaging_factors
from sichen.stability.bias import Bias, check_bias
from sichen.stability.every import EVERY, every_moments
from sichen.stability.families import Statistic, statistic
from sichen.stability.freedom import Model
from sichen.stability.freedom.models import check_model
from sichen.stability.inhibition import inhibited_factors, period_factor
from sichen.stability.moments import Moments
from sichen.stability.mtie import greatest_swings
from sichen.stability.results import Deviations
from sichen.stability.series import PhaseSeries, check_varies
from sichen.stability.theoh import theobr_ratio, theoh

Array = npt.NDArray[np.float64]
Factors = npt.NDArray[np.int64]


def deviations(
    series: PhaseSeries,
    name: str = "oadev",
    *,
    taus: Taus = "octave",
    confidence: float = 0.683,
    alpha: int | None = None,
    edf: Model = "greenhall",
    bias: Bias = "stable32",
    inhibition: float | None = None,
) -> Deviations:
    """Compute a statistic of the Allan family, with an interval at every averaging time.

    Parameters
    ----------
    series : PhaseSeries
        Segments are pooled: squares add up within segments, no difference crosses a border, a gap is left out.
    name : str
        ``adev oadev mdev tdev hdev ohdev totdev mtotdev ttotdev htotdev theo1 theobr theoh pdev mtie tierms``.
    taus : {"octave", "decade", "all"} or sequence of float
        Averaging times in seconds.
    confidence : float, 0 < confidence < 1
        Content of the interval.
    alpha : int, optional
        Exponent of the noise, when known; otherwise identified at each averaging time.
    edf : {"greenhall", "exact"}
        Model of the degrees of freedom.
    bias : {"stable32", "sp1065", "raw"}
        Which biases are corrected; with ``theo1``, ``stable32`` and ``sp1065`` mean TheoBR.
    inhibition : float, optional
        Inhibition period of a quartz watch in seconds: only its multiples are averaging times.

    Returns
    -------
    Deviations

    Raises
    ------
    DataError
        If the series cannot answer, or an option is unknown; the message says what to do.

    Notes
    -----
    Formulas: NIST SP 1065 (2008), IEEE 1139, ITU-T G.810; PDEV: F. Vernotte et al., IEEE Trans. UFFC 63 (2016) 611.

    Examples
    --------
    >>> phase = np.concatenate([[0], np.cumsum([892, 809, 823, 798, 671, 644, 883, 903, 677])])
    >>> result = deviations(PhaseSeries.from_phase(phase, tau0=1.0), "oadev", taus=[2.0], alpha=0)
    >>> round(float(result.deviation[0]), 5)
    85.95287
    """
    check_varies(series)
    check_bias(bias)
    check_model(edf)
    if name == "mtie":
        return _mtie(series, taus, inhibition, confidence)
    if name == "theoh":
        part = partial(deviations, series, confidence=confidence, alpha=alpha, edf=edf, inhibition=inhibition)
        return theoh(part, series, taus)
    row = statistic(name)
    pieces = series.pieces()
    factors = _factors(row, series, pieces, taus, inhibition)
    per_piece = [_moments(row, piece, factors) for piece in pieces]
    total = sum(per_piece[1:], start=per_piece[0])
    there = total.terms > 0
    if not there.all():
        if not isinstance(taus, str):
            raise DataError(
                Message("stability.gaps_leave_nothing", tau=f"{_first_missing(row, factors, there, series.tau0):g}")
            )
        factors, total = factors[there], Moments(total.total[there], total.terms[there])
        per_piece = [Moments(part.total[there], part.terms[there]) for part in per_piece]
        if factors.size == 0:
            raise DataError(Message("stability.gaps_leave_nothing", tau=f"{series.tau0:g}"))
    result = with_intervals(
        row,
        factors=factors,
        pieces=[(piece.size, part) for piece, part in zip(pieces, per_piece, strict=True)],
        found=known_or_identified(row, pieces, factors, alpha),
        tau0=series.tau0,
        conventions=Conventions(confidence, edf, bias),
        theobr=theobr_ratio(pieces) if name == "theobr" or (row.kind == "theo1" and bias != "raw") else None,
    )
    return replace(result, advice=_advice(series, inhibition, result))


def _factors(row: Statistic, series: PhaseSeries, pieces: tuple[Array, ...], taus: Taus, inhibition: float | None) -> Factors:
    largest = row.reach(max(piece.size for piece in pieces))
    if isinstance(taus, str) and row.kind == "total":
        largest //= 2  # beyond half the record it is all reflection; a list may still ask for it
    choose = partial(
        averaging_factors, taus, tau0=series.tau0 * row.stride, largest=largest, smallest=row.smallest, step=row.step
    )
    if inhibition is None:
        return choose()
    return inhibited_factors(choose, row, tau0=series.tau0, inhibition=inhibition, largest=largest, taus=taus)


def _first_missing(row: Statistic, factors: Factors, there: npt.NDArray[np.bool_], tau0: float) -> float:
    return float(factors[~there][0] * row.stride * tau0)


def _moments(row: Statistic, piece: Array, factors: Factors) -> Moments:
    if row.name in EVERY and factors.size > MANY and not np.isnan(piece).any():
        return every_moments(piece, factors, EVERY[row.name])
    return row.moments(piece, factors)


def _mtie(series: PhaseSeries, taus: Taus, inhibition: float | None, confidence: float) -> Deviations:
    pieces = series.pieces()
    factors = averaging_factors(
        taus,
        tau0=series.tau0,
        largest=max(piece.size for piece in pieces) - 1,
        step=1 if inhibition is None else period_factor(series.tau0, inhibition),
        smallest=1 if inhibition is None else period_factor(series.tau0, inhibition),
    )
    swing = np.full(factors.size, -np.inf)
    windows = np.zeros(factors.size, np.int64)
    for piece in pieces:
        fits = factors < piece.size
        swing[fits] = np.maximum(swing[fits], greatest_swings(piece, factors[fits]))
        windows[fits] += piece.size - factors[fits]
    unknown = np.full(factors.size, np.nan)
    advice = (Message("stability.mtie_keeps_offset"),)
    return Deviations(
        "mtie", "MTIE", series.tau0, np.asarray(factors * series.tau0, np.float64), factors, swing, unknown, unknown, windows, unknown,
        ("none",) * factors.size, unknown, np.ones(factors.size), "raw", "none", confidence, "s", advice,
    )  # fmt: skip


def _advice(series: PhaseSeries, inhibition: float | None, result: Deviations) -> tuple[Message, ...]:
    advice: list[Message] = []
    if inhibition is not None:
        advice.append(Message("stability.inhibition_multiples", period=f"{inhibition:g}"))
    if series.missing:
        advice.append(Message("stability.gaps_left_out", missing=series.missing, size=series.size))
    if "carried" in result.alpha_source:
        first = result.alpha_source.index("carried")
        advice.append(Message("stability.noise_carried", tau=f"{result.tau[first]:g}"))
    if result.statistic in {"mtotdev", "ttotdev"} and result.bias != "sp1065":
        advice.append(Message("stability.modified_total_raw"))
    if result.statistic in {"theo1", "theobr"} and bool((result.bias_ratio != 1.0).any()):
        advice.append(Message("stability.theobr_factor"))
    if result.statistic == "htotdev" and bool((np.round(result.alpha[result.factor > 1]) > 0).any()):
        advice.append(Message("stability.hadamard_total_of_phase_noise"))
    if "none" in result.alpha_source and result.statistic != "tierms":
        advice.append(Message("stability.noise_unknown"))
    return tuple(advice)
