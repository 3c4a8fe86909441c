# SPDX-License-Identifier: Apache-2.0
"""Recordings of quartz watches, and of things that are none, through the whole chain."""

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sichen.bench.quartz import Pickup, QuartzListener, QuartzReading, QuartzWatch, measure_quartz, synthesise_quartz
from sichen.bench.reading import ClockReference
from sichen.bench.signal import Recording
from sichen.core import DataError, canonical

EXACT = ClockReference("typed", 0.0, 0.01)
TEN = QuartzWatch(inhibition_period=10.0, inhibition_cycles=11)


def hear(
    watch: QuartzWatch, pickup: Pickup, *, duration: float = 31.0, sample_rate: float = 48_000.0, seed: int = 1
) -> QuartzReading:
    recording, _ = synthesise_quartz(watch, duration=duration, sample_rate=sample_rate, seed=seed, pickup=pickup)
    return measure_quartz(recording, reference=EXACT).reading


def listen(sound: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", sample_rate: float = 48_000.0) -> QuartzReading:
    return measure_quartz(Recording(sound.astype(np.float32).reshape(-1, 1), sample_rate)).reading


@pytest.mark.slow
def test_a_minute_at_the_coil_tells_everything_about_the_drive() -> None:
    watch = QuartzWatch(jitter=2e-6)
    recording, truth = synthesise_quartz(watch, duration=125.0, seed=4)
    reading = measure_quartz(recording, reference=EXACT).reading

    assert reading.kind == "motor"
    assert (reading.nominal_step, reading.inhibition_period.value, reading.inhibition_cycles) == (1.0, 60.0, 68)
    assert reading.rate.u is not None
    assert reading.rate.u < 0.005
    assert reading.rate.value == pytest.approx(truth.net_rate, abs=4 * reading.rate.u)
    assert reading.crystal_rate.value == pytest.approx(3.0, abs=4 * (reading.crystal_rate.u or 0.0))
    assert reading.pulse_width.value == pytest.approx(7.8125, abs=0.05)
    assert reading.chopping.value == pytest.approx(1024.0, abs=2.0)
    assert reading.duty.value == pytest.approx(0.75, abs=0.01)
    assert reading.alternating
    assert reading.false_alarm_probability < 1e-12


@pytest.mark.parametrize("sample_rate", [16_000.0, 22_050.0, 44_100.0, 96_000.0])
@pytest.mark.parametrize("width", [2.9296875e-3, 6.8359375e-3, 31.25e-3])
@pytest.mark.parametrize("chopping", [0.0, 1024.0])
def test_the_width_is_right_to_a_twentieth_of_a_millisecond(sample_rate: float, width: float, chopping: float) -> None:
    watch = QuartzWatch(pulse_width=width, chopping=chopping)
    reading = hear(watch, Pickup(), duration=8.0, sample_rate=sample_rate)

    assert reading.pulse_width.value == pytest.approx(1e3 * width, abs=0.05)
    assert abs((reading.pulse_width.value or 0.0) - 1e3 * width) < 4 * (reading.pulse_width.u or 0.0)


@pytest.mark.parametrize("duty", [0.25, 0.5625, 0.6875, 0.8125, 0.875])
@pytest.mark.parametrize("chopping", [1024.0, 2048.0])
def test_the_duty_is_read_at_every_level(duty: float, chopping: float) -> None:
    if (1 - duty) / chopping < 110e-6:
        pytest.skip("a gap of five samples is the shortest that shows at 48 kHz")
    reading = hear(QuartzWatch(duty=duty, chopping=chopping), Pickup(), duration=8.0)

    assert reading.duty.value == pytest.approx(duty, abs=0.01)
    assert reading.chopping.value == pytest.approx(chopping, rel=2e-3)


def test_at_eight_kilohertz_the_shape_is_refused_and_the_rate_still_read() -> None:
    reading = hear(TEN, Pickup(), sample_rate=8000.0)

    assert reading.pulse_width.value is None
    assert reading.inhibition_period.value == 10.0


@pytest.mark.parametrize("mains", [50.0, 60.03])
@pytest.mark.parametrize("hum", [1.0, 8.0])
def test_mains_eight_times_the_pulse_do_not_move_it(mains: float, hum: float) -> None:
    quiet = hear(TEN, Pickup(amplitude=0.05))
    loud = hear(TEN, Pickup(amplitude=0.05, hum=hum, hum_frequency=mains))

    assert loud.inhibition_cycles == quiet.inhibition_cycles == 11
    assert loud.pulse_width.value == pytest.approx(quiet.pulse_width.value, abs=0.01)
    assert loud.steps == quiet.steps
    assert loud.rate.value == pytest.approx(quiet.rate.value, abs=5 * (quiet.rate.u or 0.0))


def test_less_noise_never_makes_the_steps_less_steady() -> None:
    scatter = [hear(TEN, Pickup(snr_db=snr)).scatter for snr in (15.0, 20.0, 30.0, 40.0)]

    assert all(left is not None and right is not None and left > right for left, right in pairwise(scatter))


def test_a_weak_signal_is_read_and_told_to_be_weak() -> None:
    reading = hear(TEN, Pickup(snr_db=10.0), duration=61.0)

    assert reading.rate.value == pytest.approx(TEN.net_rate, abs=4 * (reading.rate.u or 0.0))
    assert "bench.quartz.weak" in [message.key for message in reading.advice]


def test_an_adaptive_drive_with_lost_and_double_steps_is_told_pulse_by_pulse() -> None:
    watch = QuartzWatch(missed=(7, 30), doubled=(20,), needed_duty=0.68, lowering_period=15.0)
    recording, truth = synthesise_quartz(watch, duration=61.0, seed=2)
    measurement = measure_quartz(recording)

    assert measurement.reading.missed == pytest.approx(truth.missed_times, abs=1e-3)
    assert measurement.reading.doubles == pytest.approx(truth.of("double"), abs=1e-4)
    assert measurement.reading.corrections == pytest.approx(truth.of("correction"), abs=1e-4)
    assert measurement.pulses is not None
    assert measurement.pulses.roles == truth.roles
    assert np.array_equal(measurement.pulses.polarity, truth.polarity * truth.polarity[0])


@pytest.mark.parametrize("step", [1 / 16, 1 / 8, 2.0, 5.0, 20.0])
def test_sweeping_and_slow_hands_are_read_too(step: float) -> None:
    watch = QuartzWatch(step_period=step, pulse_width=3.90625e-3, inhibition_period=0.0, crystal_rate=0.2)
    reading = hear(watch, Pickup(), duration=max(15.0, 8 * step), sample_rate=16_000.0)

    assert reading.nominal_step == step
    assert reading.crystal_rate.value is None or reading.crystal_rate.value == pytest.approx(0.2, abs=0.05)


def test_a_microphone_reads_the_ticks_but_no_drive() -> None:
    reading = hear(TEN, Pickup(signal="sound"))

    assert (reading.inhibition_period.value, reading.alternating) == (10.0, False)
    assert reading.pulse_width.value is None


def test_the_crystal_tells_its_own_rate_and_no_other() -> None:
    reading = hear(QuartzWatch(crystal_rate=3.0), Pickup(signal="crystal", amplitude=0.01, snr_db=-20.0), sample_rate=96_000.0)

    assert reading.kind == "crystal"
    assert reading.rate.value is None
    # Phase regression: u(f)/f = √6 / (2 π f T √(N SNR / 2)) is 5e-10 = 4e-5 s/d here; pieces that overlap share noise.
    assert reading.crystal_rate.u is not None
    assert reading.crystal_rate.u < 0.001
    assert reading.crystal_rate.value == pytest.approx(3.0, abs=4 * reading.crystal_rate.u)


def test_a_mirrored_crystal_is_believed_only_on_a_known_clock() -> None:
    pickup = Pickup(signal="crystal", amplitude=0.01, snr_db=-10.0)
    recording, _ = synthesise_quartz(QuartzWatch(crystal_rate=3.0), duration=20.0, sample_rate=48_000.0, pickup=pickup)

    assert measure_quartz(recording).reading.status == "refused"
    known = measure_quartz(recording, reference=EXACT).reading
    assert known.crystal_rate.value == pytest.approx(3.0, abs=0.01)


@pytest.mark.parametrize("frequency", [32.0, 64.0])
def test_a_display_tells_rate_and_inhibition(frequency: float) -> None:
    reading = hear(
        QuartzWatch(), Pickup(signal="lcd", snr_db=10.0, lcd_frequency=frequency), duration=180.0, sample_rate=8000.0
    )

    assert (reading.kind, reading.inhibition_period.value) == ("lcd", 60.0)
    assert reading.rate.value == pytest.approx(QuartzWatch().net_rate, abs=4 * (reading.rate.u or 0.0))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["crystal", "lcd"])
def test_the_uncertainty_of_a_tone_covers(kind: str) -> None:
    pulls = []
    for seed in range(12):
        pickup = Pickup(signal=kind, snr_db=-15.0 if kind == "crystal" else 0.0, amplitude=0.01)  # type: ignore[arg-type]
        recording, _ = synthesise_quartz(
            QuartzWatch(inhibition_period=0.0, crystal_rate=1.0),
            duration=20.0 if kind == "crystal" else 60.0,
            sample_rate=66_000.0 if kind == "crystal" else 8000.0,
            seed=seed,
            pickup=pickup,
        )
        reading = measure_quartz(recording, reference=EXACT, inhibition_period=0.0).reading
        assert reading.crystal_rate.value is not None
        pulls.append((reading.crystal_rate.value - 1.0) / (reading.crystal_rate.u or math.nan))

    # 12 normal deviates: RMS 1 ± 0.2.
    assert math.sqrt(np.mean(np.square(pulls))) == pytest.approx(1.0, abs=0.6)


@settings(max_examples=6)
@given(st.lists(st.integers(500, 70_000), min_size=1, max_size=6))
def test_the_size_of_the_pieces_changes_nothing(sizes: list[int]) -> None:
    watch = QuartzWatch(needed_duty=0.68, lowering_period=4.0)
    recording, _ = synthesise_quartz(watch, duration=9.0, sample_rate=16_000.0)
    whole = measure_quartz(recording).reading
    listener = QuartzListener(16_000.0, 1)
    start, turn = 0, 0
    while start < recording.samples.shape[0]:
        size = sizes[turn % len(sizes)]
        listener.feed(recording.samples[start : start + size])
        start, turn = start + size, turn + 1

    assert listener.reading().to_json() == whole.to_json()


def test_asking_for_a_reading_does_not_disturb_the_listening() -> None:
    recording, _ = synthesise_quartz(TEN, duration=25.0, sample_rate=16_000.0)
    asked, left_alone = (QuartzListener(16_000.0, 1) for _ in range(2))
    for chunk in recording.chunks():
        asked.feed(chunk)
        asked.reading()
        left_alone.feed(chunk)

    assert asked.reading().to_json() == left_alone.reading().to_json()


@pytest.mark.parametrize("name", ["silence", "offset", "noise", "rounding", "hum", "clipped hum", "spikes", "clicks", "bursts"])
def test_what_is_no_watch_gives_no_reading(name: str) -> None:
    rng = np.random.default_rng(5)
    rate, size = 16_000, 16_000 * 20
    t = np.arange(size) / rate
    clicks, spikes = np.zeros(size), np.zeros(size)
    clicks[rng.integers(0, size, 60)] = 0.5
    spikes[:: rate // 100] = 0.5
    sound = {
        "silence": np.zeros(size),
        "offset": np.full(size, 0.3),
        "noise": 0.1 * rng.standard_normal(size),
        "rounding": np.round(rng.standard_normal(size)) / 32768,
        "hum": 0.5 * np.sin(2 * np.pi * 50 * t) + 0.1 * np.sin(2 * np.pi * 150 * t + 1),
        "clipped hum": np.clip(3 * np.sin(2 * np.pi * 60 * t), -1, 1),
        "spikes": spikes + 0.01 * rng.standard_normal(size),
        "clicks": clicks,
        "bursts": np.convolve(clicks, np.exp(-np.arange(800) / 200) * rng.standard_normal(800))[:size],
    }[name]

    assert listen(sound, float(rate)).status == "refused"


@pytest.mark.parametrize("beats", [7200, 14400, 18000, 21600, 28800, 36000, 57600])
@pytest.mark.parametrize("coherent", [False, True])
def test_the_ticks_of_a_mechanical_watch_give_no_reading(beats: int, coherent: bool) -> None:
    rng = np.random.default_rng(beats)
    rate, fade = 24_000, np.exp(-np.arange(200) / 12)
    sound = 0.002 * rng.standard_normal(rate * 20)
    same = rng.standard_normal(200)
    for number in range(int(19 * beats / 3600)):
        start = 0.1 + number * 3600 / beats + (3e-4 if number % 2 else 0.0) + 7e-5 * rng.standard_normal()
        for late, height in ((0.0, 0.025), (0.003, 0.035), (0.008, 0.1)):
            first = int((start + late) * rate)
            sound[first : first + 200] += height * fade * (same if coherent else rng.standard_normal(200))

    assert listen(sound, float(rate)).status == "refused"


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["seiko7s26", "clips", "esc10"])
def test_real_sounds_of_clocks_and_watches_give_no_quartz_reading(shared: Path, folder: str) -> None:
    """Five seconds, or a mechanical movement, do not carry one: quartz clocks among them tick too few times."""
    soundfile = pytest.importorskip("soundfile")
    for path in sorted((shared / "watch-audio" / folder).iterdir()):
        if path.suffix.lower() not in {".wav", ".ogg", ".flac"}:
            continue
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
        if rate >= 8000:
            assert measure_quartz(Recording(sound, float(rate))).reading.status == "refused", path.name


@pytest.mark.parametrize("frames", [0, 1, 100, 5000])
def test_next_to_nothing_is_refused(frames: int) -> None:
    assert listen(np.zeros(frames)).status == "refused"


def test_a_damaged_file_is_refused_and_a_few_damaged_samples_are_not() -> None:
    recording, _ = synthesise_quartz(TEN, duration=25.0, sample_rate=16_000.0)
    recording.samples[[100, 5000, 70_000]] = math.nan

    assert measure_quartz(recording).reading.status == "ok"
    reason = listen(np.full(16_000, math.nan)).reason
    assert reason is not None
    assert reason.key == "bench.quartz.not_numbers"


def test_a_channel_that_is_not_there_and_a_rate_that_is_too_low_say_what_to_do() -> None:
    with pytest.raises(DataError, match="no channel 2"):
        QuartzListener(48_000.0, 2, channel=2)
    with pytest.raises(DataError, match="too few"):
        QuartzListener(4000.0, 1)


def test_the_second_channel_can_carry_the_watch() -> None:
    recording, _ = synthesise_quartz(TEN, duration=25.0, sample_rate=16_000.0)
    both = Recording(np.concatenate([np.zeros_like(recording.samples), recording.samples], axis=1), 16_000.0)

    assert measure_quartz(both).reading.status == "refused"
    assert measure_quartz(both, channel=1).reading.to_json() == measure_quartz(recording).reading.to_json()


def test_progress_counts_the_seconds() -> None:
    recording, _ = synthesise_quartz(TEN, duration=3.0, sample_rate=16_000.0)
    seen: list[float] = []
    measure_quartz(recording, progress=seen.append)

    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(3.0)


@pytest.mark.parametrize("signal", ["coil", "sound"])
def test_a_reading_goes_into_a_record(signal: str) -> None:
    fields = hear(TEN, Pickup(signal=signal)).to_json()  # type: ignore[arg-type]

    assert json.loads(canonical(fields)) is not None
    assert {"status", "kind", "rate_s_per_d", "rate_u_total_s_per_d", "inhibition_period_s", "missed_pulses"} <= set(fields)
