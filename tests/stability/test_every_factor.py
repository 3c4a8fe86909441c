# SPDX-License-Identifier: Apache-2.0
"""Every averaging factor at once gives what the direct kernels give, and says how well."""

import numpy as np
import pytest

from sichen.stability import PhaseSeries, deviations, kernels, simulate_noise
from sichen.stability.every import EVERY, every_moments, sums_of_squares

DIRECT = {"oadev": kernels.second_differences, "ohdev": kernels.third_differences, "mdev": kernels.averaged_differences}
LARGEST = {"oadev": lambda n: (n - 1) // 2, "ohdev": lambda n: (n - 1) // 3, "mdev": lambda n: n // 3}


@pytest.mark.parametrize("name", DIRECT)
@pytest.mark.parametrize("alpha", [2, 1, 0, -1, -2])
@pytest.mark.parametrize("n", [390, 2049, 30_001])
def test_any_noise_to_a_part_in_a_thousand_million_within_the_stated_error(name: str, alpha: int, n: int) -> None:
    """The direct kernel's own rounding, n^½ units, is the floor of the comparison."""
    x = simulate_noise(n, alpha=alpha, seed=n + alpha).phase
    largest = LARGEST[name](n)
    sums, errors = sums_of_squares(x, largest, EVERY[name])
    moments = every_moments(x, np.arange(1, largest + 1), EVERY[name])

    for m in np.unique(np.geomspace(1, largest, 40).astype(int)):
        exact, terms = DIRECT[name](x, int(m))
        assert moments.terms[m - 1] == terms
        assert abs(sums[m] / exact - 1.0) <= 4.0 * errors[m] + 1e-12, m
        assert moments.total[m - 1] == pytest.approx(exact, rel=1e-9), m


@pytest.mark.parametrize("name", DIRECT)
def test_where_digits_cancel_the_direct_kernel_takes_over(name: str) -> None:
    """A drift ten orders above the noise: the record itself has lost digits, the method must lose no more.

    Ours and the direct kernel round differently, each by the last digit of the largest phase.
    """
    n = 20_000
    t = np.arange(n)
    x = np.random.default_rng(6).standard_normal(n) * 1e-6 + 0.5 * 1e-4 * t.astype(float) ** 2
    largest = LARGEST[name](n)
    found = every_moments(x, np.arange(1, largest + 1), EVERY[name]).total

    for m in (1, 64, 100, 1000, largest):
        exact, terms = DIRECT[name](x, m)
        rounding = 8.0 * np.finfo(float).eps * np.abs(x).max() * np.sqrt(terms * (m**2 if name == "mdev" else 1.0) / exact)
        assert found[m - 1] == pytest.approx(exact, rel=1e-9 + 4.0 * rounding), m


def test_all_factors_and_octaves_meet_and_share_their_intervals() -> None:
    series = PhaseSeries.from_phase(simulate_noise(5000, alpha=0, seed=9).phase, tau0=1.0)
    every = deviations(series, "oadev", taus="all")
    octaves = deviations(series, "oadev")
    at = octaves.factor - 1

    np.testing.assert_allclose(every.deviation[at], octaves.deviation, rtol=1e-9)
    np.testing.assert_allclose(every.edf[at], octaves.edf, rtol=0.25)  # an exponent near a half rounds either way
    assert (every.lower < every.deviation).all()
    assert (every.upper > every.deviation).all()


def test_every_factor_of_a_short_record() -> None:
    for n in range(3, 40):
        x = simulate_noise(n, alpha=0, seed=n).phase
        found = deviations(PhaseSeries.from_phase(x, tau0=1.0), "oadev", taus="all", alpha=0)
        assert found.factor.tolist() == list(range(1, (n - 1) // 2 + 1))
