# SPDX-License-Identifier: Apache-2.0
"""Transfer of production between regions: shift-share in three parts that add up, and the change of location quotients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sichen.core import JSON, DataError, Message
from sichen.industry.amounts import read_amount
from sichen.industry.composition import Floats
from sichen.industry.matrices import NAMES, WHOLES
from sichen.industry.periods import read_period
from sichen.industry.tables import Refusal, Row, Table

ALIASES = {
    **dict.fromkeys(NAMES, "region"),
    "行业": "industry",
    "产品": "industry",
    "product": "industry",
    "sector": "industry",
    "年份": "year",
    "年度": "year",
    "period": "year",
    "产值": "value",
    "产量": "value",
    "数值": "value",
    "output": "value",
    "employment": "value",
    "amount": "value",
    "单位": "unit",
}
COLUMNS = ("region", "industry", "year", "value")
TWO = 2


@dataclass(frozen=True)
class Shift:
    """The change of one industry in one region, in the unit of its amounts.

    Parameters
    ----------
    region, industry : str
    before, after : float
    national : float
        What it would have changed with all industries of the whole.
    mix : float
        What its industry grew more than all industries.
    regional : float
        What the region grew more than its industry: what moved to it, or away.
    quotient_before, quotient_after : float
        Location quotients; not a number where the region or the industry had nothing.
    rows : tuple of int
    """

    region: str
    industry: str
    before: float
    after: float
    national: float
    mix: float
    regional: float
    quotient_before: float
    quotient_after: float
    rows: tuple[int, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the change with its parts as plain JSON; a quotient that does not exist is null."""
        quotients = {"lq_before": self.quotient_before, "lq_after": self.quotient_after}
        return {
            "region": self.region,
            "industry": self.industry,
            "before": self.before,
            "after": self.after,
            "change": self.after - self.before,
            "national": self.national,
            "mix": self.mix,
            "regional": self.regional,
            **{name: value if np.isfinite(value) else None for name, value in quotients.items()},
            "rows": list(self.rows),
        }


@dataclass(frozen=True)
class Transfer:
    """Shift-share between two years."""

    first: int
    last: int
    shifts: tuple[Shift, ...]
    refusals: tuple[Refusal, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return all shifts as plain JSON."""
        return {"first": self.first, "last": self.last, "shifts": [one.to_json() for one in self.shifts]}


def shift_share(before: Floats, after: Floats) -> tuple[Floats, Floats, Floats]:
    """Split a change into the part of the whole, of the mix of industries, and of the regions.

    Parameters
    ----------
    before, after : ndarray, shape (regions, industries), >= 0
        Every industry has something before.

    Returns
    -------
    national, mix, regional : ndarray, shape (regions, industries)
        Their sum is the change; `mix` and `regional` add up to nothing over the whole.

    Notes
    -----
    E. S. Dunn, Papers of the Regional Science Association 6 (1960), 97-112. What a region had nothing of before is regional.

    Examples
    --------
    >>> parts = shift_share(np.array([[10.0, 90.0], [30.0, 70.0]]), np.array([[20.0, 100.0], [30.0, 90.0]]))
    >>> [part[0, 0].round(6).item() for part in parts]
    [2.0, 0.5, 7.5]
    """
    whole, industries = before.sum(), before.sum(axis=0)
    if not whole > 0 or not (industries > 0).all():
        raise DataError(Message("industry.transfer.nothing"))
    overall = after.sum() / whole - 1
    by_industry = after.sum(axis=0) / industries - 1
    national = before * overall
    mix = before * (by_industry - overall)
    return national, mix, after - before - national - mix


def read_transfer(table: Table, *, first: int | None = None, last: int | None = None) -> Transfer:
    """Read amounts by region, industry and year, and split the change between two years.

    Parameters
    ----------
    table : Table
        Columns region, industry, year, value and, where units differ, unit; read with `ALIASES`. A row of totals is left out.
    first, last : int, optional
        The two years; by default the first and the last.

    Raises
    ------
    DataError
        If a column is missing, or there are not two years.
    """
    table.require(*COLUMNS)
    refusals = list(table.refusals)
    amounts: dict[tuple[str, str, int], tuple[float, int]] = {}
    units = [row.text("unit") for row in table.rows]
    usual = max(units, key=units.count, default="")
    for row in table.rows:
        if row.text("region").casefold() in WHOLES:
            continue
        key, problem = _key(row, usual, amounts)
        if problem is None:
            amounts[key] = (read_amount(row.text("value")) or 0.0, row.number)
        else:
            refusals.append(Refusal(row.number, problem[0], problem[1], tuple(row.cells.values())))
    years = sorted({year for *_, year in amounts})
    chosen = (first or (years[0] if years else 0), last or (years[-1] if years else 0))
    if not set(chosen) <= set(years) or chosen[0] >= chosen[1]:
        raise DataError(Message("industry.transfer.years", years=", ".join(map(str, years)) or "—"))
    return Transfer(*chosen, _shifts(amounts, chosen), tuple(sorted(refusals, key=lambda one: one.row)))


def _key(
    row: Row, unit: str, known: Mapping[tuple[str, str, int], object]
) -> tuple[tuple[str, str, int], tuple[str, Message] | None]:
    empty = ("", "", 0)
    try:
        year = read_period(row.text("year")).year
    except DataError as error:
        return empty, ("year", error.message)
    key = (row.text("region"), row.text("industry"), year)
    amount = read_amount(row.text("value"))
    missing = next((name for name in ("region", "industry") if not row.text(name)), None)
    if missing is not None:
        return key, (missing, Message("industry.registry.empty", column=missing))
    if amount is None or amount < 0:
        return key, ("value", Message("industry.structure.cell", text=row.text("value")))
    if row.text("unit") != unit:
        return key, ("unit", Message("industry.table.unlike", column="unit", got=row.text("unit") or "—", usual=unit or "—"))
    return key, ("region", Message("industry.structure.twice", name=" · ".join(map(str, key)))) if key in known else None


def _shifts(amounts: Mapping[tuple[str, str, int], tuple[float, int]], years: tuple[int, int]) -> tuple[Shift, ...]:
    regions = list(dict.fromkeys(region for region, *_ in amounts))
    industries = list(dict.fromkeys(industry for _, industry, _ in amounts))
    grids = [
        np.array([[amounts.get((region, one, year), (0.0, 0))[0] for one in industries] for region in regions])
        for year in years
    ]
    parts = shift_share(*grids)
    quotients = [_quotients(grid) for grid in grids]
    found = []
    for k, region in enumerate(regions):
        for j, industry in enumerate(industries):
            rows = tuple(amounts[key][1] for year in years if (key := (region, industry, year)) in amounts)
            before, after, national, mix, regional, first, last = (float(g[k, j]) for g in (*grids, *parts, *quotients))
            found.append(Shift(region, industry, before, after, national, mix, regional, first, last, rows))
    return tuple(found)


def _quotients(grid: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((grid / grid.sum(axis=1, keepdims=True)) / (grid.sum(axis=0) / grid.sum()))


def largest(shifts: Sequence[Shift], *, industry: str) -> tuple[Shift, ...]:
    """Return the shifts of one industry, the largest gain of a region first."""
    return tuple(sorted((one for one in shifts if one.industry == industry), key=lambda one: (-one.regional, one.region)))
