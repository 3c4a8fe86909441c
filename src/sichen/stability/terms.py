# SPDX-License-Identifier: Apache-2.0
"""What moves the rate of a watch for a reason: amplitude, temperature, position. Fitted, stated, removed.

Noise is what is left. A watch that runs down, warms up or is turned over shows an Allan deviation that is not its
noise but its isochronism, its temperature coefficient or its poise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message, TooFewSamples, convert
from sichen.stability.segments import label_segments
from sichen.stability.series import PhaseSeries

Array = npt.NDArray[np.float64]

REFERENCE_TEMPERATURE = 23.0  # °C, the middle temperature of ISO 3159


@dataclass(frozen=True)
class Term:
    """One fitted coefficient.

    Parameters
    ----------
    name : str
        ``amplitude``, ``temperature``, ``temperature²``, or ``position CH``.
    value, u : float
        Coefficient and its standard uncertainty, correlated residuals allowed for.
    unit : str
        ``s/d``, ``s/d/°``, ``s/d/K``, ``s/d/K²``.
    """

    name: str
    value: float
    u: float
    unit: str


@dataclass(frozen=True)
class Explained:
    """The terms, and the series without them.

    Parameters
    ----------
    terms : tuple of Term
    noise : PhaseSeries
        What the terms do not explain; its segments are those of the positions, when given.
    share : float
        Part of the variance of the rate that the terms explain, 0 … 1.
    """

    terms: tuple[Term, ...]
    noise: PhaseSeries
    share: float


def explain_rates(
    rates: npt.ArrayLike,
    *,
    tau0: float,
    amplitude: npt.ArrayLike | None = None,
    temperature: npt.ArrayLike | None = None,
    position: Sequence[str] | None = None,
) -> Explained:
    """Fit and remove what explains the rate of a watch.

    Parameters
    ----------
    rates : array_like of float, shape (n,)
        s/d, each a mean over `tau0`; NaN where missing.
    tau0 : float > 0
        Seconds.
    amplitude : array_like of float, shape (n,), optional
        Degrees: the slope is the isochronism.
    temperature : array_like of float, shape (n,), optional
        °C: slope, and curvature when three temperatures or more occur, about 23 °C.
    position : sequence of str, length n, optional
        One mean rate for each.

    Returns
    -------
    Explained

    Raises
    ------
    DataError
        If lengths differ, or a term does not vary so that it cannot be told from the mean.
    TooFewSamples
        If there are not at least two rates more than terms.

    Notes
    -----
    Least squares; uncertainties by the Newey–West estimate with ⌊4 (n/100)^(2/9)⌋ lags and the small-sample factor
    n / (n − p), because neighbouring rates of a watch are correlated.
    """
    y = np.asarray(rates, dtype=np.float64)
    columns, names, units = _columns(y.size, amplitude, temperature, position)
    design = np.stack(columns, axis=1)
    there = ~np.isnan(y) & ~np.isnan(design).any(axis=1)
    count, terms = int(there.sum()), len(names)
    if count < terms + 2:
        raise TooFewSamples(got=count, need=terms + 2)
    scale = np.abs(design[there]).max(axis=0)
    scaled = design[there] / np.where(scale > 0, scale, 1.0)
    if np.linalg.matrix_rank(scaled) < terms:
        raise DataError(Message("stability.terms_alike", names=", ".join(names)))
    found, *_ = np.linalg.lstsq(scaled, y[there], rcond=None)
    rest = np.full(y.size, np.nan)
    rest[there] = y[there] - scaled @ found
    spread = np.sqrt(np.diag(_newey_west(scaled, rest[there])))
    fitted = tuple(
        Term(name, float(value / s), float(u / s), unit)
        for name, value, u, s, unit in zip(names, found, spread, scale, units, strict=True)
    )
    share = 1.0 - float(np.var(rest[there]) / np.var(y[there])) if np.var(y[there]) > 0 else 0.0
    segments = () if position is None else label_segments(position)
    in_rate = rest * convert(1.0, unit="s/d", to="s/s")
    return Explained(fitted, PhaseSeries.from_frequency(in_rate, tau0=tau0, segments=segments), share)


def _columns(
    n: int, amplitude: npt.ArrayLike | None, temperature: npt.ArrayLike | None, position: Sequence[str] | None
) -> tuple[list[Array], list[str], list[str]]:
    columns: list[Array] = []
    names: list[str] = []
    units: list[str] = []

    def add(name: str, column: Array, unit: str) -> None:
        if column.shape != (n,):
            raise DataError(Message("stability.mixed_lengths", left=n, right=int(column.size)))
        columns.append(column)
        names.append(name)
        units.append(unit)

    if position is None:
        add("mean", np.ones(n), "s/d")
    else:
        for label in dict.fromkeys(position):
            add(f"position {label}", np.array([float(each == label) for each in position]), "s/d")
    if amplitude is not None:
        degrees = np.asarray(amplitude, dtype=np.float64)
        add("amplitude", degrees - np.nanmean(degrees), "s/d/°")
    if temperature is not None:
        warmth = np.asarray(temperature, dtype=np.float64) - REFERENCE_TEMPERATURE
        add("temperature", warmth, "s/d/K")
        if np.unique(warmth[~np.isnan(warmth)]).size > 2:  # noqa: PLR2004 - a parabola needs three
            add("temperature²", warmth**2, "s/d/K²")
    return columns, names, units


def _newey_west(design: Array, rest: Array) -> Array:
    n, p = design.shape
    inverse = np.linalg.inv(design.T @ design)
    scores = design * rest[:, None]
    meat = scores.T @ scores
    lags = int(4.0 * (n / 100.0) ** (2.0 / 9.0))
    for lag in range(1, min(lags, n - 1) + 1):
        part = scores[lag:].T @ scores[:-lag]
        meat += (1.0 - lag / (lags + 1.0)) * (part + part.T)
    covariance = inverse @ meat @ inverse * (n / (n - p))
    return np.asarray(covariance)
