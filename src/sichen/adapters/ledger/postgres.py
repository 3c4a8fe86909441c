# SPDX-License-Identifier: Apache-2.0
"""The ledger on a PostgreSQL server, by psycopg, in a schema of its own; one writer at a time by an advisory lock."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from queue import Empty, LifoQueue
from typing import TYPE_CHECKING, cast

from sqlalchemy import make_url

from sichen.adapters.ledger.statements import Dialect, Row, Value
from sichen.core import ConfigError, Message, SourceError

if TYPE_CHECKING:
    from psycopg import Connection

SCHEMA = "sichen_ledger"

_ADVISORY_LOCK = 0x4C45_4447_4552  # "LEDGER"
_IDLE = 16
_PATIENCE = "30s"
_FULL = "53100"
_BUSY = "55P03"


class PostgresStatements:
    """One transaction on the server."""

    dialect: Dialect = "postgresql"

    def __init__(self, connection: "Connection[Row]") -> None:
        self._connection = connection

    def run(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        cursor = self._connection.execute(_translated(statement), tuple(values) or None)
        return cursor.fetchall() if cursor.description is not None else []

    def run_many(self, statement: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run one statement for many rows."""
        with self._connection.cursor() as cursor:
            cursor.executemany(_translated(statement), [tuple(row) for row in rows])


class PostgresBackend:
    """A ledger's PostgreSQL database.

    Parameters
    ----------
    url : str
        ``postgresql://USER@HOST/NAME``.

    Raises
    ------
    ConfigError
        If the driver is not installed.
    SourceError
        If the server cannot be reached.
    """

    dialect: Dialect = "postgresql"

    def __init__(self, url: str) -> None:
        try:
            import psycopg
        except ImportError as error:
            raise ConfigError(Message("adapters.store.no_driver")) from error
        address = make_url(url).set(drivername="postgresql")
        self.name = address.render_as_string(hide_password=True)
        self._address = address.render_as_string(hide_password=False)
        self._driver = psycopg
        self._idle: LifoQueue[Connection[Row]] = LifoQueue(_IDLE)
        with self._told(), self._connection() as connection:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            connection.commit()

    @contextlib.contextmanager
    def writing(self) -> Iterator[PostgresStatements]:
        """Open the one transaction that writes; it is on the server's disk when the block ends, and gone on an error."""
        with self._told(), self._connection() as connection, connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
            connection.execute("SET LOCAL synchronous_commit = on")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_ADVISORY_LOCK,))
            yield PostgresStatements(connection)

    @contextlib.contextmanager
    def reading(self) -> Iterator[PostgresStatements]:
        """Open a transaction that sees one state and changes nothing."""
        with self._told(), self._connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield PostgresStatements(connection)

    def after_erasure(self, traces: Sequence[bytes]) -> int:
        """Rewrite the tables that held what was erased; the server's files are looked into by nobody."""
        with self._told(), self._connection() as connection:
            connection.rollback()
            connection.autocommit = True
            try:
                for table in ("payload", "entry"):
                    connection.execute(f"VACUUM (FULL) {SCHEMA}.{table}")
                connection.execute("CHECKPOINT")
            finally:
                connection.autocommit = False
            query = f"SELECT count(*) FROM {SCHEMA}.payload WHERE position(%s IN body) > 0 OR position(%s IN salt) > 0"  # noqa: S608
            return sum(int(cast("int", connection.execute(query, (one, one)).fetchall()[0][0])) for one in traces)

    def close(self) -> None:
        """Let go of the server."""
        with contextlib.suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    @contextlib.contextmanager
    def _connection(self) -> "Iterator[Connection[Row]]":
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = self._driver.connect(self._address, options=f"-c search_path={SCHEMA}")
        try:
            yield connection
        except BaseException:
            # Whatever state it is in: the next one begins afresh.
            connection.close()
            raise
        connection.commit()
        if self._idle.full():
            connection.close()
        else:
            self._idle.put(connection)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except self._driver.Error as error:
            kind = {_FULL: "disk_full", _BUSY: "busy"}.get(error.sqlstate or "", "failed")
            problem = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise SourceError(Message(f"adapters.store.{kind}", name=self.name, problem=problem)) from error


def _translated(statement: str) -> str:
    return statement.replace("%", "%%").replace("?", "%s")
