# SPDX-License-Identifier: Apache-2.0
"""What an NTP client believes of an answer."""

from dataclasses import dataclass
from enum import StrEnum

from sichen.core import Instant, Message
from sichen.timebase.leap import Leap
from sichen.timebase.ntp.packet import SIZE, Mode, NtpPacket, utc_time
from sichen.timebase.receivers.rollover import Witness

NS = 1_000_000_000
FARTHEST = 1.5
"""Root distance in s beyond which a server is no use, RFC 5905's MAXDIST."""
UNSYNCHRONISED = 16


class Kiss(StrEnum):
    """Kisses that a client must obey."""

    RATE = "RATE"
    DENY = "DENY"
    RSTR = "RSTR"


@dataclass(frozen=True)
class Exchange:
    """What one exchange tells.

    Parameters
    ----------
    offset : float
        The server's time minus the client's, in s.
    delay : float
        There and back, without the server's own time, in s.
    u : float
        Half the delay and the server's root distance: what may be wrong at most, in s.
    leap : Leap
    stratum : int
    reference : bytes
    """

    offset: float
    delay: float
    u: float
    leap: Leap
    stratum: int
    reference: bytes


@dataclass(frozen=True)
class Refused:
    """Why an answer is not believed."""

    reason: Message


@dataclass(frozen=True)
class KissOfDeath:
    """A server that wants less, or nothing."""

    code: Kiss


def request(cookie: int, *, version: int = 4, poll: int = 6) -> bytes:
    """Return a request.

    Parameters
    ----------
    cookie : int
        64 random bits in place of the time of departure: nothing of the client's clock leaves it, and only who saw the request can
        answer it.
    """
    return NtpPacket(Leap.NONE, version, Mode.CLIENT, 0, poll, 32, 0.0, 0.0, b"", 0, 0, 0, cookie).encode()


def read_answer(data: bytes, *, cookie: int, departed: Instant, arrived: Instant) -> Exchange | KissOfDeath | Refused:
    """Judge an answer.

    Parameters
    ----------
    data : bytes
    cookie : int
        Of the request; every answer but the first to it must be refused by the caller.
    departed, arrived : Instant
        By the client's clock, which also tells the era.
    """
    if len(data) < SIZE:
        return Refused(Message("timebase.ntp.short", size=len(data)))
    packet = NtpPacket.decode(data)
    if packet.origin != cookie or cookie == 0:
        return Refused(Message("timebase.ntp.bogus"))
    if packet.mode is not Mode.SERVER:
        return Refused(Message("timebase.ntp.mode", mode=int(packet.mode)))
    code = packet.reference.decode("ascii", "replace").rstrip("\0")
    if packet.stratum == 0 and code in set(Kiss):
        return KissOfDeath(Kiss(code))
    return _measured(packet, departed, arrived)


def _measured(packet: NtpPacket, departed: Instant, arrived: Instant) -> Exchange | Refused:
    if not 0 < packet.stratum < UNSYNCHRONISED or packet.leap is Leap.UNKNOWN:
        return Refused(Message("timebase.ntp.unsynchronised"))
    if packet.sent == 0 or packet.received == 0:
        return Refused(Message("timebase.ntp.no_stamp"))
    near = Witness(near=arrived)
    received, sent = utc_time(packet.received, witness=near), utc_time(packet.sent, witness=near)
    delay = ((arrived.ns - departed.ns) - (sent.ns - received.ns)) / NS
    if sent.ns < received.ns or delay < -1e-6:  # noqa: PLR2004 - a microsecond of rounding between two kernels' stamps
        return Refused(Message("timebase.ntp.order"))
    distance = packet.root_delay / 2 + packet.root_dispersion
    if distance > FARTHEST:
        return Refused(Message("timebase.ntp.distance", distance=f"{distance:.2f}"))
    offset = ((received.ns - departed.ns) + (sent.ns - arrived.ns)) / 2 / NS
    delay = max(delay, 0.0)
    return Exchange(offset, delay, delay / 2 + distance, packet.leap, packet.stratum, packet.reference)
