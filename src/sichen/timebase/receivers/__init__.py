# SPDX-License-Identifier: Apache-2.0
"""Receivers: from a mixed stream of bytes to times that a receiver stands behind, and how the sky looks to it."""

from sichen.timebase.receivers.decode import Receiver, decode
from sichen.timebase.receivers.framer import Frame, Framer, Protocol, frames
from sichen.timebase.receivers.reported import Reported, Sky, warnings
from sichen.timebase.receivers.rollover import NOBODY, Witness, from_beidou, from_gps, from_ntp, gps_leap, resolve
from sichen.timebase.receivers.weighing import weigh

__all__ = [
    "NOBODY",
    "Frame",
    "Framer",
    "Protocol",
    "Receiver",
    "Reported",
    "Sky",
    "Witness",
    "decode",
    "frames",
    "from_beidou",
    "from_gps",
    "from_ntp",
    "gps_leap",
    "resolve",
    "warnings",
    "weigh",
]
