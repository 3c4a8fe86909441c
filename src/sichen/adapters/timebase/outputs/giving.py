# SPDX-License-Identifier: Apache-2.0
"""What all outputs share: the clock they give away, and the beat of the second."""

import math
import threading
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sichen.adapters.timebase.counter import NS, Counter
from sichen.core import JSON, ConfigError, Instant, Message, SichenError
from sichen.timebase.arbiter import State
from sichen.timebase.leap import Leap
from sichen.timebase.ntp import ServedClock
from sichen.timebase.ptp import Standing, standing
from sichen.timebase.service import Engine, OutputPlan, ServedTime, Told

if TYPE_CHECKING:
    from collections.abc import Mapping

UNSYNCHRONISED = 16
PRECISION = -20
K = 3.0
NO_CLOCK_YET = 0.2
STAMP_U = 5e-6
"""What stamps of the kernel are uncertain by on an ordinary network card, in s."""


class Disciplined:
    """The one clock that every output gives away, and nothing but this.

    Parameters
    ----------
    engine : Engine
    counter : Counter
    """

    def __init__(self, engine: Engine, counter: Counter) -> None:
        self.engine, self.counter = engine, counter
        self.strata: dict[str, int] = {}

    def now(self) -> ServedTime | None:
        """Return the time; None before there is any."""
        return self.engine.serve(self.counter.read())

    def against_system(self) -> tuple[ServedTime, Instant] | None:
        """Return the time and the system's clock at the same moment."""
        local, system = self.counter.pair()
        served = self.engine.serve(local)
        return None if served is None else (served, system)

    def local_at(self, system_ns: int) -> int:
        """Return the reading of the counter at a reading of the system's clock shortly ago, such as a stamp of the kernel."""
        local, system = self.counter.pair()
        return local - (system.ns - system_ns)

    def as_ptp(self, before: Standing | None, *, system: bool = False) -> Standing | None:
        """Return the clock as PTP describes clocks; None before there is any time.

        Parameters
        ----------
        before : Standing or None
            As it was described last.
        system : bool
            What is given away is the system's clock: what it is wrong by counts too.
        """
        both, decision = self.against_system(), self.engine.decision
        if both is None or decision is None:
            return None
        served, clock = both
        beside = abs(served.instant.ns - clock.ns) / NS if system else 0.0
        kinds = {one.name: one.kind for one in self.engine.plan.source}
        offset, known = self.engine.tai_offset(served)
        return standing(
            usable=decision.usable and beside <= self.engine.plan.arbiter.usable,
            followed=kinds[decision.followed[0]] if decision.followed else None,
            error=beside + K * math.hypot(served.u, STAMP_U),
            leap=self.engine.leap_ahead(served),
            utc_offset=offset,
            offset_known=known,
            before=before,
        )

    def as_ntp(self) -> ServedClock:
        """Return the clock as NTP describes clocks."""
        served, decision = self.now(), self.engine.decision
        if served is None or decision is None or decision.state is State.UNUSABLE:
            return ServedClock(
                UNSYNCHRONISED, Leap.UNKNOWN, PRECISION, 0.0, 1.0, b"INIT", served.instant if served else Instant(0)
            )
        names = decision.followed
        above = min((self.strata.get(name, 0) for name in names), default=0)
        reference = names[0].encode("ascii", "replace")[:4] if names else b"HOLD"
        leap = self.engine.leap_ahead(served)
        return ServedClock(min(above + 1, 15), leap, PRECISION, 0.0, K * served.u, reference, served.instant)


def zone_offset(zone: str, instant: Instant) -> int:
    """Return by how many minutes a time zone is ahead of UTC at an instant.

    Raises
    ------
    ConfigError
        If the system knows no such zone.

    Examples
    --------
    >>> zone_offset("Europe/Berlin", Instant.parse("2026-07-01T00:00:00Z"))
    120
    """
    try:
        local = datetime.fromtimestamp(instant.ns // NS, tz=ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(Message("timebase.service.bad_zone", where="zone", zone=zone)) from error
    return round((local.utcoffset() or timedelta()) / timedelta(minutes=1))


ANNOUNCED = 59
"""Seconds before a change of the zone's offset in which codes announce it."""


def summer_time(zone: str, instant: Instant) -> tuple[bool, bool]:
    """Return whether a change of the zone's offset comes within 59 s, and whether summer time is in force.

    Summer time is an offset greater than the smallest of its year: how the table of zones names the two does not matter.

    Raises
    ------
    ConfigError
        If the system knows no such zone.

    Examples
    --------
    >>> summer_time("Europe/Berlin", Instant.parse("2026-03-29T00:59:30Z"))
    (True, False)
    >>> summer_time("Europe/Berlin", Instant.parse("2026-03-29T01:00:00Z")), summer_time("Asia/Shanghai", Instant(0))
    ((False, True), (False, False))
    """
    now = zone_offset(zone, instant)
    soon = zone_offset(zone, Instant(instant.ns + ANNOUNCED * NS))
    year = datetime.fromtimestamp(instant.ns // NS, tz=UTC).year
    halves = (datetime(year, month, 1, tzinfo=UTC) for month in (1, 7))
    least = min(zone_offset(zone, Instant(round(begin.timestamp()) * NS)) for begin in halves)
    return soon != now, now > least


class Output(ABC):
    """A way in which time leaves.

    Parameters
    ----------
    plan : OutputPlan
    clock : Disciplined
    """

    def __init__(self, plan: OutputPlan, clock: Disciplined) -> None:
        self.plan, self.clock = plan, clock
        self.count = 0
        self.detail: Mapping[str, JSON] = {}
        self.problem: Message | None = None

    def given(self) -> int:
        """Return how much has left so far."""
        return self.count

    @abstractmethod
    def start(self) -> None:
        """Begin."""

    @abstractmethod
    def stop(self) -> None:
        """End, and let go of everything."""


class SecondOutput(Output):
    """An output that acts when a second begins, each in a thread of its own."""

    def __init__(self, plan: OutputPlan, clock: Disciplined) -> None:
        super().__init__(plan, clock)
        self.remark: Message | None = None
        """What an operator should know of an output that works."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"output-{plan.called}", daemon=True)

    def start(self) -> None:
        """Begin with the next second."""
        self._thread.start()

    def stop(self) -> None:
        """End after the second that is being told."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)
        self.close()

    @abstractmethod
    def tell(self, told: Told) -> None:
        """Say a second; called when it begins, by `plan.delay` earlier."""

    def close(self) -> None:
        """Let go of what was opened."""
        return

    def plan_at(self, told: Told) -> OutputPlan:
        """Return the plan with the offset that its time zone has at a second."""
        return replace(self.plan, offset=zone_offset(self.plan.zone, told.second)) if self.plan.zone else self.plan

    def _beat(self) -> None:
        engine, counter = self.clock.engine, self.clock.counter
        last = -NS
        while not self._stop.is_set():
            second = engine.next_second(counter.read(), early=self.plan.delay)
            if second is None:
                self._stop.wait(NO_CLOCK_YET)
                continue
            # Steered a little meanwhile, the second just told may seem to lie ahead again. Readings of the counter are compared, not
            # seconds: after a leap second the count itself goes back by one.
            if self._due(second) - last < NS // 2:
                second += 1
            # The clock is steered meanwhile, and behind a leap second its count moves: look again shortly before, and at the end.
            due = self._due(second)
            if counter.wait(due - NS // 20, self._stop):
                return
            due = self._due(self._second_at(due))
            if counter.wait(due, self._stop):
                return
            last = due
            told = engine.told(self._second_at(due))
            if told is not None:
                self._tell(told)

    def _due(self, second: int) -> int:
        """Return the reading of the counter at which a second is to be told."""
        return self.clock.engine.local_of(second) - round(self.plan.delay * NS)

    def _second_at(self, due: int) -> int:
        """Return the second of the count that is to be told at a reading of the counter."""
        return self.clock.engine.second_at(due + round(self.plan.delay * NS))

    def _tell(self, told: Told) -> None:
        try:
            self.tell(told)
            self.count += 1
            self.problem = self.remark
        except SichenError as error:
            self.problem = error.message
        except OSError as error:
            self.problem = Message("adapters.time.output", name=self.plan.called, problem=str(error))
