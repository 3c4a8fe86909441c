# SPDX-License-Identifier: Apache-2.0
"""Sums over stretches of a long run that can be added together, so that days need no more memory than minutes."""

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

# Columns: beats, mean number and mean phase of the even and the odd beats; sums of squares about those means;
# count, mean and square sum of the lift times; whether the phase was lost inside or before.
COUNT, NUMBER, PHASE = slice(0, 2), slice(2, 4), slice(4, 6)
KK, KX, XX = 6, 7, 8
LIFTS, LIFT, LIFT_SQUARE = 9, 10, 11
BROKEN = 12
WIDTH = 13


def sum_up(number: npt.NDArray[np.int64], phase: Values, lift: Values, place: npt.NDArray[np.int64]) -> Values:
    """Return one row of sums for each stretch.

    Parameters
    ----------
    number : ndarray of int64, shape (n,)
        Beat numbers.
    phase : ndarray of float64, shape (n,)
        Seconds late of the nominal.
    lift : ndarray of float64, shape (n,)
        Seconds from unlock to drop; NaN where unknown.
    place : ndarray of int64, shape (n,)
        Stretch of each beat, from 0 without gaps.
    """
    total = int(place.max()) + 1
    rows = np.zeros((total, WIDTH))
    group = 2 * place + (number & 1)
    count = np.bincount(group, minlength=2 * total).astype(np.float64)
    safe = np.maximum(count, 1)
    mean_k = np.bincount(group, weights=number, minlength=2 * total) / safe
    mean_x = np.bincount(group, weights=phase, minlength=2 * total) / safe
    dk, dx = number - mean_k[group], phase - mean_x[group]
    rows[:, COUNT], rows[:, NUMBER], rows[:, PHASE] = (part.reshape(-1, 2) for part in (count, mean_k, mean_x))
    for column, product in ((KK, dk * dk), (KX, dk * dx), (XX, dx * dx)):
        rows[:, column] = np.bincount(place, weights=product, minlength=total)
    known = np.isfinite(lift)
    where = place[known]
    rows[:, LIFTS] = np.bincount(where, minlength=total)
    rows[:, LIFT] = np.bincount(where, weights=lift[known], minlength=total) / np.maximum(rows[:, LIFTS], 1)
    rest = lift[known] - rows[where, LIFT]
    rows[:, LIFT_SQUARE] = np.bincount(where, weights=rest * rest, minlength=total)
    return rows


def merge(first: Values, second: Values) -> Values:
    """Add rows of sums pairwise, exactly; across a lost phase only what lies within each row counts.

    Examples
    --------
    >>> k = np.arange(8)
    >>> parts = sum_up(k, 1e-6 * k, np.full(8, np.nan), k // 4)
    >>> whole = merge(parts[:1], parts[1:])
    >>> round(float(whole[0, KX] / whole[0, KK]) * 1e6, 9)
    1.0
    """
    out = first + second
    joined = second[:, BROKEN] == 0
    for side in range(2):
        a, b = first[:, COUNT][:, side], second[:, COUNT][:, side]
        n = np.maximum(a + b, 1)
        dk = second[:, NUMBER][:, side] - first[:, NUMBER][:, side]
        dx = second[:, PHASE][:, side] - first[:, PHASE][:, side]
        weight = np.where(joined, a * b / n, 0.0)
        out[:, KK] += weight * dk * dk
        out[:, KX] += weight * dk * dx
        out[:, XX] += weight * dx * dx
        out[:, NUMBER][:, side] = first[:, NUMBER][:, side] + dk * b / n
        out[:, PHASE][:, side] = first[:, PHASE][:, side] + dx * b / n
    n = np.maximum(out[:, LIFTS], 1)
    step = second[:, LIFT] - first[:, LIFT]
    out[:, LIFT] = first[:, LIFT] + step * second[:, LIFTS] / n
    out[:, LIFT_SQUARE] += step**2 * first[:, LIFTS] * second[:, LIFTS] / n
    out[:, BROKEN] = np.maximum(first[:, BROKEN], second[:, BROKEN])
    return out


def slopes(rows: Values) -> tuple[Values, Values]:
    """Return the slope of each row in seconds a beat, and its white standard uncertainty; NaN where too few beats are."""
    count = rows[:, COUNT].sum(axis=1)
    enough = (count >= 8) & (rows[:, KK] > 0)  # noqa: PLR2004 - three unknowns and something left over
    kk = np.where(enough, rows[:, KK], 1.0)
    slope = np.where(enough, rows[:, KX] / kk, np.nan)
    rest = np.maximum(rows[:, XX] - rows[:, KX] ** 2 / kk, 0.0)
    return slope, np.where(enough, np.sqrt(rest / np.maximum(count - 3, 1) / kk), np.nan)


def beat_errors(rows: Values) -> Values:
    """Return the signed beat error of each row in seconds, even beats taken as ticks."""
    slope, _ = slopes(rows)
    level = rows[:, PHASE] - slope[:, None] * rows[:, NUMBER]
    return np.asarray(level[:, 1] - level[:, 0], dtype=np.float64)
