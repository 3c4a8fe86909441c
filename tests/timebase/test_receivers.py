# SPDX-License-Identifier: Apache-2.0
"""Times from recorded receivers, from cut and damaged streams, and over the turns of their week counters."""

import json
import random
import struct
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sichen.core import DataError, Instant
from sichen.timebase.receivers import (
    Framer,
    Protocol,
    Receiver,
    Sky,
    Witness,
    decode,
    frames,
    from_beidou,
    from_gps,
    from_ntp,
    gps_leap,
    resolve,
    warnings,
)

NS = 1_000_000_000
WEEK = 604_800

# Where gpsd's own answer is another than the truth: handbook, time synchronisation, section 4.
CORRECTED = {
    "neo-m8n": "2015-03-18T17:19:26",
    "oncore-binary-pos-hold": "2020-04-10T05:12:50",
    "ublox-lea-4t": "2009-01-28T20:35:43.001",
    "ublox-aek-4t": "2007-12-23T23:11:23.999",
}
# Cut out of a stream: a sentence that gpsd takes as the end of an epoch is not there any more.
OTHERWISE = {*CORRECTED, "tcp-torture", "bu303-nofix"}


def recorded(shared: Path) -> list[Path]:
    return sorted((shared / "gnss/gpsd").glob("*.log"))


def seconds(text: str) -> float:
    return Instant.parse(text).ns / NS


def test_times_of_every_log_are_those_that_gpsd_found(shared: Path) -> None:
    wrong = []
    for log in recorded(shared):
        if log.stem in OTHERWISE:
            continue
        wanted = set()
        for line in log.with_suffix(".log.chk").read_text(errors="replace").splitlines():
            if line.startswith('{"class":"TPV"') and "time" in (found := json.loads(line)):
                wanted.add(round(seconds(found["time"]) * 50))
        got = {round(one.utc.ns / NS * 50) for one in decode(log.read_bytes())}
        wrong += [f"{log.stem} {tick}" for tick in wanted if not {tick - 1, tick, tick + 1} & got]
    assert wrong == []


@pytest.mark.parametrize(("name", "first"), CORRECTED.items())
def test_first_time_is_true_where_the_receiver_or_gpsd_is_wrong(shared: Path, name: str, first: str) -> None:
    times = decode((shared / f"gnss/gpsd/{name}.log").read_bytes())
    assert abs(times[0].utc.ns / NS - seconds(first + "Z")) < 0.002


def test_receiver_without_a_fix_has_no_valid_time(shared: Path) -> None:
    times = decode((shared / "gnss/gpsd/bu303-nofix.log").read_bytes())
    assert len(times) == 7
    assert not any(one.valid for one in times)
    assert all(one.reason is not None for one in times)


def test_sentences_without_a_checksum_say_nothing(shared: Path) -> None:
    assert decode((shared / "gnss/gpsd/hp58534a.log").read_bytes()) == []


def test_time_goes_on_but_is_not_valid_when_the_fix_is_lost(shared: Path) -> None:
    times = decode((shared / "gnss/gpsd/motorola-t805.log").read_bytes())
    states = [one.valid for one in times]
    assert not states[0]
    fixed = states.index(True)
    assert False in states[fixed:]
    gaps = [right.utc.ns - left.utc.ns for left, right in pairwise(times)]
    assert max(gaps) < 2 * NS


@pytest.mark.parametrize(
    ("name", "leap"), [("ublox-lea-4t", 15), ("ublox-aek-4t", 14), ("trimble-res720", 18), ("oncore-m12", 18)]
)
def test_leap_count_is_the_one_of_its_day(shared: Path, name: str, leap: int) -> None:
    times = decode((shared / f"gnss/gpsd/{name}.log").read_bytes())
    assert {one.leap for one in times} <= {leap, None}
    assert leap in {one.leap for one in times}


def test_jamming_indicator_is_read(shared: Path) -> None:
    receiver, seen = Receiver(), []
    for frame in frames((shared / "gnss/gpsd/navisys-gr701w.log").read_bytes()):
        list(receiver.feed(frame.data))
        if frame.protocol is Protocol.UBX and frame.data[2:4] == b"\x0a\x09":
            seen.append(receiver.sky.jamming)
    assert len(seen) == 21
    assert seen[:4] == [5, 4, 2, 4]


def test_frame_cut_at_the_end_of_the_file_is_none(shared: Path) -> None:
    receiver = Receiver()
    times = list(receiver.feed((shared / "gnss/gpsd/ublox8-uniqid-monhw.log").read_bytes(), final=True))
    assert receiver.sky.jamming is None
    assert any(one.utc.isoformat().startswith("2024-03-24T20:42:21") for one in times)


def sentence(body: str) -> bytes:
    total = 0
    for byte in body.encode():
        total ^= byte
    return f"${body}*{total:02X}\r\n".encode()


def ubx(kind: tuple[int, int], payload: bytes) -> bytes:
    body = bytes(kind) + struct.pack("<H", len(payload)) + payload
    a = b = 0
    for byte in body:
        a = (a + byte) & 255
        b = (b + a) & 255
    return b"\xb5\x62" + body + bytes([a, b])


def casic(kind: tuple[int, int], payload: bytes) -> bytes:
    words = sum(struct.unpack(f"<{len(payload) // 4}I", payload))
    total = ((kind[1] << 24) + (kind[0] << 16) + len(payload) + words) & 0xFFFFFFFF
    return b"\xba\xce" + struct.pack("<HBB", len(payload), *kind) + payload + struct.pack("<I", total)


def skytraq(payload: bytes) -> bytes:
    total = 0
    for byte in payload:
        total ^= byte
    return b"\xa0\xa1" + struct.pack(">H", len(payload)) + payload + bytes([total]) + b"\r\n"


def test_casic_time_is_read_only_when_all_its_flags_are_set() -> None:
    fields = (0, 1e-16, 0.0, 250, 2025, 6, 7, 8, 9, 10)
    for flags, dated, good in ((7, 1, True), (3, 1, False), (7, 0, False)):
        payload = struct.pack("<IffHHBBBBBBBB", *fields, flags, 0, dated)
        (one,) = decode(casic((0x01, 0x10), payload))
        assert one.utc.isoformat() == "2025-06-07T08:09:10.250000000Z"
        assert one.valid is good
    assert one.protocol is Protocol.CASIC


def test_skytraq_week_becomes_utc_by_the_leap_table() -> None:
    (one,) = decode(skytraq(b"\xdc\x01" + struct.pack(">HIH", 1890, 252_099_000, 100) + b"\x00"))
    assert one.utc.isoformat() == "2016-03-29T22:01:22.000000000Z"
    assert (one.leap, one.source_week_raw) == (17, 1890)


def test_two_dates_for_one_second_are_both_suspect() -> None:
    data = sentence("GPRMC,101010.00,A,5000.0,N,00800.0,E,0.0,0.0,010224,,,A") + sentence("GPZDA,101010.00,02,02,2024,00,00")
    assert [one.valid for one in decode(data)] == [False, False]


@pytest.mark.parametrize("talker", ["GP", "GN", "BD", "GB", "GL", "GA", "GQ", "QZ", "GI"])
def test_every_talker_is_understood(talker: str) -> None:
    (one,) = decode(sentence(f"{talker}RMC,101010.00,A,5000.0,N,00800.0,E,0.0,0.0,010224,,,A"))
    assert one.valid


@pytest.mark.parametrize("mode", ["N", "E", "M", "S"])
def test_time_without_satellites_is_not_valid(mode: str) -> None:
    (one,) = decode(sentence(f"GPRMC,101010.00,A,5000.0,N,00800.0,E,0.0,0.0,010224,,,{mode}"))
    assert not one.valid


def test_midnight_between_a_date_and_a_fix_is_the_next_day() -> None:
    data = sentence("GPRMC,235959.00,A,5000.0,N,00800.0,E,0.0,0.0,311224,,,A") + sentence(
        "GPGGA,000000.00,5000.0,N,00800.0,E,1,08,1.0,0,M,0,M,,"
    )
    assert [one.utc.isoformat()[:19] for one in decode(data)] == ["2024-12-31T23:59:59", "2025-01-01T00:00:00"]


def mixed() -> bytes:
    parts = [
        sentence("GPRMC,101010.00,A,5000.0,N,00800.0,E,0.0,0.0,010224,,,A"),
        ubx((0x01, 0x07), bytes(4) + struct.pack("<HBBBBBBIiBB", 2024, 2, 1, 10, 10, 10, 7, 20, -5, 3, 1) + bytes(70)),
        b"\x00\xb5\x62\x01\x07\xff",
        casic((0x01, 0x10), struct.pack("<IffHHBBBBBBBB", 0, 1e-16, 0.0, 0, 2024, 2, 1, 10, 10, 10, 7, 0, 1)),
        skytraq(b"\xdc\x01" + struct.pack(">HIH", 2299, 382_228_000, 100) + b"\x00"),
        b"\x10\x8f\xab\x00",
        sentence("GPZDA,101011.00,01,02,2024,00,00"),
    ]
    return b"".join(parts)


@given(st.lists(st.integers(0, len(mixed())), max_size=12))
def test_where_the_stream_is_cut_does_not_matter(cuts: list[int]) -> None:
    whole, receiver, found = mixed(), Receiver(), []
    edges = [0, *sorted(cuts), len(whole)]
    for left, right in pairwise(edges):
        found += list(receiver.feed(whole[left:right]))
    found += list(receiver.feed(b"", final=True))
    assert found == list(Receiver().feed(whole, final=True))
    assert len(found) == 5


@given(st.binary(max_size=300), st.binary(max_size=300))
@settings(max_examples=300)
def test_any_bytes_before_and_after_hide_no_message(before: bytes, after: bytes) -> None:
    wanted = sentence("GPZDA,101010.00,01,02,2024,00,00").strip()
    found = [frame.data for frame in Framer().feed(before + b"\r\n" + wanted + after, final=True)]
    longer = [data for data in found if wanted in data]
    assert wanted in found or longer


def test_damaged_recordings_raise_nothing(shared: Path) -> None:
    generator = random.Random(7)
    whole = b"".join(log.read_bytes() for log in recorded(shared))
    for _ in range(400):
        start = generator.randrange(len(whole))
        piece = bytearray(whole[start : start + generator.randrange(10, 3000)])
        for _ in range(generator.randrange(20)):
            piece[generator.randrange(len(piece))] = generator.randrange(256)
        for one in decode(bytes(piece)):
            one.to_json()


def test_one_bit_of_witness_tells_every_week_from_1980_to_2099() -> None:
    for week in range(6_250):
        true = 315_964_800 + week * WEEK + 200_000
        for shift in (-511, 0, 511):
            near = Witness(near=Instant((true + shift * WEEK) * NS))
            found, leap = from_gps(week % 1024, 200_018 * NS, leap=18, witness=near)
            assert found.ns == true * NS
            assert leap == 18


def test_time_that_is_surely_past_tells_the_turn() -> None:
    build = Witness(not_before=Instant.parse("2026-01-01T00:00:00Z"))
    told = Instant.parse("2006-08-10T00:00:00Z")
    assert resolve(told, turn_weeks=1024, witness=build).isoformat()[:10] == "2026-03-26"
    later = Instant.parse("2040-01-01T00:00:00Z")
    assert resolve(later, turn_weeks=1024, witness=build) == later


def test_larger_leap_count_than_the_day_could_know_moves_the_day() -> None:
    told = Instant.parse("2000-08-25T05:12:50Z")
    assert resolve(told, turn_weeks=1024, leap=18).isoformat()[:10] == "2020-04-10"
    # A receiver that does not know the leap count yet states a smaller one: that is no reason to doubt its date.
    assert resolve(Instant.parse("2020-04-10T00:00:00Z"), turn_weeks=1024, leap=16).isoformat()[:10] == "2020-04-10"


def test_beidou_and_gps_agree_on_the_same_second() -> None:
    gps, _ = from_gps(2300, 100_000 * NS)
    beidou, leap = from_beidou(2300 - 1356, 99_986 * NS)
    assert gps == beidou
    assert leap == gps_leap(gps) == 18


def test_seconds_about_a_leap_are_right() -> None:
    # 2017-01-01T00:00:00Z is GPS week 1930, second 18; one second earlier GPS − UTC was still 17.
    assert from_gps(1930, 18 * NS)[0].isoformat() == "2017-01-01T00:00:00.000000000Z"
    assert from_gps(1930, 16 * NS)[0].isoformat() == "2016-12-31T23:59:59.000000000Z"


@given(st.integers(0, 2**34))
def test_ntp_seconds_are_found_in_their_era(second: int) -> None:
    true = Instant((second - 2_208_988_800) * NS)
    near = Witness(near=Instant(true.ns + 2_000_000_000 * NS))
    assert from_ntp(second % 2**32, witness=near) == true


def test_ntp_seconds_without_a_witness_are_refused() -> None:
    with pytest.raises(DataError):
        from_ntp(0, witness=Witness())


def test_equal_signals_of_all_satellites_are_a_sign_of_spoofing() -> None:
    assert warnings(Sky(signals=(44.0, 44.3, 44.1, 44.0, 44.2)))
    assert not warnings(Sky(signals=(44.0, 32.0, 38.1, 27.0, 44.2)))
    assert [one.key for one in warnings(Sky(jamming_state=3, antenna=4))] == [
        "timebase.receivers.jamming",
        "timebase.receivers.antenna_open",
    ]
