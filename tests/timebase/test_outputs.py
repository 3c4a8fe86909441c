# SPDX-License-Identifier: Apache-2.0
"""Every output, read back, tells the second it was made for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError, Instant
from sichen.timebase.outputs import (
    PulseState,
    TimeOfDay,
    daytime,
    dlt_string,
    read_daytime,
    read_dlt_string,
    read_time_of_day,
    read_time_protocol,
    rmc,
    time_of_day,
    time_protocol,
    zda,
)
from sichen.timebase.receivers import Witness, decode, gps_leap

NS = 1_000_000_000
SECONDS = st.integers(631_152_000, 3_786_912_000).map(lambda second: Instant(second * NS))
ZONES = st.sampled_from([0, 480, -210, 345 // 30 * 30, 840, -720])


@given(SECONDS)
def test_all_outputs_tell_the_same_instant(second: Instant) -> None:
    near = Witness(near=Instant(second.ns + 300 * 86_400 * NS))
    told = {
        decode(zda(second), witness=near)[0].utc,
        decode(rmc(second), witness=near)[0].utc,
        read_dlt_string(dlt_string(second)).utc,
        read_time_of_day(time_of_day(TimeOfDay(second, gps_leap(second)))).utc,
        read_time_protocol(time_protocol(second), witness=near),
        read_daytime(daytime(second)),
    }
    assert told == {second}


@given(SECONDS, ZONES, st.integers(0, 15), st.booleans(), st.booleans())
def test_string_of_a_substation_keeps_zone_and_quality(
    second: Instant, zone: int, quality: int, pending: bool, dst: bool
) -> None:
    told = read_dlt_string(dlt_string(second, offset=zone, quality=quality, leap_pending=pending, dst=dst))
    assert (told.utc, told.offset, told.quality, told.leap_pending, told.dst) == (second, zone, quality, pending, dst)


@given(st.integers(0, 22), st.integers(1, 255))
def test_damaged_frame_is_refused(place: int, flip: int) -> None:
    frame = bytearray(time_of_day(TimeOfDay(Instant.parse("2026-11-23T08:00:00Z"), 18, PulseState.CRYSTAL_HOLDOVER, 3e-7)))
    frame[place] ^= flip
    with pytest.raises(DataError):
        read_time_of_day(bytes(frame))


def test_clock_that_is_not_locked_says_so() -> None:
    (one,) = decode(rmc(Instant.parse("2026-11-23T08:00:00Z"), locked=False))
    assert not one.valid


def test_position_next_to_a_whole_degree_carries_over() -> None:
    assert b",4000.0000,N,11700.0000,W," in rmc(Instant.parse("2026-11-23T08:00:00Z"), position=(39.9999999, -116.9999999))


@pytest.mark.parametrize("wrong", [b"", b"#", b"#00802026112308000008\r\n", b"#0080202611230800001D\r\n", "司辰".encode()])
def test_string_that_is_none_is_refused(wrong: bytes) -> None:
    with pytest.raises(DataError):
        read_dlt_string(wrong)
