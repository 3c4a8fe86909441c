# SPDX-License-Identifier: Apache-2.0
"""What stands beside the events in the ledger: the index that queries search, in the same transaction."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sichen.adapters.ledger.statements import Statements, create
from sichen.core import DataError, Message
from sichen.trace.epcis.canonical_event import identity_of, opened_body, parsed
from sichen.trace.epcis.keys import canonical_key
from sichen.trace.epcis.moments import microseconds
from sichen.trace.epcis.query.conditions import EVENTS, KEYS, NUMBERS
from sichen.trace.epcis.query.rows import COLUMNS, IndexRow, index_row
from sichen.trace.epcis.query.selecting import TABLES
from sichen.trace.ledger import Entry

KIND = "epcis"
_ASKED_AT_ONCE = 256
_INSERT = {
    EVENTS: f"INSERT INTO {EVENTS} (leaf, {', '.join(COLUMNS)}) VALUES (?{', ?' * len(COLUMNS)})",  # noqa: S608 - own names
    KEYS: f"INSERT INTO {KEYS} (name, value, leaf) VALUES (?, ?, ?)",  # noqa: S608 - own names
    NUMBERS: f"INSERT INTO {NUMBERS} (name, number, leaf) VALUES (?, ?, ?)",  # noqa: S608 - own names
}
LISTED = {
    "type": "eventTypes",
    "biz_step": "bizSteps",
    "biz_location": "bizLocations",
    "read_point": "readPoints",
    "disposition": "dispositions",
}
"""Columns whose values the interface lists, with the name of the list."""
_PLACES = tuple((COLUMNS.index(column), name) for column, name in LISTED.items())

_FURTHER = """
CREATE TABLE IF NOT EXISTS epcis_job (id {text} PRIMARY KEY, created {whole} NOT NULL, body {text} NOT NULL);
CREATE TABLE IF NOT EXISTS epcis_query (name {text} PRIMARY KEY, created {whole} NOT NULL, body {text} NOT NULL);
CREATE TABLE IF NOT EXISTS epcis_subscription (
  id {text} PRIMARY KEY, query {text} NOT NULL, body {text} NOT NULL, seen {whole} NOT NULL, notified {whole});
CREATE TABLE IF NOT EXISTS epcis_child (parent {text} NOT NULL, child {text} NOT NULL, PRIMARY KEY (parent, child));
CREATE TABLE IF NOT EXISTS epcis_attribute (
  id {text} NOT NULL, name {text} NOT NULL, value {text} NOT NULL, PRIMARY KEY (id, name, value))
"""


class Conflict(DataError):
    """Another event has the identifier already; `identifiers` names which."""

    def __init__(self, identifiers: Sequence[str]) -> None:
        super().__init__(Message("adapters.epcis.conflict", id=identifiers[0], count=len(identifiers)))
        self.identifiers = tuple(identifiers)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a process boundary."""
        return (Conflict, (self.identifiers,))


@dataclass(frozen=True)
class EventEntry(Entry):
    """An event on its way into the log, with the index row that was made of it already."""

    row: IndexRow | None = None


class EventTables:
    """The index of events: columns, keys, numbers, and the lists of values that occur."""

    kind = KIND

    def __init__(self) -> None:
        self._listed: set[tuple[str, str]] = set()

    def create(self, statements: Statements) -> None:
        """Make the tables where they are missing."""
        clustered = " WITHOUT ROWID" if statements.dialect == "sqlite" else ""
        create(statements, TABLES.replace("{clustered}", clustered) + ";" + _FURTHER)
        self._listed.clear()

    def keep(self, statements: Statements, kept: Sequence[tuple[int, Entry]]) -> None:
        """Add the rows of new events.

        Raises
        ------
        Conflict
            If another event, not an error declaration, has the identifier of one of them.
        """
        rows = [(leaf, row_of(entry)) for leaf, entry in kept]
        taken = taken_identifiers(statements, [row for _, row in rows])
        if taken:
            raise Conflict(taken)
        statements.run_many(_INSERT[EVENTS], [(leaf, *row.columns) for leaf, row in rows])
        statements.run_many(_INSERT[KEYS], [(name, value, leaf) for leaf, row in rows for name, value in row.keys])
        numbers = [(name, number, leaf) for leaf, row in rows for name, number in row.numbers]
        if numbers:
            statements.run_many(_INSERT[NUMBERS], numbers)
        self._list(statements, [row for _, row in rows])

    def forget(self, statements: Statements, leaves: Sequence[int]) -> None:
        """Delete every row of events that are being erased, and values that no other event has."""
        for table in (EVENTS, KEYS, NUMBERS):
            statements.run_many(f"DELETE FROM {table} WHERE leaf = ?", [(leaf,) for leaf in leaves])  # noqa: S608 - own names
        for column, name in LISTED.items():
            statements.run(
                f"DELETE FROM epcis_value WHERE name = ? AND value NOT IN (SELECT {column} FROM {EVENTS} WHERE {column} IS NOT NULL)",  # noqa: S608 - own names
                (name,),
            )
        self._listed.clear()

    def identity(self, body: bytes) -> bytes:
        """Return what makes two captures of an event the same."""
        return identity_of(opened_body(body)[0])

    def is_right(self, statements: Statements, leaf: int, body: bytes) -> bool:
        """Compare the rows of an event with what its body says."""
        row = row_of_body(body)
        events = statements.run(f"SELECT {', '.join(COLUMNS)} FROM {EVENTS} WHERE leaf = ?", (leaf,))  # noqa: S608 - own names
        keys = statements.run(f"SELECT name, value FROM {KEYS} WHERE leaf = ?", (leaf,))  # noqa: S608 - own names
        numbers = statements.run(f"SELECT name, number FROM {NUMBERS} WHERE leaf = ?", (leaf,))  # noqa: S608 - own names
        return events == [row.columns] and set(keys) == set(row.keys) and set(numbers) == set(row.numbers)

    def leaves_about(self, statements: Statements, subject: str) -> list[int]:
        """Return the leaves of the events that name a thing, by any of its identifiers."""
        found = statements.run(
            f"SELECT DISTINCT leaf FROM {KEYS} WHERE name IN ('epc', 'child', 'parent', 'input', 'output') AND value = ?",  # noqa: S608 - own names
            (canonical_key(subject),),
        )
        return sorted(cast("int", leaf) for (leaf,) in found)

    def _list(self, statements: Statements, rows: Sequence[IndexRow]) -> None:
        new = {
            (name, value) for place, name in _PLACES for value in {row.columns[place] for row in rows} if isinstance(value, str)
        } - self._listed
        if new:
            # Remembered only when they were there before: what this transaction adds could still be undone.
            known = set(statements.run("SELECT name, value FROM epcis_value"))
            self._listed |= {pair for pair in new if pair in known}
            missing = sorted(new - known)
            statements.run_many("INSERT INTO epcis_value (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", missing)


def row_of(entry: Entry) -> IndexRow:
    """Return the index row of an entry."""
    if isinstance(entry, EventEntry) and entry.row is not None:
        return entry.row
    return row_of_body(entry.body)


def row_of_body(body: bytes) -> IndexRow:
    """Make the index row from what the ledger keeps."""
    event, record_time = opened_body(body)
    return index_row(parsed(event), record_time=microseconds(record_time) or 0)


def taken_identifiers(statements: Statements, rows: Sequence[IndexRow]) -> list[str]:
    """Return the identifiers of new events that other events have, in the store or among themselves."""
    wanted = [str(row.columns[0]) for row in rows if row.columns[0] is not None and row.columns[-1] is None]
    taken = [name for name, count in Counter(wanted).items() if count > 1]
    for start in range(0, len(wanted), _ASKED_AT_ONCE):
        some = wanted[start : start + _ASKED_AT_ONCE]
        some += [some[-1]] * ((1 << (len(some) - 1).bit_length()) - len(some))
        found = statements.run(
            f"SELECT event_id FROM {EVENTS} WHERE event_id IN ({', '.join('?' * len(some))}) AND error_time IS NULL",  # noqa: S608 - blanks
            some,
        )
        taken += [str(name) for (name,) in found]
    return list(dict.fromkeys(taken))
