# SPDX-License-Identifier: Apache-2.0
"""Conformity: standards, plans, verdicts with uncertainty, certificates that anyone can verify."""

from sichen.conformity.batch import Batch, batch_of_figures, batch_of_rates, batch_of_states
from sichen.conformity.capture import Capture, EnteredLimits, Stations, read_days, read_limits, read_stations
from sichen.conformity.comparison import MERITS, Contestant, Ranked, compare, contestants
from sichen.conformity.contest_tables import Makers, read_contestants, read_makers, read_participants
from sichen.conformity.decision import ProcessRisks, Risks, conformance_probability, decide, global_risks, guard, risks_of
from sichen.conformity.item_tables import read_equipment, read_items
from sichen.conformity.judge import BatchRisks, BatchVerdicts, criteria_covariance, judge, judge_many, risks_many
from sichen.conformity.judge_table import Judged, judge_table
from sichen.conformity.plan import Criterion, Limits, Measurand, Parameter, Plan, Protocol, Step
from sichen.conformity.plans import in_order, plan, plan_from_json, plans, read_plan
from sichen.conformity.proficiency import Participant, Robust, Score, Scores, algorithm_a, assigned_value_is_good, score
from sichen.conformity.register import Overlap, Standard, overlaps, read_register, search, standard, standards, superseding
from sichen.conformity.stations import Reading, quantities
from sichen.conformity.table import Refusal
from sichen.conformity.verdict import CriterionResult, WatchVerdict

__all__ = [
    "MERITS",
    "Batch",
    "BatchRisks",
    "BatchVerdicts",
    "Capture",
    "Contestant",
    "Criterion",
    "CriterionResult",
    "EnteredLimits",
    "Judged",
    "Limits",
    "Makers",
    "Measurand",
    "Overlap",
    "Parameter",
    "Participant",
    "Plan",
    "ProcessRisks",
    "Protocol",
    "Ranked",
    "Reading",
    "Refusal",
    "Risks",
    "Robust",
    "Score",
    "Scores",
    "Standard",
    "Stations",
    "Step",
    "WatchVerdict",
    "algorithm_a",
    "assigned_value_is_good",
    "batch_of_figures",
    "batch_of_rates",
    "batch_of_states",
    "compare",
    "conformance_probability",
    "contestants",
    "criteria_covariance",
    "decide",
    "global_risks",
    "guard",
    "in_order",
    "judge",
    "judge_many",
    "judge_table",
    "overlaps",
    "plan",
    "plan_from_json",
    "plans",
    "quantities",
    "read_contestants",
    "read_days",
    "read_equipment",
    "read_items",
    "read_limits",
    "read_makers",
    "read_participants",
    "read_plan",
    "read_register",
    "read_stations",
    "risks_many",
    "risks_of",
    "score",
    "search",
    "standard",
    "standards",
    "superseding",
]
