# SPDX-License-Identifier: Apache-2.0
"""Watches too fast for single beats: a tuning fork of 360 Hz and a stopwatch of 360 000 beats an hour."""

import numpy as np
import pytest

from sichen.bench import Reading, Recording, Scene, WatchSound, measure, synthesise


def tone(
    frequency: float, *, duration: float = 12.0, rate: float = 48_000.0, harmonics: tuple[float, ...] = (1.0,)
) -> Recording:
    """Return harmonics of one frequency in some noise."""
    time = np.arange(int(duration * rate)) / rate
    wave = sum(height * np.sin(2 * np.pi * frequency * order * time) for order, height in enumerate(harmonics, start=1))
    noise = np.random.default_rng(1).normal(0, 0.1, time.size)
    return Recording((0.1 * (wave + noise)).astype(np.float32)[:, None], rate)


def read(beats_per_hour: float, rate: float, *, snr_db: float, seed: int = 0, given: bool = True) -> Reading:
    sound, _ = synthesise(WatchSound(beats_per_hour, rate=rate), duration=20.0, scene=Scene(snr_db=snr_db), seed=seed)
    return measure(sound, beats_per_hour=beats_per_hour if given else None).reading


@pytest.mark.parametrize(("rate", "given"), [(-400.0, True), (3.0, True), (500.0, True), (0.0, False), (-30.0, False)])
def test_a_tuning_fork_gives_its_rate_and_says_why_nothing_else(rate: float, given: bool) -> None:
    reading = read(1_296_000, rate, snr_db=10.0, given=given)

    assert reading.beats_per_hour == 1_296_000
    assert reading.rate.u is not None
    assert reading.rate.value == pytest.approx(rate, abs=max(4 * reading.rate.u, 0.01))
    assert reading.amplitude.reason is not None
    assert reading.amplitude.reason.key == "bench.hum.no_escapement"


def test_a_hum_that_nobody_announced_is_no_proven_watch() -> None:
    """A steady tone at 360 Hz may be a machine: no length of recording tells."""
    reading = measure(tone(360.0, duration=40.0)).reading

    assert 1e-3 < reading.false_alarm_probability <= 1e-2
    assert any(entry.key == "bench.hum.unproven" for entry in reading.advice)


def test_a_hum_beside_a_fork_is_no_watch_unless_it_is_asked_for() -> None:
    assert read(1_296_000, 400.0, snr_db=10.0, given=False).status == "refused"


def test_a_stopwatch_of_a_hundred_beats_a_second_gives_its_rate() -> None:
    reading = read(360_000, 20.0, snr_db=10.0)

    assert reading.rate.u is not None
    assert reading.rate.value == pytest.approx(20.0, abs=4 * reading.rate.u)
    assert reading.beat_error.reason is not None


def test_the_uncertainty_of_a_fork_in_noise_is_honest() -> None:
    misfits = []
    for seed in range(16):
        reading = read(1_296_000, 12.0, snr_db=-15.0, seed=seed)
        assert reading.rate.value is not None
        assert reading.rate.u is not None
        misfits.append((reading.rate.value - 12.0) / reading.rate.u)

    assert 0.5 < float(np.sqrt(np.mean(np.square(misfits)))) < 1.6


@pytest.mark.parametrize("mains", [50.0, 60.0])
def test_the_hum_of_the_mains_is_no_watch(mains: float) -> None:
    """360 Hz is the sixth harmonic of 60 Hz; its neighbours betray it."""
    sound = tone(mains, harmonics=(1.0, 0.4, 0.6, 0.3, 0.5, 0.5, 0.4, 0.2))

    assert measure(sound).reading.status == "refused"


@pytest.mark.parametrize("frequency", [350.0, 370.0, 440.0])
def test_another_tone_is_no_watch(frequency: float) -> None:
    assert measure(tone(frequency)).reading.status == "refused"
