# SPDX-License-Identifier: Apache-2.0
"""What a receiver reports: a time, whether it stands behind it, and how the sky looks to it."""

from dataclasses import dataclass

from sichen.core import JSON, Instant, Message
from sichen.timebase.receivers.framer import Protocol

NS = 1_000_000_000


@dataclass(frozen=True)
class Reported:
    """A time that one message reports.

    Parameters
    ----------
    protocol : Protocol
    message : str
        Which one of the protocol, e.g. ``RMC`` or ``NAV-PVT``.
    utc : Instant
    valid : bool
        Whether the receiver stands behind date and time, and nothing in the stream contradicts it.
    leap : int, optional
        GPS − UTC in s that stands behind `utc`, when the message states or needs one.
    source_week_raw : int, optional
        Week number as it came.
    u : float, optional
        The receiver's own estimate of its standard uncertainty in s.
    reason : Message, optional
        Why it is not valid.
    position : int
        Of the message in the stream.
    leap_second : bool
        `utc` is that of an inserted second.
    """

    protocol: Protocol
    message: str
    utc: Instant
    valid: bool
    leap: int | None = None
    source_week_raw: int | None = None
    u: float | None = None
    reason: Message | None = None
    position: int = 0
    leap_second: bool = False

    @property
    def text(self) -> str:
        """The UTC time as it is written: an inserted second is 23:59:60, though counted as the one after 59."""
        if not self.leap_second:
            return self.utc.isoformat()
        return Instant(self.utc.ns - NS).isoformat().replace(":59:59", ":59:60")

    def to_json(self) -> dict[str, JSON]:
        """Return it as the command line says it."""
        return {
            "protocol": str(self.protocol),
            "message": self.message,
            "utc": self.text,
            "valid": self.valid,
            "leap": self.leap,
            "source_week_raw": self.source_week_raw,
            "u": self.u,
            "reason": None if self.reason is None else self.reason.text("en"),
            "position": self.position,
        }


@dataclass(frozen=True)
class Sky:
    """How the sky looks to a receiver; None where no message said.

    Parameters
    ----------
    jamming : int, optional
        Continuous-wave jamming indicator, 0 … 255.
    jamming_state : int, optional
        0 unknown, 1 none, 2 warning, 3 no fix for it.
    spoofing_state : int, optional
        0 unknown, 1 none, 2 indicated, 3 by several signs.
    antenna : int, optional
        0 initialising, 1 unknown, 2 in order, 3 short, 4 open.
    used : int, optional
        Satellites used.
    signals : tuple of float
        C/N0 of all satellites seen, dB·Hz.
    """

    jamming: int | None = None
    jamming_state: int | None = None
    spoofing_state: int | None = None
    antenna: int | None = None
    used: int | None = None
    signals: tuple[float, ...] = ()


TOO_EVEN = 1.0
"""C/N0 of real satellites spread over many dB; a lone transmitter makes them equal."""
FEWEST = 5


def warnings(sky: Sky) -> tuple[Message, ...]:
    """Return what an operator should know of the sky.

    Examples
    --------
    >>> [one.key for one in warnings(Sky(signals=(41.0, 41.5, 41.2, 41.0, 41.3, 41.1)))]
    ['timebase.receivers.even_signals']
    """
    found: list[Message] = []
    heard = [one for one in sky.signals if one > 0]
    if len(heard) >= FEWEST and max(heard) - min(heard) <= TOO_EVEN:
        found.append(Message("timebase.receivers.even_signals", count=len(heard), spread=f"{max(heard) - min(heard):.1f}"))
    if sky.spoofing_state in {2, 3}:
        found.append(Message("timebase.receivers.spoofing"))
    if sky.jamming_state in {2, 3}:
        found.append(Message("timebase.receivers.jamming"))
    if sky.antenna in {3, 4}:
        found.append(Message("timebase.receivers.antenna_short" if sky.antenna == 3 else "timebase.receivers.antenna_open"))
    return tuple(found)
