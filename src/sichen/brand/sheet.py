# SPDX-License-Identifier: Apache-2.0
"""Tables as people send them: every row with its number in the spreadsheet, no cell lost, shifted or overwritten in silence."""

import csv
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sichen.core import DataError, Message, csv_source

SIGNS = (",", "\t", ";")


@dataclass(frozen=True)
class Sheet:
    """A table with a heading.

    Parameters
    ----------
    columns : tuple of str
    rows : tuple of mapping of str to str
        Cells without the spaces around them; rows without any cell are left out.
    lines : tuple of int
        Number of each row as a spreadsheet counts it; the heading is 1.
    """

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    lines: tuple[int, ...]


def read_rows(text: str, *, wanted: Sequence[str] = (), needed: Sequence[str] = (), name: str = "table") -> Sheet:
    r"""Read a table whose cells are parted by commas, tabs or semicolons.

    Parameters
    ----------
    text : str
    wanted : sequence of str
        Columns that may also stand under their Chinese names, see ``data/columns.toml``.
    needed : sequence of str
        Columns that must be there; they may have a Chinese name too.
    name : str
        What errors call the file.

    Raises
    ------
    DataError
        If a needed column is missing, a column stands twice, a row has more or fewer cells than the heading, or there is none.

    Examples
    --------
    >>> read_rows("品牌;售价\nA;5\n\nB;7\n", needed=["brand", "price"]).lines
    (2, 4)
    """
    source = csv_source(text)
    heading = text.lstrip("\ufeff").partition("\n")[0]
    cells = list(csv.reader(source, delimiter=max(SIGNS, key=heading.count)))
    columns = _called([cell.strip() for cell in cells[0]] if cells else [], (*wanted, *needed))
    for column in needed:
        if column not in columns:
            raise DataError(Message("brand.survey.no_column", file=name, column=column))
    twice = [column for column in columns if column and columns.count(column) > 1]
    if twice:
        raise DataError(Message("brand.sheet.twice", file=name, column=twice[0]))
    rows, lines = [], []
    for line, row in enumerate(cells[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) < len(columns) or any(cell.strip() for cell in row[len(columns) :]):
            raise DataError(Message("brand.sheet.width", row=line, found=len(row), wanted=len(columns)))
        rows.append({column: cell.strip() for column, cell in zip(columns, row, strict=False) if column})
        lines.append(line)
    if not rows:
        raise DataError(Message("brand.survey.empty", file=name))
    return Sheet(tuple(column for column in columns if column), tuple(rows), tuple(lines))


def number_of(text: str) -> float | None:
    """Return the finite number that a cell says, None where it says none.

    Examples
    --------
    >>> number_of("１２.5"), number_of("1_000"), number_of("1,000"), number_of("nan"), number_of("30%")
    (12.5, None, None, None, None)
    """
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    text = resources.files("sichen.brand").joinpath("data/columns.toml").read_text(encoding="utf-8")
    return {column: tuple(names) for column, names in tomllib.loads(text).items()}


def _called(heading: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Give columns with a Chinese name the one they are asked for by, unless a column has that one already."""
    other = {name: column for column in wanted if column not in heading for name in _names().get(column, ())}
    return [other.get("".join(cell.lower().split()), cell) for cell in heading]
