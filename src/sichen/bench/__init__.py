# SPDX-License-Identifier: Apache-2.0
"""The timing bench: signals of real watches become readings, and readings of synthesised ones are known exactly."""

from sichen.bench.acoustic import (
    Listener,
    Nominal,
    exact_amplitude,
    linear_amplitude,
    measure,
    nominal_for,
    third_amplitude,
)
from sichen.bench.bound import beat_timing_bound, rate_bound
from sichen.bench.escapement_sounds import SoundPattern, escapement, escapements
from sichen.bench.reading import Beats, ClockReference, Measurement, Reading, TickScope
from sichen.bench.reference import (
    TimeSignal,
    frame_log_reference,
    pps_reference,
    pulse_edges,
    reference_from_seconds,
    typed_reference,
)
from sichen.bench.signal import Recording, Samples, SampleStream
from sichen.bench.strike import strike, time_to_drop
from sichen.bench.synthesis import Scene, SynthesisedSound, synthesis_stream, synthesise
from sichen.bench.watch_sound import Truth, WatchSound, WheelFault

__all__ = [
    "Beats",
    "ClockReference",
    "Listener",
    "Measurement",
    "Nominal",
    "Reading",
    "Recording",
    "SampleStream",
    "Samples",
    "Scene",
    "SoundPattern",
    "SynthesisedSound",
    "TickScope",
    "TimeSignal",
    "Truth",
    "WatchSound",
    "WheelFault",
    "beat_timing_bound",
    "escapement",
    "escapements",
    "exact_amplitude",
    "frame_log_reference",
    "linear_amplitude",
    "measure",
    "nominal_for",
    "pps_reference",
    "pulse_edges",
    "rate_bound",
    "reference_from_seconds",
    "strike",
    "synthesis_stream",
    "synthesise",
    "third_amplitude",
    "time_to_drop",
    "typed_reference",
]
