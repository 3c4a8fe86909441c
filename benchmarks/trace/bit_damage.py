# SPDX-License-Identifier: Apache-2.0
"""Every bit of a small log changed, one at a time: in each value of each table, and in each published file."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import apsw

from sichen.adapters.ledger.desk import PUBLISHED
from sichen.adapters.ledger.opening import HouseLedger
from sichen.adapters.ledger.publishing import publish
from sichen.adapters.ledger.statements import Value
from sichen.adapters.ledger.verifying import damages
from sichen.core import Instant, Record
from sichen.trace.ledger import Entry

ORIGIN = "bits.example/log"
TABLES = ("entry", "payload", "tile", "head", "record_subject")


@dataclass(frozen=True)
class Found:
    """How many bits were changed, and how many of the changes were found."""

    bits: int
    found: int


def small_log(folder: Path, *, records: int = 3) -> None:
    """Make a log of a few records, published."""
    with HouseLedger(folder) as ledger:
        ledger.begin(ORIGIN)
        for number in range(records):
            record = Record("bench.note", f"watch:{number}", {"n": number}, "manual", "1", Instant(number))
            ledger.writer.append([Entry.of_record(record)])
        publish(ledger.reader, ledger.folder / PUBLISHED)


def stored_bits(folder: Path, *, every: int = 211, short: int = 1, records: int = 3) -> Found:
    """Change bits of the stored values and published files; count the changes that `verify` finds.

    Parameters
    ----------
    folder : Path
        Where the log is made.
    every, short : int
        Of values of more than 1,000 bytes (keys and signatures) and of others, every so many-th bit is tried.
    records : int
        In the log.
    """
    small_log(folder, records=records)
    bits = found = 0
    with HouseLedger(folder) as ledger:
        connection = apsw.Connection(str(folder / HouseLedger.FILE))

        def noticed() -> bool:
            return any(True for _ in damages(ledger.backend, ledger.reader.tables, published=ledger.folder / PUBLISHED))

        for table, row, column, value in list(_values(connection)):
            numbers = [cast("int", value) ^ 1 << bit for bit in range(16)] if (table, column) == ("head", "size") else []
            for changed in (*numbers, *_flips(value, every, short)):
                _set(connection, table, row, column, changed)
                bits, found = bits + 1, found + noticed()
            _set(connection, table, row, column, value)
        connection.close()
        for path in sorted(one for one in (folder / PUBLISHED).rglob("*") if one.is_file()):
            whole = path.read_bytes()
            for changed in _flips(whole, every, short):
                path.write_bytes(cast("bytes", changed))
                bits, found = bits + 1, found + noticed()
            path.write_bytes(whole)
    shutil.rmtree(folder)
    return Found(bits, found)


def _values(connection: apsw.Connection) -> Iterator[tuple[str, int, str, Value]]:
    for table in TABLES:
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        for row in connection.execute(f"SELECT rowid, * FROM {table}"):  # noqa: S608 - names of our own
            for name, value in zip(names, row[1:], strict=True):
                yield table, cast("int", row[0]), str(name), value


def _set(connection: apsw.Connection, table: str, row: int, column: str, value: Value) -> None:
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, row))  # noqa: S608


def _flips(value: Value, every: int, short: int) -> Iterator[Value]:
    if isinstance(value, int):
        return
    data = value.encode() if isinstance(value, str) else cast("bytes", value)
    step = every if len(data) > 1000 else short
    for bit in range(0, len(data) * 8, step):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        if not isinstance(value, str):
            yield bytes(changed)
        elif (text := _text(bytes(changed))) is not None:
            yield text


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
