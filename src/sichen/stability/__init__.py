# SPDX-License-Identifier: Apache-2.0
"""Stability: the statistics of time, with a confidence on everything."""

from sichen.stability.averaging import averaging_factors
from sichen.stability.bias import bias_ratio
from sichen.stability.estimate import deviations
from sichen.stability.families import STATISTICS, Statistic, statistic
from sichen.stability.freedom import chi_square_ratios, degrees_of_freedom, exact_edf, greenhall_edf, interval
from sichen.stability.noise import (
    NOISES,
    Identified,
    Simulated,
    expected_deviation,
    identify_noise,
    noise_name,
    simulate_noise,
)
from sichen.stability.results import Deviations
from sichen.stability.series import PhaseSeries, Segment

__all__ = [
    "NOISES",
    "STATISTICS",
    "Deviations",
    "Identified",
    "PhaseSeries",
    "Segment",
    "Simulated",
    "Statistic",
    "averaging_factors",
    "bias_ratio",
    "chi_square_ratios",
    "degrees_of_freedom",
    "deviations",
    "exact_edf",
    "expected_deviation",
    "greenhall_edf",
    "identify_noise",
    "interval",
    "noise_name",
    "simulate_noise",
    "statistic",
]
