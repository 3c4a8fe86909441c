# SPDX-License-Identifier: Apache-2.0
"""The write-ahead log of SQLite, read by its own sums: a damaged frame ends the log, and SQLite says nothing.

After a crash, or beside a workbench at work, what was confirmed last stands in the file ``-wal`` only. SQLite takes the log
up to the first frame whose sum is wrong and drops the rest as if it had never been committed. Here the frames behind are
looked at too: one that carries a commit was confirmed, so what stands before it was damaged afterwards.
"""

import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ENDING = "-wal"
_HEADER, _FRAME, _SUMMED = 32, 24, 8
_MAGIC = 0x377F0682  # with its last bit set the sums are of big-endian words
_LOOKS, _PAUSE = 3, 0.2  # who writes at this moment is done with a frame long before the last look
_SIZES = {1 << power for power in range(9, 17)}


@dataclass(frozen=True)
class _Frame:
    """A frame of a log: whether it belongs to this log, whether its sum follows from the frame before, whether it commits."""

    own: bool
    whole: bool
    commits: bool


def damaged_logs(data: Path) -> Iterator[Path]:
    """Yield the write-ahead logs in a folder that lost something confirmed.

    Parameters
    ----------
    data : Path
    """
    yield from (path for path in sorted(data.rglob(f"*{ENDING}")) if path.is_file() and _stays_damaged(path))


def first_damage(log: bytes) -> int | None:
    """Return the number of the first damaged frame, 0 for the header; None where everything confirmed is whole.

    Parameters
    ----------
    log : bytes
        Of a whole log file.

    Notes
    -----
    A frame that was being written when its process died is no damage: no frame from there on commits. Frames of an older
    log, which stand behind the end of this one, hold nothing; they carry other salts.

    Examples
    --------
    >>> first_damage(b""), first_damage(bytes(4000))
    (None, 0)
    """
    if len(log) < _HEADER + _FRAME:
        return None
    magic, size, salts, kept = _head(log)
    if magic & ~1 != _MAGIC or size not in _SIZES or _summed(log[:24], (0, 0), magic) != kept:
        return 0
    frames = list(_frames(log, size, salts, kept, magic))
    bad = next((place for place, one in enumerate(frames) if not (one.own and one.whole)), None)
    if bad is None:
        return None
    if frames[bad].whole:
        return bad + 1  # it follows from the frame before and only its salts are others
    return bad + 1 if any(one.own and one.commits for one in frames[bad:]) else None


def _stays_damaged(path: Path) -> bool:
    """Look again while somebody may be writing."""
    for look in range(_LOOKS):
        if look:
            time.sleep(_PAUSE)
        try:
            if first_damage(path.read_bytes()) is None:
                return False
        except FileNotFoundError:
            return False
    return True


def _head(log: bytes) -> tuple[int, int, bytes, tuple[int, int]]:
    magic, _, size = struct.unpack(">3I", log[:12])
    return magic, size, log[16:24], struct.unpack(">2I", log[24:32])


def _frames(log: bytes, size: int, salts: bytes, before: tuple[int, int], magic: int) -> Iterator[_Frame]:
    for start in range(_HEADER, len(log) - _FRAME - size + 1, _FRAME + size):
        head, page = log[start : start + _FRAME], log[start + _FRAME : start + _FRAME + size]
        kept: tuple[int, int] = struct.unpack(">2I", head[16:24])
        found = _summed(head[:_SUMMED] + page, before, magic)
        yield _Frame(head[8:16] == salts, found == kept, head[4:8] != bytes(4))
        before = kept


def _summed(content: bytes, before: tuple[int, int], magic: int) -> tuple[int, int]:
    """Return the sum of SQLite: each word is added to the two sums before it, so a word weighs a Fibonacci number."""
    words = np.frombuffer(content, dtype=">u4" if magic & 1 else "<u4").astype(np.uint32)
    numbers = _fibonacci(len(words) + 2)
    seed = np.array(before, dtype=np.uint32)
    last, one_before = (
        int(np.dot(numbers[count:0:-1], words[:count])) + int(np.dot(numbers[[count, count + 1]], seed))
        for count in (len(words), len(words) - 1)
    )
    return one_before & 0xFFFFFFFF, last & 0xFFFFFFFF


@cache
def _fibonacci(count: int) -> NDArray[Any]:
    numbers = [0, 1]
    while len(numbers) < count:
        numbers.append((numbers[-1] + numbers[-2]) & 0xFFFFFFFF)
    return np.array(numbers, dtype=np.uint32)
