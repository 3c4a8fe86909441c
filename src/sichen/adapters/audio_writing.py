# SPDX-License-Identifier: Apache-2.0
"""Recordings written as WAV, whole or not at all, the same sound always as the same bytes.

The writer is our own because libsndfile stamps the time of day into floating-point files, which would give one
sound many digests. A short file is plain RIFF; one beyond 4 GiB becomes RF64 in the place that its header
keeps free (EBU Tech 3306, section 3), so that a stream of unknown length can be written.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np

from sichen.adapters.named_files import shown
from sichen.adapters.whole_files import write_whole
from sichen.bench import Samples, SampleStream
from sichen.core import DataError, Message, SourceError

Encoding = Literal["PCM_16", "PCM_24", "FLOAT"]

_WIDTH: dict[Encoding, int] = {"PCM_16": 2, "PCM_24": 3, "FLOAT": 4}
_PCM, _IEEE_FLOAT = 1, 3
_LARGEST_RIFF = 0xFFFF_FFFF
_HEADER = struct.Struct("<4sI4s 4sIQQQI 4sIHHIIHH 4sI")


def write_wav(path: str | os.PathLike[str], sound: SampleStream, *, encoding: Encoding = "PCM_16") -> int:
    """Write a recording as a WAV file.

    Parameters
    ----------
    path : path
        Replaced when it exists; never left half written.
    sound : SampleStream
        Of any length, also one that ends only when its source does.
    encoding : {"PCM_16", "PCM_24", "FLOAT"}
        PCM clips at full scale and rounds to the nearest step, so that reading gives back x ± half a step.

    Returns
    -------
    int
        Frames written.

    Raises
    ------
    DataError
        If there is no sound, or PCM is asked for samples that are no numbers.
    SourceError
        If the disk refuses.
    """
    path = Path(path)
    try:
        with write_whole(path) as file:
            file.write(bytes(_HEADER.size))
            frames = _write_sound(file, sound, encoding)
            length = file.tell() - _HEADER.size
            file.write(bytes(length % 2))
            file.seek(0)
            file.write(header(sound, encoding=encoding, length=length))
    except (DataError, SourceError):
        raise
    except OSError as error:
        problem = error.strerror or str(error)
        raise SourceError(Message("adapters.audio.not_written", path=shown(path), problem=problem)) from error
    return frames


def header(sound: SampleStream, *, encoding: Encoding, length: int) -> bytes:
    """Return the first bytes of a WAV file whose samples take `length` bytes."""
    width = _WIDTH[encoding]
    frame = width * sound.channels
    rate = round(sound.sample_rate)
    whole = _HEADER.size - 8 + length + length % 2
    large = whole > _LARGEST_RIFF
    return _HEADER.pack(
        b"RF64" if large else b"RIFF",
        _LARGEST_RIFF if large else whole,
        b"WAVE",
        b"ds64" if large else b"JUNK",
        28,
        whole if large else 0,
        length if large else 0,
        length // frame if large else 0,
        0,
        b"fmt ",
        16,
        _IEEE_FLOAT if encoding == "FLOAT" else _PCM,
        sound.channels,
        rate,
        rate * frame,
        frame,
        8 * width,
        b"data",
        _LARGEST_RIFF if large else length,
    )


def wav_pieces(sound: SampleStream, *, frames: int, encoding: Encoding = "PCM_16") -> Iterator[bytes]:
    """Yield a recording of known length as the bytes of a WAV file, piece by piece.

    Parameters
    ----------
    sound : SampleStream
    frames : int
        How many it will give.
    encoding : {"PCM_16", "PCM_24", "FLOAT"}
        As for `write_wav`.
    """
    length = frames * sound.channels * _WIDTH[encoding]
    yield header(sound, encoding=encoding, length=length)
    for piece in sound.chunks():
        yield _encoded(piece, encoding)
    yield bytes(length % 2)


def _write_sound(file: BinaryIO, sound: SampleStream, encoding: Encoding) -> int:
    frames = 0
    for piece in sound.chunks():
        file.write(_encoded(piece, encoding))
        frames += len(piece)
    if not frames:
        raise DataError(Message("adapters.audio.nothing_to_write"))
    return frames


def _encoded(piece: Samples, encoding: Encoding) -> bytes:
    if encoding == "FLOAT":
        return np.ascontiguousarray(piece, dtype="<f4").tobytes()
    if not np.isfinite(piece).all():
        raise DataError(Message("adapters.audio.no_numbers"))
    full = 2 ** (8 * _WIDTH[encoding] - 1)
    steps = np.clip(np.rint(piece.astype(np.float64) * full), -full, full - 1).astype("<i4")
    # The low bytes of a little-endian integer are the shorter integer.
    return np.ascontiguousarray(steps).view(np.uint8).reshape(-1, 4)[:, : _WIDTH[encoding]].tobytes()
