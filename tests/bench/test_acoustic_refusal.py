# SPDX-License-Identifier: Apache-2.0
"""No watch, no reading: silence, noise, knocks, voices, hum, damaged sound; and disturbances that must not matter."""

import numpy as np
import pytest

from sichen.bench import Reading, Recording, Scene, WatchSound, measure, synthesise
from sichen.bench.disturbances import NoiseKind
from sichen.core import Message

RATE = 48_000.0


def of(samples: np.ndarray) -> Reading:
    return measure(
        Recording(
            np.asarray(samples, np.float32).reshape(len(samples), samples.size // len(samples) if len(samples) else 1), RATE
        )
    ).reading


def reason(reading: Reading) -> str:
    assert isinstance(reading.reason, Message)
    return reading.reason.key.rpartition(".")[2]


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        (np.zeros((0, 1)), "too_short"),
        (np.zeros((1, 1)), "too_short"),
        (np.zeros((100_000, 1)), "silence"),
        (np.full((100_000, 2), 0.4), "silence"),
        (np.full((100_000, 1), np.nan), "broken_samples"),
    ],
)
def test_what_is_no_sound_is_refused_with_its_reason(samples: np.ndarray, why: str) -> None:
    assert reason(of(samples)) == why


@pytest.mark.parametrize("noise", ["white", "pink", "brown", "room", "hum"])
@pytest.mark.parametrize("seed", [1, 2])
def test_noise_is_not_a_watch(noise: NoiseKind, seed: int) -> None:
    sound, _ = synthesise(None, duration=8.0, scene=Scene(snr_db=0.0, noise=noise), seed=seed)

    assert measure(sound).reading.status == "refused"


@pytest.mark.parametrize("scene", [Scene(knocks_per_second=1.5), Scene(knocks_per_second=6.0), Scene(speech_per_second=0.7)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_knocks_and_voices_are_not_a_watch(scene: Scene, seed: int) -> None:
    sound, _ = synthesise(None, duration=10.0, scene=scene, seed=seed)

    assert measure(sound).reading.status == "refused"


def test_a_buzz_is_not_a_watch() -> None:
    time = np.arange(5 * int(RATE)) / RATE
    buzz = np.sign(np.sin(2 * np.pi * 50 * time)) * 0.1 + np.random.default_rng(1).normal(0, 1e-3, time.size)

    assert of(buzz).status == "refused"


def test_two_ticks_are_no_watch() -> None:
    samples = np.random.default_rng(1).normal(0, 1e-4, 3 * int(RATE))
    samples[40_000:40_100] += 0.5
    samples[90_000:90_100] += 0.5

    assert of(samples).status == "refused"


def test_knocks_beside_a_watch_change_neither_rate_nor_amplitude() -> None:
    """1.5 knocks a second at four times the tick."""
    watch = WatchSound(28_800, rate=5.0, amplitude=270.0)
    sound, _ = synthesise(watch, duration=24.0, scene=Scene(snr_db=20.0, knocks_per_second=1.5), seed=2)

    reading = measure(sound).reading

    assert reading.rate.value == pytest.approx(5.0, abs=0.05)
    assert reading.amplitude.value == pytest.approx(270.0, abs=1.0)
    assert any(entry.key.endswith("knocks") for entry in reading.advice)


def test_a_second_watch_is_noticed() -> None:
    other = WatchSound(28_800, rate=-40.0, first_beat=0.05)
    sound, _ = synthesise(WatchSound(28_800, rate=5.0), duration=33.0, scene=Scene(snr_db=15.0, second_watch=other), seed=2)

    reading = measure(sound).reading

    assert reading.rate.value == pytest.approx(5.0, abs=0.1)
    assert any(entry.key.endswith("two_watches") for entry in reading.advice)


def test_a_watch_that_stops_is_timed_until_then_and_the_rest_is_not_averaged() -> None:
    sound, _ = synthesise(WatchSound(28_800, rate=5.0, stops_at=40.0), duration=70.0, scene=Scene(snr_db=15.0))

    reading = measure(sound).reading

    assert reading.rate.value == pytest.approx(5.0, abs=0.1)
    assert reading.beats < 340


def test_reverberation_clipping_and_eight_bits_leave_the_rate_alone() -> None:
    scene = Scene(snr_db=15.0, reverberation=0.4, clip_at=0.3, bits=8)
    sound, _ = synthesise(WatchSound(21_600, rate=-12.0), duration=12.0, sample_rate=22_050.0, scene=scene)

    assert measure(sound).reading.rate.value == pytest.approx(-12.0, abs=0.3)
