# SPDX-License-Identifier: Apache-2.0
"""What leaves the one disciplined clock, as bytes: strings, frames, packets. Adapters send them on the second."""

from sichen.timebase.outputs.strings import dlt_string, read_dlt_string, rmc, zda
from sichen.timebase.outputs.time_of_day import PulseState, TimeOfDay, read_time_of_day, time_of_day
from sichen.timebase.outputs.time_protocol import daytime, read_daytime, read_time_protocol, time_protocol

__all__ = [
    "PulseState",
    "TimeOfDay",
    "daytime",
    "dlt_string",
    "read_daytime",
    "read_dlt_string",
    "read_time_of_day",
    "read_time_protocol",
    "rmc",
    "time_of_day",
    "time_protocol",
    "zda",
]
