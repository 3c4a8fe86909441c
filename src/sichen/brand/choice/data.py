# SPDX-License-Identifier: Apache-2.0
"""Choices as numbers: what was offered, what was taken, by whom, and how much each case counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sichen.core import DataError, Message

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
PART = 1e-3
"""A column with a smaller part in a tie is not named."""


@dataclass(frozen=True)
class Choices:
    """Cases of choice, each with its alternatives.

    Parameters
    ----------
    attributes : ndarray of shape (rows, coefficients)
        One row an alternative; the rows of a case stand together.
    names : tuple of str
        Of the coefficients.
    starts : ndarray of shape (cases,)
        First row of each case.
    chosen : ndarray of shape (cases,)
        Row that was taken.
    person : ndarray of shape (cases,)
        Who chose, 0 …; the cases of a person stand together.
    weights : ndarray of shape (cases,)

    Raises
    ------
    DataError
        If a case has one alternative only, a weight is negative, or a number is not finite.
    """

    attributes: F64
    names: tuple[str, ...]
    starts: I64
    chosen: I64
    person: I64
    weights: F64

    def __post_init__(self) -> None:
        sizes = np.diff(np.append(self.starts, len(self.attributes)))
        if len(self.starts) == 0 or not np.all(sizes > 1):
            raise DataError(Message("brand.choice.one_alternative", case=int(np.argmin(sizes)) + 1 if len(sizes) else 0))
        bad = np.argwhere(~np.isfinite(self.attributes))
        if len(bad):
            raise DataError(Message("brand.choice.not_finite", row=int(bad[0, 0]) + 1, column=self.names[int(bad[0, 1])]))
        if not np.all(np.isfinite(self.weights)) or self.weights.min() < 0 or self.weights.sum() <= 0:
            raise DataError(Message("brand.choice.weights"))

    @property
    def cases(self) -> int:
        """Number of cases."""
        return len(self.starts)

    @property
    def people(self) -> int:
        """Number of people."""
        return int(self.person[-1]) + 1

    @cached_property
    def contrasts(self) -> F64:
        """Attributes of the alternatives that were not taken, less those of the one that was; shape (rows − cases, coefficients)."""
        rows = np.repeat(np.arange(self.cases), self.sizes)
        differences = self.attributes - self.attributes[self.chosen[rows]]
        keep = np.ones(len(self.attributes), np.bool_)
        keep[self.chosen] = False
        return np.ascontiguousarray(differences[keep])

    @cached_property
    def sizes(self) -> I64:
        """Number of alternatives of each case."""
        return np.diff(np.append(self.starts, len(self.attributes)))

    @cached_property
    def contrast_starts(self) -> I64:
        """First row of each case in `contrasts`."""
        return np.asarray(self.starts - np.arange(self.cases), np.int64)

    @cached_property
    def person_starts(self) -> I64:
        """First case of each person."""
        return np.asarray(np.searchsorted(self.person, np.arange(self.people)), np.int64)

    def check_identified(self) -> None:
        """Make sure that the choices can tell every coefficient.

        Raises
        ------
        DataError
            If a column never differs within a case, or columns are tied to each other; it names them.
        """
        flat = [name for name, column in zip(self.names, self.contrasts.T, strict=True) if not np.any(column)]
        if flat:
            raise DataError(Message("brand.choice.never_differs", columns=", ".join(flat)))
        scaled = self.contrasts / np.sqrt(np.mean(self.contrasts**2, axis=0))
        _, singular, directions = np.linalg.svd(scaled, full_matrices=False)
        if singular[-1] < 1e-8 * singular[0]:
            tied = [name for name, part in zip(self.names, np.abs(directions[-1]), strict=True) if part > PART]
            raise DataError(Message("brand.choice.tied", columns=", ".join(tied)))


def choices_from_rows(
    attributes: F64,
    names: Sequence[str],
    *,
    case: Sequence[object],
    chosen: Sequence[bool],
    person: Sequence[object] | None = None,
    weights: Sequence[float] | None = None,
) -> Choices:
    """Arrange rows, one an alternative, as choices.

    Parameters
    ----------
    attributes : ndarray of shape (rows, coefficients)
    names : sequence of str
    case : sequence
        What tells cases apart; with `person` a case may be numbered anew for each.
    chosen : sequence of bool
    person : sequence, optional
        Who chose; each case is a person of its own when not given.
    weights : sequence of float, optional
        One a row, equal within a case.

    Raises
    ------
    DataError
        If a case has no or more than one choice, is split in the file, or its weights differ.
    """
    who = [str(one) for one in (case if person is None else person)]
    keys = [f"{left}\0{right}" for left, right in zip(who, (str(one) for one in case), strict=True)]
    order = _together(who, keys)
    rows = np.asarray(attributes, np.float64)[order]
    keys, who = [keys[place] for place in order], [who[place] for place in order]
    taken = np.asarray(chosen, np.bool_)[order]
    heavy = np.ones(len(order)) if weights is None else np.asarray(weights, np.float64)[order]
    starts = np.array([place for place, key in enumerate(keys) if place == 0 or key != keys[place - 1]], np.int64)
    counts = np.add.reduceat(taken.astype(np.int64), starts)
    if np.any(counts != 1):
        wrong = int(np.argmax(counts != 1))
        raise DataError(Message("brand.choice.not_one", case=keys[starts[wrong]].replace("\0", "/"), count=int(counts[wrong])))
    if np.any(np.maximum.reduceat(heavy, starts) != np.minimum.reduceat(heavy, starts)):
        raise DataError(Message("brand.choice.weights"))
    people = {name: number for number, name in enumerate(dict.fromkeys(who))}
    return Choices(
        rows,
        tuple(names),
        starts,
        np.flatnonzero(taken).astype(np.int64),
        np.array([people[who[start]] for start in starts], np.int64),
        heavy[starts],
    )


def _together(who: Sequence[str], keys: Sequence[str]) -> I64:
    """Return the order that brings the rows of a person, and of a case, together; first come, first stand."""
    first: dict[str, int] = {}
    for place, name in enumerate(who):
        first.setdefault(name, place)
    seen: dict[str, int] = {}
    for place, key in enumerate(keys):
        seen.setdefault(key, place)
    order = sorted(range(len(keys)), key=lambda place: (first[who[place]], seen[keys[place]], place))
    return np.asarray(order, np.int64)
