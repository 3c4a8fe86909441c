# SPDX-License-Identifier: Apache-2.0
"""The seat of one source before the arbiter: whether it speaks, whether it is believed, since when."""

import math
from dataclasses import dataclass, field
from statistics import median

from sichen.core import Message
from sichen.timebase.arbiter.settings import SourceSettings
from sichen.timebase.leap import Leap
from sichen.timebase.source import Sample

MEMORY = 1.0 / 16.0  # of the running level, per reading
SETTLED = 8  # readings before a level means something
OF_MEDIAN = 1.253  # standard deviation of a median over that of a mean
LONGEST_PROBATION = 86400.0


@dataclass
class Seat:
    """One source as the arbiter knows it; the arbiter alone changes it.

    `level` is how far its readings are from the estimate, `spread` the standard deviation of that in units of its jitter.
    """

    settings: SourceSettings
    probation: float
    heard: float = -math.inf
    good_since: float = math.inf
    doubt: Message | None = None
    rejected: Message | None = None
    agreed_since: float = math.inf
    agreed_at: float = 0.0
    level: float = 0.0
    spread: float = 1.0
    readings: int = 0
    first: list[float] = field(default_factory=list)
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

    def compare(self, apart: float, *, wild: float) -> None:
        """Follow how far its readings are from the estimate; a single one moves the level by no more than `wild` allows.

        The first readings after a silence say where it stands now, whatever it was before: their median is the level.
        """
        self.readings += 1
        if self.readings <= SETTLED:
            self.first = [*self.first, apart] if self.readings > 1 else [apart]
            self.level, self.spread = median(self.first), OF_MEDIAN / math.sqrt(self.readings)
            return
        drawn = min(max(apart - self.level, -wild), wild)
        self.level += MEMORY * drawn
        self.spread = math.hypot((1.0 - MEMORY) * self.spread, MEMORY)

    def shift(self, moved: float) -> None:
        """Keep the level beside an estimate that was corrected by so much."""
        self.level -= moved
        self.agreed_at -= moved
        self.first = [apart - moved for apart in self.first]

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
