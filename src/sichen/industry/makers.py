# SPDX-License-Identifier: Apache-2.0
"""Makers of finished clocks and watches: which have a brand strategy, and what their brands are worth together.

What a maker says of itself is a cell of a table; what its own records say (a strategy judged by published rules, a value
computed from sourced inputs) stands above the cell, and where the two differ that is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sichen.core import JSON, DataError, Message
from sichen.industry.brands import NO, UNKNOWN, YES
from sichen.industry.shares import Share, share_of
from sichen.industry.tables import Refusal, Row, Table
from sichen.industry.values import read_value

TARGET = 0.30
"""Share of makers that the policy wants to have and follow a brand strategy by 2020."""
ALIASES = {
    "企业": "maker",
    "企业名称": "maker",
    "生产企业": "maker",
    "品牌": "brand",
    "品牌战略": "strategy",
    "品牌价值": "value",
    "币种": "currency",
    "年份": "year",
    "来源": "source",
    "firm": "maker",
    "company": "maker",
    "brand_strategy": "strategy",
    "brand_value": "value",
}
"""Other names of the columns of a table of makers."""


@dataclass(frozen=True)
class Worth:
    """A brand's value with its interval of 90 %, in millions of a currency; without an interval it is a stated figure."""

    value: float
    low: float | None
    high: float | None
    currency: str
    year: str


@dataclass(frozen=True)
class Records:
    """What the records of a brand say: whether its strategy counts, what it is worth, and which records say so."""

    strategy: bool | None = None
    worth: Worth | None = None
    behind: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Maker:
    """A maker of finished clocks or watches.

    Parameters
    ----------
    name, brand : str
    strategy : bool or None
        Whether it has and follows a written brand strategy; None when nobody knows.
    worth : Worth or None
    row : int
        Of the table.
    behind : tuple of (str, str)
        Roles and digests of the records that replaced its cells.
    differs : tuple of str
        Columns whose cell says another thing than the records.
    """

    name: str
    brand: str
    strategy: bool | None
    worth: Worth | None
    row: int
    behind: tuple[tuple[str, str], ...] = ()
    differs: tuple[str, ...] = ()

    def told_by(self, records: Records) -> "Maker":
        """Return the maker with what its records say in place of the cells."""
        strategy = self.strategy if records.strategy is None else records.strategy
        worth = self.worth if records.worth is None else records.worth
        said = (("strategy", self.strategy, strategy), ("value", self.worth, worth))
        differs = tuple(name for name, cell, now in said if cell is not None and cell != now)
        return replace(self, strategy=strategy, worth=worth, behind=records.behind, differs=differs)


@dataclass(frozen=True)
class Makers:
    """The answer: who has a strategy, and what the brands with a value are worth together.

    Parameters
    ----------
    makers : tuple of Maker
    strategy : Share
    total : Worth or None
        Sum of the brand values; None when no brand has one.
    valued : int
        How many brands have a value.
    """

    makers: tuple[Maker, ...]
    strategy: Share
    total: Worth | None
    valued: int

    @property
    def state(self) -> str:
        """Whether the policy's share is reached: "met", "failed" or "unknown"."""
        return self.strategy.against(TARGET)

    def to_json(self) -> dict[str, JSON]:
        """Return the answer as plain JSON; the share is a figure with its uncertainty where somebody answered."""
        rows: list[JSON] = [
            {
                "maker": one.name,
                "brand": one.brand,
                "row": one.row,
                "strategy": one.strategy,
                "value": None if one.worth is None else one.worth.value,
                "differs": list(one.differs),
                "records": dict(one.behind),
            }
            for one in self.makers
        ]
        total: JSON = None
        if self.total is not None:
            total = {**vars(self.total), "scale": 1_000_000, "level": 0.9, "brands": self.valued}
        share = self.strategy.to_json()
        return {"target": TARGET, "state": self.state, "strategy_share": share, "brand_value": total, "makers": rows}


def read_makers(table: Table) -> tuple[tuple[Maker, ...], tuple[Refusal, ...]]:
    """Read makers from a table with the columns maker and brand, and strategy, value, low, high, currency, year where known.

    Parameters
    ----------
    table : Table
        Values are millions of the currency.

    Returns
    -------
    makers, refusals
        A row that cannot be read, or names a maker a second time, is refused; the others stand.

    Raises
    ------
    DataError
        If a column is missing.
    """
    named = table.renamed(ALIASES)
    named.require("maker", "brand")
    found: dict[str, Maker] = {}
    refusals = list(named.refusals)
    for row in named.rows:
        try:
            maker = _maker(row, found)
        except DataError as error:
            column = str(dict(error.message.values).get("column", ""))
            refusals.append(Refusal(row.number, column, error.message, tuple(row.cells.values())))
        else:
            found[maker.name] = maker
    return tuple(found.values()), tuple(refusals)


def answer_makers(makers: Sequence[Maker], evidence: Mapping[str, Records] | None = None) -> Makers:
    """Count strategies and add brand values; records of a brand stand above its cells.

    Parameters
    ----------
    makers : sequence of Maker
    evidence : mapping of str to Records, optional
        By brand.

    Raises
    ------
    DataError
        If there are no makers, or their brand values are of several currencies or years.

    Examples
    --------
    >>> answer_makers([Maker("A", "a", True, None, 1), Maker("B", "b", None, None, 2)]).strategy.unanswered
    1
    """
    if not makers:
        raise DataError(Message("industry.makers.none"))
    told = tuple(one.told_by((evidence or {}).get(one.brand, Records())) for one in makers)
    states = [one.strategy for one in told]
    share = share_of(yes=states.count(True), no=states.count(False), unanswered=states.count(None))
    worths = [one.worth for one in told if one.worth is not None]
    return Makers(told, share, _sum(worths), len(worths))


def _sum(worths: Sequence[Worth]) -> Worth | None:
    """Add brand values: their errors are taken as independent, and a stated figure without an interval leaves the sum without."""
    if not worths:
        return None
    bases = sorted({f"{one.currency} {one.year}" for one in worths})
    if len(bases) > 1:
        raise DataError(Message("industry.makers.mixed", found=", ".join(bases)))
    total = sum(one.value for one in worths)
    if any(one.low is None or one.high is None for one in worths):
        return replace(worths[0], value=total, low=None, high=None)
    below = sum((one.value - (one.low or 0)) ** 2 for one in worths) ** 0.5
    above = sum(((one.high or 0) - one.value) ** 2 for one in worths) ** 0.5
    return replace(worths[0], value=total, low=total - below, high=total + above)


def _maker(row: Row, before: Mapping[str, Maker]) -> Maker:
    name = row.text("maker")
    if name in before:
        raise DataError(Message("industry.makers.twice", maker=name, first=before[name].row, column="maker"))
    if not name:
        raise DataError(Message("industry.makers.unnamed", column="maker"))
    return Maker(name, row.text("brand"), _yes(row), _worth(row), row.number)


def _yes(row: Row) -> bool | None:
    text = row.text("strategy").strip().casefold()
    if text in UNKNOWN:
        return None
    if text not in YES | NO:
        raise DataError(Message("industry.brand.yes_or_no", field="strategy", text=text, column="strategy"))
    return text in YES


def _worth(row: Row) -> Worth | None:
    cells = [_amount(row, column) for column in ("value", "low", "high")]
    value, low, high = cells
    if value is None:
        return None
    if not row.text("currency") or not row.text("year"):
        raise DataError(Message("industry.makers.bare_value", column="currency" if not row.text("currency") else "year"))
    if (low is not None and low > value) or (high is not None and high < value):
        raise DataError(Message("industry.makers.interval", column="low"))
    return Worth(value, low, high, row.text("currency"), row.text("year"))


def _amount(row: Row, column: str) -> float | None:
    text = row.text(column).strip()
    if text.casefold() in UNKNOWN:
        return None
    found = read_value(text)
    if found.kind != "number" or found.numbers[0] < 0:
        raise DataError(Message("industry.makers.amount", text=text, column=column))
    return found.numbers[0]
