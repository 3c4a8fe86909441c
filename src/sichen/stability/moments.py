# SPDX-License-Identifier: Apache-2.0
"""Mean squares of the differences that each statistic is made of, over one continuous piece of phase.

A *moment* is a sum of squares with the number of terms in it; moments of several pieces add up. What turns a
mean square into a variance is the scale of the statistic, in `families`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Factors = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """Sums of squares and their numbers of terms, one for each averaging factor."""

    total: Array
    terms: Factors

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(self.total + other.total, self.terms + other.terms)


Kernel = Callable[[Array, int], tuple[float, int]]


def each(kernel: Kernel, x: Array, factors: Factors, *, span: Callable[[int], int]) -> Moments:
    """Run a kernel for every factor whose longest difference, `span(m)` samples, fits into the piece."""
    found = [kernel(x, int(m)) if span(int(m)) < x.size else (0.0, 0) for m in factors]
    return Moments(np.array([total for total, _ in found], np.float64), np.array([terms for _, terms in found], np.int64))


def differences(x: Array, factors: Factors, *, order: int, overlapping: bool) -> Moments:
    """Sum squared differences of the phase of order 1, 2 or 3 at spacing m."""
    from sichen.stability import kernels

    fast: dict[int, Kernel] = {2: kernels.second_differences, 3: kernels.third_differences}

    def kernel(piece: Array, m: int) -> tuple[float, int]:
        return kernels.differences_with_gaps(piece, m, order, 1 if overlapping else m)

    whole = overlapping and order in fast and not np.isnan(x).any()
    return each(fast[order] if whole else kernel, x, factors, span=lambda m: order * m)


def reflected(x: Array, factors: Factors) -> Moments:
    """Sum squared second differences of the phase reflected at both ends."""
    from sichen.stability.kernels import reflected_differences

    gaps = bool(np.isnan(x).any())
    return each(lambda piece, m: reflected_differences(piece, m, gaps), x, factors, span=lambda m: m)


def averaged(x: Array, factors: Factors) -> Moments:
    """Sum squared second differences of m-sums of the phase, over windows without a gap."""
    from sichen.stability.kernels import averaged_differences

    return over_runs(lambda run: each(averaged_differences, run, factors, span=lambda m: 3 * m - 1), x, factors)


def parabolic(x: Array, factors: Factors) -> Moments:
    """Sum squared parabolic differences of the phase, over windows without a gap."""
    from sichen.stability.kernels import parabolic_differences, second_differences

    def kernel(run: Array, m: int) -> tuple[float, int]:
        if m > 1:
            return parabolic_differences(run, m)
        total, terms = second_differences(run, 1)  # by definition the Allan variance; 144 is the ratio of the scales
        return total / 144.0, terms

    return over_runs(lambda run: each(kernel, run, factors, span=lambda m: 2 * m), x, factors)


def extended(x: Array, factors: Factors) -> Moments:
    """Sum the mean squares of the modified total variance over windows of 3m phase points without a gap."""
    from sichen.stability.total import total_sums

    return over_runs(lambda run: _summed(run, factors, total_sums, length=lambda m: 3 * m), x, factors)


def extended_frequency(x: Array, factors: Factors) -> Moments:
    """Sum the mean squares of the Hadamard total variance over windows of 3m phase increments without a gap."""
    from sichen.stability.total import total_sums

    plain = factors == 1  # at m = 1 the Hadamard total deviation is by definition the overlapping Hadamard deviation
    moments = over_runs(lambda run: _summed(np.diff(run), factors, total_sums, length=lambda m: 3 * m), x, factors)
    if not plain.any():
        return moments
    first = differences(x, factors[plain], order=3, overlapping=True)
    total, terms = moments.total.copy(), moments.terms.copy()
    total[plain], terms[plain] = first.total, first.terms
    return Moments(total, terms)


def theoretical(x: Array, factors: Factors) -> Moments:
    """Sum the weighted squares of Theo1 over its windows."""
    from sichen.stability.total import theo1_sums, theo1_with_gaps

    if np.isnan(x).any():
        return each(theo1_with_gaps, x, factors, span=lambda m: m)
    return _summed(x, factors, theo1_sums, length=lambda m: m + 1)


def over_runs(moments_of: Callable[[Array], Moments], x: Array, factors: Factors) -> Moments:
    """Add the moments of every run of samples without a gap."""
    valid = ~np.isnan(x)
    if valid.all():
        return moments_of(x)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], valid, [False]]).astype(np.int8)))
    sums = Moments(np.zeros(factors.size), np.zeros(factors.size, np.int64))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        sums += moments_of(np.ascontiguousarray(x[first:last]))
    return sums


def _summed(x: Array, factors: Factors, sums: Callable[[Array, Factors], Array], *, length: Callable[[int], int]) -> Moments:
    windows = np.array([max(x.size - length(int(m)) + 1, 0) for m in factors], np.int64)
    total = np.zeros(factors.size)
    fits = windows > 0
    if fits.any():
        total[fits] = sums(x, factors[fits])
    return Moments(total, windows)
