# SPDX-License-Identifier: Apache-2.0
"""Recordings in files: WAV, RF64, W64, FLAC, Ogg (Vorbis, Opus), MP3, AIFF, CAF, AU, read forward in pieces."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from sichen.adapters.named_files import open_named, shown
from sichen.adapters.wave_header import MendedFile, find_data_chunk
from sichen.bench import Samples
from sichen.core import DataError, Message, SourceError, digest_of_chunks

BLOCK = 1 << 20
LARGEST_CHUNK = 1 << 20
"""Samples in one piece at most, so that a header with a thousand channels cannot ask for a gigabyte."""

LOUDEST = 1e9
"""Full scales beyond which a floating-point sample is no sound: even whole numbers of 24 bits, unscaled, stay below."""
FASTEST = 10_000_000
"""Frames a second beyond which a header is wrong."""

_SHORTEST_CHUNK = 1024  # frames
_UNKNOWN_LENGTH = 1 << 62
_NOT_RECOGNISED, _SYSTEM = 1, 2  # error codes of libsndfile
_KNOWN_STARTS = {b"RIFF", b"RIFX", b"RF64", b"riff", b"fLaC", b"OggS", b"FORM", b"caff", b".snd"}
_LONGEST_OGG_PAGE = 65_307
_MEDIA_TYPES = {
    "WAV": "audio/wav",
    "WAVEX": "audio/wav",
    "RF64": "audio/wav",
    "W64": "audio/x-w64",
    "FLAC": "audio/flac",
    "OGG": "audio/ogg",
    "MP3": "audio/mpeg",
    "AIFF": "audio/aiff",
    "CAF": "audio/x-caf",
    "AU": "audio/basic",
}
_LOSSY = {"VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III"}
_FLOATING = {"FLOAT", "DOUBLE"}

_Identity = tuple[int, int, int, int]


@dataclass(frozen=True)
class AudioFile:
    """A recording in a file: a `SampleStream` that needs the memory of one piece, however long it is.

    Parameters
    ----------
    path : Path
    sample_rate : float
        Nominal frames a second, as the header says.
    channels : int
    frames : int or None
        As the header says; fewer may come when the file was cut off. None when the header leaves it open.
    media_type : str
        For example ``audio/wav``.
    encoding : str
        How a sample is written, in libsndfile's words: ``PCM_16``, ``FLOAT``, ``VORBIS`` …
    """

    path: Path
    sample_rate: float
    channels: int
    frames: int | None
    media_type: str
    encoding: str
    _identity: _Identity = field(repr=False)
    _remarks: dict[str, Message] = field(default_factory=dict, repr=False, compare=False)

    @property
    def remarks(self) -> tuple[Message, ...]:
        """What a reader of the figures should know of the file; complete once `chunks` has been read to its end."""
        return tuple(self._remarks.values())

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes of the file, read in pieces.

        Raises
        ------
        SourceError
            If the file cannot be read, or was changed since it was opened.
        """
        with open_named(self.path) as file:
            self._still_the_same(file)
            digest = digest_of_chunks(iter(lambda: file.read(BLOCK), b""))
            self._still_the_same(file)
        return digest

    def chunks(self) -> Iterator[Samples]:
        """Yield the sound from its beginning, half a second at a time.

        Yields
        ------
        ndarray of float32, shape (frames, channels)
            Whole numbers are scaled to full scale ±1; floating-point samples come as they are, NaN included, and
            what lies beyond ±1e9 becomes NaN.

        Raises
        ------
        SourceError
            If the file cannot be read, or was changed while it was read.
        """
        length = max(_SHORTEST_CHUNK, min(round(self.sample_rate / 2), LARGEST_CHUNK // self.channels))
        told, broken = 0, 0
        with open_named(self.path) as file:
            self._still_the_same(file)
            with _decoder(file, self.path) as sound:
                while True:
                    piece, problem = _read(sound, length)
                    broken += self._mark_broken(piece)
                    told += len(piece)
                    if len(piece):
                        yield piece
                    if problem or not len(piece):
                        break
            self._still_the_same(file)
        self._remark_on_end(told, broken, problem)

    def _mark_broken(self, piece: Samples) -> int:
        """Turn values that no converter gives into NaN, and count them all: their squares would overflow later."""
        if self.encoding not in _FLOATING:
            return 0
        broken = ~(np.abs(piece) <= LOUDEST)
        piece[broken] = np.nan
        return int(np.count_nonzero(broken))

    def _remark_on_end(self, told: int, broken: int, problem: str) -> None:
        if broken:
            self._remarks["broken"] = Message("adapters.audio.not_finite", count=broken)
        if problem:
            seconds = f"{told / self.sample_rate:.1f}"
            self._remarks["end"] = Message("adapters.audio.damaged_after", seconds=seconds, problem=problem)
        elif self.frames is not None and told < self.frames:
            self._remarks["end"] = Message("adapters.audio.ended_early", frames=told, promised=self.frames)

    def _still_the_same(self, file: BinaryIO) -> None:
        if _identify(file) != self._identity:
            raise SourceError(Message("adapters.audio.changed", path=shown(self.path)))


def open_recording(path: str | os.PathLike[str]) -> AudioFile:
    """Open a recording of any common format.

    Parameters
    ----------
    path : path
        WAV (8 to 32 bit, float, extensible, RF64, W64), FLAC, Ogg with Vorbis or Opus, MP3, AIFF, CAF or AU;
        any rate, any number of channels. The content decides, not the ending of the name.

    Returns
    -------
    AudioFile
        Its `remarks` say what is odd about the file: a header that promises more than there is, lossy coding.

    Raises
    ------
    SourceError
        If there is no such file, it may not be read, or it is a directory or a device.
    DataError
        If it is empty, not audio, of a format that must be converted first, or holds no sound.
    """
    path = Path(path)
    with open_named(path) as file:
        identity = _identify(file)
        _refuse_strangers(file, path)
        remarks = _remark_on_header(file)
        with _decoder(file, path) as sound:
            piece, problem = _read(sound, 1)
            if not len(piece):
                what = Message("adapters.audio.damaged", path=shown(path))
                raise DataError(what if problem else Message("adapters.audio.no_sound", path=shown(path)))
            if sound.subtype in _LOSSY:
                remarks["lossy"] = Message("adapters.audio.lossy", encoding=sound.subtype)
            if sound.samplerate > FASTEST:
                raise DataError(Message("adapters.audio.sample_rate", path=shown(path), found=sound.samplerate))
            return AudioFile(
                path=path,
                sample_rate=float(sound.samplerate),
                channels=int(sound.channels),
                frames=None if sound.frames >= _UNKNOWN_LENGTH else int(sound.frames),
                media_type=_MEDIA_TYPES.get(sound.format, "application/octet-stream"),
                encoding=str(sound.subtype),
                _identity=identity,
                _remarks=remarks,
            )


def _identify(file: BinaryIO) -> _Identity:
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _refuse_strangers(file: BinaryIO, path: Path) -> None:
    start = file.read(16)
    if not start:
        raise DataError(Message("adapters.audio.empty", path=shown(path)))
    if start[4:8] == b"ftyp" or start[:4] in {b"\x1aE\xdf\xa3", b"#!AM", b"0&\xb2u"}:
        # MP4 and M4A, WebM and Matroska, AMR, WMA: what telephones write and libsndfile does not read.
        raise DataError(Message("adapters.audio.convert_first", path=shown(path)))
    if start[:4] not in _KNOWN_STARTS and not _looks_like_mp3(start):
        raise DataError(Message("adapters.audio.not_audio", path=shown(path)))


def _looks_like_mp3(start: bytes) -> bool:
    layer_three = len(start) > 1 and start[0] == 0xFF and start[1] & 0xE6 == 0xE2  # noqa: PLR2004 - frame sync, layer III
    return start[:3] == b"ID3" or layer_three


def _remark_on_header(file: BinaryIO) -> dict[str, Message]:
    found = find_data_chunk(file)
    if found is None:
        return {"end": Message("adapters.audio.no_last_page")} if _ends_inside_ogg(file) else {}
    if found.promised is None:
        return {"header": Message("adapters.audio.header_unfinished")}
    if found.promised > found.present:
        return {"header": Message("adapters.audio.header_promises_more", promised=found.promised, present=found.present)}
    return {}


def _ends_inside_ogg(file: BinaryIO) -> bool:
    """Tell whether an Ogg file lacks the page that marks its end (RFC 3533, section 6: flag 4 of the fifth byte)."""
    file.seek(0)
    if file.read(4) != b"OggS":
        return False
    file.seek(-min(_LONGEST_OGG_PAGE, os.fstat(file.fileno()).st_size), os.SEEK_END)
    tail = file.read()
    last = tail.rfind(b"OggS")
    return not tail[last + 5 : last + 6] or not tail[last + 5] & 4


class _Forward(soundfile.SoundFile):  # type: ignore[misc] # soundfile ships no types
    """A file that is only read forward: soundfile then leaves out its seek after every piece.

    That seek fails in a FLAC file which was cut off or streamed, and it is not exact in MP3.
    """

    def seekable(self) -> bool:
        """Say no, whatever the file can."""
        return False


@contextlib.contextmanager
def _decoder(file: BinaryIO, path: Path) -> Iterator[soundfile.SoundFile]:
    with _source(file) as source:
        try:
            sound = _Forward(source, closefd=False)
        except soundfile.LibsndfileError as error:
            raise _opening_failed(error.code, str(error.error_string), path) from error
        with sound:
            yield sound


@contextlib.contextmanager
def _source(file: BinaryIO) -> Iterator[int | MendedFile]:
    """Give libsndfile a descriptor to read; by name, soundfile would trust the ending before the content."""
    found = find_data_chunk(file)
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    if found is None or found.promised is not None:
        yield file.fileno()
        return
    # libsndfile takes a size of zero at its word.
    with MendedFile(os.dup(file.fileno()), at=found.size_at, patch=found.size_field) as mended:
        yield mended


def _opening_failed(code: int, problem: str, path: Path) -> DataError | SourceError:
    if code == _NOT_RECOGNISED:
        return DataError(Message("adapters.audio.not_audio", path=shown(path)))
    if code == _SYSTEM:
        return SourceError(Message("adapters.file.unreadable", path=shown(path), problem=problem))
    return DataError(Message("adapters.audio.damaged", path=shown(path)))


def _read(sound: soundfile.SoundFile, frames: int) -> tuple[Samples, str]:
    """Read one piece; the second value names the damage that ended it, or is empty."""
    buffer = np.zeros((frames, sound.channels), dtype=np.float32)
    try:
        return sound.read(frames, dtype="float32", out=buffer), ""
    except soundfile.LibsndfileError as error:
        # What was decoded before the damage is in the buffer, followed by zeros.
        heard = np.flatnonzero(buffer.any(axis=1))
        return buffer[: heard[-1] + 1 if heard.size else 0], str(error.error_string)
