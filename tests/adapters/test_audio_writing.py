# SPDX-License-Identifier: Apache-2.0
"""What is written is what is read again, and the same sound is always the same bytes."""

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from sichen.adapters import open_recording, write_wav
from sichen.adapters.audio_writing import Encoding, header
from sichen.adapters.wave_header import find_data_chunk
from sichen.bench import Recording, Samples
from sichen.core import DataError, SourceError

ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)
STEP = {"PCM_16": 2**-15, "PCM_24": 2**-23, "FLOAT": 0.0}
SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9)
SOUNDS = arrays(np.float32, SHAPES, elements=st.floats(-1, 1, width=32))


def read(path: Path) -> Samples:
    return np.concatenate(list(open_recording(path).chunks()))


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sound=SOUNDS, chunk=st.integers(1, 9))
def test_reading_gives_back_what_was_written_to_half_a_step(
    tmp_path: Path, encoding: Encoding, sound: Samples, chunk: int
) -> None:
    path = tmp_path / "a.wav"

    frames = write_wav(path, Recording(sound, 44_100, chunk=chunk), encoding=encoding)

    audio = open_recording(path)
    assert (frames, audio.sample_rate, audio.channels, audio.remarks) == (len(sound), 44_100.0, sound.shape[1], ())
    # Full scale itself is one step beyond the largest integer.
    assert np.abs(read(path) - sound).max() <= STEP[encoding] * np.where(sound.max() == 1, 1, 0.5)
    write_wav(tmp_path / "b.wav", audio, encoding=encoding)
    assert (tmp_path / "b.wav").read_bytes() == path.read_bytes()


def test_the_same_sound_is_the_same_bytes_at_any_time(tmp_path: Path) -> None:
    sound = Recording(np.linspace(-1, 1, 100, dtype=np.float32).reshape(-1, 2), 48_000)
    for encoding in ENCODINGS:
        write_wav(tmp_path / "a.wav", sound, encoding=encoding)
        first = open_recording(tmp_path / "a.wav").digest
        write_wav(tmp_path / "a.wav", sound, encoding=encoding)
        assert open_recording(tmp_path / "a.wav").digest == first


def test_loud_sound_is_clipped_not_wrapped(tmp_path: Path) -> None:
    loud = np.array([[3.0], [-3.0], [1.0], [-1.0]], np.float32)

    write_wav(tmp_path / "a.wav", Recording(loud, 8_000))

    assert read(tmp_path / "a.wav")[:, 0].tolist() == [1 - 2**-15, -1.0, 1 - 2**-15, -1.0]


def test_sound_beyond_four_gibibytes_has_a_header_that_can_say_so() -> None:
    sound = Recording(np.zeros((1, 2), np.float32), 96_000)
    length = 6 * 10**9

    start = header(sound, encoding="PCM_24", length=length)

    assert start[:4] == b"RF64"
    assert int.from_bytes(start[20:28], "little") == len(start) - 8 + length
    assert int.from_bytes(start[28:36], "little") == length
    assert int.from_bytes(start[36:44], "little") == length // 6
    assert len(start) == len(header(sound, encoding="PCM_24", length=6))


def test_a_long_file_that_is_mostly_a_hole_is_read_to_its_end(tmp_path: Path) -> None:
    """4.3 GB that take no room: the length in the header is the one that libsndfile finds too."""
    sound = Recording(np.zeros((1, 1), np.float32), 48_000)
    length = 2**32 + 1000
    start = header(sound, encoding="FLOAT", length=length)
    with (tmp_path / "a.wav").open("wb+") as file:
        file.write(start)
        file.truncate(len(start) + length)
        found = find_data_chunk(file)

    audio = open_recording(tmp_path / "a.wav")

    assert found is not None
    assert found.promised == found.present == length
    assert audio.frames == length // 4
    assert audio.remarks == ()


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, Recording(np.zeros((5, 1), np.float32), 8_000))
    before = path.read_bytes()

    with pytest.raises(DataError, match="write it as float"):
        write_wav(path, Recording(np.array([[0], [np.nan]], np.float32), 8_000))
    with pytest.raises(DataError, match="no sound to write"):
        write_wav(path, Recording(np.zeros((0, 1), np.float32), 8_000))

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_no_numbers_are_written_as_float(tmp_path: Path) -> None:
    sound = np.array([[0], [np.nan], [np.inf]], np.float32)
    write_wav(tmp_path / "a.wav", Recording(sound, 8_000), encoding="FLOAT")

    # Read back, what is infinite is missing like what is no number.
    assert np.array_equal(read(tmp_path / "a.wav"), np.where(np.isfinite(sound), sound, np.nan), equal_nan=True)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder.wav").mkdir()
    for place in (tmp_path / "none" / "a.wav", tmp_path / "folder.wav"):
        with pytest.raises(SourceError, match=place.name):
            write_wav(place, Recording(np.zeros((5, 1), np.float32), 8_000))
    assert list(tmp_path.rglob("*")) == [tmp_path / "folder.wav"]


def test_a_file_of_another_kind_has_no_data_chunk(tmp_path: Path) -> None:
    for content in (b"", b"fLaC" + bytes(50), b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff"):
        (tmp_path / "a").write_bytes(content)
        with (tmp_path / "a").open("rb") as file:
            assert find_data_chunk(file) is None
