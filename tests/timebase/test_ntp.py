# SPDX-License-Identifier: Apache-2.0
"""NTP packets there and back, what a server leaves unanswered, and what a client does not believe."""

import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError, Instant
from sichen.timebase.leap import Leap
from sichen.timebase.ntp import (
    AccessList,
    Exchange,
    Kiss,
    KissOfDeath,
    NtpPacket,
    RateLimiter,
    Refused,
    ServedClock,
    answer,
    kiss,
    ntp_time,
    read_answer,
    request,
    utc_time,
)
from sichen.timebase.receivers import Witness

NS = 1_000_000_000
NOW = Instant.parse("2026-11-23T08:00:00Z")
CLOCK = ServedClock(1, Leap.NONE, -20, 0.0, 1e-6, b"GPS", NOW)
COOKIE = 0x123456789ABCDEF0


def later(seconds: float, start: Instant = NOW) -> Instant:
    return Instant(start.ns + round(seconds * NS))


@given(st.integers(-(2**31), 2**34).map(lambda second: Instant(second * NS)), st.integers(0, NS - 1))
def test_time_stamp_tells_its_nanosecond_in_every_era(second: Instant, rest: int) -> None:
    instant = Instant(second.ns + rest)
    near = Witness(near=Instant(instant.ns - 1_000_000_000 * NS))
    assert abs(utc_time(ntp_time(instant), witness=near).ns - instant.ns) <= 1


@given(st.floats(-50.0, 50.0), st.floats(0.0, 0.4), st.floats(0.0, 0.4), st.floats(0.0, 0.1))
def test_client_finds_the_offset_within_half_the_asymmetry(offset: float, there: float, back: float, thinking: float) -> None:
    received, sent = later(offset + there), later(offset + there + thinking)
    data = answer(request(COOKIE), received=received, sent=sent, clock=CLOCK)
    assert data is not None
    found = read_answer(data, cookie=COOKIE, departed=NOW, arrived=later(there + thinking + back))
    assert isinstance(found, Exchange)
    assert abs(found.delay - there - back) < 1e-8
    assert abs(found.offset - offset) <= abs(there - back) / 2 + 1e-8
    assert abs(found.offset - offset) <= found.u + 1e-8


@given(st.binary(max_size=200))
def test_answer_is_never_longer_than_its_request(data: bytes) -> None:
    for said in (answer(data, received=NOW, sent=NOW, clock=CLOCK), kiss(data, b"RATE", received=NOW)):
        assert said is None or len(said) <= len(data)


@pytest.mark.parametrize("mode", [0, 1, 2, 4, 5, 6, 7])
def test_only_clients_are_answered(mode: int) -> None:
    asked = bytes([4 << 3 | mode]) + request(COOKIE)[1:]
    assert answer(asked, received=NOW, sent=NOW, clock=CLOCK) is None


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_version_is_answered_as_asked(version: int) -> None:
    said = answer(request(COOKIE, version=version), received=NOW, sent=NOW, clock=CLOCK)
    assert said is not None
    assert NtpPacket.decode(said).version == version


def test_extension_fields_are_passed_over() -> None:
    said = answer(request(COOKIE) + bytes(200), received=NOW, sent=NOW, clock=CLOCK)
    assert said is not None
    assert len(said) == 48


def test_clock_that_must_not_be_used_says_so() -> None:
    said = answer(request(COOKIE), received=NOW, sent=NOW, clock=replace(CLOCK, stratum=16))
    assert said is not None
    assert isinstance(read_answer(said, cookie=COOKIE, departed=NOW, arrived=NOW), Refused)


def test_uncertainty_grows_with_the_age_of_the_last_correction() -> None:
    fresh, old = (answer(request(COOKIE), received=later(age), sent=later(age), clock=CLOCK) for age in (0, 3600))
    assert fresh is not None
    assert old is not None
    growth = NtpPacket.decode(old).root_dispersion - NtpPacket.decode(fresh).root_dispersion
    assert growth == pytest.approx(3600 * 15e-6, abs=2**-15)


def changed(**values: object) -> bytes:
    said = answer(request(COOKIE), received=NOW, sent=NOW, clock=CLOCK)
    assert said is not None
    return replace(NtpPacket.decode(said), **values).encode()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(47),
        changed(origin=COOKIE + 1),
        changed(origin=0),
        changed(stratum=16),
        changed(leap=Leap.UNKNOWN),
        changed(sent=0),
        changed(root_dispersion=2.0),
        changed(sent=ntp_time(later(-1.0))),
        bytes([4 << 3 | 3]) + changed()[1:],
        struct.pack(">B", 4 << 3 | 6) + changed()[1:],
    ],
)
def test_client_does_not_believe(data: bytes) -> None:
    assert isinstance(read_answer(data, cookie=COOKIE, departed=NOW, arrived=later(0.01)), Refused)


@pytest.mark.parametrize("code", ["RATE", "DENY", "RSTR"])
def test_kiss_is_obeyed_only_when_it_answers_our_request(code: str) -> None:
    said = kiss(request(COOKIE), code.encode(), received=NOW)
    assert said is not None
    assert read_answer(said, cookie=COOKIE, departed=NOW, arrived=NOW) == KissOfDeath(Kiss(code))
    assert isinstance(read_answer(said, cookie=COOKIE + 1, departed=NOW, arrived=NOW), Refused)


def test_client_that_asks_too_often_is_slowed_and_others_are_not() -> None:
    limiter = RateLimiter(interval=1.0, burst=8)
    said = [limiter.judge("10.0.0.1", later(number * 0.01)) for number in range(400)]
    assert said[:8] == [b"ok"] * 8
    assert said.count(b"ok") < 14
    assert 0 < said.count(b"RATE") < 60
    assert limiter.judge("10.0.0.2", later(4.0)) == b"ok"
    assert limiter.judge("10.0.0.1", later(40.0)) == b"ok"


def test_table_of_clients_is_bounded() -> None:
    limiter = RateLimiter(clients=100)
    for number in range(10_000):
        limiter.judge(f"10.{number >> 8}.{number & 255}.1", later(number * 1e-3))
    assert len(limiter._buckets) == 100


def test_narrowest_network_decides() -> None:
    rules = AccessList(("10.0.0.0/8", "10.6.7.0/24"), ("10.6.0.0/16",))
    assert [rules.allows(one) for one in ("10.1.1.1", "10.6.1.1", "10.6.7.1", "192.0.2.1", "fd00::1")] == [
        True,
        False,
        True,
        False,
        False,
    ]


def test_packet_that_is_cut_is_refused() -> None:
    with pytest.raises(DataError):
        NtpPacket.decode(bytes(47))
