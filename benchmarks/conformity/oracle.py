# SPDX-License-Identifier: Apache-2.0
"""ISO 3159 written a second time, in rational arithmetic from the printed formulas: nothing here is shared with the engine."""

from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

LIMITS: dict[str, dict[str, tuple[Fraction | None, Fraction | None]]] = {
    "1": {
        "mean_daily_rate": (Fraction(-4), Fraction(6)),
        "mean_variation": (None, Fraction(2)),
        "greatest_variation": (None, Fraction(5)),
        "vertical_horizontal_difference": (Fraction(-6), Fraction(8)),
        "greatest_deviation": (None, Fraction(10)),
        "thermal_variation": (Fraction(-3, 5), Fraction(3, 5)),
        "resumption": (Fraction(-5), Fraction(5)),
    },
    "2": {
        "mean_daily_rate": (Fraction(-5), Fraction(8)),
        "mean_variation": (None, Fraction(17, 5)),
        "greatest_variation": (None, Fraction(7)),
        "vertical_horizontal_difference": (Fraction(-8), Fraction(10)),
        "greatest_deviation": (None, Fraction(15)),
        "thermal_variation": (Fraction(-7, 10), Fraction(7, 10)),
        "resumption": (Fraction(-6), Fraction(6)),
    },
}


def criteria(m: list[Fraction]) -> dict[str, Fraction]:
    """Return the seven criteria of fifteen daily rates."""
    mean = sum(m[:10], Fraction(0)) / 10
    pairs = [abs(m[k] - m[k + 1]) for k in range(0, 10, 2)]
    return {
        "mean_daily_rate": mean,
        "mean_variation": sum(pairs, Fraction(0)) / 5,
        "greatest_variation": max(pairs),
        "vertical_horizontal_difference": (m[0] + m[1]) / 2 - (m[8] + m[9]) / 2,
        "greatest_deviation": max(abs(rate - mean) for rate in m[:10]),
        "thermal_variation": (m[12] - m[10]) / 30,
        "resumption": m[14] - (m[0] + m[1]) / 2,
    }


def conforms(values: dict[str, Fraction], category: str) -> bool:
    """Tell whether every criterion lies within its limits, the limits included."""
    return all(
        (low is None or values[name] >= low) and (high is None or values[name] <= high)
        for name, (low, high) in LIMITS[category].items()
    )


def on_a_limit(count: int, *, decimals: int, seed: int) -> npt.NDArray[np.int64]:
    """Return certificates of category 1 that lie on one limit or one last decimal beside it, and conform otherwise.

    In units of the last decimal; criteria and sides take turns.
    """
    rng = np.random.default_rng(seed)
    unit = 10**decimals
    rates: npt.NDArray[np.int64] = np.rint(rng.normal(1.0, 0.3, (count, 15)) * unit).astype(np.int64)
    for number, row in enumerate(rates):
        PLACERS[number % 7](row, 1 if number // 7 % 2 else -1, number // 14 % 3 - 1, unit)
    return rates


Row: TypeAlias = npt.NDArray[np.int64]


def _mean(row: Row, side: int, off: int, unit: int) -> None:
    limit = 6 if side > 0 else -4
    row += (limit - 1) * unit
    row[9] += 10 * limit * unit - row[:10].sum() + off


def _mean_variation(row: Row, side: int, off: int, unit: int) -> None:
    row[0:8:2] = row[1:8:2] + side * 2 * unit * np.array([1, -1, 1, -1])
    others = int(np.abs(row[0:8:2] - row[1:8:2]).sum())
    row[8] = row[9] + side * (10 * unit - others + off)


def _greatest_variation(row: Row, side: int, off: int, unit: int) -> None:
    row[2] = row[3] + side * (5 * unit + off)


def _difference(row: Row, side: int, off: int, unit: int) -> None:
    limit = 8 if side > 0 else -6
    row[[0, 1, 13, 14]] += limit * unit
    row[0] = row[8] + row[9] - row[1] + 2 * limit * unit + off


def _deviation(row: Row, side: int, off: int, unit: int) -> None:
    # Day 5 far out, day 6 four seconds nearer so that the variation conforms; days 7 and 8 bring the sum to the limit.
    row[4] += side * 11 * unit
    row[5] = row[4] - side * 4 * unit
    short = 10 * int(row[4]) - side * (100 * unit + off) - int(row[:10].sum())
    row[6] += short // 2
    row[7] += short - short // 2


def _thermal(row: Row, side: int, off: int, unit: int) -> None:
    row[12] = row[10] + side * 18 * unit + off


def _resumption(row: Row, side: int, off: int, unit: int) -> None:
    row[14] = (row[0] + row[1]) // 2 + side * 5 * unit + off


PLACERS: tuple[Callable[[Row, int, int, int], None], ...] = (
    _mean,
    _mean_variation,
    _greatest_variation,
    _difference,
    _deviation,
    _thermal,
    _resumption,
)
