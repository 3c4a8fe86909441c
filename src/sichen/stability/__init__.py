# SPDX-License-Identifier: Apache-2.0
"""Stability: the statistics of time, with a confidence on everything."""

from sichen.stability.assemble import Conventions
from sichen.stability.averaging import Taus, averaging_factors
from sichen.stability.bias import bias_ratio
from sichen.stability.drift import Removed, remove_drift
from sichen.stability.dynamic import DynamicDeviations, dynamic_deviations
from sichen.stability.estimate import deviations
from sichen.stability.families import STATISTICS, Statistic, statistic
from sichen.stability.freedom import chi_square_ratios, degrees_of_freedom, exact_edf, greenhall_edf, interval
from sichen.stability.hat import Covariances, Hat, cornered_hat, differences_of_clocks, gcodev
from sichen.stability.masks import Comparison, Mask, compare, mask, masks
from sichen.stability.noise import (
    NOISES,
    Identified,
    Simulated,
    expected_deviation,
    identify_noise,
    noise_name,
    simulate_noise,
)
from sichen.stability.plot import multiples_svg, plot_svg
from sichen.stability.powerlaw import PowerLaws, fit_power_laws
from sichen.stability.question import Question, read_taus
from sichen.stability.rate import MeanRate, mean_rate
from sichen.stability.readers import Column, read_column
from sichen.stability.results import Deviations
from sichen.stability.segments import BySegment, deviations_by_segment, label_segments, rates_by_position
from sichen.stability.series import PhaseSeries, Segment
from sichen.stability.stream import RunningStability
from sichen.stability.terms import Explained, Term, explain_rates
from sichen.stability.timeerror import TimeError, time_error

__all__ = [
    "NOISES",
    "STATISTICS",
    "BySegment",
    "Column",
    "Comparison",
    "Conventions",
    "Covariances",
    "Deviations",
    "DynamicDeviations",
    "Explained",
    "Hat",
    "Identified",
    "Mask",
    "MeanRate",
    "PhaseSeries",
    "PowerLaws",
    "Question",
    "Removed",
    "RunningStability",
    "Segment",
    "Simulated",
    "Statistic",
    "Taus",
    "Term",
    "TimeError",
    "averaging_factors",
    "bias_ratio",
    "chi_square_ratios",
    "compare",
    "cornered_hat",
    "degrees_of_freedom",
    "deviations",
    "deviations_by_segment",
    "differences_of_clocks",
    "dynamic_deviations",
    "exact_edf",
    "expected_deviation",
    "explain_rates",
    "fit_power_laws",
    "gcodev",
    "greenhall_edf",
    "identify_noise",
    "interval",
    "label_segments",
    "mask",
    "masks",
    "mean_rate",
    "multiples_svg",
    "noise_name",
    "plot_svg",
    "rates_by_position",
    "read_column",
    "read_taus",
    "remove_drift",
    "simulate_noise",
    "statistic",
    "time_error",
]
