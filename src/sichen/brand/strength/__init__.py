# SPDX-License-Identifier: Apache-2.0
"""Brand strength: indicators with evidence, declared weights, bounds where something is not known, and K."""

from sichen.brand.strength.indicators import Element, Indicator, IndicatorSet, indicator_set
from sichen.brand.strength.observed import Observed, ObservedBrand, read_observed
from sichen.brand.strength.score import ElementScore, Scored, Strength, WeightEffect, coefficient, strength_of

__all__ = [
    "Element",
    "ElementScore",
    "Indicator",
    "IndicatorSet",
    "Observed",
    "ObservedBrand",
    "Scored",
    "Strength",
    "WeightEffect",
    "coefficient",
    "indicator_set",
    "read_observed",
    "strength_of",
]
