# SPDX-License-Identifier: Apache-2.0
"""Industry: are the policy's targets met, and can the figures be true."""

from sichen.industry.bounds import BrandSales, StructureBounds, structure_bounds
from sichen.industry.brands import Classified, classify, classify_table, count_bounds
from sichen.industry.composition import closed, distance, ilr, inverse_ilr, path, replace_zeros, required_growth, scenario
from sichen.industry.evidence import Rung, evidence
from sichen.industry.forecast import Forecast, forecast
from sichen.industry.grades import Bands
from sichen.industry.indicators import Indicator, indicators
from sichen.industry.lint import Finding, lint
from sichen.industry.makers import Maker, Makers, answer_makers, read_makers
from sichen.industry.matrices import Matrix, read_matrix
from sichen.industry.measures import Measure, read_unit
from sichen.industry.periods import Period, read_period
from sichen.industry.registry import Observation, Registry, one_series, read_registry
from sichen.industry.shares import Share, share_of
from sichen.industry.structure import (
    Advantage,
    Concentration,
    advantages,
    concentration,
    location_quotients,
)
from sichen.industry.structures import BrandTable, Structures, read_brand_sales, read_structures, structures_of
from sichen.industry.tables import Refusal, Row, Table, read_table, table_of
from sichen.industry.targets import TargetAnswer, answer_structures, empty_structures, policy_targets, structure_target
from sichen.industry.trade import Flow, Trade, read_trade, total
from sichen.industry.values import Value, read_value

__all__ = [
    "Advantage",
    "Bands",
    "BrandSales",
    "BrandTable",
    "Classified",
    "Concentration",
    "Finding",
    "Flow",
    "Forecast",
    "Indicator",
    "Maker",
    "Makers",
    "Matrix",
    "Measure",
    "Observation",
    "Period",
    "Refusal",
    "Registry",
    "Row",
    "Rung",
    "Share",
    "StructureBounds",
    "Structures",
    "Table",
    "TargetAnswer",
    "Trade",
    "Value",
    "advantages",
    "answer_makers",
    "answer_structures",
    "classify",
    "classify_table",
    "closed",
    "concentration",
    "count_bounds",
    "distance",
    "empty_structures",
    "evidence",
    "forecast",
    "ilr",
    "indicators",
    "inverse_ilr",
    "lint",
    "location_quotients",
    "one_series",
    "path",
    "policy_targets",
    "read_brand_sales",
    "read_makers",
    "read_matrix",
    "read_period",
    "read_registry",
    "read_structures",
    "read_table",
    "read_trade",
    "read_unit",
    "read_value",
    "replace_zeros",
    "required_growth",
    "scenario",
    "share_of",
    "structure_bounds",
    "structure_target",
    "structures_of",
    "table_of",
    "total",
]
