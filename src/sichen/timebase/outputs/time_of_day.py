# SPDX-License-Identifier: Apache-2.0
"""1PPS + time of day (YD/T 2375, G.8271 Annex A): the frame that follows each pulse, told in GPS time."""

import struct
from dataclasses import dataclass
from enum import IntEnum

from sichen.core import DataError, Instant, Message
from sichen.timebase.receivers.rollover import GPS_EPOCH_NS, WEEK_NS

NS = 1_000_000_000
HEAD = b"CM"
KIND = bytes((0x01, 0x20))
SIZE = 16
ACCURACY_STEP = 15e-9
UNKNOWN_ACCURACY = 255


class PulseState(IntEnum):
    """What stands behind the pulse."""

    NORMAL = 0
    ATOMIC_HOLDOVER = 1
    DO_NOT_USE = 2
    CRYSTAL_HOLDOVER = 3
    TRANSPORT_HOLDOVER = 4


@dataclass(frozen=True)
class TimeOfDay:
    """What a time-of-day frame tells of the pulse before it.

    Parameters
    ----------
    utc : Instant
        Whole second.
    leap : int
        GPS − UTC in s.
    state : PulseState
    accuracy : float, optional
        In s; None when it is not known.
    """

    utc: Instant
    leap: int
    state: PulseState = PulseState.NORMAL
    accuracy: float | None = None


def crc8(data: bytes) -> int:
    """Return the CRC of the frame: x⁸ + x⁵ + x⁴ + 1, all ones to begin with, shifted right.

    Examples
    --------
    >>> hex(crc8(b"123456789"))
    '0xb'
    """
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8C if crc & 1 else 0)
    return crc


def time_of_day(told: TimeOfDay) -> bytes:
    """Return the frame for a second (class, id and byte order recalled; layout as the TimeProvider 5000 guide prints it)."""
    gps = told.utc.ns + told.leap * NS - GPS_EPOCH_NS
    week, rest = divmod(gps, WEEK_NS)
    steps = UNKNOWN_ACCURACY if told.accuracy is None else min(round(told.accuracy / ACCURACY_STEP), UNKNOWN_ACCURACY - 1)
    payload = struct.pack(">IIHbBB3x", rest // NS, 0, week, told.leap, told.state, steps)
    body = KIND + struct.pack(">H", SIZE) + payload
    return HEAD + body + bytes([crc8(body)])


def read_time_of_day(frame: bytes) -> TimeOfDay:
    """Read a time-of-day frame.

    Raises
    ------
    DataError
        If it is none, is cut, or its CRC is wrong.
    """
    body = frame[2:-1]
    if len(frame) != SIZE + 7 or frame[:2] != HEAD or body[:2] != KIND or crc8(body) != frame[-1]:
        raise DataError(Message("timebase.outputs.not_tod"))
    second, _, week, leap, state, steps = struct.unpack(">IIHbBB3x", body[4:])
    if state > max(PulseState) or second >= WEEK_NS // NS:
        raise DataError(Message("timebase.outputs.not_tod"))
    utc = Instant(GPS_EPOCH_NS + week * WEEK_NS + (second - leap) * NS)
    return TimeOfDay(utc, leap, PulseState(state), None if steps == UNKNOWN_ACCURACY else steps * ACCURACY_STEP)
