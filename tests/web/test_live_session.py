# SPDX-License-Identifier: Apache-2.0
"""A live measurement without a socket: what comes when, and how much is remembered."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.fake_bench import FakeBench, FakeListener

from sichen.core import DataError
from sichen.web.bench.session import KEPT_SECONDS, Session, Settings, Source

RATE = 8000.0
TENTH = np.zeros((800, 1), dtype=np.float32)


def session() -> Session:
    """Begin a session at 8 kHz."""
    return Session(FakeBench(), Source(RATE, 1), Settings())


def test_events_come_at_the_speed_of_the_thing_measured() -> None:
    """In ten seconds: the level five times a second, a reading each second, a scope every four."""
    listening = session()

    kinds = [event["type"] for _ in range(100) for event in listening.feed(TENTH)]

    assert 45 <= kinds.count("level") <= 51
    assert 9 <= kinds.count("reading") <= 11
    assert 2 <= kinds.count("scope") <= 4


def test_a_minute_of_events_is_small() -> None:
    """A live client costs at most 2 kB/s."""
    import json

    listening = session()
    events = [event for _ in range(600) for event in listening.feed(TENTH)]

    assert len(json.dumps(events, ensure_ascii=False, separators=(",", ":")).encode()) / 60 < 2000


def test_every_beat_is_told_once() -> None:
    listening = session()
    rows = [row for _ in range(100) for event in listening.feed(TENTH) if event["type"] == "beats" for row in event["rows"]]  # type: ignore[union-attr]

    assert [row[0] for row in rows] == list(range(len(rows)))  # type: ignore[index]
    assert len(rows) >= 71


def test_memory_is_constant() -> None:
    listening = session()
    for _ in range(60):
        listening.feed(np.zeros((80_000, 1), dtype=np.float32))

    kept = len(listening.recording().samples) / RATE
    assert KEPT_SECONDS <= kept <= KEPT_SECONDS + 10


def test_another_lift_angle_is_applied_to_what_was_heard() -> None:
    listening = session()
    for _ in range(50):
        listening.feed(TENTH)

    listening.change(lift_angle=48)

    assert isinstance(listening._listener, FakeListener)
    assert listening._listener.heard == pytest.approx(5.0)
    assert listening._listener.settings.lift_angle_source == "given"


def test_another_position_begins_anew() -> None:
    listening = session()
    listening.feed(TENTH)

    listening.change(position="3H")

    assert listening.heard == 0.0
    with pytest.raises(DataError):
        listening.recording()


def test_a_position_by_its_other_name_is_the_same_position() -> None:
    assert Settings().changed(position="CB") == Settings().changed(position="FH") != Settings()


@given(st.integers(1, 4), st.lists(st.floats(-1, 1, width=32), max_size=40))
def test_samples_survive_the_wire(channels: int, values: list[float]) -> None:
    sound = np.array(values[: len(values) // channels * channels], dtype=np.float32).reshape(-1, channels)
    source = Source(48_000, channels)

    assert np.array_equal(source.samples(sound.astype("<f4").tobytes()), sound)


@given(st.lists(st.integers(-32768, 32767), max_size=40))
def test_sixteen_bit_samples_are_scaled_to_full_scale(values: list[int]) -> None:
    samples = Source(48_000, 1, "int16").samples(np.array(values, dtype="<i2").tobytes())

    assert np.array_equal(samples[:, 0] * 32768, np.array(values, dtype=np.float32))


@pytest.mark.parametrize("data", [b"abc", np.array([np.nan], "<f4").tobytes(), np.array([np.inf], "<f4").tobytes()])
def test_a_damaged_piece_is_refused(data: bytes) -> None:
    with pytest.raises(DataError):
        Source(48_000, 1).samples(data)


@pytest.mark.parametrize(("rate", "channels", "encoding"), [(100, 1, "float32"), (48_000, 9, "float32"), (48_000, 1, "mp3")])
def test_a_source_that_cannot_be_heard_is_refused(rate: float, channels: int, encoding: str) -> None:
    with pytest.raises(DataError):
        Source(rate, channels, encoding)


@pytest.mark.parametrize("said", [{"lift_angle": "52"}, {"lift_angle": True}, {"position": 3}, {"colour": "red"}])
def test_a_setting_of_the_wrong_kind_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(DataError):
        Settings().changed(**said)
