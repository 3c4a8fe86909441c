# SPDX-License-Identifier: Apache-2.0
"""The loops over millions of watches: exact integer values of criteria, their margins, and draws around them."""

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
