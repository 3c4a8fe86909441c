# SPDX-License-Identifier: Apache-2.0
"""Stability: agreement, speed beside allantools and ntpstats in one run, and how often intervals cover the truth."""

from benchmarks.stability.accuracy import accuracy
from benchmarks.stability.coverage import coverage
from benchmarks.stability.speed import speed


def main(words: list[str]) -> int:
    """Run all tables; ``--short`` for a machine in a hurry. Return how many limits were missed."""
    short = "--short" in words
    return accuracy(short=short) + speed(short=short) + coverage(short=short)
