# SPDX-License-Identifier: Apache-2.0
"""Degrees of freedom of every statistic, by model: ``greenhall`` as Stable32 has them, ``exact`` from the correlations."""

import math
from typing import Literal

from sichen.core import DataError, Message
from sichen.stability.families import Statistic
from sichen.stability.freedom.exact import exact_edf
from sichen.stability.freedom.greenhall import greenhall_edf

Model = Literal["greenhall", "exact"]
EDF_MODELS: tuple[Model, ...] = ("greenhall", "exact")

_TOTAL = {0: (1.5, 0.0), -1: (24.0 * (math.log(2.0) / math.pi) ** 2, 0.222), -2: (140.0 / 151.0, 0.358)}
# Fitted to the rows of Stable32 1.62, which the coefficients printed in SP 1065, table 8, do not reproduce; those in
# turn come nearer to the scatter of simulated records, so each model has its own.
_MODIFIED_TOTAL: dict[Model, dict[int, tuple[float, float]]] = {
    "greenhall": {2: (2.16, 2.28), 1: (1.73, 2.99), 0: (1.33, 1.89), -1: (0.92, 0.76), -2: (0.79, 0.37)},
    "exact": {2: (1.90, 2.1), 1: (1.20, 1.40), 0: (1.10, 1.2), -1: (0.85, 0.50), -2: (0.75, 0.31)},
}
_HADAMARD_TOTAL = {0: (0.559, 1.004), -1: (0.868, 1.140), -2: (0.938, 1.696)}
LONG = 16  # from here on the approximations of the total statistics hold


def check_model(model: str) -> None:
    """Refuse a model that does not exist."""
    if model not in EDF_MODELS:
        raise DataError(Message("stability.unknown_convention", what="edf", found=model, known=" ".join(EDF_MODELS)))


def degrees_of_freedom(row: Statistic, *, alpha: float, m: int, points: int, terms: int, model: Model) -> float:
    """Return the equivalent degrees of freedom of one estimate.

    Parameters
    ----------
    row : Statistic
    alpha : float
        Exponent of the noise; NaN gives NaN.
    m : int
    points : int
        Phase points of the piece.
    terms : int
        Squares that were averaged; fewer than the piece could hold when there are gaps.
    model : {"greenhall", "exact"}
        The total statistics have only approximations: ``greenhall`` those of Stable32, ``exact`` those of SP 1065 for
        the modified total, and below m = 16 the freedom of the plain statistic. TIE rms has no χ² law: NaN.

    Returns
    -------
    float
        At least 1 where there is any term.
    """
    if math.isnan(alpha) or terms < 1 or row.kind == "phase":
        return math.nan
    nearest = min(max(round(alpha), -4 if row.order == 3 else -2), 2)  # noqa: PLR2004 - Hadamard
    full = _full_record(row, nearest, m, points, model)
    if row.kind in {"allan", "modified", "hadamard", "parabolic"}:
        stride = 1 if row.overlapping else m
        possible = (points - _span(row.kind, m) - 1) // stride + 1
        full *= min(terms / possible, 1.0) if possible > 0 else 1.0
    return max(full, 1.0)


def _span(kind: str, m: int) -> int:
    return {"allan": 2 * m, "modified": 3 * m - 1, "hadamard": 3 * m, "parabolic": 2 * m}[kind]


def _full_record(row: Statistic, alpha: int, m: int, points: int, model: Model) -> float:
    if row.kind == "total":
        return _total(alpha, m, points, model)
    if row.kind == "modified_total":
        return _modified_total(alpha, m, points, model)
    if row.kind == "hadamard_total":
        return _hadamard_total(alpha, m, points, model)
    if row.kind == "theo1":
        return _theo1(alpha, points, 0.75 * m)
    if model == "exact" or row.kind == "parabolic":
        return _exact(row.kind, alpha, m, points, overlapping=row.overlapping)
    return _closed(row.kind, alpha, m, points, overlapping=row.overlapping)


def _exact(kind: str, alpha: int, m: int, points: int, *, overlapping: bool = True) -> float:
    stride = 1 if overlapping else m
    return exact_edf(kind, alpha=alpha, m=m, terms=max((points - _span(kind, m) - 1) // stride + 1, 1), stride=stride)


def _closed(kind: str, alpha: int, m: int, points: int, *, overlapping: bool = True) -> float:
    order = 3 if kind == "hadamard" else 2
    return greenhall_edf(alpha=alpha, order=order, m=m, points=points, overlapping=overlapping, modified=kind == "modified")


def _plain(kind: str, alpha: int, m: int, points: int, model: Model) -> float:
    return _exact(kind, alpha, m, points) if model == "exact" else _closed(kind, alpha, m, points)


def _total(alpha: int, m: int, points: int, model: Model) -> float:
    if alpha > 0:  # no published approximation: the plain statistic; but white PM of the two ends, which every reflected
        # term repeats, costs it as much freedom as white FM has
        plain = _plain("allan", alpha, min(m, (points - 1) // 2), points, model)
        return min(plain, 1.5 * points / m) if alpha == 2 and m > LONG else plain  # noqa: PLR2004 - white PM
    if model == "exact" and m < LONG:  # reflection touches few terms yet, and the approximation promises too much
        return _exact("allan", alpha, min(m, (points - 1) // 2), points)
    b, c = _TOTAL[alpha]
    return float(b * points / m - c)


def _modified_total(alpha: int, m: int, points: int, model: Model) -> float:
    if m < LONG:
        return _plain("modified", alpha, m, points, model)
    b, c = _MODIFIED_TOTAL[model][alpha]
    return b * points / m - c


def _hadamard_total(alpha: int, m: int, points: int, model: Model) -> float:
    if m < LONG or alpha not in _HADAMARD_TOTAL:
        return _plain("hadamard", alpha, m, points, model)
    b0, b1 = _HADAMARD_TOTAL[alpha]
    return (points / m) / (b0 + b1 * m / points)


def _theo1(alpha: int, n: int, r: float) -> float:
    if alpha == 2:  # noqa: PLR2004 - white PM
        return 0.86 * (n + 1) * (n - 4.0 * r / 3.0) / (n - r) * r / (r + 1.14)
    if alpha == 1:
        return (4.798 * n * n - 6.374 * n * r + 12.387 * r) / (math.sqrt(r + 36.6) * (n - r)) * r / (r + 0.3)
    if alpha == 0:
        return ((4.1 * n + 0.8) / r - (3.1 * n + 6.5) / n) * float(r**1.5 / (r**1.5 + 5.2))
    if alpha == -1:
        return (2.0 * n * n - 1.3 * n * r - 3.5 * r) / (n * r) * r**3 / (r**3 + 2.3)
    k = 4.4 * n - 1.0
    return (4.4 * n - 2.0) / (2.9 * r) * (k * k - 8.6 * r * k + 11.4 * r * r) / (4.4 * n - 3.0) ** 2
