# SPDX-License-Identifier: Apache-2.0
"""The bound on timing follows noise, jitter and time as physics says."""

import numpy as np
import pytest

from sichen.bench import WatchSound, beat_timing_bound, rate_bound


def test_more_noise_never_helps() -> None:
    bounds = [beat_timing_bound(WatchSound(), snr_db=snr) for snr in range(30, -21, -5)]

    assert bounds == sorted(bounds)


def test_deep_in_noise_a_factor_of_the_noise_is_a_factor_of_the_error() -> None:
    """There the information goes as the square of the power ratio: 10 dB are a factor of ten."""
    ratio = beat_timing_bound(WatchSound(), snr_db=-50.0) / beat_timing_bound(WatchSound(), snr_db=-40.0)

    assert ratio == pytest.approx(10.0, rel=0.02)


def test_rate_improves_with_the_power_three_halves_of_time() -> None:
    one, four = (rate_bound(WatchSound(), duration=time, snr_db=0.0) for time in (30.0, 120.0))

    assert one / four == pytest.approx(8.0, rel=1e-3)


def test_an_unsteady_watch_is_limited_by_itself() -> None:
    """28 800 beats, 70 µs: the line through 30 s of beats is good to 0.045 s/d whatever the microphone."""
    assert rate_bound(WatchSound(jitter=70e-6), duration=30.0, snr_db=30.0) == pytest.approx(0.045, rel=0.02)


def test_a_phone_that_hears_nothing_above_8_khz_times_less_well() -> None:
    wide, narrow = (beat_timing_bound(WatchSound(), snr_db=0.0, sample_rate=rate) for rate in (48_000, 16_000))

    assert narrow > wide


def test_a_matched_estimator_of_gaussian_beats_comes_close_to_the_bound() -> None:
    """Noise whose variance rises like a beat, located by its likelihood at 0 dB; 400 trials know the spread to 4 %.

    The profile is a Gaussian bump, so that the information has a closed form to compare with: deep in noise it is
    the integral of (s')² / v².
    """
    generator = np.random.default_rng(1)
    width, step, height = 200e-6, 1.0 / 34_000.0, 0.5
    time = np.arange(-2e-3, 2e-3, step)

    def variance(shift: float) -> np.ndarray:
        return 1.0 + height * np.exp(-0.5 * ((time - shift) / width) ** 2)

    slope = np.gradient(np.log(variance(0.0)), step)
    bound = (0.5 * np.sum(slope**2)) ** -0.5
    beats = 400
    shifts = np.linspace(-6e-4, 6e-4, 241)
    table = np.array([variance(shift) for shift in shifts])
    found = []
    for _ in range(400):
        power = np.mean(generator.standard_normal((beats, time.size)) ** 2, axis=0) * variance(0.0)
        found.append(shifts[np.argmin(np.sum(np.log(table) + power / table, axis=1))])

    assert np.std(found) == pytest.approx(bound / beats**0.5, rel=0.15)
