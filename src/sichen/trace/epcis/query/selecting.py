# SPDX-License-Identifier: Apache-2.0
"""A query as one SQL statement over the index, or as a judge of single rows; both say the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sichen.trace.epcis.query.conditions import EVENTS, KEYS, NUMBERS, Blank, Dialect
from sichen.trace.epcis.query.paging import Position
from sichen.trace.epcis.query.parameters import Query
from sichen.trace.epcis.query.rows import COLUMNS, IndexRow


@dataclass(frozen=True)
class Selection:
    """A statement with its values; it returns leaf and order value."""

    statement: str
    values: tuple[Blank, ...]


def fits(query: Query, row: IndexRow) -> bool:
    """Tell whether an event is among the answers of a query."""
    return all(condition.holds(row) for condition in query.conditions)


def select(query: Query, *, position: Position, count: int, dialect: Dialect, since: int = -1) -> Selection:
    """Compile a query into SQL.

    Parameters
    ----------
    query : Query
    position : Position
        Where the page begins.
    count : int
        Most rows.
    dialect : {"sqlite", "postgresql"}
    since : int
        Only events behind this leaf.

    Returns
    -------
    Selection
    """
    if query.order in COLUMNS:
        return _by_column(query, position=position, count=count, dialect=dialect, since=since)
    order = _order(query.order)
    texts, values = [f"e.leaf < {position.until} AND e.leaf > {since}"], list(order.values)
    for condition in query.conditions:
        text, more = condition.sql(dialect)
        texts.append(text)
        values += more
    after = _after(query, position)
    where = " AND ".join(f"({text})" for text in texts)
    way = "DESC" if query.descending else "ASC"
    statement = (
        f"SELECT leaf, ordered FROM (SELECT e.leaf AS leaf, {order.statement} AS ordered FROM {EVENTS} e WHERE {where}) q"  # noqa: S608 - all values are blanks
        f"{after.statement} ORDER BY (ordered IS NULL), ordered {way}, leaf {way} LIMIT {count}"
    )
    return Selection(statement, (*values, *after.values))


def _by_column(query: Query, *, position: Position, count: int, dialect: Dialect, since: int) -> Selection:
    """Compile a query that is ordered by a time, which every event has, so that the index gives the order."""
    texts = [f"e.leaf < {position.until} AND e.leaf > {since}"]
    values: list[Blank] = []
    for condition in query.conditions:
        text, more = condition.sql(dialect)
        texts.append(text)
        values += more
    way, sign = ("DESC", "<") if query.descending else ("ASC", ">")
    if position.after:
        texts.append(f"(e.{query.order}, e.leaf) {sign} (?, ?)")
        values += position.after
    where = " AND ".join(f"({text})" for text in texts)
    statement = (
        f"SELECT e.leaf, e.{query.order} FROM {EVENTS} e WHERE {where}"  # noqa: S608 - all values are blanks
        f" ORDER BY e.{query.order} {way}, e.leaf {way} LIMIT {count}"
    )
    return Selection(statement, tuple(values))


def counted(query: Query, *, until: int, most: int, dialect: Dialect) -> Selection:
    """Compile the question whether there are more than `most` answers; returns how many, `most` + 1 at the most."""
    texts = [f"e.leaf < {until}"]
    values: list[Blank] = []
    for condition in query.conditions:
        text, more = condition.sql(dialect)
        texts.append(text)
        values += more
    where = " AND ".join(f"({text})" for text in texts)
    inner = f"SELECT e.leaf FROM {EVENTS} e WHERE {where} LIMIT {most + 1}"  # noqa: S608 - all values are blanks
    return Selection(f"SELECT count(*) FROM ({inner}) q", tuple(values))  # noqa: S608 - all values are blanks


def ordered(query: Query, rows: Iterable[tuple[int, IndexRow]]) -> Sequence[tuple[int, IndexRow]]:
    """Return those of some rows that are answers, in the order of the query."""
    found = [(leaf, row) for leaf, row in rows if fits(query, row)]
    with_value = [(one, value) for one in found if (value := order_value(query, one[1])) is not None]
    without = [one for one in found if order_value(query, one[1]) is None]
    with_value.sort(key=lambda pair: (pair[1], pair[0][0]), reverse=query.descending)
    without.sort(key=lambda one: one[0], reverse=query.descending)
    return [one for one, _ in with_value] + without


def order_value(query: Query, row: IndexRow) -> str | float | None:
    """Return what an event is ordered by: a time, or the smallest number of an extension."""
    if query.order in COLUMNS:
        return row.column(query.order)
    return min((number for name, number in row.numbers if name in {query.order, f"{query.order}@"}), default=None)


def _order(name: str) -> Selection:
    return Selection(f"(SELECT min(o.number) FROM {NUMBERS} o WHERE o.leaf = e.leaf AND o.name IN (?, ?))", (name, f"{name}@"))  # noqa: S608 - blanks


def _after(query: Query, position: Position) -> Selection:
    """Say what comes after the last event of the page before; events without an order value come last."""
    if not position.after:
        return Selection("", ())
    value, leaf = position.after
    sign = "<" if query.descending else ">"
    if value is None:
        return Selection(f" WHERE ordered IS NULL AND leaf {sign} ?", (leaf,))
    text = f" WHERE ordered IS NULL OR ordered {sign} ? OR (ordered = ? AND leaf {sign} ?)"
    return Selection(text, (value, value, leaf))


TABLES = f"""
CREATE TABLE IF NOT EXISTS {EVENTS} (
  leaf {{whole}} PRIMARY KEY,
  event_id {{text}},
  type {{text}} NOT NULL,
  event_time {{whole}},
  record_time {{whole}} NOT NULL,
  action {{text}},
  biz_step {{text}},
  disposition {{text}},
  read_point {{text}},
  biz_location {{text}},
  transformation_id {{text}},
  error_time {{whole}}
);
CREATE TABLE IF NOT EXISTS {KEYS} (
  name {{text}} NOT NULL,
  value {{text}} NOT NULL,
  leaf {{whole}} NOT NULL,
  PRIMARY KEY (name, value, leaf)
){{clustered}};
CREATE TABLE IF NOT EXISTS {NUMBERS} (
  name {{text}} NOT NULL,
  number {{real}} NOT NULL,
  leaf {{whole}} NOT NULL,
  PRIMARY KEY (name, number, leaf)
){{clustered}};
CREATE TABLE IF NOT EXISTS epcis_value (
  name {{text}} NOT NULL,
  value {{text}} NOT NULL,
  PRIMARY KEY (name, value)
){{clustered}};
CREATE INDEX IF NOT EXISTS epcis_event_by_id ON {EVENTS} (event_id);
CREATE INDEX IF NOT EXISTS epcis_event_by_time ON {EVENTS} (event_time);
CREATE INDEX IF NOT EXISTS epcis_event_by_record ON {EVENTS} (record_time)
"""
"""The tables of the index; ``clustered`` is ``WITHOUT ROWID`` where a database has it."""
