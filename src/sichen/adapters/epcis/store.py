# SPDX-License-Identifier: Apache-2.0
"""The event store: events go into the ledger and are found by its index."""

import os
import secrets
import uuid
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, cast

from sichen.adapters.clock import now
from sichen.adapters.epcis.master_data import StoredMasterData
from sichen.adapters.epcis.tables import KIND, Conflict, EventEntry, EventTables, taken_identifiers
from sichen.adapters.ledger.opening import HouseLedger
from sichen.adapters.ledger.statements import Statements
from sichen.adapters.ledger.writer import Answer
from sichen.core import DataError, Message, NotFound
from sichen.trace.epcis import Clock, Document, Table, Value, check_document, event_hash, microseconds_text, self_contained
from sichen.trace.epcis.canonical_event import canonical_event, identity_of, opened_body, parsed, sealed_body
from sichen.trace.epcis.event import is_plain
from sichen.trace.epcis.query.conditions import KEYS
from sichen.trace.epcis.query.paging import LIFETIME, BadToken, Position, read_token, write_token
from sichen.trace.epcis.query.parameters import Query, read_query
from sichen.trace.epcis.query.rows import index_row
from sichen.trace.epcis.query.selecting import counted, select
from sichen.trace.epcis.rules import check_identifiers
from sichen.trace.epcis.validation import is_right
from sichen.trace.ledger.commitment import SALT_SIZE

_NAMESPACE = uuid.UUID("6f0a0ad2-6d4c-5c0e-9d3c-0b8f6d3a9a11")
_ROLES = "('child', 'epc', 'input', 'output', 'parent')"


class TooManyEvents(DataError):
    """The answer has more events than the query allows."""


class Captured(NamedTuple):
    """What became of one event.

    Parameters
    ----------
    leaf : int
        Where it stands in the ledger.
    event_id : str
        Its identifier, given or computed.
    new : bool
        False where the store had the same event already.
    """

    leaf: int
    event_id: str
    new: bool


@dataclass(frozen=True)
class Page:
    """One page of an answer.

    Parameters
    ----------
    events : tuple of mapping
        Self-contained, each with its ``recordTime``.
    token : str
        Of the next page; empty on the last one.
    expires : int
        Until when the token holds, seconds since 1970.
    last : int
        The largest leaf that was looked at.
    """

    events: tuple[Table, ...]
    token: str = ""
    expires: int = 0
    last: int = -1


@dataclass(frozen=True)
class Names:
    """One page of a list of names, such as the business steps that occur."""

    members: tuple[str, ...]
    token: str = ""
    expires: int = 0


class Salts:
    """Random salts, asked of the system a hundred at a time: asking takes longer than the commitment that one is for."""

    def __init__(self) -> None:
        self._kept: deque[bytes] = deque()
        self._process = os.getpid()

    def take(self) -> bytes:
        """Return a salt that nobody else gets, from any thread."""
        if self._process != os.getpid():  # a forked process has a copy of what its parent will use
            self._kept, self._process = deque(), os.getpid()
        try:
            return self._kept.pop()
        except IndexError:
            drawn = secrets.token_bytes(SALT_SIZE * 128)
            self._kept.extend(drawn[start : start + SALT_SIZE] for start in range(SALT_SIZE, len(drawn), SALT_SIZE))
            return drawn[:SALT_SIZE]


class EventStore:
    """Events in a ledger; use it in a ``with`` block.

    Parameters
    ----------
    folder : Path
        Of the ledger.
    database : str, optional
        URL of a PostgreSQL server; a SQLite file in the folder by default.

    Raises
    ------
    SourceError
        If the database cannot be opened.
    """

    def __init__(self, folder: Path, *, database: str | None = None) -> None:
        self.ledger = HouseLedger(folder, database=database, tables=(EventTables(),))
        self.master = StoredMasterData(self.ledger)
        self._secret = secrets.token_bytes(32)
        self._salts = Salts()
        self._revoked: dict[str, int] = {}

    def capture(self, events: Sequence[Table], *, prefixes: Mapping[str, str] | None = None) -> list[Captured]:
        """Keep events that were judged, all or none, and return when they are on the disk under a signed checkpoint.

        Parameters
        ----------
        events : sequence of mapping
            An event without identifier gets its event hash ID.
        prefixes : mapping of str to str, optional
            What their document declared.

        Returns
        -------
        list of Captured
            In the same order. An event that the store has already is not kept twice.

        Raises
        ------
        Conflict
            If another event has the identifier of one of them; then none is kept.
        DataError
            If one cannot be kept exactly.
        """
        moment = now().ns // 1000
        entries = self._entries(events, prefixes or {}, moment, most=len(events))
        return self._keep(entries, events, moment)

    def submit(self, event: Table, answer: Answer, *, prefixes: Mapping[str, str]) -> EventEntry:
        """Hand one event that was judged to the writer and return at once; `answer` ends as `capture` would.

        Parameters
        ----------
        event : mapping
        answer : Answer
            A `Conflict` means that the identifier is taken: `capture` then finds another one, if it was not given.
        prefixes : mapping of str to str
            What its document declared.

        Returns
        -------
        EventEntry
            As it is kept when the answer says that it is new.

        Raises
        ------
        DataError
            If it cannot be kept exactly.
        """
        moment = now().ns // 1000
        entry = self._entry(event, prefixes, moment, microseconds_text(moment))
        self.ledger.writer.hand_in((entry,), answer)
        return entry

    def admit(self, document: Document, *, clock: Clock | None = None) -> list[Captured]:
        """Judge the events of a document and keep them as `capture` does, each in one go while it is at hand.

        Judging all of a large document first and returning to each event later takes a fifth longer: by then the processor
        has forgotten it.

        Parameters
        ----------
        document : Document
        clock : Clock, optional
            Without one, times in the future are let pass.

        Raises
        ------
        InvalidDocument
            If anything is wrong; with every fault found. Then none is kept.
        Conflict
            As `capture`.
        DataError
            As `capture`.
        """
        moment = now().ns // 1000
        right = (event for event in document.events if is_right(event, clock=clock, form=document.form))
        try:
            entries = self._entries(right, document.prefixes, moment, most=len(document.events))
        except DataError:
            check_document(document, clock=clock)  # what breaks a rule is told before what cannot be written
            raise
        if len(entries) < len(document.events) or any(check_identifiers(document.events)):
            check_document(document, clock=clock)
        return self._keep(entries, document.events, moment)

    def _entries(self, events: Iterable[Table], prefixes: Mapping[str, str], moment: int, *, most: int) -> list[EventEntry]:
        written = microseconds_text(moment)
        # One question to the system for the salts of all: each takes longer than the commitment that it is for.
        salts = secrets.token_bytes(SALT_SIZE * most)
        return [
            self._entry(event, prefixes, moment, written, salt=salts[place * SALT_SIZE : (place + 1) * SALT_SIZE])
            for place, event in enumerate(events)
        ]

    def _keep(self, entries: list[EventEntry], events: Sequence[Table], moment: int) -> list[Captured]:
        try:
            receipt = self.ledger.writer.append(entries)
        except Conflict as error:
            entries = [
                self._renamed(entry, event, error.identifiers, moment) for entry, event in zip(entries, events, strict=True)
            ]
            receipt = self.ledger.writer.append(entries)
        found = zip(receipt.leaves, entries, receipt.new, strict=True)
        return [Captured(leaf, str(entry.row.columns[0] if entry.row else ""), new) for leaf, entry, new in found]

    def conflicts(self, events: Sequence[Table], *, prefixes: Mapping[str, str] | None = None) -> set[str]:
        """Return the identifiers of events that other events, different ones, have already."""
        entries = [self._entry(event, prefixes or {}, 0, "") for event in events]
        with self.ledger.backend.reading() as statements:
            fresh = [
                entry for entry in entries if not statements.run("SELECT leaf FROM entry WHERE identity = ?", (entry.identity,))
            ]
            return set(taken_identifiers(statements, [entry.row for entry in fresh if entry.row is not None]))

    def read(self, event_id: str) -> Table:
        """Return the event with an identifier; of an event and its error declaration, the event.

        Raises
        ------
        NotFound
            If there is none.
        """
        with self.ledger.backend.reading() as statements:
            rows = statements.run(
                "SELECT leaf FROM epcis_event WHERE event_id = ? ORDER BY (error_time IS NOT NULL), leaf LIMIT 1", (event_id,)
            )
            if not rows:
                raise NotFound(Message("adapters.epcis.no_event", id=event_id))
            return _events(statements, [cast("int", rows[0][0])])[0]

    def read_leaf(self, leaf: int) -> Table:
        """Return the event at a leaf.

        Raises
        ------
        NotFound
            If it was erased.
        """
        with self.ledger.backend.reading() as statements:
            found = _events(statements, [leaf])
        if not found:
            raise NotFound(Message("adapters.epcis.no_event", id=str(leaf)))
        return found[0]

    def ask(self, parameters: Mapping[str, Value], *, prefixes: Mapping[str, str] | None = None) -> Page:
        """Answer a query given by its parameters.

        Raises
        ------
        QueryFault
            If a parameter is wrong.
        BadToken
            If the page token is not of this query, or has expired.
        TooManyEvents
            If there are more events than ``maxEventCount``.
        """
        return self.answer(read_query(parameters, prefixes=prefixes, master=self.master))

    def answer(self, query: Query, *, since: int = -1) -> Page:
        """Answer a query; with `since` only events captured after that leaf."""
        dialect = self.ledger.backend.dialect
        seconds = now().ns // 10**9
        with self.ledger.backend.reading() as statements:
            ((last,),) = statements.run("SELECT max(leaf) FROM epcis_event")
            until = (-1 if last is None else cast("int", last)) + 1
            position = self._position(query, until, seconds)
            if query.maximum is not None:
                check = counted(query, until=position.until, most=query.maximum, dialect=dialect)
                if cast("int", statements.run(check.statement, check.values)[0][0]) > query.maximum:
                    raise TooManyEvents(Message("trace.epcis.query.too_many", most=query.maximum))
            count = query.per_page if query.limit is None else min(query.per_page, query.limit - position.returned)
            selection = select(query, position=position, count=count + 1, dialect=dialect, since=since)
            rows = statements.run(selection.statement, selection.values)
            events = _events(statements, [cast("int", leaf) for leaf, _ in rows[:count]])
        returned = position.returned + len(events)
        if len(rows) <= count or (query.limit is not None and returned >= query.limit):
            return Page(tuple(events), last=until - 1)
        leaf, value = rows[count - 1]
        after = Position((cast("str | float | None", value), cast("int", leaf)), position.until, returned)
        token = write_token(after, question=query.parameters, secret=self._secret, now=seconds)
        return Page(tuple(events), token, seconds + LIFETIME, until - 1)

    def names(self, kind: str, *, token: str = "", per_page: int = 30) -> Names:
        """List the values that occur: eventTypes, bizSteps, bizLocations, readPoints, dispositions or epcs."""
        seconds = now().ns // 10**9
        question = {"list": (kind,)}
        position = Position((), 0)
        if token:
            self._check_revoked(token)
            position = read_token(token, question=question, secret=self._secret, now=seconds)
        after = str(position.after[0]) if position.after else ""
        with self.ledger.backend.reading() as statements:
            if kind == "epcs":
                rows = statements.run(
                    f"SELECT DISTINCT value FROM {KEYS} WHERE name IN {_ROLES} AND value > ? ORDER BY value LIMIT {per_page + 1}",  # noqa: S608 - own names and a number
                    (after,),
                )
            else:
                rows = statements.run(
                    f"SELECT value FROM epcis_value WHERE name = ? AND value > ? ORDER BY value LIMIT {per_page + 1}",  # noqa: S608 - a number
                    (kind, after),
                )
        members = tuple(str(value) for (value,) in rows[:per_page])
        if len(rows) <= per_page:
            return Names(members)
        following = write_token(Position((members[-1], 0), 0), question=question, secret=self._secret, now=seconds)
        return Names(members, following, seconds + LIFETIME)

    def has(self, column: str, value: str) -> bool:
        """Tell whether some event has a value in a column of the index, or names a key (`epc`)."""
        with self.ledger.backend.reading() as statements:
            if column == "epc":
                return bool(statements.run(f"SELECT 1 FROM {KEYS} WHERE name IN {_ROLES} AND value = ? LIMIT 1", (value,)))  # noqa: S608 - own names
            return bool(statements.run("SELECT 1 FROM epcis_value WHERE name = ? AND value = ?", (column, value)))

    def revoke(self, token: str) -> None:
        """Make a page token worthless before its time."""
        seconds = now().ns // 10**9
        self._revoked = {one: until for one, until in self._revoked.items() if until > seconds}
        self._revoked[token] = seconds + LIFETIME

    def close(self) -> None:
        """Finish what was submitted and let go of the database."""
        self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _position(self, query: Query, until: int, seconds: int) -> Position:
        if not query.token:
            return Position((), until)
        self._check_revoked(query.token)
        return read_token(query.token, question=query.parameters, secret=self._secret, now=seconds)

    def _check_revoked(self, token: str) -> None:
        if token in self._revoked:
            raise BadToken(Message("trace.epcis.query.expired"))

    def _entry(
        self, event: Table, prefixes: Mapping[str, str], moment: int, written: str, *, name: str = "", salt: bytes = b""
    ) -> EventEntry:
        given = {key: value for key, value in event.items() if key != "recordTime"} if "recordTime" in event else event
        plain = is_plain(given)
        whole = given if plain else self_contained(given, prefixes)
        if name or not whole.get("eventID"):
            whole = {**whole, "eventID": name or event_hash(whole)}
        canonical = canonical_event(whole, plain=plain)
        body = sealed_body(canonical, written)
        row = index_row(whole, record_time=moment, plain=plain)
        return EventEntry(KIND, identity_of(canonical), body, salt or self._salts.take(), row)

    def _renamed(self, entry: EventEntry, event: Table, taken: Sequence[str], moment: int) -> EventEntry:
        """Name an event otherwise when its hash ID, which is no seal, belongs to a different event already.

        Raises
        ------
        Conflict
            If the identifier was given and not computed.
        """
        name = "" if entry.row is None else entry.row.columns[0]
        if name not in taken:
            return entry
        if event.get("eventID"):
            raise Conflict(taken)
        other = {**parsed(opened_body(entry.body)[0]), "eventID": ""}
        written = microseconds_text(moment)
        return self._entry(other, {}, moment, written, name=uuid.uuid5(_NAMESPACE, canonical_event(other).hex()).urn)


def kept_event(body: bytes) -> Table:
    """Read an event from what the ledger keeps of it, with its record time."""
    event, record_time = opened_body(body)
    return {**parsed(event), "recordTime": record_time}


def _events(statements: Statements, leaves: Sequence[int]) -> list[Table]:
    """Read events by leaf, in the given order; what was erased is left out."""
    found: dict[int, Table] = {}
    for start in range(0, len(leaves), 500):
        some = leaves[start : start + 500]
        rows = statements.run(f"SELECT leaf, body FROM payload WHERE leaf IN ({', '.join('?' * len(some))})", some)  # noqa: S608 - blanks
        for leaf, body in rows:
            found[cast("int", leaf)] = kept_event(cast("bytes", body))
    return [found[leaf] for leaf in leaves if leaf in found]
