# SPDX-License-Identifier: Apache-2.0
"""The tree while it grows: the right edge in memory, full tiles in the database."""

from collections.abc import Iterable
from typing import cast

from sichen.adapters.ledger.statements import Statements
from sichen.core import Message, SourceError
from sichen.trace.ledger import CompactRange, leaf_hash, read_hashes, root_of
from sichen.trace.ledger.tiles import HEIGHT, WIDTH


class GrowingTree:
    """The right edge of a tree: for each level the hashes of its partial tile.

    Parameters
    ----------
    size : int
        Leaves.
    edges : list of list of bytes
        Partial tiles, level 0 first.
    """

    def __init__(self, size: int = 0, edges: list[list[bytes]] | None = None) -> None:
        self.size = size
        self._edges = edges or [[]]
        hashes = [one for edge in reversed(self._edges) for one in CompactRange().extended(edge).hashes]
        self._range = CompactRange(size, tuple(hashes))

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        return self._range.root

    @classmethod
    def load(cls, statements: Statements, size: int) -> "GrowingTree":
        """Read the edge of a tree from the database.

        Raises
        ------
        SourceError
            If rows are missing.
        """
        edges = [_leaves(statements, size)]
        level = 1
        while size >> (HEIGHT * level):
            count = size >> (HEIGHT * level)
            edges.append(_tile(statements, level, count // WIDTH, count % WIDTH))
            level += 1
        return cls(size, edges)

    def extend(self, leaves: Iterable[bytes]) -> list[tuple[int, int, bytes]]:
        """Add leaf hashes; return the tiles to be written, as level, number and hashes."""
        new = list(leaves)
        self._range = self._range.extended(new)
        changed: dict[tuple[int, int], bytes] = {}
        for leaf in new:
            number = self.size // WIDTH
            self.size += 1
            self._push(0, number, leaf, changed)
        return [(level, number, hashes) for (level, number), hashes in changed.items()]

    def _push(self, level: int, number: int, one: bytes, changed: dict[tuple[int, int], bytes]) -> None:
        if level == len(self._edges):
            self._edges.append([])
        edge = self._edges[level]
        edge.append(one)
        full = len(edge) == WIDTH
        if full or level:
            changed[level, number] = b"".join(edge)
        if full:
            self._edges[level] = []
            self._push(level + 1, number // WIDTH, root_of(edge), changed)


def _leaves(statements: Statements, size: int) -> list[bytes]:
    first = size // WIDTH * WIDTH
    rows = statements.run("SELECT commitment FROM entry WHERE leaf >= ? AND leaf < ? ORDER BY leaf", (first, size))
    if len(rows) != size - first:
        raise SourceError(Message("adapters.ledger.rows_missing", first=first, size=size))
    return [leaf_hash(cast("bytes", commitment)) for (commitment,) in rows]


def _tile(statements: Statements, level: int, number: int, width: int) -> list[bytes]:
    if width == 0:
        return []
    rows = statements.run("SELECT hashes FROM tile WHERE level = ? AND number = ?", (level, number))
    if not rows:
        raise SourceError(Message("adapters.ledger.tile_missing", level=level, number=number))
    return list(read_hashes(cast("bytes", rows[0][0]), width))
