# SPDX-License-Identifier: Apache-2.0
"""CASIC, SkyTraq, TSIP, Oncore, SiRF and RTCM 3: what of them tells the time."""

import struct

from sichen.core import Instant, Message
from sichen.timebase.receivers.calendar import LEAP_SECOND, instant_of
from sichen.timebase.receivers.framer import Frame, Protocol
from sichen.timebase.receivers.reported import Reported, Sky
from sichen.timebase.receivers.rollover import GPS_EPOCH_NS, GPS_TURN, NOBODY, Witness, from_gps, resolve

NS = 1_000_000_000
NOT_SET = Message("timebase.receivers.not_set")
NO_FIX = Message("timebase.receivers.no_fix")
TOLD_APART = Message("timebase.receivers.told_apart")
TURN = GPS_TURN * 604_800


class CasicDecoder:
    """CASIC of the AT6558 family: NAV-TIMEUTC."""

    def __init__(self, witness: Witness = NOBODY) -> None:
        self._witness = witness
        self.sky = Sky()

    def decode(self, frame: Frame) -> list[Reported]:
        """Return the time of a message; empty when it has none."""
        data = frame.data[6:-4]
        if frame.data[4:6] != b"\x01\x10" or len(data) < 24:
            return []
        accuracy, rounding, millisecond, year, month, day, hour, minute, second, flags, _, dated = struct.unpack_from(
            "<ffHHBBBBBBBB", data, 4
        )
        nano = millisecond * 1_000_000 + (round(rounding * 1e6) if abs(rounding) < 1 else 0)
        utc = instant_of(year, month, day, hour, minute, second, nano)
        if utc is None:
            return []
        good = flags & 0b111 == 0b111 and dated > 0
        u = accuracy**0.5 if 0 < accuracy < 1 else None
        utc = resolve(utc, turn_weeks=GPS_TURN, witness=self._witness)
        reason, leaps = None if good else NOT_SET, second == LEAP_SECOND
        return [Reported(Protocol.CASIC, "NAV-TIMEUTC", utc, good, None, None, u, reason, frame.position, leaps)]


class SkyTraqDecoder:
    """SkyTraq: navigation data, measurement time, receiver state, GPS time."""

    def __init__(self, witness: Witness = NOBODY) -> None:
        self._witness = witness
        self._leap: int | None = None
        self._fixed = False
        self.sky = Sky()

    def decode(self, frame: Frame) -> list[Reported]:
        """Return the time of a message; empty when it has none."""
        data = frame.data[4:-3]
        kind, size = data[0], len(data)
        if kind == 0xA8 and size >= 10:
            self._fixed = data[1] > 0
            week, centi = struct.unpack_from(">HI", data, 3)
            return self._found("NAV-DATA", week, centi * 10_000_000, data[1] > 0, frame)
        if kind == 0xDC and size >= 8:
            week, milli = struct.unpack_from(">HI", data, 2)
            # This message has no word on the fix: it counts while another one says that there is one.
            return self._found("MEAS-TIME", week, milli * 1_000_000, self._fixed, frame)
        if kind == 0xDF and size >= 13:
            week, second = struct.unpack_from(">Hd", data, 3)
            if not 0 <= second < 604_801:
                return []
            self._fixed = data[2] > 1
            return self._found("RCV-STATE", week, round(second * NS), data[2] > 1, frame)
        if data[:2] == b"\x64\x8e" and size >= 15:
            milli, nano, week, _, leap, flags = struct.unpack_from(">IIHbbB", data, 2)
            if flags & 0b100:
                self._leap = leap
            return self._found("GPS-TIME", week, milli * 1_000_000 + nano, flags & 0b11 == 0b11, frame)
        return []

    def _found(self, message: str, week: int, second_ns: int, good: bool, frame: Frame) -> list[Reported]:
        utc, leap = from_gps(week, second_ns, leap=self._leap, witness=self._witness)
        reason = None if good else NO_FIX
        return [Reported(Protocol.SKYTRAQ, message, utc, good, leap, week, None, reason, frame.position)]


class TsipDecoder:
    """TSIP of Trimble: primary timing 8F-AB and 8F-AD, GPS time 41, and the timing packet A1-00 of version 1."""

    def __init__(self, witness: Witness = NOBODY) -> None:
        self._witness = witness
        self.sky = Sky()

    def decode(self, frame: Frame) -> list[Reported]:
        """Return the time of a message; empty when it has none."""
        data = frame.data[1:-2].replace(b"\x10\x10", b"\x10")
        if data[:2] == b"\x8f\xab":
            return self._primary(data, frame)
        if data[:2] == b"\xa1\x00" and len(data) >= 24:
            return self._timing(data, frame)
        if data[0] == 0x41:
            second, week, offset = struct.unpack_from(">fhf", data, 1)
            if not (week >= 0 and 0 <= second < 604_801 and 0 <= offset < 100):
                return []
            leap = round(offset)
            utc, used = from_gps(week, round(second * NS), leap=leap or None, witness=self._witness)
            good = leap > 0
            return [Reported(Protocol.TSIP, "41", utc, good, used, week, None, None if good else NOT_SET, frame.position)]
        return []

    def _primary(self, data: bytes, frame: Frame) -> list[Reported]:
        tow, week, leap, flags, second, minute, hour, day, month, year = struct.unpack_from(">IHhBBBBBBH", data, 2)
        shown = instant_of(year, month, day, hour, minute, second)
        good = flags & 0b1100 == 0  # time is set, and UTC is known
        return self._clock("8F-AB", shown, leap, (week, tow), good=good, in_utc=bool(flags & 1), frame=frame)

    def _timing(self, data: bytes, frame: Frame) -> list[Reported]:
        tow, week, hour, minute, second, month, day, year, base, _, flags, leap = struct.unpack_from(">IHBBBBBHBBBh", data, 5)
        shown = instant_of(year, month, day, hour, minute, second)
        good = flags & 0b11 == 0b11
        return self._clock("A1-00", shown, leap, (week, tow), good=good, in_utc=base & 0x10 != 0, frame=frame)

    def _clock(
        self,
        message: str,
        shown: Instant | None,
        leap: int,
        counted: tuple[int, int],
        *,
        good: bool,
        in_utc: bool,
        frame: Frame,
    ) -> list[Reported]:
        if shown is None:
            return []
        week, tow = counted
        # Packets of version 0 have no checksum: the same second is told twice, by the calendar and by the week.
        told_twice = (shown.ns - GPS_EPOCH_NS) // NS - week * 604_800 - tow
        apart = min(abs((told_twice + shift + TURN // 2) % TURN - TURN // 2) for shift in (0, leap))
        if apart > 1:
            return [Reported(Protocol.TSIP, message, shown, False, leap, week, None, TOLD_APART, frame.position)]
        utc = shown if in_utc else Instant(shown.ns - leap * NS)
        utc = resolve(utc, turn_weeks=GPS_TURN, witness=self._witness, leap=leap if good else None)
        return [Reported(Protocol.TSIP, message, utc, good, leap, week, None, None if good else NOT_SET, frame.position)]


class OncoreDecoder:
    """Oncore of Motorola: positions Ea and Ha, time mode Aw, leap count Bo."""

    def __init__(self, witness: Witness = NOBODY) -> None:
        self._witness = witness
        self._leap: int | None = None
        self._utc: bool | None = None
        self.sky = Sky()

    def decode(self, frame: Frame) -> list[Reported]:
        """Return the time of a message; empty when it has none."""
        kind, data = frame.data[2:4], frame.data
        if kind == b"Bo" and len(data) == 8:
            self._leap = data[4] or None
        elif kind == b"Aw" and len(data) == 8:
            self._utc = data[4] == 1
        elif kind == b"Ea" and len(data) == 76:
            # Bit 5: three dimensions, bit 4: two, bit 3: position hold with the satellites at hand.
            return self._position(data, bool(data[72] & 0b0011_1000) and data[39] > 0, frame)
        elif kind == b"Ha" and len(data) == 154:
            state = data[129] >> 5
            self._leap = data[141] & 0x3F if data[141] & 0x40 else self._leap
            return self._position(data, state in {4, 6, 7} and data[56] > 0, frame)
        return []

    def _position(self, data: bytes, fixed: bool, frame: Frame) -> list[Reported]:
        month, day, year, hour, minute, second, nano = struct.unpack_from(">BBHBBBI", data, 4)
        shown = instant_of(year, month, day, hour, minute, second, nano)
        if shown is None or nano >= NS:
            return []
        utc = shown if self._utc is not False else Instant(shown.ns - (self._leap or 0) * NS)
        utc = resolve(utc, turn_weeks=GPS_TURN, witness=self._witness, leap=self._leap)
        known = self._utc is not None and (self._utc or self._leap is not None)
        reason = None if fixed and known else NO_FIX if not fixed else NOT_SET
        message = data[2:4].decode("ascii")
        return [Reported(Protocol.ONCORE, message, utc, reason is None, self._leap, None, None, reason, frame.position)]


class SirfDecoder:
    """SiRF binary: geodetic navigation data, message 41."""

    def __init__(self, witness: Witness = NOBODY) -> None:
        self._witness = witness
        self.sky = Sky()

    def decode(self, frame: Frame) -> list[Reported]:
        """Return the time of a message; empty when it has none."""
        data = frame.data[4:-4]
        if data[0] != 41 or len(data) < 23:
            return []
        flags, kind, week, tow, year, month, day, hour, minute, milli = struct.unpack_from(">HHHIHBBBBH", data, 1)
        good = flags == 0 and kind & 7 in {4, 5, 6}
        shown = instant_of(year, month, day, hour, minute, milli // 1000, milli % 1000 * 1_000_000)
        if shown is None:
            # Before it knows the leap count a receiver leaves the calendar empty; the week then tells the time, but not which turn it is.
            utc, leap = from_gps(week, tow * 1_000_000, witness=self._witness)
            return [Reported(Protocol.SIRF, "41", utc, False, leap, week, None, NOT_SET if good else NO_FIX, frame.position)]
        utc = resolve(shown, turn_weeks=GPS_TURN, witness=self._witness)
        return [Reported(Protocol.SIRF, "41", utc, good, None, week, None, None if good else NO_FIX, frame.position)]


class Rtcm3Decoder:
    """RTCM 3: system parameters 1013. Other messages count seconds of a week that they do not name."""

    def __init__(self, _witness: Witness = NOBODY) -> None:
        self.sky = Sky()

    def decode(self, frame: Frame) -> list[Reported]:
        """Return the time of a message; empty when it has none."""
        bits = int.from_bytes(frame.data[3:-3], "big")
        size = 8 * (len(frame.data) - 6)

        def field(start: int, width: int) -> int:
            return (bits >> (size - start - width)) & ((1 << width) - 1)

        if size < 70 or field(0, 12) != 1013:
            return []
        day, second, leap = field(24, 16), field(40, 17), field(62, 8)
        utc = Instant(((day - 40_587) * 86_400 + second) * NS)
        return [Reported(Protocol.RTCM3, "1013", utc, True, leap, None, None, None, frame.position)]
