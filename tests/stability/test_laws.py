# SPDX-License-Identifier: Apache-2.0
"""Laws that hold for every record, whatever it is."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.stability import PhaseSeries, Segment, deviations, remove_drift, simulate_noise

SECOND = ("adev", "oadev", "mdev", "tdev", "totdev", "mtotdev", "theo1", "pdev")
THIRD = ("hdev", "ohdev", "htotdev")
ALL = (*SECOND, *THIRD, "tierms", "mtie")

records = st.builds(
    lambda n, alpha, seed: simulate_noise(n, alpha=alpha, seed=seed).phase,
    st.integers(33, 160),
    st.sampled_from([2, 1, 0, -1, -2]),
    st.integers(0, 2**32 - 1),
)


def of(x: np.ndarray, name: str, tau0: float = 1.0, **options: Any) -> np.ndarray:
    return deviations(PhaseSeries.from_phase(x, tau0=tau0), name, bias="raw", alpha=0, **options).deviation


@given(records, st.sampled_from(ALL), st.floats(-1e6, 1e6))
def test_setting_the_clock_changes_nothing(x: np.ndarray, name: str, offset: float) -> None:
    np.testing.assert_allclose(of(x + offset, name), of(x, name), rtol=1e-6, atol=1e-9)


@given(records, st.sampled_from(SECOND + THIRD), st.floats(-1e3, 1e3))
def test_a_constant_rate_changes_nothing_but_tie_and_mtie(x: np.ndarray, name: str, rate: float) -> None:
    np.testing.assert_allclose(of(x + rate * np.arange(x.size), name), of(x, name), rtol=1e-6, atol=1e-9)


@given(records, st.sampled_from(("hdev", "ohdev")), st.floats(-10.0, 10.0))
def test_a_steady_drift_changes_no_hadamard_deviation(x: np.ndarray, name: str, drift: float) -> None:
    bent = x + 0.5 * drift * np.arange(x.size) ** 2
    np.testing.assert_allclose(of(bent, name), of(x, name), rtol=1e-6, atol=1e-8)


def test_a_drift_alone_is_an_allan_deviation_that_grows_with_tau() -> None:
    """D·τ/√2, and nothing once it is removed."""
    t = np.arange(1001.0)
    series = PhaseSeries.from_phase(0.5 * 1e-6 * t**2, tau0=1.0)
    found = deviations(series, "oadev", alpha=0)

    np.testing.assert_allclose(found.deviation, 1e-6 * found.tau / np.sqrt(2.0), rtol=1e-9)
    assert np.ptp(remove_drift(series).series.phase) < 1e-12


@given(records, st.sampled_from(ALL), st.floats(1e-12, 1e6), st.booleans())
def test_a_scale_is_a_scale(x: np.ndarray, name: str, factor: float, negative: bool) -> None:
    scaled = x * (-factor if negative else factor)
    np.testing.assert_allclose(of(scaled, name), factor * of(x, name), rtol=1e-9)


@given(records, st.sampled_from(ALL))
def test_time_may_run_backwards_where_every_difference_is_used(x: np.ndarray, name: str) -> None:
    if name in {"adev", "hdev", "pdev", "htotdev"}:
        return  # these leave out samples at the end only
    np.testing.assert_allclose(of(x[::-1], name), of(x, name), rtol=1e-8)


@given(records)
def test_time_deviation_is_modified_deviation_times_tau_over_root_three(x: np.ndarray) -> None:
    found = deviations(PhaseSeries.from_phase(x, tau0=0.125), "mdev", alpha=0)
    times = deviations(PhaseSeries.from_phase(x, tau0=0.125), "tdev", alpha=0)

    np.testing.assert_allclose(times.deviation, found.tau * found.deviation / np.sqrt(3.0), rtol=1e-12)


@given(records)
def test_at_one_sample_modified_parabolic_and_total_are_the_allan_deviation(x: np.ndarray) -> None:
    allan = of(x, "oadev", taus=[1.0])
    for name in ("mdev", "pdev", "totdev", "adev"):
        np.testing.assert_allclose(of(x, name, taus=[1.0]), allan, rtol=1e-10)


@given(records)
def test_mtie_never_falls(x: np.ndarray) -> None:
    assert (np.diff(of(x, "mtie", taus="all")) >= 0).all()


@given(records)
def test_taking_every_other_sample_and_doubling_the_interval_leaves_the_plain_deviations(x: np.ndarray) -> None:
    half = x[: x.size // 2 * 2 - 1 : 2]
    for name in ("adev", "hdev"):
        np.testing.assert_allclose(
            of(half, name, tau0=2.0, taus=[4.0]), of(x[: 2 * half.size - 1], name, taus=[4.0]), rtol=1e-9
        )


@given(records, st.sampled_from(SECOND + THIRD), st.floats(1e-3, 1e6))
def test_another_interval_is_another_unit_of_rate(x: np.ndarray, name: str, tau0: float) -> None:
    power = 1.0 if name != "tdev" else 0.0
    np.testing.assert_allclose(of(x, name, tau0=tau0), of(x, name) / tau0**power, rtol=1e-9)


@given(records, records, st.sampled_from(("oadev", "mdev", "ohdev", "totdev", "mtotdev", "pdev")))
def test_two_segments_pool_as_their_squares_and_degrees_of_freedom_add(x: np.ndarray, y: np.ndarray, name: str) -> None:
    segments = (Segment(0, x.size, "CH"), Segment(x.size, x.size + y.size, "6H"))
    both = PhaseSeries.from_phase(np.concatenate([x, y]), tau0=1.0, segments=segments)
    pooled, one, other = (
        deviations(series, name, taus=[1.0, 4.0], alpha=0, bias="raw") for series in (both, both.only("CH"), both.only("6H"))
    )

    squares = one.n * one.deviation**2 + other.n * other.deviation**2
    np.testing.assert_allclose(pooled.deviation**2 * pooled.n, squares, rtol=1e-12)
    np.testing.assert_allclose(pooled.edf, one.edf + other.edf, rtol=1e-12)


@given(records, st.sampled_from(ALL))
def test_phase_and_its_frequency_say_the_same(x: np.ndarray, name: str) -> None:
    if name in {"mtie", "tierms"}:
        return
    y = PhaseSeries.from_frequency(np.diff(x) / 0.5, tau0=0.5)
    np.testing.assert_allclose(deviations(y, name, bias="raw", alpha=0).deviation, of(x, name, tau0=0.5), rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("name", ["oadev", "mdev", "ohdev", "totdev", "mtotdev", "htotdev", "theo1", "pdev"])
def test_a_huge_offset_and_rate_cost_only_the_digits_that_the_record_has_lost(name: str) -> None:
    """Phase of 10⁶ s with a rate of 10 s/d sampled for a day: white FM of 10⁻⁶ stays to 10⁻³."""
    noise = simulate_noise(1441, alpha=0, seed=2, tau0=60.0, deviation=1e-6).phase
    t = np.arange(1441) * 60.0
    clean = of(noise, name, tau0=60.0)
    heavy = of(noise + 1e6 + t * 10.0 / 86400.0, name, tau0=60.0)

    np.testing.assert_allclose(heavy, clean, rtol=1e-3)


def test_single_precision_input_is_taken_as_it_is() -> None:
    x = np.random.default_rng(4).standard_normal(500).astype(np.float32)

    np.testing.assert_array_equal(of(x, "oadev"), of(x.astype(np.float64), "oadev"))
    assert of(x, "oadev").dtype == np.float64
