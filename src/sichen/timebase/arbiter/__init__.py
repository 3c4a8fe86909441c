# SPDX-License-Identifier: Apache-2.0
"""The arbiter: intersection, residuals, verdicts, priorities, states."""

from sichen.timebase.arbiter.arbiter import Arbiter
from sichen.timebase.arbiter.intervals import Agreement, intersect
from sichen.timebase.arbiter.settings import ArbiterSettings, SourceSettings
from sichen.timebase.arbiter.state import Decision, State

__all__ = ["Agreement", "Arbiter", "ArbiterSettings", "Decision", "SourceSettings", "State", "intersect"]
