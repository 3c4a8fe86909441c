# SPDX-License-Identifier: Apache-2.0
"""Valuation: one set of sourced inputs, seven methods, an interval and what moves it, or a refusal with its reason."""

from sichen.brand.valuation.inputs import Case, Input, Kind, input_kinds, read_case
from sichen.brand.valuation.interval import Interval, Share, Swing, interval_of, shares_of, swings_of
from sichen.brand.valuation.methods import Method, method, methods
from sichen.brand.valuation.value import Valuation, Valuations, foremost, value, value_by

__all__ = [
    "Case",
    "Input",
    "Interval",
    "Kind",
    "Method",
    "Share",
    "Swing",
    "Valuation",
    "Valuations",
    "foremost",
    "input_kinds",
    "interval_of",
    "method",
    "methods",
    "read_case",
    "shares_of",
    "swings_of",
    "value",
    "value_by",
]
