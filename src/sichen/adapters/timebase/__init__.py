# SPDX-License-Identifier: Apache-2.0
"""The time service as it runs: sources, outputs, state and evidence on this computer."""

from sichen.adapters.timebase.service import TimeService

__all__ = ["TimeService"]
