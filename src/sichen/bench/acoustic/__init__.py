# SPDX-License-Identifier: Apache-2.0
"""Acoustic timing of mechanical watches and clocks."""

from sichen.bench.acoustic.amplitude import exact_amplitude, linear_amplitude, third_amplitude
from sichen.bench.acoustic.listener import Listener, measure
from sichen.bench.acoustic.nominal import Nominal, nominal_for

__all__ = [
    "Listener",
    "Nominal",
    "exact_amplitude",
    "linear_amplitude",
    "measure",
    "nominal_for",
    "third_amplitude",
]
