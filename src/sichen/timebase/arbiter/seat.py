# SPDX-License-Identifier: Apache-2.0
"""The seat of one source before the arbiter: whether it speaks, whether it is believed, since when."""

import math
from dataclasses import dataclass

from sichen.core import Message
from sichen.timebase.arbiter.settings import SourceSettings
from sichen.timebase.leap import Leap
from sichen.timebase.source import Sample

MEMORY = 1.0 / 16.0  # of the running level, per reading
SETTLED = 8  # readings before a level means something
LONGEST_PROBATION = 86400.0


@dataclass
class Seat:
    """One source as the arbiter knows it; the arbiter alone changes it."""

    settings: SourceSettings
    probation: float
    heard: float = -math.inf
    good_since: float = math.inf
    doubt: Message | None = None
    rejected: Message | None = None
    agreed_since: float = math.inf
    agreed_at: float = 0.0
    level: float = 0.0
    readings: int = 0
    leap: Leap = Leap.UNKNOWN
    wider: float = 0.0

    @property
    def name(self) -> str:
        """Name of the source."""
        return self.settings.name

    def hear(self, sample: Sample | None, now: float, *, patience: float) -> float:
        """Take a sample and return its offset, or NaN when it is not to be used."""
        if sample is not None and sample.local < now - patience:
            return self._silent(Message("timebase.source.late", source=self.name), now, patience)
        if sample is None:
            return self._silent(Message("timebase.source.lost", source=self.name), now, patience)
        self.heard = now
        if not sample.valid or not math.isfinite(sample.offset):
            return self._fall(sample.reason or Message("timebase.source.invalid", source=self.name))
        self.doubt = None
        self.leap = sample.leap
        self.wider = max((sample.u or 0.0) - self.settings.u, 0.0)
        self.good_since = min(self.good_since, now)
        return sample.offset

    def _silent(self, reason: Message, now: float, patience: float) -> float:
        return self._fall(reason) if now - self.heard > patience else math.nan

    def _fall(self, reason: Message) -> float:
        self.doubt, self.good_since, self.readings = reason, math.inf, 0
        return math.nan

    @property
    def good(self) -> bool:
        """Whether it speaks validly and is believed."""
        return self.doubt is None and self.rejected is None and self.good_since < math.inf

    def reject(self, reason: Message) -> None:
        """Believe it no longer; each time the way back is twice as long."""
        if self.rejected is None:
            self.probation = min(2 * self.probation, LONGEST_PROBATION)
        self.rejected, self.agreed_since, self.readings = reason, math.inf, 0

    def compare(self, apart: float) -> None:
        """Follow how far its readings are from the estimate."""
        self.readings += 1
        self.level += max(MEMORY, 1.0 / self.readings) * (apart - self.level)

    def rehabilitated(self, now: float, *, bound: float, still: float) -> bool:
        """Tell whether a rejected source has agreed, and stood still, for its whole probation.

        Parameters
        ----------
        now : float
        bound : float
            How far its level may be from the estimate, in s.
        still : float
            How far its level may move during the probation, in s.
        """
        if self.readings < SETTLED or abs(self.level) > bound:
            self.agreed_since = math.inf
            return False
        if self.agreed_since == math.inf or abs(self.level - self.agreed_at) > still:
            self.agreed_since, self.agreed_at = now, self.level
        return now - self.agreed_since >= self.probation
