# SPDX-License-Identifier: Apache-2.0
"""The 48 bytes of NTP versions 3 and 4 (RFC 1305, RFC 5905)."""

import struct
from dataclasses import dataclass
from enum import IntEnum

from sichen.core import DataError, Instant, Message
from sichen.timebase.leap import Leap
from sichen.timebase.receivers.rollover import NTP_EPOCH_NS, Witness, from_ntp

NS = 1_000_000_000
SIZE = 48
_LAYOUT = struct.Struct(">BBbbII4sQQQQ")
SHORT = 1 << 16


class Mode(IntEnum):
    """Who speaks."""

    RESERVED = 0
    SYMMETRIC_ACTIVE = 1
    SYMMETRIC_PASSIVE = 2
    CLIENT = 3
    SERVER = 4
    BROADCAST = 5
    CONTROL = 6
    PRIVATE = 7


@dataclass(frozen=True)
class NtpPacket:
    """One packet.

    Parameters
    ----------
    leap : Leap
    version : int
    mode : Mode
    stratum : int
        1 is fed by a reference, 16 is not synchronised, 0 is a kiss.
    poll, precision : int
        Powers of two, in s.
    root_delay, root_dispersion : float
        In s; as sent, multiples of 2^-16.
    reference : bytes
        Four bytes: name of the reference, or address of the server above.
    updated, origin, received, sent : int
        Time stamps of 64 bits: seconds since the era began, and their fraction.
    """

    leap: Leap
    version: int
    mode: Mode
    stratum: int
    poll: int
    precision: int
    root_delay: float
    root_dispersion: float
    reference: bytes
    updated: int
    origin: int
    received: int
    sent: int

    def encode(self) -> bytes:
        """Return the 48 bytes."""
        return _LAYOUT.pack(
            self.leap << 6 | self.version << 3 | self.mode,
            self.stratum,
            self.poll,
            self.precision,
            _short(self.root_delay),
            _short(self.root_dispersion),
            self.reference[:4].ljust(4, b"\0"),
            self.updated,
            self.origin,
            self.received,
            self.sent,
        )

    @classmethod
    def decode(cls, data: bytes) -> "NtpPacket":
        """Read a packet; what follows the first 48 bytes is left alone.

        Raises
        ------
        DataError
            If there are fewer than 48 bytes.
        """
        if len(data) < SIZE:
            raise DataError(Message("timebase.ntp.short", size=len(data)))
        first, stratum, poll, precision, delay, dispersion, *rest = _LAYOUT.unpack_from(data)
        return cls(
            Leap(first >> 6),
            first >> 3 & 7,
            Mode(first & 7),
            stratum,
            poll,
            precision,
            delay / SHORT,
            dispersion / SHORT,
            *rest,
        )


def ntp_time(instant: Instant) -> int:
    """Return a UTC instant as a time stamp, rounded down to 2^-32 s.

    Examples
    --------
    >>> hex(ntp_time(Instant.parse("2036-02-07T06:28:16.5Z")))
    '0x80000000'
    """
    seconds, rest = divmod(instant.ns - NTP_EPOCH_NS, NS)
    return (seconds % 2**32) << 32 | (rest << 32) // NS


def utc_time(stamp: int, *, witness: Witness) -> Instant:
    """Return the UTC instant of a time stamp, to the nearest nanosecond, in the era that the witness tells."""
    whole = from_ntp(stamp >> 32, witness=witness)
    return Instant(whole.ns + ((stamp & 0xFFFFFFFF) * NS + 2**31 >> 32))


def _short(seconds: float) -> int:
    """Return seconds in 16.16 bits, rounded up: an uncertainty must not shrink on its way."""
    return min(-int(-seconds * SHORT // 1), 2**32 - 1) if seconds > 0 else 0
