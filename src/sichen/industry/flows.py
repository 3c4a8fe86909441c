# SPDX-License-Identifier: Apache-2.0
"""The supply chain as flows: suppliers, movement makers, brands, channels; who depends on whom, and on imports."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sichen.core import JSON, DataError, Message
from sichen.industry.amounts import read_amount
from sichen.industry.tables import Refusal, Row, Table

ALIASES = {
    "source_node": "from",
    "supplier": "from",
    "seller": "from",
    "供应商": "from",
    "供方": "from",
    "卖方": "from",
    "target": "to",
    "customer": "to",
    "buyer": "to",
    "需方": "to",
    "客户": "to",
    "买方": "to",
    "数值": "value",
    "金额": "value",
    "数量": "value",
    "amount": "value",
    "单位": "unit",
    "年份": "year",
    "年度": "year",
    "来源": "source",
    "source_url": "source",
    "产地": "origin",
    "国别": "origin",
    "country": "origin",
    "环节": "stage",
}
DOMESTIC = {"", "cn", "china", "中国", "国产", "domestic"}
COLUMNS = ("from", "to", "value", "unit", "year", "source")
SAME = ("unit", "year")
NEAR = 1e-9


@dataclass(frozen=True)
class Delivery:
    """One flow: from whom to whom, how much, where it was made."""

    giver: str
    taker: str
    amount: float
    origin: str
    source: str
    row: int

    @property
    def imported(self) -> bool:
        """Whether what is delivered was made abroad."""
        return self.origin.strip().casefold() not in DOMESTIC


@dataclass(frozen=True)
class Dependence:
    """How a taker depends on those who deliver to it.

    Parameters
    ----------
    name : str
    amount : float
        All that it takes.
    suppliers : int
    largest : str
    largest_percent, hhi, import_percent : float
    rows : tuple of int
    """

    name: str
    amount: float
    suppliers: int
    largest: str
    largest_percent: float
    hhi: float
    import_percent: float
    rows: tuple[int, ...]

    @property
    def single(self) -> bool:
        """Whether there is one supplier only."""
        return self.suppliers == 1

    def to_json(self) -> dict[str, JSON]:
        """Return the dependence as plain JSON."""
        return {**vars(self), "rows": list(self.rows), "single_source": self.single}


@dataclass(frozen=True)
class Chain:
    """A supply chain of one year and unit.

    Parameters
    ----------
    deliveries : tuple of Delivery
    stages : tuple of tuple of str
        Names by stage, from those who only give to those who only take.
    unit, year : str
    refusals : tuple of Refusal
    """

    deliveries: tuple[Delivery, ...]
    stages: tuple[tuple[str, ...], ...]
    unit: str
    year: str
    refusals: tuple[Refusal, ...] = ()

    def taken(self, name: str) -> float:
        """Return all that a name takes."""
        return sum(one.amount for one in self.deliveries if one.taker == name)

    def given(self, name: str) -> float:
        """Return all that a name gives."""
        return sum(one.amount for one in self.deliveries if one.giver == name)

    @property
    def entering(self) -> float:
        """All that those give who take from nobody."""
        return sum(self.given(name) - self.taken(name) for name in self.names if not self.taken(name))

    @property
    def leaving(self) -> float:
        """All that those take who give to nobody."""
        return sum(self.taken(name) for name in self.names if not self.given(name))

    @property
    def added(self) -> float:
        """What those between give more than they take: their own value, or their stock."""
        return sum(self.given(name) - self.taken(name) for name in self.names if self.given(name) and self.taken(name))

    @property
    def names(self) -> tuple[str, ...]:
        """Everybody, by stage."""
        return tuple(name for stage in self.stages for name in stage)

    def to_json(self) -> dict[str, JSON]:
        """Return flows, stages, balance and dependence as plain JSON."""
        return {
            "unit": self.unit,
            "year": self.year,
            "entering": self.entering,
            "added": self.added,
            "leaving": self.leaving,
            "stages": [list(stage) for stage in self.stages],
            "flows": [
                {
                    "from": one.giver,
                    "to": one.taker,
                    "value": one.amount,
                    "origin": one.origin,
                    "source": one.source,
                    "row": one.row,
                }
                for one in self.deliveries
            ],
            "dependence": [one.to_json() for one in dependences(self)],
        }


def read_chain(table: Table) -> Chain:
    """Read a supply chain from a table of flows.

    Parameters
    ----------
    table : Table
        Columns from, to, value, unit, year, source and, where known, origin (country it was made in); read with `ALIASES`.

    Returns
    -------
    Chain
        A row without a source, with another unit or year than most, with text or less than nothing in its value, of somebody
        to himself, or said before, is refused; the others are kept.

    Raises
    ------
    DataError
        If a column is missing, nothing is left, or goods go round in a circle.
    """
    table.require(*COLUMNS)
    usual = {name: _most(row.text(name) for row in table.rows) for name in SAME}
    refusals = list(table.refusals)
    found: dict[tuple[str, str, str], Delivery] = {}
    for row in table.rows:
        problem = _problem(row, usual)
        key = (row.text("from"), row.text("to"), row.text("origin"))
        if problem is None and key in found:
            problem = ("from", Message("industry.structure.twice", name=" → ".join(key[:2])))
        if problem is None:
            amount = read_amount(row.text("value")) or 0.0
            found[key] = Delivery(key[0], key[1], amount, key[2], row.text("source"), row.number)
        else:
            refusals.append(Refusal(row.number, problem[0], problem[1], tuple(row.cells.values())))
    if not found:
        raise DataError(Message("industry.flows.nothing"))
    deliveries = tuple(found.values())
    return Chain(
        deliveries, _stages(deliveries), usual["unit"], usual["year"], tuple(sorted(refusals, key=lambda one: one.row))
    )


def dependences(chain: Chain) -> tuple[Dependence, ...]:
    r"""Return how everybody who takes depends on suppliers, the most concentrated first.

    Examples
    --------
    >>> from sichen.industry.tables import read_table
    >>> rows = "from,to,value,unit,year,source,origin\nA,X,30,m CNY,2024,s,CN\nB,X,10,m CNY,2024,s,CH\n"
    >>> [(one.hhi, one.import_percent) for one in dependences(read_chain(read_table(rows)))]
    [(6250.0, 25.0)]
    """
    by_taker: dict[str, list[Delivery]] = defaultdict(list)
    for one in chain.deliveries:
        by_taker[one.taker].append(one)
    return tuple(sorted((_dependence(name, taken) for name, taken in by_taker.items()), key=lambda one: (-one.hhi, one.name)))


def _dependence(name: str, taken: Sequence[Delivery]) -> Dependence:
    total = sum(one.amount for one in taken)
    by_giver: Counter[str] = Counter()
    for one in taken:
        by_giver[one.giver] += one.amount  # type: ignore[assignment]
    largest, most = max(by_giver.items(), key=lambda pair: (pair[1], pair[0]))
    abroad = sum(one.amount for one in taken if one.imported)
    return Dependence(
        name,
        total,
        len(by_giver),
        largest,
        100 * most / total,
        sum((100 * amount / total) ** 2 for amount in by_giver.values()),
        100 * abroad / total,
        tuple(one.row for one in taken),
    )


def _problem(row: Row, usual: Mapping[str, str]) -> tuple[str, Message] | None:
    for name in ("from", "to", "source"):
        if not row.text(name):
            return name, Message("industry.registry.empty", column=name)
    amount = read_amount(row.text("value"))
    if amount is None or amount <= NEAR:
        return "value", Message("industry.flows.amount", text=row.text("value"))
    for name in SAME:
        if row.text(name) != usual[name]:
            return name, Message("industry.table.unlike", column=name, got=row.text(name) or "—", usual=usual[name] or "—")
    if row.text("from") == row.text("to"):
        return "to", Message("industry.flows.self", name=row.text("to"))
    return None


def _stages(deliveries: Sequence[Delivery]) -> tuple[tuple[str, ...], ...]:
    """Put everybody one stage behind the last of those who deliver to him."""
    givers: dict[str, set[str]] = defaultdict(set)
    for one in deliveries:
        givers[one.taker].add(one.giver)
        givers[one.giver].update()
    places: dict[str, int] = {}
    left = list(givers)
    while left:
        ready = [name for name in left if givers[name] <= places.keys()]
        if not ready:
            raise DataError(Message("industry.flows.circle", names=", ".join(sorted(left)[:6])))
        for name in ready:
            places[name] = max((places[giver] + 1 for giver in givers[name]), default=0)
        left = [name for name in left if name not in places]
    size = max(places.values()) + 1
    return tuple(tuple(sorted(name for name, place in places.items() if place == k)) for k in range(size))


def _most(texts: Iterable[str]) -> str:
    found = Counter(texts).most_common(1)
    return found[0][0] if found else ""
