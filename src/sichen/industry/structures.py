# SPDX-License-Identifier: Apache-2.0
"""Reading product structures: shares or amounts by year, or the sales and prices of brands; what is wrong is kept apart."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sichen.core import DataError, Message
from sichen.industry.amounts import read_amount
from sichen.industry.bounds import BrandSales, Interval, widened
from sichen.industry.composition import PARTS, Floats
from sichen.industry.indicators import basis_of, same_basis
from sichen.industry.measures import read_unit
from sichen.industry.periods import read_period
from sichen.industry.registry import Registry
from sichen.industry.tables import Refusal, Row, Table
from sichen.industry.values import read_value

ALIASES: Mapping[str, str] = {
    "年份": "year",
    "period": "year",
    "高档": "high",
    "中档": "mid",
    "middle": "mid",
    "低档": "low",
    "口径": "basis",
    "单位": "unit",
    "高": "high",
    "中": "mid",
    "低": "low",
    "高端": "high",
    "中端": "mid",
    "低端": "low",
    "年度": "year",
    "medium": "mid",
    "structure": "ratio",
    "高中低比例": "ratio",
    "比例": "ratio",
    "品牌": "brand",
    "sales": "revenue",
    "销售额": "revenue",
    "均价": "mean_price",
    "平均单价": "mean_price",
    "平均零售价": "mean_price",
    "最低价": "price_low",
    "最高价": "price_high",
    "币种": "currency",
}
RATIO = "ratio"
"""A column that holds all three shares, as 1:14:85."""
WHOLE = {"total", "all", "合计", "总计"}
NEAR = 0.02  # a table of shares is one whose sums come this near to the whole
ROUNDING = 0.6  # three shares rounded to whole per cents may miss 100 by up to one and a half
PRICES = ("mean_price", "price_low", "price_high")
BASES = ("sales_own_brand", "output_value_all")


@dataclass(frozen=True)
class Structures:
    """Product structures by year, of one basis."""

    years: tuple[int, ...]
    shares: Floats
    basis: str
    rows: tuple[int, ...]
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class BrandTable:
    """Sales of brands in one year and currency; `total` where a row gave it."""

    brands: tuple[BrandSales, ...]
    total: Interval | None
    refusals: tuple[Refusal, ...]


def read_structures(table: Table, *, basis: str | None = None) -> Structures:
    """Read structures from a table with columns year, high, mid, low and, better, basis and unit.

    Parameters
    ----------
    table : Table
        Shares in per cent or as fractions, or amounts in one unit.
    basis : str, optional
        Only rows of this basis; without it all rows must have the same.

    Raises
    ------
    DataError
        If a column is missing, or two bases occur and none was chosen.
    """
    table = _parted(table)
    table.require("year", *PARTS)
    _one_unit({table.units.get(part, "") for part in PARTS})
    refusals = list(table.refusals)
    units = Counter(row.text("unit") for row in table.rows)
    usual = units.most_common(1)[0][0] if units else ""
    read: list[tuple[int, tuple[float, ...], Row, str]] = []
    for row in table.rows:
        try:
            year, parts = _one(row, usual)
            own = row.text("basis")
            read.append((year, parts, row, basis_of(own) or own))
        except _BadCell as bad:
            refusals.append(Refusal(row.number, bad.column, bad.message, tuple(row.cells.values())))
    chosen = same_basis(own for *_, own in read) if basis is None else basis
    wanted = [entry for entry in read if basis is None or entry[3] in {basis, ""}]
    good = _unlike_kept_apart(wanted, refusals)
    shares = np.array([parts for _, parts, _ in good], dtype=np.float64).reshape(-1, len(PARTS))
    shares = shares / shares.sum(axis=1, keepdims=True) if len(good) else shares
    rows = tuple(row.number for *_, row in good)
    return Structures(tuple(year for year, *_ in good), shares, chosen, rows, tuple(refusals))


def structures_of(registry: Registry, *, basis: str | None = None) -> Structures:
    """Return the observed structures among figures: ratios of three terms that are no targets.

    Raises
    ------
    DataError
        If ratios of both bases occur and none was chosen.
    """
    ratios = [one for one in registry.observations if one.value.kind == "ratio" and len(one.value.numbers) == len(PARTS)]
    wanted = [one for one in ratios if basis in {None, one.indicator.basis}]
    chosen = same_basis(one.indicator.basis for one in wanted) if basis is None else basis
    seen = sorted((one for one in wanted if "target" not in one.name.casefold()), key=lambda one: one.period.start)
    shares = np.array([one.value.numbers for one in seen], dtype=np.float64).reshape(-1, len(PARTS))
    shares = shares / shares.sum(axis=1, keepdims=True) if seen else shares
    rows = tuple(one.row for one in seen)
    return Structures(tuple(one.period.year for one in seen), shares, chosen, rows, registry.refusals)


def read_brand_sales(table: Table) -> BrandTable:
    """Read sales of brands; a row whose brand is "total" gives all own-brand sales.

    Parameters
    ----------
    table : Table
        Columns brand, revenue, and where known year, currency, revenue_u, price_low, price_high, mean_price, mean_price_u,
        sigma_low, sigma_high.

    Notes
    -----
    Uncertainties are relative standard ones. A row of another year or currency than most is refused, not converted.
    """
    table.require("brand", "revenue")
    for column in PRICES:
        _in_yuan(table.units.get(column, ""))
    usual = {name: Counter(row.text(name) for row in table.rows).most_common(1)[0][0] for name in ("year", "currency")}
    refusals = list(table.refusals)
    brands: list[BrandSales] = []
    total: Interval | None = None
    for row in table.rows:
        try:
            one = _sales(row, usual)
        except _BadCell as bad:
            refusals.append(Refusal(row.number, bad.column, bad.message, tuple(row.cells.values())))
            continue
        if one.brand.casefold() in WHOLE:
            total = one.revenue
        else:
            brands.append(one)
    return BrandTable(tuple(brands), total, tuple(sorted(refusals, key=lambda one: one.row)))


def _one_unit(units: set[str]) -> None:
    """Refuse grades whose headings name different units."""
    if len(units) > 1:
        raise DataError(Message("industry.structure.units", units=", ".join(sorted(unit or "—" for unit in units))))


def _in_yuan(unit: str) -> None:
    """Refuse prices in another unit than the price bands of the policy have."""
    if unit and ((found := read_unit(unit)).currency, found.scale) != ("CNY", 1.0):
        raise DataError(Message("industry.structure.prices", unit=unit))


class _BadCell(Exception):
    def __init__(self, column: str, message: Message) -> None:
        super().__init__(column)
        self.column, self.message = column, message


def _parted(table: Table) -> Table:
    """Take a column of ratios apart; what is no ratio of three stays as it is, to be refused with its row."""
    if RATIO not in table.columns or set(PARTS) <= set(table.columns):
        return table
    rows = []
    for row in table.rows:
        value = read_value(row.text(RATIO))
        terms = value.numbers if value.kind == "ratio" and len(value.numbers) == len(PARTS) else None
        cells = dict(zip(PARTS, [row.text(RATIO)] * len(PARTS) if terms is None else map(str, terms), strict=True))
        rows.append(Row(row.number, {**row.cells, **cells}))
    return Table((*table.columns, *PARTS), tuple(rows), table.refusals)


def _one(row: Row, unit: str) -> tuple[int, tuple[float, ...]]:
    try:
        period = read_period(row.text("year"))
    except DataError as error:
        raise _BadCell("year", error.message) from error
    if row.text("unit") != unit:
        raise _BadCell("unit", Message("industry.table.unlike", column="unit", got=row.text("unit"), usual=unit))
    return period.year, tuple(_positive(row, name) for name in PARTS)


def _unlike_kept_apart(
    read: Sequence[tuple[int, tuple[float, ...], Row, str]], refusals: list[Refusal]
) -> list[tuple[int, tuple[float, ...], Row]]:
    """Keep rows whose shares sum as most do, one a year; refuse the others."""
    sums = [math.fsum(parts) for _, parts, *_ in read]
    whole = next(
        (size for size in (100.0, 1.0) if sums and 2 * sum(abs(one / size - 1) <= NEAR for one in sums) > len(sums)), None
    )
    good: dict[int, tuple[int, tuple[float, ...], Row]] = {}
    for year, parts, row, _ in read:
        problem: Message | None = None
        if whole is not None and abs(math.fsum(parts) / whole - 1) > ROUNDING * 0.025:
            problem = Message("industry.composition.sum", sum=f"{math.fsum(parts):g}", whole=f"{whole:g}")
        elif year in good:
            problem = Message("industry.composition.year_twice", year=year)
        if problem is None:
            good[year] = (year, parts, row)
        else:
            column = "year" if year in good else "+".join(PARTS)
            refusals.append(Refusal(row.number, column, problem, tuple(row.cells.values())))
    return [good[year] for year in sorted(good)]


def _sales(row: Row, usual: Mapping[str, str]) -> BrandSales:
    for name, common in usual.items():
        if row.text(name) != common:
            raise _BadCell(name, Message("industry.table.unlike", column=name, got=row.text(name) or "—", usual=common or "—"))
    revenue = widened(_positive(row, "revenue"), _optional(row, "revenue_u") or 0.0)
    low, high = _optional(row, "price_low"), _optional(row, "price_high")
    mean, sigma_low, sigma_high = (_optional(row, name) for name in ("mean_price", "sigma_low", "sigma_high"))
    return BrandSales(
        row.text("brand"),
        revenue,
        prices=None if low is None and high is None else (low or 1e-9, high or math.inf),
        mean_price=None if mean is None else widened(mean, _optional(row, "mean_price_u") or 0.0),
        sigma=None if sigma_low is None or sigma_high is None else (sigma_low, sigma_high),
        row=row.number,
    )


def _optional(row: Row, column: str) -> float | None:
    return _positive(row, column) if row.text(column) not in {"", "—", "-"} else None


def _positive(row: Row, column: str) -> float:
    text = row.text(column)
    found = read_amount(text)
    if found is None:
        raise _BadCell(column, Message("industry.composition.number", text=text))
    if found < 0:
        raise _BadCell(column, Message("industry.registry.negative", text=text))
    return found
