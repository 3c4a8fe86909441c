# SPDX-License-Identifier: Apache-2.0
"""The timing bench: signals of real watches become readings, and readings of synthesised ones are known exactly."""

from sichen.bench.signal import Recording, Samples, SampleStream

__all__ = ["Recording", "SampleStream", "Samples"]
