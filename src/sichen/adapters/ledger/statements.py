# SPDX-License-Identifier: Apache-2.0
"""What the ledger asks of a database: few statements, the same ones for SQLite and PostgreSQL."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Literal, Protocol, TypeAlias

Value: TypeAlias = int | float | str | bytes | None
Row: TypeAlias = tuple[Value, ...]
Dialect = Literal["sqlite", "postgresql"]

TYPES: dict[Dialect, dict[str, str]] = {
    "sqlite": {"whole": "INTEGER", "bytes": "BLOB", "text": "TEXT", "real": "REAL"},
    "postgresql": {"whole": "BIGINT", "bytes": "BYTEA", "text": 'TEXT COLLATE "C"', "real": "DOUBLE PRECISION"},
}
"""How each dialect calls the types; write ``{whole}`` in a table's definition and format it with this."""


class Statements(Protocol):
    """One transaction. Blanks in a statement are question marks, whatever the database."""

    dialect: Dialect

    def run(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        ...

    def run_many(self, statement: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run one statement for many rows."""
        ...


class Backend(Protocol):
    """A database that keeps a ledger."""

    name: str
    dialect: Dialect

    def writing(self) -> AbstractContextManager[Statements]:
        """Open the one transaction that writes: on the disk when the block ends, gone on an error."""
        ...

    def reading(self) -> AbstractContextManager[Statements]:
        """Open a transaction that sees one state of the ledger and changes nothing."""
        ...

    def after_erasure(self, traces: Sequence[bytes]) -> int:
        """Remove what deleted rows left behind; return how many of the traces can still be found (0 is wanted)."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


def create(statements: Statements, definitions: str) -> None:
    """Run the definitions of tables, separated by semicolons, with the types of the dialect."""
    for one in definitions.format(**TYPES[statements.dialect]).split(";"):
        if one.strip():
            statements.run(one)
