# SPDX-License-Identifier: Apache-2.0
"""The registry of figures: every number keeps its source row, its grade of evidence and its history."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from sichen.core import JSON, DataError, Message
from sichen.industry.indicators import Indicator, identify, same_basis
from sichen.industry.measures import Measure, read_unit
from sichen.industry.periods import Period, read_period
from sichen.industry.tables import Refusal, Row, Table, bare_heading, unit_in_heading
from sichen.industry.values import Value, read_value

ALIASES = {
    "brand": "area",
    "measure": "indicator",
    "source": "source_url",
    "年份": "year",
    "年度": "year",
    "period": "year",
    "地区": "area",
    "region": "area",
    "指标": "indicator",
    "数值": "value",
    "单位": "unit",
    "备注": "note",
    "来源": "source_url",
    "等级": "grade",
    "time": "year",
    "date": "year",
    "时间": "year",
    "期间": "year",
    "年月": "year",
    "年": "year",
    "country": "area",
    "province": "area",
    "location": "area",
    "geography": "area",
    "省份": "area",
    "区域": "area",
    "地域": "area",
    "国家": "area",
    "国家/地区": "area",
    "metric": "indicator",
    "item": "indicator",
    "variable": "indicator",
    "指标名称": "indicator",
    "项目": "indicator",
    "amount": "value",
    "figure": "value",
    "number": "value",
    "值": "value",
    "数据": "value",
    "units": "unit",
    "unit of measure": "unit",
    "计量单位": "unit",
    "notes": "note",
    "comment": "note",
    "comments": "note",
    "remark": "note",
    "remarks": "note",
    "说明": "note",
    "注释": "note",
    "url": "source_url",
    "数据来源": "source_url",
    "出处": "source_url",
    "证据等级": "grade",
    "yoy": "growth",
    "growth rate": "growth",
    "growth (%)": "growth",
    "growth %": "growth",
    "yoy (%)": "growth",
    "同比": "growth",
    "同比增长": "growth",
    "增速": "growth",
    "同比(%)": "growth",
    "同比（%）": "growth",
    "增速(%)": "growth",
    "增速（%）": "growth",
    "同比增长(%)": "growth",
    "同比增长（%）": "growth",
}
"""Other names of the columns of a table of figures."""
NO_AREA = "—"
"""The area of figures whose table has no column of areas: all speak of one that is not named."""
_GROWTH = re.compile(r"([+\-])?(\d+(?:\.\d+)?)\s*%?")
EMPTY = ("", "-", "—", "…", "...", "/")
"""Cells of a table with a column for each year where nothing was published."""
GRADES = ("A", "A-secondary", "B", "C", "derived")
"""Grades of evidence, the best first: primary or official, official through a secondary page, named source, blog, computed."""
_MAY_BE_NEGATIVE = re.compile(
    r"change|growth|profit|income|loss|balance|margin|enterprise value|增长|利润|顺差|变化", re.IGNORECASE
)


@dataclass(frozen=True)
class Observation:
    """One figure of the registry.

    Parameters
    ----------
    row : int
        Where it stands in its file, counted from 1 below the heading.
    indicator : Indicator
    name : str
        What the row called it.
    area : str
    period : Period
    value : Value
    unit : Measure
    note, source, grade, excerpt : str
    flagged : bool
        Whether the grade carries a mark of doubt.
    """

    row: int
    indicator: Indicator
    name: str
    area: str
    period: Period
    value: Value
    unit: Measure
    note: str
    source: str
    grade: str
    excerpt: str = ""
    flagged: bool = False

    @property
    def amount(self) -> float | None:
        """The value in units of its dimension, or None where it is no single number."""
        total = self.value.total
        return None if total is None else total * self.unit.scale

    def interval(self) -> tuple[float, float]:
        """Return what rounding and wording leave open, in units of the dimension."""
        lower, upper = self.value.interval()
        if self.unit.at_least and self.value.kind == "number":
            upper = float("inf")
        return lower * self.unit.scale, upper * self.unit.scale

    def to_json(self) -> dict[str, JSON]:
        """Return the figure with its source as plain JSON."""
        return {
            "row": self.row,
            "indicator": self.indicator.identifier,
            "basis": self.indicator.basis,
            "edition": self.indicator.edition,
            "name": self.name,
            "area": self.area,
            "period": self.period.text,
            "value": self.value.to_json(),
            "unit": self.unit.text,
            "note": self.note,
            "source": self.source,
            "grade": self.grade,
        }


@dataclass(frozen=True)
class Registry:
    """Figures of one file, and the rows that were refused with their cells."""

    observations: tuple[Observation, ...]
    refusals: tuple[Refusal, ...] = ()

    @cached_property
    def by_row(self) -> dict[int, Observation]:
        """The figures by their row."""
        return {one.row: one for one in self.observations}

    def find(self, indicator: str, *, area: str | None = None) -> tuple[Observation, ...]:
        """Return the figures of an indicator by time.

        Parameters
        ----------
        indicator : str
            Identifier.
        area : str, optional
        """
        found = [one for one in self.observations if one.indicator.identifier == indicator and area in {None, one.area}]
        return tuple(sorted(found, key=lambda one: (one.period.start, one.period.end, one.row)))

    def series(self, rows: Iterable[int]) -> tuple[Observation, ...]:
        """Return chosen figures as one series by time.

        Raises
        ------
        DataError
            If they have different bases, dimensions or currencies: they are not one series.
        """
        chosen = [self.by_row[row] for row in rows]
        return one_series(chosen)

    def history(self, one: Observation) -> tuple[Observation, ...]:
        """Return every statement of the same indicator, area and time, the best grade first: nothing is overwritten."""
        same = [
            other
            for other in self.observations
            if other.indicator == one.indicator and other.area == one.area and other.period.same_time(one.period)
        ]
        return tuple(sorted(same, key=lambda other: (rank(other.grade), other.row)))


def one_series(chosen: Iterable[Observation]) -> tuple[Observation, ...]:
    """Order figures by time as one series; refuse what does not belong together.

    Raises
    ------
    DataError
        If they have different bases, dimensions or currencies.
    """
    ordered = sorted(chosen, key=lambda one: (one.period.start, one.period.end, one.row))
    same_basis(one.indicator.basis for one in ordered)
    dimensions = sorted({one.unit.dimension for one in ordered})
    if len(dimensions) > 1:
        raise DataError(Message("industry.series.units", units=", ".join(dimensions)))
    lengths = sorted({one.period.months for one in ordered if not one.period.base})
    if len(lengths) > 1:
        raise DataError(Message("industry.series.lengths", months=", ".join(map(str, lengths))))
    return tuple(ordered)


def rank(grade: str) -> int:
    """Return the place of a grade, 0 the best; an unknown one comes last."""
    return GRADES.index(grade) if grade in GRADES else len(GRADES)


def read_registry(table: Table) -> Registry:
    """Read the figures of a table.

    Parameters
    ----------
    table : Table
        Columns year, area (or brand), indicator (or measure), value, unit; note, source_url, grade where known. Read it
        with `ALIASES`.

    Returns
    -------
    Registry
        Rows that cannot be right stand in `refusals` with row, column and reason; the others are kept.

    Raises
    ------
    DataError
        If a column is missing.
    """
    table = _with_growth(_with_unit(_with_area(_long(table))))
    table.require("year", "area", "indicator", "value", "unit")
    good: list[Observation] = []
    refusals = list(table.refusals)
    for row in table.rows:
        try:
            good.append(_observation(row))
        except _CellError as refused:
            refusals.append(Refusal(row.number, refused.column, refused.message, tuple(row.cells.values())))
    return Registry(tuple(good), tuple(sorted(refusals, key=lambda one: one.row)))


def _with_area(table: Table) -> Table:
    """Give the figures of a table without a column of areas one area that is not named."""
    if "area" in table.columns:
        return table
    rows = tuple(Row(row.number, {**row.cells, "area": NO_AREA}) for row in table.rows)
    return Table((*table.columns, "area"), rows, table.refusals, table.unit, table.units)


def _long(table: Table) -> Table:
    """Take a table with a column for each year or month apart: one figure a cell, each with the number of its row.

    A growth beside them is that of the latest.
    """
    if {"year", "value"} & set(table.columns):
        return table
    periods = [(name, found) for name in table.columns if (found := _period(name)) is not None]
    if not periods:
        return table
    last = max(periods, key=lambda one: (one[1].end, one[1].months))[0]
    kept = [name for name in table.columns if name not in dict(periods)]
    rows = [
        Row(
            row.number,
            {
                **{name: row.text(name) for name in kept if name != "growth" or column == last},
                "year": period.text,
                "value": row.text(column),
                "unit": row.text("unit") or unit_in_heading(column),
            },
        )
        for row in table.rows
        for column, period in periods
        if row.text(column) not in EMPTY
    ]
    units = {name: unit for name, unit in table.units.items() if name != "value"}
    columns = (*(name for name in kept if name != "unit"), "year", "value")
    with_units = "unit" in table.columns or any(row.text("unit") for row in rows)
    return Table((*columns, "unit") if with_units else columns, tuple(rows), table.refusals, table.unit, units)


def _period(heading: str) -> Period | None:
    try:
        return read_period(bare_heading(heading))
    except DataError:
        return None


def _with_unit(table: Table) -> Table:
    """Take the unit from the heading of the values, ``value (bn USD)``, or from above the table, where it has no units."""
    unit = table.units.get("value", "") or table.unit
    if not unit or "value" not in table.columns:
        return table
    rows = tuple(Row(row.number, {**row.cells, "unit": row.text("unit") or unit}) for row in table.rows)
    columns = table.columns if "unit" in table.columns else (*table.columns, "unit")
    return Table(columns, rows, table.refusals)


def _with_growth(table: Table) -> Table:
    """Put a column of growth into the notes; bare numbers of which none exceeds one are fractions."""
    if "growth" not in table.columns:
        return table
    found = [_GROWTH.fullmatch(_plain(row.text("growth"))) for row in table.rows]
    sizes = [float(match.group(2)) for match in found if match is not None]
    bare = not any("%" in _plain(row.text("growth")) for row in table.rows)
    scale = 100.0 if bare and sizes and max(sizes) <= 1 and any(sizes) else 1.0
    rows = []
    for row, match in zip(table.rows, found, strict=True):
        if match is None:
            rows.append(row)
            continue
        digits = len(match.group(2).partition(".")[2])
        number = match.group(2) if scale == 1 else f"{float(match.group(2)) * scale:.{max(digits - 2, 0)}f}"
        note = "; ".join(part for part in (row.text("note"), f"stated growth {match.group(1) or '+'}{number} %") if part)
        rows.append(Row(row.number, {**row.cells, "note": note}))
    return Table(table.columns, tuple(rows), table.refusals)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("−", "-").strip()


class _CellError(Exception):
    """A cell that cannot be right."""

    def __init__(self, column: str, message: Message) -> None:
        super().__init__(column)
        self.column, self.message = column, message


def _observation(row: Row) -> Observation:
    for column in ("area", "indicator", "value"):
        if not row.text(column):
            raise _CellError(column, Message("industry.registry.empty", column=column))
    grade, flagged = row.text("grade").removesuffix("-flag"), row.text("grade").endswith("-flag")
    if grade and grade not in GRADES:
        raise _CellError("grade", Message("industry.registry.grade", grade=grade, known=", ".join(GRADES)))
    try:
        period = read_period(row.text("year"))
    except DataError as error:
        raise _CellError("year", error.message) from error
    value, unit = read_value(row.text("value")), read_unit(row.text("unit"))
    _check_value(row, value, unit)
    indicator = identify(row.text("indicator"), dimension="ratio" if value.kind == "ratio" else unit.dimension)
    return Observation(
        row=row.number,
        indicator=indicator,
        name=row.text("indicator"),
        area=row.text("area"),
        period=period,
        value=value,
        unit=unit,
        note=row.text("note"),
        source=row.text("source_url"),
        grade=grade,
        excerpt=row.text("excerpt"),
        flagged=flagged,
    )


def _check_value(row: Row, value: Value, unit: Measure) -> None:
    """Refuse text where the unit measures, amounts below zero, and shares beyond the whole."""
    measures = unit.is_amount or unit.is_price or unit.dimension == "%"
    if value.kind == "text" and measures:
        raise _CellError("value", Message("industry.registry.text", text=value.text, unit=unit.text))
    signed = _MAY_BE_NEGATIVE.search(row.text("indicator")) is not None
    if value.kind == "number" and value.numbers[0] < 0 and (measures or unit.dimension.isalpha()) and not signed:
        raise _CellError("value", Message("industry.registry.negative", text=value.text))
    share = re.search(r"share|占|份额|比重", row.text("indicator").casefold()) is not None
    if unit.dimension == "%" and share and not signed and any(number > 100 for number in value.numbers):  # noqa: PLR2004 - the whole
        raise _CellError("value", Message("industry.registry.beyond", text=value.text))
