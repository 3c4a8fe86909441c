# SPDX-License-Identifier: Apache-2.0
"""PTP: every message read and written without loss, nonsense refused, a grandmaster that says what stands behind it."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sichen.core import DataError, Instant, Scale
from sichen.timebase.leap import Leap
from sichen.timebase.ptp import (
    Announce,
    Answered,
    ClockQuality,
    Flag,
    Grandmaster,
    Kind,
    MasterSettings,
    Opaque,
    Port,
    PtpMessage,
    Stamped,
    Standing,
    accuracy_code,
    accuracy_of,
    ethernet_frame,
    from_ethernet,
    offset_and_delay,
    standing,
    tlvs,
    udp_place,
    utc_from,
)

NS = 1_000_000_000
NOON = Instant.parse("2026-11-23T12:00:37 TAI")
BYTE, WORD = st.integers(0, 255), st.integers(0, 65_535)
CLOCKS = st.binary(min_size=8, max_size=8)
PORTS = st.builds(Port, CLOCKS, WORD)
STAMPS = st.integers(0, (1 << 48) * NS - 1).map(lambda ns: Instant(ns, Scale.TAI))
ANNOUNCES = st.builds(
    Announce, CLOCKS, st.integers(-(2**15), 2**15 - 1), st.builds(ClockQuality, BYTE, BYTE, WORD),
    BYTE, BYTE, WORD, BYTE, STAMPS, BYTE,
)  # fmt: skip
BODIES = {
    Kind.SYNC: st.builds(Stamped, STAMPS),
    Kind.DELAY_REQ: st.builds(Stamped, STAMPS),
    Kind.FOLLOW_UP: st.builds(Stamped, STAMPS),
    Kind.PDELAY_REQ: st.builds(Stamped, STAMPS, st.binary(min_size=10, max_size=10)),
    Kind.DELAY_RESP: st.builds(Answered, STAMPS, PORTS),
    Kind.PDELAY_RESP: st.builds(Answered, STAMPS, PORTS),
    Kind.PDELAY_RESP_FOLLOW_UP: st.builds(Answered, STAMPS, PORTS),
    Kind.ANNOUNCE: ANNOUNCES,
}
# Fields from end to end: every bit of the header is somebody's.
FIELDS = st.tuples(
    WORD, BYTE, WORD.map(Flag), st.integers(-(2**63), 2**63 - 1), st.integers(-128, 127), st.binary(max_size=20),
    st.integers(0, 4095), st.just(2), st.integers(0, 15), st.integers(0, 2**32 - 1), BYTE,
)  # fmt: skip


@given(st.sampled_from(sorted(BODIES)).flatmap(lambda kind: st.tuples(st.just(kind), BODIES[kind])), PORTS, FIELDS)
def test_message_comes_back_as_it_was_written(body: tuple[Kind, Stamped], sender: Port, fields: tuple[int, ...]) -> None:
    message = PtpMessage(body[0], sender, body[1], *fields)  # type: ignore[arg-type]
    assert PtpMessage.decode(message.encode()) == message
    frame = ethernet_frame(message.encode(), source=b"\x02" * 6)
    assert len(frame) >= 60
    # What fills the frame up to the shortest that a cable carries does not belong to the message.
    assert PtpMessage.decode(from_ethernet(frame)) == message
    assert from_ethernet(frame[:12] + b"\x81\x00\x00\x07" + frame[12:]) == from_ethernet(frame)


@given(st.binary(max_size=120))
@example(bytes([0x0B, 0x12, 0, 64]) + bytes(60))
@example(bytes([0x0E, 0x02, 0, 40]) + bytes(range(36)))
def test_any_bytes_are_a_message_without_loss_or_are_refused(data: bytes) -> None:
    try:
        message = PtpMessage.decode(data)
    except DataError:
        return
    length = int.from_bytes(data[2:4], "big")
    assert message.encode() == data[:length]
    assert isinstance(message.body, Opaque) == (message.kind not in BODIES)


@given(st.integers(0, 63), st.integers(1, 255))
def test_damaged_announcement_is_another_message_or_refused_and_never_a_crash(place: int, flip: int) -> None:
    message = Grandmaster(MasterSettings(b"sichen!!")).announce(STANDING, now=NOON).encode()
    damaged = bytearray(message)
    damaged[place] ^= flip
    try:
        assert PtpMessage.decode(bytes(damaged)).encode() == bytes(damaged)
    except DataError:
        assert place in {1, 2, 3, *range(34, 44)} or (place == 0 and flip & 15)


def test_golden_sync_stands_where_the_standard_says() -> None:
    """Offsets of IEEE 1588-2008, table 18 and 26: type 0, version 1, length 2, domain 4, flags 6, source 20, sequence 30, stamp 34."""
    sync = PtpMessage(Kind.SYNC, Port(b"ABCDEFGH", 1), Stamped(NOON), 0x1234, 24, Flag.TWO_STEP, interval=-3).encode()
    assert (sync[0], sync[1], sync[2:4], sync[4], sync[6:8]) == (0, 2, b"\x00\x2c", 24, b"\x02\x00")
    assert (sync[20:30], sync[30:32], sync[32], sync[33]) == (b"ABCDEFGH\x00\x01", b"\x12\x34", 0, 0xFD)
    assert int.from_bytes(sync[34:40], "big") == NOON.ns // NS


def test_values_behind_the_body_are_listed_and_a_cut_one_is_refused() -> None:
    assert [one.kind for one in tlvs(bytes.fromhex("0003000600000000000080010000"))] == [3, 0x8001]
    for bad in ("00030006", "0003"):
        with pytest.raises(DataError):
            tlvs(bytes.fromhex(bad))


@pytest.mark.parametrize("bad", [Instant(0), Instant(-1, Scale.TAI), Instant((1 << 48) * NS, Scale.TAI)])
def test_time_that_is_not_tai_in_48_bits_is_refused(bad: Instant) -> None:
    with pytest.raises(DataError):
        PtpMessage(Kind.SYNC, Port(bytes(8)), Stamped(bad)).encode()
    with pytest.raises(DataError):
        PtpMessage(Kind.SYNC, Port(bytes(8)), Stamped(NOON), sequence=70_000).encode()
    with pytest.raises(DataError):
        from_ethernet(bytes(60))


STANDING = standing(
    usable=True, followed="serial", error=2e-7, leap=Leap.NONE, utc_offset=37, offset_known=True, before=None
)  # fmt: skip


def said(*, usable: bool = True, followed: str | None = None, before: Standing | None = None, **other: object) -> Standing:
    facts = {"error": 1e-6, "leap": Leap.NONE, "utc_offset": 37, "offset_known": True, **other}
    return standing(usable=usable, followed=followed, before=before, **facts)  # type: ignore[arg-type]


def test_grandmaster_says_what_stands_behind_it() -> None:
    locked = said(followed="gpsd")
    held = said(before=locked)
    assert (locked.quality.clock_class, locked.time_source) == (6, 0x20)
    assert (held.quality.clock_class, held.time_source) == (7, 0xA0)
    assert said(before=held).quality.clock_class == 7
    # An oscillator that never had a reference, the system's clock and the network are no primary reference.
    for other in (said(), said(followed="system"), said(followed="nts"), said(usable=False, before=locked)):
        assert other.quality.clock_class == 248
    assert said(followed="nts").flags & Flag.TIME_TRACEABLE
    assert not said(followed="system").flags & Flag.TIME_TRACEABLE
    assert said(usable=False, followed="gpsd").quality.accuracy == 0xFE
    assert not said(usable=False, followed="gpsd").flags & Flag.TIME_TRACEABLE
    assert not said(followed="gpsd", offset_known=False).flags & Flag.UTC_OFFSET_VALID
    assert said(followed="gpsd", leap=Leap.INSERT).flags & Flag.LEAP_61
    assert said(followed="gpsd", leap=Leap.DELETE).flags & Flag.LEAP_59


@given(st.floats(1e-13, 1e4))
def test_accuracy_code_never_says_better_than_it_is(error: float) -> None:
    bound = accuracy_of(accuracy_code(error))
    assert bound is None or bound >= error * (1 - 1e-6)
    assert accuracy_code(error) <= accuracy_code(error * 2)
    assert accuracy_of(accuracy_code(math.inf)) is None


@given(st.floats(-2.0, 2.0), st.integers(0, 10**6), st.integers(-(10**6), 10**6), st.integers(0, 10**6))
def test_slave_finds_its_offset_whatever_switches_add(offset: float, path: int, added: int, back: int) -> None:
    """Corrections may be negative: a switch that knows its cable takes it off."""
    master, slave_by = Grandmaster(MasterSettings(b"sichen!!")), round(offset * NS)
    sync = master.sync(about=NOON)
    follow = master.follow_up(sync, left=NOON)
    follow = PtpMessage.decode(PtpMessage(*(vars(follow) | {"correction": added << 16}).values()).encode())
    heard = Instant(NOON.ns + path + added + slave_by, Scale.TAI)
    asked = Instant(heard.ns + 10**8, Scale.TAI)
    request = PtpMessage(Kind.DELAY_REQ, Port(b"slave..."), Stamped(asked), 9, correction=back << 16)
    answer = master.answer(request, arrived=Instant(asked.ns - slave_by + path + back, Scale.TAI))
    assert answer is not None
    found, delay = offset_and_delay(sync, follow, heard=heard, asked=asked, answer=PtpMessage.decode(answer.encode()))
    assert found == pytest.approx(slave_by / NS, abs=1e-12)
    assert delay == pytest.approx(path / NS, abs=1e-12)


def test_another_domain_or_profile_gets_no_answer() -> None:
    master = Grandmaster(MasterSettings(b"sichen!!"))
    for other in (
        PtpMessage(Kind.DELAY_REQ, Port(b"slave..."), Stamped(NOON), domain=1),
        PtpMessage(Kind.DELAY_REQ, Port(b"slave..."), Stamped(NOON), sdo=0x100),
        PtpMessage(Kind.SYNC, Port(b"slave..."), Stamped(NOON)),
    ):
        assert master.answer(other, arrived=NOON) is None


def test_better_grandmaster_silences_ours_after_two_announcements_and_until_it_is_gone() -> None:
    ours = Grandmaster(MasterSettings(b"ours....", announce=0))
    better = Grandmaster(MasterSettings(b"theirs..", priority1=1, announce=0))
    worse = Grandmaster(MasterSettings(b"zworse..", announce=0))
    for k in range(2):
        assert ours.better(STANDING, now=k * NS) is None
        for other in (better, worse, Grandmaster(MasterSettings(b"other...", domain=9, priority1=0))):
            ours.hear(other.announce(STANDING, now=NOON), now=k * NS)
    assert ours.better(STANDING, now=2 * NS) == b"theirs.."
    assert ours.better(STANDING, now=6 * NS) is None
    ours.hear(ours.announce(STANDING, now=NOON), now=7 * NS)
    ours.hear(ours.announce(STANDING, now=NOON), now=7 * NS)
    assert ours.better(STANDING, now=7 * NS) is None
    # One in holdover yields to one that has its reference.
    ours.hear(worse.announce(STANDING, now=NOON), now=8 * NS)
    ours.hear(worse.announce(STANDING, now=NOON), now=9 * NS)
    assert ours.better(said(before=STANDING), now=9 * NS) == b"zworse.."


def test_events_and_other_messages_have_their_own_ports_and_groups() -> None:
    assert udp_place(Kind.DELAY_REQ) == ("224.0.1.129", 319)
    assert udp_place(Kind.PDELAY_REQ) == ("224.0.0.107", 319)
    assert udp_place(Kind.FOLLOW_UP) == ("224.0.1.129", 320)


def test_utc_is_read_across_both_leap_seconds_even_from_an_old_announcement() -> None:
    midnight = Instant.parse("2017-01-01T00:00:00Z")
    master = Grandmaster(MasterSettings(b"sichen!!"))
    for leap, course in (
        (Leap.INSERT, ["23:59:59", "23:59:59+", "00:00:00"]),
        (Leap.DELETE, ["23:59:58", "00:00:00", "00:00:01"]),
    ):
        before = master.announce(said(followed="gpsd", leap=leap, utc_offset=36), now=NOON)
        after = master.announce(said(followed="gpsd", utc_offset=37 if leap is Leap.INSERT else 35), now=NOON)
        begin = midnight.ns + 36 * NS - (NS if leap is Leap.INSERT else 2 * NS)
        found = []
        for k, announce in enumerate((before, before, after)):
            utc, inside = utc_from(Instant(begin + k * NS, Scale.TAI), announce)
            found.append(f"{utc.isoformat()[11:19]}{'+' if inside else ''}")
        assert found == course
