# SPDX-License-Identifier: Apache-2.0
"""The indicator set: what is looked at, how a value becomes a score, how much it counts."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from sichen.core import ConfigError, Language, Message

CLOSE = 1e-9


@dataclass(frozen=True)
class Element:
    """One of the five elements of brand strength."""

    id: str
    en: str
    zh: str
    weight: float

    def title(self, language: Language) -> str:
        """Return what it is called."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Indicator:
    """One indicator.

    Parameters
    ----------
    id, element, unit, en, zh : str
    weight : float
        Inside its element.
    points : tuple of (value, score)
        Values rise; between two of them the score is straight, outside it is flat.
    evidence : tuple of str
        Kinds of record that it can be computed from.
    """

    id: str
    element: str
    unit: str
    en: str
    zh: str
    weight: float
    points: tuple[tuple[float, float], ...]
    evidence: tuple[str, ...] = ()

    def title(self, language: Language) -> str:
        """Return what it is called."""
        return self.zh if language == "zh" else self.en

    def score(self, value: float) -> float:
        """Return the score of a value, 0 … 100.

        Examples
        --------
        >>> Indicator("x", "quality", "%", "x", "x", 1.0, ((80.0, 0.0), (100.0, 100.0))).score(95.0)
        75.0
        """
        values, scores = zip(*self.points, strict=True)
        return float(np.interp(value, values, scores))


@dataclass(frozen=True)
class IndicatorSet:
    """Elements and indicators of one edition."""

    edition: str
    edition_zh: str
    source: str
    verified: bool
    elements: Mapping[str, Element]
    indicators: Mapping[str, Indicator]

    def named(self, language: Language) -> str:
        """Return what the edition is called."""
        return self.edition_zh if language == "zh" else self.edition

    def of(self, element: str) -> tuple[Indicator, ...]:
        """Return the indicators of an element."""
        return tuple(one for one in self.indicators.values() if one.element == element)


@cache
def indicator_set() -> IndicatorSet:
    """Return the set for watches and clocks that comes with Sichen."""
    text = resources.files("sichen.brand").joinpath("data/watch_indicators.toml").read_text(encoding="utf-8")
    return read_indicator_set(text, name="watch_indicators.toml")


def read_indicator_set(text: str, *, name: str) -> IndicatorSet:
    """Read an indicator set from TOML.

    Raises
    ------
    ConfigError
        If weights do not add up to 1, or the values of a score do not rise.
    """
    table = tomllib.loads(text)
    elements = {key: Element(key, **row) for key, row in table["elements"].items()}
    indicators = {key: _indicator(key, row, name) for key, row in table["indicators"].items()}
    found = IndicatorSet(
        table["edition"], table.get("edition_zh", table["edition"]), table["source"], table["verified"], elements, indicators
    )
    _adds_up(elements, [one.weight for one in elements.values()], name)
    for element in elements:
        _adds_up(indicators, [one.weight for one in found.of(element)], f"{name} {element}")
    return found


def _indicator(key: str, row: Mapping[str, object], name: str) -> Indicator:
    whole = dict(row)
    points = tuple((float(value), float(score)) for value, score in whole.pop("points"))  # type: ignore[attr-defined]
    evidence: tuple[str, ...] = tuple(whole.pop("evidence", ()))  # type: ignore[arg-type]
    values = [value for value, _ in points]
    if len(points) == 1 or sorted(set(values)) != values:
        raise ConfigError(Message("brand.strength.points", where=name, entry=key))
    return Indicator(key, points=points, evidence=evidence, **whole)  # type: ignore[arg-type]


def _adds_up(known: Mapping[str, object], weights: list[float], where: str) -> None:
    if not known or abs(sum(weights) - 1) > CLOSE or min(weights) < 0:
        raise ConfigError(Message("brand.strength.weights", where=where, total=f"{sum(weights):g}"))
