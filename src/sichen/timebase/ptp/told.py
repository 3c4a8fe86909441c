# SPDX-License-Identifier: Apache-2.0
"""What a grandmaster says of the clock behind it, and how UTC is read from what it says."""

import math
from dataclasses import dataclass

from sichen.core import Instant, Scale
from sichen.timebase.leap import Leap
from sichen.timebase.ptp.messages import Announce, ClockQuality, Flag, PtpMessage

NS = 1_000_000_000
DAY_NS = 86_400 * NS
PRIMARY, HELD, OTHERWISE = 6, 7, 248
UNKNOWN_ACCURACY = 0xFE
WORST = 0x31
STEPS = (
    1e-12, 2.5e-12, 1e-11, 2.5e-11, 1e-10, 2.5e-10, 1e-9, 2.5e-9, 1e-8, 2.5e-8, 1e-7, 2.5e-7, 1e-6, 2.5e-6, 1e-5, 2.5e-5,
    1e-4, 2.5e-4, 1e-3, 2.5e-3, 1e-2, 2.5e-2, 1e-1, 2.5e-1, 1.0, 10.0,
)  # fmt: skip
"""Greatest errors in s that the codes 0x17 … 0x30 stand for."""
FIRST = 0x17
TIME_SOURCES = {
    "serial": 0x20, "replay": 0x20, "gpsd": 0x20, "pps": 0x20, "radio": 0x30, "irig": 0x39, "ptp": 0x40, "ntp": 0x50, "nts": 0x50,
}  # fmt: skip
OTHER_SOURCE, OSCILLATOR = 0x90, 0xA0
PRIMARY_SOURCES = {0x20, 0x30, 0x39}


def accuracy_code(error: float) -> int:
    """Return the code of the least bound that holds an error in s.

    Examples
    --------
    >>> hex(accuracy_code(2e-7)), hex(accuracy_code(60.0)), hex(accuracy_code(float("inf")))
    ('0x22', '0x31', '0xfe')
    """
    if not math.isfinite(error):
        return UNKNOWN_ACCURACY
    return next((FIRST + k for k, step in enumerate(STEPS) if error <= step * (1 + 1e-9)), WORST)


def accuracy_of(code: int) -> float | None:
    """Return the greatest error that a code allows, in s; None when it says nothing."""
    return STEPS[code - FIRST] if FIRST <= code < FIRST + len(STEPS) else None


@dataclass(frozen=True)
class Standing:
    """How the clock behind a grandmaster stands.

    Parameters
    ----------
    quality : ClockQuality
    flags : Flag
        Leap, validity of the offset, traceability.
    utc_offset : int
        TAI − UTC in s.
    time_source : int
    """

    quality: ClockQuality
    flags: Flag
    utc_offset: int
    time_source: int


def standing(
    *,
    usable: bool,
    followed: str | None,
    error: float,
    leap: Leap,
    utc_offset: int,
    offset_known: bool,
    before: "Standing | None",
) -> Standing:
    """Return what a grandmaster says.

    Parameters
    ----------
    usable : bool
        Whether anybody should set a clock by it.
    followed : str or None
        Kind of the first source that is followed; None in holdover.
    error : float
        Three standard uncertainties of what is served, stamps included, in s.
    leap : Leap
    utc_offset : int
    offset_known : bool
        Whether TAI − UTC stands in a valid table.
    before : Standing or None
        What it said before: a clock that was on a primary reference is in holdover now.

    Notes
    -----
    Class 6 on satellites, a wired or a radio code; 7 in holdover after one of them; 248 on network time, on the system's
    clock and when unusable.
    """
    source = OSCILLATOR if followed is None else TIME_SOURCES.get(followed, OTHER_SOURCE)
    was = before is not None and before.quality.clock_class in {PRIMARY, HELD}
    primary = source in PRIMARY_SOURCES
    clock_class = PRIMARY if usable and primary else HELD if usable and followed is None and was else OTHERWISE
    flags = Flag.PTP_TIMESCALE
    if leap in {Leap.INSERT, Leap.DELETE}:
        flags |= Flag.LEAP_61 if leap is Leap.INSERT else Flag.LEAP_59
    if offset_known:
        flags |= Flag.UTC_OFFSET_VALID
    if usable and (clock_class != OTHERWISE or source in {0x40, 0x50}):
        flags |= Flag.TIME_TRACEABLE | Flag.FREQUENCY_TRACEABLE
    accuracy = accuracy_code(error) if usable else UNKNOWN_ACCURACY
    return Standing(ClockQuality(clock_class, accuracy), flags, utc_offset, source)


def utc_from(tai: Instant, announce: PtpMessage) -> tuple[Instant, bool]:
    """Return UTC at a TAI instant by what a grandmaster announced, and whether it is 23:59:60, told as the second before it.

    Parameters
    ----------
    tai : Instant
    announce : PtpMessage
        The newest; before a leap second it holds the flag and the old offset.

    Notes
    -----
    A leap second ends a month. So beyond the end of the month with the flag still set is the inserted second, and the last second of
    the month with the other flag is already the first of the next.
    """
    body = announce.body
    offset = body.utc_offset if isinstance(body, Announce) else 0
    utc = Instant(tai.ns - offset * NS, Scale.UTC)
    if announce.flags & Flag.LEAP_61 and utc.ns % DAY_NS < NS and utc.isoformat()[8:10] == "01":
        return Instant(utc.ns - NS), True
    next_day = Instant(utc.ns + NS)
    if announce.flags & Flag.LEAP_59 and next_day.ns % DAY_NS < NS and next_day.isoformat()[8:10] == "01":
        return next_day, False
    return utc, False
