# SPDX-License-Identifier: Apache-2.0
"""Run a situation: days in seconds, the same from the same seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sichen.core import JSON, Duration, Instant
from sichen.timebase.arbiter import Arbiter, ArbiterSettings, Decision, SourceSettings
from sichen.timebase.clock import SteeredClock
from sichen.timebase.clockmodel import Array
from sichen.timebase.leap import LeapVerdict, judge_leap, leap_table
from sichen.timebase.oscillator import oscillator
from sichen.timebase.source import Sample
from sichen.timebase.virtual.judging import Judged, judge_limits
from sichen.timebase.virtual.oscillators import simulate_phase
from sichen.timebase.virtual.situation import OscillatorPlan, Situation
from sichen.timebase.virtual.sources import HOUR, VirtualSource, simulate_source

DAY = 86400.0


@dataclass(frozen=True, eq=False)
class Trace:
    """What happened at every tick.

    Parameters
    ----------
    time : ndarray of float64, shape (n,)
        Seconds from the start.
    error : ndarray of float64, shape (n,)
        Served minus true time in s, just before the tick's decision; NaN where nothing was served.
    u : ndarray of float64, shape (n,)
        Stated standard uncertainty then.
    rate : ndarray of float64, shape (n,)
        Rate of the correction.
    decisions : sequence of Decision
    """

    time: Array
    error: Array
    u: Array
    rate: Array
    decisions: Sequence[Decision]
    leap: LeapVerdict


@dataclass(frozen=True, eq=False)
class Outcome:
    """A situation that was run.

    Parameters
    ----------
    situation : Situation
    limits : tuple of Judged
    trace : Trace
    """

    situation: Situation
    limits: tuple[Judged, ...]
    trace: Trace

    @property
    def ok(self) -> bool:
        """Whether every limit held."""
        return all(limit.ok for limit in self.limits)

    def to_json(self) -> dict[str, JSON]:
        """Return limits and the course of the states as plain JSON."""
        return {
            "title": self.situation.title,
            "limits": [limit.to_json() for limit in self.limits],
            "states": [dict(entry) for entry in self.states()],
        }

    def states(self) -> list[dict[str, JSON]]:
        """Return each change of state: when, into which, and why."""
        course: list[dict[str, JSON]] = []
        last: tuple[object, ...] = ()
        for decision in self.trace.decisions:
            now = (decision.state, tuple(decision.rejected), decision.followed)
            if now != last:
                at = self.situation.instant + Duration.of_seconds(decision.local)
                course.append({"at": at.isoformat(), **decision.to_json()} if decision.usable else _unusable(at, decision))
                last = now
        return course


def _unusable(at: Instant, decision: Decision) -> dict[str, JSON]:
    entry = decision.to_json()
    return {"at": at.isoformat(), **entry, "u_s": None}


def simulate(situation: Situation) -> Outcome:
    """Run a situation on virtual time.

    Parameters
    ----------
    situation : Situation

    Returns
    -------
    Outcome

    Examples
    --------
    >>> from sichen.timebase import read_situation
    >>> outcome = simulate(read_situation('''
    ... title = "one good receiver"
    ... hours = 2
    ... [[source]]
    ... name = "GPS"
    ... u = 1e-7
    ... jitter = 2e-8
    ... [[limit]]
    ... measure = "error"
    ... value = 3e-7
    ... '''))
    >>> outcome.ok
    True
    """
    trace = _run(situation)
    return Outcome(situation, judge_limits(situation, trace), trace)


def _run(situation: Situation) -> Trace:
    count = round(situation.hours * HOUR / situation.tick) + 1
    streams = np.random.SeedSequence(situation.seed).spawn(1 + len(situation.source))
    truth = _truth(situation.oscillator, count, situation.tick, np.random.default_rng(streams[0]))
    sources = [
        simulate_source(plan, truth, tick=situation.tick, rng=np.random.default_rng(stream))
        for plan, stream in zip(situation.source, streams[1:], strict=True)
    ]
    arbiter = Arbiter(_settings(situation), interval=situation.tick)
    clock = SteeredClock(situation.instant, slew=situation.arbiter.slew, settle=situation.arbiter.settle)
    error, u, rate = np.full((3, count), np.nan, dtype=np.float64)
    decisions: list[Decision] = []
    samples: dict[str, Sample | None] = {}
    for k in range(count):
        local = k * situation.tick
        if clock.running:
            error[k], u[k], rate[k] = clock.correction(local) - truth[k], clock.uncertainty(local), clock.rate
        samples = {source.name: source.sample(local) for source in sources}
        decision = arbiter.decide(local, samples)
        decisions.append(decision)
        if decision.usable or clock.running:
            clock.steer(local, offset=decision.offset, frequency=decision.frequency, u=decision.u, growth=decision.growth)
    time = np.arange(count, dtype=np.float64) * situation.tick
    return Trace(time, error, u, rate, decisions, _leap(situation, samples, decisions[-1], sources))


def _truth(plan: OscillatorPlan, count: int, tick: float, rng: np.random.Generator) -> Array:
    """Return true time minus the counter at every tick."""
    kind = oscillator(plan.kind)
    time = np.arange(count) * tick
    warmth = plan.swing * np.sin(2 * np.pi * (time[:-1] + tick / 2) / DAY)
    phase = simulate_phase(
        kind, count=count, interval=tick, seed=rng, ageing=plan.ageing, offset=plan.offset, temperature=warmth
    )
    for entry in plan.disturbance:
        since = np.maximum(time - entry.at * HOUR, 0.0)
        phase = phase + entry.frequency * since + np.where(time >= entry.at * HOUR, entry.step, 0.0)
    return -phase


def _settings(situation: Situation) -> ArbiterSettings:
    rows = tuple(SourceSettings(plan.name, plan.u, plan.jitter, plan.priority, plan.group) for plan in situation.source)
    plan = situation.arbiter
    return ArbiterSettings(
        rows,
        oscillator=situation.oscillator.believed or situation.oscillator.kind,
        room=plan.room,
        usable=plan.usable,
        jump=plan.jump,
        threshold=plan.threshold,
        probation=plan.probation,
        back_after=plan.back_after,
        waiting=plan.waiting,
    )


def _leap(situation: Situation, samples: dict[str, Sample | None], last: Decision, sources: list[VirtualSource]) -> LeapVerdict:
    votes = {
        source.name: sample.leap
        for source in sources
        if (sample := samples.get(source.name)) is not None and source.name not in last.rejected
    }
    table = leap_table() if situation.arbiter.leap_table else None
    return judge_leap(situation.instant + Duration.of_seconds(last.local), votes, table=table)
