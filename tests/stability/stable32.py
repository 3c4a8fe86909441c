# SPDX-License-Identifier: Apache-2.0
"""Reading what Stable32 printed, so that tests can hold it against our figures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sichen.stability import PhaseSeries, bias_ratio, read_column, statistic
from sichen.stability.bias import Bias
from sichen.stability.mtie import greatest_swings

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One printed row: averaging factor, exponent where it is printed, bounds where they are, sigma."""

    factor: int
    alpha: int | None
    low: float
    sigma: float
    high: float


def older_rows(path: Path) -> list[Row]:
    """Read a report of versions 1.53 and 1.60; rows behind a # are valid, headings are not."""
    rows = []
    for line in path.read_text(encoding="latin-1").splitlines():
        words = line.lstrip("# ").split()
        try:
            numbers = [float(word) for word in words]
        except ValueError:
            continue
        if len(numbers) == 7:
            rows.append(Row(int(numbers[0]), int(numbers[3]), numbers[4], numbers[5], numbers[6]))
        elif len(numbers) == 4:
            rows.append(Row(int(numbers[0]), None, 0.0, numbers[3], 0.0))
    return rows


def variances(name: str, series: PhaseSeries, factors: npt.NDArray[np.int64]) -> Array:
    """Return raw variances, without going through noise identification."""
    if name == "mtie":
        return greatest_swings(series.phase, factors) ** 2
    row = statistic(name)
    moments = row.moments(series.phase, factors)
    return np.asarray(moments.total / moments.terms * row.scale(factors.astype(np.float64), series.tau0))


def expected(name: str, series: PhaseSeries, rows: list[Row], convention: Bias) -> Array:
    """Return what Stable32 should have printed by a convention of bias, with the exponents that it printed."""
    factors = np.array([row.factor for row in rows], np.int64)
    order = np.argsort(factors)
    raw = np.empty(factors.size)
    raw[order] = variances(name, series, factors[order])
    if convention == "raw" or name in {"mtie", "tierms"}:
        return np.sqrt(raw)
    kind = statistic(name).kind
    ratios = [
        bias_ratio(
            kind,
            alpha=float("nan") if row.alpha is None else row.alpha,
            m=row.factor,
            points=series.size,
            convention=convention,
        )
        for row in rows
    ]
    return np.asarray(np.sqrt(raw / ratios))


def last_places(ours: Array, printed: Array, digits: int) -> Array:
    """Return how far ours lies from what was printed, in units of its last digit: up to a half is agreement."""
    unit = 10.0 ** (np.floor(np.log10(printed)) - (digits - 1))
    return np.asarray(np.abs(ours - printed) / unit)


def load(path: Path) -> Array:
    """Read a column of the data folder."""
    return read_column(path.read_bytes()).values
