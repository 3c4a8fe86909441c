# SPDX-License-Identifier: Apache-2.0
"""The detector: every source against frozen predictions of the oscillator, and against every other."""

from sichen.timebase.detector.observer import (
    CONSIDER,
    FREQUENCY_SPREAD,
    FULL,
    THRESHOLD,
    Alarm,
    Observer,
    Traits,
    levels_at,
    span_of,
    threshold_at,
    watch_many,
)

__all__ = [
    "CONSIDER",
    "FREQUENCY_SPREAD",
    "FULL",
    "THRESHOLD",
    "Alarm",
    "Observer",
    "Traits",
    "levels_at",
    "span_of",
    "threshold_at",
    "watch_many",
]
