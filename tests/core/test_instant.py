# SPDX-License-Identifier: Apache-2.0
"""Times lose no nanosecond and never mix scales."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError, Duration, Instant, Scale

instants = st.builds(Instant, st.integers(-(10**18), 10**19), st.sampled_from(Scale))


@given(instants)
def test_writing_and_reading_keeps_every_nanosecond(instant: Instant) -> None:
    assert Instant.parse(instant.isoformat()) == instant


@given(instants, st.integers(-(10**18), 10**18))
def test_adding_and_taking_away_is_exact(instant: Instant, ns: int) -> None:
    step = Duration(ns)

    assert (instant + step) - instant == step
    assert (instant + step) - step == instant


def test_an_offset_is_the_same_instant() -> None:
    assert Instant.parse("2026-11-23T16:00:00.25+08:00") == Instant.parse("2026-11-23T08:00:00.250Z")


def test_instants_of_one_scale_have_an_order() -> None:
    early, late = Instant(1), Instant(2)

    assert early < late
    assert early <= late
    assert not late <= early


def test_durations_add_like_numbers() -> None:
    beat = Duration.of_seconds(0.125)

    assert beat * 8 == Duration.of_seconds(1)
    assert beat + beat - beat == beat
    assert -beat < beat
    assert beat.seconds == 0.125


def test_utc_and_tai_do_not_mix() -> None:
    with pytest.raises(DataError, match="leap-second"):
        _ = Instant(0) - Instant(0, Scale.TAI)
    with pytest.raises(DataError, match="leap-second"):
        _ = Instant(0) < Instant(0, Scale.TAI)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-23", "2026-13-01T00:00:00Z", "2026-11-23T08:00:00.1234567891Z"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="not an instant"):
        Instant.parse(text)
