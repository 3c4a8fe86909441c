# SPDX-License-Identifier: Apache-2.0
"""Summaries of positions and sounds of known length, kept and streamed."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sichen.adapters import DataFolder
from sichen.adapters.audio_writing import wav_pieces, write_wav
from sichen.adapters.bench_desk import keep_series
from sichen.bench import Recording
from sichen.core import JSON, DataError, Figure, Input, Instant, Record, why


def reading(code: str | None, rate: float, *, watch: str = "1", at: int = 0) -> Record:
    """Make a reading of a watch in a position."""
    body: dict[str, JSON] = {
        "position": code,
        "series": "full",
        "rate": Figure(rate, 0.1, "s/d").to_json(),
        "amplitude": Figure(270.0, 0.5, "°").to_json(),
        "beat_error": Figure(0.1, 0.01, "ms").to_json(),
    }
    return Record("bench.reading", f"watch:{watch}", body, "test", "1", Instant(at))


def test_a_summary_opens_down_to_its_readings_and_is_kept_once(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path) as folder:
        rows = [reading("CH", 4.0, at=1), reading("6H", 1.0, at=2)]
        earlier = [reading("CH", 6.0), reading("6H", 2.0)]
        folder.records.append_all([*rows, *earlier])

        record = keep_series(folder, rows, earlier=earlier, class_name="metas")
        keep_series(folder, rows, earlier=earlier, class_name="metas")

        assert folder.records.count(kind="bench.series") == 1
        assert record.instant == Instant(2)
        assert record.inputs[:2] == tuple(Input("reading", row.digest) for row in rows)
        assert record.body["isochronism"]["Im"]["value"] == -2.0  # type: ignore[index, call-overload]
        assert {node.record.kind for node in why(record.digest, folder.records).rests_on if node.record} == {"bench.reading"}


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "one watch"),
        ([reading("CH", 1.0), reading("6H", 1.0, watch="2")], "watch:1, watch:2"),
        ([reading("CH", 1.0), reading("CH", 2.0)], "twice"),
        ([reading(None, 1.0)], "position"),
    ],
)
def test_what_is_no_round_of_one_watch_is_refused(tmp_path: Path, rows: list[Record], says: str) -> None:
    with DataFolder.open(tmp_path) as folder, pytest.raises(DataError, match=says):
        keep_series(folder, rows)


@pytest.mark.parametrize("encoding", ["PCM_16", "PCM_24", "FLOAT"])
def test_a_streamed_wav_is_the_written_wav(tmp_path: Path, encoding: str) -> None:
    sound = Recording(np.random.default_rng(1).uniform(-1, 1, (1001, 1)).astype(np.float32), 8000.0)
    write_wav(tmp_path / "a.wav", sound, encoding=encoding)  # type: ignore[arg-type]

    streamed = b"".join(wav_pieces(sound, frames=1001, encoding=encoding))  # type: ignore[arg-type]

    assert streamed == (tmp_path / "a.wav").read_bytes()
    assert soundfile.read(io.BytesIO(streamed))[0].shape == (1001,)
