# SPDX-License-Identifier: Apache-2.0
"""Named queries and subscriptions to them, as the store keeps them."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from sichen.adapters.clock import now
from sichen.adapters.epcis.store import EventStore
from sichen.adapters.ledger.statements import Statements
from sichen.core import DataError, Message, NotFound
from sichen.trace.epcis import Value, microseconds
from sichen.trace.epcis.query.parameters import Query, read_query
from sichen.trace.epcis.schedule import Schedule, read_schedule

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,99}")


class QueryExists(DataError):
    """A query of that name is there already."""


@dataclass(frozen=True)
class NamedQuery:
    """A query with a name.

    Parameters
    ----------
    name : str
    parameters : mapping
        As they were given.
    created : int
        Microseconds since 1970.
    """

    name: str
    parameters: Mapping[str, Value]
    created: int


@dataclass(frozen=True)
class Subscription:
    """Somebody wants to hear of new answers.

    Parameters
    ----------
    id : str
    query : str
        Name of the query.
    dest : str
        Address that the answers are sent to; empty for a websocket.
    secret : str
        What the answers are signed with.
    stream : bool
        Whether to tell at once; otherwise by the schedule.
    schedule : Schedule or None
    report_if_empty : bool
    created : int
        Microseconds since 1970.
    seen : int
        The last leaf that was told about.
    notified : int or None
        When the last answer went out.
    since : int or None
        Record time before which events do not count, for the first answer.
    """

    id: str
    query: str
    dest: str
    secret: str
    stream: bool
    schedule: Schedule | None
    report_if_empty: bool
    created: int
    seen: int
    notified: int | None = None
    since: int | None = None


class Subscriptions:
    """The named queries of a store and who subscribed to them."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    def define(self, name: str, parameters: Mapping[str, Value]) -> NamedQuery:
        """Keep a query under a name.

        Raises
        ------
        QueryFault
            If a parameter is wrong.
        QueryExists
            If the name is taken.
        DataError
            If it is no name.
        """
        if not _NAME.fullmatch(name):
            raise DataError(Message("adapters.epcis.query_name", name=name[:60]))
        read_query(parameters, master=self._store.master)
        made = NamedQuery(name, parameters, now().ns // 1000)

        def work(statements: Statements) -> bool:
            values = (name, made.created, json.dumps(dict(parameters)))
            return bool(
                statements.run(
                    "INSERT INTO epcis_query (name, created, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING name",
                    values,
                )
            )

        if not self._store.ledger.writer.run(work):
            raise QueryExists(Message("adapters.epcis.query_exists", name=name))
        return made

    def query(self, name: str) -> NamedQuery:
        """Return a named query.

        Raises
        ------
        NotFound
            If there is none.
        """
        with self._store.ledger.backend.reading() as statements:
            rows = statements.run("SELECT created, body FROM epcis_query WHERE name = ?", (name,))
        if not rows:
            raise NotFound(Message("adapters.epcis.no_query", name=name[:100]))
        return NamedQuery(name, json.loads(str(rows[0][1])), cast("int", rows[0][0]))

    def compiled(self, name: str, more: Mapping[str, Value] | None = None) -> Query:
        """Return a named query ready to be answered, with further parameters."""
        return read_query({**self.query(name).parameters, **(more or {})}, master=self._store.master)

    def queries(self, *, after: int = 0, per_page: int = 1000) -> list[NamedQuery]:
        """Return named queries in order of their names."""
        with self._store.ledger.backend.reading() as statements:
            rows = statements.run(
                "SELECT name, created, body FROM epcis_query ORDER BY name LIMIT ? OFFSET ?", (per_page, after)
            )
        return [NamedQuery(str(name), json.loads(str(body)), cast("int", created)) for name, created, body in rows]

    def drop(self, name: str) -> None:
        """Forget a query and its subscriptions.

        Raises
        ------
        NotFound
            If there is none.
        """
        self.query(name)

        def work(statements: Statements) -> None:
            statements.run("DELETE FROM epcis_subscription WHERE query = ?", (name,))
            statements.run("DELETE FROM epcis_query WHERE name = ?", (name,))

        self._store.ledger.writer.run(work)

    def subscribe(self, query: str, body: Mapping[str, Value]) -> Subscription:
        """Subscribe to a query.

        Parameters
        ----------
        query : str
        body : mapping
            dest, signatureToken, and either stream or schedule; reportIfEmpty and initialRecordTime.

        Raises
        ------
        NotFound
            If there is no such query.
        DataError
            If neither or both of stream and schedule are given, or the schedule is wrong.
        """
        self.query(query)
        made = replace(read_subscription(query, body), seen=self.last_leaf())
        self._store.ledger.writer.run(lambda statements: _insert(statements, made, body))
        return made

    def subscriptions(self, query: str | None = None) -> list[Subscription]:
        """Return subscriptions, to one query or to all."""
        statement, values = "SELECT id, query, body, seen, notified FROM epcis_subscription", ()
        if query is not None:
            self.query(query)
            statement, values = statement + " WHERE query = ?", (query,)  # type: ignore[assignment] # one value or none
        with self._store.ledger.backend.reading() as statements:
            rows = statements.run(statement + " ORDER BY id", values)
        return [
            replace(
                read_subscription(str(name), json.loads(str(body))),
                id=str(one),
                seen=cast("int", seen),
                notified=cast("int | None", notified),
            )
            for one, name, body, seen, notified in rows
        ]

    def subscription(self, query: str, name: str) -> Subscription:
        """Return one subscription.

        Raises
        ------
        NotFound
            If there is none.
        """
        found = next((one for one in self.subscriptions(query) if one.id == name), None)
        if found is None:
            raise NotFound(Message("adapters.epcis.no_subscription", id=name[:60]))
        return found

    def cancel(self, query: str, name: str) -> None:
        """End a subscription."""
        self.subscription(query, name)
        self._store.ledger.writer.run(lambda statements: statements.run("DELETE FROM epcis_subscription WHERE id = ?", (name,)))

    def told(self, subscription: Subscription, *, seen: int) -> None:
        """Note that a subscriber has heard of everything up to a leaf."""
        values = (seen, now().ns // 1000, subscription.id)
        self._store.ledger.writer.run(
            lambda statements: statements.run("UPDATE epcis_subscription SET seen = ?, notified = ? WHERE id = ?", values)
        )

    def last_leaf(self) -> int:
        """Return the leaf of the event that was captured last; -1 when there is none."""
        with self._store.ledger.backend.reading() as statements:
            ((last,),) = statements.run("SELECT max(leaf) FROM epcis_event")
        return -1 if last is None else cast("int", last)


def read_subscription(query: str, body: Mapping[str, Value]) -> Subscription:
    """Read what a subscriber asks for.

    Raises
    ------
    DataError
        If neither or both of stream and schedule are given, or something has the wrong form.
    """
    schedule, stream = body.get("schedule"), body.get("stream") is True
    if (schedule is None) == (not stream):
        raise DataError(Message("adapters.epcis.stream_or_schedule"))
    since = body.get("initialRecordTime")
    moment = microseconds(since) if isinstance(since, str) else None
    if since is not None and moment is None:
        raise DataError(Message("trace.epcis.fault.time", found=str(since)[:60]))
    return Subscription(
        id=str(body.get("subscriptionID") or uuid.uuid4()),
        query=query,
        dest=_text(body, "dest"),
        secret=_text(body, "signatureToken") or _text(body, "secret"),
        stream=stream,
        schedule=None if schedule is None else read_schedule(schedule),
        report_if_empty=body.get("reportIfEmpty") is True,
        created=_created(body),
        seen=-1,
        since=moment,
    )


def _created(body: Mapping[str, Value]) -> int:
    found = body.get("createdAt")
    return found if isinstance(found, int) else now().ns // 1000


def _text(body: Mapping[str, Value], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise DataError(Message("trace.epcis.query.value", name=name, found=str(value)[:60]))
    return value


def _insert(statements: Statements, made: Subscription, body: Mapping[str, Value]) -> None:
    kept = json.dumps({**body, "createdAt": made.created, "subscriptionID": made.id})
    statements.run(
        "INSERT INTO epcis_subscription (id, query, body, seen) VALUES (?, ?, ?, ?)", (made.id, made.query, kept, made.seen)
    )
