# SPDX-License-Identifier: Apache-2.0
"""Everything that is kept, compared with its digest."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, LargeBinary, Row, cast, exists, func, select

from sichen.adapters.artifacts import ArtifactStore
from sichen.adapters.databases import Database
from sichen.adapters.record_erasure import declared_erasures
from sichen.adapters.schema import ARTIFACT, EVENT, INPUT
from sichen.core import DataError, Message, Record, SourceError, digest_of_bytes

_PAGE = 500

# SQLite lets a hand write text where bytes belong; what is checked are the bytes.
_COLUMNS = [cast(column, LargeBinary).label(column.name) if column is EVENT.c.canonical else column for column in EVENT.c]


@dataclass(frozen=True)
class Problem:
    """Something kept that is not what it was.

    Parameters
    ----------
    digest : str
        Of the record or artifact, as it was noted; empty when the whole store is meant.
    message : Message
        What is wrong and what to do.
    """

    digest: str
    message: Message


def problems(database: Database, artifacts: ArtifactStore | None) -> Iterator[Problem]:
    """Check every record, every input and every artifact; yield what is wrong.

    Parameters
    ----------
    database : Database
    artifacts : ArtifactStore, optional
        Where the bytes are; without it only the records are checked.
    """
    try:
        yield from _broken_pages(database)
        yield from _changed_records(database)
        yield from _missing_inputs(database)
    except SourceError as error:
        problem = str(dict(error.message.values).get("problem", error))
        yield Problem("", Message("adapters.verify.broken_page", name=database.name, problem=problem))
        return
    if artifacts is not None:
        yield from _changed_artifacts(database, artifacts)


def problems_with(digests: Iterable[str], database: Database, artifacts: ArtifactStore | None) -> Iterator[Problem]:
    """Check some records and artifacts, but not what they rest on; yield what is wrong.

    Parameters
    ----------
    digests : iterable of str
        Full digests; one that is not kept at all is a problem too.
    database : Database
    artifacts : ArtifactStore, optional
        Where the bytes are; without it artifacts count as whole.
    """
    for digest in dict.fromkeys(digests):
        with database.reading() as connection:
            row = connection.execute(select(*_COLUMNS).where(EVENT.c.digest == digest)).one_or_none()
            inputs = _inputs_of([] if row is None else [row], connection)
            registered = connection.scalar(select(ARTIFACT.c.size).where(ARTIFACT.c.digest == digest)) is not None
        if row is not None:
            message = _what_is_wrong(row, inputs.get(row.position, []))
        elif not registered:
            message = Message("core.no_record", digest=digest)
        else:
            message = None if artifacts is None else _what_is_wrong_with_bytes(digest, artifacts)
        if message is not None:
            yield Problem(digest, message)


def _broken_pages(database: Database) -> Iterator[Problem]:
    if database.dialect != "sqlite":
        return
    with database.reading() as connection:
        found = list(connection.exec_driver_sql("PRAGMA quick_check(20)").scalars())
    for line in found:
        if line != "ok":
            yield Problem("", Message("adapters.verify.broken_page", name=database.name, problem=str(line)))


def _changed_records(database: Database) -> Iterator[Problem]:
    expected = 0
    with database.reading() as connection:
        erased = declared_erasures(connection)
    while True:
        query = select(*_COLUMNS).where(EVENT.c.position >= expected).order_by(EVENT.c.position).limit(_PAGE)
        with database.reading() as connection:
            rows = connection.execute(query).all()
            inputs = _inputs_of(rows, connection)
        for row in rows:
            if row.position != expected and not erased.issuperset(range(expected, row.position)):
                yield Problem("", Message("adapters.verify.gap", first=expected, last=row.position - 1))
            expected = row.position + 1
            message = _what_is_wrong(row, inputs.get(row.position, []))
            if message is not None:
                yield Problem(row.digest, message)
        if len(rows) < _PAGE:
            return


def _inputs_of(rows: Sequence[Row[Any]], connection: Connection) -> dict[int, list[tuple[str, str]]]:
    if not rows:
        return {}
    query = (
        select(INPUT)
        .where(INPUT.c.position.between(rows[0].position, rows[-1].position))
        .order_by(INPUT.c.position, INPUT.c.number)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.position, []).append((row.role, row.digest))
    return found


def _what_is_wrong(row: Row[Any], inputs: list[tuple[str, str]]) -> Message | None:
    found = digest_of_bytes(row.canonical)
    if found != row.digest:
        return Message("adapters.verify.changed", digest=row.digest, found=found)
    try:
        record = read_record(row.canonical)
    except DataError as error:
        return Message("adapters.verify.unreadable", digest=row.digest, problem=str(error))
    noted = (row.kind, row.subject, row.at_ns, row.scale, row.method, row.version)
    meant = (record.kind, record.subject, record.instant.ns, record.instant.scale, record.method, record.version)
    if noted != meant or inputs != [(entry.role, entry.digest) for entry in record.inputs]:
        return Message("adapters.verify.index", digest=row.digest)
    return None


def read_record(stored: bytes) -> Record:
    """Read a record from its canonical bytes.

    Raises
    ------
    DataError
        If the bytes are no record.
    """
    try:
        data = json.loads(stored)
    except (ValueError, RecursionError) as error:
        raise DataError(Message("core.not_a_record", found=str(error))) from error
    return Record.from_json(data)


def _missing_inputs(database: Database) -> Iterator[Problem]:
    query = (
        select(EVENT.c.digest, INPUT.c.role, INPUT.c.digest.label("missing"))
        .join(EVENT, EVENT.c.position == INPUT.c.position)
        .where(~exists().where(EVENT.c.digest == INPUT.c.digest).correlate(INPUT))
        .where(~exists().where(ARTIFACT.c.digest == INPUT.c.digest).correlate(INPUT))
        .order_by(INPUT.c.position, INPUT.c.number)
    )
    with database.reading() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        yield Problem(
            row.digest, Message("adapters.verify.missing_input", digest=row.digest, role=row.role, missing=row.missing)
        )


def _changed_artifacts(database: Database, artifacts: ArtifactStore) -> Iterator[Problem]:
    with database.reading() as connection:
        total = connection.scalar(select(func.count()).select_from(ARTIFACT)) or 0
    after = ""
    for _ in range(0, total, _PAGE):
        query = select(ARTIFACT).where(ARTIFACT.c.digest > after).order_by(ARTIFACT.c.digest).limit(_PAGE)
        with database.reading() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            after = row.digest
            message = _what_is_wrong_with_bytes(row.digest, artifacts)
            if message is not None:
                yield Problem(row.digest, message)


def _what_is_wrong_with_bytes(digest: str, artifacts: ArtifactStore) -> Message | None:
    try:
        artifacts.verify(digest)
    except (DataError, SourceError) as error:
        return error.message
    return None
