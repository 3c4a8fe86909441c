# SPDX-License-Identifier: Apache-2.0
"""Sums of whole files in a data folder, so that one changed byte is found wherever it is.

Records and artifacts prove themselves by their digests. Databases hold more than records (rows of an index, unused parts of
their pages), and settings and keys hold no digest at all. So each file that Sichen has written in an orderly way has its
sum in the folder ``sums``: taken away before the file changes, put back when it has changed. After a crash the sum of
what was being written is missing, which is told and is no alarm; the next orderly end puts it back.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import quote, unquote

from sichen.core import Message

FOLDER = "sums"
DEPTH = 4
"""How many folders deep in a data folder a file with a sum may be."""
_OWN_PROOF = {FOLDER, "artifacts"}
_PASSING = (".lock", ".writer", "-shm", "-wal", ".part", ".backup")
"""Files without a meaning of their own: locks, and what SQLite makes anew or checks itself."""
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Compared:
    """What the sums of a data folder say.

    Parameters
    ----------
    changed : tuple of (str, Message)
        File and what is wrong with it.
    whole : int
        How many files are what they were.
    open : tuple of str
        Files without a sum: somebody is writing them, or was when the power failed.
    """

    changed: tuple[tuple[str, Message], ...]
    whole: int
    open: tuple[str, ...]


class Connection(Protocol):
    """What a SQLite connection of either driver can do."""

    def execute(self, statement: str, /) -> Any:  # noqa: ANN401 - the cursors of two drivers
        """Run one statement."""


class DatabaseSum:
    """The sum of a SQLite file that this process may write.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = _place(path)
        self._changed = False

    def changing(self) -> None:
        """Take the sum away; to be called with the write lock held, before each commit that changes something.

        The sum of a file that somebody damaged stays: what is written now must not make the damage look right.
        """
        if self._place is not None and self._place.exists():
            if self._path.exists() and not _is_right(self._path, self._place):
                return
            _remove(self._place)
        self._changed = True

    @property
    def is_due(self) -> bool:
        """Whether this process has changed the file and should put its sum back."""
        return self._changed and self._place is not None

    def settle(self, connection: Connection) -> None:
        """Fold the write-ahead log back, and write down the sum unless somebody else is at work.

        Parameters
        ----------
        connection
            One that may write, outside a transaction; errors of the database pass through.
        """
        if not self.is_due or cast("Path", self._place).exists():
            return
        connection.execute("PRAGMA busy_timeout=200").fetchall()
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            log = self._path.with_name(f"{self._path.name}-wal")
            if not log.exists() or log.stat().st_size == 0:
                note(self._path)
        finally:
            connection.execute("ROLLBACK")


def begin(data: Path) -> None:
    """Give a data folder its folder of sums."""
    (data / FOLDER).mkdir(exist_ok=True, mode=0o700)


def note(path: Path) -> None:
    """Write down the sum of a file as it is now; a file outside a data folder has none."""
    place = _place(path)
    if place is None or not path.is_file():
        return
    part = place.with_name(f".{secrets.token_hex(8)}.part")
    with part.open("xb") as file:
        file.write(f"{_sum(path)}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    part.replace(place)


def forget(path: Path) -> None:
    """Take away the sum of a file that is about to change; that is on the disk when this returns."""
    _remove(_place(path))


def compare(data: Path) -> Compared:
    """Compare every file of a data folder with its sum.

    Parameters
    ----------
    data : Path
    """
    kept = {unquote(one.name): one for one in (data / FOLDER).glob("*") if not one.name.startswith(".")}
    here = set(_files(data))
    changed: list[tuple[str, Message]] = []
    for name, place in sorted(kept.items()):
        if name not in here:
            changed.append((name, Message("adapters.verify.file_gone", name=name)))
        elif not _is_right(data / name, place):
            changed.append((name, Message("adapters.verify.file_changed", name=name)))
    return Compared(tuple(changed), len(kept) - len(changed), tuple(sorted(here - set(kept))))


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(place: Path | None) -> None:
    if place is not None and place.exists():
        place.unlink(missing_ok=True)
        sync_folder(place.parent)


def _files(data: Path) -> Iterator[str]:
    for folder, names, files in os.walk(data):
        inside = Path(folder).relative_to(data)
        names[:] = [name for name in names if inside.parts or name not in _OWN_PROOF]
        yield from (str(inside / name) for name in files if not name.endswith(_PASSING))


def _place(path: Path) -> Path | None:
    """Return where the sum of a file is kept; None where the file needs none."""
    for root in list(path.absolute().parents)[:DEPTH]:
        if (root / FOLDER).is_dir():
            inside = path.absolute().relative_to(root)
            own = inside.parts[0] in _OWN_PROOF or path.name.endswith(_PASSING)
            return None if own else root / FOLDER / quote(str(inside), safe="")
    return None


def _is_right(path: Path, place: Path) -> bool:
    return place.read_bytes() == f"{_sum(path)}\n".encode()


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        state = hashlib.sha256()
        while block := file.read(_BLOCK):
            state.update(block)
    return f"sha256:{state.hexdigest()}"
