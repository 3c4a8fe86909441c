# SPDX-License-Identifier: Apache-2.0
"""The timing bench: signals of real watches become readings, and readings of synthesised ones are known exactly.

Quartz has a face of its own, ``sichen.bench.quartz``. The names load when they are first used, so that a command which
needs one of them does not wait for all.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sichen.bench.acoustic import Listener, measure
    from sichen.bench.beats import BeatList, EventMeasurement, measure_events, parse_beat_list
    from sichen.bench.bound import beat_timing_bound, rate_bound
    from sichen.bench.escapement_sounds import SoundPattern, escapement, escapements
    from sichen.bench.lift import exact_amplitude, linear_amplitude, third_amplitude
    from sichen.bench.measurement_file import (
        MeasurementFile,
        Take,
        measurement_schema,
        read_measurement,
        to_record,
        write_measurement,
    )
    from sichen.bench.nominal import Nominal, nominal_for
    from sichen.bench.reading import Beats, ClockReference, Measurement, Reading, TickScope
    from sichen.bench.reference import (
        TimeSignal,
        frame_log_reference,
        pps_reference,
        pulse_channel,
        pulse_edges,
        read_frame_log,
        reference_from_seconds,
        typed_reference,
    )
    from sichen.bench.series import (
        Isochronism,
        LongRun,
        LongRunResult,
        Periodicity,
        Poise,
        PositionReading,
        Series,
        Train,
        classes,
        compare,
        compare_with_class,
        diagnose,
        find_periodicities,
        find_poise,
        position,
        position_in_name,
        positions,
        summarise,
        tooth_map,
    )
    from sichen.bench.signal import Recording, Samples, SampleStream
    from sichen.bench.striking import strike, time_to_drop
    from sichen.bench.synthesis import Scene, SynthesisedSound, synthesis_stream, synthesise
    from sichen.bench.watch_sound import Truth, WatchSound, WheelFault

__all__ = [
    "BeatList",
    "Beats",
    "ClockReference",
    "EventMeasurement",
    "Isochronism",
    "Listener",
    "LongRun",
    "LongRunResult",
    "Measurement",
    "MeasurementFile",
    "Nominal",
    "Periodicity",
    "Poise",
    "PositionReading",
    "Reading",
    "Recording",
    "SampleStream",
    "Samples",
    "Scene",
    "Series",
    "SoundPattern",
    "SynthesisedSound",
    "Take",
    "TickScope",
    "TimeSignal",
    "Train",
    "Truth",
    "WatchSound",
    "WheelFault",
    "beat_timing_bound",
    "classes",
    "compare",
    "compare_with_class",
    "diagnose",
    "escapement",
    "escapements",
    "exact_amplitude",
    "find_periodicities",
    "find_poise",
    "frame_log_reference",
    "linear_amplitude",
    "measure",
    "measure_events",
    "measurement_schema",
    "nominal_for",
    "parse_beat_list",
    "position",
    "position_in_name",
    "positions",
    "pps_reference",
    "pulse_channel",
    "pulse_edges",
    "rate_bound",
    "read_frame_log",
    "read_measurement",
    "reference_from_seconds",
    "strike",
    "summarise",
    "synthesis_stream",
    "synthesise",
    "third_amplitude",
    "time_to_drop",
    "to_record",
    "tooth_map",
    "typed_reference",
    "write_measurement",
]

_HOMES = {
    "acoustic": ["Listener", "measure"],
    "beats": ["BeatList", "EventMeasurement", "measure_events", "parse_beat_list"],
    "bound": ["beat_timing_bound", "rate_bound"],
    "escapement_sounds": ["SoundPattern", "escapement", "escapements"],
    "lift": ["exact_amplitude", "linear_amplitude", "third_amplitude"],
    "measurement_file": ["MeasurementFile", "Take", "measurement_schema", "read_measurement", "to_record", "write_measurement"],
    "nominal": ["Nominal", "nominal_for"],
    "reading": ["Beats", "ClockReference", "Measurement", "Reading", "TickScope"],
    "reference": [
        "TimeSignal",
        "frame_log_reference",
        "pps_reference",
        "pulse_channel",
        "pulse_edges",
        "read_frame_log",
        "reference_from_seconds",
        "typed_reference",
    ],
    "series": [
        "Isochronism",
        "LongRun",
        "LongRunResult",
        "Periodicity",
        "Poise",
        "PositionReading",
        "Series",
        "Train",
        "classes",
        "compare",
        "compare_with_class",
        "diagnose",
        "find_periodicities",
        "find_poise",
        "position",
        "position_in_name",
        "positions",
        "summarise",
        "tooth_map",
    ],
    "signal": ["Recording", "SampleStream", "Samples"],
    "striking": ["strike", "time_to_drop"],
    "synthesis": ["Scene", "SynthesisedSound", "synthesis_stream", "synthesise"],
    "watch_sound": ["Truth", "WatchSound", "WheelFault"],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # a type checker knows the names above, and should know no others

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
