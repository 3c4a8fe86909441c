# SPDX-License-Identifier: Apache-2.0
"""The model of a clock, the optimal filter for it, its noise learned from readings, and holdover."""

from sichen.timebase.clockmodel.bank import NoiseBank, NoiseModel
from sichen.timebase.clockmodel.holdover import Holdover, Prediction, doubt_drift, learn_holdover, widening
from sichen.timebase.clockmodel.learning import LearnedNoise, learn_noise
from sichen.timebase.clockmodel.model import Array, ClockModel, ClockState, markov_noise, three_state_noise
from sichen.timebase.clockmodel.track import Tracked, track

__all__ = [
    "Array",
    "ClockModel",
    "ClockState",
    "Holdover",
    "LearnedNoise",
    "NoiseBank",
    "NoiseModel",
    "Prediction",
    "Tracked",
    "doubt_drift",
    "learn_holdover",
    "learn_noise",
    "markov_noise",
    "three_state_noise",
    "track",
    "widening",
]
