# SPDX-License-Identifier: Apache-2.0
"""Virtual time."""

from sichen.timebase.virtual.oscillators import simulate_phase, true_model

__all__ = ["simulate_phase", "true_model"]
