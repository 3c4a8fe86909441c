# SPDX-License-Identifier: Apache-2.0
"""The size that a WAV header promises, so that a recording which was cut off is told from a whole one."""

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Literal

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

UNKNOWN_32 = 0xFFFF_FFFF
"""A 32-bit size that says nothing: the writer could not go back, or the true size stands in the ds64 chunk."""

_W64_RIFF = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_W64_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")
_MOST_CHUNKS = 1000


@dataclass(frozen=True)
class DataChunk:
    """Where the samples stand in a WAV, RF64 or W64 file.

    Parameters
    ----------
    promised : int or None
        Bytes that the header promises; None when it leaves the size open.
    present : int
        Bytes from the first sample to the end of the file.
    size_at : int
        Where the header says it, in bytes from the beginning of the file.
    size_field : bytes
        What should stand there: `present`, or the most that the field can say.
    """

    promised: int | None
    present: int
    size_at: int
    size_field: bytes


class MendedFile(io.FileIO):
    """A file read as if other bytes stood at one place in it.

    Parameters
    ----------
    descriptor : int
        Closed with this object.
    at : int
    patch : bytes
    """

    def __init__(self, descriptor: int, *, at: int, patch: bytes) -> None:
        super().__init__(descriptor, "rb")
        self._at = at
        self._patch = patch

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place, or stay when there is none such: libsndfile asks for what a damaged header says."""
        try:
            return super().seek(offset, whence)
        except (OSError, OverflowError):
            return self.tell()

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read as `io.RawIOBase.readinto` does."""
        start = self.tell()
        count = super().readinto(buffer) or 0
        view = memoryview(buffer).cast("B")
        for place, byte in enumerate(self._patch, self._at - start):
            if 0 <= place < count:
                view[place] = byte
        return count


def find_data_chunk(file: BinaryIO) -> DataChunk | None:
    """Walk the chunks of a WAV, RF64 or W64 file until the samples.

    Parameters
    ----------
    file : binary file
        Opened for reading; its position is moved.

    Returns
    -------
    DataChunk or None
        None when the file is of another format, or its header ends before the samples.

    References
    ----------
    .. [1] RIFF: IBM and Microsoft, Multimedia Programming Interface (1991); RF64: EBU Tech 3306 (2009);
       W64: Sonic Foundry's 64-bit form, 16-byte names and sizes that count their own 24-byte head.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    head = file.read(12)
    if head[:4] in {b"RIFF", b"RIFX", b"RF64"} and head[8:12] == b"WAVE":
        return _walk_riff(file, size, "big" if head[:4] == b"RIFX" else "little")
    file.seek(0)
    if file.read(16) == _W64_RIFF:
        return _walk_w64(file, size)
    return None


def _walk_riff(file: BinaryIO, size: int, order: Literal["big", "little"]) -> DataChunk | None:
    long_size: int | None = None
    at = 12
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:  # noqa: PLR2004 - a name and a size, four bytes each
            return None
        name = head[:4]
        length = int.from_bytes(head[4:], order)
        if name == b"ds64":
            long_size = int.from_bytes(file.read(16)[8:], "little")
        if name == b"data":
            promised = long_size if length == UNKNOWN_32 else length
            present = size - at - 8
            return DataChunk(promised or None, present, at + 4, min(present, UNKNOWN_32 - 1).to_bytes(4, order))
        at += 8 + length + length % 2
    return None


def _walk_w64(file: BinaryIO, size: int) -> DataChunk | None:
    at = 40
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(24)
        length = int.from_bytes(head[16:], "little")
        if len(head) < 24 or length < 24:  # noqa: PLR2004 - the head of a chunk counts itself
            return None
        if head[:4] == b"data" and head[4:16] == _W64_TAIL:
            return DataChunk(length - 24 or None, size - at - 24, at + 16, (size - at).to_bytes(8, "little"))
        at += (length + 7) // 8 * 8
        if at > size:
            return None
    return None
