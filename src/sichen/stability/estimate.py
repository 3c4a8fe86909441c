# SPDX-License-Identifier: Apache-2.0
"""From a phase series to a statistic with its intervals: the one function behind every name of the family."""

from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message
from sichen.stability.averaging import Taus, averaging_factors
from sichen.stability.bias import Bias, bias_ratio, check_bias
from sichen.stability.every import EVERY, every_moments
from sichen.stability.families import Statistic, statistic
from sichen.stability.freedom import Model, chi_square_ratios, degrees_of_freedom
from sichen.stability.freedom.models import check_model
from sichen.stability.inhibition import inhibited_factors, period_factor
from sichen.stability.moments import Moments
from sichen.stability.mtie import greatest_swings
from sichen.stability.noise.identification import Identified, identify_noise
from sichen.stability.results import Deviations
from sichen.stability.series import PhaseSeries, check_varies

Array = npt.NDArray[np.float64]
Factors = npt.NDArray[np.int64]

MANY = 400  # more factors than this share degrees of freedom with their neighbours, interpolated


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
        from sichen.stability.theoh import theoh

        return theoh(series, taus=taus, confidence=confidence, alpha=alpha, edf=edf, inhibition=inhibition)
    row = statistic(name)
    pieces = series.pieces()
    factors = _factors(row, series, pieces, taus, inhibition)
    per_piece = [_moments(row, piece, factors) for piece in pieces]
    total = sum(per_piece[1:], start=per_piece[0])
    there = total.terms > 0
    if not there.all():
        if not isinstance(taus, str):
            raise DataError(Message("stability.gaps_leave_nothing", tau=f"{_first_missing(row, factors, there, series.tau0):g}"))
        factors, total = factors[there], Moments(total.total[there], total.terms[there])
        per_piece = [Moments(part.total[there], part.terms[there]) for part in per_piece]
        if factors.size == 0:
            raise DataError(Message("stability.gaps_leave_nothing", tau=f"{series.tau0:g}"))
    found = _noise(row, pieces, factors, alpha)
    result = _with_intervals(row, series, factors, total, per_piece, found, (confidence, edf, bias))
    return replace(result, advice=_advice(series, inhibition, result))


def _factors(row: Statistic, series: PhaseSeries, pieces: tuple[Array, ...], taus: Taus, inhibition: float | None) -> Factors:
    largest = row.reach(max(piece.size for piece in pieces))
    if isinstance(taus, str) and row.kind == "total":
        largest //= 2  # beyond half the record it is all reflection; a list may still ask for it
    choose = partial(
        averaging_factors, taus, tau0=series.tau0 * row.stride, largest=largest, smallest=row.smallest, step=row.step
    )
    return choose() if inhibition is None else inhibited_factors(choose, series.tau0, inhibition, row, largest, taus)


def _first_missing(row: Statistic, factors: Factors, there: npt.NDArray[np.bool_], tau0: float) -> float:
    return float(factors[~there][0] * row.stride * tau0)


def _moments(row: Statistic, piece: Array, factors: Factors) -> Moments:
    if row.name in EVERY and factors.size > MANY and not np.isnan(piece).any():
        return every_moments(piece, factors, EVERY[row.name])
    return row.moments(piece, factors)


def _noise(row: Statistic, pieces: tuple[Array, ...], factors: Factors, alpha: int | None) -> Identified:
    if alpha is None:
        return identify_noise(pieces, factors, highest_order=row.order if row.order == 3 else 2)  # noqa: PLR2004 - Hadamard
    lowest = -4 if row.order == 3 else -2  # noqa: PLR2004 - Hadamard
    if not lowest <= alpha <= 2:  # noqa: PLR2004 - white PM
        raise DataError(Message("stability.unknown_noise", found=alpha))
    return Identified(np.full(factors.size, float(alpha)), ("given",) * factors.size)


def _with_intervals(
    row: Statistic,
    series: PhaseSeries,
    factors: Factors,
    total: Moments,
    per_piece: list[Moments],
    found: Identified,
    conventions: tuple[float, Model, Bias],
) -> Deviations:
    confidence, model, bias = conventions
    pieces = series.pieces()
    points = max(piece.size for piece in pieces)
    kept = _sparse(factors)
    freedom = np.array(
        [
            sum(
                degrees_of_freedom(
                    row, alpha=float(found.alpha[k]), m=int(factors[k]), points=piece.size, terms=int(part.terms[k]), model=model
                )
                for piece, part in zip(pieces, per_piece, strict=True)
                if part.terms[k] > 0
            )
            for k in kept
        ]
    )
    low, high = chi_square_ratios(freedom, confidence)
    ratio = np.array(
        [bias_ratio(row.kind, alpha=a, m=m, points=points, convention=bias) for a, m in zip(found.alpha.tolist(), factors.tolist(), strict=True)]
    )
    if row.name == "theobr" or (row.kind == "theo1" and bias != "raw"):
        from sichen.stability.theoh import theobr_ratio

        ratio = np.full(factors.size, 1.0 / theobr_ratio(pieces))
    square = total.total / total.terms * row.scale(factors.astype(np.float64), series.tau0)
    deviation = np.sqrt(square / ratio)
    spread = partial(_spread, factors, kept)
    return Deviations(
        statistic=row.name,
        title=row.title,
        tau0=series.tau0,
        tau=factors * (series.tau0 * row.stride),
        factor=factors,
        deviation=deviation,
        lower=deviation * spread(low),
        upper=deviation * spread(high),
        n=_printed_terms(row, factors, total.terms),
        alpha=found.alpha,
        alpha_source=found.source,
        edf=spread(freedom),
        bias_ratio=ratio,
        bias=bias,
        edf_model=model,
        confidence=confidence,
        unit="s" if row.in_time else "1",
    )


def _printed_terms(row: Statistic, factors: Factors, terms: Factors) -> Factors:
    """Count what the literature counts: Theo1 squares m / 2 differences a window."""
    return terms * (factors // 2) if row.kind == "theo1" else terms


def _sparse(factors: Factors) -> npt.NDArray[np.intp]:
    """Choose the factors whose degrees of freedom are computed; those between are interpolated."""
    if factors.size <= MANY:
        return np.arange(factors.size)
    grid = np.unique(np.searchsorted(factors, np.geomspace(factors[0], factors[-1], MANY)))
    return np.unique(np.append(grid[grid < factors.size], factors.size - 1))


def _spread(factors: Factors, kept: npt.NDArray[np.intp], values: Array) -> Array:
    if kept.size == factors.size:
        return values
    known = ~np.isnan(values)
    if not known.any():
        return np.full(factors.size, np.nan)
    at = np.log(factors[kept][known].astype(np.float64))
    return np.exp(np.interp(np.log(factors.astype(np.float64)), at, np.log(values[known])))


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
        "mtie", "MTIE", series.tau0, factors * series.tau0, factors, swing, unknown, unknown, windows, unknown,
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
    if "none" in result.alpha_source and result.statistic != "tierms":
        advice.append(Message("stability.noise_unknown"))
    return tuple(advice)
