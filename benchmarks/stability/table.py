# SPDX-License-Identifier: Apache-2.0
"""Printing rows with a limit, and timing by processor time."""

import time
from collections.abc import Callable
from statistics import median


def row(what: str, value: float, limit: float, unit: str = "", *, note: str = "", least: bool = False) -> int:
    """Print a figure beside its limit and return 1 when it misses it."""
    missed = value < limit if least else value > limit
    sign = "≥" if least else "≤"
    print(f"  {what:58} {value:11.4g} {unit:4} {sign} {limit:<9.4g} {'MISSED' if missed else 'ok':7} {note}")
    return int(missed)


def processor_time(job: Callable[[], object], *, repeat: int = 3) -> float:
    """Return the median processor time of a job, warm: it runs once before."""
    job()
    found = []
    for _ in range(repeat):
        start = time.process_time()
        job()
        found.append(time.process_time() - start)
    return median(found)


def once(job: Callable[[], object]) -> float:
    """Return the processor time of one run of a long job, whose kernels are warm."""
    start = time.process_time()
    job()
    return time.process_time() - start
