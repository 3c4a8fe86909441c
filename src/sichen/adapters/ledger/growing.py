# SPDX-License-Identifier: Apache-2.0
"""The tree while it grows: the right edge in memory, full tiles in the database."""

from collections.abc import Iterable
from typing import cast

from sichen.adapters.ledger.statements import Statements
from sichen.core import Message, SourceError
from sichen.trace.ledger import CompactRange, leaf_hash, read_hashes
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
        # The perfect subtrees of each edge, so that every inner node is hashed once.
        self._ranges = [CompactRange().extended(edge) for edge in self._edges]

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        return CompactRange(self.size, tuple(one for each in reversed(self._ranges) for one in each.hashes)).root

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
        changed: dict[tuple[int, int], bytes] = {}
        start = 0
        while start < len(new):
            stop = start + WIDTH - self.size % WIDTH
            piece = new[start:stop]
            number = self.size // WIDTH
            self.size += len(piece)
            self._push(0, number, piece, changed)
            start = stop
        return [(level, number, hashes) for (level, number), hashes in changed.items()]

    def _push(self, level: int, number: int, some: list[bytes], changed: dict[tuple[int, int], bytes]) -> None:
        """Add hashes to the tile of a level; there is room for all of them."""
        if level == len(self._edges):
            self._edges.append([])
            self._ranges.append(CompactRange())
        edge = self._edges[level]
        edge += some
        grown = self._ranges[level].extended(some)
        full = len(edge) == WIDTH
        if full or level:
            changed[level, number] = b"".join(edge)
        if full:
            self._edges[level], self._ranges[level] = [], CompactRange()
            self._push(level + 1, number // WIDTH, [grown.root], changed)
        else:
            self._ranges[level] = grown


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
