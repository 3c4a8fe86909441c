# SPDX-License-Identifier: Apache-2.0
"""The timing bench: signals of real watches become readings, and readings of synthesised ones are known exactly."""

from sichen.bench.escapement_sounds import SoundPattern, escapement, escapements
from sichen.bench.signal import Recording, Samples, SampleStream
from sichen.bench.strike import strike, time_to_drop
from sichen.bench.synthesis import Scene, SynthesisedSound, synthesis_stream, synthesise
from sichen.bench.watch_sound import Truth, WatchSound, WheelFault

__all__ = [
    "Recording",
    "SampleStream",
    "Samples",
    "Scene",
    "SoundPattern",
    "SynthesisedSound",
    "Truth",
    "WatchSound",
    "WheelFault",
    "escapement",
    "escapements",
    "strike",
    "synthesis_stream",
    "synthesise",
    "time_to_drop",
]
