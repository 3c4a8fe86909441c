# SPDX-License-Identifier: Apache-2.0
"""Brand strategy: a file of a fixed shape, judged for completeness by published rules."""

from sichen.brand.strategy.completeness import Checked, Completeness, StrategyRule, completeness, strategy_rules
from sichen.brand.strategy.plan import CHANNELS, MODELS, Strategy, read_strategy

__all__ = [
    "CHANNELS",
    "MODELS",
    "Checked",
    "Completeness",
    "Strategy",
    "StrategyRule",
    "completeness",
    "read_strategy",
    "strategy_rules",
]
