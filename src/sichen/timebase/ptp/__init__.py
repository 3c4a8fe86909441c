# SPDX-License-Identifier: Apache-2.0
"""The Precision Time Protocol: messages, how they travel, what a grandmaster says and does. No sockets."""

from sichen.timebase.ptp.carried import (
    ETHERTYPE,
    EVENT_PORT,
    GENERAL_PORT,
    GROUP,
    GROUP_ADDRESS,
    ethernet_frame,
    from_ethernet,
    udp_place,
)
from sichen.timebase.ptp.master import Grandmaster, MasterSettings, offset_and_delay, rank
from sichen.timebase.ptp.messages import (
    Announce,
    Answered,
    ClockQuality,
    Flag,
    Kind,
    Opaque,
    Port,
    PtpMessage,
    Stamped,
    Tlv,
    tlvs,
)
from sichen.timebase.ptp.told import Standing, accuracy_code, accuracy_of, standing, utc_from

__all__ = [
    "ETHERTYPE",
    "EVENT_PORT",
    "GENERAL_PORT",
    "GROUP",
    "GROUP_ADDRESS",
    "Announce",
    "Answered",
    "ClockQuality",
    "Flag",
    "Grandmaster",
    "Kind",
    "MasterSettings",
    "Opaque",
    "Port",
    "PtpMessage",
    "Stamped",
    "Standing",
    "Tlv",
    "accuracy_code",
    "accuracy_of",
    "ethernet_frame",
    "from_ethernet",
    "offset_and_delay",
    "rank",
    "standing",
    "tlvs",
    "udp_place",
    "utc_from",
]
