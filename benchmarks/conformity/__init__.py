# SPDX-License-Identifier: Apache-2.0
"""What conformity must show: exact verdicts at speed, honest risks, the guide's examples, certificates that resist changes.

``./run bench-suite conformity [--quick]``; quick takes a twentieth of the trials.
"""

import time
from dataclasses import dataclass

from benchmarks.conformity import certificates, risks, verdicts

QUICK = 20


@dataclass(frozen=True)
class Limit:
    """One line of the table."""

    what: str
    found: str
    wanted: str
    met: bool


def main(options: list[str]) -> int:
    """Print the table and return how many limits were missed."""
    share = QUICK if "--quick" in options else 1
    rows: list[Limit] = []
    for part in (verdicts.measure, risks.measure, certificates.measure):
        start = time.perf_counter()
        rows += [Limit(*row) for row in part(share)]
        print(f"{part.__module__}: {time.perf_counter() - start:.0f} s", flush=True)
    width = max(len(row.what) for row in rows)
    for row in rows:
        print(f"{row.what:{width}}  {row.found:>30}  {row.wanted:>16}  {'ok' if row.met else 'MISSED'}")
    return sum(not row.met for row in rows)
