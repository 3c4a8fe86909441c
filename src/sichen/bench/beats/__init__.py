# SPDX-License-Identifier: Apache-2.0
"""From a list of beat times to a reading: numbering, the straight line, its noise, the amplitude."""

from sichen.bench.beats.amplitude import amplitude_from_lift_time
from sichen.bench.beats.events import EventMeasurement, measure_events
from sichen.bench.beats.line import Line, fit_line
from sichen.bench.beats.nominal import nominal_beat_rate, rate_of
from sichen.bench.beats.numbering import NumberedBeats, number_times
from sichen.bench.beats.text import BeatList, parse_beat_list

__all__ = [
    "BeatList",
    "EventMeasurement",
    "Line",
    "NumberedBeats",
    "amplitude_from_lift_time",
    "fit_line",
    "measure_events",
    "nominal_beat_rate",
    "number_times",
    "parse_beat_list",
    "rate_of",
]
