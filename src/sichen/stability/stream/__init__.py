# SPDX-License-Identifier: Apache-2.0
"""Statistics that grow with the recording: one sample costs the same however long it has been running."""

from sichen.stability.stream.running import RunningStability

__all__ = ["RunningStability"]
