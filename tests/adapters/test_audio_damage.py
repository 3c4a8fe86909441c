# SPDX-License-Identifier: Apache-2.0
"""Whatever happens to the bytes of a recording, the answer is sound or a clear refusal, never a crash."""

from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sichen.adapters import open_recording
from sichen.core import DataError

KINDS = {
    "WAV": "PCM_16",
    "WAVEX": "PCM_24",
    "W64": "FLOAT",
    "RF64": "PCM_16",
    "FLAC": "PCM_16",
    "OGG": "VORBIS",
    "AIFF": "PCM_16",
    "CAF": "PCM_16",
    "AU": "PCM_16",
    "MP3": "MPEG_LAYER_III",
}
FRAMES = 4000


@cache
def good(kind: str) -> bytes:
    noise = np.random.default_rng(5).standard_normal((FRAMES, 2)).astype(np.float32) * 0.1
    file = BytesIO()
    soundfile.write(file, noise, 48_000, format=kind, subtype=KINDS[kind])
    return file.getvalue()


def listen(path: Path, content: bytes) -> int | None:
    """Return how many frames were heard, or None when the file was refused."""
    path.write_bytes(content)
    try:
        audio = open_recording(path)
        frames = sum(len(piece) for piece in audio.chunks())
        assert all(remark.text("zh") for remark in audio.remarks)
    except DataError:
        return None
    return frames


@pytest.mark.parametrize("kind", KINDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_recording_cut_anywhere(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    whole = good(kind)
    length = data.draw(st.integers(0, len(whole)) | st.integers(0, 200))

    frames = listen(tmp_path / "a", whole[:length])

    assert frames is None or frames <= FRAMES


@pytest.mark.parametrize("kind", KINDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_recording_with_wrong_bytes_in_its_header(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    content = bytearray(good(kind))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(content), 120) - 5))
        content[at : at + 4] = data.draw(st.binary(min_size=4, max_size=4) | st.sampled_from([b"\xff" * 4, bytes(4)]))

    listen(tmp_path / "a", bytes(content))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.sampled_from([good(kind)[:12] for kind in KINDS]), rest=st.binary(max_size=300))
def test_a_good_start_with_anything_behind_it(tmp_path: Path, start: bytes, rest: bytes) -> None:
    listen(tmp_path / "a", start + rest)


def test_a_wav_cut_at_every_byte_gives_all_whole_frames_or_is_refused(tmp_path: Path) -> None:
    whole = good("WAV")
    start = whole.index(b"data") + 8
    for length in range(0, start + 400, 1):
        frames = listen(tmp_path / "a", whole[:length])
        present = (length - start) // 4
        assert frames == (present if present > 0 else None), length
