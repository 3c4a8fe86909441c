# SPDX-License-Identifier: Apache-2.0
"""Conformity: standards, plans, verdicts with uncertainty, certificates that anyone can verify."""

from sichen.conformity.batch import Batch, batch_of_figures, batch_of_rates, batch_of_states
from sichen.conformity.capture import Capture, EnteredLimits, Stations, read_days, read_limits, read_stations
from sichen.conformity.decision import ProcessRisks, Risks, conformance_probability, decide, global_risks, guard, risks_of
from sichen.conformity.judge import BatchRisks, BatchVerdicts, criteria_covariance, judge, judge_many, risks_many
from sichen.conformity.judge_table import Judged, judge_table
from sichen.conformity.plan import Criterion, Limits, Measurand, Parameter, Plan, Protocol, Step
from sichen.conformity.plans import in_order, plan, plans, read_plan
from sichen.conformity.register import Overlap, Standard, overlaps, read_register, search, standard, standards, superseding
from sichen.conformity.stations import Reading, quantities
from sichen.conformity.table import Refusal
from sichen.conformity.verdict import CriterionResult, WatchVerdict

__all__ = [
    "Batch",
    "BatchRisks",
    "BatchVerdicts",
    "Capture",
    "Criterion",
    "CriterionResult",
    "EnteredLimits",
    "Judged",
    "Limits",
    "Measurand",
    "Overlap",
    "Parameter",
    "Plan",
    "ProcessRisks",
    "Protocol",
    "Reading",
    "Refusal",
    "Risks",
    "Standard",
    "Stations",
    "Step",
    "WatchVerdict",
    "batch_of_figures",
    "batch_of_rates",
    "batch_of_states",
    "conformance_probability",
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
    "plans",
    "quantities",
    "read_days",
    "read_limits",
    "read_plan",
    "read_register",
    "read_stations",
    "risks_many",
    "risks_of",
    "search",
    "standard",
    "standards",
    "superseding",
]
