# SPDX-License-Identifier: Apache-2.0
"""A grandmaster: what it sends, what it answers, and when it keeps silent because a better one is there."""

from dataclasses import dataclass, field

from sichen.core import Instant
from sichen.timebase.ptp.messages import Announce, Answered, Flag, Kind, Port, PtpMessage, Stamped
from sichen.timebase.ptp.told import NS, Standing

QUALIFIED = 2
"""Announcements of a stranger within the window before he counts."""
WINDOW = 4
"""Announce intervals in which they must come, and after which a stranger is forgotten."""


@dataclass(frozen=True)
class MasterSettings:
    """How a grandmaster behaves.

    Parameters
    ----------
    identity : bytes, 8
    domain : int
    priority1, priority2 : int
    announce, sync, delay : int
        Intervals as powers of two, in s.
    """

    identity: bytes
    domain: int = 0
    priority1: int = 128
    priority2: int = 128
    announce: int = 1
    sync: int = 0
    delay: int = 0


@dataclass
class Grandmaster:
    """The master port of one clock: two-step, end to end.

    Parameters
    ----------
    settings : MasterSettings

    Examples
    --------
    >>> master = Grandmaster(MasterSettings(bytes(8)))
    >>> request = PtpMessage(Kind.DELAY_REQ, Port(b"a slave!"), Stamped(Instant.parse("2026-01-01T00:00:00 TAI")), sequence=3)
    >>> answer = master.answer(request, arrived=Instant.parse("2026-01-01T00:00:37 TAI"))
    >>> answer.sequence, answer.body.requester.clock
    (3, b'a slave!')
    """

    settings: MasterSettings
    _sequences: dict[int, int] = field(default_factory=dict)
    _strangers: dict[bytes, list[tuple[int, Announce]]] = field(default_factory=dict)

    @property
    def port(self) -> Port:
        """Who it is."""
        return Port(self.settings.identity)

    def announce(self, standing: Standing, *, now: Instant) -> PtpMessage:
        """Return the next announcement.

        Parameters
        ----------
        standing : Standing
        now : Instant
            TAI.
        """
        return self._make(Kind.ANNOUNCE, self._body(standing, now), standing.flags, self.settings.announce)

    def _body(self, standing: Standing, now: Instant) -> Announce:
        settings = self.settings
        return Announce(
            settings.identity,
            standing.utc_offset,
            standing.quality,
            settings.priority1,
            settings.priority2,
            time_source=standing.time_source,
            origin=now,
        )

    def sync(self, *, about: Instant) -> PtpMessage:
        """Return the next Sync; when it left is told by `follow_up`.

        Parameters
        ----------
        about : Instant
            TAI, roughly when it leaves.
        """
        return self._make(Kind.SYNC, Stamped(about), Flag.TWO_STEP, self.settings.sync)

    def follow_up(self, sync: PtpMessage, *, left: Instant) -> PtpMessage:
        """Return what tells when a Sync left, in TAI."""
        return PtpMessage(
            Kind.FOLLOW_UP, self.port, Stamped(left), sync.sequence, self.settings.domain, interval=self.settings.sync
        )

    def answer(self, request: PtpMessage, *, arrived: Instant) -> PtpMessage | None:
        """Return what tells a slave when its request arrived; None for what is no request, or for another domain.

        Parameters
        ----------
        request : PtpMessage
        arrived : Instant
            TAI.
        """
        if request.kind != Kind.DELAY_REQ or request.domain != self.settings.domain or request.sdo:
            return None
        body = Answered(arrived, request.sender)
        # What switches have added on the way is the slave's to take off: it goes back as it came.
        return PtpMessage(
            Kind.DELAY_RESP,
            self.port,
            body,
            request.sequence,
            self.settings.domain,
            correction=request.correction,
            interval=self.settings.delay,
        )

    def hear(self, message: PtpMessage, *, now: int) -> None:
        """Note the announcement of another grandmaster.

        Parameters
        ----------
        message : PtpMessage
        now : int
            Reading of a counter, in ns.
        """
        body = message.body
        mine = message.sender.clock == self.settings.identity or message.domain != self.settings.domain or message.sdo
        if mine or not isinstance(body, Announce) or body.grandmaster == self.settings.identity:
            return
        heard = [one for one in self._strangers.get(message.sender.clock, []) if now - one[0] < self._window]
        self._strangers[message.sender.clock] = [*heard, (now, body)][-QUALIFIED:]

    @property
    def _window(self) -> int:
        return round(WINDOW * 2.0**self.settings.announce * NS)

    def better(self, standing: Standing, *, now: int) -> bytes | None:
        """Return the identity of a grandmaster that is better and has been heard twice lately; None when we are the best."""
        self._strangers = {who: heard for who, heard in self._strangers.items() if now - heard[-1][0] < self._window}
        own = rank(self._body(standing, Instant(0)))
        found = [
            heard[-1][1] for heard in self._strangers.values() if len(heard) >= QUALIFIED and now - heard[0][0] < self._window
        ]
        ahead = [one for one in found if rank(one) < own]
        return min(ahead, key=rank).grandmaster if ahead else None

    def _make(self, kind: Kind, body: Announce | Stamped, flags: Flag, interval: int) -> PtpMessage:
        sequence = self._sequences.get(kind, 0)
        self._sequences[kind] = (sequence + 1) % 2**16
        return PtpMessage(kind, self.port, body, sequence, self.settings.domain, flags, interval=interval)


def rank(announce: Announce) -> tuple[int, int, int, int, int, bytes]:
    """Return what the best master is chosen by: the smallest wins (IEEE 1588-2008, 9.3.4, between different grandmasters)."""
    quality = announce.quality
    return (
        announce.priority1,
        quality.clock_class,
        quality.accuracy,
        quality.variance,
        announce.priority2,
        announce.grandmaster,
    )


def offset_and_delay(
    sync: PtpMessage, follow_up: PtpMessage, *, heard: Instant, asked: Instant, answer: PtpMessage
) -> tuple[float, float]:
    """Return the slave's time minus the master's, and the mean delay of the path, in s.

    Parameters
    ----------
    sync, follow_up, answer : PtpMessage
        As they came.
    heard, asked : Instant
        By the slave's clock: when the Sync came, when the request left.
    """
    left = follow_up.body.stamp if isinstance(follow_up.body, Stamped) else heard
    arrived = answer.body.stamp if isinstance(answer.body, Answered) else asked
    there = heard.ns - left.ns - sync.corrected_ns - follow_up.corrected_ns
    back = arrived.ns - asked.ns - answer.corrected_ns
    return (there - back) / 2 / NS, (there + back) / 2 / NS
