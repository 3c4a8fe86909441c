# SPDX-License-Identifier: Apache-2.0
"""ISO 3159 written a second time, in rational arithmetic from the printed formulas: nothing here is shared with the engine."""

from fractions import Fraction

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
    """Return certificates of category 1 that lie on a limit or one last decimal beside it, in units of the last decimal."""
    rng = np.random.default_rng(seed)
    unit = 10**decimals
    rates: npt.NDArray[np.int64] = np.rint(rng.normal(1.0, 0.5, (count, 15)) * unit).astype(np.int64)
    slip = rng.integers(-1, 2, count)
    upper = rng.random(count) < 0.5
    which = rng.integers(0, 7, count)
    for row, side, off, kind in zip(rates, upper, slip, which, strict=True):
        _place(row, int(kind), bool(side), int(off), unit)
    return rates


def _place(row: npt.NDArray[np.int64], kind: int, upper: bool, off: int, unit: int) -> None:
    if kind == 0:
        row[9] += 10 * (6 if upper else -4) * unit - row[:10].sum() + off
    elif kind == 1:
        others = sum(abs(int(row[k] - row[k + 1])) for k in range(0, 8, 2))
        row[8] = row[9] + (1 if upper else -1) * (10 * unit - others + off)
    elif kind == 2:
        row[2] = row[3] + (1 if upper else -1) * (5 * unit + off)
    elif kind == 3:
        row[0] = row[8] + row[9] - row[1] + 2 * (8 if upper else -6) * unit + off
    elif kind == 4:
        # |10 M_5 − ΣM| = 9 M_5 − the others: a whole solution exists up to nine units of the last decimal.
        others = int(row[:10].sum() - row[4])
        row[4] = ((1 if upper else -1) * 100 * unit + others) // 9 + off
    elif kind == 5:
        row[12] = row[10] + (1 if upper else -1) * 18 * unit + off
    else:
        row[14] = (row[0] + row[1]) // 2 + (1 if upper else -1) * 5 * unit + off
