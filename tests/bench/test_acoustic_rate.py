# SPDX-License-Identifier: Apache-2.0
"""Rates of watches that are heard, against their exact truth and the bound that noise sets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sichen.bench import ClockReference, Listener, Reading, Recording, Scene, WatchSound, measure, synthesise


def read(
    watch: WatchSound | None, *, duration: float = 12.0, sample_rate: float = 48_000.0, seed: int = 1, **scene: object
) -> Reading:
    sound, _ = synthesise(watch, duration=duration, sample_rate=sample_rate, scene=Scene(**scene), seed=seed)  # type: ignore[arg-type]
    return measure(sound).reading


@pytest.mark.slow
@pytest.mark.parametrize(
    ("snr_db", "bound"),
    [(20.0, 0.006), (0.0, 0.014), (-4.0, 0.020), (-10.0, 0.038)],
)
def test_thirty_two_seconds_of_noise_leave_the_rate_near_the_bound(snr_db: float, bound: float) -> None:
    """28 800 bph, 255°, random phases. The bounds are those of the squared signal; three of them are nearly certain."""
    for seed in (100, 101):
        reading = read(WatchSound(28_800, rate=7.3, beat_error=0.6, amplitude=255.0), duration=32.0, snr_db=snr_db, seed=seed)

        assert reading.rate.value == pytest.approx(7.3, abs=3 * bound)
        assert reading.rate.u is not None
        assert reading.rate.u < 3 * bound


@pytest.mark.slow
def test_a_watch_far_below_the_noise_is_still_heard() -> None:
    """-12 dB, 32 s: folding 254 beats lifts the tick out of the noise; the bound is 0.05 s/d."""
    reading = read(WatchSound(28_800, rate=-11.0), duration=32.0, snr_db=-12.0, seed=5)

    assert reading.rate.value == pytest.approx(-11.0, abs=0.2)
    assert reading.false_alarm_probability < 1e-5


@pytest.mark.parametrize("beats_per_hour", [3_600, 5_400, 7_200, 10_800, 17_280, 19_800, 25_200, 36_000, 43_200, 72_000])
def test_any_beat_rate_is_found_without_being_told(beats_per_hour: int) -> None:
    reading = read(WatchSound(beats_per_hour, rate=40.0, beat_error=0.4), snr_db=15.0)

    assert reading.beats_per_hour == beats_per_hour
    assert reading.nominal == "listed"
    # Slow beats are few in twelve seconds: their own uncertainty is the limit there.
    assert reading.rate.u is not None
    assert reading.rate.value == pytest.approx(40.0, abs=max(0.3, 4 * reading.rate.u))


def test_a_beat_rate_that_nobody_makes_is_measured_and_not_forced() -> None:
    reading = read(WatchSound(9_160.0), snr_db=15.0)

    assert reading.beat_interval.value == pytest.approx(3600 / 9_160.0, rel=1e-5)
    assert reading.nominal == "measured"
    assert not reading.rate.ok


def test_a_given_nominal_is_believed() -> None:
    sound, _ = synthesise(WatchSound(23_417.0), duration=10.0, scene=Scene(snr_db=15.0))

    reading = measure(sound, beats_per_hour=23_417.0).reading

    assert reading.nominal == "given"
    assert reading.rate.value == pytest.approx(0.0, abs=0.2)


@pytest.mark.parametrize("sample_rate", [8_000.0, 22_050.0, 44_100.0, 96_000.0, 192_000.0])
def test_the_sample_rate_does_not_matter_much(sample_rate: float) -> None:
    reading = read(WatchSound(21_600, rate=-8.0), sample_rate=sample_rate, snr_db=20.0)

    assert reading.rate.value == pytest.approx(-8.0, abs=0.3)


def test_an_uneven_watch_sets_its_own_limit_and_the_uncertainty_says_so() -> None:
    """80 µs of jitter over 20 s: 86400 σ √12 / (P N^1.5) = 0.096 s/d, ten times what noise would leave."""
    reading = read(WatchSound(28_800, rate=3.0, jitter=80e-6), duration=20.0, snr_db=20.0)

    assert reading.rate.u == pytest.approx(0.096, rel=0.5)
    assert reading.rate.value == pytest.approx(3.0, abs=0.4)
    assert reading.instability.ok


def test_stated_uncertainties_cover_the_errors() -> None:
    """Twenty watches of 8 s: the errors over their uncertainties scatter like a standard normal."""
    scores, misfits = [], []
    for seed in range(20):
        watch = WatchSound(28_800, rate=5.0, beat_error=0.3, jitter=30e-6)
        sound, truth = synthesise(watch, duration=8.0, scene=Scene(snr_db=10.0), seed=seed)
        reading = measure(sound).reading
        assert reading.rate.value is not None
        assert reading.rate.u is not None
        assert reading.beat_error.value is not None
        assert reading.beat_error.u is not None
        scores.append((reading.rate.value - 5.0) / reading.rate.u)
        misfits.append((reading.beat_error.value - truth.beat_error_drop) / reading.beat_error.u)

    # The mean square of twenty has a standard deviation of 0.32.
    assert 0.3 < np.mean(np.square(scores)) < 2.0
    assert 0.3 < np.mean(np.square(misfits)) < 2.0


def test_first_reading_comes_within_a_second_and_a_half() -> None:
    sound, _ = synthesise(WatchSound(28_800, rate=5.0), duration=1.4, scene=Scene(snr_db=15.0))

    reading = measure(sound).reading

    assert reading.beats_per_hour == 28_800
    assert reading.rate.u is not None
    assert reading.rate.value == pytest.approx(5.0, abs=4 * reading.rate.u)


@settings(max_examples=6)
@given(chunk=st.integers(min_value=100, max_value=200_000))
def test_how_the_sound_is_cut_changes_nothing(chunk: int) -> None:
    sound, _ = synthesise(WatchSound(28_800, rate=5.0), duration=6.0, scene=Scene(snr_db=15.0))
    whole = measure(Recording(sound.samples, sound.sample_rate)).reading

    assert measure(Recording(sound.samples, sound.sample_rate, chunk=chunk)).reading == whole


@settings(max_examples=4)
@given(gain=st.sampled_from([1.0, -1.0, 0.03, 1e-3]), level=st.sampled_from([0.0, 0.05]))
def test_gain_polarity_and_offset_change_nothing(gain: float, level: float) -> None:
    sound, _ = synthesise(WatchSound(28_800, rate=5.0), duration=6.0, scene=Scene(snr_db=15.0, level=0.3))
    plain = measure(sound).reading

    changed = measure(Recording((gain * sound.samples + level).astype(np.float32), sound.sample_rate)).reading

    # Rounding to float32 beside an offset is noise too: some cell of a packet may change from nought to something.
    assert plain.rate.u is not None
    assert changed.rate.value == pytest.approx(plain.rate.value, abs=0.2 * plain.rate.u)
    assert changed.amplitude.value == pytest.approx(plain.amplitude.value, abs=0.05)


def test_the_channel_with_the_watch_is_found_among_eight() -> None:
    sound, _ = synthesise(WatchSound(28_800, rate=5.0), duration=5.0, scene=Scene(snr_db=15.0))
    noise = np.random.default_rng(3).normal(0, 0.01, (sound.frames, 8)).astype(np.float32)
    noise[:, 5] = sound.samples[:, 0]

    assert measure(Recording(noise, sound.sample_rate)).reading.rate.value == pytest.approx(5.0, abs=0.1)


def test_a_listener_tells_beats_as_they_come_and_agrees_with_the_file() -> None:
    sound, truth = synthesise(WatchSound(28_800, rate=5.0), duration=10.0, scene=Scene(snr_db=20.0))
    listener = Listener(sound.sample_rate)
    heard = []
    for number, chunk in enumerate(sound.chunks()):
        listener.feed(chunk)
        if number % 4 == 3:
            heard.append(listener.new_beats().drop)

    drops = np.concatenate(heard)
    assert (np.diff(drops) > 0.1).all()
    nearest = np.abs(drops[:, None] - truth.beats.drop[None, :]).min(axis=1)
    # A few microseconds of noise, and up to some tens that the filters hold back.
    assert np.quantile(nearest, 0.9) < 120e-6
    assert listener.reading().rate.value == pytest.approx(measure(sound).reading.rate.value, abs=0.02)
    assert listener.scope() is not None


def test_a_known_clock_corrects_the_rate_and_an_unknown_one_is_in_the_uncertainty() -> None:
    sound, _ = synthesise(WatchSound(28_800, rate=5.0), duration=10.0, scene=Scene(snr_db=20.0, clock_ppm=31.0))

    plain = measure(sound).reading
    known = measure(sound, reference=ClockReference("typed", ppm=31.0, u_ppm=0.1)).reading

    # A clock that runs 31 ppm fast makes the watch seem 2.68 s/d slow; ±50 ppm, rectangular, is 2.49 s/d.
    assert plain.rate.value == pytest.approx(5.0 - 31 * 0.0864, abs=0.1)
    assert plain.rate_u_total == pytest.approx(50 / 3**0.5 * 0.0864, rel=0.01)
    assert known.rate.value == pytest.approx(5.0, abs=0.1)
