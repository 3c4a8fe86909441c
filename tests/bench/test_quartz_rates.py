# SPDX-License-Identifier: Apache-2.0
"""Inhibition, crystal rate and net rate from step times, with uncertainties that hold."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.bench.quartz import QuartzReading, QuartzWatch, order_steps, quartz_events, simulate_steps
from sichen.bench.reading import ClockReference
from sichen.core import DataError

CYCLE = 1 / 32768
EXACT = ClockReference("typed", 0.0, 0.0)
PERIODS = (20, 30, 60, 64, 120, 240, 480, 960)


def inhibited(rng: np.random.Generator, period: float, *, least: float = 1.0, jitter: float = 20e-6) -> QuartzWatch:
    """Make a watch as makers do: a crystal 0.5 … 10 s/d fast, slowed to −0.1 … +0.5 s/d."""
    crystal = rng.uniform(least, 10.0)
    cycles = max(1, int((crystal - rng.uniform(-0.1, 0.5)) * period / 86400 / CYCLE))
    return QuartzWatch(
        crystal_rate=crystal,
        inhibition_period=period,
        inhibition_cycles=cycles,
        inhibition_phase=rng.uniform(0.1, 0.9),
        jitter=jitter,
    )


def read(watch: QuartzWatch, duration: float, seed: int = 0) -> QuartzReading:
    return quartz_events(simulate_steps(watch, duration=duration, seed=seed).clock_times, reference=EXACT)


@pytest.mark.parametrize("period", PERIODS)
def test_two_periods_tell_the_inhibition_period_at_20_microseconds(period: float) -> None:
    rng = np.random.default_rng(int(period))
    for seed in range(8 if period < 400 else 2):
        watch = inhibited(rng, period)
        reading = read(watch, 2.0 * period + 2.0, seed)

        assert reading.inhibition_period.value == period
        assert reading.inhibition_cycles in {watch.inhibition_cycles, None}


def test_a_weak_inhibition_in_a_short_recording_is_refused_rather_than_misread() -> None:
    """0.5 s/d in 10 s is a jump of 60 µs against 20 µs of noise: 20 steps often cannot tell 10 s from 8 or 20."""
    rng = np.random.default_rng(3)
    for seed in range(40):
        period = read(inhibited(rng, 10.0, least=0.5), 22.0, seed).inhibition_period.value

        assert period in {10.0, None}


@given(multiple=st.integers(5, 90), seed=st.integers(0, 1000))
def test_a_period_on_nobodys_list_is_found_as_well(multiple: int, seed: int) -> None:
    watch = inhibited(np.random.default_rng(seed), float(multiple), least=3.0)

    assert read(watch, 4.0 * multiple + 2.0, seed).inhibition_period.value == multiple


@pytest.mark.slow
def test_the_uncertainty_of_the_net_rate_covers_and_is_below_the_limit_in_ten_minutes() -> None:
    rng = np.random.default_rng(11)
    pulls = []
    for seed in range(120):
        watch = inhibited(rng, float(rng.choice([10, 20, 30, 60, 120])))
        reading = read(watch, 600.0, seed)
        assert reading.rate.value is not None
        assert reading.rate.u is not None
        # The target of the bench; least squares through 600 steps gives 86400 √12 σ / (√N T) = 0.0004 s/d.
        assert reading.rate.u <= 0.005
        pulls.append((reading.rate.value - watch.net_rate) / reading.rate.u)

    # 120 normal deviates: their RMS is 1 ± 0.065.
    assert math.sqrt(np.mean(np.square(pulls))) == pytest.approx(1.0, abs=0.2)
    assert np.max(np.abs(pulls)) < 4.0


def test_the_uncertainty_is_better_than_that_of_the_first_and_the_last_step() -> None:
    """Two steps m periods apart give u = 86400 √2 σ / (m T); least squares through all of them must do better."""
    reading = read(inhibited(np.random.default_rng(2), 60.0), 602.0)

    assert reading.rate.u is not None
    assert 86400 * math.sqrt(12) * 20e-6 / (math.sqrt(600) * 600) == pytest.approx(reading.rate.u, rel=0.15)
    assert reading.rate.u < 86400 * math.sqrt(2) * 20e-6 / 600


@given(ppm=st.floats(-100, 100))
def test_a_known_clock_error_changes_nothing(ppm: float) -> None:
    watch = QuartzWatch(jitter=5e-6)
    plain = quartz_events(simulate_steps(watch, duration=200).clock_times, reference=EXACT)
    typed = ClockReference("typed", ppm, 0.0)
    off = quartz_events(simulate_steps(watch, duration=200, clock_ppm=ppm).clock_times, reference=typed)

    assert off.rate.value == pytest.approx(plain.rate.value, abs=1e-6)
    assert off.inhibition_cycles == plain.inhibition_cycles


def test_an_uncalibrated_clock_is_named_and_kept_apart_from_the_measurement() -> None:
    reading = quartz_events(simulate_steps(QuartzWatch(jitter=5e-6), duration=300).clock_times)

    assert "bench.quartz.uncalibrated" in [message.key for message in reading.advice]
    assert reading.rate.u is not None
    assert reading.rate.u < 0.001
    # ±50 ppm, rectangular: 4.32 s/d / √3.
    assert reading.rate_u_total == pytest.approx(4.32 / math.sqrt(3), rel=1e-3)


def test_less_than_two_periods_refuse_the_net_rate_and_keep_the_crystal() -> None:
    watch = QuartzWatch(inhibition_period=480.0, inhibition_cycles=400, crystal_rate=2.3, jitter=5e-6)
    reading = read(watch, 700.0)

    assert reading.rate.value is None
    assert reading.inhibition_seen == "longer"
    assert reading.crystal_rate.value == pytest.approx(2.3, abs=0.005)


def test_no_inhibition_in_ten_minutes_states_what_a_longer_one_could_take() -> None:
    watch = QuartzWatch(inhibition_period=0.0, crystal_rate=0.25, jitter=5e-6)
    reading = read(watch, 600.0)

    assert reading.rate.value == pytest.approx(0.25, abs=0.002)
    assert reading.rate_bounds == pytest.approx((-0.1, 0.25), abs=0.002)
    assert reading.rate.u == pytest.approx(0.35 / math.sqrt(3), rel=0.02)
    assert read(QuartzWatch(inhibition_period=0.0, crystal_rate=3.0), 600.0).rate.value is None


def test_after_two_of_the_longest_periods_no_inhibition_means_none() -> None:
    reading = read(QuartzWatch(inhibition_period=0.0, crystal_rate=3.0, jitter=20e-6), 1930.0)

    assert reading.inhibition_seen == "none"
    assert reading.rate.value == pytest.approx(3.0, abs=3 * (reading.rate.u or 0.0))


def test_whoever_knows_the_calibre_need_not_wait() -> None:
    watch = QuartzWatch(inhibition_period=0.0, crystal_rate=3.0, jitter=5e-6)
    times = simulate_steps(watch, duration=60).clock_times
    reading = quartz_events(times, reference=EXACT, inhibition_period=0.0)

    assert reading.rate.value == pytest.approx(3.0, abs=4 * (reading.rate.u or 0.0))


@pytest.mark.parametrize("step", [1 / 16, 1 / 8, 0.5, 1.0, 2.0, 5.0, 10.0, 12.0, 15.0, 20.0])
def test_the_step_period_is_found_by_itself(step: float) -> None:
    watch = QuartzWatch(step_period=step, inhibition_period=60.0, jitter=20e-6)
    reading = read(watch, max(130.0, 30 * step))

    assert reading.nominal_step == step
    assert reading.rate.value == pytest.approx(watch.net_rate, abs=4 * (reading.rate.u or 0.0))


def test_steps_of_twelve_seconds_do_not_claim_to_tell_ten_seconds_from_sixty() -> None:
    """With one inhibition every 10 s, every fifth step of 12 s holds two: the same picture as one a minute."""
    watch = QuartzWatch(step_period=12.0, inhibition_period=10.0, inhibition_cycles=11, jitter=5e-6)
    reading = read(watch, 1200.0)

    assert reading.inhibition_period.value is None
    assert reading.crystal_rate.value is None
    assert reading.rate.value == pytest.approx(watch.net_rate, abs=4 * (reading.rate.u or 0.0))


def test_a_watch_that_warms_up_is_read_at_its_mean_rate_and_told_to_wait() -> None:
    """20 → 30 °C within half an hour: the parabola bends the slope, the saw-tooth is found all the same."""
    watch = QuartzWatch(temperature=26.0, warming=20.0, jitter=20e-6)
    truth = simulate_steps(watch, duration=1800)
    reading = quartz_events(truth.clock_times, reference=EXACT)

    assert reading.inhibition_period.value == 60.0
    assert reading.rate.value == pytest.approx(truth.net_rate, abs=5 * (reading.rate.u or 0.0))
    assert reading.drift == pytest.approx(-0.0029376 * (11**2 - 1), rel=0.05)


def test_missed_double_and_correction_pulses_are_told_apart() -> None:
    watch = QuartzWatch(missed=(5, 50, 51), doubled=(20,), needed_duty=0.68, lowering_period=60.0, jitter=5e-6)
    truth = simulate_steps(watch, duration=200)
    steps = order_steps(truth.clock_times, truth.polarity)

    assert steps is not None
    assert truth.clock_times[steps.corrections].tolist() == truth.of("correction").tolist()
    assert truth.clock_times[steps.doubles].tolist() == truth.of("double").tolist()
    assert steps.missed == pytest.approx(truth.missed_times, abs=1e-3)


@pytest.mark.parametrize("seed", range(20))
def test_events_at_random_are_no_watch(seed: int) -> None:
    times = np.cumsum(np.random.default_rng(seed).exponential(1.0, 200))

    assert quartz_events(times).status == "refused"


@pytest.mark.parametrize("beats", [18000, 21600, 28800, 36000])
def test_a_mechanical_watch_is_no_quartz_watch(beats: float) -> None:
    rng = np.random.default_rng(int(beats))
    number = np.arange(400)
    times = number * 3600 / beats * (1 - 40 / 86400) + 0.4e-3 * (number % 2) + 70e-6 * rng.standard_normal(400)

    assert quartz_events(times).status == "refused"


@pytest.mark.parametrize("times", [[], [1.0], [1.0, 2.0], [1.0, 2.0, 3.0]])
def test_too_few_steps_are_refused(times: list[float]) -> None:
    assert quartz_events(times).status == "refused"


def test_times_that_are_no_numbers_are_an_error() -> None:
    with pytest.raises(DataError, match="finite"):
        quartz_events([0.0, 1.0, math.nan])


def test_the_order_of_the_times_does_not_matter() -> None:
    times = simulate_steps(QuartzWatch(jitter=5e-6), duration=150).clock_times
    mixed = np.random.default_rng(0).permutation(times)

    assert quartz_events(times).to_json() == quartz_events(mixed).to_json()
