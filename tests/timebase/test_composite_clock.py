# SPDX-License-Identifier: Apache-2.0
"""The composite clock: steadier than its members, unmoved by whoever jumps, comes or goes."""

import numpy as np
import pytest

from sichen.core import DataError
from sichen.stability import PhaseSeries, deviations
from sichen.timebase import ClockModel, Ensemble, Oscillator, ideal_deviation, simulate_phase

INTERVAL = 60.0
MODEL = ClockModel((1e-11) ** 2, (3e-11) ** 2 * 3 / 86400)


def clocks(count: int, *, steps: int, seed: int) -> np.ndarray:
    """Simulate equal clocks, shape (steps, count)."""
    kind = Oscillator("x", MODEL.q1, MODEL.q2, 0.0, 0.0, 0.0, 0.0, {}, "", verified=True)
    rng = np.random.default_rng(seed)
    return np.array(
        [simulate_phase(kind, count=steps, interval=INTERVAL, seed=rng, offset=rng.normal(0.0, 1e-9)) for _ in range(count)]
    ).T


def started(phase: np.ndarray) -> tuple[Ensemble, np.ndarray]:
    """Run an ensemble and return it with its own time, clock minus truth."""
    ensemble = Ensemble({f"c{k}": MODEL for k in range(phase.shape[1])}, interval=INTERVAL)
    return ensemble, phase[:, 0] - ensemble.run(phase - phase[:, :1])[:, 0]


def read(phase: np.ndarray, k: int, names: list[str]) -> dict[str, float]:
    """Compare every clock with the first at one step."""
    return {name: float(phase[k, int(name[1:])] - phase[k, 0]) for name in names}


def test_five_clocks_are_as_steady_as_their_ideal_mean() -> None:
    ratio = []
    for seed in range(6):
        _, time = started(clocks(5, steps=12_000, seed=seed))
        found = deviations(PhaseSeries.from_phase(time[1000:], tau0=INTERVAL), "oadev")
        short = found.tau < 6e4  # beyond, six records leave too few degrees of freedom for a limit
        ideal = np.array([ideal_deviation([MODEL] * 5, tau) for tau in found.tau[short]])
        ratio.append((found.deviation[short] / ideal) ** 2)

    # 15 % above the goal of 1.10: at 6e4 s six records of 12 independent intervals each scatter by 8 %.
    assert np.sqrt(np.mean(ratio, axis=0)).max() < 1.25


@pytest.mark.parametrize("kind", ["step", "frequency"])
def test_a_clock_that_jumps_moves_the_ensemble_by_no_more_than_its_weight(kind: str) -> None:
    phase = clocks(5, steps=4000, seed=3)
    jumped = phase.copy()
    since = np.maximum(np.arange(4000) - 3000, 0)
    jumped[:, 2] += np.where(since > 0, 100e-9, 0.0) if kind == "step" else 1e-9 * INTERVAL * since
    _, calm = started(phase)
    _, moved = started(jumped)

    # Each clock weighs a fifth. 100 ns: at most 20 ns; 1e-9 for 3 intervals before it is left out: at most 36 ns.
    assert np.abs(moved - calm)[:3200].max() < (20e-9 if kind == "step" else 36e-9)


def test_adding_and_removing_a_clock_makes_no_step() -> None:
    phase = clocks(4, steps=3000, seed=4)
    ensemble, _ = started(phase[:2000, :3])
    names = ["c0", "c1", "c2"]
    before = ensemble.members[1].offset
    ensemble.add("c3", MODEL, reading=float(phase[1999, 3] - phase[1999, 1]), beside="c1")
    assert ensemble.members[1].offset == before
    ensemble.step(read(phase, 2000, [*names, "c3"]))
    assert ensemble.members[3].weight == 0.0

    other, _ = started(phase[:2000, :3])
    other.step(read(phase, 2000, names))
    assert ensemble.members[1].offset == pytest.approx(other.members[1].offset, abs=1e-12)

    ensemble.remove("c0")
    assert [member.name for member in ensemble.members] == ["c1", "c2", "c3"]
    ensemble.step({name: float(phase[2001, int(name[1:])]) for name in ("c1", "c2", "c3")})
    other.step(read(phase, 2001, names))
    # Two clocks of 77 ps an interval carry on instead of three: their means part by no more than three deviations.
    assert ensemble.members[0].offset == pytest.approx(other.members[1].offset, abs=0.3e-9)


def test_a_clock_that_is_silent_coasts_without_weight() -> None:
    phase = clocks(3, steps=1001, seed=5)
    ensemble, _ = started(phase[:1000])
    ensemble.step({"c0": 0.0, "c1": float(phase[1000, 1] - phase[1000, 0])})

    assert ensemble.members[2].weight == 0.0
    assert ensemble.members[2].offset == pytest.approx(phase[1000, 2] - phase[1000, 0] + ensemble.members[0].offset, abs=1e-9)


def test_an_ensemble_of_nobody_or_of_strangers_is_refused() -> None:
    with pytest.raises(DataError):
        Ensemble({}, interval=INTERVAL)
    ensemble = Ensemble({"A": MODEL}, interval=INTERVAL)
    with pytest.raises(DataError, match="known: A"):
        ensemble.remove("B")
    with pytest.raises(DataError, match="one clock"):
        ensemble.remove("A")
    with pytest.raises(DataError, match="already"):
        ensemble.add("A", MODEL, reading=0.0, beside="A")
