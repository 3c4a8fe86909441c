# SPDX-License-Identifier: Apache-2.0
"""Everything that a ledger keeps, computed again from the beginning and compared."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sichen.adapters.ledger.growing import GrowingTree
from sichen.adapters.ledger.publishing import read_published
from sichen.adapters.ledger.reader import Kept, read_head
from sichen.adapters.ledger.side_tables import SideTables, key_statements
from sichen.adapters.ledger.statements import Backend, Statements
from sichen.adapters.ledger.writer import load_checked
from sichen.core import DataError, Message, SichenError
from sichen.trace.ledger import (
    Checkpoint,
    Tile,
    commit,
    entry_bundles_of,
    leaf_hash,
    read_checkpoint,
    read_key_log,
    read_note,
    tiles_of,
    verify_checkpoint,
)
from sichen.trace.ledger.commitment import SALT_SIZE

_PAGE = 500
_COLUMNS = (
    "SELECT e.leaf, e.kind, e.identity, e.commitment, p.salt, p.body FROM entry e LEFT JOIN payload p ON p.leaf = e.leaf"
    " WHERE e.leaf >= ? ORDER BY e.leaf LIMIT ?"
)


@dataclass(frozen=True)
class Damage:
    """Something in a ledger that is not what was written.

    Parameters
    ----------
    leaf : int or None
        None when the ledger as a whole is meant.
    message : Message
    """

    leaf: int | None
    message: Message


def damages(backend: Backend, tables: Mapping[str, SideTables], *, published: Path | None = None) -> Iterator[Damage]:
    """Check every row of a ledger, and the static files made from it; yield what is wrong. Silence is a proof.

    Parameters
    ----------
    backend : Backend
    tables : mapping of str to SideTables
        By kind.
    published : Path, optional
        Folder of static files.
    """
    try:
        with backend.reading() as statements:
            yield from _Check(statements, tables).all()
            if published is not None and published.is_dir():
                yield from _published(statements, published)
    except SichenError as error:
        yield Damage(None, error.message)
    except (TypeError, ValueError, AttributeError, LookupError) as error:
        # A hand can put text where bytes belong.
        yield Damage(None, Message("adapters.ledger.unreadable", problem=str(error)))


class _Check:
    def __init__(self, statements: Statements, tables: Mapping[str, SideTables]) -> None:
        self._statements = statements
        self._tables = tables
        self._size, self._root, self._note = read_head(statements)
        self._tree = GrowingTree()
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._roots = {cast("int", size): b"" for (size,) in statements.run("SELECT size FROM cosigned")}
        self._erased = self._declared()

    def all(self) -> Iterator[Damage]:
        yield from _pages(self._statements)
        yield from self._entries()
        yield from self._tree_and_tiles()
        yield from self._rows_without_entry()
        if self._size:
            origin = read_checkpoint(read_note(self._note)).origin
            load_checked(self._statements, origin)
            yield from self._cosigned()

    def _entries(self) -> Iterator[Damage]:
        expected = 0
        while rows := self._statements.run(_COLUMNS, (expected, _PAGE)):
            for row in rows:
                kept = Kept(*row)  # type: ignore[arg-type] # the columns are declared so
                if kept.leaf != expected:
                    yield Damage(expected, Message("adapters.ledger.gap", first=expected, last=kept.leaf - 1))
                expected = kept.leaf + 1
                wrong = self._what_is_wrong(kept)
                if wrong is not None:
                    yield Damage(kept.leaf, wrong)
                for level, number, hashes in self._tree.extend([leaf_hash(kept.commitment)]):
                    self._tiles[level, number] = hashes
                if self._tree.size in self._roots:
                    self._roots[self._tree.size] = self._tree.root

    def _what_is_wrong(self, kept: Kept) -> Message | None:
        tables = self._tables.get(kept.kind)
        if tables is None:
            return Message("adapters.ledger.unknown_kind", kind=kept.kind, known=", ".join(self._tables))
        if kept.body is None or kept.salt is None:
            erased = kept.leaf in self._erased and kept.identity is None
            return None if erased else Message("adapters.ledger.payload_lost", leaf=kept.leaf)
        return self._what_is_wrong_inside(kept, kept.salt, kept.body, tables)

    def _what_is_wrong_inside(self, kept: Kept, salt: bytes, body: bytes, tables: SideTables) -> Message | None:
        if kept.leaf in self._erased:
            return Message("adapters.ledger.not_erased", leaf=kept.leaf)
        if len(salt) != SALT_SIZE or commit(salt, body) != kept.commitment:
            return Message("adapters.ledger.payload_changed", leaf=kept.leaf)
        if tables.identity(body) != kept.identity or not tables.is_right(self._statements, kept.leaf, body):
            return Message("adapters.ledger.index_changed", leaf=kept.leaf)
        return None

    def _tree_and_tiles(self) -> Iterator[Damage]:
        if self._tree.size != self._size or (self._size and self._tree.root != self._root):
            yield Damage(None, Message("adapters.ledger.disagree", size=self._size, last=self._tree.size - 1))
        stored = {(cast("int", level), cast("int", number)): hashes for level, number, hashes in self._every_tile()}
        for level, number in sorted({*stored, *self._tiles}):
            if stored.get((level, number)) != self._tiles.get((level, number)):
                yield Damage(None, Message("adapters.ledger.tile_changed", level=level, number=number))

    def _every_tile(self) -> Iterator[tuple[object, object, object]]:
        yield from cast("list[tuple[object, object, object]]", self._statements.run("SELECT level, number, hashes FROM tile"))

    def _rows_without_entry(self) -> Iterator[Damage]:
        query = "SELECT leaf FROM payload WHERE leaf NOT IN (SELECT leaf FROM entry)"
        for (leaf,) in self._statements.run(query):
            yield Damage(cast("int", leaf), Message("adapters.ledger.payload_alone", leaf=cast("int", leaf)))

    def _cosigned(self) -> Iterator[Damage]:
        log = read_key_log(key_statements(self._statements))
        for size, note in self._statements.run("SELECT size, note FROM cosigned ORDER BY size"):
            whole = cast("int", size)
            try:
                found, _ = verify_checkpoint(cast("str", note), log.signers_of(whole))
                good = found == Checkpoint(log.origin, whole, self._roots[whole])
            except DataError:
                good = False
            if not good:
                yield Damage(None, Message("adapters.ledger.cosigned_changed", size=whole))

    def _declared(self) -> set[int]:
        rows = self._statements.run("SELECT p.body FROM entry e JOIN payload p ON p.leaf = e.leaf WHERE e.kind = 'erasure'")
        return {leaf for (body,) in rows for leaf in json.loads(cast("bytes", body))["leaves"]}


def _pages(statements: Statements) -> Iterator[Damage]:
    if statements.dialect == "sqlite":
        for (line,) in statements.run("PRAGMA integrity_check(20)"):
            if line != "ok":
                yield Damage(None, Message("adapters.ledger.unreadable", problem=str(line)))


def _published(statements: Statements, folder: Path) -> Iterator[Damage]:
    note = read_note((folder / "checkpoint").read_bytes())
    checkpoint = read_checkpoint(note)
    log = read_key_log(key_statements(statements))
    _, signed = verify_checkpoint(note, log.signers_of(checkpoint.size))
    tree = GrowingTree()
    problem: Callable[[str], Damage] = lambda path: Damage(None, Message("adapters.ledger.file_changed", path=path))  # noqa: E731
    whole = {key.key_id for key in log.signers_of(checkpoint.size)} <= {one.key.key_id for one in signed}
    if not whole or len(note.lines) != len(signed):
        yield problem("checkpoint")
    for tile in entry_bundles_of(checkpoint.size):
        entries = read_published(folder, tile)
        if entries is None or len(entries) != tile.width:
            yield problem(tile.path)
            continue
        tree.extend(leaf_hash(one) for one in entries)
        hashes = read_published(folder, Tile(0, tile.number, tile.width))
        if hashes is None or list(hashes) != [leaf_hash(one) for one in entries]:
            yield problem(Tile(0, tile.number, tile.width).path)
    if tree.size != checkpoint.size or tree.root != checkpoint.root:
        yield problem("checkpoint")
    for tile in tiles_of(checkpoint.size):
        if tile.level and read_published(folder, tile) != _above(folder, tile):
            yield problem(tile.path)


def _above(folder: Path, tile: Tile) -> tuple[bytes, ...] | None:
    """Compute a tile from the full tiles below it."""
    from sichen.trace.ledger import root_of
    from sichen.trace.ledger.tiles import WIDTH

    below = [read_published(folder, Tile(tile.level - 1, tile.number * WIDTH + one)) for one in range(tile.width)]
    return None if any(one is None for one in below) else tuple(root_of(one or ()) for one in below)
