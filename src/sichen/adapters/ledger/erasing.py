# SPDX-License-Identifier: Apache-2.0
"""Erasing entries: salt and payload go, the leaf stays, and the log says that they were erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sichen.adapters.clock import now
from sichen.adapters.ledger.backups import shred_backups
from sichen.adapters.ledger.reader import Kept, read_entry
from sichen.adapters.ledger.side_tables import ERASURE
from sichen.adapters.ledger.statements import Statements
from sichen.adapters.ledger.writer import LedgerWriter
from sichen.trace.ledger import Entry

FORM = "sichen.erasure/1"


@dataclass(frozen=True)
class Erased:
    """What was erased.

    Parameters
    ----------
    leaves : tuple of int
    left : int
        Traces of the erased bytes that can still be found in the database files; 0 is wanted.
    backups : tuple of str
        Backups that can no longer be opened, because they held the bytes too: make a new one.
    """

    leaves: tuple[int, ...]
    left: int
    backups: tuple[str, ...]


def erase(writer: LedgerWriter, leaves: Sequence[int], *, reason: str, folder: Path | None = None) -> Erased:
    """Erase what entries say, for ever; that something stood there can still be proved.

    Parameters
    ----------
    writer : LedgerWriter
    leaves : sequence of int
    reason : str
        Why, without naming anybody: it stays in the log.
    folder : Path, optional
        Where keys of backups are; those backups can no longer be opened afterwards.

    Returns
    -------
    Erased

    Raises
    ------
    NotFound
        If there is no such leaf; then nothing is erased.
    """
    wanted = sorted(set(leaves))
    kept = writer.run(lambda statements: [read_entry(statements, leaf) for leaf in wanted])
    # The log says so first: should the power fail in between, `verify` asks for the erasure to be done again.
    writer.append([Entry.of_json(ERASURE, {"form": FORM, "leaves": wanted, "reason": reason, "instant": now().isoformat()})])
    writer.run(lambda statements: _delete(statements, writer, kept))
    traces = [trace for one in kept for trace in _traces(one)]
    left = writer.maintain(lambda: writer.backend.after_erasure(traces))
    return Erased(tuple(wanted), left, () if folder is None else shred_backups(folder))


def _delete(statements: Statements, writer: LedgerWriter, kept: Sequence[Kept]) -> None:
    for one in kept:
        statements.run("DELETE FROM payload WHERE leaf = ?", (one.leaf,))
        statements.run("UPDATE entry SET identity = NULL WHERE leaf = ?", (one.leaf,))
        writer.tables[one.kind].forget(statements, [one.leaf])


def _traces(kept: Kept) -> list[bytes]:
    """Return what to search for: the salt, which stands beside the body and occurs nowhere else."""
    if kept.body is None or kept.salt is None:
        return []
    return [kept.salt]
