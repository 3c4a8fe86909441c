# SPDX-License-Identifier: Apache-2.0
"""A disk for SQLite that loses power: what was not synced is kept in part, in any order, torn at any sector.

The files live in memory. A write goes into what the program sees at once, and into a list of what the platter has not
seen; a sync empties that list. When the power fails, each sector of each unsynced write reaches the platter or does not,
by lot, and what the next start finds is the platter.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import apsw

SECTOR = 512


class PowerFailure(Exception):
    """The power failed at this operation."""


@dataclass
class Platter:
    """What is on the disk, and what is only on its way.

    Parameters
    ----------
    files : dict of str to bytearray
        As they are on the platter.
    """

    files: dict[str, bytearray] = field(default_factory=dict)
    seen: dict[str, bytearray] = field(default_factory=dict)
    pending: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    operations: int = 0
    fails_at: int | None = None

    def step(self) -> None:
        """Count an operation that writes, and fail at the chosen one, and ever after."""
        self.operations += 1
        if self.fails_at is not None and self.operations >= self.fails_at:
            raise PowerFailure

    def after_failure(self, lot: random.Random) -> "Platter":
        """Return what the next start finds."""
        files = {name: bytearray(data) for name, data in self.files.items()}
        for name, writes in self.pending.items():
            kept = files.setdefault(name, bytearray())
            for offset, data in writes:
                if offset < 0:
                    if lot.random() < 0.5:
                        del kept[-offset - 1 :]
                    continue
                for start in range(0, len(data), SECTOR):
                    if lot.random() < 0.5:
                        _put(kept, offset + start, data[start : start + SECTOR])
        return Platter(files)

    def open(self, name: str) -> bytearray:
        """Return a file as the program sees it; made when it is missing."""
        if name not in self.seen:
            self.seen[name] = bytearray(self.files.get(name, b""))
        return self.seen[name]

    def sync(self, name: str) -> None:
        """Bring a file to the platter."""
        self.files[name] = bytearray(self.open(name))
        self.pending[name] = []


class LossyDisk(apsw.VFS):
    """SQLite's file layer over a `Platter`.

    Parameters
    ----------
    name : str
        By which a connection asks for it.
    platter : Platter
    """

    def __init__(self, name: str, platter: Platter) -> None:
        self.platter = platter
        super().__init__(name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: Sequence[int]) -> "LossyFile":  # noqa: N802 - SQLite's names
        """Open a file; temporary ones are kept too."""
        text = "temporary" if name is None else name if isinstance(name, str) else name.filename()
        return LossyFile(self.platter, text.rpartition("/")[2], flags)

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: ARG002, N802
        """Tell whether a file is there."""
        name = pathname.rpartition("/")[2]
        return name in self.platter.seen or name in self.platter.files

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: ARG002, N802
        """Remove a file; the name is gone from the platter at once."""
        self.platter.step()
        name = filename.rpartition("/")[2]
        for table in (self.platter.files, self.platter.seen, self.platter.pending):
            table.pop(name, None)

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        """Names are whole already."""
        return name


class LossyFile(apsw.VFSFile):
    """One file of a `LossyDisk`."""

    def __init__(self, platter: Platter, name: str, flags: Sequence[int]) -> None:
        self._platter = platter
        self._name = name
        self._flags = flags
        platter.open(name)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        """Read what the program sees."""
        return bytes(self._platter.open(self._name)[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        """Write; the platter has not seen it yet."""
        self._platter.step()
        _put(self._platter.open(self._name), offset, data)
        self._platter.pending.setdefault(self._name, []).append((offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        """Cut the file; the platter has not seen it yet."""
        self._platter.step()
        del self._platter.open(self._name)[newsize:]
        self._platter.pending.setdefault(self._name, []).append((-newsize - 1, b""))

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802
        """Bring the file to the platter."""
        self._platter.step()
        self._platter.sync(self._name)

    def xFileSize(self) -> int:  # noqa: N802
        """Return the size that the program sees."""
        return len(self._platter.open(self._name))

    def xLock(self, level: int) -> None:  # noqa: N802
        """There is one connection only."""

    def xUnlock(self, level: int) -> None:  # noqa: N802
        """There is one connection only."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        """There is one connection only."""
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        """Return the bytes that reach the platter together."""
        return SECTOR

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        """Return no promises at all."""
        return 0

    def xFileControl(self, op: int, ptr: int) -> bool:  # noqa: ARG002, N802
        """Nothing is known."""
        return False

    def xClose(self) -> None:  # noqa: N802
        """Let go; closing syncs nothing."""


def _put(file: bytearray, offset: int, data: bytes) -> None:
    if len(file) < offset:
        file.extend(bytes(offset - len(file)))
    file[offset : offset + len(data)] = data
