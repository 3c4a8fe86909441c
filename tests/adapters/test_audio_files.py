# SPDX-License-Identifier: Apache-2.0
"""Every recording that people bring is heard as it was made, or refused with what to do."""

import hashlib
import os
import shutil
import subprocess
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from sichen.adapters import AudioFile, open_recording
from sichen.bench import Recording, SampleStream
from sichen.core import LANGUAGES, DataError, SichenError, SourceError

Sound = npt.NDArray[np.float32]

# How far a sample may move: half a step of the coarser of file and float32; a few per cent where coding loses.
KINDS = [
    ("WAV", "PCM_U8", 2**-7),
    ("WAV", "PCM_16", 2**-15),
    ("WAV", "PCM_24", 2**-23),
    ("WAV", "PCM_32", 2**-23),
    ("WAV", "FLOAT", 0.0),
    ("WAV", "DOUBLE", 0.0),
    ("WAVEX", "PCM_16", 2**-15),
    ("WAVEX", "FLOAT", 0.0),
    ("RF64", "PCM_24", 2**-23),
    ("W64", "PCM_16", 2**-15),
    ("FLAC", "PCM_S8", 2**-7),
    ("FLAC", "PCM_16", 2**-15),
    ("FLAC", "PCM_24", 2**-23),
    ("AIFF", "PCM_16", 2**-15),
    ("CAF", "PCM_24", 2**-23),
    ("AU", "PCM_16", 2**-15),
    ("OGG", "VORBIS", 0.05),
    ("OGG", "OPUS", 0.05),
    ("MP3", "MPEG_LAYER_III", 0.05),
]


def hum(*, rate: int, channels: int, seconds: float = 1.3) -> Sound:
    """Return a smooth sound that every coder can carry, another pitch on each channel."""
    t = np.arange(round(rate * seconds)) / rate
    pitch = 200 + 50 * np.arange(channels)
    return (0.4 * np.sin(2 * np.pi * np.outer(t, pitch))).astype(np.float32)


def write(path: Path, sound: Sound, rate: int, kind: str = "WAV", subtype: str = "PCM_16") -> Path:
    soundfile.write(path, sound, rate, format=kind, subtype=subtype)
    return path


def heard(audio: AudioFile) -> Sound:
    return np.concatenate(list(audio.chunks()))


def keys(audio: AudioFile) -> list[str]:
    """Return the remarks, each of which must be speakable in both languages."""
    assert all(remark.text(language) for remark in audio.remarks for language in LANGUAGES)
    return [remark.key.removeprefix("adapters.audio.") for remark in audio.remarks]


@pytest.mark.parametrize(("kind", "subtype", "error"), KINDS)
def test_a_recording_of_each_kind_is_heard_as_it_was_made(tmp_path: Path, kind: str, subtype: str, error: float) -> None:
    sound = hum(rate=48_000, channels=2)
    path = write(tmp_path / "no.ending", sound, 48_000, kind, subtype)

    audio = open_recording(path)
    streams: list[SampleStream] = [audio, Recording(sound, 48_000.0)]

    for stream in streams:
        assert (stream.sample_rate, stream.channels, stream.frames) == (48_000.0, 2, len(sound))
    assert audio.encoding == subtype
    found = heard(audio)
    assert found.dtype == np.float32
    assert found.shape == sound.shape
    edge = 8192 if error == 0.05 else 0  # coders with loss ring where the sound begins and ends
    assert np.abs(found - sound)[edge : len(sound) - edge].max() <= error
    assert np.array_equal(found, heard(audio))
    assert keys(audio) == (["lossy"] if error == 0.05 else [])


@pytest.mark.parametrize("rate", [1, 8_000, 11_025, 44_100, 96_000, 384_000])
@pytest.mark.parametrize("channels", [1, 8, 200])
def test_any_rate_and_any_number_of_channels(tmp_path: Path, rate: int, channels: int) -> None:
    sound = hum(rate=8_000, channels=channels, seconds=0.3)

    audio = open_recording(write(tmp_path / "a.wav", sound, rate, "WAV", "FLOAT"))

    assert (audio.sample_rate, audio.channels) == (float(rate), channels)
    assert np.array_equal(heard(audio), sound)


@pytest.mark.parametrize(("kind", "media_type"), [("WAV", "audio/wav"), ("FLAC", "audio/flac"), ("OGG", "audio/ogg")])
def test_the_digest_is_that_of_the_bytes(tmp_path: Path, kind: str, media_type: str) -> None:
    path = write(tmp_path / "a", hum(rate=8_000, channels=1), 8_000, kind, "VORBIS" if kind == "OGG" else "PCM_16")

    audio = open_recording(path)

    assert audio.digest == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    assert audio.media_type == media_type


def test_a_single_sample_is_a_sound(tmp_path: Path) -> None:
    audio = open_recording(write(tmp_path / "a.wav", np.full((1, 1), 0.5, np.float32), 48_000))

    assert heard(audio).tolist() == [[0.5]]


def test_values_beyond_full_scale_and_no_numbers_come_through_and_are_told(tmp_path: Path) -> None:
    sound = np.array([[0.0], [np.nan], [7.5], [np.inf], [-np.inf]], np.float32)
    audio = open_recording(write(tmp_path / "a.wav", sound, 48_000, "WAV", "FLOAT"))
    assert keys(audio) == []

    # What is infinite is no sample either: it is read as missing, and counted.
    assert np.array_equal(heard(audio), np.where(np.isfinite(sound), sound, np.nan), equal_nan=True)
    assert keys(audio) == ["not_finite"]
    assert "3 samples" in audio.remarks[0].text("en")


@pytest.mark.parametrize("kind", ["WAV", "W64", "RF64"])
def test_a_recording_that_was_cut_off_is_heard_up_to_there(tmp_path: Path, kind: str) -> None:
    sound = hum(rate=8_000, channels=2)
    path = write(tmp_path / "a", sound, 8_000, kind)
    os.truncate(path, path.stat().st_size - 10_001)

    audio = open_recording(path)

    found = heard(audio)
    assert len(found) == len(sound) - 2501
    assert np.abs(found - sound[: len(found)]).max() <= 2**-15
    assert keys(audio) == ["header_promises_more"]


@pytest.mark.parametrize(
    ("kind", "subtype"), [("FLAC", "PCM_16"), ("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("OGG", "OPUS")]
)
def test_a_compressed_recording_that_was_cut_off_is_heard_up_to_there(tmp_path: Path, kind: str, subtype: str) -> None:
    sound = hum(rate=48_000, channels=1, seconds=6)
    path = write(tmp_path / "a", sound, 48_000, kind, subtype)
    os.truncate(path, path.stat().st_size * 6 // 10)

    audio = open_recording(path)

    found = heard(audio)
    assert 0.2 * len(sound) < len(found) < 0.8 * len(sound)
    settled = slice(0, len(found) - 8192)
    assert np.abs(found[settled] - sound[settled]).max() < 0.05
    assert set(keys(audio)) & {"damaged_after", "ended_early", "no_last_page"}


@pytest.mark.parametrize("data_size", [0xFFFF_FFFF, 0])
@pytest.mark.parametrize("riff_size", [0xFFFF_FFFF, 36, 8, 0])
def test_a_header_that_the_recorder_never_finished_does_not_hide_the_sound(
    tmp_path: Path, riff_size: int, data_size: int
) -> None:
    sound = hum(rate=8_000, channels=1)
    path = write(tmp_path / "a.wav", sound, 8_000)
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[4:8] = riff_size.to_bytes(4, "little")
    content[at : at + 4] = data_size.to_bytes(4, "little")
    path.write_bytes(content)

    audio = open_recording(path)

    assert np.abs(heard(audio) - sound).max() <= 2**-15
    assert keys(audio) == ["header_unfinished"]


def test_sound_after_other_chunks_is_found(tmp_path: Path) -> None:
    sound = hum(rate=8_000, channels=1)
    path = write(tmp_path / "a.wav", sound, 8_000)
    content = path.read_bytes()
    at = content.index(b"data")
    path.write_bytes(content[:at] + b"LIST\x05\0\0\0abcde\0" + content[at:])

    assert np.abs(heard(open_recording(path)) - sound).max() <= 2**-15
    assert keys(open_recording(path)) == []


def nothing(path: Path) -> None:
    pass


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def content(data: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(data)

    return make


def header_alone(path: Path) -> None:
    write(path, np.zeros((0, 1), np.float32), 48_000)


@pytest.mark.parametrize(
    ("make", "kind", "key"),
    [
        (nothing, SourceError, "file.missing"),
        (folder, SourceError, "file.folder"),
        (pipe, SourceError, "file.not_ordinary"),
        (content(b""), DataError, "audio.empty"),
        (content(b"R"), DataError, "audio.not_audio"),
        (content("钟表\n".encode() * 100), DataError, "audio.not_audio"),
        (content("\ufeffUTF-16 text".encode("utf-16-le") * 50), DataError, "audio.not_audio"),
        (content(b"\x89PNG\r\n\x1a\n" + bytes(100)), DataError, "audio.not_audio"),
        (content(b"RIFF\x24\0\0\0AVI LIST" + bytes(100)), DataError, "audio.not_audio"),
        (content(b"\0\0\0\x20ftypM4A \0\0\0\0" + bytes(100)), DataError, "audio.convert_first"),
        (content(b"\x1aE\xdf\xa3" + bytes(100)), DataError, "audio.convert_first"),
        (content(b"#!AMR\n" + bytes(100)), DataError, "audio.convert_first"),
        (content(b"RIFF\x24\0\0\0WAVEfmt "), DataError, "audio.damaged"),
        (content(b"fLaC" + bytes(100)), DataError, "audio.damaged"),
        (content(b"OggS" + bytes(100)), DataError, "audio.damaged"),
        (header_alone, DataError, "audio.no_sound"),
    ],
)
def test_what_is_no_recording_is_refused_with_what_to_do(
    tmp_path: Path, make: Callable[[Path], None], kind: type[SichenError], key: str
) -> None:
    path = tmp_path / "a.wav"
    make(path)

    with pytest.raises(kind) as caught:
        open_recording(path)

    assert caught.value.message.key == f"adapters.{key}"
    assert all("a.wav" in caught.value.message.text(language) for language in LANGUAGES)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg: apt-get install ffmpeg")
def test_what_telephones_and_streams_write(tmp_path: Path) -> None:
    """M4A is refused with advice; FLAC written to a pipe has no length and is heard whole."""
    sound = hum(rate=48_000, channels=1)
    source = write(tmp_path / "a.wav", sound, 48_000)
    subprocess.run(["ffmpeg", "-v", "error", "-i", source, "-c:a", "aac", tmp_path / "a.m4a"], check=True)
    piped = subprocess.run(["ffmpeg", "-v", "error", "-i", source, "-f", "flac", "-"], check=True, capture_output=True)
    (tmp_path / "a.flac").write_bytes(piped.stdout)

    with pytest.raises(DataError, match="convert it"):
        open_recording(tmp_path / "a.m4a")
    audio = open_recording(tmp_path / "a.flac")
    assert audio.frames is None
    assert np.abs(heard(audio) - sound).max() <= 2**-15
    assert keys(audio) == []


def test_a_name_that_is_no_text_can_be_spoken_of(tmp_path: Path) -> None:
    for name in (os.fsdecode(b"a\xff.wav"), "a\0.wav"):
        with pytest.raises(SourceError) as caught:
            open_recording(tmp_path / name)
        caught.value.message.text("zh").encode()


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", hum(rate=8_000, channels=1), 8_000)
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may read everything: be nobody for a moment
    try:
        with pytest.raises(SourceError, match="may not be read"):
            open_recording(path)
    finally:
        os.seteuid(user)


def test_a_file_that_changes_under_our_eyes_is_not_measured(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", hum(rate=8_000, channels=1, seconds=5), 8_000)
    audio = open_recording(path)
    pieces = audio.chunks()
    next(pieces)
    with path.open("ab") as file:
        file.write(b"more")

    with pytest.raises(SourceError, match="was changed while it was read"):
        list(pieces)
    with pytest.raises(SourceError, match="was changed while it was read"):
        _ = audio.digest


def test_a_long_recording_needs_the_memory_of_a_piece(tmp_path: Path) -> None:
    """One hour at 8 kHz, mostly a hole in the file: 58 MB on paper, nothing on the disk."""
    path = write(tmp_path / "a.wav", np.zeros((8_000, 1), np.float32), 8_000)
    length = 2 * 8_000 * 3_600
    with path.open("r+b") as file:
        at = file.read(100).index(b"data") + 4
        file.seek(at)
        file.write(length.to_bytes(4, "little"))
        file.truncate(at + 4 + length)

    audio = open_recording(path)
    pieces = audio.chunks()
    frames = len(next(pieces))
    tracemalloc.start()
    frames += sum(len(piece) for piece in pieces)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert frames == audio.frames == 8_000 * 3_600
    assert peak < 1_000_000


def test_real_recordings_are_heard(shared: Path) -> None:
    paths = [path for path in sorted((shared / "watch-audio").rglob("*")) if path.suffix in {".wav", ".flac", ".ogg"}]
    assert paths
    for path in paths[:60]:
        audio = open_recording(path)
        assert sum(len(piece) for piece in audio.chunks()) == audio.frames
