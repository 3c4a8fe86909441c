# SPDX-License-Identifier: Apache-2.0
"""From a list of beat times to a reading: numbering, the straight line, its noise, the amplitude."""

from sichen.bench.beats.events import EventMeasurement, measure_events
from sichen.bench.beats.line import Line, fit_line
from sichen.bench.beats.numbering import NumberedBeats, number_times
from sichen.bench.beats.text import BeatList, parse_beat_list

__all__ = [
    "BeatList",
    "EventMeasurement",
    "Line",
    "NumberedBeats",
    "fit_line",
    "measure_events",
    "number_times",
    "parse_beat_list",
]
