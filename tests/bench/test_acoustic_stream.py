# SPDX-License-Identifier: Apache-2.0
"""Sound that goes on: breaks in it, sessions of somebody who waits, and what is kept of long ones."""

import numpy as np
import pytest

from sichen.bench import Listener, Recording, Scene, WatchSound, measure, synthesise
from sichen.bench.acoustic.detection import fast_size, log10_gamma_tail
from sichen.bench.acoustic.frontend import COARSE, FrontEnd

RATE = 16_000.0


def sound_of(watch: WatchSound, *, duration: float, seed: int = 1) -> Recording:
    return synthesise(watch, duration=duration, sample_rate=RATE, scene=Scene(snr_db=18.0), seed=seed)[0]


def joined(*parts: Recording) -> Recording:
    return Recording(np.concatenate([part.samples for part in parts]), RATE)


def test_bins_do_not_depend_on_how_the_sound_is_cut() -> None:
    samples = np.random.default_rng(1).normal(0.0, 0.1, 20_001).astype(np.float32)
    whole, cut = (FrontEnd(48_000.0, fine=10.0, coarse=10.0) for _ in range(2))
    whole.feed(samples)
    for part in np.split(samples, [1, 2, 777, 778, 9_001]):
        cut.feed(part)

    assert (whole.fine.view(0, whole.fine.end) == cut.fine.view(0, cut.fine.end)).all()
    assert (whole.coarse.view(0, whole.coarse.end) == cut.coarse.view(0, cut.coarse.end)).all()
    fine = whole.fine.view(0, whole.coarse.end * COARSE)
    assert whole.coarse.view(0, whole.coarse.end) == pytest.approx(fine.reshape(len(fine), -1, COARSE).sum(axis=2), rel=1e-5)


def test_bands_pass_what_is_in_the_middle_of_them_and_nothing_far_away() -> None:
    time = np.arange(48_000) / 48_000.0
    front = FrontEnd(48_000.0, fine=10.0, coarse=10.0)
    front.feed(np.sin(2 * np.pi * np.sqrt(1_500.0 * 4_000.0) * time).astype(np.float32))
    energy = front.fine.view(4_000, 12_000).mean(axis=1) / front.bank.factor

    # a sine of amplitude 1 has power one half; more than an octave beyond its edge a band is 11 dB down
    assert energy[1] == pytest.approx(0.5, rel=0.02)
    assert energy[[0, 3]].max() < 0.04


def test_old_bins_are_forgotten_and_new_ones_stay() -> None:
    front = FrontEnd(8_000.0, fine=2.0, coarse=2.0)
    for _ in range(40):
        front.feed(np.full(8_000, 0.1, np.float32))

    assert front.fine.end == 40 * 8_000
    assert front.fine.end - front.fine.base <= 4 * 2.0 * 8_000
    assert front.fine.view(front.fine.end - 16_000, front.fine.end).shape[1] == 16_000


def test_the_tail_of_sums_of_exponentials_is_that_of_the_poisson_law() -> None:
    # four of mean 1 exceed 2 when fewer than four events fall into 2: 19/3 e^-2
    assert log10_gamma_tail(2.0, 4) == pytest.approx(np.log10(19 / 3 * np.exp(-2)), rel=1e-12)
    assert fast_size(1_000) == 1_000
    assert fast_size(1_001) == 1_024


def test_beats_before_and_after_a_splice_are_all_timed() -> None:
    """47.34 s and 40 s: the recording jumps by 0.74 of a beat in the middle of a block."""
    watch = WatchSound(28_800, rate=5.0, beat_error=0.6)
    found = measure(joined(sound_of(watch, duration=47.34), sound_of(watch, duration=40.0, seed=2)))

    assert found.reading.rate.value == pytest.approx(5.0, abs=0.05)
    assert found.reading.beats >= 690
    assert (np.diff(found.beats.number) > 0).all()


@pytest.mark.slow
def test_a_watch_that_stops_and_starts_again_is_timed_on_both_sides_of_the_silence() -> None:
    """40 s, a minute of silence, 50 s: about 318 and 398 beats; none is made up in between."""
    stopped = sound_of(WatchSound(28_800, rate=5.0, stops_at=40.0), duration=100.04)
    found = measure(joined(stopped, sound_of(WatchSound(28_800, rate=5.0), duration=50.0, seed=2)))
    drops = found.beats.drop

    assert found.reading.rate.value == pytest.approx(5.0, abs=0.05)
    assert 690 <= found.reading.beats <= 722
    assert np.count_nonzero((drops > 41.0) & (drops < 99.0)) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("limp", [-300.0, 300.0])
def test_a_clock_of_a_second_may_limp_by_three_tenths(limp: float) -> None:
    reading = measure(sound_of(WatchSound(3_600, rate=5.0, beat_error=limp), duration=40.0)).reading

    assert reading.beats_per_hour == 3_600
    assert reading.rate.value == pytest.approx(5.0, abs=0.3)


@pytest.mark.parametrize("beats_per_hour", [17_777.0, 66_666.0])
@pytest.mark.parametrize("rate", [-600.0, 600.0])
def test_beats_that_nobody_lists_are_timed_far_off_their_rate(beats_per_hour: float, rate: float) -> None:
    reading = measure(sound_of(WatchSound(beats_per_hour, rate=rate), duration=8.0)).reading

    assert reading.beat_interval.value == pytest.approx(3600 / beats_per_hour / (1 + rate / 86_400), rel=4e-6)


@pytest.mark.slow
def test_two_watches_are_told_and_not_mixed() -> None:
    other = WatchSound(21_600, rate=-40.0, first_beat=0.05)
    scene = Scene(snr_db=15.0, second_watch=other)
    sound, _ = synthesise(WatchSound(28_800, rate=5.0), duration=34.0, sample_rate=RATE, scene=scene)

    reading = measure(sound).reading

    assert any(entry.key.endswith("two_watches") for entry in reading.advice)
    assert reading.beats_per_hour in {28_800, 21_600}
    assert reading.rate.value == pytest.approx(5.0 if reading.beats_per_hour == 28_800 else -40.0, abs=0.3)


@pytest.mark.slow
def test_a_session_tells_every_beat_once_and_keeps_only_its_window() -> None:
    """50 s, each second asked; the window shortened to 20 s; a splice of half a beat after 30 s."""
    watch = WatchSound(28_800, rate=5.0, beat_error=0.6)
    sound = joined(sound_of(watch, duration=30.06), sound_of(watch, duration=20.0, seed=2))
    listener = Listener(RATE)
    listener._engine.window = 20.0
    told = []
    for start in range(0, sound.frames, int(RATE)):
        listener.feed(sound.samples[start : start + int(RATE)])
        told.append(listener.new_beats())
    numbers = np.concatenate([beats.number for beats in told])
    drops = np.concatenate([beats.drop for beats in told])

    assert (np.diff(numbers) > 0).all()
    assert (np.diff(drops) > 0.03).all()
    assert numbers.size > 380
    assert numbers[-1] - numbers[0] == pytest.approx((drops[-1] - drops[0]) / 0.125, abs=2)
    assert listener.reading().beats < 260
    assert listener.reading().rate.value == pytest.approx(5.0, abs=0.1)


def test_a_session_and_the_file_of_it_agree() -> None:
    sound = sound_of(WatchSound(28_800, rate=5.0, beat_error=0.6), duration=45.0)
    listener = Listener(RATE)
    listener.feed(sound.samples)
    live, file = listener.reading(), measure(sound).reading

    assert live.rate.u is not None
    assert live.rate.value == pytest.approx(file.rate.value, abs=2 * live.rate.u)
