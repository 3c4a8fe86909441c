# SPDX-License-Identifier: Apache-2.0
"""Messages of the Precision Time Protocol, IEEE 1588-2008 and -2019, read and written without losing a bit."""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from sichen.core import DataError, Instant, Message, Scale

NS = 1_000_000_000
_HEADER = struct.Struct(">BBHBBHqI8sHHBb")
_ANNOUNCE = struct.Struct(">6sIhBBBBHB8sHB")
HEADER_SIZE = _HEADER.size
STAMP_SIZE, PORT_SIZE = 10, 10
LATEST = (1 << 48) * NS
FRACTION = 1 << 16
"""Parts of a nanosecond in which corrections are counted."""


class Kind(IntEnum):
    """Types of messages; those below 4 are stamped when they leave and arrive."""

    SYNC = 0x0
    DELAY_REQ = 0x1
    PDELAY_REQ = 0x2
    PDELAY_RESP = 0x3
    FOLLOW_UP = 0x8
    DELAY_RESP = 0x9
    PDELAY_RESP_FOLLOW_UP = 0xA
    ANNOUNCE = 0xB
    SIGNALING = 0xC
    MANAGEMENT = 0xD


CONTROL = {Kind.SYNC: 0, Kind.DELAY_REQ: 1, Kind.FOLLOW_UP: 2, Kind.DELAY_RESP: 3, Kind.MANAGEMENT: 4}
"""The control field of version 1, kept for old hardware; 5 for all others."""


class Flag(IntFlag):
    """Flags of the header; the low byte counts in Announce only."""

    ALTERNATE_MASTER = 0x0100
    TWO_STEP = 0x0200
    UNICAST = 0x0400
    LEAP_61 = 0x01
    LEAP_59 = 0x02
    UTC_OFFSET_VALID = 0x04
    PTP_TIMESCALE = 0x08
    TIME_TRACEABLE = 0x10
    FREQUENCY_TRACEABLE = 0x20
    UNCERTAIN = 0x40


NO_TIME, NO_FLAGS = Instant(0, Scale.TAI), Flag(0)


@dataclass(frozen=True)
class Port:
    """Who sends: eight bytes of a clock's identity, and the number of its port."""

    clock: bytes
    number: int = 1


@dataclass(frozen=True, order=True)
class ClockQuality:
    """What a clock says of itself; of two the smaller is the better.

    Parameters
    ----------
    clock_class : int
        6 on a primary reference, 7 in holdover after one, 248 neither.
    accuracy : int
        Code of the greatest error, 0xFE unknown.
    variance : int
        Offset scaled log variance, 0xFFFF unknown.
    """

    clock_class: int = 248
    accuracy: int = 0xFE
    variance: int = 0xFFFF


@dataclass(frozen=True)
class Stamped:
    """The body of Sync, Delay_Req, Follow_Up and Pdelay_Req: a time in TAI, and what is reserved behind it."""

    stamp: Instant
    reserved: bytes = b""


@dataclass(frozen=True)
class Answered:
    """The body of Delay_Resp, Pdelay_Resp and Pdelay_Resp_Follow_Up: a time in TAI, and whom it is for."""

    stamp: Instant
    requester: Port


@dataclass(frozen=True)
class Announce:
    """The body of Announce: what a grandmaster says of itself.

    Parameters
    ----------
    grandmaster : bytes
        Identity of the clock at the root.
    utc_offset : int
        TAI − UTC in s; counts when the flag says that it is valid.
    quality : ClockQuality
    priority1, priority2 : int
        The smaller wins.
    steps : int
        Boundary clocks between it and the sender.
    time_source : int
        0x20 GNSS, 0x50 NTP, 0xA0 an oscillator …
    origin : Instant
        TAI, about when it was sent; nought is allowed.
    reserved : int
        A byte without meaning, kept.
    """

    grandmaster: bytes
    utc_offset: int
    quality: ClockQuality = ClockQuality()
    priority1: int = 128
    priority2: int = 128
    steps: int = 0
    time_source: int = 0xA0
    origin: Instant = NO_TIME
    reserved: int = 0


@dataclass(frozen=True)
class Opaque:
    """The body of any other message, as it came."""

    data: bytes = b""


Body = Stamped | Answered | Announce | Opaque
_SIZES: dict[int, tuple[type[Body], int]] = {
    Kind.SYNC: (Stamped, 10), Kind.DELAY_REQ: (Stamped, 10), Kind.FOLLOW_UP: (Stamped, 10), Kind.PDELAY_REQ: (Stamped, 20),
    Kind.PDELAY_RESP: (Answered, 20), Kind.DELAY_RESP: (Answered, 20), Kind.PDELAY_RESP_FOLLOW_UP: (Answered, 20),
    Kind.ANNOUNCE: (Announce, 30),
}  # fmt: skip


@dataclass(frozen=True)
class PtpMessage:
    """One message.

    Parameters
    ----------
    kind : int
        A `Kind`, or a reserved type.
    sender : Port
    body : Stamped, Answered, Announce or Opaque
    sequence : int
        16 bits.
    domain : int
    flags : Flag
    correction : int
        In 2⁻¹⁶ ns: what switches on the way have added.
    interval : int
        Power of two, in s; 0x7F (127) where it says nothing.
    suffix : bytes
        Type-length-values behind the body, see `tlvs`.
    sdo : int
        Twelve bits of the profile's owner.
    version, minor : int
        2 and 0 are IEEE 1588-2008, 2 and 1 IEEE 1588-2019.
    specific : int
        Four bytes that depend on the type.
    control : int, optional
        The field of version 1; by default what belongs to the type.

    Examples
    --------
    >>> sync = PtpMessage(Kind.SYNC, Port(bytes(8)), Stamped(Instant(0, Scale.TAI)), sequence=7, flags=Flag.TWO_STEP)
    >>> len(sync.encode()), PtpMessage.decode(sync.encode()).sequence
    (44, 7)
    """

    kind: int
    sender: Port
    body: Body
    sequence: int = 0
    domain: int = 0
    flags: Flag = NO_FLAGS
    correction: int = 0
    interval: int = 0x7F
    suffix: bytes = b""
    sdo: int = 0
    version: int = 2
    minor: int = 0
    specific: int = 0
    control: int | None = None

    @property
    def corrected_ns(self) -> float:
        """The correction in ns."""
        return self.correction / FRACTION

    def encode(self) -> bytes:
        """Return its bytes.

        Raises
        ------
        DataError
            If a field does not fit its place.
        """
        try:
            body = _write_body(self.body)
            control = CONTROL.get(Kind(self.kind), 5) if self.control is None and self.kind in set(Kind) else self.control or 0
            return (
                _HEADER.pack(
                    (self.sdo >> 8) << 4 | self.kind,
                    self.minor << 4 | self.version,
                    HEADER_SIZE + len(body) + len(self.suffix),
                    self.domain,
                    self.sdo & 0xFF,
                    self.flags,
                    self.correction,
                    self.specific,
                    self.sender.clock,
                    self.sender.number,
                    self.sequence,
                    control,
                    self.interval,
                )
                + body
                + self.suffix
            )
        except (struct.error, OverflowError) as error:
            raise DataError(Message("timebase.ptp.does_not_fit", problem=str(error))) from error

    @classmethod
    def decode(cls, data: bytes) -> "PtpMessage":
        """Read a message; bytes behind its own length, such as padding of a cable, are passed over.

        Raises
        ------
        DataError
            If it is cut, of another version, or a time in it is none.
        """
        if len(data) < HEADER_SIZE:
            raise DataError(Message("timebase.ptp.short", size=len(data), need=HEADER_SIZE))
        first, second, length, domain, sdo, flags, correction, specific, clock, number, sequence, control, interval = (
            _HEADER.unpack_from(data)
        )
        kind, version = first & 15, second & 15
        if version != 2:  # noqa: PLR2004 - IEEE 1588-2008 and -2019 alike
            raise DataError(Message("timebase.ptp.version", version=version))
        _, size = _SIZES.get(kind, (Opaque, 0))
        if not HEADER_SIZE + size <= length <= len(data):
            raise DataError(Message("timebase.ptp.short", size=len(data), need=max(length, HEADER_SIZE + size)))
        end = HEADER_SIZE + size if kind in _SIZES else length
        return cls(
            Kind(kind) if kind in set(Kind) else kind,
            Port(clock, number),
            _read_body(kind, data[HEADER_SIZE:end]),
            sequence,
            domain,
            Flag(flags),
            correction,
            interval,
            data[end:length],
            (first >> 4) << 8 | sdo,
            version,
            second >> 4,
            specific,
            control,
        )


def _write_body(body: Body) -> bytes:
    if isinstance(body, Stamped):
        return _write_stamp(body.stamp) + body.reserved
    if isinstance(body, Answered):
        return _write_stamp(body.stamp) + struct.pack(">8sH", body.requester.clock, body.requester.number)
    if isinstance(body, Opaque):
        return body.data
    stamp = _write_stamp(body.origin)
    quality = body.quality
    return _ANNOUNCE.pack(
        stamp[:6],
        int.from_bytes(stamp[6:], "big"),
        body.utc_offset,
        body.reserved,
        body.priority1,
        quality.clock_class,
        quality.accuracy,
        quality.variance,
        body.priority2,
        body.grandmaster,
        body.steps,
        body.time_source,
    )


def _read_body(kind: int, data: bytes) -> Body:
    shape, _ = _SIZES.get(kind, (Opaque, 0))
    if shape is Opaque:
        return Opaque(data)
    stamp, rest = _read_stamp(data), data[STAMP_SIZE:]
    if shape is Stamped:
        return Stamped(stamp, rest)
    if shape is Answered:
        return Answered(stamp, Port(rest[:8], int.from_bytes(rest[8:], "big")))
    _, _, utc, reserved, priority1, clock_class, accuracy, variance, priority2, grandmaster, steps, source = _ANNOUNCE.unpack(
        data
    )
    quality = ClockQuality(clock_class, accuracy, variance)
    return Announce(grandmaster, utc, quality, priority1, priority2, steps, source, stamp, reserved)


def _write_stamp(stamp: Instant) -> bytes:
    if stamp.scale is not Scale.TAI or not 0 <= stamp.ns < LATEST:
        raise DataError(Message("timebase.ptp.not_tai", instant=stamp.isoformat()))
    second, rest = divmod(stamp.ns, NS)
    return second.to_bytes(6, "big") + rest.to_bytes(4, "big")


def _read_stamp(data: bytes) -> Instant:
    rest = int.from_bytes(data[6:STAMP_SIZE], "big")
    if rest >= NS:
        raise DataError(Message("timebase.ptp.bad_stamp", found=rest))
    return Instant(int.from_bytes(data[:6], "big") * NS + rest, Scale.TAI)


@dataclass(frozen=True)
class Tlv:
    """A type-length-value: what a profile adds to a message."""

    kind: int
    value: bytes


def tlvs(suffix: bytes) -> tuple[Tlv, ...]:
    r"""Return what stands behind the body of a message.

    Raises
    ------
    DataError
        If a value runs over the end.

    Examples
    --------
    >>> tlvs(bytes.fromhex("00030002abcd"))
    (Tlv(kind=3, value=b'\xab\xcd'),)
    """
    found, at = [], 0
    while at < len(suffix):
        if at + 4 > len(suffix):
            raise DataError(Message("timebase.ptp.short", size=len(suffix), need=at + 4))
        kind, size = struct.unpack_from(">HH", suffix, at)
        end = at + 4 + size
        if end > len(suffix):
            raise DataError(Message("timebase.ptp.short", size=len(suffix), need=end))
        found.append(Tlv(kind, suffix[at + 4 : end]))
        at = end
    return tuple(found)
