# SPDX-License-Identifier: Apache-2.0
"""Is the target met? Path, required growth, forecast or its refusal, and the bounds that public evidence allows."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from sichen.core import JSON, DataError, Message, NotFound
from sichen.industry.bounds import StructureBounds, structure_bounds
from sichen.industry.composition import Floats, closed, distance, ilr, path, replace_zeros, required_growth
from sichen.industry.forecast import Forecast, forecast, met
from sichen.industry.registry import Registry
from sichen.industry.structures import BrandTable, Structures


@dataclass(frozen=True)
class StructureTarget:
    """A target of the product structure, with its text."""

    basis: str
    base: tuple[float, float, float]
    target: tuple[float, float, float]
    base_year: int
    year: int
    edition: str
    source: str
    verified: bool


@dataclass(frozen=True)
class TargetAnswer:
    """What can be answered about the product structure.

    Parameters
    ----------
    target : StructureTarget
    growth : ndarray, shape (3,)
        Needed a year, from the base, at `total_growth` over the whole time.
    path : ndarray, shape (years + 1, 3)
    structures : Structures
        What was observed.
    state : {"met", "failed", "unknown"}
        From an observation of the target's year or later, else from bounds, else unknown.
    said : Message
        Why.
    forecast : Forecast or None
    refused : Message or None
        Why there is no forecast.
    bounds : StructureBounds or None
    total_growth : float
    """

    target: StructureTarget
    growth: Floats
    path: Floats
    structures: Structures
    state: str
    said: Message
    forecast: Forecast | None
    refused: Message | None
    bounds: StructureBounds | None
    total_growth: float = 0.0

    @property
    def taken_as(self) -> Message | None:
        """What the structures were taken to measure, where neither the table nor the asker said it; else None."""
        if not self.structures.years or self.structures.basis:
            return None
        return Message("industry.basis.taken", edition=self.target.edition)

    def to_json(self) -> dict[str, JSON]:
        """Return the answer as plain JSON, shares and growth in per cent."""
        seen = self.structures
        years = range(self.target.base_year, self.target.year + 1)
        return {
            "basis": self.target.basis,
            "edition": self.target.edition,
            "source": self.target.source,
            "verified": self.target.verified,
            "base": list(self.target.base),
            "target": list(self.target.target),
            "base_year": self.target.base_year,
            "year": self.target.year,
            "ilr": {"base": list(map(float, ilr(self.target.base))), "target": list(map(float, ilr(self.target.target)))},
            "distance": distance(self.target.base, self.target.target),
            "total_growth": self.total_growth,
            "required_growth_percent": [float(100 * part) for part in self.growth],
            "path": [{"year": year, "shares_percent": _percent(row)} for year, row in zip(years, self.path, strict=True)],
            "observed": [
                {"year": year, "shares_percent": _percent(row), "row": number}
                for year, row, number in zip(seen.years, seen.shares, seen.rows, strict=True)
            ],
            "state": self.state,
            "reason": self.said.text("en"),
            "basis_taken": None if self.taken_as is None else self.taken_as.text("en"),
            "forecast": None if self.forecast is None else self.forecast.to_json(),
            "forecast_refused": None if self.refused is None else self.refused.text("en"),
            "bounds": None if self.bounds is None else self.bounds.to_json(),
            "refusals": [one.to_json() for one in seen.refusals],
        }


def _percent(row: Floats) -> list[JSON]:
    return [float(100 * part) for part in row]


@cache
def policy_targets() -> Mapping[str, Any]:
    """Return the targets of the guiding opinions, as the data file has them."""
    text = resources.files("sichen.industry").joinpath("data/policy_targets.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def structure_target(basis: str = "sales_own_brand") -> StructureTarget:
    """Return the target of the product structure on one basis.

    Raises
    ------
    NotFound
        If no text sets one on that basis.

    Examples
    --------
    >>> structure_target("output_value_all").edition
    'draft for comment'
    """
    rows = policy_targets()["structure"]
    if basis not in rows:
        raise NotFound(Message("industry.target.basis", basis=basis or "—", known=", ".join(rows)))
    row = rows[basis]
    return StructureTarget(basis=basis, **{**row, "base": tuple(row["base"]), "target": tuple(row["target"])})


def answer_structures(
    structures: Structures,
    *,
    basis: str | None = None,
    year: int | None = None,
    total_growth: float = 0.0,
    brands: BrandTable | None = None,
    seed: int = 0,
) -> TargetAnswer:
    """Answer whether the product structure meets its target.

    Parameters
    ----------
    structures : Structures
        May be empty.
    basis : str, optional
        By default that of the structures, else own-brand sales.
    year : int, optional
        By when; the target's own year by default.
    total_growth : float > -1
        Of all sales from base to target, for the growth that is required.
    brands : BrandTable, optional
        Sales of brands, for bounds.
    seed : int

    Raises
    ------
    DataError
        If the structures have another basis than was asked about.
    """
    target = structure_target(basis or structures.basis or "sales_own_brand")
    if structures.basis and structures.basis != target.basis:
        raise DataError(Message("industry.basis.mixed", bases=f"{structures.basis}, {target.basis}"))
    span = target.year - target.base_year
    bounds = None if brands is None else structure_bounds(brands.brands, total=brands.total)
    found, refused = _forecast(structures, target, year, seed)
    state, said = _state(structures, target, bounds, year)
    return TargetAnswer(
        target=target,
        growth=required_growth(target.base, target.target, years=span, total_growth=total_growth),
        path=path(target.base, target.target, steps=span),
        structures=structures,
        state=state,
        said=said,
        forecast=found,
        refused=refused,
        bounds=bounds,
        total_growth=total_growth,
    )


def empty_structures(registry: Registry | None = None) -> Structures:
    """Return structures without any year, for questions that only bounds can answer."""
    refusals = () if registry is None else registry.refusals
    return Structures((), closed([[1, 1, 1]])[:0], "", (), refusals)


def _forecast(
    structures: Structures, target: StructureTarget, year: int | None, seed: int
) -> tuple[Forecast | None, Message | None]:
    shares = replace_zeros(structures.shares) if structures.years else structures.shares
    last = structures.years[-1] if structures.years else target.base_year
    wanted = year or max(target.year, last + 1)
    try:
        return forecast(structures.years, shares, year=wanted, target=target.target, seed=seed), None
    except DataError as error:
        return None, error.message


def _state(
    structures: Structures, target: StructureTarget, bounds: StructureBounds | None, year: int | None
) -> tuple[str, Message]:
    wanted = year or target.year
    if wanted in structures.years:
        shares = structures.shares[structures.years.index(wanted)]
        seen = " : ".join(f"{100 * part:.2f}" for part in shares)
        state = "met" if met(replace_zeros(shares), target.target) else "failed"
        return state, Message(f"industry.target.seen_{state}", year=wanted, seen=seen)
    if bounds is not None:
        state = bounds.holds(target.target)
        high, low = (" … ".join(f"{100 * end:.2f}" for end in bounds.shares[grade]) for grade in ("high", "low"))
        return state, Message(f"industry.target.bounds_{state}", high=high, low=low)
    return "unknown", Message("industry.target.unseen", year=wanted)
