# SPDX-License-Identifier: Apache-2.0
"""Conjoint designs: which alternatives to put side by side so that the answers can tell every coefficient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sichen.core import DataError, Message

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
SINGULAR = 1e12
FULL = 20_000
"""More profiles than these are sampled instead of listed."""
LARGEST = 500
"""Alternatives in all tasks together: nobody answers more, and the search for a better design would not end."""


@dataclass(frozen=True)
class Attribute:
    """An attribute of the questionnaire: named levels, or numbers when it counts as one coefficient (a price)."""

    name: str
    levels: tuple[str, ...]
    numeric: bool = False


@dataclass(frozen=True)
class Design:
    """A questionnaire.

    Parameters
    ----------
    attributes : tuple of Attribute
    tasks : ndarray of shape (tasks, alternatives, attributes)
        Index of the level shown.
    none : bool
        Whether "none of these" is offered beside.
    d_error : float
        det(covariance)^(1/k) for one answer of each task under the prior: smaller is better.
    balance : mapping of str to tuple of int
        How often each level is shown.
    overlap : float
        Share of attribute pairs within a task that show the same level.
    """

    attributes: tuple[Attribute, ...]
    tasks: I64
    none: bool
    d_error: float
    balance: Mapping[str, tuple[int, ...]]
    overlap: float

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coefficients that the answers can tell."""
        return coefficient_names(self.attributes, none=self.none)

    def rows(self) -> list[dict[str, str]]:
        """Return the questionnaire as rows: task, alternative, one column an attribute."""
        found = []
        for number, task in enumerate(self.tasks, 1):
            for place, shown in enumerate(task, 1):
                levels = {one.name: one.levels[at] for one, at in zip(self.attributes, shown, strict=True)}
                found.append({"task": str(number), "alternative": str(place), **levels})
            if self.none:
                found.append({"task": str(number), "alternative": "none", **dict.fromkeys(levels, "")})
        return found


def coefficient_names(attributes: Sequence[Attribute], *, none: bool) -> tuple[str, ...]:
    """Return the coefficients of a design: one a numeric attribute, one a level but the first of a named one."""
    names: list[str] = []
    for one in attributes:
        names += [one.name] if one.numeric else [f"{one.name}={level}" for level in one.levels[1:]]
    return (*names, "none") if none else tuple(names)


def design_tasks(
    attributes: Sequence[Attribute],
    *,
    tasks: int,
    alternatives: int = 3,
    none: bool = True,
    prior: Mapping[str, float] | None = None,
    sweeps: int = 6,
    seed: int = 1,
) -> Design:
    """Make a D-efficient design by exchanging one profile at a time.

    Parameters
    ----------
    attributes : sequence of Attribute
    tasks, alternatives : int
    none : bool
        Offer "none of these" in every task.
    prior : mapping of str to float, optional
        Expected coefficients; zero where nothing is expected.
    sweeps : int
        Rounds of exchanges, at most.
    seed : int

    Raises
    ------
    DataError
        If the tasks are too few to tell the coefficients or too many to answer, an attribute has one level, or a prior names
        none of them.
    """
    names = coefficient_names(attributes, none=none)
    _check(attributes, names, tasks, alternatives + none, prior or {})
    generator = np.random.default_rng(seed)
    profiles = _profiles(attributes, generator)
    coded = np.array([_coded(attributes, profile, none=none) for profile in profiles])
    beta = np.array([(prior or {}).get(name, 0.0) for name in names])
    shown = np.array([generator.choice(len(profiles), alternatives, replace=False) for _ in range(tasks)])
    information = [_information(coded[task], beta, none=none) for task in shown]
    for _ in range(sweeps):
        if not _sweep(shown, information, coded, beta, generator, none=none):
            break
    total = np.sum(information, axis=0)
    sign, logarithm = np.linalg.slogdet(total)
    if sign <= 0 or np.linalg.cond(total) > SINGULAR:
        raise DataError(Message("brand.choice.design_too_small", tasks=tasks, coefficients=len(names)))
    levels = np.array([[profiles[at] for at in task] for task in shown], np.int64)
    return Design(
        tuple(attributes), levels, none, float(np.exp(-logarithm / len(names))),
        {one.name: tuple(np.bincount(levels[:, :, at].ravel(), minlength=len(one.levels)).tolist())
         for at, one in enumerate(attributes)},
        _overlap(levels),
    )  # fmt: skip


def _sweep(shown: I64, information: list[F64], coded: F64, beta: F64, generator: np.random.Generator, *, none: bool) -> bool:
    """Try another profile at every place; keep what makes the determinant larger, and tell whether anything did."""
    moved = False
    total = np.sum(information, axis=0)
    ridge = 1e-9 * np.eye(len(beta))
    best = np.linalg.slogdet(total + ridge)[1]
    for task in range(len(shown)):
        for place in range(shown.shape[1]):
            for profile in generator.choice(len(coded), min(len(coded), 40), replace=False):
                if profile in shown[task]:
                    continue
                other = shown[task].copy()
                other[place] = profile
                one = _information(coded[other], beta, none=none)
                found = np.linalg.slogdet(total - information[task] + one + ridge)[1]
                if found > best + 1e-9:
                    total = total - information[task] + one
                    shown[task], information[task], best, moved = other, one, found, True
    return moved


def _information(rows: F64, beta: F64, *, none: bool) -> F64:
    """Return the Fisher information of one answer under the prior."""
    if none:
        outside = np.zeros((1, len(beta)))
        outside[0, -1] = 1.0
        rows = np.vstack([rows, outside])
    utility = rows @ beta
    share = np.exp(utility - utility.max())
    share /= share.sum()
    centred = rows - share @ rows
    return np.asarray((centred * share[:, None]).T @ centred, np.float64)


def _profiles(attributes: Sequence[Attribute], generator: np.random.Generator) -> list[tuple[int, ...]]:
    sizes = [len(one.levels) for one in attributes]
    if np.prod(sizes, dtype=np.float64) <= FULL:
        return list(product(*(range(size) for size in sizes)))
    drawn = np.stack([generator.integers(size, size=FULL) for size in sizes], axis=1)
    return [tuple(int(level) for level in row) for row in np.unique(drawn, axis=0)]


def _coded(attributes: Sequence[Attribute], profile: Sequence[int], *, none: bool) -> list[float]:
    row: list[float] = []
    for one, level in zip(attributes, profile, strict=True):
        row += [float(one.levels[level])] if one.numeric else [float(level == at) for at in range(1, len(one.levels))]
    return [*row, 0.0] if none else row


def _check(
    attributes: Sequence[Attribute], names: tuple[str, ...], tasks: int, alternatives: int, prior: Mapping[str, float]
) -> None:
    for one in attributes:
        if len(set(one.levels)) == 1 or len(set(one.levels)) != len(one.levels):
            raise DataError(Message("brand.choice.levels", name=one.name))
        if one.numeric and not all(_is_number(level) for level in one.levels):
            raise DataError(Message("brand.choice.levels", name=one.name))
    if tasks * alternatives > LARGEST:
        raise DataError(Message("brand.choice.design_too_large", tasks=tasks, alternatives=alternatives, most=LARGEST))
    if alternatives <= 1 or tasks * (alternatives - 1) < len(names):
        raise DataError(Message("brand.choice.design_too_small", tasks=tasks, coefficients=len(names)))
    for name in prior:
        if name not in names:
            raise DataError(Message("brand.choice.unknown_column", name=name, known=", ".join(names)))


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _overlap(levels: I64) -> float:
    alternatives = levels.shape[1]
    pairs = [(left, right) for left in range(alternatives) for right in range(left)]
    return float(np.mean([levels[:, left] == levels[:, right] for left, right in pairs]))
