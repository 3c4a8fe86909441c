# SPDX-License-Identifier: Apache-2.0
"""Uncertainty as the GUM has it: propagation, Monte Carlo, calibration lines, budgets of a watch laboratory."""

from sichen.conformity.uncertainty.budget import Budget, Source, budget, budgets
from sichen.conformity.uncertainty.line import Line, fit_line
from sichen.conformity.uncertainty.montecarlo import Distributed, Validation, numerical_tolerance, simulate, validate
from sichen.conformity.uncertainty.propagation import (
    Component,
    Propagated,
    Result,
    coverage_factor,
    propagate,
    propagate_all,
)
from sichen.conformity.uncertainty.quantity import Quantity, correlation_matrix, observed_together

__all__ = [
    "Budget",
    "Component",
    "Distributed",
    "Line",
    "Propagated",
    "Quantity",
    "Result",
    "Source",
    "Validation",
    "budget",
    "budgets",
    "correlation_matrix",
    "coverage_factor",
    "fit_line",
    "numerical_tolerance",
    "observed_together",
    "propagate",
    "propagate_all",
    "simulate",
    "validate",
]
