# SPDX-License-Identifier: Apache-2.0
"""M10: the composite clock of 3, 5 and 8 unequal clocks beside the ideal mean, and what one jumping clock does to it."""

import numpy as np

from benchmarks.stability.table import row
from sichen.stability import PhaseSeries, deviations
from sichen.timebase import ClockModel, Ensemble, Oscillator, ideal_deviation, simulate_phase
from sichen.timebase.clockmodel import Array

INTERVAL = 60.0
LATE = 2000  # steps until all frequencies are known


def composite(*, short: bool) -> int:
    """Print Allan deviations over the ideal ones, and the displacement by a step and by a jump of frequency."""
    runs, steps = (4, 20_000) if short else (24, 60_000)
    print(f"\nM10 composite clock, {runs} ensembles of {steps} min a row")
    missed = 0
    for count in (3, 5, 8):
        ratios, taus = [], np.empty(0)
        for seed in range(runs):
            models = _models(count, np.random.default_rng(70_000 + seed))
            time = _time(models, _phases(models, steps, seed))
            found = deviations(PhaseSeries.from_phase(time[LATE:], tau0=INTERVAL), "oadev")
            taus = found.tau[found.tau < INTERVAL * steps / 40]
            ideal = np.array([ideal_deviation(models, tau) for tau in taus])
            ratios.append((found.deviation[: taus.size] / ideal) ** 2)
        ratio = np.sqrt(np.mean(ratios, axis=0))
        # Three deviations of a mean of variances with `freedom` degrees of freedom, at the longest averaging time.
        slack = 3.0 / np.sqrt(2.0 * runs * steps * INTERVAL / taus)
        worst = int(np.argmax(ratio - slack))
        note = f"at τ = {taus[worst]:g} s; short times {ratio[0]:.3f}"
        missed += row(f"{count} clocks: ADEV / ideal, worst", float(ratio[worst]), 1.10 + float(slack[worst]), note=note)
    return missed + _jumps()


def _jumps() -> int:
    models = [ClockModel((1e-11) ** 2, (3e-11) ** 2 * 3 / 86400)] * 5
    phase = _phases(models, 6000, 1)
    since = np.maximum(np.arange(6000) - 4000, 0)
    calm = _time(models, phase)
    missed = 0
    for words, change, limit in (
        ("a step of 100 ns of one in five: moves it at most", np.where(since > 0, 100e-9, 0.0), 20e-9),
        ("a jump of 1e-11 of one in five: frequency moves at most", 1e-11 * INTERVAL * since, 0.2001e-11),
    ):
        jumped = phase.copy()
        jumped[:, 2] += change
        moved = _time(models, jumped) - calm
        value = np.abs(moved).max() if limit > 1e-10 else np.abs(moved[4240] - moved[4000]) / (240 * INTERVAL)
        missed += row(words, float(value), limit)
    return missed


def _models(count: int, rng: np.random.Generator) -> list[ClockModel]:
    spread = 2.0 ** rng.uniform(-1.0, 1.0, (count, 2))
    return [ClockModel((1e-11 * a) ** 2, (3e-11 * b) ** 2 * 3 / 86400) for a, b in spread]


def _phases(models: list[ClockModel], steps: int, seed: int) -> Array:
    rng = np.random.default_rng(80_000 + seed)
    columns = []
    for model in models:
        kind = Oscillator("x", model.q1, model.q2, 0.0, 0.0, 0.0, 0.0, {}, "", verified=True)
        columns.append(simulate_phase(kind, count=steps, interval=INTERVAL, seed=rng, offset=rng.normal(0.0, 1e-9)))
    return np.ascontiguousarray(np.array(columns).T)


def _time(models: list[ClockModel], phase: Array) -> Array:
    """Return the ensemble minus truth."""
    ensemble = Ensemble({f"c{k}": model for k, model in enumerate(models)}, interval=INTERVAL)
    return phase[:, 0] - ensemble.run(phase - phase[:, :1])[:, 0]
