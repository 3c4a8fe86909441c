# SPDX-License-Identifier: Apache-2.0
"""Virtual time: situations of oscillators and sources, run in seconds, judged by their limits."""

from sichen.timebase.virtual.judging import Judged
from sichen.timebase.virtual.oscillators import simulate_phase, true_model
from sichen.timebase.virtual.simulation import Outcome, Trace, simulate
from sichen.timebase.virtual.situation import Situation, SourcePlan, read_situation
from sichen.timebase.virtual.sources import VirtualSource

__all__ = [
    "Judged",
    "Outcome",
    "Situation",
    "SourcePlan",
    "Trace",
    "VirtualSource",
    "read_situation",
    "simulate",
    "simulate_phase",
    "true_model",
]
