# SPDX-License-Identifier: Apache-2.0
"""NTP: packets, what a server answers, what a client believes. No sockets: adapters send and receive."""

from sichen.timebase.ntp.client import Exchange, Kiss, KissOfDeath, Refused, read_answer, request
from sichen.timebase.ntp.packet import Mode, NtpPacket, ntp_time, utc_time
from sichen.timebase.ntp.server import AccessList, RateLimiter, ServedClock, answer, kiss

__all__ = [
    "AccessList",
    "Exchange",
    "Kiss",
    "KissOfDeath",
    "Mode",
    "NtpPacket",
    "RateLimiter",
    "Refused",
    "ServedClock",
    "answer",
    "kiss",
    "ntp_time",
    "read_answer",
    "request",
    "utc_time",
]
