# SPDX-License-Identifier: Apache-2.0
"""The timing bench: signals of real watches become readings, and readings of synthesised ones are known exactly."""

from sichen.bench.acoustic import Listener, measure
from sichen.bench.bound import beat_timing_bound, rate_bound
from sichen.bench.escapement_sounds import SoundPattern, escapement, escapements
from sichen.bench.reading import ClockReference
from sichen.bench.signal import Recording, Samples, SampleStream
from sichen.bench.strike import strike, time_to_drop
from sichen.bench.synthesis import Scene, SynthesisedSound, synthesis_stream, synthesise
from sichen.bench.watch_sound import Truth, WatchSound, WheelFault

__all__ = [
    "ClockReference",
    "Listener",
    "Recording",
    "SampleStream",
    "Samples",
    "Scene",
    "SoundPattern",
    "SynthesisedSound",
    "Truth",
    "WatchSound",
    "WheelFault",
    "beat_timing_bound",
    "escapement",
    "escapements",
    "measure",
    "rate_bound",
    "strike",
    "synthesis_stream",
    "synthesise",
    "time_to_drop",
]
