# SPDX-License-Identifier: Apache-2.0
"""Databases: SQLite in a file, or a PostgreSQL server; one writer at a time, readers never wait.

SQLite before 3.51.3 can lose pages in WAL mode when one connection commits at the very moment another one
checkpoints, and Debian 12 carries 3.40.1. Every writing connection therefore lives inside an exclusive lock on
``writer.lock``, from its opening over commit and checkpoint to its closing, for as long as one batch takes; so
the command line can append while the workbench runs. All other connections are opened read-only, which SQLite
never lets checkpoint.
"""

import contextlib
import errno
import fcntl
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sqlalchemy import URL, Connection, Engine, NullPool, QueuePool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from sichen.adapters.named_files import shown
from sichen.adapters.sums import DatabaseSum
from sichen.core import ConfigError, Message, SourceError

PATIENCE = 30.0
"""Seconds that a writer waits for its turn."""

_ADVISORY_LOCK = 0x5349_4348_454E  # "SICHEN"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SQLITE_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}
_POSTGRESQL_FULL, _POSTGRESQL_BUSY = "53100", "55P03"


@dataclass(frozen=True)
class Database:
    """A database with a way in for readers and one for the writer.

    Parameters
    ----------
    name : str
        What people call it: the file, or the address without its password.
    dialect : {"sqlite", "postgresql"}
    file : Path or None
        Where SQLite keeps it.
    """

    name: str
    dialect: str
    file: Path | None
    _reader: Engine
    _writer: Engine
    _turn: Callable[[], contextlib.AbstractContextManager[None]]
    _sum: DatabaseSum | None = None

    def exists(self) -> bool:
        """Tell whether there is something to read; a server is believed to have its database."""
        return self.file is None or self.file.exists()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection that sees what was committed, and cannot write in SQLite."""
        with self._told(), self._reader.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open the one transaction that writes; it is on the disk when the block ends, and gone on an error."""
        with self._told(), self._turn(), self._writer.connect() as connection, connection.begin():
            if self.dialect == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE * 1000:.0f}ms'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            before = self._changes(connection)
            yield connection
            if self._sum is not None and self._changes(connection) != before:
                self._sum.changing()

    def remove_traces(self, traces: Sequence[bytes], *, tables: Sequence[str], rewrite: bool = False) -> int:
        """Remove what deleted rows left behind; return how many of the traces can still be found (0 is wanted).

        Parameters
        ----------
        traces : sequence of bytes
            What to look for in the file and its companions; a server's files are looked into by nobody.
        tables : sequence of str
            Names of tables that held it, of our own making.
        rewrite : bool
            Rewrite a SQLite file whether or not a trace is seen in it: for what is too long to stand on one page.
        """
        with self._told():
            if self.file is not None and self._sum is not None:
                with self._turn():
                    self._sum.changing()
                    return _remove_from_file(self.file, traces, rewrite=rewrite)
            with self._writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for table in tables:
                    connection.execute(text(f"VACUUM (FULL) {table}"))
                connection.execute(text("CHECKPOINT"))
            return 0

    def copy_to(self, target: Path) -> None:
        """Copy one state of a SQLite database into a new file."""
        with self._told(), self._reader.connect() as connection, contextlib.closing(sqlite3.connect(target)) as copy:
            driver = connection.connection.driver_connection
            cast("sqlite3.Connection", driver).backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")

    def close(self) -> None:
        """Let go of all connections."""
        self._reader.dispose()
        self._writer.dispose()
        if self.file is None or self._sum is None or not self._sum.is_due:
            return
        # Whoever is at work at this moment will put the sum back himself.
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.suppress(sqlite3.Error, SourceError, OSError))
            stack.enter_context(self._turn())
            self._sum.settle(stack.enter_context(contextlib.closing(sqlite3.connect(self.file, isolation_level=None))))

    def _changes(self, connection: Connection) -> tuple[int, object]:
        """Return what grows with every change of rows or tables in a file."""
        if self.file is None:
            return 0, None
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        return driver.total_changes, driver.execute("PRAGMA schema_version").fetchone()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            key = f"adapters.store.{_kind_of(error.orig)}"
            raise SourceError(Message(key, name=self.name, problem=_first_line(error.orig))) from error
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise SourceError(Message("adapters.store.failed", name=self.name, problem=_first_line(error))) from error


def open_database(address: str | Path) -> Database:
    """Open a database.

    Parameters
    ----------
    address : Path or str
        A file for SQLite, or a URL: ``sqlite:///FILE`` or ``postgresql://USER@HOST/NAME``.

    Raises
    ------
    ConfigError
        If the URL is of no such kind, or the driver for PostgreSQL is not installed.
    """
    if isinstance(address, Path):
        return _sqlite(address)
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise ConfigError(Message("adapters.store.bad_url", url=_without_password(address))) from error
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database and url.database != ":memory:":
        return _sqlite(Path(url.database))
    if kind in {"postgresql", "postgres"}:
        return _postgresql(url.set(drivername="postgresql+psycopg"))
    raise ConfigError(Message("adapters.store.bad_url", url=_without_password(address)))


def _without_password(address: str) -> str:
    """Hide what stands between the user's name and the @, in an address of whatever form."""
    head, at, tail = address.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else address


def _sqlite(path: Path) -> Database:
    path = path.expanduser().resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SourceError(Message("adapters.store.failed", name=shown(path), problem=error.strerror or str(error))) from error
    address = path.as_uri()

    def connect(mode: str) -> Callable[[], sqlite3.Connection]:
        # No implicit transactions of the driver: they begin too late to keep two writers apart.
        return lambda: sqlite3.connect(
            f"{address}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False, timeout=PATIENCE
        )

    reader = create_engine("sqlite://", creator=connect("ro"), poolclass=QueuePool, max_overflow=-1)
    writer = create_engine("sqlite://", creator=connect("rwc"), poolclass=NullPool)
    event.listen(writer, "connect", _prepare_writer)
    event.listen(writer, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    lock = path.parent / "writer.lock"
    return Database(shown(path), "sqlite", path, reader, writer, lambda: _turn(lock), DatabaseSum(path))


def _prepare_writer(connection: sqlite3.Connection, _: object) -> None:
    # FULL: what append has returned survives a power cut. secure_delete: what was erased is overwritten.
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {setting}")


def _remove_from_file(path: Path, traces: Sequence[bytes], *, rewrite: bool) -> int:
    """Fold the write-ahead log back and cut it; rewrite the file if a trace of what was deleted is still in it."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if rewrite or _found(path, traces):
            # A page that was split earlier may hold a copy in its unused part: only a rewritten file has none.
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return _found(path, traces)


def _found(path: Path, traces: Sequence[bytes]) -> int:
    held = [one.read_bytes() for one in path.parent.glob(path.name + "*")]
    return sum(any(trace in bytes_ for bytes_ in held) for trace in set(traces))


def _postgresql(url: URL) -> Database:
    try:
        engine = create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED")
    except (ImportError, NoSuchModuleError) as error:
        raise ConfigError(Message("adapters.store.no_driver")) from error
    return Database(url.render_as_string(hide_password=True), "postgresql", None, engine, engine, contextlib.nullcontext)


@contextlib.contextmanager
def _turn(lock: Path) -> Iterator[None]:
    """Hold the lock of the writer; the system frees it when the process dies, however it dies."""
    until = time.monotonic() + PATIENCE
    pause = 0.0005
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(lock.open("ab"))
        except OSError as error:
            key = "adapters.store.disk_full" if error.errno in _FULL else "adapters.store.failed"
            raise SourceError(Message(key, name=shown(lock), problem=error.strerror or str(error))) from error
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > until:
                    raise SourceError(Message("adapters.store.busy", name=shown(lock), problem="")) from error
                time.sleep(pause)
                pause = min(2 * pause, 0.01)
        yield


def _kind_of(error: object) -> str:
    code = int(getattr(error, "sqlite_errorcode", 0))
    state = getattr(error, "sqlstate", None)
    if code in _SQLITE_FULL or state == _POSTGRESQL_FULL:
        return "disk_full"
    # The low byte is the kind, the rest a nearer description.
    return "busy" if code & 0xFF == sqlite3.SQLITE_BUSY or state == _POSTGRESQL_BUSY else "failed"


def _first_line(error: object) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
