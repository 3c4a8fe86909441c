# SPDX-License-Identifier: Apache-2.0
"""Tables as offices send them: text or sheets with a heading; what cannot be read stays, with row, column and reason."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sichen.core import JSON, DataError, Message

SIGNS = "\t,;|"
_LOOKED_AT = 3  # lines that tell by which sign cells are parted
_REMARK = re.compile(r"#+\s*[^\s,;\t|]")
_FOOTNOTE = re.compile(r"(?:注释?|说明|资料来源|数据来源|来源|sources?|notes?|remarks?)\s*[\d]?\s*[:：]", re.IGNORECASE)
_OF_THE_TABLE = re.compile(
    r"(?:(?:计量|金额|数量)?单位|制表(?:单位|人|日期)?|填报(?:单位|人|日期)|报告期|表号|页码|units?|reported by|date)\s*[:：].*",
    re.IGNORECASE,
)
"""What stands beside a title and is said of the whole table: 单位：万只."""
_UNIT_OF_ALL = re.compile(r"(?:计量)?单位|units?", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*[(（\[]([^()（）\[\]]+)[)）\]]$")
NO_ALIASES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Row:
    """One row: its number, counted from 1 at the first row below the heading, and its cells by column."""

    number: int
    cells: Mapping[str, str] = field(hash=False)

    def text(self, column: str) -> str:
        """Return a cell, or an empty text where the table has no such column."""
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Refusal:
    """A row that was not taken: where, why, and its cells, so that nothing is lost."""

    row: int
    column: str
    message: Message
    cells: tuple[str, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return the refusal as plain JSON."""
        return {
            "row": self.row,
            "column": self.column,
            "reason": self.message.text("en"),
            "key": self.message.key,
            "cells": list(self.cells),
        }


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    Parameters
    ----------
    columns : tuple of str
    rows : tuple of Row
    refusals : tuple of Refusal
        Rows that have more cells than the heading.
    unit : str
        Said above the heading for the whole table.
    units : mapping of str to str
        What stood in brackets behind the headings of renamed columns.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    refusals: tuple[Refusal, ...] = ()
    unit: str = ""
    units: Mapping[str, str] = field(default_factory=dict, hash=False)

    def require(self, *columns: str) -> None:
        """Refuse a table that lacks a column.

        Raises
        ------
        DataError
            Naming what is missing and what there is.
        """
        missing = [name for name in columns if name not in self.columns]
        if missing:
            raise DataError(Message("industry.table.columns", missing=", ".join(missing), got=", ".join(self.columns)))

    def renamed(self, aliases: Mapping[str, str]) -> "Table":
        """Return the table with other names of its columns; a name that is taken already stays.

        A unit in brackets does not keep a heading from being known: 销售额（万元） is 销售额.
        """
        known = {**{name: name for name in aliases.values()}, **aliases}
        new = {name: known.get(name, known.get(bare_heading(name), name)) for name in self.columns}
        names = {name: own if list(new.values()).count(own) == 1 else name for name, own in new.items()}
        rows = tuple(Row(row.number, {names[name]: cell for name, cell in row.cells.items()}) for row in self.rows)
        units = {own: unit_in_heading(name) for name, own in names.items() if own != name and unit_in_heading(name)}
        return Table(tuple(names[name] for name in self.columns), rows, self.refusals, self.unit, {**self.units, **units})


def bare_heading(name: str) -> str:
    """Return a heading without what stands in brackets at its end.

    Examples
    --------
    >>> bare_heading("销售额（万元）"), bare_heading("value (bn USD)"), unit_in_heading("产值（亿元）")
    ('销售额', 'value', '亿元')
    """
    return _BRACKETS.sub("", name) or name


def unit_in_heading(name: str) -> str:
    """Return what stands in brackets at the end of a heading, else an empty text."""
    match = _BRACKETS.search(name)
    return "" if match is None else match.group(1).strip()


def read_table(text: str, *, aliases: Mapping[str, str] = NO_ALIASES) -> Table:
    r"""Read comma, semicolon or tab separated text with a heading.

    Parameters
    ----------
    text : str
        May begin with a byte-order mark, a title and remarks (#); empty lines and notes below the table are skipped. A row
        of separators alone has its number, an empty line has none.
    aliases : mapping of str to str
        Other names of columns, in lower case, and what they are called here.

    Raises
    ------
    DataError
        If there is no heading, it names a column twice, or a quotation never ends.

    Examples
    --------
    >>> read_table("name,value\na,1\nb,2,3\n").refusals[0].row
    2
    """
    clean = text.lstrip("\ufeff")
    lines = [line for line in clean.splitlines() if line.strip() and not _REMARK.match(line)]
    some = [line for line in lines if any(sign in line for sign in SIGNS)][:_LOOKED_AT]
    # The heading, or the title above it with a comma of its own: the sign that most lines have decides.
    sign = max(SIGNS, key=lambda one: (sum(one in line for line in some), some[0].count(one) if some else 0))
    reader = csv.reader(io.StringIO(clean, newline=""), delimiter=sign, strict=True)
    try:
        return table_of(list(reader), aliases=aliases)
    except csv.Error as error:
        raise DataError(Message("industry.table.damaged", row=reader.line_num, why=str(error))) from error


def table_of(cells: Iterable[Sequence[str]], *, aliases: Mapping[str, str] = NO_ALIASES) -> Table:
    """Make a table of rows of cells, of which the first that is not empty is the heading.

    Raises
    ------
    DataError
        If there is no heading, or it names a column twice.
    """
    stripped = [[cell.strip() for cell in row] for row in cells]
    start = _heading(stripped)
    columns = _named(stripped[start], stripped[start + 1 :], aliases)
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise DataError(Message("industry.table.twice", name=", ".join(twice)))
    rows: list[Row] = []
    refusals: list[Refusal] = []
    for number, row in enumerate((row for row in stripped[start + 1 :] if row), 1):
        if _says_nothing(row):
            continue
        if len(row) > len(columns) and any(row[len(columns) :]):
            why = Message("industry.table.too_wide", got=len(row), want=len(columns))
            refusals.append(Refusal(number, str(len(columns) + 1), why, tuple(row)))
        else:
            rows.append(Row(number, dict(zip(columns, row, strict=False))))
    return Table(columns, tuple(rows), tuple(refusals), _unit_of_all(stripped[:start]))


def _unit_of_all(above: Sequence[Sequence[str]]) -> str:
    """Return the unit that is said above the heading for the whole table; "见表" and the like say none."""
    for cell in (cell for row in above for cell in row):
        what, sign, unit = cell.replace("：", ":").partition(":")
        if sign and _UNIT_OF_ALL.fullmatch(what.strip()) and not unit.strip().startswith(("见", "see")):
            return unit.strip()
    return ""


def _heading(rows: Sequence[Sequence[str]]) -> int:
    """Return the place of the heading: the first row of several cells, below titles and remarks; else the first with any."""
    filled = [place for place, row in enumerate(rows) if any(row) and not _REMARK.match(row[0])]
    if not filled:
        raise DataError(Message("industry.table.empty"))
    return next(
        (place for place in filled if sum(bool(cell) and not _OF_THE_TABLE.fullmatch(cell) for cell in rows[place]) > 1),
        filled[0],
    )


def _named(heading: Sequence[str], rows: Sequence[Sequence[str]], aliases: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of columns; one without a name is called by its place, one without anything at the end is left out."""
    names = [aliases.get(name.casefold(), name.casefold()) for name in heading]
    while names and not names[-1] and not any(len(row) >= len(names) and row[len(names) - 1] for row in rows):
        names.pop()
    return tuple(name or f"column {place}" for place, name in enumerate(names, 1))


def _says_nothing(row: Sequence[str]) -> bool:
    """Tell whether a row is empty, a remark, or a note below the table."""
    filled = [cell for cell in row if cell]
    return not filled or bool(_REMARK.match(row[0])) or (len(filled) == 1 and _FOOTNOTE.match(filled[0]) is not None)
