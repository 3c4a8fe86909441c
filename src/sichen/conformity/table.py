# SPDX-License-Identifier: Apache-2.0
"""Reading the tables that laboratories send: rows with their numbers, and refusals that name row and remedy."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import TYPE_CHECKING

from sichen.core import DataError, Instant, Message

if TYPE_CHECKING:
    from _csv import Reader

NO_ALIASES: Mapping[str, str] = MappingProxyType({})
NUMBER = re.compile(r"[+\-−]?(\d+(\.\d*)?|\.\d+)")


@dataclass(frozen=True)
class Row:
    """One row of a table: its number in the file (the heading is row 1) and its cells by column."""

    number: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """Return a cell, or an empty text where the table has no such column."""
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Refusal:
    """Why a row, or the watch it belongs to, was refused; the message names the remedy."""

    row: int | None
    watch: str
    message: Message

    def to_json(self) -> dict[str, str | int | None]:
        """Return the refusal as plain JSON."""
        return {"row": self.row, "watch": self.watch, "reason": self.message.text("en"), "key": self.message.key}


@dataclass(frozen=True)
class Table:
    """A table as it was read: column names and rows."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...] = field(default=())


def read_table(text: str, *, required: tuple[str, ...], aliases: Mapping[str, str] = NO_ALIASES) -> Table:
    """Read comma, semicolon or tab separated text with a heading.

    Parameters
    ----------
    text : str
        May begin with a byte-order mark; empty lines and lines that begin with # are skipped.
    required : tuple of str
        Columns that must be there.
    aliases : mapping of str to str
        Other names of columns, in lower case, and what they are called here.

    Raises
    ------
    DataError
        If the heading lacks a column, names one twice, or a row has more cells than the heading.
    """
    clean = text.lstrip("\ufeff")
    heading = next((line for line in clean.splitlines() if line.strip() and not line.startswith("#")), "")
    separator = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(clean), delimiter=separator)
    columns: tuple[str, ...] = ()
    rows: list[Row] = []
    for cells in _cells(reader):
        if not any(cell.strip() for cell in cells) or cells[0].startswith("#"):
            continue
        if not columns:
            columns = tuple(aliases.get(name, name) for name in (cell.strip().lower() for cell in cells))
            _check_heading(columns, required)
            continue
        if len(cells) > len(columns):
            raise DataError(Message("conformity.table.too_wide", row=reader.line_num, got=len(cells), want=len(columns)))
        rows.append(Row(reader.line_num, dict(zip(columns, (cell.strip() for cell in cells), strict=False))))
    if not columns:
        raise DataError(Message("conformity.table.columns", missing=", ".join(required), got="—"))
    return Table(columns, tuple(rows))


def _cells(reader: "Reader") -> Iterator[list[str]]:
    """Yield the rows of a reader; what it cannot read is an error of ours."""
    try:
        yield from reader
    except csv.Error as error:
        raise DataError(Message("conformity.table.damaged", row=reader.line_num, why=str(error))) from error


def decimal(text: str) -> Decimal | None:
    """Return the exact decimal that a cell holds, or None when it holds none.

    Examples
    --------
    >>> decimal("−4.70"), decimal("stopped")
    (Decimal('-4.70'), None)
    """
    if NUMBER.fullmatch(text) is None:
        return None
    try:
        return Decimal(text.replace("−", "-"))
    except InvalidOperation:
        return None


def instant(text: str, *, end_of_day: bool = False) -> Instant | None:
    """Return the instant that a cell holds: a date, or a full instant; None when it holds neither.

    Parameters
    ----------
    text : str
    end_of_day : bool
        A date alone means its last second rather than its first: for validity, which includes the day.
    """
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = datetime.fromisoformat(text).replace(tzinfo=UTC)
            return Instant((int(day.timestamp()) + (86_399 if end_of_day else 0)) * 10**9)
        return Instant.parse(text)
    except (ValueError, DataError):
        return None


def _check_heading(columns: tuple[str, ...], required: tuple[str, ...]) -> None:
    missing = [name for name in required if name not in columns]
    if missing:
        raise DataError(Message("conformity.table.columns", missing=", ".join(missing), got=", ".join(columns)))
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise DataError(Message("conformity.table.twice", name=", ".join(twice)))
