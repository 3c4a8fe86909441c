# SPDX-License-Identifier: Apache-2.0
"""Erasing records where the law asks for it: out of the tables, the free pages, and the files they alone rest on.

The tables refuse every change; the guards are lifted inside the one transaction that erases, and stand again when it ends.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, delete, select, text

from sichen.adapters.schema import ARTIFACT, EVENT, INPUT

ERASURE = "record.erasure"
_GUARDED = ("event", "input", "artifact")
_BLOCK = 1 << 20


def delete_records(connection: Connection, digests: Sequence[str]) -> tuple[str, ...]:
    """Delete records and what they say they rest on; return the artifacts that no other record rests on."""
    positions = list(connection.scalars(select(EVENT.c.position).where(EVENT.c.digest.in_(digests))))
    if not positions:
        return ()
    mine = set(connection.scalars(select(INPUT.c.digest).where(INPUT.c.position.in_(positions))))
    others = set(connection.scalars(select(INPUT.c.digest).where(INPUT.c.digest.in_(mine), INPUT.c.position.not_in(positions))))
    only = sorted(set(connection.scalars(select(ARTIFACT.c.digest).where(ARTIFACT.c.digest.in_(mine - others)))))
    with _unguarded(connection):
        connection.execute(delete(INPUT).where(INPUT.c.position.in_(positions)))
        connection.execute(delete(EVENT).where(EVENT.c.position.in_(positions)))
        connection.execute(delete(ARTIFACT).where(ARTIFACT.c.digest.in_(only)))
    return tuple(only)


def positions_of(connection: Connection, digests: Sequence[str]) -> list[int]:
    """Return where records stand, in order."""
    return sorted(connection.scalars(select(EVENT.c.position).where(EVENT.c.digest.in_(digests))))


def declared_erasures(connection: Connection) -> frozenset[int]:
    """Return the positions that records about erasures name: nothing stands there, and that is right."""
    bodies = connection.scalars(select(EVENT.c.canonical).where(EVENT.c.kind == ERASURE))
    return frozenset(position for body in bodies for position in json.loads(body)["body"]["positions"])


def overwrite(path: Path) -> None:
    """Write zeros over a file, down to the disk, and remove it; a missing one is removed already."""
    if not path.is_file():
        return
    path.chmod(0o600)
    with path.open("r+b") as file:
        left = path.stat().st_size
        while left > 0:
            left -= file.write(bytes(min(_BLOCK, left)))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


@contextmanager
def _unguarded(connection: Connection) -> Iterator[None]:
    if connection.dialect.name == "postgresql":
        for table in _GUARDED:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_stays"))
        yield
        for table in _GUARDED:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {table}_stays"))
        return
    names = [f"{table}_remains" for table in _GUARDED]
    guards = [
        str(connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name})) for name in names
    ]
    for name in names:
        connection.execute(text(f"DROP TRIGGER {name}"))
    yield
    for guard in guards:
        connection.exec_driver_sql(guard)
