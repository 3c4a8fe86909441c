# SPDX-License-Identifier: Apache-2.0
"""What the industry must show: honest bounds, a linter without false alarms, the golden values of the handbook.

``./run bench-suite industry [--quick]``; quick takes a twentieth of the trials. Tables of public figures are read from the
data folder beside the repository; without it their lines are left out.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.industry.adversarial import PLANTED, draft_of, power, read
from benchmarks.industry.synthetic import industry, report
from sichen.adapters.industry_desk import Source, advantages_of, concentration_of, lint_of
from sichen.core import DataError
from sichen.industry import distance, ilr, read_structures, read_table, required_growth

QUICK, RUNS, REPORTS = 20, 1000, 400
SHARED = Path(os.environ.get("SICHEN_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")) / "industry"
HEAD = "year|area|indicator|value|unit|note"
KNOWN = ((34, "growth"), (35, "unit value"), (232, "cross-source"), (233, "cross-source"), (137, "unit value"), (138, "unit value"), (78, "cross-source"), (180, "share"), (157, "share"), (22, "cross-source"))  # fmt: skip


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
    start = time.perf_counter()
    rows = [*_bounds(RUNS // share), _alarms(REPORTS // share), *_adversarial(REPORTS // 2 // share), *_golden(), _bases()]
    rows += _public() if SHARED.is_dir() else []
    print(f"benchmarks.industry: {time.perf_counter() - start:.0f} s", flush=True)
    width = max(len(row.what) for row in rows)
    for row in rows:
        print(f"{row.what:{width}}  {row.found:>26}  {row.wanted:>18}  {'ok' if row.met else 'MISSED'}")
    return sum(not row.met for row in rows)


def _bounds(runs: int) -> list[Limit]:
    trials = [industry(seed) for seed in range(runs)]
    covered = sum(one.covered for one in trials) / runs
    widths = [high - low for one in trials for low, high in one.bounds.shares.values()]
    mean = sum(widths) / len(widths)
    return [
        Limit(
            f"synthetic industries whose bounds hold the truth, of {runs}", f"{100 * covered:.1f} %", ">= 93 %", covered >= 0.93
        ),
        Limit("mean width of these bounds (a fifth of sales unknown)", f"{100 * mean:.1f} points", "< 50 points", mean < 0.5),
    ]


def _alarms(reports: int) -> Limit:
    tables = ("\n".join(";".join(row.split("|")) for row in (HEAD, *report(seed))) for seed in range(10_000, 10_000 + reports))
    alarms = sum(bool(lint_of(Source(text.encode(), "report.csv"))[0]) for text in tables)
    return Limit(
        f"clean reports with a false alarm, of {reports}",
        f"{alarms} ({100 * alarms / reports:.1f} %)",
        "<= 5 %",
        alarms <= 0.05 * reports,
    )


def _adversarial(reports: int) -> list[Limit]:
    alarms = sum(read(draft_of(seed)) != (set(), 0) for seed in range(reports))
    clean = f"{alarms} ({100 * alarms / reports:.1f} %)"
    rows = [
        Limit(f"clean reports of many offices, alarmed or refused, of {reports}", clean, "<= 5 %", alarms <= 0.05 * reports)
    ]
    for what in PLANTED:
        _, right = power(what, max(reports // 4, 8))
        rows.append(Limit(f"planted contradiction found: {what}", f"{100 * right:.0f} %", ">= 90 %", right >= 0.9))
    return rows


def _golden() -> list[Limit]:
    base, goal = (1, 14, 85), (3, 22, 75)
    found = [round(float(value), 4) for value in (*ilr(base), *ilr(goal), distance(base, goal))]
    growth = [round(100 * float(part), 1) for part in required_growth(base, goal, years=6)]
    return [
        Limit(
            "log-ratios of 1:14:85 and 3:22:75, distance",
            " ".join(map(str, found)),
            "handbook 3.3",
            found == [-2.55, -1.8661, -1.8148, -1.4089, 0.8658],
        ),
        Limit(
            "growth a year that the target needs, %", " ".join(map(str, growth)), "20.1 7.8 -2.1", growth == [20.1, 7.8, -2.1]
        ),
    ]


def _bases() -> Limit:
    text = "year,high,mid,low,basis\n2014,1,14,85,output_value_all\n2020,3,22,75,sales_own_brand\n"
    try:
        read_structures(read_table(text))
    except DataError:
        return Limit("output value and own-brand sales in one series", "refused", "refused", met=True)
    return Limit("output value and own-brand sales in one series", "mixed", "refused", met=False)


def _public() -> list[Limit]:
    def source(name: str) -> Source:
        return Source((SHARED / name).read_bytes(), name)

    exports = source("comtrade_2019_export_hs2_matrix.csv")
    rca = {one.name: round(one.rca, 2) for one in advantages_of(exports)[0]}
    market = concentration_of(exports)[0]
    pairs = {(row, one.rule) for one in lint_of(source("industry-figures.tsv"))[0] for row in one.rows}
    known = sum(where in pairs for where in KNOWN)
    return [
        Limit(
            "RCA of HS 91 in 2019, Switzerland and Hong Kong",
            f"{rca['Switzerland']} {rca['China, Hong Kong SAR']}",
            "21.80 4.80",
            rca["Switzerland"] == 21.8 and rca["China, Hong Kong SAR"] == 4.8,
        ),
        Limit(
            "HHI and CR4 of HS 91 in 2019",
            f"{market.hhi:.0f} {market.cr4:.2f} %",
            "2642 75.57 %",
            (round(market.hhi), round(market.cr4, 2)) == (2642, 75.57),
        ),
        Limit("listed contradictions of the published figures", f"{known} of {len(KNOWN)}", ">= 8 of 10", known >= 8),
    ]
