# SPDX-License-Identifier: Apache-2.0
"""Timebase: holdover (M1), detection (M2), lying majorities (M3), honesty (M9), the composite clock (M10)."""

from benchmarks.timebase.composite import composite
from benchmarks.timebase.detection import detection
from benchmarks.timebase.holdover import holdover
from benchmarks.timebase.situations import situations


def main(words: list[str]) -> int:
    """Run all tables; ``--short`` for a machine in a hurry. Return how many limits were missed."""
    short = "--short" in words
    return situations(short=short) + composite(short=short) + holdover(short=short) + detection(short=short)
