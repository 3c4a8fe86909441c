# SPDX-License-Identifier: Apache-2.0
"""Simulated sources: readings with jitter, systematic error, faults and lies on a schedule."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.core import Message
from sichen.timebase.clockmodel import Array
from sichen.timebase.leap import Leap
from sichen.timebase.source import Sample
from sichen.timebase.virtual.situation import Event, SourcePlan

Flags = npt.NDArray[np.bool_]
HOUR = 3600.0


@dataclass(frozen=True, eq=False)
class VirtualSource:
    """A source whose every reading is known beforehand; it is a `Source`.

    Parameters
    ----------
    plan : SourcePlan
    tick : float
        Seconds between two readings.
    offsets : ndarray of float64, shape (n,)
        What it would say at each tick, lies included: true time minus the counter, and its error.
    present : ndarray of bool, shape (n,)
    """

    plan: SourcePlan
    tick: float
    offsets: Array
    present: Flags

    @property
    def name(self) -> str:
        """Name of the source."""
        return self.plan.name

    def sample(self, local: float) -> Sample | None:
        """Return the reading of this tick."""
        k = round(local / self.tick)
        if not self.present[k]:
            return None
        late, leap, reason = 0.0, Leap.NONE, None
        for event in self._now(local):
            if event.fault == "stale":
                late = event.value
            elif event.fault == "leap":
                leap = Leap(int(event.value))
            elif event.fault in {"invalid", "jammed"}:
                reason = Message(f"timebase.source.{event.fault}", source=self.name)
        return Sample(local - late, float(self.offsets[k]), valid=reason is None, leap=leap, reason=reason)

    def _now(self, local: float) -> list[Event]:
        return [event for event in self.plan.event if event.begin * HOUR <= local < event.end * HOUR]


def simulate_source(plan: SourcePlan, truth: Array, *, tick: float, rng: np.random.Generator) -> VirtualSource:
    """Simulate all readings of a source.

    Parameters
    ----------
    plan : SourcePlan
    truth : ndarray of float64, shape (n,)
        True time minus the counter at each tick, in s.
    tick : float
    rng : numpy Generator
    """
    time = np.arange(truth.size) * tick
    if plan.noise == "normal":
        noise = rng.standard_normal(truth.size) * plan.jitter
    else:
        scale = plan.jitter / math.sqrt(2.0)
        noise = rng.exponential(scale, truth.size) - rng.exponential(scale, truth.size)
    offsets = truth + plan.offset
    present = np.ones(truth.size, dtype=np.bool_)
    for event in plan.event:
        during = (time >= event.begin * HOUR) & (time < event.end * HOUR)
        since = np.where(during, time - event.begin * HOUR, 0.0)
        if event.fault == "lost":
            present &= ~during
        elif event.fault == "every":
            present &= ~during | (np.arange(truth.size) % max(int(event.value), 1) == 0)
        elif event.fault == "jitter":
            noise = np.where(during, noise * event.value, noise)
        else:
            offsets = offsets + _lie(event, during, since)
    return VirtualSource(plan, tick, offsets + noise, present)


def _lie(event: Event, during: Flags, since: Array) -> Array:
    """Return what an event adds to the offset."""
    if event.fault == "ramp":
        return event.value * since
    if event.fault == "frozen":
        return -since
    if event.fault == "step":
        return np.where(during, event.value, 0.0)
    if event.fault == "asymmetry":
        return np.where(during, event.value / 2, 0.0)
    return np.zeros(since.size)
