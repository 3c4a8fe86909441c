# SPDX-License-Identifier: Apache-2.0
"""Completeness of a strategy, by rules that anybody may read and correct; nothing is judged that no rule says."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from sichen.brand.strategy.plan import Strategy
from sichen.core import JSON, Language

CLOSE = 1e-6


@dataclass(frozen=True)
class StrategyRule:
    """One rule; the words are explained at the top of ``data/strategy_rules.toml``."""

    id: str
    part: str
    check: str
    path: str
    points: int
    en: str
    zh: str
    essential: bool = False
    other: str = ""
    words: tuple[str, ...] = ()
    least: int = 1
    keys: str = ""
    keys_all: tuple[str, ...] = ()
    total: str = ""
    sum: float = 0.0

    def title(self, language: Language) -> str:
        """Return what it asks for."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Rules:
    """The rules of one edition, and the share of points from which on a strategy counts."""

    edition: str
    source: str
    verified: bool
    threshold: float
    rules: tuple[StrategyRule, ...]


@dataclass(frozen=True)
class Checked:
    """A rule, and whether a strategy meets it."""

    rule: StrategyRule
    met: bool


@dataclass(frozen=True)
class Completeness:
    """How complete a strategy is.

    Parameters
    ----------
    strategy : Strategy
    on : date
        The day of the judgement.
    checked : tuple of Checked
    """

    strategy: Strategy
    on: date
    checked: tuple[Checked, ...]

    @property
    def share(self) -> float:
        """Points reached over points there are, a part of one."""
        return sum(one.rule.points for one in self.checked if one.met) / sum(one.rule.points for one in self.checked)

    @property
    def lacking(self) -> tuple[StrategyRule, ...]:
        """Essential rules that are not met."""
        return tuple(one.rule for one in self.checked if one.rule.essential and not one.met)

    @property
    def counts(self) -> bool:
        """Whether the firm counts as having a brand strategy, towards the target of 30 %."""
        return not self.lacking and self.share >= strategy_rules().threshold - CLOSE

    def parts(self) -> Mapping[str, tuple[Checked, ...]]:
        """Return the rules by the part of the strategy that they look at."""
        names = dict.fromkeys(one.rule.part for one in self.checked)
        return {name: tuple(one for one in self.checked if one.rule.part == name) for name in names}

    def to_json(self) -> dict[str, JSON]:
        """Return it as the command line and the records say it."""
        return {
            "brand": self.strategy.name,
            "year": self.strategy.year,
            "on": self.on.isoformat(),
            "edition": strategy_rules().edition,
            "completeness": self.share,
            "threshold": strategy_rules().threshold,
            "counts": self.counts,
            "lacking": [rule.id for rule in self.lacking],
            "rules": [
                {"rule": one.rule.id, "part": one.rule.part, "met": one.met, "points": one.rule.points,
                 "essential": one.rule.essential}
                for one in self.checked
            ],
        }  # fmt: skip


@cache
def strategy_rules() -> Rules:
    """Return the rules that come with Sichen."""
    table = tomllib.loads(resources.files("sichen.brand").joinpath("data/strategy_rules.toml").read_text(encoding="utf-8"))
    rules = tuple(_rule(key, row) for key, row in table["rules"].items())
    return Rules(table["edition"], table["source"], table["verified"], table["threshold"], rules)


def completeness(strategy: Strategy, *, on: date) -> Completeness:
    """Judge how complete a strategy is on a day."""
    checked = tuple(Checked(rule, _CHECKS[rule.check](strategy, rule, on)) for rule in strategy_rules().rules)
    return Completeness(strategy, on, checked)


def _rule(key: str, row: Mapping[str, Any]) -> StrategyRule:
    lists = {name: tuple(row.get(name, ())) for name in ("words", "keys_all")}
    return StrategyRule(key, **{**row, **lists})


def _filled(strategy: Strategy, rule: StrategyRule, _on: date) -> bool:
    found = strategy.at(rule.path)
    return bool(found.strip()) if isinstance(found, str) else bool(found)


def _one_of(strategy: Strategy, rule: StrategyRule, _on: date) -> bool:
    return strategy.at(rule.path) in rule.words


def _at_least(strategy: Strategy, rule: StrategyRule, _on: date) -> bool:
    return len(strategy.rows(rule.path)) >= rule.least


def _each(strategy: Strategy, rule: StrategyRule, _on: date) -> bool:
    rows = strategy.rows(rule.path)
    return bool(rows) and all(row.get(key) not in {None, ""} for row in rows for key in rule.keys_all)


def _contains(strategy: Strategy, rule: StrategyRule, _on: date) -> bool:
    return set(rule.words) <= {str(row.get(rule.keys)) for row in strategy.rows(rule.path)}


def _positive(strategy: Strategy, rule: StrategyRule, _on: date) -> bool:
    found = strategy.at(rule.path)
    return isinstance(found, int | float) and found > 0


def _ordered(strategy: Strategy, rule: StrategyRule, _on: date) -> bool:
    first, second = strategy.at(rule.path), strategy.at(rule.other)
    return isinstance(first, int | float) and isinstance(second, int | float) and first < second


def _adds_up(strategy: Strategy, rule: StrategyRule, _on: date) -> bool:
    wanted = strategy.at(rule.total) if rule.total else rule.sum
    rows = strategy.rows(rule.path)
    if not rows or not isinstance(wanted, int | float):
        return False
    return abs(sum(float(row.get(rule.keys, 0.0)) for row in rows) - wanted) <= CLOSE * max(abs(wanted), 1.0)


def _by_date(strategy: Strategy, rule: StrategyRule, on: date) -> bool:
    found = strategy.at(rule.path)
    return found is not None and date.fromisoformat(str(found)) >= on


_CHECKS: Mapping[str, Callable[[Strategy, StrategyRule, date], bool]] = {
    "filled": _filled, "one_of": _one_of, "at_least": _at_least, "each": _each, "contains": _contains, "positive": _positive,
    "ordered": _ordered, "adds_up": _adds_up, "by_date": _by_date,
}  # fmt: skip
