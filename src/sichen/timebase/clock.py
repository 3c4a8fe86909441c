# SPDX-License-Identifier: Apache-2.0
"""The clock that is served: it follows the arbiter by slewing and never goes backward."""

import math
from dataclasses import dataclass
from typing import Protocol

from sichen.core import ConfigError, Instant, Message

NS = 1_000_000_000
STEEPEST = 0.1  # s/s: a clock slewed faster than this is of no use to anybody


@dataclass(frozen=True)
class Served:
    """A time that is given away.

    Parameters
    ----------
    instant : Instant
    u : float
        Standard uncertainty in s; three of it hold 99.7 %.
    """

    instant: Instant
    u: float


class Clock(Protocol):
    """Turns readings of the local counter into served time. Every output uses this and nothing else."""

    def serve(self, local_ns: int) -> Served | None:
        """Return the time at a reading of the counter, in ns; None while there is none worth serving."""
        ...


class SteeredClock:
    """A clock steered by rate alone.

    Parameters
    ----------
    epoch : Instant
        UTC when the counter's offset is nought: whole nanoseconds, so that no digit is lost in decades.
    slew : float, default 5e-4
        Greatest rate at which an error is worked off, in s/s; below 0.1.
    settle : float, default 64
        Seconds in which a small error is worked off; never less than the time between two calls of `steer`, or the
        clock would overshoot.

    Raises
    ------
    ConfigError
        If the slew is not between nought and 0.1.

    Examples
    --------
    >>> clock = SteeredClock(Instant.parse("2026-01-01T00:00:00Z"))
    >>> clock.steer(0.0, offset=0.25, frequency=0.0, u=1e-6)
    >>> clock.serve(1_000_000_000).instant.isoformat()
    '2026-01-01T00:00:01.250000000Z'
    """

    def __init__(self, epoch: Instant, *, slew: float = 5e-4, settle: float = 64.0) -> None:
        if not 0.0 < slew < STEEPEST:
            raise ConfigError(Message("timebase.clock.slew", found=f"{slew:g}", limit=f"{STEEPEST:g}"))
        self.epoch, self.slew, self.settle = epoch, slew, settle
        self._at = self._correction = self._rate = self._u = self._growth = 0.0
        self._error = 0.0
        self._running = False

    @property
    def running(self) -> bool:
        """Whether there is a time to serve."""
        return self._running

    @property
    def rate(self) -> float:
        """The rate at which the correction now changes, in s/s."""
        return self._rate

    def steer(self, local: float, *, offset: float, frequency: float, u: float, growth: float = 0.0) -> None:
        """Tell the clock where true time is.

        Parameters
        ----------
        local : float
            Reading of the counter in s; must not go back.
        offset, frequency : float
            True time minus the counter, in s, and its change in s/s.
        u : float
            Standard uncertainty of `offset`, in s.
        growth : float, default 0
            By how much that grows a second.

        Notes
        -----
        The first call sets the clock; later ones change only its rate, by no more than the slew.
        """
        passed = local - self._at
        settle = max(self.settle, passed)
        if not self._running:
            self._correction, self._running, settle = offset, True, self.settle
        else:
            self._correction += self._rate * passed
        self._at, self._u, self._growth = local, u, growth
        self._error = offset - self._correction
        pull = min(max(self._error / settle, -self.slew), self.slew)
        self._rate = min(max(frequency + pull, -STEEPEST), STEEPEST)

    def correction(self, local: float) -> float:
        """Return served time minus the counter at a reading, in s."""
        return self._correction + self._rate * (local - self._at)

    def uncertainty(self, local: float) -> float:
        """Return the standard uncertainty at a reading: the estimate's own, and what is not worked off yet."""
        return math.hypot(self._u + self._growth * max(local - self._at, 0.0), self._error)

    def serve(self, local_ns: int) -> Served | None:
        """Return the time at a reading of the counter."""
        if not self._running:
            return None
        local = local_ns / NS
        nanoseconds = self.epoch.ns + local_ns + round(self.correction(local) * NS)
        return Served(Instant(nanoseconds), self.uncertainty(local))
