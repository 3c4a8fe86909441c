# SPDX-License-Identifier: Apache-2.0
"""The hundred symbols of an IRIG-B frame, and the time that they tell.

Bit numbers count from the reference marker, index 0. Layout: IRIG Standard 200 for the time code, IEEE 1344 and C37.118 for the control
bits 60 … 75 as Meinberg's M600 manual lists them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sichen.core import DataError, Instant, Message
from sichen.timebase.receivers.rollover import NOBODY, Witness

NS = 1_000_000_000
DAY = 86_400
SIZE = 100
MARKERS = {0, *range(9, SIZE, 10)}
ZERO, ONE, MARK = "0", "1", "P"
SECONDS, MINUTES, HOURS, DAYS, YEARS = (
    ((1, 4), (6, 3)),
    ((10, 4), (15, 3)),
    ((20, 4), (25, 2)),
    ((30, 4), (35, 4), (40, 2)),
    ((50, 4), (55, 4)),
)
"""Decimal digits, units first: number of the first bit and how many."""
LEAP_PENDING, LEAP_DELETE, DST_PENDING, DST, SIGN, HALF, PARITY = 60, 61, 62, 63, 64, 70, 75
OFFSET, QUALITY = (65, 66, 67, 68), (71, 72, 73, 74)
BINARY_LOW, BINARY_HIGH = range(80, 89), range(90, 98)
FAILED = 15


class Form(StrEnum):
    """Which bits a code uses, and the sign of its zone offset.

    IEEE 1344 says UTC = code + offset, C37.118 says UTC = code − offset: the same bits, another meaning. It must be configured.
    """

    B1998 = "B-1998"
    B2002 = "B-2002"
    IEEE1344 = "IEEE 1344"
    C37_118 = "C37.118"

    @property
    def has_year(self) -> bool:
        """Whether the year is coded."""
        return self is not Form.B1998

    @property
    def has_control(self) -> bool:
        """Whether the control bits and their parity are coded."""
        return self in {Form.IEEE1344, Form.C37_118}


@dataclass(frozen=True)
class IrigTime:
    """What one frame tells; local time of the code, not UTC.

    Parameters
    ----------
    day : int
        Of the year, from 1.
    hour, minute, second : int
        `second` is 60 during an inserted leap second.
    year : int, optional
        Two digits; None where the form has none.
    binary_seconds : int, optional
        Seconds of the day as one binary number; at midnight none, for then it looks as if it were not coded.
    offset : int
        Of the zone, in minutes, with the sign of its bit.
    quality : int
        0 locked, 1 … 11 within 10^(n−10) s, 15 failed.
    leap_pending, leap_delete, dst_pending, dst : bool
    """

    day: int
    hour: int
    minute: int
    second: int
    year: int | None = None
    binary_seconds: int | None = None
    offset: int = 0
    quality: int = 0
    leap_pending: bool = False
    leap_delete: bool = False
    dst_pending: bool = False
    dst: bool = False


def frame_of(time: IrigTime, *, form: Form) -> str:
    """Return the hundred symbols of a frame: 0, 1 and P.

    Examples
    --------
    >>> frame_of(IrigTime(day=1, hour=0, minute=0, second=9), form=Form.B1998)[:20]
    'P10010000P000000000P'
    """
    bits = [0] * SIZE
    for places, number in ((SECONDS, time.second), (MINUTES, time.minute), (HOURS, time.hour), (DAYS, time.day)):
        _write_decimal(bits, places, number)
    if form.has_year:
        _write_decimal(bits, YEARS, (time.year or 0) % 100)
    if form.has_control:
        _write_control(bits, time)
    if time.binary_seconds is not None:
        for shift, place in enumerate([*BINARY_LOW, *BINARY_HIGH]):
            bits[place] = time.binary_seconds >> shift & 1
    return "".join(MARK if place in MARKERS else str(bit) for place, bit in enumerate(bits))


def read_frame(symbols: str, *, form: Form) -> IrigTime | None:
    """Read a frame.

    Parameters
    ----------
    symbols : str
        A hundred of 0, 1 and P.
    form : Form

    Returns
    -------
    IrigTime or None
        None when a marker is missing, a digit is none, the parity is wrong, or the binary seconds contradict the digits.
    """
    if len(symbols) != SIZE or any((symbol == MARK) != (place in MARKERS) for place, symbol in enumerate(symbols)):
        return None
    bits = [int(symbol == ONE) for symbol in symbols]
    numbers = [_read_decimal(bits, places) for places in (SECONDS, MINUTES, HOURS, DAYS, YEARS)]
    if any(number is None for number in numbers):
        return None
    second, minute, hour, day, year = (number or 0 for number in numbers)
    if second > 60 or minute > 59 or hour > 23 or not 1 <= day <= 366:  # noqa: PLR2004 - a clock and a calendar
        return None
    if form.has_control and sum(bits[1:PARITY]) % 2 != bits[PARITY]:
        return None
    binary = sum(bits[place] << shift for shift, place in enumerate([*BINARY_LOW, *BINARY_HIGH]))
    if binary and binary != (hour * 60 + minute) * 60 + second:
        return None
    time = IrigTime(day, hour, minute, second, year if form.has_year else None, binary or None)
    return _with_control(time, bits) if form.has_control else time


def irig_time(
    instant: Instant,
    *,
    form: Form,
    offset: int = 0,
    quality: int = 0,
    leap_second: bool = False,
    leap_pending: bool = False,
    leap_delete: bool = False,
) -> IrigTime:
    """Return what a frame must tell for a whole UTC second.

    Parameters
    ----------
    instant : Instant
        Of the reference marker; for an inserted leap second the instant of the second before it.
    offset : int
        Minutes that the code is ahead of UTC, e.g. 480 in China.
    leap_second : bool
        It is the inserted second, 23:59:60 UTC.
    leap_pending, leap_delete : bool
        A leap second is announced; it will be taken away.
    """
    local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant.ns // NS, minutes=offset)
    signed = -offset if form is Form.IEEE1344 else offset
    second = local.second + leap_second
    return IrigTime(
        day=local.timetuple().tm_yday,
        hour=local.hour,
        minute=local.minute,
        second=second,
        year=local.year % 100 if form.has_year else None,
        binary_seconds=(local.hour * 60 + local.minute) * 60 + second or None,
        offset=signed if form.has_control else 0,
        quality=quality,
        leap_pending=leap_pending,
        leap_delete=leap_delete,
    )


def utc_of(time: IrigTime, *, form: Form, offset: int = 0, witness: Witness = NOBODY) -> Instant:
    """Return the UTC instant that a frame tells.

    Parameters
    ----------
    time : IrigTime
    form : Form
        With control bits the frame's own offset counts, in the sense of the form.
    offset : int
        Minutes that the code is ahead of UTC, where the form does not tell.
    witness : Witness
        Tells the century, and for a form without a year the year. A year of two digits alone is taken as 2000 … 2099.

    Raises
    ------
    DataError
        If the form has no year and there is no witness.
    """
    ahead = (-time.offset if form is Form.IEEE1344 else time.offset) if form.has_control else offset
    near = witness.near or witness.not_before
    if time.year is None and near is None:
        raise DataError(Message("timebase.irig.no_year"))
    years = _years(time.year, near)
    found = [instant for year in years if (instant := _instant(time, year, ahead)) is not None]
    if not found:
        raise DataError(Message("timebase.irig.no_such_day", day=time.day))
    if witness.near is not None:
        return min(found, key=lambda one: abs(one.ns - witness.near.ns))  # type: ignore[union-attr]
    if witness.not_before is not None:
        return next((one for one in found if one.ns >= witness.not_before.ns), found[-1])
    return found[0]


def _years(digits: int | None, near: Instant | None) -> Sequence[int]:
    if near is None:
        return [2000 + (digits or 0)]
    about = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=near.ns // NS)).year
    if digits is None:
        return [about - 1, about, about + 1]
    return [century + digits for century in range(about // 100 * 100 - 100, about + 200, 100)]


def _instant(time: IrigTime, year: int, ahead: int) -> Instant | None:
    if time.day == 366 and (year % 4 or (year % 100 == 0 and year % 400)):  # noqa: PLR2004 - leap years
        return None
    days = (datetime(year, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days + time.day - 1
    return Instant((days * DAY + (time.hour * 60 + time.minute - ahead) * 60 + time.second) * NS)


def _write_decimal(bits: list[int], places: Sequence[tuple[int, int]], number: int) -> None:
    for start, width in places:
        number, digit = divmod(number, 10)
        for shift in range(width):
            bits[start + shift] = digit >> shift & 1


def _read_decimal(bits: Sequence[int], places: Sequence[tuple[int, int]]) -> int | None:
    total = 0
    for power, (start, width) in enumerate(places):
        digit = sum(bits[start + shift] << shift for shift in range(width))
        if digit > 9:  # noqa: PLR2004 - a decimal digit
            return None
        total += digit * 10**power
    return total


def _write_control(bits: list[int], time: IrigTime) -> None:
    flags = (
        (LEAP_PENDING, time.leap_pending),
        (LEAP_DELETE, time.leap_delete),
        (DST_PENDING, time.dst_pending),
        (DST, time.dst),
    )
    for place, flag in flags:
        bits[place] = int(flag)
    hours, minutes = divmod(abs(time.offset), 60)
    bits[SIGN], bits[HALF] = int(time.offset < 0), int(minutes >= 30)  # noqa: PLR2004 - half an hour
    for shift, place in enumerate(OFFSET):
        bits[place] = hours >> shift & 1
    for shift, place in enumerate(QUALITY):
        bits[place] = time.quality >> shift & 1
    bits[PARITY] = sum(bits[1:PARITY]) % 2


def _with_control(time: IrigTime, bits: Sequence[int]) -> IrigTime:
    hours = sum(bits[place] << shift for shift, place in enumerate(OFFSET))
    minutes = hours * 60 + 30 * bits[HALF]
    return replace(
        time,
        offset=-minutes if bits[SIGN] else minutes,
        quality=sum(bits[place] << shift for shift, place in enumerate(QUALITY)),
        leap_pending=bool(bits[LEAP_PENDING]),
        leap_delete=bool(bits[LEAP_DELETE]),
        dst_pending=bool(bits[DST_PENDING]),
        dst=bool(bits[DST]),
    )
