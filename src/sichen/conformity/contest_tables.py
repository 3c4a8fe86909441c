# SPDX-License-Identifier: Apache-2.0
"""The tables of comparison tests and of proficiency rounds: read whole, or refused with the row and the remedy."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from sichen.conformity.comparison import Contestant
from sichen.conformity.proficiency import Participant
from sichen.conformity.table import Row, decimal, read_table
from sichen.core import DataError, Message

ALIASES = {
    "品牌": "brand",
    "手表": "watch",
    "编号": "watch",
    "结果": "value",
    "数值": "value",
    "不确定度": "u",
    "价格": "price",
    "实验室": "laboratory",
    "lab": "laboratory",
}


@dataclass(frozen=True)
class Makers:
    """Which watch is of which brand, and what a brand costs."""

    brands: dict[str, str]
    prices: dict[str, float]


def read_contestants(text: str) -> tuple[Contestant, ...]:
    r"""Read the results of a comparison test.

    Parameters
    ----------
    text : str
        Columns ``brand``, ``watch``, ``value``, ``u`` and, if known, ``price``; one row a watch.

    Raises
    ------
    DataError
        If a cell is no number, a watch stands twice or a brand has two prices: the message names the row.

    Examples
    --------
    >>> rows = "brand,watch,value,u\nA,A1,1.0,0.2\nA,A2,1.4,0.2\nB,B1,-3,0.2\nB,B2,-2.5,0.2\n"
    >>> [(one.name, one.values) for one in read_contestants(rows)]
    [('A', (1.0, 1.4)), ('B', (-3.0, -2.5))]
    """
    table = read_table(text, required=("brand", "watch", "value", "u"), aliases=ALIASES)
    values: dict[str, list[tuple[float, float]]] = {}
    for row in _once(table.rows, "watch"):
        values.setdefault(_word(row, "brand"), []).append((_number(row, "value"), _positive(row, "u")))
    prices = _prices(table.rows)
    return tuple(
        Contestant(
            brand, tuple(value for value, _ in rows), math.sqrt(sum(u * u for _, u in rows) / len(rows)), prices.get(brand)
        )
        for brand, rows in values.items()
    )


def read_makers(text: str) -> Makers:
    """Read which watch is of which brand: columns ``watch``, ``brand`` and, if known, ``price``.

    Raises
    ------
    DataError
        As `read_contestants`.
    """
    table = read_table(text, required=("watch", "brand"), aliases=ALIASES)
    brands = {_word(row, "watch"): _word(row, "brand") for row in _once(table.rows, "watch")}
    return Makers(brands, _prices(table.rows))


def read_participants(text: str) -> tuple[Participant, ...]:
    r"""Read the results of a proficiency round: columns ``laboratory``, ``value``, ``u``; one row a laboratory.

    Raises
    ------
    DataError
        As `read_contestants`.

    Examples
    --------
    >>> read_participants("laboratory,value,u\nL1,4.9,0.1\n")
    (Participant(name='L1', value=4.9, u=0.1),)
    """
    table = read_table(text, required=("laboratory", "value", "u"), aliases=ALIASES)
    return tuple(
        Participant(_word(row, "laboratory"), _number(row, "value"), _positive(row, "u"))
        for row in _once(table.rows, "laboratory")
    )


def _once(rows: Iterable[Row], column: str) -> Iterable[Row]:
    seen: dict[str, int] = {}
    for row in rows:
        name = _word(row, column)
        if name in seen:
            raise DataError(Message("conformity.contest.twice", row=row.number, name=name, before=seen[name]))
        seen[name] = row.number
        yield row


def _prices(rows: Iterable[Row]) -> dict[str, float]:
    prices: dict[str, float] = {}
    for row in rows:
        if row.text("price"):
            brand, price = _word(row, "brand"), _positive(row, "price")
            if prices.setdefault(brand, price) != price:
                raise DataError(Message("conformity.contest.prices", row=row.number, name=brand))
    return prices


def _word(row: Row, column: str) -> str:
    if not row.text(column):
        raise DataError(Message("conformity.contest.empty", row=row.number, column=column))
    return row.text(column)


def _number(row: Row, column: str) -> float:
    found = decimal(row.text(column))
    if found is None:
        raise DataError(Message("conformity.contest.no_number", row=row.number, column=column, found=row.text(column) or "—"))
    return float(found)


def _positive(row: Row, column: str) -> float:
    found = _number(row, column)
    if not found > 0:
        raise DataError(Message("conformity.contest.not_positive", row=row.number, column=column, found=row.text(column)))
    return found
