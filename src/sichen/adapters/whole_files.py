# SPDX-License-Identifier: Apache-2.0
"""Files that appear whole or not at all, whatever happens in between: an error, kill −9, a power cut."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sichen.adapters.sums import forget, note, sync_folder

_ENDING = ".part"


@dataclass(frozen=True)
class Unfinished:
    """A file that has no lasting name yet.

    Parameters
    ----------
    file : binary file
        Open for writing and reading.
    path : Path
        Where it stands meanwhile.
    """

    file: BinaryIO
    path: Path

    def finish(self, target: Path) -> None:
        """Bring the bytes to the disk, then give the file its name, then bring the name to the disk.

        Parameters
        ----------
        target : Path
            On the same file system; replaced when it exists.
        """
        self.file.flush()
        os.fsync(self.file.fileno())
        forget(target)
        self.path.replace(target)
        sync_folder(target.parent)
        note(target)


@contextlib.contextmanager
def unfinished(folder: Path) -> Iterator[Unfinished]:
    """Make a file that disappears at the end of the block unless it was finished.

    Notes
    -----
    It stays locked until then, so that `remove_leftovers` tells it from one whose writer was killed.
    """
    part = _create(folder)
    with part.file:
        try:
            yield part
        finally:
            with contextlib.suppress(FileNotFoundError):
                part.path.unlink()


@contextlib.contextmanager
def write_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its name only when the block ends without an error."""
    with unfinished(path.parent) as part:
        yield part.file
        part.finish(path)


def remove_leftovers(folder: Path) -> int:
    """Remove what killed writers left in a folder; return how many files that were.

    Files that a living writer holds stay.
    """
    removed = 0
    for path in folder.glob(f"*{_ENDING}"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
            removed += 1
    return removed


def _create(folder: Path) -> Unfinished:
    while True:
        path = folder / f".{secrets.token_hex(8)}{_ENDING}"
        file = path.open("xb+")
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return Unfinished(file, path)
        file.close()  # taken for a leftover between its making and its locking: make another
