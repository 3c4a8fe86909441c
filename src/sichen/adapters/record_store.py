# SPDX-License-Identifier: Apache-2.0
"""The ledger on a database: records are appended and read, never changed."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict, cast

from sqlalchemy import ColumnElement, Connection, func, insert, select, union_all

from sichen.adapters.artifacts import ArtifactStore
from sichen.adapters.clock import now
from sichen.adapters.databases import open_database
from sichen.adapters.migrating import prepare
from sichen.adapters.record_erasure import ERASURE, delete_records, overwrite, positions_of
from sichen.adapters.schema import ARTIFACT, EVENT, INPUT
from sichen.adapters.verification import Problem, problems, problems_with, read_record
from sichen.core import Artifact, DataError, Message, NotFound, Record, SourceError, digest_prefix

_MOST_AT_ONCE = 500
_LARGEST = 2**63


class Overtaken(SourceError):
    """Somebody else added to a trail first: look again, then write."""


LOOKED = 5000
"""Latest records among which those of somebody are looked for who may not know of all."""


class RecordStore:
    """A `sichen.core.Ledger` in SQLite or PostgreSQL.

    Parameters
    ----------
    address : Path or str
        A file for SQLite, or a URL. Its tables are made, or brought to the newest version.
    artifacts : ArtifactStore, optional
        Where the bytes are; needed by `verify_all` and `erase`.

    Raises
    ------
    ConfigError
        If the database belongs to another program or a newer Sichen, or the address is of no known kind.
    SourceError
        If it cannot be opened.
    """

    def __init__(self, address: str | Path, *, artifacts: ArtifactStore | None = None) -> None:
        self._database = open_database(address)
        self._artifacts = artifacts
        self._sees: Callable[[Record], bool] | None = None
        self._fed = threading.Event()
        try:
            prepare(self._database)
        except BaseException:
            self._database.close()
            raise

    @property
    def name(self) -> str:
        """The file, or the address without its password."""
        return self._database.name

    @property
    def grown(self) -> bool:
        """Whether this store was given records since it was opened, through whatever eyes."""
        return self._fed.is_set()

    def seen_by(self, sees: Callable[[Record], bool]) -> "RecordStore":
        """Return the same records as somebody sees them who may not know of all: what is hidden is as if it were not there.

        What is kept through it is kept. The store itself stays with whoever opened it, and only he closes it.

        Parameters
        ----------
        sees : callable
            Tells of a record whether he may know of it.
        """
        seen = copy(self)
        seen._sees = sees  # noqa: SLF001 - a view of our own
        return seen

    def append(self, record: Record) -> str:
        """Keep a record and return its digest; keeping it twice keeps it once.

        Raises
        ------
        DataError
            If the record cannot be kept exactly.
        SourceError
            If the database fails or is busy for too long; then the record is not kept.
        """
        return self.append_all([record])[0]

    def append_all(self, records: Iterable[Record]) -> tuple[str, ...]:
        """Keep many records in one transaction: all or none, and many times faster than one by one.

        Returns
        -------
        tuple of str
            Their digests, in the same order.
        """
        records = list(records)
        new = {record.digest: record for record in records}
        rows = {digest: _event_row(record) for digest, record in new.items()}
        with self._database.writing() as connection:
            known = set(_known(connection, list(new)))
            _insert(connection, [(rows[digest], new[digest]) for digest in new if digest not in known])
        self._fed.set()
        return tuple(record.digest for record in records)

    def append_following(self, records: Iterable[Record], *, after: Mapping[tuple[str, str], str]) -> None:
        """Keep records in one transaction, provided that nothing has been added to some trails meanwhile.

        Parameters
        ----------
        records : iterable of Record
        after : mapping of (kind, subject) to digest
            The last record that the writer knows of each trail; empty where he knows of none.

        Raises
        ------
        Overtaken
            If somebody else was faster; nothing was kept.
        """
        new = {record.digest: record for record in records}
        rows = {digest: _event_row(record) for digest, record in new.items()}
        with self._database.writing() as connection:
            for (kind, subject), digest in after.items():
                query = select(EVENT.c.digest).where(EVENT.c.subject == subject, EVENT.c.kind == kind)
                last = connection.scalar(query.order_by(EVENT.c.position.desc()).limit(1))
                if (last or "") != digest:
                    raise Overtaken(Message("adapters.store.overtaken", subject=subject))
            known = set(_known(connection, list(new)))
            _insert(connection, [(rows[digest], new[digest]) for digest in new if digest not in known])
        self._fed.set()

    def erase(self, digests: Iterable[str], *, reason: str) -> int:
        """Erase records for ever, with the artifacts that no other record rests on; one more says that it was done.

        Parameters
        ----------
        digests : iterable of str
            Full digests; one that is not kept is passed over, so that an interrupted erasure can be repeated.
        reason : str
            Why, without naming anybody: it is kept.

        Returns
        -------
        int
            How many were erased.
        """
        wanted = list(dict.fromkeys(digests))
        with self._database.reading() as connection:
            known = list(_known(connection, wanted))
            positions = positions_of(connection, known)
        if not known:
            return 0
        # It also holds the last position, so that no record that follows is given an erased one's.
        self.append(Record(ERASURE, "records", {"positions": positions, "reason": reason}, "sichen.erasure", "1", now()))
        with self._database.writing() as connection:
            gone = delete_records(connection, known)
        for digest in gone if self._artifacts is not None else ():
            with contextlib.suppress(NotFound):
                overwrite(cast("ArtifactStore", self._artifacts).path(digest))
        self._database.remove_traces((), tables=("event", "input", "artifact"), rewrite=True)
        return len(known)

    def since(self, position: int, *, kinds: Iterable[str] | None = None, limit: int | None = None) -> list[tuple[int, Record]]:
        """Return records from a position on, oldest first, each with its position.

        Parameters
        ----------
        kinds : iterable of str, optional
            Only these.
        limit : int, optional
            No more than so many.
        """
        query = select(EVENT.c.position, EVENT.c.canonical).where(EVENT.c.position >= position).order_by(EVENT.c.position)
        if kinds is not None:
            query = query.where(EVENT.c.kind.in_(list(kinds)))
        with self._database.reading() as connection:
            rows = connection.execute(query.limit(limit)).all()
        kept = ((int(place), _as_kept(canonical)) for place, canonical in rows)
        return [(place, record) for place, record in kept if self._shows(record)]

    def trail(self, kind: str, subject: str) -> tuple[Record, ...]:
        """Return every record of a kind about a subject, oldest first."""
        query = select(EVENT.c.canonical).where(EVENT.c.subject == subject, EVENT.c.kind == kind)
        with self._database.reading() as connection:
            rows = connection.scalars(query.order_by(EVENT.c.position)).all()
        return tuple(record for record in map(read_record, rows) if self._shows(record))

    def read(self, digest: str) -> Record:
        """Return the record with this digest.

        Raises
        ------
        NotFound
            If there is none.
        """
        with self._database.reading() as connection:
            found = connection.scalar(select(EVENT.c.canonical).where(EVENT.c.digest == digest))
        record = None if found is None else read_record(found)
        if record is None or not self._shows(record):
            raise NotFound(Message("core.no_record", digest=digest))
        return record

    def find(self, *, kind: str | None = None, subject: str | None = None, limit: int = 100) -> Iterator[Record]:
        """Yield the records of a kind or about a subject that were kept last, newest first."""
        looked = limit if self._sees is None else LOOKED
        query = select(EVENT.c.canonical).order_by(EVENT.c.position.desc()).limit(max(looked, 0))
        if kind is not None:
            query = query.where(EVENT.c.kind == kind)
        if subject is not None:
            query = query.where(EVENT.c.subject == subject)
        with self._database.reading() as connection:
            # All rows at once: a reader that pauses would keep the log of SQLite from shrinking.
            rows = connection.scalars(query).all()
        return islice((record for record in map(read_record, rows) if self._shows(record)), max(limit, 0))

    def used_by(self, digest: str) -> tuple[str, ...]:
        """Return the digests of the records that rest directly on a record or an artifact, oldest first."""
        resting = select(INPUT.c.position).where(INPUT.c.digest == digest)
        query = select(EVENT.c.digest).where(EVENT.c.position.in_(resting)).order_by(EVENT.c.position)
        with self._database.reading() as connection:
            found = tuple(connection.scalars(query))
        return found if self._sees is None else tuple(one for one in found if self._shows_digest(one))

    def register(self, artifact: Artifact) -> None:
        """Note an artifact whose bytes are kept; the first name stays."""
        row = {
            "digest": artifact.digest,
            "size": artifact.size,
            "media_type": _clean(artifact.media_type),
            "name": _clean(artifact.name),
            "added_ns": now().ns,
        }
        with self._database.writing() as connection:
            if connection.scalar(select(ARTIFACT.c.size).where(ARTIFACT.c.digest == artifact.digest)) is None:
                connection.execute(insert(ARTIFACT), [row])

    def artifact(self, digest: str) -> Artifact:
        """Return what is known of an artifact.

        Raises
        ------
        NotFound
            If it was never registered.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(ARTIFACT).where(ARTIFACT.c.digest == digest)).one_or_none()
        if row is None:
            raise NotFound(Message("core.no_record", digest=digest))
        return Artifact(row.digest, row.size, row.media_type, row.name)

    def resolve(self, text: str) -> str:
        """Complete a shortened digest of a record or an artifact.

        Parameters
        ----------
        text : str
            At least 8 hexadecimal digits, with or without ``sha256:``.

        Raises
        ------
        NotFound
            If nothing begins so.
        DataError
            If more than one thing does, or the text is no digest.
        """
        prefix = digest_prefix(text)
        ranges = [_begins(table.c.digest, prefix) for table in (EVENT, ARTIFACT)]
        query = union_all(select(EVENT.c.digest).where(ranges[0]), select(ARTIFACT.c.digest).where(ranges[1]))
        with self._database.reading() as connection:
            found = set(connection.scalars(query))
        if not found:
            raise NotFound(Message("core.no_record", digest=prefix))
        if len(found) > 1:
            raise DataError(Message("core.ambiguous_digest", count=len(found), digest=prefix))
        return str(found.pop())

    def count_since(self, position: int) -> int:
        """Return how many records are kept from a position on."""
        with self._database.reading() as connection:
            return int(connection.scalar(select(func.count()).where(EVENT.c.position >= position)) or 0)

    def count(self, *, kind: str | None = None) -> int:
        """Return how many records there are, of one kind or of all."""
        if kind is not None:
            return self.kinds().get(kind, 0)
        if self._sees is not None:
            return sum(self.kinds().values())
        with self._database.reading() as connection:
            return int(connection.scalar(select(func.count()).select_from(EVENT)) or 0)

    def count_artifacts(self) -> int:
        """Return how many artifacts were registered."""
        with self._database.reading() as connection:
            return int(connection.scalar(select(func.count()).select_from(ARTIFACT)) or 0)

    def kinds(self) -> Mapping[str, int]:
        """Return how many records there are of each kind, by name."""
        if self._sees is not None:
            return dict(sorted(Counter(record.kind for record in self.find(limit=LOOKED)).items()))
        query = select(EVENT.c.kind, func.count()).group_by(EVENT.c.kind)
        with self._database.reading() as connection:
            return dict(sorted((str(kind), int(count)) for kind, count in connection.execute(query)))

    def verify_all(self) -> Iterator[Problem]:
        """Yield everything that is wrong: changed or lost records, inputs and artifacts. Silence is a proof."""
        return problems(self._database, self._artifacts)

    def verify(self, digests: Iterable[str]) -> Iterator[Problem]:
        """Yield what is wrong with some records and artifacts; what they rest on is not followed."""
        return problems_with(digests, self._database, self._artifacts)

    def _shows(self, record: Record) -> bool:
        return self._sees is None or self._sees(record)

    def _shows_digest(self, digest: str) -> bool:
        try:
            self.read(digest)
        except NotFound:
            return False
        return True

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _as_kept(canonical: bytes) -> Record:
    """Return a record whose digest is that of the bytes as they are kept: writing it out again costs ten times as much."""
    record = read_record(canonical)
    vars(record)["canonical"] = bytes(canonical)
    return record


class _EventRow(TypedDict):
    digest: str
    kind: str
    subject: str
    at_ns: int
    scale: str
    method: str
    version: str
    canonical: bytes


def _event_row(record: Record) -> _EventRow:
    if not -_LARGEST <= record.instant.ns < _LARGEST:
        raise DataError(Message("adapters.store.instant_too_far", instant=record.instant.isoformat()))
    for entry in record.inputs:
        _clean(entry.role)
    return {
        "digest": record.digest,
        "kind": _clean(record.kind),
        "subject": _clean(record.subject),
        "at_ns": record.instant.ns,
        "scale": record.instant.scale.value,
        "method": _clean(record.method),
        "version": _clean(record.version),
        "canonical": record.canonical,
    }


def _clean(text: str) -> str:
    if "\0" in text:
        raise DataError(Message("adapters.store.null_character", text=text.replace("\0", "␀")))
    return text


def _known(connection: Connection, digests: list[str]) -> Iterator[str]:
    for start in range(0, len(digests), _MOST_AT_ONCE):
        some = digests[start : start + _MOST_AT_ONCE]
        yield from connection.scalars(select(EVENT.c.digest).where(EVENT.c.digest.in_(some))).all()


def _insert(connection: Connection, rows: list[tuple[_EventRow, Record]]) -> None:
    last = connection.scalar(select(func.max(EVENT.c.position)))
    first = 0 if last is None else int(last) + 1
    events = [{**row, "position": position} for position, (row, _) in enumerate(rows, first)]
    inputs = [
        {"position": position, "number": number, "role": entry.role, "digest": entry.digest}
        for position, (_, record) in enumerate(rows, first)
        for number, entry in enumerate(record.inputs)
    ]
    if events:
        connection.execute(insert(EVENT), events)
    if inputs:
        connection.execute(insert(INPUT), inputs)


def _begins(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """Compare by range, which an index answers; g follows every hexadecimal digit."""
    return (column >= prefix) & (column < prefix + "g")
