# SPDX-License-Identifier: Apache-2.0
"""Amplitude and beat error: right to a third of a degree and five microseconds, or refused with a reason."""

import numpy as np
import pytest

from sichen.bench import (
    Reading,
    Scene,
    Truth,
    WatchSound,
    exact_amplitude,
    linear_amplitude,
    measure,
    synthesise,
    third_amplitude,
)


def read(watch: WatchSound, *, duration: float = 20.0, seed: int = 3, **scene: object) -> tuple[Reading, Truth]:
    sound, truth = synthesise(watch, duration=duration, scene=Scene(**scene), seed=seed)  # type: ignore[arg-type]
    return measure(sound, lift_angle=watch.lift_angle, lift_angle_source="truth").reading, truth


@pytest.mark.slow
@pytest.mark.parametrize("beats_per_hour", [18_000, 28_800, 36_000])
@pytest.mark.parametrize("amplitude", [80.0, 150.0, 270.0])
def test_amplitude_and_beat_error_are_right_at_every_swing(beats_per_hour: int, amplitude: float) -> None:
    """1° is 28.5 µs at 28 800 and 270°; onsets are known to about ten."""
    reading, truth = read(WatchSound(beats_per_hour, rate=3.7, amplitude=amplitude, beat_error=0.3), snr_db=20.0)

    assert reading.amplitude.u is not None
    assert reading.amplitude.value == pytest.approx(amplitude, abs=max(0.3, 3 * reading.amplitude.u))
    assert reading.amplitude.u < 0.6
    assert reading.beat_error.value == pytest.approx(truth.beat_error_drop, abs=0.006)
    assert reading.beat_error_unlock.value == pytest.approx(truth.beat_error_unlock, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("beats_per_hour", [18_000, 28_800, 36_000])
def test_beats_in_step_with_the_sample_clock_say_that_the_amplitude_is_less_sure(beats_per_hour: int) -> None:
    """Without a rate every beat lies alike on the samples, which then see less of the rise; no real watch does that."""
    reading, _ = read(WatchSound(beats_per_hour, amplitude=270.0, beat_error=0.3), snr_db=20.0)

    assert reading.amplitude.u is not None
    assert reading.amplitude.value == pytest.approx(270.0, abs=2 * reading.amplitude.u)
    assert reading.amplitude.u < 1.5


@pytest.mark.parametrize("beat_error", [-18.0, -4.0, 8.0, 18.0])
def test_a_large_beat_error_is_read_with_its_sign(beat_error: float) -> None:
    reading, truth = read(WatchSound(28_800, amplitude=250.0, beat_error=beat_error), duration=12.0, snr_db=15.0)

    assert reading.beat_error.value == pytest.approx(truth.beat_error_drop, abs=0.02)


@pytest.mark.parametrize("snr_db", [15.0, -4.0])
@pytest.mark.parametrize("first_beat", [0.03, 0.09, 0.16, 0.22])
def test_the_first_beat_in_the_recording_is_the_tick(first_beat: float, snr_db: float) -> None:
    """Wherever the recording begins; in noise no single beat is heard, yet the first is found from all of them."""
    reading, truth = read(WatchSound(28_800, amplitude=250.0, beat_error=0.8, first_beat=first_beat), snr_db=snr_db)

    assert reading.beat_error.value == pytest.approx(truth.beat_error_drop, abs=0.05)


@pytest.mark.parametrize("amplitude", [180.0, 260.0])
@pytest.mark.parametrize("levels", [(0.0, 0.35, 1.0), (0.25, 0.0, 1.0)])
def test_two_sounds_may_be_unlock_and_drop_or_impulse_and_drop(levels: tuple[float, float, float], amplitude: float) -> None:
    reading, _ = read(WatchSound(28_800, amplitude=amplitude, levels=(levels, levels)), duration=12.0, snr_db=25.0)

    assert reading.amplitude.value is None
    assert reading.amplitude.reason is not None
    assert reading.amplitude.reason.key in {"bench.acoustic.unlock_or_impulse", "bench.acoustic.no_unlock"}


def test_two_sounds_so_far_apart_that_no_balance_swings_less_are_unlock_and_drop() -> None:
    levels = (0.25, 0.0, 1.0)
    reading, _ = read(WatchSound(28_800, amplitude=85.0, levels=(levels, levels)), duration=12.0, snr_db=25.0)

    assert reading.amplitude.value == pytest.approx(85.0, abs=0.5)


def test_a_sample_rate_that_loses_the_drop_gives_no_amplitude() -> None:
    """At 22.05 kHz a drop near 12 kHz is heard only by the foot of its resonance, 0.3 ms late."""
    watch = WatchSound(28_800, amplitude=260.0, beat_error=0.4)
    sound, truth = synthesise(watch, duration=12.0, sample_rate=22_050.0, scene=Scene(snr_db=20.0), seed=3)

    reading = measure(sound).reading

    assert reading.amplitude.value is None
    assert reading.beat_error.value == pytest.approx(truth.beat_error_drop, abs=0.03)


@pytest.mark.parametrize("levels", [(0.25, 1.5, 1.0), (0.25, 2.0, 1.0)])
def test_an_impulse_louder_than_the_drop_does_not_take_its_place(levels: tuple[float, float, float]) -> None:
    reading, truth = read(WatchSound(28_800, amplitude=260.0, levels=(levels, levels)), duration=16.0, snr_db=20.0)

    assert reading.beat_error.value == pytest.approx(truth.beat_error_drop, abs=0.02)
    assert reading.amplitude.value is None or reading.amplitude.value == pytest.approx(260.0, abs=1.5)


@pytest.mark.parametrize("unlock", [0.15, 0.05, 0.02, 0.0])
@pytest.mark.parametrize("snr_db", [20.0, 5.0])
def test_a_weak_unlock_gives_the_right_amplitude_or_none(unlock: float, snr_db: float) -> None:
    """When the unlock drowns, the impulse would read as 430°: that must never be told."""
    levels = (unlock, 0.35, 1.0)
    reading, _ = read(WatchSound(28_800, amplitude=260.0, levels=(levels, levels)), duration=16.0, snr_db=snr_db)

    assert reading.status == "ok"
    if reading.amplitude.value is None:
        assert reading.amplitude.reason is not None
    else:
        assert reading.amplitude.value == pytest.approx(260.0, abs=3.0)


@pytest.mark.slow
def test_unlock_and_impulse_of_every_beat_are_timed_while_they_are_heard() -> None:
    """A single unlock at 25 dB is known to about 20 µs, and each beat's own lateness of 100 µs shows."""
    watch = WatchSound(18_000, rate=5.0, amplitude=270.0, sound_jitter=(100e-6, 0.0, 0.0))
    sound, truth = synthesise(watch, duration=20.0, scene=Scene(snr_db=25.0), seed=3)

    beats = measure(sound).beats

    same = np.searchsorted(truth.beats.drop, beats.drop - 0.05)
    assert np.isfinite(beats.unlock).mean() > 0.95
    assert np.nanstd(beats.unlock - truth.beats.unlock[same]) < 40e-6
    assert np.nanstd(beats.impulse - truth.beats.impulse[same]) < 40e-6


def test_an_unlock_that_drowns_in_one_beat_is_not_timed_in_it() -> None:
    sound, _ = synthesise(WatchSound(28_800, rate=5.0, amplitude=270.0), duration=16.0, scene=Scene(snr_db=-2.0), seed=3)

    beats = measure(sound).beats

    assert np.isfinite(beats.unlock).mean() < 0.2


def test_an_amplitude_that_falls_while_it_is_measured_is_less_certain() -> None:
    """15° are lost in 30 s: the mean tick is smeared, and the uncertainty says so."""
    sound, truth = synthesise(
        WatchSound(28_800, rate=5.0, amplitude=280.0, amplitude_decay=1800.0), duration=30.0, scene=Scene(snr_db=20.0), seed=3
    )

    amplitude = measure(sound).reading.amplitude

    assert amplitude.value is not None
    assert amplitude.u is not None
    assert abs(amplitude.value - float(np.mean(truth.amplitude))) < 2 * amplitude.u
    assert amplitude.u > 2.0


@pytest.mark.parametrize(("pumps", "reverberation"), [(True, 0.0), (False, 0.3), (False, 0.0)])
def test_a_recorder_that_pumps_its_gain_is_told_of(pumps: bool, reverberation: float) -> None:
    watch = WatchSound(28_800, rate=3.0)
    reading, _ = read(watch, duration=12.0, snr_db=20.0, automatic_gain=pumps, reverberation=reverberation)

    assert any(entry.key == "bench.acoustic.pumping" for entry in reading.advice) == pumps


def test_the_lift_angle_and_what_it_is_worth_are_stated() -> None:
    sound, _ = synthesise(WatchSound(28_800, amplitude=270.0), duration=12.0, scene=Scene(snr_db=20.0))

    reading = measure(sound).reading

    assert reading.lift_angle_source == "default"
    assert "5.2" in next(entry for entry in reading.advice if entry.key.endswith("lift_angle_assumed")).text("en")


def test_the_three_formulas_of_the_trade() -> None:
    """A watch of 28 800 with 52° and 270° takes 7.675 ms from unlock to drop."""
    time, scale = 7.6751e-3, {"lift_angle": 52.0, "period": 0.25}

    assert exact_amplitude(time, **scale) == pytest.approx(270.0, abs=0.01)
    assert linear_amplitude(time, **scale) == pytest.approx(269.58, abs=0.01)
    assert third_amplitude(time, **scale) == pytest.approx(271.26, abs=0.01)
