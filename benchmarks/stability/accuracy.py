# SPDX-License-Identifier: Apache-2.0
"""How exact the fast methods are: against the direct kernels and the literal loops."""

import numpy as np

from benchmarks.stability.table import row
from sichen.stability import RunningStability, deviations, kernels, simulate_noise
from sichen.stability.every import EVERY, every_moments
from sichen.stability.series import PhaseSeries
from sichen.stability.total import theo1_sums, total_sums
from sichen.stability.total.kernels import extended_windows, theo1

FIVE = (2, 1, 0, -1, -2)
DIRECT = {"oadev": kernels.second_differences, "ohdev": kernels.third_differences, "mdev": kernels.averaged_differences}


def accuracy(*, short: bool) -> int:
    """Print the table of errors."""
    print("\nAccuracy: greatest relative error of a variance")
    missed = 0
    n = 20_001 if short else 200_001
    for name, direct in DIRECT.items():
        worst = max(_every(name, direct, n, alpha) for alpha in FIVE)
        missed += row(f"{name} at every τ, N = {n}, 50 factors, five noises", worst, 1e-9)
    x = simulate_noise(2000, alpha=-2, seed=3).phase
    factors = np.array([10, 32, 128, 300, 600])
    loops = np.array([extended_windows(x, int(m), 0, x.size - 3 * int(m) + 1) for m in factors])
    missed += row("modified and Hadamard total, N = 2000, random walk FM", _apart(total_sums(x, factors), loops), 1e-11)
    factors = np.array([258, 400, 1000, 1900])
    loops = np.array([theo1(x, int(m)) for m in factors])
    missed += row("Theo1, N = 2000, random walk FM", _apart(theo1_sums(x, factors), loops), 1e-11)
    return missed + _streaming()


def _every(name: str, direct: object, n: int, alpha: int) -> float:
    x = simulate_noise(n, alpha=alpha, seed=11).phase
    largest = (n - 1) // 2 if name == "oadev" else (n - 1) // 3
    found = every_moments(x, np.arange(1, largest + 1), EVERY[name]).total
    chosen = np.unique(np.concatenate([[1, 2, 63, 64, 65, largest], np.random.default_rng(1).integers(1, largest, 44)]))
    return _apart(found[chosen - 1], np.array([direct(x, int(m))[0] for m in chosen]))  # type: ignore[operator]


def _streaming() -> int:
    x = simulate_noise(50_000, alpha=-1, seed=5).phase
    running = RunningStability(tau0=0.125, octaves=14)
    running.push(x)
    worst = 0.0
    for name in ("oadev", "mdev", "ohdev"):
        found = running.result(name, alpha=-1)
        batch = deviations(PhaseSeries.from_phase(x, tau0=0.125), name, taus=found.tau.tolist(), alpha=-1)
        worst = max(worst, _apart(found.deviation, batch.deviation))
    return row("streaming against batch, 50 000 samples, 14 octaves", worst, 1e-12)


def _apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(np.max(np.abs(ours / theirs - 1.0)))
