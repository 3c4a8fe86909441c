# SPDX-License-Identifier: Apache-2.0
"""The time base: clocks, sources, arbiter, holdover, ensemble; what decides about standard time."""

from sichen.timebase.arbiter import Agreement, Arbiter, ArbiterSettings, Decision, SourceSettings, State, intersect
from sichen.timebase.clock import Clock, Served, SteeredClock
from sichen.timebase.clockmodel import (
    ClockModel,
    ClockState,
    Holdover,
    LearnedNoise,
    NoiseModel,
    Prediction,
    Tracked,
    learn_holdover,
    learn_noise,
    track,
)
from sichen.timebase.detector import Alarm, Observer, Traits
from sichen.timebase.ensemble import Ensemble, Member, ideal_deviation
from sichen.timebase.leap import Leap, LeapTable, LeapVerdict, judge_leap, leap_table, read_leap_file
from sichen.timebase.memory import Memory, recall
from sichen.timebase.oscillator import Oscillator, oscillator, oscillators
from sichen.timebase.source import Sample, Source
from sichen.timebase.virtual import Judged, Outcome, Situation, Trace, read_situation, simulate, simulate_phase, true_model

__all__ = [
    "Agreement",
    "Alarm",
    "Arbiter",
    "ArbiterSettings",
    "Clock",
    "ClockModel",
    "ClockState",
    "Decision",
    "Ensemble",
    "Holdover",
    "Judged",
    "Leap",
    "LeapTable",
    "LeapVerdict",
    "LearnedNoise",
    "Member",
    "Memory",
    "NoiseModel",
    "Observer",
    "Oscillator",
    "Outcome",
    "Prediction",
    "Sample",
    "Served",
    "Situation",
    "Source",
    "SourceSettings",
    "State",
    "SteeredClock",
    "Trace",
    "Tracked",
    "Traits",
    "ideal_deviation",
    "intersect",
    "judge_leap",
    "leap_table",
    "learn_holdover",
    "learn_noise",
    "oscillator",
    "oscillators",
    "read_leap_file",
    "read_situation",
    "recall",
    "simulate",
    "simulate_phase",
    "track",
    "true_model",
]
