# SPDX-License-Identifier: Apache-2.0
"""3:22:75 answered: the tightest honest bounds from published figures, one assumption after another."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sichen.core import JSON, Message
from sichen.industry.bounds import BrandSales, StructureBounds, structure_bounds
from sichen.industry.registry import Observation, Registry

_FOREIGN = re.compile(r">\s*(\d+)\s*% of total sales value")


@dataclass(frozen=True)
class Rung:
    """Bounds under a set of assumptions.

    Parameters
    ----------
    assumes : Message
        What is assumed beyond the rung before.
    bounds : StructureBounds or None
        None where nothing at all is bounded: every share may be anything.
    rests_on : tuple of Observation
        The figures behind it.
    """

    assumes: Message
    bounds: StructureBounds | None
    rests_on: tuple[Observation, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the rung as plain JSON."""
        return {
            "assumes": self.assumes.text("en"),
            "bounds": None if self.bounds is None else self.bounds.to_json(),
            "rests_on": [one.to_json() for one in self.rests_on],
        }


def evidence(figures: Registry, brands: Registry) -> tuple[Rung, ...]:
    """Return what published figures allow to say of the own-brand structure, the fewest assumptions first.

    Parameters
    ----------
    figures : Registry
        Of the industry: retail sales, shares of foreign brands.
    brands : Registry
        Of brands: revenue of own brands and prices of their series.

    Returns
    -------
    tuple of Rung
        The first assumes nothing. Years of figures differ and each rung says so.
    """
    rungs = [Rung(Message("industry.evidence.nothing"), None, ())]
    retail = _latest([one for one in figures.find("retail_sales") if not one.period.forecast])
    known = [pair for pair in _priced(brands) if pair[0].unit.dimension == "CNY"]
    if retail is None or retail.amount is None or not known:
        return tuple(rungs)
    sales = [_sales(*pair) for pair in known]
    rows = tuple(one for pair in known for one in pair)
    said = ", ".join(f"{one.area} {one.value.text} {one.unit.text} ({one.period.text})" for one, _ in known)
    whole = Message(
        "industry.evidence.retail", retail=f"{retail.value.text} {retail.unit.text}", year=retail.period.text, brands=said
    )
    rungs.append(Rung(whole, structure_bounds(sales, total=(1.0, retail.interval()[1])), (retail, *rows)))
    foreign = next((one for one in figures.observations if _FOREIGN.search(one.note)), None)
    if foreign is not None:
        share = int(_FOREIGN.findall(foreign.note)[0])
        total = retail.interval()[1] * (100 - share) / 100
        less = Message("industry.evidence.foreign", share=share, year=foreign.period.text)
        rungs.append(Rung(less, structure_bounds(sales, total=(1.0, total)), (retail, foreign, *rows)))
    return tuple(rungs)


def _latest(found: Sequence[Observation]) -> Observation | None:
    return max(found, key=lambda one: one.period.end, default=None)


def _priced(brands: Registry) -> list[tuple[Observation, Observation]]:
    """Pair each revenue of own brands with the price range of the maker's series."""
    ranges = [one for one in brands.observations if one.value.kind == "range" and "price" in one.name]
    pairs = []
    for price in ranges:
        own = [
            one
            for one in brands.observations
            if one.area.startswith(price.area) and "own" in one.area and one.name == "revenue"
        ]
        latest = _latest(own)
        if latest is not None:
            pairs.append((latest, price))
    return pairs


def _sales(revenue: Observation, price: Observation) -> BrandSales:
    low, high = price.value.numbers
    return BrandSales(revenue.area, revenue.interval(), prices=(low, high), row=revenue.row)
