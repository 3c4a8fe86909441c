# SPDX-License-Identifier: Apache-2.0
"""How many independent values an estimate is worth: equivalent degrees of freedom, and the intervals they give."""

from sichen.stability.freedom.exact import exact_edf
from sichen.stability.freedom.greenhall import greenhall_edf
from sichen.stability.freedom.intervals import chi_square_ratios, interval
from sichen.stability.freedom.models import EDF_MODELS, Model, degrees_of_freedom

__all__ = ["EDF_MODELS", "Model", "chi_square_ratios", "degrees_of_freedom", "exact_edf", "greenhall_edf", "interval"]
