# SPDX-License-Identifier: Apache-2.0
"""The loops over millions of watches: exact integer values of criteria, their margins, and draws around them."""

import math

import numba
import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]

LINEAR, SUM_OF_ABSOLUTE, GREATEST_ABSOLUTE, GREATEST = 0, 1, 2, 3
ACCEPT, REJECT, UNDECIDED = 0, 1, 2


@numba.njit(cache=True)
def judge_series(  # noqa: PLR0917 - a kernel takes its arrays by place
    rates: Integers,
    starts: Integers,
    pointers: Integers,
    columns: Integers,
    coefficients: Integers,
    combine: Integers,
    low: Integers,
    high: Integers,
    sided: Integers,
) -> tuple[Integers, Codes]:
    """Return the numerators (n, k) of k criteria and the verdict (n,) without guard band, for whole rates (n, days).

    Rows are in compressed form: those of criterion c are starts[c] … starts[c + 1]; the terms of a row r are
    pointers[r] … pointers[r + 1]. A limit is the greatest or least whole numerator that still conforms; bit 0
    of `sided` says that there is a lower one, bit 1 an upper one.
    """
    count, criteria = rates.shape[0], combine.shape[0]
    numerators = np.empty((count, criteria), np.int64)
    verdicts = np.empty(count, np.int8)
    for watch in range(count):
        verdict = ACCEPT
        for c in range(criteria):
            kind = combine[c]
            value = 0
            for r in range(starts[c], starts[c + 1]):
                row = 0
                for term in range(pointers[r], pointers[r + 1]):
                    row += coefficients[term] * rates[watch, columns[term]]
                if kind == SUM_OF_ABSOLUTE:
                    value += abs(row)
                else:
                    if kind == GREATEST_ABSOLUTE:
                        row = abs(row)
                    first = r == starts[c]
                    if first or (kind <= GREATEST and row > value) or (kind > GREATEST and row < value):
                        value = row
            numerators[watch, c] = value
            if (sided[c] & 1 and value < low[c]) or (sided[c] & 2 and value > high[c]):
                verdict = REJECT
            elif sided[c] == 0 and verdict == ACCEPT:
                verdict = UNDECIDED
        verdicts[watch] = verdict
    return numerators, verdicts


@numba.njit(cache=True)
def draw_series(  # noqa: PLR0917 - a kernel takes its arrays by place
    centre: Floats, noise: Floats, starts: Integers, combine: Integers, low: Floats, high: Floats, value: Floats
) -> tuple[Floats, Floats, float]:
    """Draw around one watch.

    `centre` (rows,) are its rows, `noise` (trials, rows) their errors, `value` (k,) the numerators as
    measured, `low` and `high` (k,) the limits, infinite where there is none. Return for each criterion the
    root mean square deviation from `value` and the share outside the limits; and the share with any outside.
    """
    criteria, trials = combine.shape[0], noise.shape[0]
    square = np.zeros(criteria)
    outside = np.zeros(criteria)
    any_outside = 0
    for trial in range(trials):
        bad = False
        for c in range(criteria):
            kind = combine[c]
            result = 0.0
            for r in range(starts[c], starts[c + 1]):
                row = centre[r] + noise[trial, r]
                if kind == SUM_OF_ABSOLUTE:
                    result += abs(row)
                else:
                    if kind == GREATEST_ABSOLUTE:
                        row = abs(row)
                    first = r == starts[c]
                    if first or (kind <= GREATEST and row > result) or (kind > GREATEST and row < result):
                        result = row
            square[c] += (result - value[c]) ** 2
            if result < low[c] or result > high[c]:
                outside[c] += 1
                bad = True
        any_outside += bad
    return np.sqrt(square / trials), outside / trials, any_outside / trials


@numba.njit(cache=True)
def tails_of_series(  # noqa: PLR0917 - a kernel takes its arrays by place
    rates: Integers,
    starts: Integers,
    rows: Integers,
    readings: Floats,
    combine: Integers,
    low: Floats,
    high: Floats,
    u: Floats,
) -> tuple[Floats, Floats]:
    """Bound the probability that a watch does not conform, and that it does, from the normal tails of its rows.

    `readings` (rows, m) is how independent errors enter the rows, `u` (1 or n, m) their standard uncertainties,
    `low` and `high` (k,) the limits, infinite where there is none. The first result (n,) adds all tails beyond the
    limits, the second (n,) is the least probability that one row is within: neither can be below the truth.
    """
    count = rates.shape[0]
    beyond = np.zeros(count)
    within = np.ones(count)
    for watch in range(count):
        own = u[watch if u.shape[0] > 1 else 0]
        for c in range(combine.shape[0]):
            kind = combine[c]
            total = 0.0
            total_out = 0.0
            least_in = 1.0
            signed = np.zeros(readings.shape[1])
            for r in range(starts[c], starts[c + 1]):
                value = _dot(rows[r], rates[watch])
                if kind == SUM_OF_ABSOLUTE:
                    total += abs(value)
                    signed += readings[r] if value >= 0 else -readings[r]
                    continue
                variance = _variance(readings[r], own)
                # Absolute and greatest values have no lower limit, least ones no upper: the plan was checked for it.
                out = _tail(high[c] - value, variance) + _tail(value - low[c], variance)
                if kind == GREATEST_ABSOLUTE:
                    out += _tail(value + high[c], variance)
                total_out += out
                least_in = min(least_in, 1.0 - out)
            if kind == SUM_OF_ABSOLUTE:
                total_out = _tail(high[c] - total, _variance(signed, own))
                least_in = 1.0 - total_out
            beyond[watch] += total_out
            within[watch] = min(within[watch], least_in)
        beyond[watch] = min(1.0, beyond[watch])
        within[watch] = max(0.0, within[watch])
    return beyond, within


@numba.njit(cache=True)
def _dot(row: Integers, rates: Integers) -> int:
    value = 0
    for day in range(rates.shape[0]):
        value += row[day] * rates[day]
    return value


@numba.njit(cache=True)
def _variance(readings: Floats, u: Floats) -> float:
    variance = 0.0
    for j in range(u.shape[0]):
        variance += (readings[j] * u[j]) ** 2
    return variance


@numba.njit(cache=True)
def _tail(margin: float, variance: float) -> float:
    """Return the probability that a normal error exceeds a margin."""
    if variance == 0.0:
        return 1.0 if margin < 0 else 0.0
    return 0.5 * math.erfc(margin / math.sqrt(2.0 * variance))
