# SPDX-License-Identifier: Apache-2.0
"""Every statistic equals its definition, word for word, on records that no table has."""

from collections.abc import Callable

import numpy as np
import pytest
from tests.stability import literal

from sichen.stability import PhaseSeries, deviations
from sichen.stability.mtie.kernels import swing_by_deque

Oracle = Callable[[np.ndarray, int], float]
ORACLES: dict[str, Oracle] = {
    "adev": lambda x, m: literal.allan(x, m, stride=m),
    "oadev": literal.allan,
    "mdev": literal.modified,
    "tdev": lambda x, m: literal.modified(x, m) * m * m / 3,
    "hdev": lambda x, m: literal.hadamard(x, m, stride=m),
    "ohdev": literal.hadamard,
    "totdev": literal.total,
    "mtotdev": literal.modified_total,
    "ttotdev": lambda x, m: literal.modified_total(x, m) * m * m / 3,
    "htotdev": literal.hadamard_total,
    "theo1": literal.theo1,
    "pdev": literal.parabolic,
    "tierms": literal.tie_rms,
    "mtie": lambda x, m: literal.mtie(x, m) ** 2,
}


def record(kind: str, n: int, seed: int = 11) -> np.ndarray:
    white = np.random.default_rng(seed).standard_normal(n)
    return {"white": white, "walk": white.cumsum(), "run": white.cumsum().cumsum()}[kind]


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("kind", ["white", "walk", "run"])
@pytest.mark.parametrize("n", [61, 64])
def test_a_statistic_equals_its_definition(name: str, kind: str, n: int) -> None:
    x = record(kind, n)
    taus: object = "all" if name != "theo1" else "octave"
    found = deviations(PhaseSeries.from_phase(x, tau0=1.0), name, taus=taus, bias="raw", alpha=0)  # type: ignore[arg-type]

    wanted = [ORACLES[name](x, m) for m in found.factor.tolist()]

    np.testing.assert_allclose(found.deviation**2, wanted, rtol=2e-10)


@pytest.mark.parametrize("name", ["mtotdev", "htotdev", "theo1"])
@pytest.mark.parametrize("kind", ["white", "walk", "run"])
def test_the_fast_total_statistics_equal_the_loops_to_eleven_digits_on_2000_points(name: str, kind: str) -> None:
    """The loops here are the compiled definitions, which the test above holds against the plain ones."""
    from sichen.stability.total import extended, theo
    from sichen.stability.total.kernels import extended_windows
    from sichen.stability.total.kernels import theo1 as theo1_loop

    x = record(kind, 2000)
    for m in (10, 16, 34, 100, 258, 500, 664):
        if name == "theo1":
            fast, slow = theo._by_blocks(x, m), theo1_loop(x, m)
        else:
            z = x if name == "mtotdev" else np.diff(x)
            fast, slow = extended._by_blocks(z, m), extended_windows(z, m, 0, z.size - 3 * m + 1)
        assert fast == pytest.approx(slow, rel=1e-11), m


@pytest.mark.parametrize("name", ["adev", "oadev", "hdev", "ohdev", "totdev", "tierms", "mtie"])
def test_a_term_that_touches_a_gap_does_not_count(name: str) -> None:
    x = record("walk", 120)
    x[[5, 40, 41, 42, 90]] = np.nan
    found = deviations(PhaseSeries.from_phase(x, tau0=1.0), name, taus=[1.0, 3.0, 8.0], bias="raw", alpha=0)

    wanted = [ORACLES[name](x, m) for m in (1, 3, 8)]

    np.testing.assert_allclose(found.deviation**2, wanted, rtol=1e-12)


@pytest.mark.parametrize("name", ["mdev", "pdev", "mtotdev", "htotdev"])
def test_a_window_with_a_gap_does_not_count(name: str) -> None:
    """Windows of these need every sample: they are those of the runs between the gaps, weighted by their number."""
    x = record("walk", 150)
    x[[60, 61, 110]] = np.nan
    found = deviations(PhaseSeries.from_phase(x, tau0=1.0), name, taus=[2.0, 5.0], bias="raw", alpha=0)

    for m, ours, n in zip((2, 5), found.deviation, found.n, strict=True):
        squares = []
        for run in (x[:60], x[62:110], x[111:]):
            alone = deviations(PhaseSeries.from_phase(run, tau0=1.0), name, taus=[float(m)], bias="raw", alpha=0)
            squares.append((alone.deviation[0] ** 2, alone.n[0]))
        assert n == sum(count for _, count in squares)
        assert ours**2 == pytest.approx(sum(square * count for square, count in squares) / n, rel=1e-12)


def test_theo1_over_gaps_stays_near_the_full_record() -> None:
    x = record("walk", 2001)
    holed = x.copy()
    holed[np.random.default_rng(3).choice(2001, 100, replace=False)] = np.nan
    full = deviations(PhaseSeries.from_phase(x, tau0=1.0), "theo1", taus=[30.0, 300.0], bias="raw", alpha=0)
    part = deviations(PhaseSeries.from_phase(holed, tau0=1.0), "theo1", taus=[30.0, 300.0], bias="raw", alpha=0)

    np.testing.assert_allclose(part.deviation, full.deviation, rtol=0.03)


def test_gaps_at_the_ends_change_nothing_but_the_count_of_samples() -> None:
    x = record("walk", 200)
    padded = np.concatenate([[np.nan] * 3, x, [np.nan] * 5])
    for name in ORACLES:
        whole = deviations(PhaseSeries.from_phase(x, tau0=1.0), name, alpha=0)
        ends = deviations(PhaseSeries.from_phase(padded, tau0=1.0), name, alpha=0)
        np.testing.assert_array_equal(ends.deviation, whole.deviation)
        np.testing.assert_array_equal(ends.edf, whole.edf)


def test_the_path_for_gaps_gives_the_bits_of_the_path_without() -> None:
    """Complete data through the kernel for gaps: nothing but the order of the sum may differ."""
    from sichen.stability import kernels

    x = record("run", 5000)
    for m in (1, 7, 300):
        assert kernels.differences_with_gaps(x, m, 2, 1)[0] == pytest.approx(kernels.second_differences(x, m)[0], rel=1e-14)
        assert kernels.differences_with_gaps(x, m, 3, 1)[0] == pytest.approx(kernels.third_differences(x, m)[0], rel=1e-14)


def test_mtie_by_doubling_equals_mtie_by_queue_at_every_window() -> None:
    x = record("walk", 777)
    found = deviations(PhaseSeries.from_phase(x, tau0=1.0), "mtie", taus="all")

    assert found.deviation.tolist() == [swing_by_deque(x, m) for m in range(1, 777)]


def test_a_twentieth_lost_at_random_leaves_the_expectation() -> None:
    """20 % random loss: over 40 records the mean variance stays within 1 % and the scatter that 40 records leave."""
    from sichen.stability import simulate_noise

    rng = np.random.default_rng(8)
    ratios = []
    for seed in range(40):
        record_ = simulate_noise(4000, alpha=0, seed=seed)
        x = record_.phase.copy()
        x[rng.random(4000) < 0.2] = np.nan
        found = deviations(PhaseSeries.from_phase(x, tau0=1.0), "oadev", taus=[1.0, 8.0], alpha=0)
        ratios.append(found.deviation**2 / np.array([record_.truth("oadev", m) ** 2 for m in (1, 8)]))
    spread = np.std(ratios, axis=0) / np.sqrt(40)
    assert (np.abs(np.mean(ratios, axis=0) - 1.0) < 0.01 + 2.0 * spread).all()
