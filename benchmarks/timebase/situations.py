# SPDX-License-Identifier: Apache-2.0
"""M3 and M9: lying majorities over 11 hours, and the honesty of the stated uncertainty over all situations."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.stability.table import row
from sichen.timebase import read_situation, simulate

FOLDER = Path(__file__).parents[2] / "tests/situations"
FIRST_SEED = 900_000


def situations(*, short: bool) -> int:
    """Print the greatest errors under lying majorities, and the share of time inside three uncertainties."""
    seeds = 1 if short else 5
    print(f"\nM3 two of three lie together for 11 h, M9 honesty; all situations, {seeds} fresh seeds each")
    missed = 0
    inside = total = failed = 0
    worst = {"1e-6": 0.0, "1e-7": 0.0, "1e-8": 0.0}
    told = []
    paths = sorted(FOLDER.glob("*.toml"))
    for path in paths:
        for k in range(seeds):
            outcome = simulate(replace(read_situation(path.read_text(encoding="utf-8")), seed=FIRST_SEED + k))
            served = np.isfinite(outcome.trace.error)
            inside += int(np.sum(np.abs(outcome.trace.error[served]) <= 3 * outcome.trace.u[served]))
            total += int(served.sum())
            failed += not outcome.ok
            told += [
                f"{path.stem} seed {FIRST_SEED + k}: {limit.name} {limit.value}" for limit in outcome.limits if not limit.ok
            ]
            ramp = path.stem.removeprefix("01-majority-ramp-")
            if ramp in worst:
                worst[ramp] = max(worst[ramp], outcome.limits[0].value or np.inf)
    for name, error in worst.items():
        missed += row(f"majority runs away by {name}: greatest error of the output", error, 30e-6, "s")
    missed += row("share of served time with the error inside 3 u", inside / total, 0.997, least=True, note=f"{total} ticks")
    print(f"  limits of situations that failed with fresh seeds: {failed} of {seeds * len(paths)} runs")
    for line in told:
        print(f"    {line}")
    return missed
