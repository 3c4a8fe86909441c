# SPDX-License-Identifier: Apache-2.0
"""Brand: published values met, mixed logit beside xlogit on the same draws, trackers that do not cry wolf, planted truth."""

from benchmarks.brand.golden import golden
from benchmarks.brand.market import market
from benchmarks.brand.speed import speed
from benchmarks.brand.strength import strength
from benchmarks.brand.trackers import trackers


def main(words: list[str]) -> int:
    """Run all tables; ``--short`` for a machine in a hurry. Return how many limits were missed."""
    short = "--short" in words
    return golden() + speed(short=short) + trackers(short=short) + market(short=short) + strength()
