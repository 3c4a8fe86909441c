# SPDX-License-Identifier: Apache-2.0
"""What an NTP server answers: never more bytes than it was sent, nothing to modes 6 and 7, and less to those who ask too often."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from sichen.core import Instant
from sichen.timebase.leap import Leap
from sichen.timebase.ntp.packet import SIZE, Mode, NtpPacket, ntp_time

NS = 1_000_000_000
OLDEST, NEWEST = 1, 4
UNSYNCHRONISED = 16
QUIET = 16
"""Refusals of which one is told: a flood is not answered by a flood."""
DRIFT = 15e-6
"""Growth of the dispersion a second when nobody says better, RFC 5905's PHI."""


@dataclass(frozen=True)
class ServedClock:
    r"""The clock that stands behind answers.

    Parameters
    ----------
    stratum : int
        16 when it must not be used.
    leap : Leap
    precision : int
        Power of two, in s.
    root_delay, root_dispersion : float
        In s, at `updated`.
    reference : bytes
        Four bytes, such as ``b"GPS\\0"``.
    updated : Instant
        When the clock was last set right.
    drift : float
        Growth of the dispersion in s/s.
    """

    stratum: int
    leap: Leap
    precision: int
    root_delay: float
    root_dispersion: float
    reference: bytes
    updated: Instant
    drift: float = DRIFT


def answer(request: bytes, *, received: Instant, sent: Instant, clock: ServedClock) -> bytes | None:
    """Return what to answer a request; None when nothing.

    Parameters
    ----------
    request : bytes
        As it came; extension fields behind the first 48 bytes are passed over.
    received, sent : Instant
        UTC of the disciplined clock, on arrival and on departure.
    clock : ServedClock
    """
    if len(request) < SIZE or request[0] & 7 != Mode.CLIENT or not OLDEST <= request[0] >> 3 & 7 <= NEWEST:
        return None
    usable = clock.stratum < UNSYNCHRONISED
    age = max((sent.ns - clock.updated.ns) / NS, 0.0)
    return NtpPacket(
        leap=clock.leap if usable else Leap.UNKNOWN,
        version=request[0] >> 3 & 7,
        mode=Mode.SERVER,
        stratum=clock.stratum if usable else 0,
        poll=request[2] - 256 if request[2] > 127 else request[2],  # noqa: PLR2004 - a signed byte
        precision=clock.precision,
        root_delay=clock.root_delay,
        root_dispersion=clock.root_dispersion + age * clock.drift,
        reference=clock.reference if usable else b"INIT",
        updated=ntp_time(clock.updated),
        origin=int.from_bytes(request[40:48], "big"),
        received=ntp_time(received),
        sent=ntp_time(sent),
    ).encode()


def kiss(request: bytes, code: bytes, *, received: Instant) -> bytes | None:
    """Return a kiss of death, such as ``b"RATE"`` or ``b"DENY"``; None for what is no request."""
    if len(request) < SIZE or request[0] & 7 != Mode.CLIENT:
        return None
    now = ntp_time(received)
    poll = request[2] - 256 if request[2] > 127 else request[2]  # noqa: PLR2004 - a signed byte
    origin = int.from_bytes(request[40:48], "big")
    return NtpPacket(Leap.UNKNOWN, request[0] >> 3 & 7, Mode.SERVER, 0, poll, 0, 0.0, 0.0, code, 0, origin, now, now).encode()


@dataclass(frozen=True)
class AccessList:
    """Who may ask: the narrowest network that holds an address decides.

    Parameters
    ----------
    allowed, denied : sequence of str
        Networks such as ``10.0.0.0/8`` or ``fd00::/8``.

    Examples
    --------
    >>> AccessList(("10.0.0.0/8",), ("10.6.0.0/16",)).allows("10.6.1.2")
    False
    """

    allowed: Sequence[str] = ("0.0.0.0/0", "::/0")
    denied: Sequence[str] = ()

    def allows(self, address: str) -> bool:
        """Tell whether an address may ask."""
        asked = ip_address(address)
        yes, no = (_narrowest(asked, networks) for networks in (self.allowed, self.denied))
        return yes > no


def _narrowest(asked: IPv4Address | IPv6Address, networks: Sequence[str]) -> int:
    found: list[IPv4Network | IPv6Network] = [ip_network(one) for one in networks]
    return max((one.prefixlen for one in found if one.version == asked.version and asked in one), default=-1)


@dataclass
class RateLimiter:
    """A bucket of tokens for each client; the table is bounded, and the one who asked longest ago leaves first.

    Parameters
    ----------
    interval : float
        Seconds in which one token comes back.
    burst : int
        Tokens of a full bucket.
    clients : int
        Buckets kept.
    """

    interval: float = 1.0
    burst: int = 16
    clients: int = 65_536
    _buckets: OrderedDict[str, tuple[float, int, int]] = field(default_factory=OrderedDict, repr=False)

    def judge(self, client: str, now: Instant) -> bytes:
        """Return ``b"ok"``, ``b"RATE"`` when a kiss is due (at the first of sixteen refusals), or nothing to stay silent."""
        level, at, refused = self._buckets.pop(client, (float(self.burst), now.ns, 0))
        level = min(level + max(now.ns - at, 0) / NS / self.interval, float(self.burst))
        good = level >= 1.0
        self._buckets[client] = (level - 1.0 if good else level, now.ns, 0 if good else refused + 1)
        if len(self._buckets) > self.clients:
            self._buckets.popitem(last=False)
        if good:
            return b"ok"
        return b"RATE" if refused % QUIET == 0 else b""
