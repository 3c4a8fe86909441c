# SPDX-License-Identifier: Apache-2.0
"""A tree cut into tiles (c2sp.org/tlog-tiles): files of 256 hashes that never change once they are full.

Level 0 holds leaf hashes; a hash at level ``l + 1`` is the root over one full tile of level ``l``. What stands at the
right edge is a partial tile; it has a name of its own for each width.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sichen.core import DataError, Message
from sichen.trace.ledger.proofs import Subtree
from sichen.trace.ledger.tree import HASH_SIZE, root_of

WIDTH = 256
"""Hashes in a full tile."""

HEIGHT = 8
"""Levels of the tree that a tile spans."""

LONGEST_ENTRY = 65_535

ReadTile = Callable[["Tile"], Sequence[bytes]]
"""Gives the hashes of a tile."""

_TOP_LEVEL = 63
_PATH = re.compile(r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, order=True)
class Tile:
    """The name of a tile.

    Parameters
    ----------
    level : int, 0 to 63; -1 for a bundle of entries
    number : int >= 0
        Counted from the left within its level.
    width : int, 1 to 256
        Hashes in it; 256 is full.

    Examples
    --------
    >>> Tile(0, 1_234_067, 256).path, Tile(0, 273, 112).path
    ('tile/0/x001/x234/067', 'tile/0/273.p/112')
    """

    level: int
    number: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not (-1 <= self.level <= _TOP_LEVEL and self.number >= 0 and 1 <= self.width <= WIDTH):
            raise DataError(Message("trace.ledger.bad_tile", path=f"{self.level}/{self.number}/{self.width}"))

    @property
    def path(self) -> str:
        """Where the tile is served, below the log's address."""
        digits = str(self.number)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
        name = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
        level = "entries" if self.level < 0 else str(self.level)
        return f"tile/{level}/{name}" + ("" if self.width == WIDTH else f".p/{self.width}")

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """Read a path such as ``tile/0/x001/067.p/12``.

        Raises
        ------
        DataError
            If it is not the one way in which a tile is named.
        """
        match = _PATH.fullmatch(path)
        if match is None:
            raise DataError(Message("trace.ledger.bad_tile", path=path))
        level, upper, last, width = match.groups()
        number = int(upper.replace("x", "").replace("/", "") + last)
        found = cls(-1 if level == "entries" else int(level), number, int(width or WIDTH))
        if found.path != path:
            raise DataError(Message("trace.ledger.bad_tile", path=path))
        return found


def partial_width(size: int, level: int) -> int:
    """Return how many hashes the partial tile of a level holds; 0 when there is none.

    Examples
    --------
    >>> [partial_width(70_000, level) for level in range(4)]
    [112, 17, 1, 0]
    """
    return (size >> (HEIGHT * level)) % WIDTH


def tiles_of(size: int, *, since: int = 0) -> Iterator[Tile]:
    """Yield the tiles of hashes of a tree, except the full ones that a smaller tree already had.

    Parameters
    ----------
    size : int >= 0
    since : int, default 0
        Size of the smaller tree.

    Examples
    --------
    >>> [tile.path for tile in tiles_of(256)]
    ['tile/0/000', 'tile/1/000.p/1']
    """
    level = 0
    while (hashes := size >> (HEIGHT * level)) > 0:
        for number in range((since >> (HEIGHT * level)) // WIDTH, hashes // WIDTH):
            yield Tile(level, number)
        if hashes % WIDTH:
            yield Tile(level, hashes // WIDTH, hashes % WIDTH)
        level += 1


def entry_bundles_of(size: int, *, since: int = 0) -> Iterator[Tile]:
    """Yield the bundles of entries of a log, except the full ones that it had when it was smaller."""
    for number in range(since // WIDTH, size // WIDTH):
        yield Tile(-1, number)
    if size % WIDTH:
        yield Tile(-1, size // WIDTH, size % WIDTH)


def write_entries(entries: Sequence[bytes]) -> bytes:
    """Write the entries of a bundle, each after its length as two bytes, the higher one first.

    Raises
    ------
    DataError
        If an entry is longer than 65,535 bytes.
    """
    for entry in entries:
        if len(entry) > LONGEST_ENTRY:
            raise DataError(Message("trace.ledger.entry_too_long", found=len(entry)))
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def read_entries(data: bytes) -> tuple[bytes, ...]:
    """Read a bundle of entries.

    Raises
    ------
    DataError
        If it ends in the middle of an entry.

    Examples
    --------
    >>> read_entries(write_entries([b"", b"ab"]))
    (b'', b'ab')
    """
    found: list[bytes] = []
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2])
        entry = data[at + 2 : at + 2 + length]
        if at + 2 > len(data) or len(entry) != length:
            raise DataError(Message("trace.ledger.entries_cut_off", at=at))
        found.append(entry)
        at += 2 + length
    return tuple(found)


def read_hashes(data: bytes, width: int) -> tuple[bytes, ...]:
    """Read the hashes of a tile.

    Raises
    ------
    DataError
        If there are not exactly `width` of them.
    """
    if len(data) != width * HASH_SIZE:
        raise DataError(Message("trace.ledger.tile_length", found=len(data), needed=width * HASH_SIZE))
    return tuple(data[start : start + HASH_SIZE] for start in range(0, len(data), HASH_SIZE))


def subtrees_from(size: int, read: ReadTile) -> Subtree:
    """Give the subtrees that proofs are made of, from tiles.

    Parameters
    ----------
    size : int
        Leaves in the tree; says which tiles are partial.
    read : callable (Tile) -> sequence of bytes
        Returns the hashes of a tile. Each tile is asked for once.
    """
    known: dict[tuple[int, int], Sequence[bytes]] = {}

    def subtree(level: int, number: int) -> bytes:
        tile_level, inner = divmod(level, HEIGHT)
        first = number << inner
        tile_number = first // WIDTH
        if (tile_level, tile_number) not in known:
            width = min((size >> (HEIGHT * tile_level)) - tile_number * WIDTH, WIDTH)
            known[tile_level, tile_number] = read(Tile(tile_level, tile_number, width))
        begin = first % WIDTH
        return root_of(known[tile_level, tile_number][begin : begin + (1 << inner)])

    return subtree
