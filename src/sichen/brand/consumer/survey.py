# SPDX-License-Identifier: Apache-2.0
"""Surveys: awareness, reputation, loyalty, recommendation and the funnel, weighted, with intervals that know the design."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sichen.brand.sheet import number_of, read_rows
from sichen.core import JSON, DataError, Message

F64 = NDArray[np.float64]
Z = 1.959963984540054
STEPS = ("top_of_mind", "unaided", "aided", "considered", "bought", "loyal")
"""Yes-or-no columns, from the narrowest memory to the deepest bond; a file need not have all."""
GROUPS = ("age", "gender", "city", "region", "income")
"""Columns that tell people apart; they may stand in any file, and weigh when targets are given."""
FUNNEL = ("aided", "considered", "bought", "loyal")
PROMOTER, DETRACTOR = 9, 6
"""From this answer on people recommend; up to that one they warn."""
MEMORY = ("top_of_mind", "unaided", "aided")
"""Who is named first is named unaided, and who is named unaided is known."""
SCORES: Mapping[str, tuple[float, float]] = {"reputation": (0.0, 100.0), "recommend": (0.0, 10.0)}


@dataclass(frozen=True)
class Proportion:
    """A share of people with its interval.

    Parameters
    ----------
    value, low, high : float
        Parts of one; Wilson's interval on the effective number of answers.
    answers : int
    effective : float
        Answers divided by the design effect of the weights.
    """

    value: float
    low: float
    high: float
    answers: int
    effective: float

    @property
    def u(self) -> float:
        """Standard uncertainty."""
        return math.sqrt(max(self.value * (1 - self.value), 0.25 / max(self.effective, 1.0)) / max(self.effective, 1e-12))

    def to_json(self) -> dict[str, JSON]:
        """Return it as plain JSON."""
        return {"value": self.value, "low": self.low, "high": self.high, "answers": self.answers, "effective": self.effective}


@dataclass(frozen=True)
class Average:
    """A mean with its standard uncertainty."""

    value: float
    u: float
    answers: int
    effective: float

    def to_json(self) -> dict[str, JSON]:
        """Return it as plain JSON, with its 95 % interval."""
        spread = Z * self.u
        return {
            "value": self.value, "u": self.u, "low": self.value - spread, "high": self.value + spread,
            "answers": self.answers, "effective": self.effective,
        }  # fmt: skip


@dataclass(frozen=True)
class Survey:
    """Answers of people about brands.

    Parameters
    ----------
    waves, brands, respondents : tuple of str
        One a row.
    weights : ndarray of shape (rows,)
    answers : mapping of str to ndarray of shape (rows,)
        Yes-or-no columns as 0 and 1, scores as numbers; NaN where nothing was answered.
    weighted : bool
        Whether the file had weights.
    groups : mapping of str to tuple of str
        What tells people apart for weighting, such as age; one word a row.
    """

    waves: tuple[str, ...]
    brands: tuple[str, ...]
    respondents: tuple[str, ...]
    weights: F64
    answers: Mapping[str, F64] = field(default_factory=dict)
    weighted: bool = True
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def _columns(self) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
        return np.array(self.waves, np.str_), np.array(self.brands, np.str_)

    def select(self, *, wave: str | None = None, brand: str | None = None) -> "Survey":
        """Return the rows of a wave, a brand or both."""
        by_wave, by_brand = self._columns
        keep = (by_wave == wave if wave is not None else True) & (by_brand == brand if brand is not None else True)
        take = np.flatnonzero(np.broadcast_to(keep, by_wave.shape))
        waves, brands, respondents = (
            tuple(column[at] for at in take) for column in (self.waves, self.brands, self.respondents)
        )
        answers = {name: column[take] for name, column in self.answers.items()}
        groups = {name: tuple(column[at] for at in take) for name, column in self.groups.items()}
        return Survey(waves, brands, respondents, self.weights[take], answers, self.weighted, groups)


def read_survey(text: str, *, groups: Sequence[str] = (), name: str = "survey") -> Survey:
    """Read answers from CSV: ``respondent``, ``brand``, optionally ``wave`` and ``weight``, and the columns of `STEPS` and `SCORES`.

    Parameters
    ----------
    text : str
    groups : sequence of str
        Columns that tell people apart, for weighting; those of `GROUPS` may stand in any file.
    name : str
        What errors call the file.

    Raises
    ------
    DataError
        If a column is missing or unknown, a respondent stands twice for a brand and wave or named two brands first, a wave or
        a weight is missing where others have one, the rows of a person differ in weight, a yes-or-no answer is neither or
        contradicts another, or a score is out of its range. The message names row and column.
    """
    known = {"respondent", "brand", "wave", "weight", *STEPS, *SCORES, *GROUPS, *groups}
    sheet = read_rows(text, wanted=sorted(known), needed=("respondent", "brand", *groups), name=name)
    columns, rows = sheet.columns, sheet.rows
    unknown = [column for column in columns if column not in known]
    if unknown:
        raise DataError(Message("brand.survey.unknown_column", file=name, column=unknown[0], known=", ".join(sorted(known))))
    _check_people(dict(zip(sheet.lines, rows, strict=True)))
    numbered = list(zip(sheet.lines, rows, strict=True))
    measures = [column for column in columns if column in STEPS or column in SCORES]
    answers = {column: np.array([_answer(row[column], column, at) for at, row in numbered]) for column in measures}
    _check_memory(answers, sheet.lines)
    weighted = "weight" in columns
    weights = np.array([_weight(row["weight"], at) for at, row in numbered]) if weighted else np.ones(len(rows))
    return Survey(
        tuple(row.get("wave", "") for row in rows),
        tuple(row["brand"] for row in rows),
        tuple(row["respondent"] for row in rows),
        weights, answers, weighted, {column: tuple(row[column] for row in rows) for column in groups},
    )  # fmt: skip


def effective_size(weights: F64) -> float:
    """Return the number of answers divided by the design effect of their weights, 1 + cv² (Kish).

    Examples
    --------
    >>> effective_size(np.array([1.0, 1.0, 1.0, 1.0])), round(effective_size(np.array([1.0, 3.0])), 2)
    (4.0, 1.6)
    """
    return float(weights.sum() ** 2 / np.sum(weights**2)) if weights.size else 0.0


def proportion(answers: F64, weights: F64) -> Proportion:
    """Return a weighted share with Wilson's interval on the effective number of answers.

    Raises
    ------
    DataError
        If nobody answered.
    """
    answers, weights = _answered(answers, weights)
    size = effective_size(weights)
    share = float(np.average(answers, weights=weights))
    centre = (share + Z**2 / (2 * size)) / (1 + Z**2 / size)
    half = Z / (1 + Z**2 / size) * math.sqrt(share * (1 - share) / size + Z**2 / (4 * size**2))
    return Proportion(share, min(max(centre - half, 0.0), share), max(min(centre + half, 1.0), share), answers.size, size)


def average(answers: F64, weights: F64) -> Average:
    """Return a weighted mean with its standard uncertainty.

    Raises
    ------
    DataError
        If fewer than two people answered.
    """
    answers, weights = _answered(answers, weights)
    if answers.size == 1:
        raise DataError(Message("brand.survey.nobody"))
    size = effective_size(weights)
    mean = float(np.average(answers, weights=weights))
    variance = float(np.average((answers - mean) ** 2, weights=weights)) * size / max(size - 1, 1e-9)
    return Average(mean, math.sqrt(variance / size), answers.size, size)


def net_promoter(answers: F64, weights: F64) -> Average:
    """Return promoters (9, 10) less detractors (0 … 6), a share of one, with SE = √((p + d − (p−d)²)/n)."""
    answers, weights = _answered(answers, weights)
    return average(np.where(answers >= PROMOTER, 1.0, np.where(answers <= DETRACTOR, -1.0, 0.0)), weights)


def funnel(survey: Survey) -> tuple[tuple[str, str, Proportion], ...]:
    """Return each step of the funnel as a share of the one before: (from, to, share)."""
    steps = [name for name in FUNNEL if name in survey.answers]
    found = []
    for before, after in pairwise(steps):
        reached = survey.answers[before] == 1
        if reached.any():
            found.append((before, after, proportion(survey.answers[after][reached], survey.weights[reached])))
    return tuple(found)


def _answered(answers: F64, weights: F64) -> tuple[F64, F64]:
    there = np.isfinite(answers) & (weights > 0)
    if not there.any():
        raise DataError(Message("brand.survey.nobody"))
    return answers[there], weights[there]


def _check_people(rows: Mapping[int, Mapping[str, str]]) -> None:
    """Make sure that a person stands once for a brand and wave, has one weight in a wave, and names one brand first."""
    seen: dict[tuple[str, str, str], int] = {}
    weighs: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], int] = {}
    waves = any(row.get("wave") for row in rows.values())
    for at, row in rows.items():
        key = (row.get("wave", ""), row["respondent"], row["brand"])
        if not row["respondent"] or not row["brand"]:
            raise DataError(Message("brand.survey.nameless", row=at))
        if key in seen:
            raise DataError(
                Message("brand.survey.twice", row=at, first=seen[key], respondent=row["respondent"], brand=row["brand"])
            )
        seen[key] = at
        if waves and not row["wave"]:
            raise DataError(Message("brand.survey.no_wave", row=at))
        other = weighs.setdefault(key[:2], at)
        if rows[other].get("weight") != row.get("weight"):
            raise DataError(Message("brand.survey.weight_of_person", row=at, first=other, respondent=row["respondent"]))
        if _WORDS.get(row.get("top_of_mind", "").lower()) and first.setdefault(key[:2], at) != at:
            raise DataError(Message("brand.survey.first_twice", row=at, first=first[key[:2]], respondent=row["respondent"]))


def _check_memory(answers: Mapping[str, F64], lines: Sequence[int]) -> None:
    """Make sure that nobody names a brand unaided and does not know it when asked."""
    asked = [column for column in MEMORY if column in answers]
    for deeper, column in pairwise(asked):
        wrong = np.flatnonzero((answers[deeper] == 1) & (answers[column] == 0))
        if wrong.size:
            raise DataError(Message("brand.survey.contradicts", row=lines[int(wrong[0])], column=column, deeper=deeper))


def _answer(text: str, column: str, row: int) -> float:
    if text == "":
        return math.nan
    if column in STEPS:
        if text.lower() not in _WORDS:
            raise DataError(Message("brand.survey.yes_or_no", row=row, column=column, found=text))
        return _WORDS[text.lower()]
    low, high = SCORES[column]
    number = number_of(text)
    if number is None or not low <= number <= high:
        raise DataError(Message("brand.survey.range", row=row, column=column, found=text, low=f"{low:g}", high=f"{high:g}"))
    return number


_WORDS = {"1": 1.0, "0": 0.0, "yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0, "是": 1.0, "否": 0.0, "1.0": 1.0, "0.0": 0.0}


def _weight(text: str, row: int) -> float:
    number = number_of(text)
    if number is None or number < 0:
        raise DataError(Message("brand.survey.weight", row=row, found=text))
    return number
