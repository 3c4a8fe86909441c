# SPDX-License-Identifier: Apache-2.0
"""The core of a laboratory: commissions, samples, stations, instruments, surroundings, what went wrong, what is kept."""

from sichen.conformity.laboratory import apparatus, keeping, places, retention
from sichen.conformity.laboratory.apparatus import Apparatus, apparatus_after
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
    must_come_first,
    open_case,
    register_sample,
    reopen,
    repeat,
    tasks,
    wanted,
)
from sichen.conformity.laboratory.environment import Excursion, Surroundings, conditions, excursions
from sichen.conformity.laboratory.instruments import (
    FEWEST,
    CheckChart,
    Instrument,
    Signal,
    check_chart,
    due,
    signals,
    validities,
)
from sichen.conformity.laboratory.keeping import Affected, Kept, Nonconformity, Noted, affected_by, disposable
from sichen.conformity.laboratory.places import Place, place_after
from sichen.conformity.laboratory.quantities import Quantity, Station, bounds_of, quantity_of, stations, step_for, unit_of
from sichen.conformity.laboratory.replay import case_after
from sichen.conformity.laboratory.retention import Retained, retained_after
from sichen.conformity.laboratory.review import complete, verdict_records, verdicts
from sichen.conformity.laboratory.trail import Actor, check_trail, previous_of

__all__ = [
    "FEWEST",
    "Actor",
    "Affected",
    "Apparatus",
    "Capture",
    "Case",
    "CheckChart",
    "Excursion",
    "Instrument",
    "Kept",
    "Moved",
    "Nonconformity",
    "Noted",
    "Place",
    "Quantity",
    "Retained",
    "Signal",
    "Station",
    "Surroundings",
    "Task",
    "accept",
    "affected_by",
    "apparatus",
    "apparatus_after",
    "begin",
    "bounds_of",
    "capture",
    "case_after",
    "check_chart",
    "check_trail",
    "close",
    "complete",
    "conditions",
    "decline",
    "disposable",
    "due",
    "excursions",
    "finish",
    "keeping",
    "must_come_first",
    "open_case",
    "place_after",
    "places",
    "previous_of",
    "quantity_of",
    "register_sample",
    "reopen",
    "repeat",
    "retained_after",
    "retention",
    "signals",
    "stations",
    "step_for",
    "tasks",
    "unit_of",
    "validities",
    "verdict_records",
    "verdicts",
    "wanted",
]
