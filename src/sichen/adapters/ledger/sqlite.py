# SPDX-License-Identifier: Apache-2.0
"""The ledger in a SQLite file, by apsw, which brings a newer SQLite than the system has.

SQLite 3.7.0 to 3.51.2 can lose pages in WAL mode when one connection commits while another one checkpoints. With such a
library only one writing connection is let in, for as long as it is open; a newer one may share, transaction by transaction.
"""

import contextlib
import fcntl
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from queue import Empty, LifoQueue
from typing import BinaryIO, cast

import apsw

from sichen.adapters.ledger.statements import Dialect, Row, Value
from sichen.adapters.named_files import shown
from sichen.adapters.sums import DatabaseSum
from sichen.core import Message, SourceError

SAFE_LIBRARY = (3, 51, 3)
"""The first SQLite without the WAL-reset bug."""

_PATIENCE_MS = 30_000
# 64 MB: a page that many commits change is folded back once, which takes a twentieth off what an event costs.
_WAL_PAGES = 16_000
_CHUNK = 4 * 2**20
_IDLE_READERS = 16
_KINDS: tuple[tuple[type[apsw.Error], str], ...] = (
    (apsw.BusyError, "busy"),
    (apsw.LockedError, "busy"),
    (apsw.FullError, "disk_full"),
)


class SqliteStatements:
    """One transaction in SQLite."""

    dialect: Dialect = "sqlite"

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def run(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        return cast("list[Row]", self._connection.execute(statement, tuple(values)).fetchall())

    def run_many(self, statement: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run one statement for many rows."""
        self._connection.executemany(statement, cast("Iterable[tuple[Value, ...]]", rows))


class SqliteBackend:
    """A ledger's SQLite file.

    Parameters
    ----------
    path : Path
        Made when it is missing.
    vfs : str, optional
        Name of another file layer of apsw; then this process has the file for itself.
    library : str, optional
        Version of SQLite, for tests of the rule about old ones.

    Raises
    ------
    SourceError
        If it cannot be opened, or an old SQLite has a writer already.
    """

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path, *, vfs: str | None = None, library: str | None = None) -> None:
        self.path = path.expanduser().absolute()
        self.name = shown(self.path)
        self._vfs = vfs
        self._readers: LifoQueue[apsw.Connection] = LifoQueue(_IDLE_READERS)
        self._lock: BinaryIO | None = None
        version = tuple(int(part) for part in (library or apsw.sqlite_lib_version()).split("."))
        with self._told():
            if vfs is None:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if version < SAFE_LIBRARY:
                self._lock = self._alone(".".join(map(str, version)))
            self._writer = self._open_writer()
        self._sum = DatabaseSum(self.path)

    @contextlib.contextmanager
    def writing(self) -> Iterator[SqliteStatements]:
        """Open the one transaction that writes; it is on the disk when the block ends, and gone on an error."""
        with self._told():
            self._writer.execute("BEGIN IMMEDIATE")
            before = self._changes()
            try:
                yield SqliteStatements(self._writer)
                if self._changes() != before:
                    self._sum.changing()
                self._writer.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(apsw.Error):
                    if not self._writer.get_autocommit():
                        self._writer.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[SqliteStatements]:
        """Open a transaction that sees one state and changes nothing."""
        with self._told(), self._reader() as connection:
            connection.execute("BEGIN")
            try:
                yield SqliteStatements(connection)
            finally:
                connection.execute("COMMIT")

    def after_erasure(self, traces: Sequence[bytes]) -> int:
        """Fold the write-ahead log back and cut it; rewrite the file if a trace of what was deleted is still in it."""
        self._forget_readers()
        with self._told():
            self._sum.changing()
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if self._count(traces):
                # A page that was split earlier may hold a copy in its unused part: only a rewritten file has none.
                self._writer.execute("VACUUM")
                self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return self._count(traces)

    def copy_to(self, target: Path) -> None:
        """Copy one state of the database into a new file."""
        with self._told():
            copy = apsw.Connection(str(target))
            try:
                with copy.backup("main", self._writer, "main") as running:
                    while not running.done:
                        running.step(1000)
                copy.execute("PRAGMA journal_mode=DELETE")
            finally:
                copy.close()

    def close(self) -> None:
        """Let go of the file."""
        self._forget_readers()
        if self._vfs is None:
            with contextlib.suppress(apsw.Error, OSError):  # whoever is at work will put the sum back himself
                self._sum.settle(self._writer)
        self._writer.close()
        if self._lock is not None:
            self._lock.close()

    def _changes(self) -> tuple[int, object]:
        """Return what grows with every change of rows or tables."""
        return self._writer.total_changes(), self._writer.pragma("schema_version")

    def _alone(self, version: str) -> BinaryIO:
        file = self.path.with_name(self.path.name + ".writer").open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise SourceError(Message("adapters.ledger.second_writer", name=self.name, version=version)) from error
        return file

    def _open_writer(self) -> apsw.Connection:
        connection = apsw.Connection(str(self.path), vfs=self._vfs)
        connection.set_busy_timeout(_PATIENCE_MS)
        if self._vfs is not None:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        # FULL: what was acknowledged survives a power cut. secure_delete: what was erased is overwritten.
        for setting in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", f"wal_autocheckpoint={_WAL_PAGES}"):
            connection.execute(f"PRAGMA {setting}")
        return connection

    @contextlib.contextmanager
    def _reader(self) -> Iterator[apsw.Connection]:
        if self._vfs is not None:
            yield self._writer
            return
        try:
            connection = self._readers.get_nowait()
        except Empty:
            connection = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READONLY)
            connection.set_busy_timeout(_PATIENCE_MS)
        yield connection
        if self._readers.full():
            connection.close()
        else:
            self._readers.put(connection)

    def _forget_readers(self) -> None:
        with contextlib.suppress(Empty):
            while True:
                self._readers.get_nowait().close()

    def _count(self, traces: Sequence[bytes]) -> int:
        """Count the traces that the file and its companions hold."""
        longest = max(map(len, traces), default=0)
        found: set[bytes] = set()
        for path in self.path.parent.glob(self.path.name + "*"):
            with path.open("rb") as file:
                kept = b""
                while chunk := file.read(_CHUNK):
                    window = kept + chunk
                    found.update(trace for trace in traces if trace in window)
                    kept = window[-longest:]
        return len(found)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except apsw.Error as error:
            kind = next((name for kind, name in _KINDS if isinstance(error, kind)), "failed")
            raise SourceError(Message(f"adapters.store.{kind}", name=self.name, problem=str(error))) from error
        except OSError as error:
            if isinstance(error, SourceError):
                raise
            problem = error.strerror or str(error)
            raise SourceError(Message("adapters.store.failed", name=self.name, problem=problem)) from error
