# SPDX-License-Identifier: Apache-2.0
"""A protocol in the form that the kernels read: whole coefficients, whole limits, errors of the readings."""

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from sichen.conformity.batch import Batch
from sichen.conformity.formulas import Combine, Formula
from sichen.conformity.plan import Criterion, Protocol
from sichen.core import DataError, Message

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LOWER, UPPER = 1, 2


@dataclass(frozen=True)
class Compiled:
    """The criteria of the series of one protocol, for data with a given number of decimals.

    A numerator is the value times ``scale[c]``; limits are whole numerators (the last that conforms) and, for
    margins, exact fractions of one as the nearest double, infinite where there is none.
    """

    criteria: tuple[Criterion, ...]
    formulas: tuple[Formula, ...]
    scale: tuple[int, ...]
    rows: Integers
    starts: Integers
    pointers: Integers
    columns: Integers
    coefficients: Integers
    combine: Integers
    low: Integers
    high: Integers
    sided: Integers
    margin_low: Floats
    margin_high: Floats


def compiled(protocol: Protocol, *, decimals: int) -> Compiled:
    """Prepare a protocol for data with so many decimals.

    Raises
    ------
    ConfigError
        If a formula does not fit the plan's steps.
    """
    criteria = protocol.series_criteria
    formulas = tuple(protocol.formula(one) for one in criteria)
    scale = tuple(formula.divisor * 10**decimals for formula in formulas)
    bounds = [_whole_limits(protocol, one, factor) for one, factor in zip(criteria, scale, strict=True)]
    rows = np.vstack([formula.rows for formula in formulas]) if formulas else np.zeros((0, protocol.plan.length), np.int64)
    used = [np.flatnonzero(row) for row in rows]
    limits = [protocol.limits(one) for one in criteria]
    return Compiled(
        criteria=criteria,
        formulas=formulas,
        scale=scale,
        rows=rows,
        starts=np.cumsum([0, *(len(formula.rows) for formula in formulas)]).astype(np.int64),
        pointers=np.cumsum([0, *(len(terms) for terms in used)]).astype(np.int64),
        columns=np.concatenate([*used, np.zeros(0, np.int64)]).astype(np.int64),
        coefficients=np.concatenate([*(row[terms] for row, terms in zip(rows, used, strict=True)), np.zeros(0, np.int64)]),
        combine=np.array([int(formula.combine) for formula in formulas], np.int64),
        low=np.array([low or 0 for low, _ in bounds], np.int64),
        high=np.array([high or 0 for _, high in bounds], np.int64),
        sided=np.array([LOWER * (low is not None) + UPPER * (high is not None) for low, high in bounds], np.int64),
        margin_low=np.array(
            [-math.inf if one.low is None else _times(one.low, s) for one, s in zip(limits, scale, strict=True)]
        ),
        margin_high=np.array(
            [math.inf if one.high is None else _times(one.high, s) for one, s in zip(limits, scale, strict=True)]
        ),
    )


def check_fit(batch: Batch, protocol: Protocol) -> None:
    """Check that data answer the question of a protocol.

    Raises
    ------
    DataError
        If the number of measurements differs from the plan's.
    """
    if batch.rates.shape[1] != protocol.plan.length:
        raise DataError(
            Message("conformity.judge.length", plan=protocol.plan.id, want=protocol.plan.length, got=batch.rates.shape[1])
        )


def row_errors(compiled: Compiled, batch: Batch) -> Floats:
    """Return how independent readings enter the rows, shape (rows, m), in numerators per unit of reading."""
    return np.asarray(compiled.rows @ batch.mixing() * 10.0**batch.decimals, dtype=np.float64)


def largest_u(compiled: Compiled, batch: Batch) -> Floats:
    """Return an upper bound of the standard uncertainty of each numerator, shape (1 or n, k): exact where linear.

    For a sum of absolute values it is the sum of the rows' uncertainties, for a greatest value the root of the
    sum of their squares: neither can be exceeded, because each changes by no more than its rows do.
    """
    variance = batch.errors() ** 2 @ (row_errors(compiled, batch) ** 2).T
    bounds = np.empty((len(variance), len(compiled.criteria)))
    for c, kind in enumerate(compiled.combine):
        own = variance[:, compiled.starts[c] : compiled.starts[c + 1]]
        bounds[:, c] = np.sqrt(own).sum(axis=1) if kind == Combine.SUM_OF_ABSOLUTE else np.sqrt(own.sum(axis=1))
    return bounds


def noise_of_rows(compiled: Compiled, batch: Batch, index: int, *, trials: int, seed: int) -> Floats:
    """Draw errors of the rows of one watch, shape (trials, rows). All watches share the same normal numbers."""
    u = batch.errors()[index if len(batch.u) > 1 else 0]
    normal = np.random.default_rng(seed).standard_normal((trials, u.size))
    return np.asarray((normal * u) @ row_errors(compiled, batch).T)


def rounded(value: Fraction, *, protocol: Protocol) -> Fraction:
    """Return a result as the plan's rounding rule writes it."""
    if protocol.plan.rounding == "none":
        return value
    unit = 10**protocol.plan.decimals
    return Fraction(round(value * unit), unit)


def _whole_limits(protocol: Protocol, criterion: Criterion, scale: int) -> tuple[int | None, int | None]:
    """Return the least and the greatest whole numerator that conforms, rounding rule included."""
    limits = protocol.limits(criterion)
    low = None if limits.low is None else _edge(-limits.low, scale, protocol)
    high = None if limits.high is None else _edge(limits.high, scale, protocol)
    return None if low is None else -low, high


def _edge(limit: Decimal, scale: int, protocol: Protocol) -> int:
    """Return the greatest whole numerator whose value, rounded as the plan says, does not exceed the limit."""
    exact = Fraction(limit)
    if protocol.plan.rounding == "none":
        return math.floor(exact * scale)
    unit = 10**protocol.plan.decimals
    last = math.floor(exact * unit)  # the greatest rounded value that conforms, in units of its last decimal
    half = (Fraction(last) + Fraction(1, 2)) / unit * scale
    edge: int = math.floor(half)
    # A tie goes to the even neighbour: it still conforms when `last` is even.
    return edge - 1 if half.denominator == 1 and last % 2 else edge


def _times(limit: Decimal, scale: int) -> float:
    return float(Fraction(limit) * scale)
