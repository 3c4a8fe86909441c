# SPDX-License-Identifier: Apache-2.0
"""The event generator obeys the geometry of an escapement and the arithmetic of a rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.bench import Truth, WatchSound, WheelFault, strike, time_to_drop
from sichen.core import DataError

watches = st.builds(
    WatchSound,
    beats_per_hour=st.floats(3_600.0, 72_000.0),
    rate=st.floats(-900.0, 900.0),
    amplitude=st.floats(120.0, 340.0),
    dead_centre=st.floats(-40.0, 40.0),
    lift_angle=st.floats(30.0, 60.0),
    lift_difference=st.floats(-8.0, 8.0),
)


def sides(truth: Truth) -> tuple[float, float]:
    """Mean time from unlock to drop of the ticks and of the tocks."""
    lift = truth.beats.drop - truth.beats.unlock
    tock = truth.beats.number % 2 == 1
    return float(lift[~tock].mean()), float(lift[tock].mean())


def signed_beat_error(times: np.ndarray, number: np.ndarray) -> float:
    """(tick to tock minus tock to tick) / 2 in ms, from events that begin with a tick and have no gap."""
    intervals = np.diff(times)
    tick = number[:-1] % 2 == 0
    pairs = min(tick.sum(), (~tick).sum())
    return float(1e3 * (intervals[tick][:pairs].mean() - intervals[~tick][:pairs].mean()) / 2.0)


@pytest.mark.parametrize(
    ("beats_per_hour", "lift_angle", "amplitude", "milliseconds"),
    [
        (28_800, 52, 270, 7.675),
        (28_800, 52, 150, 13.863),
        (18_000, 52, 270, 12.280),
        (21_600, 53, 250, 11.268),
        (36_000, 52, 270, 6.140),
    ],
)
def test_unlock_to_drop_takes_what_the_swing_of_the_balance_says(
    beats_per_hour: float, lift_angle: float, amplitude: float, milliseconds: float
) -> None:
    """Worked from t = (T / pi) asin(lift / 2A) by hand."""
    truth = strike(WatchSound(beats_per_hour, amplitude=amplitude, lift_angle=lift_angle), 3.0)

    assert truth.beats.drop - truth.beats.unlock == pytest.approx(1e-3 * milliseconds, abs=0.5e-6)


def test_beat_error_of_a_millisecond_is_an_angle_of_3_4_degrees() -> None:
    """28 800 beats, 270°: dead centre 1.0021 ms, unlock and drop 1.0068 ms for 3.4°."""
    watch = WatchSound(28_800, amplitude=270.0, lift_angle=52.0, dead_centre=3.4)

    truth = strike(watch, 10.0)

    assert truth.beat_error == pytest.approx(1.0021, abs=1e-4)
    assert truth.beat_error_unlock == pytest.approx(1.0068, abs=1e-4)
    assert truth.beat_error_drop == pytest.approx(1.0068, abs=1e-4)
    assert strike(WatchSound(beat_error=1.0021), 10.0).beat_error == pytest.approx(1.0021, abs=1e-9)


@given(watches)
def test_beat_errors_at_drop_and_unlock_differ_by_the_difference_of_the_lifts(watch: WatchSound) -> None:
    truth = strike(watch, 40 * watch.beat_interval)

    tick, tock = sides(truth)

    assert truth.beat_error_drop - truth.beat_error_unlock == pytest.approx(1e3 * (tock - tick), abs=1e-6)


@given(watches)
def test_stated_beat_errors_are_those_of_the_events(watch: WatchSound) -> None:
    truth = strike(watch, 41 * watch.beat_interval)
    number = truth.beats.number

    assert signed_beat_error(truth.beats.drop, number) == pytest.approx(truth.beat_error_drop, abs=1e-6)
    assert signed_beat_error(truth.beats.unlock, number) == pytest.approx(truth.beat_error_unlock, abs=1e-6)
    assert signed_beat_error(truth.dead_centre, number) == pytest.approx(truth.beat_error, abs=1e-6)


@given(watches)
def test_a_steady_watch_is_heard_at_exactly_its_rate(watch: WatchSound) -> None:
    truth = strike(watch, 200 * watch.beat_interval)

    assert truth.rate_heard == pytest.approx(watch.rate, abs=1e-6)


@given(watches)
def test_sounds_come_in_order_and_beats_are_numbered_without_gaps(watch: WatchSound) -> None:
    beats = strike(watch, 30 * watch.beat_interval).beats

    assert np.all(np.diff(beats.number) == 1)
    assert np.all(beats.unlock < beats.impulse)
    assert np.all(beats.impulse < beats.drop)
    assert beats.unlock[0] >= 0


def test_amplitude_falls_as_the_mainspring_runs_down() -> None:
    truth = strike(WatchSound(amplitude=300.0, amplitude_decay=60.0), 1800.0)

    assert truth.amplitude[0] == pytest.approx(300.0, abs=0.1)
    assert truth.amplitude[-1] == pytest.approx(270.0, abs=0.1)
    lift = time_to_drop(truth.amplitude, lift_angle=52.0, beat_interval=0.125)
    assert truth.beats.drop - truth.beats.unlock == pytest.approx(lift, abs=1e-9)


def test_white_jitter_has_the_deviation_asked_for_and_moves_a_beat_as_a_whole() -> None:
    steady = strike(WatchSound(first_beat=0.2), 3600.0)
    shaken = strike(WatchSound(first_beat=0.2, jitter=70e-6), 3600.0)
    moved = shaken.beats.drop - steady.beats.drop

    # 28 800 draws: the deviation is known to 1 / sqrt(2 N) = 0.4 %.
    assert moved.std() == pytest.approx(70e-6, rel=0.02)
    assert shaken.beats.unlock - steady.beats.unlock == pytest.approx(moved, abs=1e-12)


def allan_deviation(phase: np.ndarray, tau: float, factor: int) -> float:
    bend = phase[2 * factor :] - 2 * phase[factor:-factor] + phase[: -2 * factor]
    return float(86_400 * np.sqrt(np.mean(bend**2) / 2) / (tau * factor))


def test_flicker_and_random_walk_have_the_allan_deviations_asked_for() -> None:
    still = strike(WatchSound(first_beat=0.2), 40_001.0).dead_centre[:320_000]
    flicker = strike(WatchSound(first_beat=0.2, flicker=0.5), 40_001.0).dead_centre[:320_000] - still
    walk = strike(WatchSound(first_beat=0.2, random_walk=0.5), 40_001.0).dead_centre[:320_000] - still

    # 40 000 s hold hundreds of independent averages of 60 s: about 5 % each.
    assert allan_deviation(flicker, 0.125, 480) == pytest.approx(0.5, rel=0.15)
    assert allan_deviation(flicker, 0.125, 8) == pytest.approx(0.5, rel=0.15)
    assert allan_deviation(walk, 0.125, 480) == pytest.approx(0.5 / 60**0.5, rel=0.15)


@pytest.mark.parametrize("shape", ["sine", "step", "triangle"])
def test_a_wheel_fault_returns_with_each_turn_and_leaves_the_mean_rate(shape: str) -> None:
    fault = WheelFault(period=40, amplitude=50e-6, shape=shape)  # type: ignore[arg-type]
    steady = strike(WatchSound(first_beat=0.2), 100.0)
    faulty = strike(WatchSound(first_beat=0.2, wheel_faults=(fault,)), 100.0)
    late = faulty.beats.drop - steady.beats.drop

    assert late[40:] == pytest.approx(late[:-40], abs=1e-12)
    assert np.abs(late).max() == pytest.approx(50e-6, rel=1e-3)
    assert late[:800].mean() == pytest.approx(0.0, abs=5e-6)


def test_a_bad_tooth_shows_on_its_tick_and_its_tock_once_a_turn() -> None:
    teeth = (0.0,) * 7 + (120e-6,) + (0.0,) * 12
    steady = strike(WatchSound(first_beat=0.2), 20.0)
    late = strike(WatchSound(first_beat=0.2, tooth_offsets=teeth), 20.0).beats.drop - steady.beats.drop

    assert np.flatnonzero(late > 60e-6).tolist() == [14, 15, 54, 55, 94, 95, 134, 135]


def test_a_watch_that_stops_strikes_no_more() -> None:
    assert strike(WatchSound(stops_at=3.0), 60.0).beats.drop.max() < 3.02


def test_silent_beats_leave_gaps_in_the_numbers() -> None:
    truth = strike(WatchSound(silent_beats=(3, 4)), 2.0)

    assert 3 not in truth.beats.number
    assert 5 in truth.beats.number


def test_a_tuning_fork_beats_360_times_a_second() -> None:
    truth = strike(WatchSound(1_296_000, rate=2.0), 10.0)

    assert truth.beats.number.size == pytest.approx(3600, abs=2)
    assert truth.rate_heard == pytest.approx(2.0, abs=1e-4)


def test_the_same_seed_gives_the_same_watch_and_another_gives_another() -> None:
    watch = WatchSound(jitter=50e-6, flicker=0.3)

    assert np.array_equal(strike(watch, 20.0, seed=4).beats.drop, strike(watch, 20.0, seed=4).beats.drop)
    assert not np.array_equal(strike(watch, 20.0, seed=4).beats.drop, strike(watch, 20.0, seed=5).beats.drop)


@pytest.mark.parametrize(
    "wrong", [{"beats_per_hour": 100.0}, {"amplitude": 20.0}, {"escapement": "deadbeat"}, {"dead_centre": 260.0}]
)
def test_a_watch_that_cannot_run_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(DataError):
        WatchSound(**wrong)  # type: ignore[arg-type]


def test_no_duration_is_refused() -> None:
    with pytest.raises(DataError, match="no sound"):
        strike(WatchSound(), 0.0)
    with pytest.raises(DataError, match="synthesise"):
        strike(WatchSound(), 1.0).samples(np.ones(1))
