# SPDX-License-Identifier: Apache-2.0
"""IRIG-B: one frame a second, as pulses or on a carrier of 1 kHz; IEEE 1344 and C37.118 extensions."""

from sichen.timebase.irig.code import Form, IrigTime, frame_of, irig_time, read_frame, utc_of
from sichen.timebase.irig.signal import Heard, IrigFrame, hear, mu_law, pulses, tone, widths

__all__ = [
    "Form",
    "Heard",
    "IrigFrame",
    "IrigTime",
    "frame_of",
    "hear",
    "irig_time",
    "mu_law",
    "pulses",
    "read_frame",
    "tone",
    "utc_of",
    "widths",
]
