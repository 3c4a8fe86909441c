# SPDX-License-Identifier: Apache-2.0
"""A time service: its plan, its engine, what it tells of each second, and what it writes down. No sockets: adapters run it."""

from sichen.timebase.service.engine import Engine, ServedTime, recall_or_say
from sichen.timebase.service.evidence import KIND, Behind, Minute, behind, broken_links, subject_of
from sichen.timebase.service.plan import OutputPlan, ServicePlan, SourcePlan, read_plan, ready_plans
from sichen.timebase.service.pulse_pairing import PulsePairing
from sichen.timebase.service.pulses import Bell, polarity, pulse_due, rings
from sichen.timebase.service.radio import RadioDecoder, RadioFrame, RadioPairing, read_radio_line
from sichen.timebase.service.reports import Pairing, mean_of
from sichen.timebase.service.slave_clocks import DialSettings, Hands, hands_at, pulses_in
from sichen.timebase.service.status import OutputStatus, SourceStatus, Status, said, status_of
from sichen.timebase.service.told import Told, irig_symbols, strings_of

__all__ = [
    "KIND",
    "Behind",
    "Bell",
    "DialSettings",
    "Engine",
    "Hands",
    "Minute",
    "OutputPlan",
    "OutputStatus",
    "Pairing",
    "PulsePairing",
    "RadioDecoder",
    "RadioFrame",
    "RadioPairing",
    "ServedTime",
    "ServicePlan",
    "SourcePlan",
    "SourceStatus",
    "Status",
    "Told",
    "behind",
    "broken_links",
    "hands_at",
    "irig_symbols",
    "mean_of",
    "polarity",
    "pulse_due",
    "pulses_in",
    "read_plan",
    "read_radio_line",
    "ready_plans",
    "recall_or_say",
    "rings",
    "said",
    "status_of",
    "strings_of",
    "subject_of",
]
