# SPDX-License-Identifier: Apache-2.0
"""Tracker audit: how often a whole tracker without any change reports a move, and how often a planned move is seen."""

import numpy as np

from benchmarks.brand.table import row
from sichen.brand import Survey, moves, people_needed


def trackers(*, short: bool) -> int:
    """Print the table of trackers."""
    runs = 300 if short else 1000
    print(f"\nTracker audit, {runs} simulated trackers")
    still = np.mean([any(one.real for one in moves(_tracker([0.3] * 4, 300, seed, brands=3))) for seed in range(runs)])
    # The count of false trackers scatters: two binomial deviations on top of 5 %.
    missed = row("false moves, 3 brands × 4 waves × 300 people", 100 * float(still), 5 + 200 * np.sqrt(0.0475 / runs), "%")
    people = people_needed(0.30, 0.35)
    seen = np.mean([moves(_tracker([0.30, 0.35], people, seed))[0].real for seed in range(runs)])
    note = f"{people} a wave, seen in {seen:.1%}"
    return missed + row("30 → 35 % planned for 80 % power, distance", 100 * abs(float(seen) - 0.8), 3.0, "pts", note=note)


def _tracker(shares: list[float], people: int, seed: int, *, brands: int = 1) -> Survey:
    generator = np.random.default_rng(seed)
    rows = [
        (f"w{wave}", f"b{brand}", f"{wave}-{one}")
        for wave in range(len(shares))
        for brand in range(brands)
        for one in range(people)
    ]
    answers = np.concatenate([(generator.random(brands * people) < share).astype(np.float64) for share in shares])
    waves, names, respondents = (tuple(column) for column in zip(*rows, strict=True))
    return Survey(waves, names, respondents, np.ones(len(rows)), {"aided": answers})
