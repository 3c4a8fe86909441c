# SPDX-License-Identifier: Apache-2.0
"""A running statistic is that of the whole record, however it was cut into pieces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError, TooFewSamples
from sichen.stability import PhaseSeries, RunningStability, deviations, simulate_noise

NAMES = ("oadev", "mdev", "tdev", "ohdev", "tierms")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("alpha", [2, 0, -2])
def test_a_replay_of_20000_samples_equals_the_batch_to_twelve_digits(name: str, alpha: int) -> None:
    x = simulate_noise(20_000, alpha=alpha, seed=3).phase
    running = RunningStability(tau0=0.125, octaves=12)
    for piece in np.array_split(x, 37):
        running.push(piece)

    found = running.result(name, alpha=alpha)
    batch = deviations(PhaseSeries.from_phase(x, tau0=0.125), name, taus=found.tau.tolist(), alpha=alpha)

    np.testing.assert_allclose(found.deviation, batch.deviation, rtol=1e-12)
    np.testing.assert_array_equal(found.n, batch.n)
    np.testing.assert_allclose(found.edf, batch.edf, rtol=1e-12)


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 60), min_size=3, max_size=12))
def test_gaps_and_any_cutting_leave_it_equal(seed: int, cuts: list[int]) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(sum(cuts) + 40).cumsum()
    x[rng.random(x.size) < 0.03] = np.nan
    x[[0, 1, -1]] = 0.5  # a record begins and ends with a reading
    running = RunningStability(tau0=1.0, octaves=4)
    for piece in np.split(x, np.cumsum(cuts)):
        running.push(piece)

    for name in NAMES:
        found = running.result(name, alpha=0)
        batch = deviations(PhaseSeries.from_phase(x, tau0=1.0), name, taus=found.tau.tolist(), alpha=0)
        np.testing.assert_allclose(found.deviation, batch.deviation, rtol=1e-11)
        np.testing.assert_array_equal(found.n, batch.n)


def test_clocks_side_by_side_do_not_touch_each_other() -> None:
    records = np.array([simulate_noise(600, alpha=0, seed=k).phase for k in range(5)])
    together = RunningStability(tau0=1.0, octaves=5, clocks=5)
    together.push(records[:, :123])
    together.push(records[:, 123:])

    for k in range(5):
        alone = RunningStability(tau0=1.0, octaves=5)
        alone.push(records[k])
        np.testing.assert_array_equal(together.result("mdev", clock=k).deviation, alone.result("mdev").deviation)


def test_it_says_what_it_cannot_do() -> None:
    running = RunningStability(tau0=1.0, octaves=3, clocks=2)
    with pytest.raises(TooFewSamples):
        running.result()
    with pytest.raises(DataError, match="every instant"):
        running.push([1.0, 2.0])
    with pytest.raises(DataError, match="infinite"):
        running.push([[1.0, np.inf], [0.0, 1.0]])
    with pytest.raises(DataError, match="whole record"):
        running.result("totdev")
    with pytest.raises(DataError, match="tau0"):
        RunningStability(tau0=-1.0)
    with pytest.raises(DataError, match="octaves"):
        RunningStability(tau0=1.0, octaves=99)
