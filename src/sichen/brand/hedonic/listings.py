# SPDX-License-Identifier: Apache-2.0
"""Price lists: one row a watch, a price, a brand, and what the watch is by measurement or by its maker's word."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sichen.core import DataError, Message, csv_source

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
    reader = csv.DictReader(csv_source(text))
    columns = [one.strip() for one in reader.fieldnames or ()]
    reader.fieldnames = columns
    for column in ("brand", "price"):
        if column not in columns:
            raise DataError(Message("brand.survey.no_column", file=name, column=column))
    rows = [{key: (value or "").strip() for key, value in row.items() if key is not None} for row in reader]
    if not rows:
        raise DataError(Message("brand.survey.empty", file=name))
    for at, row in enumerate(rows, 2):
        for column in columns:
            if not row[column] and column != "watch":
                raise DataError(Message("brand.hedonic.cell", row=at, column=column))
    for column in ("currency", "year"):
        _one_only(rows, column)
    prices = np.array([_price(row["price"], at) for at, row in enumerate(rows, 2)])
    specifications, values = _model(rows, [one for one in columns if one not in FIXED], logarithms)
    return Listings(
        tuple(row["brand"] for row in rows), prices, rows[0].get("currency", ""), specifications, values,
        tuple(row.get("watch", "") for row in rows),
    )  # fmt: skip


def _model(
    rows: Sequence[Mapping[str, str]], columns: Sequence[str], logarithms: Sequence[str]
) -> tuple[tuple[Specification, ...], F64]:
    unknown = [name for name in logarithms if name not in columns]
    if unknown:
        raise DataError(Message("brand.choice.unknown_column", name=unknown[0], known=", ".join(columns)))
    found: list[Specification] = []
    values: list[list[float]] = []
    for column in columns:
        numbers = [_number(row[column]) for row in rows]
        if all(number is not None for number in numbers):
            known = [number for number in numbers if number is not None]
            if column in logarithms:
                if min(known) <= 0:
                    raise DataError(Message("brand.hedonic.logarithm", row=known.index(min(known)) + 2, column=column))
                known = [math.log(number) for number in known]
            found.append(Specification(f"log {column}" if column in logarithms else column, column, None, column in logarithms))
            values.append(known)
            continue
        for level in sorted({row[column] for row in rows})[1:]:
            found.append(Specification(f"{column}={level}", column, level))
            values.append([float(row[column] == level) for row in rows])
    return tuple(found), np.array(values).T.reshape(len(rows), len(found))


def _one_only(rows: Sequence[Mapping[str, str]], column: str) -> None:
    first = rows[0].get(column, "")
    for at, row in enumerate(rows, 2):
        if row.get(column, "") != first:
            raise DataError(Message("brand.hedonic.mixed", row=at, column=column, found=row.get(column, ""), first=first))


def _price(text: str, row: int) -> float:
    number = _number(text)
    if number is None or number <= 0:
        raise DataError(Message("brand.hedonic.price", row=row, found=text))
    return number


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
