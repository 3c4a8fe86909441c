# SPDX-License-Identifier: Apache-2.0
"""Run a situation: days in seconds, the same from the same seed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sichen.core import JSON, Duration, Instant
from sichen.timebase.arbiter import Arbiter, ArbiterSettings, Decision, SourceSettings
from sichen.timebase.clock import SteeredClock
from sichen.timebase.clockmodel import Array
from sichen.timebase.leap import NS, Leap, LeapCount, LeapVerdict, judge_leap, leap_table
from sichen.timebase.oscillator import oscillator
from sichen.timebase.source import Sample
from sichen.timebase.virtual.judging import Judged, judge_limits
from sichen.timebase.virtual.oscillators import simulate_phase
from sichen.timebase.virtual.situation import OscillatorPlan, Situation
from sichen.timebase.virtual.sources import HOUR, simulate_source
from sichen.timebase.virtual.utc import TrueUtc

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
    leap : LeapVerdict
        At the end.
    utc : ndarray of float64, shape (n,)
        Greatest error of served UTC until the next tick, in s; NaN where nothing was served.
    """

    time: Array
    error: Array
    u: Array
    rate: Array
    decisions: Sequence[Decision]
    leap: LeapVerdict
    utc: Array


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
    truth = truth_of(situation.oscillator, count, situation.tick, np.random.default_rng(streams[0]))
    sources = [
        simulate_source(plan, truth, tick=situation.tick, rng=np.random.default_rng(stream))
        for plan, stream in zip(situation.source, streams[1:], strict=True)
    ]
    arbiter = Arbiter(_settings(situation), interval=situation.tick)
    clock = SteeredClock(situation.instant, slew=situation.arbiter.slew, settle=situation.arbiter.settle)
    error, u, rate, utc = np.full((4, count), np.nan, dtype=np.float64)
    decisions: list[Decision] = []
    real = TrueUtc(situation.instant, situation.leap, tick=situation.tick)
    leap, verdict = LeapCount(lead=round(max(60.0, 2 * situation.tick) * NS)), LeapVerdict(Leap.UNKNOWN)
    for k in range(count):
        local = k * situation.tick
        if clock.running:
            error[k], u[k], rate[k] = clock.correction(local) - truth[k], clock.uncertainty(local), clock.rate
        raw = situation.instant.ns + round((local + (clock.correction(local) if clock.running else 0.0)) * NS)
        late = real.late(local, float(truth[k])) - leap.late(raw)
        samples = {source.name: None if leap.deaf(raw) else _behind(source.sample(local), late) for source in sources}
        decision = arbiter.decide(local, samples)
        decisions.append(decision)
        if decision.usable or clock.running:
            clock.steer(local, offset=decision.offset, frequency=decision.frequency, u=decision.u, growth=decision.growth)
            utc[k] = real.worst(local, truth[[k, min(k + 1, count - 1)]], clock, leap)
        verdict = _leap(situation, samples, decision)
        leap.mind(raw, verdict)
    time = np.arange(count, dtype=np.float64) * situation.tick
    return Trace(time, error, u, rate, decisions, verdict, utc)


def _behind(sample: Sample | None, seconds: int) -> Sample | None:
    """Return a sample of a source that counts a leap second the clock does not count, or the other way round."""
    return sample if sample is None or seconds == 0 else replace(sample, offset=sample.offset - seconds)


def truth_of(plan: OscillatorPlan, count: int, tick: float, rng: np.random.Generator) -> Array:
    """Return true time minus the counter at every tick.

    Parameters
    ----------
    plan : OscillatorPlan
    count : int
        Ticks.
    tick : float
        Seconds between two.
    rng : numpy Generator

    Returns
    -------
    ndarray of float64, shape (count,)
        In s.
    """
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


def _leap(situation: Situation, samples: dict[str, Sample | None], last: Decision) -> LeapVerdict:
    votes = {name: sample.leap for name, sample in samples.items() if sample is not None and name not in last.rejected}
    table = leap_table() if situation.arbiter.leap_table else None
    return judge_leap(situation.instant + Duration.of_seconds(last.local), votes, table=table)
