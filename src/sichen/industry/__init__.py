# SPDX-License-Identifier: Apache-2.0
"""Industry: are the policy's targets met, and can the figures be true."""

from sichen.industry.bounds import BrandSales, StructureBounds, structure_bounds
from sichen.industry.brands import Classified, classify, classify_table, count_bounds
from sichen.industry.composition import closed, distance, ilr, inverse_ilr, path, replace_zeros, required_growth, scenario
from sichen.industry.forecast import Forecast, forecast
from sichen.industry.grades import Bands
from sichen.industry.indicators import Indicator, indicators
from sichen.industry.lint import Finding, lint
from sichen.industry.measures import Measure, read_unit
from sichen.industry.periods import Period, read_period
from sichen.industry.registry import Observation, Registry, one_series, read_registry
from sichen.industry.shares import Share, share_of
from sichen.industry.structure import (
    Advantage,
    Concentration,
    Matrix,
    advantages,
    concentration,
    location_quotients,
    read_matrix,
)
from sichen.industry.structures import BrandTable, Structures, read_brand_sales, read_structures, structures_of
from sichen.industry.tables import Refusal, Row, Table, read_table, table_of
from sichen.industry.targets import TargetAnswer, answer_structures, empty_structures, policy_targets, structure_target
from sichen.industry.trade import Flow, Trade, read_trade, total
from sichen.industry.values import Value, read_value
