# SPDX-License-Identifier: Apache-2.0
"""Standard time in the demonstration: a simulated day with jamming, a lie and an hour of holdover, kept as a service keeps it."""

from functools import cache

import numpy as np

from sichen.adapters.data_folder import DataFolder
from sichen.core import Instant, Record
from sichen.timebase import Sample, leap_table, read_situation
from sichen.timebase.service import Engine, Minute, ServicePlan, SourcePlan
from sichen.timebase.virtual import Situation, ready_situations, simulate_source, truth_of

NAME = "demonstration"
SITUATION = "a-day"
NS = 1_000_000_000
HOUR = 3600
EVERY = 64
"""Seconds between two that are kept: a real service keeps every one, a demonstration need not."""


def keep_demonstration_time(folder: DataFolder) -> tuple[Record, ...]:
    """Serve a simulated day and keep what stood behind it, a record an hour; keeping it twice keeps it once.

    Parameters
    ----------
    folder : DataFolder
    """
    situation = read_situation(ready_situations()[SITUATION])
    records = _served(situation)
    folder.records.append_all(records)
    return records


@cache
def _served(situation: Situation) -> tuple[Record, ...]:
    count = round(situation.hours * HOUR / situation.tick)
    streams = np.random.SeedSequence(situation.seed).spawn(1 + len(situation.source))
    truth = truth_of(situation.oscillator, count, situation.tick, np.random.default_rng(streams[0]))
    sources = [
        simulate_source(plan, truth, tick=situation.tick, rng=np.random.default_rng(stream))
        for plan, stream in zip(situation.source, streams[1:], strict=True)
    ]
    rows = tuple(SourcePlan(one.name, "system", one.u, one.jitter, one.priority) for one in situation.source)
    plan = ServicePlan(NAME, rows, oscillator=situation.oscillator.kind, tick=situation.tick)
    engine = Engine(plan, epoch=situation.instant, table=leap_table())
    minute, records = Minute(NAME), list[Record]()
    for k in range(count):
        local = k * situation.tick
        samples: dict[str, Sample | None] = {one.name: one.sample(local) for one in sources}
        engine.tick(round(local * NS), samples)
        if round(local) % EVERY or (second := engine.next_second(round(local * NS))) is None:
            continue
        told = engine.told(second)
        if told is None:
            continue
        if minute.start is not None and _hour(told.second) != _hour(minute.start):
            records.append(minute.close(records[-1].digest if records else None))
        # There is no system clock here: what the served clock is wrong by stands in its place, as only a simulation knows it.
        minute.add(told, engine=engine, system_offset=engine.clock.correction(local) - float(truth[k]))
    records.append(minute.close(records[-1].digest if records else None))
    return tuple(records)


def _hour(instant: Instant) -> int:
    return instant.ns // NS // HOUR
