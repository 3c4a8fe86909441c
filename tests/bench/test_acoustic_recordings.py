# SPDX-License-Identifier: Apache-2.0
"""Real recordings: a Seiko 7S26, forty room clocks, and clips that answer nothing."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sichen.bench import Reading, Recording, measure

TRUTH = Path(__file__).parents[1] / "data" / "esc10_truth.tsv"


def read(path: Path, *, noise: float = 0.0) -> Reading:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    if noise:
        samples = samples + np.random.default_rng(1).normal(0, noise, samples.shape).astype(np.float32)
    return measure(Recording(samples, float(rate))).reading


def test_the_seiko_is_read_as_others_read_it(shared: Path) -> None:
    """+4.8 s/d and 0.24 ms by two other estimators, 238° by tg at its own landmark, on the recorder's clock."""
    reading = read(shared / "watch-audio/seiko7s26/test2.wav")

    assert reading.beats_per_hour == 21_600
    assert reading.rate.value == pytest.approx(4.8, abs=0.3)
    assert reading.beat_error.value is not None
    assert abs(reading.beat_error.value) == pytest.approx(0.24, abs=0.1)
    assert reading.amplitude.value == pytest.approx(238.0, abs=5.0)


@pytest.mark.slow
def test_the_seiko_is_read_through_noise_that_drowns_it(shared: Path) -> None:
    """White noise of twice the drop's root power: packets at about -8 dB."""
    path = shared / "watch-audio/seiko7s26/test2.wav"
    samples, _ = soundfile.read(path, dtype="float32")
    quiet = float(np.sqrt(np.mean(np.square(samples))))

    reading = read(path, noise=2.0 * quiet)

    assert reading.snr_db is not None
    assert reading.rate.value == pytest.approx(4.8, abs=0.3)


@pytest.mark.slow
def test_most_room_clocks_give_the_right_beat_interval(shared: Path) -> None:
    right = 0
    for line in TRUTH.read_text(encoding="utf-8").splitlines():
        if line.startswith(("#", "clip")):
            continue
        clip, interval, u = line.split("\t")[:3]
        path = next((shared / "watch-audio/esc10").glob(f"{clip}-*.ogg"))
        value = read(path).beat_interval.value
        right += value is not None and abs(value / float(interval) - 1) <= max(0.002, 2 * float(u) / float(interval))

    assert right >= 34


@pytest.mark.parametrize("number", ["667590", "706878", "676969", "740545", "760749", "790019"])
def test_two_seconds_with_two_ticks_are_refused(shared: Path, number: str) -> None:
    path = next((shared / "watch-audio/clips").glob(f"{number}*"))

    assert read(path).status == "refused"


def test_a_stopwatch_of_36000_is_found_in_two_seconds(shared: Path) -> None:
    path = next((shared / "watch-audio/clips").glob("674233*"))

    assert read(path).beats_per_hour == 36_000
