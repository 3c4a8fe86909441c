# SPDX-License-Identifier: Apache-2.0
"""How often intervals cover the truth, for five noises, with the exponent given and with it identified."""

import numpy as np

from sichen.stability import PhaseSeries, chi_square_ratios, deviations, expected_deviation, simulate_noise
from sichen.stability.families import statistic
from sichen.stability.freedom import Model, degrees_of_freedom

FIVE = (2, 1, 0, -1, -2)
NAMES = ("oadev", "mdev", "ohdev", "pdev", "totdev", "mtotdev", "htotdev")
PROMISED = ("oadev", "mdev", "ohdev", "pdev")  # the total statistics have published approximations only, some none at all
TAUS = (1, 16, 64)
POINTS = 1001


def coverage(*, short: bool) -> int:
    """Print the tables of coverage; only what theory promises is a limit."""
    records = 400 if short else 2000
    print(f"\nCoverage of 95 % intervals, {records} records of {POINTS} points, α given; exact | greenhall degrees of freedom")
    print("                       " + "".join(f"  τ = {m:<3}        " for m in TAUS))
    missed = 0
    # Three binomial deviations on either side of 93 … 97 %.
    slack = 3.0 * np.sqrt(0.95 * 0.05 / records)
    for name in NAMES:
        for alpha in FIVE:
            if name in {"htotdev", "mtotdev"} and short:
                continue
            hits = _hits(name, alpha, records)
            bad = name in PROMISED and bool((np.abs(hits[0] - 0.95) > 0.02 + slack).any())
            missed += bad
            cells = "".join(f"  {a:5.1%} | {b:5.1%}" for a, b in zip(*hits, strict=True))
            print(f"  {name:8} α = {alpha:2}  {cells}  {'MISSED' if bad else ''}")
    _identified(records // 4)
    return missed


def _hits(name: str, alpha: int, records: int) -> tuple[np.ndarray, np.ndarray]:
    row = statistic(name)
    factors = np.array(TAUS)
    same = {"total": "oadev", "modified_total": "mdev", "hadamard_total": "ohdev"}.get(row.kind, name)
    variances = []
    for seed in range(records):
        series = PhaseSeries.from_phase(simulate_noise(POINTS, alpha=alpha, seed=seed).phase, tau0=1.0)
        variances.append(deviations(series, name, taus=factors.tolist(), alpha=alpha, bias="sp1065").deviation)
    found = np.array(variances)
    level = expected_deviation("oadev", m=1, alpha=alpha)
    truth = np.array([expected_deviation(same, m=int(m), alpha=alpha) for m in factors]) / level
    result = []
    models: tuple[Model, ...] = ("exact", "greenhall")
    for model in models:
        edf = np.array([_freedom(name, alpha, int(m), model) for m in factors])
        low, high = chi_square_ratios(edf, 0.95)
        result.append(((found * low <= truth) & (truth <= found * high)).mean(axis=0))
    return result[0], result[1]


def _freedom(name: str, alpha: int, m: int, model: Model) -> float:
    row = statistic(name)
    terms = row.moments(np.arange(float(POINTS)), np.array([m])).terms[0]
    return degrees_of_freedom(row, alpha=alpha, m=m, points=POINTS, terms=int(terms), model=model)


def _identified(records: int) -> None:
    print(f"\nThe same for oadev with α identified, {records} records, exact degrees of freedom")
    for alpha in FIVE:
        hits = np.zeros(len(TAUS))
        for seed in range(records):
            record = simulate_noise(POINTS, alpha=alpha, seed=seed)
            series = PhaseSeries.from_phase(record.phase, tau0=1.0)
            found = deviations(series, "oadev", confidence=0.95, edf="exact")
            at = [found.at(float(m)) for m in TAUS]
            truth = np.array([record.truth("oadev", m) for m in TAUS])
            hits += (found.lower[at] <= truth) & (truth <= found.upper[at])
        print(f"  α = {alpha:2}  " + "".join(f"  {share:5.1%}" for share in hits / records))
