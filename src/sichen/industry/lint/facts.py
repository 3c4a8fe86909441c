# SPDX-License-Identifier: Apache-2.0
"""The figures of a report in the form that rules compare: what, where, when, how much, and what their notes state."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sichen.industry.indicators import plain_name
from sichen.industry.lint.claims import Claims, read_claims
from sichen.industry.lint.spans import Span
from sichen.industry.periods import YEAR
from sichen.industry.regions import area_of
from sichen.industry.registry import Observation, Registry

# What brackets say of where a number came from; other brackets define what was counted.
_ORIGIN = re.compile(
    r"\s*\((?:sum of|statement of|according to|per |by |source|via|estimate|as reported|as stated|据|来源)[^)]*\)",
    re.IGNORECASE,
)
_NOT_MADE = re.compile(r"\b(?:target|forecast|expected|plan|threshold|criterion|price band)\b|目标|预测|计划", re.IGNORECASE)
_HOW = re.compile(r"平均|单价|均价|价格|价值|金额|数量|额|量|的")
_STOP = {
    "of",
    "the",
    "an",
    "a",
    "to",
    "from",
    "for",
    "per",
    "in",
    "mean",
    "average",
    "unit",
    "price",
    "value",
    "quantity",
    "volume",
    "amount",
    "number",
    "piece",
}


@dataclass(frozen=True)
class Fact:
    """One figure, ready to compare.

    Parameters
    ----------
    seen : Observation
    name : str
        Folded, without brackets that only tell the origin.
    span : Span
        What the written value may stand for, in units of its dimension.
    claims : Claims
    """

    seen: Observation
    name: str
    span: Span
    claims: Claims

    @property
    def row(self) -> int:
        """Its row."""
        return self.seen.row

    @property
    def dimension(self) -> str:
        """What its number measures."""
        return self.seen.unit.dimension

    @property
    def amount(self) -> float:
        """The value in units of its dimension."""
        return self.span.middle

    @cached_property
    def area(self) -> str:
        """Its area under one name, whatever language the row is in."""
        return area_of(self.seen.area)

    @property
    def parent(self) -> str:
        """The area that its area belongs to: what stands before the hyphen."""
        return self.area.rpartition("-")[0]

    @cached_property
    def stem(self) -> frozenset[str]:
        """The words that tell what is counted, without those that tell how."""
        words = re.findall(r"[a-z0-9]+|[\u4e00-\u9fff]+", _HOW.sub("", self.name))
        return frozenset(stemmed(word) for word in words if word not in _STOP)

    def says(self) -> str:
        """Write the figure with its unit, as the row has it."""
        return f"{self.seen.value.text} {self.seen.unit.text}".strip()

    def same_place(self, other: "Fact") -> bool:
        """Tell whether two figures are of one area and time."""
        return self.area == other.area and self.seen.period.same_time(other.seen.period)

    def alike(self, other: "Fact") -> bool:
        """Tell whether two figures measure the same thing in the same area, at whatever time."""
        return (self.name, self.area, self.dimension) == (other.name, other.area, other.dimension)


def facts(registry: Registry) -> tuple[Fact, ...]:
    """Return the figures that claim to have happened and are single numbers or bounds."""
    return tuple(_facts(registry))


def _facts(registry: Registry) -> Iterator[Fact]:
    for seen in registry.observations:
        total, bound = seen.value.total, seen.value.kind == "bound"
        if (total is None and not bound) or seen.period.forecast or _NOT_MADE.search(seen.name):
            continue
        yield Fact(seen, plain_name(_ORIGIN.sub("", seen.name)), _span(seen), read_claims(seen.note, seen.unit))


def _span(seen: Observation) -> Span:
    if seen.value.kind == "list":
        half = sum(seen.value.steps) / 2 * seen.unit.scale
        middle = (seen.value.total or 0.0) * seen.unit.scale
        return Span(middle - half, middle + half)
    lower, upper = seen.interval()
    nearly = "nearly" in seen.unit.text
    if seen.unit.dimension == "%" and seen.value.kind == "number" and "." not in seen.value.text:
        lower, upper = seen.value.numbers[0] - 0.5, seen.value.numbers[0] + 0.5
    if seen.unit.about and seen.value.kind == "number":
        room = 0.05 * abs(seen.value.numbers[0]) * seen.unit.scale
        lower, upper = lower - room, seen.value.numbers[0] * seen.unit.scale if nearly else upper + room
    return Span(lower, upper)


def stemmed(word: str) -> str:
    """Fold number and participle of an English word.

    Examples
    --------
    >>> stemmed("watches"), stemmed("exported"), stemmed("exports")
    ('watch', 'export', 'export')
    """
    for ending in ("ches", "shes", "sses"):
        if word.endswith(ending):
            return word[:-2]
    if word.endswith("ed") and len(word) > 5:  # noqa: PLR2004 - shorter words are not participles
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def years_between(left: Fact, right: Fact) -> float:
    """Return the time from one figure to the other, in years."""
    return abs(right.seen.period.middle - left.seen.period.middle)


def whole_year(fact: Fact) -> bool:
    """Tell whether a figure covers a year."""
    return fact.seen.period.months == YEAR
