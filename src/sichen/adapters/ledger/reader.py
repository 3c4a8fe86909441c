# SPDX-License-Identifier: Apache-2.0
"""Reading a ledger: its checkpoint, its tiles, its entries and the proofs for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from sichen.adapters.ledger.side_tables import SideTables, key_statements, own_tables
from sichen.adapters.ledger.statements import Backend, Statements
from sichen.core import Message, NotFound
from sichen.trace.ledger import (
    Checkpoint,
    KeyLog,
    Note,
    ProvedEntry,
    Tile,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    read_checkpoint,
    read_hashes,
    read_key_log,
    read_note,
    subtrees_from,
    write_entries,
)
from sichen.trace.ledger.tiles import WIDTH

_EMPTY_HEAD: tuple[int, bytes, str] = (0, b"", "")


@dataclass(frozen=True)
class Kept:
    """An entry as the ledger keeps it.

    Parameters
    ----------
    leaf : int
    kind : str
    identity : bytes or None
        None when it was erased, as are salt and body.
    commitment : bytes
    salt, body : bytes or None
    """

    leaf: int
    kind: str
    identity: bytes | None
    commitment: bytes
    salt: bytes | None
    body: bytes | None


class LedgerReader:
    """Answers questions about a ledger; any number may read while one writes.

    Parameters
    ----------
    backend : Backend
    tables : sequence of SideTables
        Of the kinds that the reader should find by subject, beside records.
    """

    def __init__(self, backend: Backend, *, tables: Sequence[SideTables] = ()) -> None:
        self.backend = backend
        self.tables = {one.kind: one for one in (*own_tables(), *tables)}

    def note(self) -> Note | None:
        """Return the latest checkpoint with the log's signatures; None when the log is empty."""
        with self.backend.reading() as statements:
            _, _, note = read_head(statements)
        return read_note(note) if note else None

    def checkpoint(self) -> Checkpoint | None:
        """Return the latest checkpoint; None when the log is empty."""
        note = self.note()
        return None if note is None else read_checkpoint(note)

    def leaf_of(self, identity: bytes) -> int | None:
        """Return the leaf of the entry with an identity, such as a record's digest; None when it is not in the log."""
        with self.backend.reading() as statements:
            rows = statements.run("SELECT leaf FROM entry WHERE identity = ?", (identity,))
        return cast("int", rows[0][0]) if rows else None

    def leaves_about(self, subject: str) -> list[int]:
        """Return the leaves of all entries about a subject, in order of the log."""
        with self.backend.reading() as statements:
            return sorted({leaf for one in self.tables.values() for leaf in one.leaves_about(statements, subject)})

    def entries(self, leaves: Iterable[int]) -> list[Kept]:
        """Return entries by leaf.

        Raises
        ------
        NotFound
            If there is no such leaf.
        """
        with self.backend.reading() as statements:
            return [read_entry(statements, leaf) for leaf in leaves]

    def key_leaves(self) -> list[int]:
        """Return the leaves of the statements about keys."""
        with self.backend.reading() as statements:
            return [leaf for leaf, _ in key_statements(statements)]

    def cosigned(self) -> list[int]:
        """Return the sizes whose checkpoints witnesses cosigned, in order."""
        with self.backend.reading() as statements:
            return [cast("int", size) for (size,) in statements.run("SELECT size FROM cosigned ORDER BY size")]

    def key_log(self) -> KeyLog:
        """Return the keys of the log and for which sizes they hold."""
        with self.backend.reading() as statements:
            return read_key_log(key_statements(statements))

    def prove(self, leaves: Iterable[int], *, size: int | None = None) -> tuple[Note, list[ProvedEntry]]:
        """Prove that entries are in the log.

        Parameters
        ----------
        leaves : iterable of int
        size : int, optional
            Of a checkpoint that witnesses cosigned; the latest checkpoint by default.

        Returns
        -------
        note : Note
            The checkpoint that the proofs lead to.
        entries : list of ProvedEntry
            In the same order.
        """
        with self.backend.reading() as statements:
            latest, _, text = read_head(statements)
            if size is not None:
                found = statements.run("SELECT note FROM cosigned WHERE size = ?", (size,))
                latest, text = size, cast("str", found[0][0]) if found else ""
            if not text:
                raise NotFound(Message("adapters.ledger.no_checkpoint", size=size or 0))
            subtree = subtrees_from(latest, lambda tile: read_tile(statements, tile))
            proved = []
            for leaf in leaves:
                kept = read_entry(statements, leaf)
                path = inclusion_proof(leaf, latest, subtree)
                proved.append(ProvedEntry(leaf, path, kept.body, kept.salt or b"", kept.commitment))
            return read_note(text), proved

    def prove_consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Prove that the tree of `new` leaves begins with the tree of `old` leaves."""
        with self.backend.reading() as statements:
            return consistency_proof(old, new, subtrees_from(new, lambda tile: read_tile(statements, tile)))

    def tile(self, tile: Tile) -> bytes:
        """Return a tile as it is served: hashes, or the entries of a bundle.

        Raises
        ------
        NotFound
            If the log has not grown so far.
        """
        with self.backend.reading() as statements:
            if tile.level >= 0:
                return b"".join(read_tile(statements, tile))
            return write_entries(_commitments(statements, tile.number * WIDTH, tile.width))


def read_head(statements: Statements) -> tuple[int, bytes, str]:
    """Return size, root and checkpoint of the log; 0, nothing and nothing when it is empty."""
    rows = statements.run("SELECT size, root, note FROM head")
    return cast("tuple[int, bytes, str]", rows[0]) if rows else _EMPTY_HEAD


def read_entry(statements: Statements, leaf: int) -> Kept:
    """Return one entry.

    Raises
    ------
    NotFound
        If there is none.
    """
    rows = statements.run(
        "SELECT e.leaf, e.kind, e.identity, e.commitment, p.salt, p.body FROM entry e"
        " LEFT JOIN payload p ON p.leaf = e.leaf WHERE e.leaf = ?",
        (leaf,),
    )
    if not rows:
        raise NotFound(Message("adapters.ledger.no_leaf", leaf=leaf))
    return Kept(*rows[0])  # type: ignore[arg-type] # the columns are declared so


def read_tile(statements: Statements, tile: Tile) -> tuple[bytes, ...]:
    """Return the hashes of a tile, the first `width` of those that there are.

    Raises
    ------
    NotFound
        If there are fewer.
    """
    if tile.level == 0 and tile.width < WIDTH:
        return tuple(leaf_hash(one) for one in _commitments(statements, tile.number * WIDTH, tile.width))
    rows = statements.run("SELECT hashes FROM tile WHERE level = ? AND number = ?", (tile.level, tile.number))
    data = cast("bytes", rows[0][0])[: tile.width * 32] if rows else b""
    if len(data) != tile.width * 32:
        raise NotFound(Message("adapters.ledger.no_tile", path=tile.path))
    return read_hashes(data, tile.width)


def _commitments(statements: Statements, first: int, count: int) -> list[bytes]:
    rows = statements.run("SELECT commitment FROM entry WHERE leaf >= ? AND leaf < ? ORDER BY leaf", (first, first + count))
    if len(rows) != count:
        raise NotFound(Message("adapters.ledger.no_leaf", leaf=first + len(rows)))
    return [cast("bytes", one) for (one,) in rows]
