# SPDX-License-Identifier: Apache-2.0
"""Rhythms that are no timekeepers, recordings that jump, recordings that are perfect."""

import numpy as np
import pytest

from sichen.bench import ClockReference, Reading, Recording, Scene, WatchSound, measure, synthesise
from sichen.bench.acoustic.evenness import Row
from sichen.bench.acoustic.jumps import split_at_jumps
from sichen.bench.acoustic.proof import ABOUT_A_BEAT, FROM_THE_LAST, log10_lower_tail, proof_of
from sichen.bench.nominal import RANGE, familiarity

RATE = 48_000.0
EXACT = ClockReference("typed", 0.0, 0.0)


def strokes(times: np.ndarray, *, duration: float, seed: int) -> Recording:
    """Short sounds of one body at given times, over faint noise."""
    generator = np.random.default_rng(seed)
    sound = generator.normal(0.0, 1e-3, int(duration * RATE))
    grid = np.arange(int(0.04 * RATE)) / RATE
    for time in times[(times > 0) & (times < duration - 0.05)]:
        body = np.sin(2 * np.pi * 2500.0 * grid + generator.uniform(0.0, 6.28)) + generator.normal(0.0, 0.3, grid.size)
        start = int(time * RATE)
        sound[start : start + grid.size] += 0.2 * generator.lognormal(0.0, 0.15) * body * np.exp(-grid / 0.005)
    return Recording(sound.astype(np.float32)[:, None], RATE)


def read(recording: Recording) -> Reading:
    return measure(recording, reference=EXACT).reading


def spliced(recording: Recording, *, at: float, gone: float) -> Recording:
    """Take some milliseconds out."""
    cut = int(at * recording.sample_rate)
    samples = recording.samples
    return Recording(
        np.concatenate([samples[:cut], samples[cut + int(1e-3 * gone * recording.sample_rate) :]]), recording.sample_rate
    )


@pytest.mark.parametrize("seed", range(4))
def test_steps_of_two_and_a_half_percent_are_no_clock(seed: int) -> None:
    """A stride repeats itself from the last: its scatter adds up, that of a balance does not."""
    gaps = 0.55 * (1 + np.random.default_rng(seed).normal(0.0, 0.025, 30))

    assert read(strokes(np.cumsum(gaps), duration=10.0, seed=seed)).status == "refused"


@pytest.mark.parametrize("seed", range(4))
def test_whoever_taps_along_with_music_is_no_clock(seed: int) -> None:
    """20 ms about a beat that is not heard."""
    times = np.arange(0.2, 10.0, 0.5) + np.random.default_rng(seed).normal(0.0, 0.02, 20)

    assert read(strokes(times, duration=10.0, seed=seed)).status == "refused"


def test_a_clock_as_uneven_as_a_clock_may_be_is_still_read() -> None:
    """3 ms about the half second, out of beat by 40 ms."""
    numbers = np.arange(19)
    times = 0.3 + 0.5 * numbers + 0.02 * (numbers % 2) + np.random.default_rng(1).normal(0.0, 0.0015, 19)

    reading = read(strokes(times, duration=10.0, seed=1))

    assert reading.beat_interval.value == pytest.approx(0.5, rel=2e-3)
    assert reading.false_alarm_probability < 1e-3


@pytest.mark.parametrize("kind", ["from the last", "about a beat"])
@pytest.mark.parametrize("count", [5, 9, 20])
def test_the_chance_of_a_rhythm_is_a_chance(kind: str, count: int) -> None:
    """Of the population it is stated for, at most the part p is given a chance below p."""
    generator = np.random.default_rng([count, len(kind)])
    cases = 400
    chances = []
    for _ in range(cases):
        if kind == "from the last":
            late = np.cumsum(generator.normal(0.0, generator.choice(FROM_THE_LAST), count))
        else:
            late = generator.normal(0.0, generator.choice(ABOUT_A_BEAT), count)
        chances.append(proof_of(Row(np.arange(count, dtype=np.float64), late, 1.0), interval=0.5).log10_chance)
    for p in (0.3, 0.1, 0.02):
        allowed = p + 3 * np.sqrt(p / cases)
        assert np.mean(10.0 ** np.array(chances) < p) <= allowed


def test_the_tail_of_a_sum_of_squares_is_that_of_simulation() -> None:
    weights = np.array([3.0, 1.0, 0.3, 0.1])
    sums = (np.random.default_rng(1).normal(0.0, 1.0, (200_000, 4)) ** 2) @ weights

    for value in (0.1, 0.5, 2.0):
        assert 10.0 ** log10_lower_tail(weights, np.array([value]))[0] == pytest.approx(np.mean(sums < value), rel=0.08)


def test_a_familiar_beat_is_weighed_so_that_a_chance_remains_a_chance() -> None:
    grid = np.exp(np.linspace(np.log(RANGE[0]), np.log(RANGE[1]), 200_001))

    assert np.mean([familiarity(value) for value in grid[::10]]) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("gone", [0.3, 3.0, 40.0])
def test_a_splice_within_the_first_search_shifts_no_rate(gone: float) -> None:
    """1.5 × 0.3 ms in 30 s would be 1.3 s/d."""
    sound, _ = synthesise(WatchSound(28_800, rate=5.0), duration=30.0, scene=Scene(snr_db=15.0), seed=3)

    reading = read(spliced(sound, at=12.0, gone=gone))

    assert reading.rate.value is not None
    assert reading.rate.u is not None
    assert abs(reading.rate.value - 5.0) < 4 * reading.rate.u < 0.3


@pytest.mark.slow
@pytest.mark.parametrize(("gone", "at"), [(10.0, 16.0), (10.0, 45.0), (30.0, 16.0), (62.5, 31.0)])
def test_what_lies_before_and_after_a_large_splice_is_timed_apart(gone: float, at: float) -> None:
    """A packet smeared over the splice would give 118° for 270°, and half a beat exchanges no tick for a tock."""
    sound, _ = synthesise(
        WatchSound(28_800, rate=5.0, amplitude=270.0, beat_error=0.6), duration=60.0, scene=Scene(snr_db=15.0), seed=3
    )

    reading = read(spliced(sound, at=at, gone=gone))

    assert reading.rate.value == pytest.approx(5.0, abs=0.01)
    assert reading.beats > 440
    assert abs(reading.beat_error.value or 0.0) == pytest.approx(0.6, abs=0.01)
    assert reading.amplitude.value is None or reading.amplitude.value == pytest.approx(270.0, abs=0.6)
    assert any(entry.key.endswith("jumps") for entry in reading.advice)


def test_a_watch_just_heard_by_single_beats_is_proven() -> None:
    """At -8 dB a beat rises by eleven standard deviations: too little to look for it far and wide by itself."""
    sound, truth = synthesise(WatchSound(28_800, rate=5.0), duration=30.0, scene=Scene(snr_db=-8.0), seed=5)

    reading = read(sound)

    assert reading.rate.value == pytest.approx(truth.rate, abs=0.15)
    assert reading.false_alarm_probability < 1e-9


def test_a_watch_far_out_of_beat_swings_slower_through_the_lift() -> None:
    """20 ms of beat error are 10 ms of a swing of 250: without the cosine of 14° the amplitude reads 8.5° low."""
    sound, _ = synthesise(
        WatchSound(28_800, rate=5.0, amplitude=270.0, beat_error=20.0), duration=20.0, scene=Scene(snr_db=20.0), seed=5
    )

    assert read(sound).amplitude.value == pytest.approx(270.0, abs=0.8)


def test_clipping_widens_the_uncertainty_of_the_amplitude() -> None:
    sound, truth = synthesise(WatchSound(28_800, rate=5.0, amplitude=250.0), duration=20.0, scene=Scene(snr_db=20.0), seed=2)
    clean = read(sound).amplitude
    clipped = read(Recording(np.clip(12.0 * sound.samples, -1.0, 1.0).astype(np.float32), sound.sample_rate)).amplitude

    assert clean.u is not None
    assert clipped.u is not None
    assert clipped.value is not None
    assert clipped.u > 1.5 * clean.u
    assert abs(clipped.value - float(np.mean(truth.amplitude))) < 3 * clipped.u


def test_beats_that_all_fall_on_the_bins_alike_leave_a_doubt_about_the_amplitude() -> None:
    """At 0 s/d on an exact clock the interval is a whole number of samples: what lies between them is never seen."""
    sound, _ = synthesise(WatchSound(28_800, amplitude=250.0), duration=20.0, scene=Scene(snr_db=20.0), seed=2)

    amplitude = read(sound).amplitude

    assert amplitude.value is not None
    assert amplitude.u is not None
    assert abs(amplitude.value - 250.0) < 2 * amplitude.u


def test_five_strikes_that_prove_little_say_so() -> None:
    reading = read(strokes(0.4 + np.arange(5) + np.array([0.0, 2e-3, -3e-3, 1e-3, 2e-3]), duration=5.2, seed=2))

    if reading.status == "ok":
        assert reading.false_alarm_probability <= 1e-2
        told = any(entry.key == "bench.acoustic.unproven" for entry in reading.advice)
        assert told == (reading.false_alarm_probability > 1e-3)


def test_a_small_splice_is_reported() -> None:
    sound, _ = synthesise(WatchSound(28_800, rate=5.0), duration=20.0, scene=Scene(snr_db=15.0), seed=3)

    assert any(entry.key.endswith("jumps") for entry in read(spliced(sound, at=9.0, gone=1.0)).advice)
    assert not any(entry.key.endswith("jumps") for entry in read(sound).advice)


def test_nothing_jumps_where_there_is_nothing() -> None:
    assert split_at_jumps([]) == ([], 0)


@pytest.mark.parametrize("ppm", [0.0, 20.0])
def test_a_recording_without_noise_is_read(ppm: float) -> None:
    """Digital silence between the ticks is quieter than any room: the rounding of the samples is the least noise."""
    sound, truth = synthesise(WatchSound(28_800, rate=5.0), duration=12.0, scene=Scene(snr_db=None, clock_ppm=ppm), seed=3)

    reading = read(sound)

    assert reading.rate.value == pytest.approx(truth.rate - 86_400e-6 * ppm, abs=0.15)


def test_perfect_impulses_are_not_better_known_than_the_samples_allow() -> None:
    samples = np.zeros((int(15 * RATE), 1), np.float32)
    samples[np.arange(2_400, samples.size, 6_000)] = 0.5

    reading = read(Recording(samples, RATE))

    beats = reading.beats
    floor = 86_400 * (1 / RATE / np.sqrt(12)) / 0.125 * np.sqrt(12 / (beats * (beats**2 - 1)))
    assert reading.rate.u is not None
    assert reading.rate.u >= 0.99 * floor
    assert abs(reading.rate.value or 0.0) < 3 * reading.rate.u
