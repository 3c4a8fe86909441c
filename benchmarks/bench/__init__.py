# SPDX-License-Identifier: Apache-2.0
"""The timing bench against its targets: accuracy, false alarms, real recordings, speed.

``./run bench-suite bench [--short] [--only=accuracy,false-alarms,real,speed] [--workers=N]``. Accuracy, false alarms
and real recordings are deterministic and gate; speeds are reported.
"""

import sys
from collections.abc import Callable
from concurrent.futures import Executor

from benchmarks.bench import accuracy, amplitude, false_alarms, quartz, real, speed
from benchmarks.bench.table import Table
from sichen.core import open_executor

PARTS: dict[str, Callable[[Executor, bool], list[Table]]] = {
    "accuracy": accuracy.tables,
    "amplitude": amplitude.tables,
    "false-alarms": false_alarms.tables,
    "quartz": quartz.tables,
    "real": real.tables,
    "speed": speed.tables,
}


def main(options: list[str]) -> int:
    """Run the parts, print their tables, and return how many limits were missed."""
    values = dict(option.partition("=")[::2] for option in options)
    names = values.get("--only", ",".join(PARTS)).split(",")
    unknown = [name for name in names if name not in PARTS] + sorted(set(values) - {"--only", "--short", "--workers"})
    if unknown:
        print(f"unknown: {', '.join(unknown)}; parts: {', '.join(PARTS)}", file=sys.stderr)
        return 1
    missed = 0
    workers = values.get("--workers", "1")
    with open_executor("serial" if workers == "1" else f"processes:{workers}") as executor:
        for name in names:
            for table in PARTS[name](executor, "--short" in values):
                print(table.text(), flush=True)
                missed += table.missed
    return missed
