# SPDX-License-Identifier: Apache-2.0
"""The criteria of running tests as exact integer formulas over a series of rates."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from sichen.core import ConfigError, Message

Integers = npt.NDArray[np.int64]


class Combine(IntEnum):
    """How the rows of a formula become one value."""

    LINEAR = 0
    SUM_OF_ABSOLUTE = 1
    GREATEST_ABSOLUTE = 2
    GREATEST = 3
    LEAST = 4


@dataclass(frozen=True)
class Formula:
    """One criterion: ``combine(rows @ rates) / divisor``, without a single rounding.

    Parameters
    ----------
    rows : ndarray of int64, shape (r, n)
        Whole coefficients of the n rates of the series, one row for each difference that is looked at.
    combine : Combine
    divisor : int >= 1

    Examples
    --------
    >>> mean = series_formula("mean_rate", {"first": 1, "last": 4}, length=4)
    >>> mean.exact([Fraction(1, 10), Fraction(2, 10), Fraction(3, 10), Fraction(6, 10)])
    Fraction(3, 10)
    """

    rows: Integers
    combine: Combine
    divisor: int

    def __post_init__(self) -> None:
        if self.divisor < 1 or self.rows.size == 0:
            raise ValueError(self.divisor)

    def exact(self, rates: list[Fraction]) -> Fraction:
        """Return the value for rational rates, in rational arithmetic: what every faster way must agree with."""
        rows = [sum((Fraction(int(c)) * rate for c, rate in zip(row, rates, strict=True)), Fraction(0)) for row in self.rows]
        return _combined(rows, self.combine) / self.divisor

    def values(self, rates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the values for many series of real rates, shape (..., n) to (...): for draws, not for verdicts."""
        rows = np.asarray(rates) @ self.rows.T.astype(np.float64)
        return _reduce(rows, self.combine) / self.divisor

    def gradient(self, rates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the sensitivity to each rate, shape (n,): of the row that decides where one does."""
        rows = self.rows.astype(np.float64) @ rates
        if self.combine is Combine.LINEAR:
            return np.asarray(self.rows[0] / self.divisor, dtype=np.float64)
        if self.combine is Combine.SUM_OF_ABSOLUTE:
            return np.asarray((np.sign(rows) @ self.rows) / self.divisor, dtype=np.float64)
        if self.combine is Combine.GREATEST_ABSOLUTE:
            row = int(np.argmax(np.abs(rows)))
            return np.asarray(np.sign(rows[row]) * self.rows[row] / self.divisor, dtype=np.float64)
        row = int(np.argmax(rows) if self.combine is Combine.GREATEST else np.argmin(rows))
        return np.asarray(self.rows[row] / self.divisor, dtype=np.float64)


def series_formula(name: str, parameters: Mapping[str, object], *, length: int) -> Formula:
    """Build the formula that a plan names.

    Parameters
    ----------
    name : str
        One of `SERIES_FORMULAS`.
    parameters : mapping
        What the formula asks for; measurements are counted from 1.
    length : int >= 1
        Number of measurements in the series.

    Raises
    ------
    ConfigError
        If the formula is unknown, a parameter is missing, unknown or outside the series.
    """
    try:
        build, wanted = SERIES_FORMULAS[name]
    except KeyError:
        raise ConfigError(Message("conformity.formula.unknown", name=name, known=", ".join(SERIES_FORMULAS))) from None
    if set(parameters) != set(wanted):
        raise ConfigError(
            Message("conformity.formula.parameters", name=name, wanted=", ".join(wanted), got=", ".join(parameters))
        )
    try:
        return build(length, **parameters)
    except (IndexError, TypeError, ValueError, ZeroDivisionError) as error:
        raise ConfigError(Message("conformity.formula.outside", name=name, length=length)) from error


def reduced(formula: Formula) -> Formula:
    """Return the same formula in lowest terms."""
    common = math.gcd(formula.divisor, *(int(c) for c in formula.rows.ravel()))
    return Formula(formula.rows // common, formula.combine, formula.divisor // common)


def _combined(rows: list[Fraction], combine: Combine) -> Fraction:
    if combine is Combine.LINEAR:
        return rows[0]
    if combine is Combine.SUM_OF_ABSOLUTE:
        return sum((abs(row) for row in rows), Fraction(0))
    if combine is Combine.GREATEST_ABSOLUTE:
        return max(abs(row) for row in rows)
    return max(rows) if combine is Combine.GREATEST else min(rows)


def _reduce(rows: npt.NDArray[np.float64], combine: Combine) -> npt.NDArray[np.float64]:
    if combine is Combine.LINEAR:
        value = rows[..., 0]
    elif combine is Combine.SUM_OF_ABSOLUTE:
        value = np.abs(rows).sum(axis=-1)
    elif combine is Combine.GREATEST_ABSOLUTE:
        value = np.abs(rows).max(axis=-1)
    else:
        value = rows.max(axis=-1) if combine is Combine.GREATEST else rows.min(axis=-1)
    return np.asarray(value, dtype=np.float64)


def _pick(length: int, numbers: list[int], weight: int = 1) -> Integers:
    row = np.zeros(length, dtype=np.int64)
    for number in numbers:
        if not 1 <= number <= length:
            raise IndexError(number)
        row[number - 1] += weight
    return row


def _span(first: int, last: int) -> list[int]:
    if last < first:
        raise ValueError(last)
    return list(range(first, last + 1))


def _mean_rate(length: int, *, first: int, last: int) -> Formula:
    days = _span(first, last)
    return Formula(_pick(length, days)[None, :], Combine.LINEAR, len(days))


def _pairs(length: int, pairs: list[list[int]]) -> Integers:
    return np.array([_pick(length, [left]) - _pick(length, [right]) for left, right in pairs])


def _mean_variation(length: int, *, pairs: list[list[int]]) -> Formula:
    return Formula(_pairs(length, pairs), Combine.SUM_OF_ABSOLUTE, len(pairs))


def _greatest_variation(length: int, *, pairs: list[list[int]]) -> Formula:
    return Formula(_pairs(length, pairs), Combine.GREATEST_ABSOLUTE, 1)


def _difference(length: int, *, of: list[int], minus: list[int]) -> Formula:
    row = _pick(length, of, len(minus)) - _pick(length, minus, len(of))
    return reduced(Formula(row[None, :], Combine.LINEAR, len(of) * len(minus)))


def _slope(length: int, *, of: list[int], minus: list[int], span: int) -> Formula:
    difference = _difference(length, of=of, minus=minus)
    if span <= 0:
        raise ValueError(span)
    return reduced(Formula(difference.rows, Combine.LINEAR, difference.divisor * span))


def _greatest_deviation(length: int, *, first: int, last: int) -> Formula:
    days = _span(first, last)
    total = _pick(length, days)
    return Formula(np.array([_pick(length, [day], len(days)) - total for day in days]), Combine.GREATEST_ABSOLUTE, len(days))


def _spread(length: int, *, first: int, last: int) -> Formula:
    days = _span(first, last)
    pairs = [[left, right] for left in days for right in days if left < right]
    return Formula(_pairs(length, pairs), Combine.GREATEST_ABSOLUTE, 1)


def _greatest_rate(length: int, *, first: int, last: int) -> Formula:
    return Formula(np.array([_pick(length, [day]) for day in _span(first, last)]), Combine.GREATEST, 1)


def _least_rate(length: int, *, first: int, last: int) -> Formula:
    return Formula(np.array([_pick(length, [day]) for day in _span(first, last)]), Combine.LEAST, 1)


SERIES_FORMULAS: Mapping[str, tuple[Callable[..., Formula], tuple[str, ...]]] = {
    "mean_rate": (_mean_rate, ("first", "last")),
    "mean_variation": (_mean_variation, ("pairs",)),
    "greatest_variation": (_greatest_variation, ("pairs",)),
    "difference": (_difference, ("of", "minus")),
    "slope": (_slope, ("of", "minus", "span")),
    "greatest_deviation": (_greatest_deviation, ("first", "last")),
    "spread": (_spread, ("first", "last")),
    "greatest_rate": (_greatest_rate, ("first", "last")),
    "least_rate": (_least_rate, ("first", "last")),
}
"""Formulas over the series, each with its builder and the parameters that a plan must give."""

ONE_SIDED: Mapping[str, str] = {
    "mean_variation": "high",
    "greatest_variation": "high",
    "greatest_deviation": "high",
    "spread": "high",
    "greatest_rate": "high",
    "least_rate": "low",
}
"""Formulas for which a limit makes sense on one side only."""

STATION_FORMULAS: Mapping[str, tuple[str, ...]] = {
    "value": ("quantity",),
    "change": ("before", "after"),
    "count": ("quantity",),
}
"""Formulas over what a station measured or counted, with the parameters that a plan must give."""
