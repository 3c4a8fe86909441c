# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bench.beat_lists import StruckWatch

from sichen.bench.beats import BeatList, measure_events
from sichen.bench.series import Train, find_periodicities, tooth_map
from sichen.core import DataError, TooFewSamples

TRAIN = Train.of_counts(20, ((84, 7), (75, 10), (80, 10)))
A_DAY = 691_200  # beats at 28 800 an hour


def waves(beats: int, *parts: tuple[float, float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the sum of sine waves of (period in beats, amplitude in seconds)."""
    k = np.arange(beats)
    return np.asarray(sum(size * np.sin(2 * np.pi * k / period + period) for period, size in parts))


@pytest.mark.slow
def test_every_planted_wheel_of_a_day_is_named_and_placed() -> None:
    late = waves(A_DAY, (40, 5e-6), (480, 3e-6), (3600, 20e-6), (28800, 50e-6))
    late += np.random.default_rng(1).normal(0, 70e-6, A_DAY)

    found = {wave.wheel: wave for wave in find_periodicities(np.arange(A_DAY), late, beat_interval=0.125, train=TRAIN)}

    assert set(found) == {"escape_wheel", "fourth_wheel", "third_wheel", "centre_wheel"}
    assert found["escape_wheel"].period == pytest.approx(40, abs=0.001)
    for wheel, period, size in (("fourth_wheel", 480, 3), ("third_wheel", 3600, 20), ("centre_wheel", 28800, 50)):
        wave = found[wheel]
        assert abs(wave.period - period) < 4 * wave.period_u
        # The noise of one amplitude is σ√(2/N) = 0.12 µs; slow lines stand on what the filter leaves of wander.
        assert wave.amplitude.value == pytest.approx(size, abs=1.5)
        assert wave.false_alarm_probability < 1e-6


def test_without_a_train_wheels_are_counted_in_beats() -> None:
    late = waves(40_000, (30, 20e-6)) + np.random.default_rng(2).normal(0, 60e-6, 40_000)

    (wave,) = find_periodicities(np.arange(40_000), late, beat_interval=0.2)

    assert wave.wheel is None
    assert wave.period == pytest.approx(30, abs=0.01)
    assert wave.seconds == pytest.approx(6.0, abs=0.002)
    assert wave.amplitude.value == pytest.approx(20, abs=4 * (wave.amplitude.u or 0))


def test_one_bad_tooth_is_one_entry_with_many_harmonics() -> None:
    late = np.where(np.arange(60_000) % 40 == 7, 60e-6, 0.0)
    late = late - late.mean() + np.random.default_rng(3).normal(0, 60e-6, 60_000)

    found = find_periodicities(np.arange(60_000), late, beat_interval=0.125)

    assert [round(wave.period, 2) for wave in found] == [40.0]
    assert len(found[0].harmonics) >= 8


def test_the_period_and_amplitude_uncertainties_cover_their_scatter() -> None:
    rng = np.random.default_rng(4)
    periods, sizes = [], []
    for _ in range(60):
        late = waves(4000, (36.7, 25e-6)) + rng.normal(0, 60e-6, 4000)
        (wave,) = find_periodicities(np.arange(4000), late, beat_interval=0.125)
        periods.append((wave.period - 36.7) / wave.period_u)
        sizes.append(((wave.amplitude.value or 0) - 25) / (wave.amplitude.u or 1))
    for scores in (periods, sizes):
        assert 0.7 < np.sqrt(np.mean(np.square(scores))) < 1.35


@settings(max_examples=60)
@given(seed=st.integers(0, 100_000), beats=st.integers(200, 3000))
def test_white_jitter_has_no_wheels(seed: int, beats: int) -> None:
    late = np.random.default_rng(seed).normal(0, 70e-6, beats)

    assert find_periodicities(np.arange(beats), late, beat_interval=0.125, train=TRAIN) == ()


@pytest.mark.slow
def test_a_thousand_lists_of_white_jitter_show_no_wheel() -> None:
    rng = np.random.default_rng(11)
    wheels = 0
    for _ in range(1000):
        count = int(rng.integers(256, 2000))
        wheels += len(find_periodicities(np.arange(count), rng.normal(0, 70e-6, count), beat_interval=0.125, train=TRAIN))
    assert wheels == 0


@pytest.mark.slow
@pytest.mark.parametrize("teeth", [15, 18, 21])
def test_an_escape_wheel_of_two_microseconds_is_placed_in_a_day_of_wander(teeth: int) -> None:
    rng = np.random.default_rng(teeth)
    late = waves(A_DAY, (2 * teeth, 2e-6)) + rng.normal(0, 70e-6, A_DAY) + np.cumsum(rng.normal(0, 1e-6, A_DAY))

    (wave,) = find_periodicities(np.arange(A_DAY), late, beat_interval=0.125, train=Train(teeth))

    assert wave.wheel == "escape_wheel"
    assert wave.period == pytest.approx(2 * teeth, abs=0.001)
    assert wave.amplitude.value == pytest.approx(2.0, abs=0.5)


def test_a_wandering_rate_is_no_wheel() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        late = np.cumsum(np.cumsum(rng.normal(0, 2e-8, 6000)) + rng.normal(0, 5e-6, 6000)) + rng.normal(0, 70e-6, 6000)
        assert find_periodicities(np.arange(6000), late, beat_interval=0.125) == ()


def test_missed_beats_and_knocks_do_not_hide_a_wheel() -> None:
    rng = np.random.default_rng(6)
    late = waves(20_000, (40, 20e-6)) + rng.normal(0, 60e-6, 20_000)
    late[rng.random(20_000) < 0.01] += 5e-3
    kept = rng.random(20_000) > 0.1

    found = find_periodicities(np.arange(20_000)[kept], late[kept], beat_interval=0.125, train=TRAIN)

    assert [wave.wheel for wave in found] == ["escape_wheel"]


def test_the_beat_of_rounding_is_no_wheel() -> None:
    """On an 80 µs grid a steady watch shows a saw-tooth that returns every few beats; it is the grid's."""
    times = StruckWatch(rate=11.0, jitter=5e-6, seed=7).strike(6000)

    found = measure_events(BeatList({"tick": np.round(times / 80e-6) * 80e-6}))

    assert found.grid == pytest.approx(80e-6, rel=1e-3)
    assert found.periodicities == ()


def test_a_reading_of_events_names_its_wheels() -> None:
    k = np.arange(8000)
    times = StruckWatch(rate=-3.0, seed=8).strike(8000) + 40e-6 * np.sin(2 * np.pi * k / 480)

    found = measure_events(BeatList({"tick": times}), train=Train.with_seconds(20, beats_per_hour=28800))

    wheels = found.to_json()["periodicities"]
    assert isinstance(wheels, list)
    assert [entry["wheel"] for entry in wheels if isinstance(entry, dict)] == ["fourth_wheel"]
    assert found.teeth is not None
    assert np.max(np.abs(found.teeth.tick)) < 40e-6
    # 40 µs over 60 s: 40e-6 · 2π/60 · 86400 = 0.36 s/d.
    assert found.periodicities[0].swing.value == pytest.approx(0.362, abs=0.03)


def test_each_tooth_is_placed_to_five_microseconds() -> None:
    rng = np.random.default_rng(9)
    truth = rng.normal(0, 20e-6, 40)
    k = np.arange(20_000)
    late = truth[k % 40] + np.cumsum(rng.normal(0, 5e-6, k.size)) + rng.normal(0, 60e-6, k.size)

    found = tooth_map(k, late, teeth=20)

    assert np.max(np.abs(found.tick - (truth[0::2] - truth[0::2].mean()))) < 15e-6
    assert np.sqrt(np.mean((found.tick - (truth[0::2] - truth[0::2].mean())) ** 2)) < 5e-6
    scores = (found.tock - (truth[1::2] - truth[1::2].mean())) / found.u[1]
    assert np.sqrt(np.mean(scores**2)) < 1.6


@given(start=st.integers(0, 200))
def test_a_tooth_keeps_its_place_wherever_the_list_begins(start: int) -> None:
    k = np.arange(start, start + 600)

    found = tooth_map(k, np.where(k % 40 == 10, 40e-6, 0.0), teeth=20)

    assert int(np.argmax(found.tick)) == 5


def test_too_few_turns_make_no_map() -> None:
    with pytest.raises(TooFewSamples):
        tooth_map(np.arange(100), np.zeros(100), teeth=20)


def test_wheels_come_from_tooth_counts() -> None:
    assert {name: float(period) for name, period in TRAIN.periods.items()} == {
        "escape_wheel": 40,
        "fourth_wheel": 480,
        "third_wheel": 3600,
        "centre_wheel": 28800,
    }
    assert TRAIN.name(40.0004, 0.001) == ("escape_wheel", 1)
    assert TRAIN.name(240.0, 0.01) == ("fourth_wheel", 2)
    assert TRAIN.name(41.0, 0.01) is None
    with pytest.raises(DataError):
        Train(1)
    with pytest.raises(DataError):
        Train.of_counts(15, ((60, 6),) * 5)


@pytest.mark.slow
@pytest.mark.parametrize("harmonics", [(), ((1920, 0.4), (1280, 0.2), (960, 0.2))])
def test_a_wheel_on_the_eighth_harmonic_of_another_is_found_with_it(harmonics: tuple[tuple[float, float], ...]) -> None:
    """480 and 3840 beats: eight to one, and the slow wheel is no pure sine."""
    late = waves(60_000, (480, 40e-6), (3840, 60e-6), *((period, 60e-6 * share) for period, share in harmonics))
    late += np.random.default_rng(5).normal(0, 50e-6, late.size)
    train = Train.of_counts(20, ((84, 7), (64, 8)))

    found = find_periodicities(np.arange(late.size), late, beat_interval=0.125, train=train)

    assert {wave.wheel: wave.order for wave in found} == {"fourth_wheel": 1, "third_wheel": 1}
