# SPDX-License-Identifier: Apache-2.0
"""The core of a laboratory: commissions, samples, stations, instruments, surroundings, what went wrong, what is kept."""

from sichen.conformity.laboratory import keeping
from sichen.conformity.laboratory.case import (
    Capture,
    Case,
    Moved,
    Task,
    accept,
    begin,
    capture,
    close,
    decline,
    finish,
    open_case,
    register_sample,
    reopen,
    tasks,
    wanted,
)
from sichen.conformity.laboratory.environment import Excursion, Surroundings, conditions, excursions
from sichen.conformity.laboratory.instruments import CheckChart, Instrument, Signal, check_chart, due, signals, validities
from sichen.conformity.laboratory.keeping import Affected, Kept, Nonconformity, Noted, affected_by, disposable
from sichen.conformity.laboratory.trail import Actor, check_trail

__all__ = [
    "Actor",
    "Affected",
    "Capture",
    "Case",
    "CheckChart",
    "Excursion",
    "Instrument",
    "Kept",
    "Moved",
    "Nonconformity",
    "Noted",
    "Signal",
    "Surroundings",
    "Task",
    "accept",
    "affected_by",
    "begin",
    "capture",
    "check_chart",
    "check_trail",
    "close",
    "conditions",
    "decline",
    "disposable",
    "due",
    "excursions",
    "finish",
    "keeping",
    "open_case",
    "register_sample",
    "reopen",
    "signals",
    "tasks",
    "validities",
    "wanted",
]
