# SPDX-License-Identifier: Apache-2.0
"""Series of rates as whole numbers, with the independent readings they came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Figure, Message

Kind = Literal["daily_rate", "acoustic_rate"]
LARGEST = 10**7
"""Seconds, or seconds a day: below it every sum of a criterion in nanoseconds stays within 64 bits."""
FINEST = 9
ACOUSTIC_DECIMALS = 6


@dataclass(frozen=True)
class Batch:
    """Watches that went through the same series of measurements.

    Parameters
    ----------
    watches : tuple of str, length n
    rates : ndarray of int64, shape (n, days)
        In units of ``10 ** -decimals`` s/d: exactly what was written, never a binary fraction.
    decimals : int >= 0
    kind : {"daily_rate", "acoustic_rate"}
        The measurand: differences of states 24 h apart, or instantaneous rates.
    u : ndarray of float64, shape (1 or n, m)
        Standard uncertainties of the m independent readings, in s for states, s/d for acoustic rates.
    day_u : tuple of float, length 0 or days
        What the chamber adds to each day's rate, in s/d: its temperature error times the watch's coefficient. All
        watches of a chamber share it; for one watch it is independent from day to day.
    """

    watches: tuple[str, ...]
    rates: npt.NDArray[np.int64]
    decimals: int
    kind: Kind
    u: npt.NDArray[np.float64]
    day_u: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.watches)

    def in_chamber(self, u: float) -> "Batch":
        """Return the batch with a chamber's error of `u` s/d on every day's rate."""
        return replace(self, day_u=(u,) * self.rates.shape[1])

    def errors(self) -> npt.NDArray[np.float64]:
        """Return the standard uncertainties of all independent errors, shape (1 or n, m)."""
        return np.hstack([self.u, np.tile(self.day_u, (len(self.u), 1))]) if self.day_u else self.u

    def mixing(self) -> npt.NDArray[np.float64]:
        """Return how independent errors enter the rates, shape (days, m).

        A daily rate is the difference of two states, so neighbours share a reading with opposite sign: their
        errors are anticorrelated. An acoustic rate is a reading of its own, and so is what the chamber adds.
        """
        days = self.rates.shape[1]
        own = np.eye(days) if self.kind == "acoustic_rate" else np.eye(days, days + 1, 1) - np.eye(days, days + 1)
        return np.hstack([own, np.eye(days)]) if self.day_u else own


def batch_of_states(states: Sequence[Sequence[str | Decimal]], *, u: float, watches: Sequence[str] | None = None) -> Batch:
    """Make a batch from states: what each watch shows minus the reference, at the start and after each day.

    Parameters
    ----------
    states : sequence of shape (n, days + 1)
        In seconds, as text or decimals: a binary float has already lost the limit.
    u : float > 0
        Standard uncertainty of one state, in seconds.
    watches : sequence of str, optional
        Serial numbers; 1, 2, 3 … by default.

    Examples
    --------
    >>> batch = batch_of_states([["0", "2.1", "4.6"]], u=0.02)
    >>> batch.rates.tolist(), batch.decimals
    ([[21, 25]], 1)
    """
    whole, decimals = whole_numbers(states)
    return Batch(_names(watches, len(whole)), np.diff(whole, axis=1), decimals, "daily_rate", np.full((1, whole.shape[1]), u))


def batch_of_rates(
    rates: Sequence[Sequence[str | Decimal]], *, u: float, kind: Kind = "daily_rate", watches: Sequence[str] | None = None
) -> Batch:
    """Make a batch from rates.

    Parameters
    ----------
    rates : sequence of shape (n, days)
        In s/d, as text or decimals.
    u : float > 0
        Standard uncertainty of one *reading*: of a state in s for daily rates, of a rate in s/d for acoustic ones.
    kind : {"daily_rate", "acoustic_rate"}
    watches : sequence of str, optional
    """
    whole, decimals = whole_numbers(rates)
    readings = whole.shape[1] + (kind == "daily_rate")
    return Batch(_names(watches, len(whole)), whole, decimals, kind, np.full((1, readings), u))


def batch_of_figures(rates: Mapping[str, Sequence[Figure]]) -> Batch:
    """Make a batch from acoustic readings, such as those of a timing bench.

    Parameters
    ----------
    rates : mapping of watch to sequence of Figure
        One rate for each measurement of the plan, in order, with its standard uncertainty.

    Returns
    -------
    Batch
        Of the measurand ``acoustic_rate``, to a millionth of a second a day.

    Raises
    ------
    DataError
        If a figure was refused or has no uncertainty: the message names the watch and the measurement.
    """
    values: list[list[Decimal]] = []
    spreads: list[list[float]] = []
    for watch, figures in rates.items():
        for number, figure in enumerate(figures, 1):
            if figure.value is None or figure.u is None:
                why = "—" if figure.reason is None else figure.reason.text("en")
                raise DataError(Message("conformity.batch.refused", watch=watch, number=number, why=why))
        known = [figure.to("s/d") for figure in figures]
        values.append([Decimal(f"{figure.value:.{ACOUSTIC_DECIMALS}f}") for figure in known])
        spreads.append([figure.u or 0.0 for figure in known])
    whole, decimals = whole_numbers(values)
    return Batch(tuple(rates), whole, decimals, "acoustic_rate", np.array(spreads))


def whole_numbers(numbers: Sequence[Sequence[str | Decimal]]) -> tuple[npt.NDArray[np.int64], int]:
    """Return decimals as whole numbers of their last decimal, and how many decimals that is.

    Digits beyond the nanosecond are rounded off: no reading has them, and what a spreadsheet adds there is the
    rounding of its own binary fractions.

    Raises
    ------
    DataError
        If a number is not finite or beyond `LARGEST`, or the rows differ in length.
    """
    table = [[Decimal(number) for number in row] for row in numbers]
    finite = all(number.is_finite() for row in table for number in row)
    if not finite or len({len(row) for row in table}) > 1:
        raise DataError(Message("conformity.batch.ragged"))
    if any(abs(number) > LARGEST for row in table for number in row):
        raise DataError(Message("conformity.batch.too_large", largest=str(LARGEST)))
    table = [[round(number, FINEST) if _decimals(number) > FINEST else number for number in row] for row in table]
    decimals = max((_decimals(number) for row in table for number in row), default=0)
    scale = 10**decimals
    return np.array([[int(number * scale) for number in row] for row in table], dtype=np.int64), decimals


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _names(watches: Sequence[str] | None, count: int) -> tuple[str, ...]:
    if watches is None:
        return tuple(str(number) for number in range(1, count + 1))
    if len(watches) != count or len(set(watches)) != count:
        raise DataError(Message("conformity.batch.serials"))
    return tuple(watches)
