# SPDX-License-Identifier: Apache-2.0
"""UBX of u-blox: times of the NAV, TIM and RXM classes, and the sky of MON-HW, NAV-STATUS and NAV-SAT."""

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from sichen.core import Instant, Message
from sichen.timebase.receivers.calendar import LEAP_SECOND, instant_of
from sichen.timebase.receivers.framer import Frame, Protocol
from sichen.timebase.receivers.reported import Reported, Sky
from sichen.timebase.receivers.rollover import GPS_TURN, NOBODY, Witness, from_beidou, from_gps, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

NS = 1_000_000_000
FIXES = {2, 3, 4, 5}


class UbxDecoder:
    """Read the times of one u-blox receiver.

    Parameters
    ----------
    witness : Witness
    """

    def __init__(self, witness: Witness = NOBODY) -> None:
        self._witness = witness
        self._leap: int | None = None
        self._fix: bool | None = None
        self.sky = Sky()
        self._kinds: dict[tuple[int, int], tuple[int, Callable[[bytes, int], Reported | None]]] = {
            (0x01, 0x03): (16, self._status),
            (0x01, 0x06): (52, self._solution),
            (0x01, 0x07): (20, self._pvt),
            (0x01, 0x20): (16, self._gps),
            (0x01, 0x21): (20, self._utc),
            (0x01, 0x24): (20, self._beidou),
            (0x01, 0x26): (24, self._leaps),
            (0x01, 0x35): (8, self._satellites),
            (0x02, 0x15): (16, self._raw),
            (0x0A, 0x09): (60, self._hardware),
        }

    def decode(self, frame: Frame) -> list[Reported]:
        """Return the time of a message; empty when it has none."""
        need, read = self._kinds.get((frame.data[2], frame.data[3]), (0, None))
        payload = frame.data[6:-2]
        if read is None or len(payload) < need:
            return []
        found = read(payload, frame.position)
        return [] if found is None else [found]

    def _utc(self, data: bytes, position: int) -> Reported | None:
        accuracy, nano, year, month, day, hour, minute, second, flags = struct.unpack_from("<IiHBBBBBB", data, 4)
        utc = instant_of(year, month, day, hour, minute, second, nano)
        if utc is None:
            return None
        good = flags & 0b111 == 0b111
        return self._calendar("NAV-TIMEUTC", utc, good, position, u=accuracy * 1e-9, leap_second=second == LEAP_SECOND)

    def _pvt(self, data: bytes, position: int) -> Reported | None:
        year, month, day, hour, minute, second, flags = struct.unpack_from("<HBBBBBB", data, 4)
        accuracy, nano = struct.unpack_from("<Ii", data, 12)
        utc = instant_of(year, month, day, hour, minute, second, nano)
        if utc is None:
            return None
        good = flags & 0b111 == 0b111
        return self._calendar("NAV-PVT", utc, good, position, u=accuracy * 1e-9, leap_second=second == LEAP_SECOND)

    def _gps(self, data: bytes, position: int) -> Reported | None:
        tow, fraction, week, leap, flags, accuracy = struct.unpack_from("<IihbBI", data, 0)
        if flags & 0b100:
            self._leap = leap
        if week < 0:
            return None
        utc, used = from_gps(week, tow * 1_000_000 + fraction, leap=self._known(), witness=self._witness)
        return self._reported("NAV-TIMEGPS", utc, flags & 0b11 == 0b11, position, u=accuracy * 1e-9, leap=used, week=week)

    def _solution(self, data: bytes, position: int) -> Reported | None:
        tow, fraction, week, fix, flags = struct.unpack_from("<IihBB", data, 0)
        self._fix = fix in FIXES
        self.sky = replace(self.sky, used=data[47])
        if week < 0:
            return None
        utc, used = from_gps(week, tow * 1_000_000 + fraction, leap=self._known(), witness=self._witness)
        return self._reported("NAV-SOL", utc, flags & 0b1100 == 0b1100 and self._fix, position, leap=used, week=week)

    def _beidou(self, data: bytes, position: int) -> Reported | None:
        second, fraction, week, leap, flags, accuracy = struct.unpack_from("<IihbBI", data, 4)
        if week < 0:
            return None
        stated = leap if flags & 0b100 else None
        utc, used = from_beidou(week, second * NS + fraction, leap=stated, witness=self._witness)
        return self._reported("NAV-TIMEBDS", utc, flags & 0b11 == 0b11, position, u=accuracy * 1e-9, leap=used, week=week)

    def _raw(self, data: bytes, _position: int) -> None:
        """Take the leap count; the time of raw measurements is that of the receiver's own clock, not of the satellites."""
        if data[12] & 1:
            self._leap = struct.unpack_from("<b", data, 10)[0]

    def _leaps(self, data: bytes, _position: int) -> None:
        if data[23] & 1 and data[8]:
            self._leap = struct.unpack_from("<b", data, 9)[0]

    def _status(self, data: bytes, _position: int) -> None:
        self.sky = replace(self.sky, spoofing_state=(data[7] >> 3) & 3)

    def _satellites(self, data: bytes, _position: int) -> None:
        count = min(data[5], (len(data) - 8) // 12)
        self.sky = replace(self.sky, signals=tuple(float(data[8 + 12 * at + 2]) for at in range(count)))

    def _hardware(self, data: bytes, _position: int) -> None:
        place = 45 if len(data) == 60 else 53
        if len(data) > place:
            self.sky = replace(self.sky, jamming=data[place], jamming_state=(data[22] >> 2) & 3, antenna=data[20])

    def _known(self) -> int | None:
        """Return the leap count that the receiver itself has from the satellites; the table stands in before."""
        return self._leap

    def _calendar(self, message: str, utc: Instant, good: bool, position: int, *, u: float, leap_second: bool) -> Reported:
        """Report a calendar time: the receiver made it of a week that it counts in ten bits."""
        leap = self._leap if good else None
        turned = resolve(utc, turn_weeks=GPS_TURN, witness=self._witness, leap=leap)
        return replace(self._reported(message, turned, good, position, u=u), leap_second=leap_second)

    def _reported(
        self, message: str, utc: Instant, good: bool, position: int, *, u: float | None = None,
        leap: int | None = None, week: int | None = None,
    ) -> Reported:  # fmt: skip
        reason = None if good else Message("timebase.receivers.not_set")
        stated = self._leap if leap is None else leap
        return Reported(Protocol.UBX, message, utc, good, stated, week, u, reason, position)
