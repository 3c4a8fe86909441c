# SPDX-License-Identifier: Apache-2.0
"""Reading the tables that laboratories send: rows with their numbers, and refusals that name row and remedy."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import TYPE_CHECKING

from sichen.core import DataError, Duration, Instant, Message

if TYPE_CHECKING:
    from _csv import Reader

NO_ALIASES: Mapping[str, str] = MappingProxyType({})
WIDE_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
ODD = {"Cc", "Cf", "Co", "Cs"}
"""Kinds of character that nobody sees: two serial numbers that look the same could differ by one of them."""
EARLIEST = Duration.of_seconds(14 * 3600)
"""How much sooner than by UTC a day begins in the easternmost time zone."""
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


def decoded(content: bytes, *, name: str) -> str:
    r"""Return the text of a table as spreadsheets write it: UTF-8, UTF-16 with its mark, or the GB codes of Chinese Excel.

    Parameters
    ----------
    content : bytes
    name : str
        What the file is called, for the refusal.

    Raises
    ------
    DataError
        If it is none of these: a serial number that was misread would be certified.

    Examples
    --------
    >>> decoded("手表,天".encode("gbk"), name="days.csv")
    '手表,天'
    """
    codings = ("utf-16",) if content.startswith(WIDE_BOMS) else ("utf-8-sig", "gb18030")
    for coding in codings:
        try:
            text = content.decode(coding)
        except UnicodeDecodeError:
            continue
        if coding != "gb18030" or _is_chinese(text):
            return text
    raise DataError(Message("conformity.table.no_text", name=name))


def _is_chinese(text: str) -> bool:
    """Tell whether text read by the GB codes is what somebody wrote: accents of Western codes give rare characters."""
    foreign = [letter for letter in text if not letter.isascii()]
    usual = sum(1 for letter in foreign if letter.encode("gb2312", "ignore"))
    return 2 * usual >= len(foreign)


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
        If the heading lacks a column, names one twice, or a row has more cells than the heading or holds a character
        that nobody sees.
    """
    clean = text.lstrip("\ufeff")
    heading = next((line for line in clean.splitlines() if line.strip() and not line.startswith("#")), "")
    separator = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(clean, newline=""), delimiter=separator)
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
        _check_cells(cells, reader.line_num)
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


def _check_cells(cells: list[str], row: int) -> None:
    code = unseen("".join(cells))
    if code:
        raise DataError(Message("conformity.table.odd_character", row=row, code=code))


def unseen(text: str) -> str:
    r"""Return the code of the first character that nobody sees, or an empty text.

    Examples
    --------
    >>> unseen("A-1"), unseen("海鸥　1"), unseen("A\u200b-1")
    ('', '', 'U+200B')
    """
    letters = "" if text.isprintable() else text
    odd = (letter for letter in letters if unicodedata.category(letter) in ODD and letter not in "\t\r\n")
    return next((f"U+{ord(letter):04X}" for letter in odd), "")


def check_seen(*texts: str) -> None:
    """Refuse texts with characters that nobody sees: neither a serial number nor a name may hold them.

    Raises
    ------
    DataError
        If one does.
    """
    for text in texts:
        if unseen(text):
            shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
            raise DataError(Message("conformity.table.unseen", text=shown, code=unseen(text)))


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


def read_at(text: str, *, now: Instant) -> Instant | None:
    """Return when something was read, as a cell says.

    A date alone is the reader's own: where his day has begun before that of UTC, the reading is of now, not of a time
    to come.

    Examples
    --------
    >>> read_at("2026-11-24", now=Instant.parse("2026-11-23T22:00:00Z")).isoformat()
    '2026-11-23T22:00:00.000000000Z'
    """
    found = instant(text)
    alone = found is not None and re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None
    return now if alone and found is not None and now < found <= now + EARLIEST else found


def _check_heading(columns: tuple[str, ...], required: tuple[str, ...]) -> None:
    missing = [name for name in required if name not in columns]
    if missing:
        raise DataError(Message("conformity.table.columns", missing=", ".join(missing), got=", ".join(columns)))
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise DataError(Message("conformity.table.twice", name=", ".join(twice)))
