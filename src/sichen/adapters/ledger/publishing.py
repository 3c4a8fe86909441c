# SPDX-License-Identifier: Apache-2.0
"""The log as static files (c2sp.org/tlog-tiles): a folder that any web server, or a memory stick, can hand out.

It holds hashes and commitments, and no event: nothing in it needs to be erased, ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sichen.adapters.ledger.reader import LedgerReader
from sichen.adapters.whole_files import write_whole
from sichen.core import DataError, Message, NotFound, SourceError
from sichen.trace.ledger import (
    Note,
    Tile,
    entry_bundles_of,
    read_checkpoint,
    read_entries,
    read_hashes,
    read_note,
    tiles_of,
)

CHECKPOINT = "checkpoint"


@dataclass(frozen=True)
class Published:
    """What was written.

    Parameters
    ----------
    size : int
        Of the checkpoint.
    files : int
        How many files were new.
    """

    size: int
    files: int


def publish(reader: LedgerReader, folder: Path) -> Published:
    """Bring a folder of static files up to the latest checkpoint; the checkpoint itself is replaced last.

    Parameters
    ----------
    reader : LedgerReader
    folder : Path
        Made when it is missing.

    Raises
    ------
    NotFound
        If the log is empty.
    SourceError
        If the folder cannot be written, or holds a larger log.
    """
    note = reader.note()
    if note is None:
        raise NotFound(Message("adapters.ledger.no_checkpoint", size=0))
    size = read_checkpoint(note).size
    try:
        before = _size_of(folder, size)
        written = sum(_write(folder / tile.path, reader.tile(tile)) for tile in _tiles(size, before))
        _write(folder / CHECKPOINT, note.text.encode(), again=True)
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(Message("adapters.ledger.not_published", problem=str(error))) from error
    return Published(size, written)


def read_published(folder: Path, tile: Tile) -> tuple[bytes, ...] | None:
    """Return the hashes or entries of a published tile; None when its file is missing or damaged."""
    try:
        data = (folder / tile.path).read_bytes()
        return read_entries(data) if tile.level < 0 else read_hashes(data, tile.width)
    except (OSError, DataError):
        return None


def read_published_checkpoint(folder: Path) -> Note:
    """Return the published checkpoint.

    Raises
    ------
    SourceError
        If there is none.
    DataError
        If it is no note.
    """
    try:
        return read_note((folder / CHECKPOINT).read_bytes())
    except OSError as error:
        raise SourceError(Message("adapters.ledger.not_published", problem=str(error))) from error


def _tiles(size: int, before: int) -> Iterator[Tile]:
    yield from tiles_of(size, since=before)
    yield from entry_bundles_of(size, since=before)


def _size_of(folder: Path, size: int) -> int:
    if not (folder / CHECKPOINT).exists():
        return 0
    before = read_checkpoint(read_published_checkpoint(folder)).size
    if before > size:
        raise SourceError(Message("adapters.ledger.published_more", found=before, size=size))
    return before


def _write(path: Path, data: bytes, *, again: bool = False) -> int:
    if path.exists() and not again:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_whole(path) as file:
        file.write(data)
    return 1
