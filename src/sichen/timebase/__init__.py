# SPDX-License-Identifier: Apache-2.0
"""Timebase."""

from sichen.timebase.clockmodel import ClockModel, ClockState, Holdover, learn_holdover, learn_noise, track
from sichen.timebase.oscillator import Oscillator, oscillator, oscillators
from sichen.timebase.virtual import simulate_phase, true_model
