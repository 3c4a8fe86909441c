# SPDX-License-Identifier: Apache-2.0
"""One sample at a time into the octaves of many clocks: constant work a sample and octave."""

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

FIRST, SECOND, THIRD, AVERAGED = 0, 1, 2, 3


@numba.njit(cache=True)
def push(samples: Array, ring: Array, state: Counts, sums: Array, terms: Counts, carry: Array) -> None:  # noqa: PLR0917 - numba takes no keywords
    """Take samples of several clocks.

    `samples` is (clocks, new), `ring` (clocks, 2^r) the latest samples, `state` (clocks, 2) the number taken and the
    number since the last gap, `sums` (clocks, 4, octaves, 2) compensated sums of squares of the first, second,
    third and averaged second differences, `terms` their counts, `carry` (clocks, octaves, 2) the running m-sums.
    """
    mask = ring.shape[1] - 1
    octaves = sums.shape[2]
    for clock in range(samples.shape[0]):
        line = ring[clock]
        for i in range(samples.shape[1]):
            x = samples[clock, i]
            n = state[clock, 0]
            run = state[clock, 1]
            line[n & mask] = x
            missing = x != x  # noqa: PLR0124 - NaN is the only number unlike itself
            for k in range(octaves):
                m = 1 << k
                if n < m:
                    break
                _octave(clock, k, m, n, run, x, line, mask, sums, terms, carry, missing)
            state[clock, 0] = n + 1
            state[clock, 1] = 0 if missing else run + 1


@numba.njit(cache=True)
def _octave(  # noqa: PLR0917 - numba takes no keywords
    clock: int, k: int, m: int, n: int, run: int, x: float, line: Array, mask: int,
    sums: Array, terms: Counts, carry: Array, missing: bool,
) -> None:  # fmt: skip
    if missing:
        carry[clock, k, 0] = 0.0
        carry[clock, k, 1] = 0.0
        return
    a = line[(n - m) & mask]
    _add(sums, terms, clock, FIRST, k, x - a)
    if n < 2 * m:
        return
    b = line[(n - 2 * m) & mask]
    second = (x - a) - (a - b)
    _add(sums, terms, clock, SECOND, k, second)
    step = second
    if n >= 3 * m:
        third = (x - line[(n - 3 * m) & mask]) - 3.0 * (a - b)
        _add(sums, terms, clock, THIRD, k, third)
        if run >= 3 * m:
            step = third
    if run < 2 * m:
        return
    # The m-sum of second differences, Neumaier's compensated running sum: it must not wander over months.
    total = carry[clock, k, 0]
    moved = total + step
    carry[clock, k, 1] += (total - moved) + step if abs(total) >= abs(step) else (step - moved) + total
    carry[clock, k, 0] = moved
    if run >= 3 * m - 1:
        _add(sums, terms, clock, AVERAGED, k, moved + carry[clock, k, 1])


@numba.njit(cache=True)
def _add(sums: Array, terms: Counts, clock: int, kind: int, k: int, difference: float) -> None:  # noqa: PLR0917
    if difference != difference:  # noqa: PLR0124 - it touches a gap
        return
    square = difference * difference
    total = sums[clock, kind, k, 0]
    moved = total + square
    sums[clock, kind, k, 1] += (total - moved) + square if total >= square else (square - moved) + total
    sums[clock, kind, k, 0] = moved
    terms[clock, kind, k] += 1
