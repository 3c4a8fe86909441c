# SPDX-License-Identifier: Apache-2.0
"""Which second a pulse belongs to: a pulse is exact and nameless, the message of a receiver is named and late."""

from collections.abc import Callable

from sichen.core import Message
from sichen.timebase.source import Sample

NS = 1_000_000_000
AMBIGUOUS = 0.25
"""Distance in s from the nearest second beyond which a message names neither of two pulses for sure."""
SILENT = 5.0
"""Seconds without a message after which pulses have no name."""
TWICE = 0.9
"""A pulse that comes sooner after another, in s, is a false one."""
AGREEING = 3
"""Messages in a row that must name the pulses alike before they are believed."""
OVERRULED = 10
"""Messages in a row that contradict the count of pulses before the count is given up."""


class PulsePairing:
    """Pair pulses with the messages of a receiver.

    Parameters
    ----------
    name : str
        Of the source of pulses.
    receiver : str
        Of the source whose messages name the seconds; its own `delay` must be set, for it decides which second is meant.
    delay : float
        By how much pulses come late, in s: 5 ns for each metre of cable.
    fraction : callable, optional
        Returns by how many seconds the epoch that offsets are counted from lies behind a whole second; nought by default.

    Notes
    -----
    A pulse is refused, with the reason, while no message has come for five seconds, the message is itself invalid, the nearest second
    is more than a quarter of a second away, or the last messages do not agree which second it is. A message that is late by just one
    second from the first on cannot be told from a true one; one that becomes so can.

    Examples
    --------
    >>> pairing = PulsePairing("PPS", receiver="GPS", delay=5e-8)
    >>> for k in range(3):
    ...     pairing.named(Sample(k + 0.1, 1000.02))
    ...     sample = pairing.pulse(k * 1_000_000_000 + 500)
    >>> sample.valid, round(sample.offset, 9)
    (True, 999.99999955)
    """

    def __init__(self, name: str, *, receiver: str, delay: float = 0.0, fraction: Callable[[], float] | None = None) -> None:
        self.name, self.receiver, self.delay = name, receiver, delay
        self._fraction = fraction
        self._named: Sample | None = None
        self._used: float | None = None
        self._offset: float | None = None
        self._agreed = self._against = 0
        self._last: float | None = None

    def named(self, sample: Sample) -> None:
        """Take a message: `sample` is the receiver's own comparison with the counter."""
        self._named = sample

    def pulse(self, local_ns: int, *, u: float | None = None) -> Sample | None:
        """Take a pulse; None for one that follows another too soon.

        Parameters
        ----------
        local_ns : int
            Reading of the counter when it came.
        u : float, optional
            What its stamp is uncertain by, in s.
        """
        local, before = local_ns / NS, self._last
        if before is not None and 0 <= local - before < TWICE:
            return None
        self._last = local
        named, true = self._named, local - self.delay
        if named is None or not -1.0 <= local - named.local < SILENT:
            return self._refuse(local, Message("timebase.pps.no_message", source=self.name, receiver=self.receiver))
        if not named.valid:
            return self._refuse(local, named.reason or Message("timebase.pps.invalid", receiver=self.receiver))
        part = 0.0 if self._fraction is None else self._fraction()
        whole = round(true + named.offset + part)
        second = whole - part
        beside = true + named.offset - second
        if abs(beside) > AMBIGUOUS:
            why = Message("timebase.pps.ambiguous", source=self.name, receiver=self.receiver, beside=f"{beside:+.2f}")
            return self._refuse(local, why)
        why_not = self._doubt(second - true, fresh=named.local != self._used)
        self._used = named.local
        return Sample(local, second - true, u, leap=named.leap) if why_not is None else self._refuse(local, why_not)

    def _doubt(self, offset: float, *, fresh: bool) -> Message | None:
        """Note which second a message names, and return why it is not believed."""
        if self._offset is not None and abs(offset - self._offset) > 0.5 and self._agreed >= AGREEING:  # noqa: PLR2004 - another second
            self._against += fresh
            if self._against < OVERRULED:
                return Message("timebase.pps.contradicts", source=self.name, receiver=self.receiver)
        if self._offset is None or abs(offset - self._offset) > 0.5:  # noqa: PLR2004 - another second
            self._agreed = 0
        self._offset, self._against = offset, 0
        self._agreed += fresh
        return None if self._agreed >= AGREEING else Message("timebase.pps.gathering", source=self.name, count=AGREEING)

    def _refuse(self, local: float, why: Message) -> Sample:
        return Sample(local, 0.0 if self._named is None else self._named.offset, valid=False, reason=why)
