# SPDX-License-Identifier: Apache-2.0
"""Speed and exactness of verdicts, and the register."""

import time
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from benchmarks.conformity.oracle import conforms, criteria, on_a_limit
from sichen.conformity import Batch, judge, judge_many, plan, plans, risks_many, standards

Row = tuple[str, str, str, bool]


def batch(rates: npt.NDArray[np.int64], decimals: int, u: float = 0.02) -> Batch:
    """Make a batch of daily rates from states known to `u` seconds."""
    return Batch(tuple(map(str, range(len(rates)))), rates, decimals, "daily_rate", np.full((1, 16), u))


def measure(share: int) -> list[Row]:
    """Return the rows about verdicts."""
    return [*_speed(share), *_exactness(share), *_shared_states(share), *_knowledge()]


def _speed(share: int) -> list[Row]:
    protocol = plan("iso3159").choose(category="1")
    rng = np.random.default_rng(1)
    many = batch(np.rint(rng.normal(1, 1.5, (1_000_000, 15)) * 100).astype(np.int64), 2)
    risks_many(batch(many.rates[:10], 2), judge_many(batch(many.rates[:10], 2), protocol))
    start = time.process_time()
    judge_many(many, protocol)
    seconds = time.process_time() - start
    start = time.process_time()
    _floats(many.rates)
    floats = time.process_time() - start
    start = time.process_time()
    found = judge_many(many, protocol)
    risks_many(many, found)
    with_risks = time.process_time() - start
    few = batch(many.rates[: 100_000 // share], 2)
    start = time.process_time()
    judge_many(few, plan("iso3159").choose(category="1", decision="guard_band"))
    guarded = (time.process_time() - start) * 100_000 / len(few)
    return [
        ("10^6 watches x 7 criteria with verdict, one core", f"{seconds:.2f} s", "<= 1 s", seconds <= 1),
        ("  the same in doubles with numpy (inexact)", f"{floats:.2f} s, {floats / seconds:.1f} x", "-", True),
        ("  the same with both risks of every watch", f"{with_risks:.2f} s", "-", True),
        ("  10^5 watches with a guard band", f"{guarded:.1f} s", "-", True),
    ]


def _exactness(share: int) -> list[Row]:
    protocol = plan("iso3159").choose(category="1")
    wrong, float_wrong, count = 0, 0, 0
    for decimals in (1, 2, 3):
        rates = on_a_limit(100_000 // share // 3 + 1, decimals=decimals, seed=decimals)
        found = judge_many(batch(rates, decimals), protocol).verdicts == 0
        doubles = _floats(rates / 10.0**decimals, 1)
        expected = np.array([conforms(criteria([Fraction(int(one), 10**decimals) for one in row]), "1") for row in rates])
        wrong += int((found != expected).sum())
        float_wrong += int((doubles != expected).sum())
        count += len(rates)
    return [
        (f"disagreements with the rational oracle, {count} certificates on a limit", str(wrong), "0", wrong == 0),
        ("  the same for verdicts in doubles", str(float_wrong), "-", True),
    ]


def _floats(rates: npt.NDArray[np.generic], unit: int = 100) -> npt.NDArray[np.bool_]:
    m = np.asarray(rates, dtype=np.float64) / unit
    mean = m[:, :10].mean(axis=1)
    pairs = np.abs(m[:, 0:10:2] - m[:, 1:10:2])
    d = (m[:, 0] + m[:, 1]) / 2 - (m[:, 8] + m[:, 9]) / 2
    c, r = (m[:, 12] - m[:, 10]) / 30, m[:, 14] - (m[:, 0] + m[:, 1]) / 2
    good = (mean >= -4) & (mean <= 6) & (pairs.mean(axis=1) <= 2) & (pairs.max(axis=1) <= 5) & (d >= -6) & (d <= 8)
    deviation = np.abs(m[:, :10] - mean[:, None]).max(axis=1)
    return np.asarray(good & (deviation <= 10) & (np.abs(c) <= 0.6) & (np.abs(r) <= 5))


def _shared_states(share: int) -> list[Row]:
    """Uncertainties of criteria against a simulation of the states: the linear ones, and the maxima."""
    u, trials = 0.05, 200_000 // share
    rng = np.random.default_rng(32)
    base = np.array([2.1, 2.5, 1.0, 0.6, -0.4, 0.2, 4.1, 4.5, 3.9, 3.5, 0.2, 3.0, 5.9, 2.4, 2.6])
    rates = base + np.diff(rng.normal(0, u, (trials, 16)), axis=1)
    protocol = plan("iso3159").choose(category="1")
    values = np.column_stack([protocol.formula(one).values(rates) for one in protocol.series_criteria])
    exact = np.array([float(protocol.formula(one).values(base)) for one in protocol.series_criteria])
    simulated = np.sqrt(((values - exact) ** 2).mean(axis=0))
    [verdict] = judge(batch(np.rint(base * 10).astype(np.int64)[None], 1, u), protocol, trials=100_000 // share)
    stated = np.array([one.u or 0.0 for one in verdict.criteria])
    worst = float(np.abs(stated / simulated - 1).max())
    allowed = 0.01 if share == 1 else 0.03
    return [("u of the seven criteria against simulated states", f"{100 * worst:.2f} %", "<= 1 %", worst <= allowed)]


def _knowledge() -> list[Row]:
    rows = standards()
    bare = [row.number for row in rows if not row.source or not row.grade]
    limits = [one for each in plans().values() for one in each.criteria]
    unsourced = [one.id for one in limits if not one.source or not one.grade]
    return [
        ("standards in the register", str(len(rows)), ">= 80", len(rows) >= 80),
        ("numbers without source and grade, register and plans", str(len(bare) + len(unsourced)), "0", not bare + unsourced),
        ("plans; criteria in them", f"{len(plans())}; {len(limits)}", "-", True),
    ]
