# SPDX-License-Identifier: Apache-2.0
"""The composite clock of several oscillators."""

from sichen.timebase.ensemble.composite import Ensemble, Member, ideal_deviation

__all__ = ["Ensemble", "Member", "ideal_deviation"]
