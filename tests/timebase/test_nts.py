# SPDX-License-Identifier: Apache-2.0
"""NTS without a network: seals, cookies, records, and everything that must not be believed."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError, Instant
from sichen.timebase.leap import Leap
from sichen.timebase.ntp import ServedClock, request
from sichen.timebase.nts import (
    Agreed,
    CookieJar,
    Keys,
    answer_records,
    believed,
    is_refusal,
    read_answer_records,
    request_records,
    sealed_answer,
    sealed_request,
    whole,
)
from sichen.timebase.nts.fields import Asked, field, read_fields, sealed

NOW = Instant.parse("2026-11-23T08:00:00Z")
CLOCK = ServedClock(1, Leap.NONE, -20, 0.0, 1e-6, b"GPS", NOW)
KEYS = Keys(bytes(range(32)), bytes(range(32, 64)))


def asked_and_answered(wanted: int = 1) -> tuple[Asked, bytes, CookieJar]:
    jar = CookieJar()
    asked = sealed_request(request(42), cookie=jar.make(KEYS), keys=KEYS, wanted=wanted)
    answer = sealed_answer(asked.packet, jar=jar, received=NOW, sent=NOW, clock=CLOCK)
    assert answer is not None
    return asked, answer, jar


@given(st.integers(1, 8))
def test_answer_brings_as_many_cookies_as_were_wanted_and_is_never_longer(wanted: int) -> None:
    asked, answer, jar = asked_and_answered(wanted)
    fresh = believed(answer, asked=asked, keys=KEYS)
    assert fresh is not None
    assert len(fresh) == wanted
    assert all(jar.open(cookie) == KEYS for cookie in fresh)
    assert len(answer) <= len(asked.packet)
    # One cookie asked, one given: 228 bytes each way, as chronyd has it.
    assert wanted > 1 or (len(asked.packet), len(answer)) == (228, 228)


@given(st.integers(0, 227), st.integers(1, 255))
def test_request_changed_anywhere_gets_nothing_sealed(place: int, flip: int) -> None:
    jar = CookieJar()
    asked = sealed_request(request(42), cookie=jar.make(KEYS), keys=KEYS)
    changed = bytearray(asked.packet)
    changed[place] ^= flip
    answer = sealed_answer(bytes(changed), jar=jar, received=NOW, sent=NOW, clock=CLOCK)
    assert answer is None or is_refusal(answer, asked=asked) or believed(answer, asked=asked, keys=KEYS) is None


@given(st.integers(0, 227), st.integers(1, 255))
def test_answer_changed_anywhere_is_not_believed(place: int, flip: int) -> None:
    asked, answer, _ = asked_and_answered()
    changed = bytearray(answer)
    changed[place] ^= flip
    assert believed(bytes(changed), asked=asked, keys=KEYS) is None


def test_answer_to_another_request_and_one_without_a_seal_are_not_believed() -> None:
    asked, answer, jar = asked_and_answered()
    other = sealed_request(request(43), cookie=jar.make(KEYS), keys=KEYS)
    assert believed(answer, asked=other, keys=KEYS) is None
    assert believed(answer[:84], asked=asked, keys=KEYS) is None
    assert believed(answer[:48], asked=asked, keys=KEYS) is None
    assert believed(answer, asked=asked, keys=Keys(KEYS.to_client, KEYS.to_server)) is None


def test_forgotten_cookie_is_refused_with_our_identifier_and_a_forged_refusal_ignored() -> None:
    jar = CookieJar()
    asked = sealed_request(request(42), cookie=jar.make(KEYS), keys=KEYS)
    for _ in range(3):
        jar.rotate()
    refusal = sealed_answer(asked.packet, jar=jar, received=NOW, sent=NOW, clock=CLOCK)
    assert refusal is not None
    assert is_refusal(refusal, asked=asked)
    assert len(refusal) <= len(asked.packet)
    other = sealed_request(request(43), cookie=jar.make(KEYS), keys=KEYS)
    assert not is_refusal(refusal, asked=other)


@given(st.binary(max_size=300))
def test_no_packet_and_no_record_raises(noise: bytes) -> None:
    jar = CookieJar()
    assert sealed_answer(b"\x23" + noise, jar=jar, received=NOW, sent=NOW, clock=CLOCK) is None
    assert believed(noise, asked=Asked(b"", bytes(32)), keys=KEYS) is None
    assert jar.open(noise) is None
    whole(noise)
    assert whole(answer_records(noise, cookies=[b"x"], port=123))


def test_what_names_itself_but_cannot_be_verified_is_refused_shortly() -> None:
    """RFC 8915, section 5.7: NTSN and the identifier, nothing else; without an identifier under protection, nothing."""
    jar = CookieJar()
    identity, cookie = field(0x0104, bytes(range(32))), field(0x0204, jar.make(KEYS))
    good = sealed(request(1) + identity + cookie, KEYS.to_server)
    broken = good[:-1] + bytes([good[-1] ^ 1])
    twice = sealed(request(1) + identity + cookie + cookie, KEYS.to_server)
    late = sealed(request(1) + identity, KEYS.to_server) + cookie
    for packet in (broken, twice, late, good[:-4], good + good[-40:], request(1) + identity + cookie):
        refusal = sealed_answer(packet, jar=jar, received=NOW, sent=NOW, clock=CLOCK)
        assert refusal is not None
        assert is_refusal(refusal, asked=Asked(packet, bytes(range(32))))
        assert len(refusal) == 84
    nameless = sealed(request(1) + cookie, KEYS.to_server)
    old = bytes([3 << 3 | 3]) + good[1:]
    for packet in (nameless, nameless + identity, good + identity, old, request(1)):
        assert sealed_answer(packet, jar=jar, received=NOW, sent=NOW, clock=CLOCK) is None


def test_packet_cut_short_has_no_fields() -> None:
    with pytest.raises(DataError):
        read_fields(bytes(48) + struct.pack(">HH", 0x0104, 400))


def test_key_exchange_agrees_on_ntp_with_the_one_cipher() -> None:
    answer = answer_records(request_records(), cookies=[b"a" * 100] * 8, port=11460)
    assert read_answer_records(answer) == Agreed((b"a" * 100,) * 8, "", 11460)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        bytes.fromhex("80000000"),
        bytes.fromhex("80010002000180000000"),
        bytes.fromhex("80010002000080000000"),
        bytes.fromhex("80010002000080040002001180000000"),
        bytes.fromhex("8001000200008004000F"),
        bytes.fromhex("8001000200008004000200 0fc099000080000000".replace(" ", "")),
        bytes.fromhex("80010002000080010002000080000000"),
    ],
    ids=["nothing", "end", "other protocol", "no cipher", "other cipher", "cut", "unknown critical", "twice"],
)
def test_client_that_speaks_otherwise_gets_no_cookies(said: bytes) -> None:
    answer = answer_records(said, cookies=[b"a" * 100] * 8, port=123)
    assert b"a" * 100 not in answer
    with pytest.raises(DataError):
        read_answer_records(answer)
