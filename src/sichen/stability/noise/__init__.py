# SPDX-License-Identifier: Apache-2.0
"""The five power laws of clock noise: names, identification from a record, spectra and exact expectations."""

from sichen.stability.noise.identification import Identified, identify_noise
from sichen.stability.noise.names import NOISES, noise_name
from sichen.stability.noise.simulation import Simulated, simulate_noise
from sichen.stability.noise.spectra import autocovariance, expected_deviation, expected_mean_square

__all__ = [
    "NOISES",
    "Identified",
    "Simulated",
    "autocovariance",
    "expected_deviation",
    "expected_mean_square",
    "identify_noise",
    "noise_name",
    "simulate_noise",
]
