# SPDX-License-Identifier: Apache-2.0
"""Synthesised recordings are what their truth says, to a fraction of a sample and a fifth of a decibel."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from sichen.bench import Scene, WatchSound, escapements, synthesis_stream, synthesise
from sichen.bench.disturbances import NoiseKind
from sichen.bench.recorder import Colour
from sichen.core import DataError, canonical

Sound = npt.NDArray[np.float64]


def one_channel(watch: WatchSound | None, duration: float = 10.0, sample_rate: float = 48_000.0, **scene: Any) -> Sound:
    recording, _ = synthesise(watch, duration=duration, sample_rate=sample_rate, scene=Scene(**scene), seed=3)
    return recording.samples[:, 0].astype(np.float64)


def in_band_energy(sound: Sound, sample_rate: float, band: tuple[float, float] = (3_000.0, 20_000.0)) -> float:
    lines = np.fft.rfft(sound)
    frequency = np.fft.rfftfreq(sound.size, 1.0 / sample_rate)
    inside = (frequency >= min(band[0], sample_rate / 4)) & (frequency <= band[1])
    return float(2.0 * np.sum(np.abs(lines[inside]) ** 2) / sound.size / sample_rate)


@pytest.mark.parametrize("noise", ["white", "pink", "brown", "room", "hum"])
@pytest.mark.parametrize(
    ("sample_rate", "colour"), [(48_000, "flat"), (44_100, "phone"), (16_000, "laptop"), (8_000, "flat"), (96_000, "contact")]
)
def test_noise_is_as_strong_as_asked(noise: NoiseKind, sample_rate: float, colour: Colour) -> None:
    """Noise alone is the recording with noise minus the one without; 20 s hold 160 beats: 0.1 dB by their spread."""
    quiet = Scene(colour=colour, level=0.02)
    watch = WatchSound()
    clean, truth = synthesise(watch, duration=20.0, sample_rate=sample_rate, scene=quiet, seed=3)
    noisy, _ = synthesise(watch, duration=20.0, sample_rate=sample_rate, scene=replace(quiet, snr_db=5.0, noise=noise), seed=3)
    sound = clean.samples[:, 0].astype(np.float64)
    beat = in_band_energy(sound, sample_rate) / truth.beats.number.size / 10e-3
    floor = in_band_energy(noisy.samples[:, 0] - sound, sample_rate) / 20.0

    assert 10.0 * np.log10(beat / floor) == pytest.approx(5.0, abs=0.2)


def test_a_coherent_watch_has_its_noise_too() -> None:
    watch = WatchSound(coherent=True)
    clean = one_channel(watch, 20.0, level=0.02)
    floor = in_band_energy(one_channel(watch, 20.0, level=0.02, snr_db=0.0) - clean, 48_000) / 20.0
    beats = 159.5  # 20 s of 8 beats, less the part of the first

    assert 10.0 * np.log10(in_band_energy(clean, 48_000) / beats / 10e-3 / floor) == pytest.approx(0.0, abs=0.2)


@pytest.mark.parametrize("sample_rate", [16_000, 44_100, 48_000, 96_000])
def test_a_sound_begins_at_its_exact_fraction_of_a_sample(sample_rate: float) -> None:
    """A coherent watch with a single sound: one beat is the other delayed, so the phase of their cross spectrum tells by how much."""
    watch = WatchSound(rate=123.4, coherent=True, levels=((0, 0, 1), (0, 0, 1)), first_beat=0.05)
    recording, truth = synthesise(watch, duration=3.0, sample_rate=sample_rate)
    positions = truth.samples(truth.beats.drop)
    starts = np.floor(positions).astype(int) - 40
    size = round(8e-3 * sample_rate)
    beats = [np.fft.rfft(recording.samples[start : start + size, 0].astype(np.float64)) for start in starts]
    frequency = np.arange(beats[0].size) / size
    strong = np.abs(beats[0]) > 0.3 * np.abs(beats[0]).max()
    for spectrum, position, start in zip(beats[1:], positions[1:], starts[1:], strict=True):
        turn = np.angle(spectrum[strong] * beats[0][strong].conj())
        expected = (position - start) - (positions[0] - starts[0])
        delay = -np.sum(np.unwrap(turn) * frequency[strong]) / np.sum(frequency[strong] ** 2) / (2.0 * np.pi)
        assert delay == pytest.approx(expected, abs=2e-3)


def test_the_events_do_not_depend_on_the_sample_rate() -> None:
    watch = WatchSound(jitter=50e-6, flicker=1.0)
    truths = [synthesise(watch, duration=2.0, sample_rate=rate, seed=8)[1] for rate in (8_000, 44_100, 96_000)]

    for truth in truths[1:]:
        assert np.array_equal(truth.beats.unlock, truths[0].beats.unlock)
        assert np.array_equal(truth.beats.drop, truths[0].beats.drop)


def test_one_seed_gives_one_recording_byte_for_byte() -> None:
    scene = Scene(
        snr_db=3.0, noise="pink", knocks_per_second=1.0, speech_per_second=0.5, reverberation=0.2, automatic_gain=True
    )
    watch = WatchSound(jitter=20e-6)
    first, again, other = (synthesise(watch, duration=3.0, scene=scene, seed=seed)[0].samples for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_stream_may_be_read_twice_and_begins_the_same_however_long_it_is() -> None:
    """A whole day is prepared at once and made chunk by chunk."""
    scene = Scene(snr_db=10.0, noise="room", level=0.05, reverberation=0.3, colour="phone")
    day, _ = synthesis_stream(WatchSound(), duration=86_400.0, scene=scene, seed=5)
    minute, _ = synthesis_stream(WatchSound(), duration=60.0, scene=scene, seed=5)
    first = [next(iter(stream.chunks())) for stream in (day, day, minute)]

    assert day.frames == 86_400 * 48_000
    assert np.array_equal(first[0], first[1])
    assert np.array_equal(first[0], first[2])


def test_a_fast_sampling_clock_stretches_the_recording() -> None:
    watch = WatchSound()
    _, truth = synthesise(watch, duration=10.0, scene=Scene(clock_ppm=50.0))
    right, _ = synthesise(watch, duration=10.0)
    fast, _ = synthesise(watch, duration=10.0, scene=Scene(clock_ppm=50.0))

    assert fast.frames - right.frames == 24
    assert truth.samples(np.array([10.0])) == pytest.approx(480_024.0)


def test_pulses_of_the_second_cross_half_height_where_the_truth_says() -> None:
    recording, truth = synthesise(WatchSound(), duration=6.0, scene=Scene(pps=True, pps_jitter=3e-6, clock_ppm=-37.0), seed=2)
    assert truth.pps is not None
    pulse = recording.samples[:, 1].astype(np.float64)
    before = np.flatnonzero((pulse[:-1] < 0.25) & (pulse[1:] >= 0.25))
    edges = before + (0.25 - pulse[before]) / (pulse[before + 1] - pulse[before])

    assert edges == pytest.approx(truth.samples(truth.pps), abs=1e-4)
    assert truth.pps.size == 6


def test_a_second_watch_is_heard_beside_the_first() -> None:
    other = WatchSound(18_000, rate=-20.0)
    both, truth = synthesise(WatchSound(), duration=4.0, scene=Scene(second_watch=other, second_level=0.5, level=0.2), seed=6)
    alone, _ = synthesise(WatchSound(), duration=4.0, scene=Scene(level=0.2), seed=6)
    rest = np.abs(both.samples - alone.samples)[:, 0]

    assert truth.second is not None
    assert truth.second.beats_per_hour == 18_000
    for drop in truth.second.samples(truth.second.beats.drop):
        near = slice(int(drop) - 40, int(drop) + 200)
        assert rest[near].max() > 0.03
    assert np.count_nonzero(rest > 1e-6) < rest.size / 4


def test_an_absent_watch_leaves_the_noise_of_a_present_one() -> None:
    noise = one_channel(None, snr_db=0.0, level=0.02)
    heard = one_channel(WatchSound(), snr_db=0.0, level=0.02) - one_channel(WatchSound(), level=0.02)

    assert np.allclose(noise, heard, rtol=0.0, atol=1e-6)
    assert synthesise(None, duration=1.0)[1].beats.number.size == 0


def test_knocks_come_as_often_as_asked() -> None:
    sound = np.abs(one_channel(None, 60.0, knocks_per_second=1.5, level=0.02))
    frames = sound[: sound.size // 480 * 480].reshape(-1, 480).max(axis=1) > 0
    bursts = np.count_nonzero(np.diff(frames.astype(int)) == 1)

    # Poisson about 90, less the few that overlap.
    assert 60 <= bursts <= 120


def test_speech_comes_in_bursts_and_not_in_between() -> None:
    sound = np.abs(one_channel(None, 30.0, speech_per_second=0.3, level=0.05))

    assert 0.1 < np.mean(sound > 1e-4) < 0.6


def test_clipping_cuts_and_quantising_steps() -> None:
    clipped = one_channel(WatchSound(), clip_at=0.3, level=0.5)
    coarse = one_channel(WatchSound(), bits=8, level=0.5)

    assert np.abs(clipped).max() == pytest.approx(0.15)
    assert np.unique(np.round(coarse * 128, 6) % 1).tolist() == [0.0]


def test_automatic_gain_is_pumped_by_the_beats() -> None:
    """A loud beat turns the gain down at once and it creeps up again: the noise after a beat is below that before."""
    recording, truth = synthesise(WatchSound(), duration=10.0, scene=Scene(snr_db=15.0, level=0.1, automatic_gain=True))
    places = np.stack([truth.samples(truth.beats.unlock), truth.samples(truth.beats.drop)], axis=1)[1:-1].astype(int)
    before = [recording.samples[unlock - 1500 : unlock - 60].std() for unlock, _ in places]
    after = [recording.samples[drop + 240 : drop + 1500].std() for _, drop in places]

    assert np.mean(after) < 0.9 * np.mean(before)


def test_reverberation_fills_the_gaps_between_beats() -> None:
    dry, wet = (one_channel(WatchSound(), reverberation=time, level=0.1) for time in (0.0, 0.4))

    assert np.median(np.abs(dry)) < 1e-9
    assert np.median(np.abs(wet)) > 1e-5


def test_a_tuning_fork_hums_at_its_rate() -> None:
    sound = one_channel(WatchSound(1_296_000, rate=864.0), 20.0, snr_db=10.0)
    lines = np.abs(np.fft.rfft(sound))

    # 864 s/d is 1 %; 20 s resolve 0.05 Hz.
    assert np.argmax(lines) / 20.0 == pytest.approx(363.6, abs=0.06)


@pytest.mark.parametrize("name", sorted(escapements()))
def test_every_escapement_is_loudest_at_its_drop(name: str) -> None:
    pattern = escapements()[name]
    amplitude = 1.4 * pattern.lift_angle
    watch = WatchSound(18_000, escapement=name, lift_angle=pattern.lift_angle, amplitude=amplitude, spread=0.0)
    recording, truth = synthesise(watch, duration=4.0)
    sound = np.abs(recording.samples[:, 0])
    for drop in truth.samples(truth.beats.drop)[::2]:
        whole = sound[int(drop) - 3000 : int(drop) + 3000] if drop > 3000 else sound[: int(drop) + 3000]
        assert whole.max() == pytest.approx(sound[int(drop) - 30 : int(drop) + 200].max())


def test_the_truth_can_be_written_and_nothing_exceeds_full_scale() -> None:
    scene = Scene(snr_db=-10.0, noise="brown", knocks_per_second=2.0, pps=True, second_watch=WatchSound(21_600))
    recording, truth = synthesise(WatchSound(beat_error=-3.0), duration=4.0, scene=scene)

    assert np.abs(recording.samples).max() <= 1.0
    assert json.loads(canonical(truth.to_json()))["beat_error_dead_centre_ms"] == pytest.approx(-3.0)


def test_too_low_a_sample_rate_or_too_short_a_sound_is_refused() -> None:
    with pytest.raises(DataError, match="no sound"):
        synthesise(WatchSound(), duration=1e-6)
    with pytest.raises(DataError, match="4000"):
        synthesise(WatchSound(), duration=1.0, sample_rate=2_000)
