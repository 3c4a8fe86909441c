# SPDX-License-Identifier: Apache-2.0
"""The heart of the service: sources in, one steered clock out, leap seconds in between; no sockets and no waiting."""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sichen.core import DataError, Instant, Message, Scale
from sichen.timebase.arbiter import Arbiter, Decision
from sichen.timebase.clock import SteeredClock
from sichen.timebase.leap import NS, Leap, LeapCount, LeapTable, LeapVerdict, judge_leap, leap_table
from sichen.timebase.memory import Memory
from sichen.timebase.oscillator import oscillator
from sichen.timebase.receivers import gps_leap
from sichen.timebase.service.plan import ServicePlan
from sichen.timebase.service.told import Told
from sichen.timebase.source import Sample

FAR = 1000.0
"""Seconds of offset beyond which the count begins anew: doubles would lose digits."""
ARMED = 60.0
"""Seconds before the end of a day at which its leap second is settled, at the latest two ticks before."""
LONGEST = 400 * 86_400.0
HEARD = 8


@dataclass(frozen=True)
class ServedTime:
    """The time at one moment.

    Parameters
    ----------
    instant : Instant
    u : float
        Standard uncertainty in s.
    leap_second : bool
        It is 23:59:60, which has no instant of its own: `instant` is one second earlier.
    """

    instant: Instant
    u: float
    leap_second: bool = False


class Engine:
    """One disciplined clock.

    Parameters
    ----------
    plan : ServicePlan
    epoch : Instant
        UTC when the counter stands at nought, as far as anybody knows; the first sources correct it.
    table : LeapTable or None
        Of leap seconds.
    memory : Memory, optional
        What a former run knew of the oscillator.

    Notes
    -----
    The count that is steered runs through leap seconds; what is served takes them into account. Every method may be called from any
    thread.
    """

    def __init__(self, plan: ServicePlan, *, epoch: Instant, table: LeapTable | None, memory: Memory | None = None) -> None:
        self.plan, self.table = plan, table
        self._memory = memory
        self._lock = threading.RLock()
        self.decision: Decision | None = None
        self.leap = LeapVerdict(Leap.UNKNOWN)
        self.offsets: dict[str, tuple[float, float]] = {}
        self.notes: tuple[Message, ...] = ()
        self._count = LeapCount(lead=round(max(ARMED, 2 * plan.tick) * NS))
        self._untabled = 0
        self._begin(epoch)

    def _begin(self, epoch: Instant) -> None:
        tuning = self.plan.arbiter
        self.clock = SteeredClock(epoch, slew=tuning.slew, settle=tuning.settle)
        remembered = learned = None
        if self._memory is not None and self._memory.oscillator == self.plan.oscillator:
            remembered = self._memory.aged(
                max(epoch, self._memory.instant, key=lambda one: one.ns), oscillator(self.plan.oscillator)
            )
            learned = self._memory.learned
        self.arbiter = Arbiter(self.plan.settings, interval=self.plan.tick, remembered=remembered, learned=learned)

    def restart(self, epoch: Instant, note: Message) -> None:
        """Begin anew, because the counter stood still or jumped.

        Parameters
        ----------
        epoch : Instant
        note : Message
            Why, for the operator.
        """
        with self._lock:
            if self.clock.running:
                at = self.arbiter.observer.now
                self._memory = self.arbiter.remember(Instant(epoch.ns + round(at * NS)))
            self.notes = (note,)
            self._count.clear()
            self._begin(epoch)

    def offset(self, utc: Instant, local_ns: int) -> float:
        """Return UTC minus the steered count's epoch and the counter, in s: what a `Sample` states."""
        with self._lock:
            count = utc.ns + self._count.late(self._raw(local_ns)) * NS
            return (count - self.clock.epoch.ns - local_ns) / NS

    def tick(self, local_ns: int, samples: Mapping[str, Sample | None]) -> Decision:
        """Take in what the sources said since the last tick.

        Parameters
        ----------
        local_ns : int
            Reading of the counter; must rise.
        samples : mapping of str to Sample or None
        """
        with self._lock:
            samples = self._anchored(dict(samples))
            if self.deaf(local_ns):
                samples = {}
            local = local_ns / NS
            decision = self.arbiter.decide(local, samples)
            self.decision = decision
            if decision.usable or (self.clock.running and math.isfinite(decision.u)):
                self.clock.steer(
                    local, offset=decision.offset, frequency=decision.frequency, u=decision.u, growth=decision.growth
                )
            for name, sample in samples.items():
                if sample is not None and self.clock.running:
                    self.offsets[name] = (local, sample.offset - self.clock.correction(sample.local))
            self._mind_leap(local_ns, samples)
            return decision

    def _anchored(self, samples: dict[str, Sample | None]) -> dict[str, Sample | None]:
        """Move the epoch to where the sources are, while nothing has been served yet."""
        heard = [one.offset for one in samples.values() if one is not None and one.valid]
        if self.clock.running or not heard or abs(middle := float(np.median(heard))) < FAR:
            return samples
        moved = round(middle)
        self._begin(Instant(self.clock.epoch.ns + moved * NS))
        return {}

    def _mind_leap(self, local_ns: int, samples: Mapping[str, Sample | None]) -> None:
        if not self.clock.running:
            return
        if self._count.over(self._raw(local_ns)):
            self._be_over()
        if self._count.at is not None:
            return
        raw = self._raw(local_ns)
        decision = self.decision
        rejected = {} if decision is None else decision.rejected
        votes = {name: one.leap for name, one in samples.items() if one is not None and one.valid and name not in rejected}
        self.leap = judge_leap(Instant(raw), votes, table=self.table)
        self._count.mind(raw, self.leap)

    def _be_over(self) -> None:
        """Set the count by the leap that has been, and count those that the table did not know."""
        at, by = self._count.at or 0, self._count.by
        self.clock.epoch = Instant(self.clock.epoch.ns - by * NS)
        table = self.table or leap_table()
        known = table.offset(Instant(at + NS)).ns - table.offset(Instant(at - NS)).ns
        self._untabled += by - known // NS
        self._count.clear()

    def _raw(self, local_ns: int) -> int:
        return self.clock.epoch.ns + local_ns + round(self.clock.correction(local_ns / NS) * NS)

    def deaf(self, local_ns: int) -> bool:
        """Tell whether a leap second is so near at a reading of the counter that no source is heard."""
        with self._lock:
            return self._count.deaf(self._raw(local_ns))

    def serve(self, local_ns: int) -> ServedTime | None:
        """Return the time at a reading of the counter; None before there is any."""
        with self._lock:
            if not self.clock.running:
                return None
            return self._served(self._raw(local_ns), self.clock.uncertainty(local_ns / NS))

    def _served(self, raw: int, u: float) -> ServedTime:
        utc, leap_second = self._count.utc(raw)
        return ServedTime(Instant(utc), u, leap_second)

    def leap_ahead(self, served: ServedTime) -> Leap:
        """Return what comes at the end of the UTC day of a served time: nothing any more when it has just been."""
        with self._lock:
            return Leap.NONE if self._after_leap(served) else self.leap.leap

    def _after_leap(self, served: ServedTime) -> bool:
        """Tell whether a time lies in the moments behind a leap second, while the count still runs in the day before."""
        if self._count.at is None or served.leap_second:
            return False
        return served.instant.ns >= self._count.at + max(-self._count.by, 0) * NS

    def tai_offset(self, served: ServedTime) -> tuple[int, bool]:
        """Return TAI − UTC at a served time in s, and whether a table that is still valid says so.

        Leap seconds that sources announced after the table had expired are counted in.
        """
        with self._lock:
            table = self.table or leap_table()
            at = served.instant
            found = table.offset(at).ns // NS + self._untabled
            if self._after_leap(served) and self._count.at is not None:
                told = table.offset(at).ns - table.offset(Instant(self._count.at - NS)).ns
                found += self._count.by - told // NS
            return found, self.table is not None and at.ns < self.table.expires * NS and not self._untabled

    def tai(self, local_ns: int) -> Instant | None:
        """Return TAI at a reading of the counter, which runs through leap seconds; None before there is any time."""
        served = self.serve(local_ns)
        if served is None:
            return None
        seconds = self.tai_offset(served)[0] + int(served.leap_second)
        return Instant(served.instant.ns + seconds * NS, Scale.TAI)

    def next_second(self, local_ns: int, *, early: float = 0.0) -> int | None:
        """Return the next whole second of the count that begins more than `early` seconds after a reading; None without a clock."""
        with self._lock:
            if not self.clock.running:
                return None
            return (self._raw(local_ns) + round(early * NS)) // NS + 1

    def second_at(self, local_ns: int) -> int:
        """Return the second of the count whose beginning is nearest to a reading of the counter."""
        with self._lock:
            return (self._raw(local_ns) + NS // 2) // NS

    def local_of(self, second: int) -> int:
        """Return the reading of the counter at which a second of the count begins, in ns."""
        with self._lock:
            local = second * NS - self.clock.epoch.ns
            for _ in range(3):
                local += second * NS - self._raw(local)
            return local

    def told(self, second: int) -> Told | None:
        """Return what is told of a second of the count; None where there is none to tell."""
        with self._lock:
            if self.decision is None or not self.clock.running:
                return None
            local = self.local_of(second)
            served = self._served(second * NS, self.clock.uncertainty(local / NS))
            ahead = Leap.INSERT if served.leap_second else self.leap_ahead(served)
            return Told(
                served.instant,
                served.u,
                self.decision.state,
                ahead,
                gps_leap(served.instant, table=self.table),
                served.leap_second,
                self.decision.followed,
            )

    def remember(self, local_ns: int) -> Memory | None:
        """Return what a next run should know; None while nothing has been learned."""
        with self._lock:
            if not self.clock.running or not self.arbiter.observer.ready:
                return None
            return self.arbiter.remember(self._served(self._raw(local_ns), 0.0).instant)

    def budget(self) -> float | None:
        """Return for how many seconds the oscillator alone would stay usable; None when it is not even now."""
        with self._lock:
            if self.decision is None or not self.decision.usable:
                return None
            limit, observer = self.plan.arbiter.usable, self.arbiter.observer
            low, high = 0.0, self.plan.tick
            while high < LONGEST and observer.ahead(high)[1] < limit:
                low, high = high, 2 * high
            for _ in range(20):
                middle = (low + high) / 2
                low, high = (middle, high) if observer.ahead(middle)[1] < limit else (low, middle)
            return min(low, LONGEST)

    def ahead(self, seconds: float) -> float | None:
        """Return the standard uncertainty after so many seconds without any source, in s."""
        with self._lock:
            if self.decision is None or not self.decision.usable:
                return None
            return float(self.arbiter.observer.ahead(seconds)[1])


def recall_or_say(text: str | None, *, now: Instant | None) -> tuple[Memory | None, Message | None]:
    """Read what a former run left; where that is damaged, from the future or too old, say so and go without.

    Parameters
    ----------
    text : str or None
        None where there is no file.
    now : Instant or None
    """
    from sichen.timebase.memory import recall

    if text is None:
        return None, None
    try:
        return recall(text, now=now), None
    except DataError as error:
        return None, error.message
