# SPDX-License-Identifier: Apache-2.0
"""What stands beside the log: rows that are kept, and forgotten, in the same transaction as the entries they describe."""

import hashlib
import json
from collections.abc import Sequence
from typing import Protocol, cast

from sichen.adapters.ledger.statements import Statements, create
from sichen.trace.ledger import Entry, Statement, read_key_log
from sichen.trace.ledger.commitment import RECORD
from sichen.trace.ledger.key_log import KIND as KEY

ERASURE = "erasure"


class SideTables(Protocol):
    """Tables of one kind of entries: its indexes, and what makes two entries the same.

    An event store is built by writing one such class and giving it to the `LedgerWriter`. The body of each event is kept by
    the ledger itself, in ``payload``; only what queries search for belongs into side tables, each row with the leaf of its
    entry, ``REFERENCES entry (leaf)`` in meaning though not enforced.
    """

    kind: str
    """The kind of entries that these tables are about; at most one class a kind."""

    def create(self, statements: Statements) -> None:
        """Make the tables where they are missing. Called in a transaction each time a ledger is opened for writing."""
        ...

    def keep(self, statements: Statements, kept: Sequence[tuple[int, Entry]]) -> None:
        """Add rows for new entries.

        Parameters
        ----------
        statements : Statements
            The transaction of the entries: rows and entries reach the disk together or not at all.
        kept : sequence of (int, Entry)
            The leaf and the entry, in order of the log. Entries that the log already had are not among them.

        Raises
        ------
        DataError
            To refuse the entries; nothing of their submission is kept then.
        """
        ...

    def forget(self, statements: Statements, leaves: Sequence[int]) -> None:
        """Delete every row that could tell what was in these entries; they are being erased."""
        ...

    def identity(self, body: bytes) -> bytes:
        """Return the identity that an entry with this body has, 32 bytes; `verify` compares."""
        ...

    def is_right(self, statements: Statements, leaf: int, body: bytes) -> bool:
        """Tell whether the rows of an entry are what its body says; `verify` asks for each entry."""
        ...

    def leaves_about(self, statements: Statements, subject: str) -> list[int]:
        """Return the leaves of the entries about a subject, such as a watch, in order of the log."""
        ...


class PlainTables:
    """A kind of entries without rows beside them; its identity is the SHA-256 of the body.

    Parameters
    ----------
    kind : str
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def create(self, statements: Statements) -> None:
        """There is nothing to make."""

    def keep(self, statements: Statements, kept: Sequence[tuple[int, Entry]]) -> None:
        """There is nothing to add."""

    def forget(self, statements: Statements, leaves: Sequence[int]) -> None:
        """There is nothing to delete."""

    def identity(self, body: bytes) -> bytes:
        """Return the SHA-256 of the body."""
        return hashlib.sha256(body).digest()

    def is_right(self, statements: Statements, leaf: int, body: bytes) -> bool:  # noqa: ARG002 - the protocol's face
        """There are no rows that could be wrong."""
        return True

    def leaves_about(self, statements: Statements, subject: str) -> list[int]:  # noqa: ARG002 - the protocol's face
        """Nothing is known of subjects."""
        return []


class KeyTables(PlainTables):
    """Statements about the keys of the log; one that does not follow from those before it is refused."""

    def __init__(self) -> None:
        super().__init__(KEY)

    def keep(self, statements: Statements, kept: Sequence[tuple[int, Entry]]) -> None:  # noqa: ARG002 - they are in the tables already
        """Follow the statements, the new ones included."""
        read_key_log(key_statements(statements))


class RecordTables(PlainTables):
    """Records of Sichen, found by whom they are about and by what they rest on."""

    def __init__(self) -> None:
        super().__init__(RECORD)

    def create(self, statements: Statements) -> None:
        """Make the table of subjects, and the one row that says up to where records were sealed."""
        create(
            statements,
            "CREATE TABLE IF NOT EXISTS record_subject (leaf {whole} PRIMARY KEY, subject {text} NOT NULL);"
            "CREATE INDEX IF NOT EXISTS record_by_subject ON record_subject (subject, leaf);"
            "CREATE TABLE IF NOT EXISTS record_sealed (one {whole} PRIMARY KEY, position {whole} NOT NULL)",
        )

    def keep(self, statements: Statements, kept: Sequence[tuple[int, Entry]]) -> None:
        """Note whom each record is about."""
        rows = [(leaf, str(json.loads(entry.body)["subject"])) for leaf, entry in kept]
        statements.run_many("INSERT INTO record_subject (leaf, subject) VALUES (?, ?)", rows)

    def forget(self, statements: Statements, leaves: Sequence[int]) -> None:
        """Forget whom they were about."""
        statements.run_many("DELETE FROM record_subject WHERE leaf = ?", [(leaf,) for leaf in leaves])

    def is_right(self, statements: Statements, leaf: int, body: bytes) -> bool:
        """Compare the noted subject with the record's."""
        rows = statements.run("SELECT subject FROM record_subject WHERE leaf = ?", (leaf,))
        return rows == [(json.loads(body)["subject"],)]

    def leaves_about(self, statements: Statements, subject: str) -> list[int]:
        """Return the leaves of the records about a subject."""
        rows = statements.run("SELECT leaf FROM record_subject WHERE subject = ? ORDER BY leaf", (subject,))
        return [cast("int", leaf) for (leaf,) in rows]


def own_tables() -> tuple[SideTables, ...]:
    """Return the side tables that every ledger has."""
    return (KeyTables(), PlainTables(ERASURE), RecordTables())


def key_statements(statements: Statements) -> list[tuple[int, Statement]]:
    """Return the statements about the keys of the log, with their leaves."""
    rows = statements.run(
        "SELECT e.leaf, p.body FROM entry e JOIN payload p ON p.leaf = e.leaf WHERE e.kind = 'key' ORDER BY e.leaf"
    )
    return [(cast("int", leaf), Statement.from_json(json.loads(cast("bytes", body)))) for leaf, body in rows]
