# SPDX-License-Identifier: Apache-2.0
"""From indicators to a score out of 1000 and to K. What is not known widens the score; it is never filled in."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sichen.brand.strength.indicators import Element, Indicator
from sichen.brand.strength.observed import Observed, ObservedBrand
from sichen.core import JSON

F64 = NDArray[np.float64]
DRAWS = 4096


@dataclass(frozen=True)
class Scored:
    """An indicator with its score; both None when it was not observed."""

    indicator: Indicator
    observed: Observed | None
    score: float | None


@dataclass(frozen=True)
class ElementScore:
    """An element: its score over what was observed, and the bounds over what was not, 0 … 100."""

    element: Element
    value: float | None
    low: float
    high: float
    known: float
    indicators: tuple[Scored, ...]


@dataclass(frozen=True)
class WeightEffect:
    """What the score becomes when one element counts a tenth of the whole less or more, the others in proportion; None if unknown."""

    element: str
    less: float | None
    more: float | None


@dataclass(frozen=True)
class Strength:
    """The strength of a brand.

    Parameters
    ----------
    brand : ObservedBrand
    value : float or None
        Out of 1000, over what was observed; None when an element has no indicator at all.
    low, high : float
        With everything that was not observed at its worst and at its best.
    u : float
        Standard uncertainty from the u of the indicators.
    elements : tuple of ElementScore
    effects : tuple of WeightEffect
    """

    brand: ObservedBrand
    value: float | None
    low: float
    high: float
    u: float
    elements: tuple[ElementScore, ...]
    effects: tuple[WeightEffect, ...]

    @property
    def records(self) -> tuple[str, ...]:
        """The digests of everything it rests on."""
        return tuple(dict.fromkeys(digest for one in self.brand.observed.values() for digest in one.records))

    def to_json(self) -> dict[str, JSON]:
        """Return it as the command line and the records say it."""
        return {
            "brand": self.brand.name,
            "year": self.brand.year,
            "edition": self.brand.indicators.edition,
            "score": self.value,
            "low": self.low,
            "high": self.high,
            "u": self.u,
            "coefficient": None if self.value is None else coefficient(self.value),
            "coefficient_rule": COEFFICIENT_RULE,
            "elements": [_element_json(one) for one in self.elements],
            "weight_effects": [{"element": one.element, "less": one.less, "more": one.more} for one in self.effects],
        }


COEFFICIENT_RULE = "K = 2 − 1.4·score/1000, declared: the published rule is not public and the range 0.6 … 2 is recalled"


def coefficient(score: float) -> float:
    """Return K, the brand strength coefficient of excess earnings: straight from 2 (score 0) to 0.6 (score 1000).

    Examples
    --------
    >>> coefficient(1000.0), coefficient(0.0)
    (0.6, 2.0)
    """
    return round(2.0 - 1.4 * min(max(score, 0.0), 1000.0) / 1000.0, 6)


def strength_of(brand: ObservedBrand, *, draws: int = DRAWS, seed: int = 1) -> Strength:
    """Score a brand.

    Parameters
    ----------
    brand : ObservedBrand
    draws, seed : int
        For the uncertainty that the indicators' own uncertainties leave.
    """
    elements = tuple(_element(brand, one) for one in brand.indicators.elements.values())
    weights = {one.element.id: one.element.weight for one in elements}
    return Strength(
        brand,
        _total(elements, weights),
        10 * sum(one.low * one.element.weight for one in elements),
        10 * sum(one.high * one.element.weight for one in elements),
        _spread(brand, draws, seed),
        elements,
        tuple(_effect(elements, weights, name) for name in weights),
    )


def _element(brand: ObservedBrand, element: Element) -> ElementScore:
    scored = tuple(_scored(brand, one) for one in brand.indicators.of(element.id))
    known = sum(one.indicator.weight for one in scored if one.score is not None)
    total = sum(one.indicator.weight * one.score for one in scored if one.score is not None)
    return ElementScore(element, total / known if known else None, total, total + 100 * (1 - known), known, scored)


def _scored(brand: ObservedBrand, indicator: Indicator) -> Scored:
    observed = brand.observed.get(indicator.id)
    return Scored(indicator, observed, None if observed is None else indicator.score(observed.value))


def _total(elements: tuple[ElementScore, ...], weights: Mapping[str, float]) -> float | None:
    total = 0.0
    for one in elements:
        if weights[one.element.id] == 0:
            continue
        if one.value is None:
            return None
        total += one.value * weights[one.element.id]
    return 10 * total


def _effect(elements: tuple[ElementScore, ...], weights: Mapping[str, float], name: str) -> WeightEffect:
    less, more = (_total(elements, _moved(weights, name, step)) for step in (-0.1, 0.1))
    return WeightEffect(name, less, more)


def _moved(weights: Mapping[str, float], name: str, step: float) -> dict[str, float]:
    """Return the weights with one of them moved; the others share the rest as they did, or alike where they had none."""
    own = min(max(weights[name] + step, 0.0), 1.0)
    rest = 1 - weights[name]
    others = {key: weight / rest if rest > 0 else 1 / (len(weights) - 1) for key, weight in weights.items() if key != name}
    return {key: own if key == name else (1 - own) * others[key] for key in weights}


def _spread(brand: ObservedBrand, draws: int, seed: int) -> float:
    generator = np.random.default_rng(seed)
    total: F64 = np.zeros(draws)
    for element in brand.indicators.elements.values():
        seen = [(one, brand.observed[one.id]) for one in brand.indicators.of(element.id) if one.id in brand.observed]
        known = sum(indicator.weight for indicator, _ in seen)
        for indicator, one in seen:
            values, scores = zip(*indicator.points, strict=True)
            moved = np.interp(one.value + one.u * generator.standard_normal(draws), values, scores)
            total = total + 10 * element.weight * indicator.weight / known * moved
    return float(np.std(total))


def _element_json(one: ElementScore) -> dict[str, JSON]:
    return {
        "element": one.element.id,
        "weight": one.element.weight,
        "score": one.value,
        "low": one.low,
        "high": one.high,
        "known": one.known,
        "indicators": [_indicator_json(scored) for scored in one.indicators],
    }


def _indicator_json(one: Scored) -> dict[str, JSON]:
    seen = one.observed
    return {
        "indicator": one.indicator.id,
        "weight": one.indicator.weight,
        "unit": one.indicator.unit,
        "value": None if seen is None else seen.value,
        "u": None if seen is None else seen.u,
        "score": one.score,
        "source": None if seen is None else seen.source,
        "records": [] if seen is None else list(seen.records),
    }
