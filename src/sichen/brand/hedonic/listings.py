# SPDX-License-Identifier: Apache-2.0
"""Price lists: one row a watch, a price, a brand, and what the watch is by measurement or by its maker's word."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sichen.brand.sheet import Sheet, number_of, read_rows
from sichen.core import DataError, Message

F64 = NDArray[np.float64]
FIXED = ("brand", "price", "currency", "year", "watch")


@dataclass(frozen=True)
class Specification:
    """One column of the model: a number, the logarithm of one, or a level of a word column against its first level."""

    name: str
    column: str
    level: str | None = None
    logarithm: bool = False


@dataclass(frozen=True)
class Listings:
    """A price list ready for the model.

    Parameters
    ----------
    brands : tuple of str
        One a row.
    prices : ndarray of shape (rows,)
    currency : str
    specifications : tuple of Specification
    values : ndarray of shape (rows, specifications)
    watches : tuple of str
        Names of the watches, empty where the list has none: what links a row to a passport or a reading.
    """

    brands: tuple[str, ...]
    prices: F64
    currency: str
    specifications: tuple[Specification, ...]
    values: F64
    watches: tuple[str, ...]


def read_listings(text: str, *, logarithms: Sequence[str] = (), name: str = "listings") -> Listings:
    """Read a price list from CSV: ``brand``, ``price``, optionally ``currency``, ``year``, ``watch``; every other column is a specification.

    A column whose cells are all numbers counts as a number, any other as words.

    Parameters
    ----------
    text : str
    logarithms : sequence of str
        Number columns whose logarithm counts.

    Raises
    ------
    DataError
        If a price is not positive, currencies or years are mixed, or a cell is empty. The message names row and column.
    """
    sheet = read_rows(text, wanted=FIXED, needed=("brand", "price"), name=name)
    columns, rows, lines = sheet.columns, sheet.rows, sheet.lines
    for at, row in zip(lines, rows, strict=True):
        for column in columns:
            if not row[column] and column != "watch":
                raise DataError(Message("brand.hedonic.cell", row=at, column=column))
    _no_doubles(sheet)
    for column in ("currency", "year"):
        _one_only(sheet, column)
    prices = np.array([_price(row["price"], at) for at, row in zip(lines, rows, strict=True)])
    specifications, values = _model(sheet, [one for one in columns if one not in FIXED], logarithms)
    return Listings(
        tuple(row["brand"] for row in rows), prices, rows[0].get("currency", ""), specifications, values,
        tuple(row.get("watch", "") for row in rows),
    )  # fmt: skip


def _model(sheet: Sheet, columns: Sequence[str], logarithms: Sequence[str]) -> tuple[tuple[Specification, ...], F64]:
    rows = sheet.rows
    unknown = [name for name in logarithms if name not in columns]
    if unknown:
        raise DataError(Message("brand.choice.unknown_column", name=unknown[0], known=", ".join(columns)))
    found: list[Specification] = []
    values: list[list[float]] = []
    for column in columns:
        numbers = [number_of(row[column]) for row in rows]
        if all(number is not None for number in numbers):
            known = [number for number in numbers if number is not None]
            if column in logarithms:
                if min(known) <= 0:
                    raise DataError(Message("brand.hedonic.logarithm", row=sheet.lines[known.index(min(known))], column=column))
                known = [math.log(number) for number in known]
            found.append(Specification(f"log {column}" if column in logarithms else column, column, None, column in logarithms))
            values.append(known)
            continue
        if any(number is not None for number in numbers):
            odd = numbers.index(None)
            raise DataError(Message("brand.sheet.mixed", row=sheet.lines[odd], column=column, found=rows[odd][column]))
        for level in sorted({row[column] for row in rows})[1:]:
            found.append(Specification(f"{column}={level}", column, level))
            values.append([float(row[column] == level) for row in rows])
    return tuple(found), np.array(values).T.reshape(len(rows), len(found))


def _no_doubles(sheet: Sheet) -> None:
    """Refuse a named watch that stands twice in equal rows: it would make every interval narrower, and tells nothing new."""
    seen: dict[tuple[str, ...], int] = {}
    for at, row in zip(sheet.lines, sheet.rows, strict=True):
        first = seen.setdefault(tuple(row.values()), at) if row.get("watch") else at
        if first != at:
            raise DataError(Message("brand.hedonic.twice", row=at, watch=row["watch"], first=first))


def _one_only(sheet: Sheet, column: str) -> None:
    first = sheet.rows[0].get(column, "")
    for at, row in zip(sheet.lines, sheet.rows, strict=True):
        if row.get(column, "") != first:
            raise DataError(Message("brand.hedonic.mixed", row=at, column=column, found=row.get(column, ""), first=first))


def _price(text: str, row: int) -> float:
    number = number_of(text)
    if number is None or number <= 0:
        raise DataError(Message("brand.hedonic.price", row=row, found=text))
    return number
