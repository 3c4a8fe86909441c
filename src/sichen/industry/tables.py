# SPDX-License-Identifier: Apache-2.0
"""Tables as offices send them: text or sheets with a heading; what cannot be read stays, with row, column and reason."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sichen.core import JSON, DataError, Message

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
    """A table as it was read: columns, rows, and the rows that have more cells than the heading."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    refusals: tuple[Refusal, ...] = ()

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
        """Return the table with other names of its columns; a name that is taken already stays."""
        new = {name: aliases.get(name, name) for name in self.columns}
        names = {name: own if list(new.values()).count(own) == 1 else name for name, own in new.items()}
        rows = tuple(Row(row.number, {names[name]: cell for name, cell in row.cells.items()}) for row in self.rows)
        return Table(tuple(names[name] for name in self.columns), rows, self.refusals)


def read_table(text: str, *, aliases: Mapping[str, str] = NO_ALIASES) -> Table:
    r"""Read comma, semicolon or tab separated text with a heading.

    Parameters
    ----------
    text : str
        May begin with a byte-order mark; empty lines are skipped.
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
    heading = next((line for line in clean.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(clean, newline=""), delimiter=max("\t,;", key=heading.count), strict=True)
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
    filled = [[cell.strip() for cell in row] for row in cells if any(cell.strip() for cell in row)]
    if not filled:
        raise DataError(Message("industry.table.empty"))
    columns = tuple(aliases.get(name.casefold(), name.casefold()) for name in filled[0])
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise DataError(Message("industry.table.twice", name=", ".join(twice)))
    rows: list[Row] = []
    refusals: list[Refusal] = []
    for number, row in enumerate(filled[1:], 1):
        if len(row) > len(columns) and any(row[len(columns) :]):
            why = Message("industry.table.too_wide", got=len(row), want=len(columns))
            refusals.append(Refusal(number, str(len(columns) + 1), why, tuple(row)))
        else:
            rows.append(Row(number, dict(zip(columns, row, strict=False))))
    return Table(columns, tuple(rows), tuple(refusals))
