# SPDX-License-Identifier: Apache-2.0
"""A house's ledger: the database, the keys that sign it, and how both begin and change."""

import secrets
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from sichen.adapters.clock import now
from sichen.adapters.ledger.key_folder import KeyFolder
from sichen.adapters.ledger.postgres import PostgresBackend
from sichen.adapters.ledger.reader import LedgerReader, read_head
from sichen.adapters.ledger.schema import TABLES
from sichen.adapters.ledger.side_tables import SideTables, key_statements
from sichen.adapters.ledger.sqlite import SqliteBackend
from sichen.adapters.ledger.statements import Backend, create
from sichen.adapters.ledger.writer import LedgerWriter, Receipt
from sichen.core import DataError, Message
from sichen.trace.ledger import Entry, KeyLog, Signer, Statement, VerifierKey, read_key_log
from sichen.trace.ledger.key_log import KIND as KEY


class HouseLedger:
    """The ledger of a data folder; use it in a ``with`` block.

    Parameters
    ----------
    folder : Path
        Where keys are, and the SQLite file unless `database` names a server.
    database : str, optional
        ``postgresql://…``; an address of SQLite or None means the file in the folder.
    tables : sequence of SideTables
        Of the kinds beside records.
    backend : Backend, optional
        Opened already, instead of `database`.

    Raises
    ------
    SourceError
        If the database cannot be opened.
    """

    FILE = "ledger.sqlite"

    def __init__(
        self,
        folder: Path,
        *,
        database: str | None = None,
        tables: Sequence[SideTables] = (),
        backend: Backend | None = None,
    ) -> None:
        self.folder = folder
        self.keys = KeyFolder(folder / "keys")
        self.recovery = KeyFolder(folder / "recovery")
        server = database is not None and database.startswith("postgres")
        self.backend = backend or (PostgresBackend(cast("str", database)) if server else SqliteBackend(folder / self.FILE))
        self._tables = tuple(tables)
        self._writer: LedgerWriter | None = None
        self._starting = threading.RLock()
        try:
            with self.backend.writing() as statements:
                create(statements, TABLES)
        except BaseException:
            self.backend.close()
            raise
        self.reader = LedgerReader(self.backend, tables=self._tables)
        with self.backend.writing() as statements:
            for one in self.reader.tables.values():
                one.create(statements)

    def has_begun(self) -> bool:
        """Tell whether the log has its first leaf."""
        with self.backend.reading() as statements:
            return read_head(statements)[0] > 0

    def begin(self, origin: str | None = None) -> Receipt:
        """Make the keys and the first leaf, which names them.

        Parameters
        ----------
        origin : str, optional
            Name of the log, best an address of the house, such as ``watches.example/log``; random by default.

        Raises
        ------
        DataError
            If the log has begun already.
        """
        if self.has_begun():
            raise DataError(Message("adapters.ledger.begun", name=self.backend.name))
        name = origin or f"sichen.local/{secrets.token_hex(8)}"
        signers, recovery = self.keys.make(name), self.recovery.make(f"{name}/recovery")
        statement = Statement("begin", name, _public(signers), _public(recovery), now()).signed(signers)
        self._writer = LedgerWriter(self.backend, origin=name, signers=signers, tables=self._tables)
        return self._writer.change_keys(_entry(statement), signers)

    @property
    def writer(self) -> LedgerWriter:
        """The writer; the log is begun when it has not yet.

        Raises
        ------
        ConfigError
            If the private keys are not here.
        SourceError
            If the ledger is damaged.
        """
        if self._writer is None:
            with self._starting:  # the first two who write may come at once
                self._start()
        return cast("LedgerWriter", self._writer)

    @property
    def is_writing(self) -> bool:
        """Whether the writer runs, so that asking for it takes no time."""
        return self._writer is not None

    def key_log(self) -> KeyLog:
        """Return the keys of the log and for which sizes they hold."""
        with self.backend.reading() as statements:
            return read_key_log(key_statements(statements))

    def rotate(self) -> Receipt:
        """Replace the keys: the old ones sign for the new ones, and are destroyed."""
        log = self.key_log()
        old = log.periods[-1]
        before = self.keys.find(old.keys)
        new = self.keys.make(log.origin)
        statement = Statement("rotate", log.origin, _public(new), old.recovery, now()).signed((*before, *new))
        receipt = self.writer.change_keys(_entry(statement), new)
        self.keys.destroy(old.keys)
        return receipt

    def declare_compromise(self, *, since: int, recovery: KeyFolder | None = None) -> Receipt:
        """Replace stolen keys, with the recovery keys out of the safe.

        Parameters
        ----------
        since : int
            The last size that the rightful owner signed; larger checkpoints under the old keys prove nothing.
        recovery : KeyFolder, optional
            Where the recovery keys were brought to; the ledger's own folder by default.

        Raises
        ------
        ConfigError
            If the recovery keys are not there.
        DataError
            If the log never had that size.
        """
        log = self.key_log()
        old = log.periods[-1]
        rescue = (recovery or self.recovery).find(old.recovery)
        new = self.keys.make(log.origin)
        statement = Statement("compromise", log.origin, _public(new), old.recovery, now(), since=since)
        entry = _entry(statement.signed((*rescue, *new)))
        if self._writer is None:
            # The stolen keys are not needed for it, and may be gone.
            self._writer = LedgerWriter(self.backend, origin=log.origin, signers=new, tables=self._tables)
        receipt = self._writer.change_keys(entry, new)
        self.keys.destroy(old.keys)
        return receipt

    def _start(self) -> None:
        if self._writer is None and not self.has_begun():
            self.begin()
        elif self._writer is None:
            log = self.key_log()
            signers = self.keys.find(log.periods[-1].keys)
            self._writer = LedgerWriter(self.backend, origin=log.origin, signers=signers, tables=self._tables)

    def close(self) -> None:
        """Finish what was submitted and let go of the database."""
        if self._writer is not None:
            self._writer.close()
        self.backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _public(signers: Sequence[Signer]) -> tuple[VerifierKey, ...]:
    return tuple(signer.verifier for signer in signers)


def _entry(statement: Statement) -> Entry:
    return Entry.of_json(KEY, statement.to_json())
