# SPDX-License-Identifier: Apache-2.0
"""Brand strength: indicators with evidence, declared weights, bounds where something is not known, and K."""

from sichen.brand.strength.evidence import EvidenceRule, Gathered, belongs, evidence_kinds, evidence_rules, gather
from sichen.brand.strength.indicators import Element, Indicator, IndicatorSet, indicator_set
from sichen.brand.strength.observed import Observed, ObservedBrand, read_observed
from sichen.brand.strength.score import ElementScore, Scored, Strength, WeightEffect, coefficient, strength_of

__all__ = [
    "Element",
    "ElementScore",
    "EvidenceRule",
    "Gathered",
    "Indicator",
    "IndicatorSet",
    "Observed",
    "ObservedBrand",
    "Scored",
    "Strength",
    "WeightEffect",
    "belongs",
    "coefficient",
    "evidence_kinds",
    "evidence_rules",
    "gather",
    "indicator_set",
    "read_observed",
    "strength_of",
]
