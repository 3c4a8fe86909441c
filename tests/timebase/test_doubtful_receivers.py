# SPDX-License-Identifier: Apache-2.0
"""Receivers that say a wrong time with a right checksum: none of it may be called valid."""

import struct
from pathlib import Path

import numpy as np
import pytest

from sichen.core import Instant
from sichen.timebase.receivers import Witness, decode

PROGRAM = Witness(not_before=Instant.parse("2026-01-01T00:00:00Z"))


def sentence(body: str) -> bytes:
    total = 0
    for byte in body.encode():
        total ^= byte
    return f"${body}*{total:02x}\r".encode()  # lower case and a lone carriage return, as some receivers write


def rmc(clock: str, date: str, status: str = "A", talker: str = "GN") -> bytes:
    return sentence(f"{talker}RMC,{clock},{status},5000.0,N,00800.0,E,0.0,0.0,{date},,,{'A' if status == 'A' else 'N'}")


def gga(clock: str) -> bytes:
    return sentence(f"GNGGA,{clock},5000.0,N,00800.0,E,1,08,1.0,100.0,M,0.0,M,,")


def zda(clock: str, day: int) -> bytes:
    return sentence(f"GNZDA,{clock},{day:02d},11,2026,00,00")


def ubx(kind: tuple[int, int], payload: bytes) -> bytes:
    body = bytes(kind) + struct.pack("<H", len(payload)) + payload
    a = b = 0
    for byte in body:
        a = (a + byte) & 255
        b = (b + a) & 255
    return b"\xb5\x62" + body + bytes([a, b])


def pvt(*calendar: int) -> bytes:
    return ubx((0x01, 0x07), bytes(4) + struct.pack("<HBBBBBBIiBB", *calendar, 7, 20, 0, 3, 1) + bytes(70))


def gps_time(week: int, leap: int) -> bytes:
    return ubx((0x01, 0x20), struct.pack("<IihbBI", 100_000_000, 0, week, leap, 7, 20))


def primary(tow: int, week: int, leap: int, *calendar: int) -> bytes:
    day = struct.pack(">BBBBBH", *calendar)
    return b"\x10" + (b"\x8f\xab" + struct.pack(">IHhB", tow, week, leap, 0) + day).replace(b"\x10", b"\x10\x10") + b"\x10\x03"


def told(data: bytes, witness: Witness | None = None) -> list[tuple[str, bool]]:
    return [(one.text[:19], one.valid) for one in (decode(data, witness=witness) if witness else decode(data))]


def test_date_of_the_battery_clock_is_not_believed_when_the_first_fix_comes_before_the_date() -> None:
    data = rmc("000000.00", "060180", "V") + gga("000001.00") + rmc("000001.00", "231126") + gga("000002.00")
    assert told(data) == [
        ("1980-01-06T00:00:00", False),
        ("1980-01-06T00:00:01", False),
        ("2026-11-23T00:00:01", True),
        ("2026-11-23T00:00:02", True),
    ]


def test_sentences_that_go_on_contradicting_each_other_are_believed_only_when_they_agree_again() -> None:
    days = [(24, False), (24, False), (23, True)]
    data = b"".join(rmc(f"00000{k}.00", "231126") + zda(f"00000{k}.00", day) for k, (day, _) in enumerate(days))
    assert [valid for _, valid in told(data)] == [False, False, False, False, False, True]


def test_second_sixty_is_told_as_such_where_there_was_one_and_nowhere_else() -> None:
    leap = rmc("235959.00", "311216") + rmc("235960.00", "311216") + rmc("000000.00", "010117")
    assert told(leap) == [("2016-12-31T23:59:59", True), ("2016-12-31T23:59:60", True), ("2017-01-01T00:00:00", True)]
    assert told(pvt(2016, 12, 31, 23, 59, 60)) == [("2016-12-31T23:59:60", True)]
    assert told(rmc("123460.00", "231126") + rmc("235960.00", "231116") + pvt(2024, 4, 9, 12, 2, 60)) == []


def test_leap_count_that_its_day_did_not_have_is_no_valid_time() -> None:
    assert [valid for _, valid in told(gps_time(2300, 99) + gps_time(2300, 15))] == [False, False]
    assert told(gps_time(2300, 18))[0][1]


def test_damaged_packet_without_a_checksum_betrays_itself_by_telling_the_second_twice() -> None:
    tow, week = 254_117, 2304  # 2024-03-05T22:35:17, GPS
    assert told(primary(tow, week, 18, 17, 35, 22, 5, 3, 2024)) == [("2024-03-05T22:34:59", True)]
    assert told(primary(tow, week % 1024, 18, 17, 35, 22, 5, 3, 2024)) == [("2024-03-05T22:34:59", True)]
    for calendar in ((17, 35, 22, 5, 4, 2024), (17, 35, 23, 5, 3, 2024), (18, 36, 22, 5, 3, 2024)):
        assert [valid for _, valid in told(primary(tow, week, 18, *calendar))] == [False]


@pytest.mark.parametrize("year", [1980, 1986, 3236])
def test_date_that_no_receiver_can_have_seen_is_not_valid(year: int) -> None:
    assert told(pvt(year, 1, 6, 0, 0, 1)) == [(f"{year}-01-06T00:00:01", False)]


@pytest.mark.parametrize("weeks", range(1, 5))
def test_calendar_of_a_receiver_behind_the_turn_of_its_weeks_is_turned_forward(weeks: int) -> None:
    true = np.datetime64("2026-11-23T01:02:03")
    shown = str(true - np.timedelta64(7 * 1024 * min(weeks, 2), "D"))
    year, month, day = (int(part) for part in shown[:10].split("-"))
    assert told(pvt(year, month, day, 1, 2, 3), PROGRAM) == [("2026-11-23T01:02:03", True)]


@pytest.mark.parametrize("odd", [("000003.00", "231146"), ("000003.00", "231106"), ("050003.00", "231126")])
def test_message_that_stands_alone_is_dropped_and_poisons_nothing_behind_it(odd: tuple[str, str]) -> None:
    data = b"".join(rmc(*(odd if k == 3 else (f"00000{k}.00", "231126"))) for k in range(8))
    assert [valid for _, valid in told(data)] == [True] * 3 + [False] + [True] * 4


def test_measurement_time_of_skytraq_without_a_word_of_a_fix_is_a_guess() -> None:
    payload = b"\xdc\x01" + struct.pack(">HIH", 2300, 1000, 1000)
    total = int(np.bitwise_xor.reduce(np.frombuffer(payload, np.uint8)))
    frame = b"\xa0\xa1" + struct.pack(">H", len(payload)) + payload + bytes([total]) + b"\r\n"
    assert [valid for _, valid in told(frame)] == [False]


@pytest.mark.slow
def test_one_byte_in_forty_damaged_makes_no_valid_time_outside_the_recording(shared: Path) -> None:
    random = np.random.default_rng(20_261_123)
    valid = wrong = 0
    for log in sorted((shared / "gnss/gpsd").glob("*.log")):
        whole = log.read_bytes()[:40_000]
        right = [one.utc.ns for one in decode(whole) if one.valid]
        if not right:
            continue
        low, high = min(right) - 60 * 10**9, max(right) + 60 * 10**9
        data = np.frombuffer(whole, np.uint8).copy()
        places = random.integers(0, data.size, data.size // 40)
        data[places] = random.integers(48, 58, places.size)
        times = [one.utc.ns for one in decode(data.tobytes()) if one.valid]
        valid, wrong = valid + len(times), wrong + sum(not low <= ns <= high for ns in times)
    assert valid > 500
    # A sentence has eight bits of checksum: what is left are damaged times of day at the edge of a recording.
    assert wrong <= valid * 0.002
