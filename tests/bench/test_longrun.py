# SPDX-License-Identifier: Apache-2.0
import sys

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bench.beat_lists import DAY

from sichen.bench.beats import fit_line
from sichen.bench.reading import Beats
from sichen.bench.series import Train
from sichen.bench.series.bins import merge, sum_up
from sichen.bench.series.longrun import LongRun
from sichen.bench.series.octaves import Octaves
from sichen.bench.series.steadiness import cusum, find_changes, judge_steadiness, ljung_box
from sichen.core import DataError

P = 0.125
Values = npt.NDArray[np.float64]


def beats(number: npt.NDArray[np.int64], late: Values, lift: float | None = None) -> Beats:
    """Return beats of a 28 800 watch that come `late` seconds after its nominal."""
    drop = number * P + late
    silent = np.full(number.size, np.nan)
    return Beats(number, silent if lift is None else drop - lift, silent, drop)


def jitter(count: int, seed: int = 1) -> Values:
    return np.random.default_rng(seed).normal(0, 70e-6, count)


def run(late: Values, **options: float) -> LongRun:
    found = LongRun(beats_per_hour=28800, **options)  # type: ignore[arg-type]
    for part in np.array_split(np.arange(late.size), 7):
        found.feed(beats(part, late[part], 7.675e-3))
    return found


@settings(max_examples=20)
@given(cuts=st.lists(st.integers(1, 7999), max_size=12), seed=st.integers(0, 100))
def test_how_the_beats_are_cut_into_pieces_changes_nothing(cuts: list[int], seed: int) -> None:
    k = np.arange(8000)
    kept = np.random.default_rng(seed).random(8000) > 0.05
    late = jitter(8000, seed) + 1e-4 * (-1.0) ** k
    whole, pieces = (LongRun(beats_per_hour=28800, train=Train(20)) for _ in range(2))
    whole.feed(beats(k[kept], late[kept]))
    for part in np.split(k, sorted(set(cuts))):
        chosen = part[kept[part]]
        pieces.feed(beats(chosen, late[chosen]))

    one, many = whole.result(), pieces.result()

    assert np.allclose(one.rate, many.rate, atol=1e-6, equal_nan=True)
    assert np.allclose(one.beat_error, many.beat_error, atol=1e-9, equal_nan=True)
    assert (one.beats, one.missed) == (many.beats, many.missed)
    assert [entry.allan for entry in one.stability] == pytest.approx([entry.allan for entry in many.stability], rel=0.02)
    assert one.wheels[0].turns == pytest.approx(many.wheels[0].turns, abs=0.1)


@given(st.integers(10, 200), st.integers(0, 99))
def test_added_sums_are_the_sums_of_all(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    k, x = np.arange(2 * count), rng.normal(0, 1e-4, 2 * count) + 5e-6 * np.arange(2 * count)
    lift = rng.normal(8e-3, 1e-4, 2 * count)
    parts = sum_up(k, x, lift, k // count)

    assert merge(parts[:1], parts[1:])[0] == pytest.approx(sum_up(k, x, lift, 0 * k)[0], rel=1e-9, abs=1e-18)


def test_a_stretch_reads_what_the_line_through_its_beats_reads() -> None:
    late = jitter(240) + 2e-4 * (-1.0) ** np.arange(240) - 5 / DAY * P * np.arange(240)
    line = fit_line(np.arange(240) * P + late, np.arange(240))

    found = run(late).result()

    assert found.rate[0] == pytest.approx((P / line.beat_interval - 1) * DAY, abs=1e-6)
    assert found.beat_error[0] == pytest.approx(line.beat_error * 1e3, abs=1e-9)
    assert found.rate_u[0] == pytest.approx(line.white_u / P * DAY, rel=0.3)


@pytest.mark.slow
def test_a_day_takes_no_more_memory_than_an_hour() -> None:
    found = LongRun(beats_per_hour=28800, most=256, train=Train.with_seconds(20, beats_per_hour=28800))
    sizes = []
    for hour in range(24):
        k = np.arange(hour * 28800, (hour + 1) * 28800)
        found.feed(beats(k, jitter(k.size, hour) - 4 / DAY * P * k, 8e-3))
        sizes.append(sum(sys.getsizeof(value) for value in vars(found).values()))

    result = found.result()

    assert max(sizes) < 100_000
    assert result.beats == 24 * 28800
    assert result.rate.size <= 256
    assert np.median(result.rate) == pytest.approx(4.0, abs=0.01)
    # White jitter: σ√3/τ at 16 s for pairs of beats is 86400·√3·50e-6/16.
    at16 = next(entry for entry in result.stability if entry.tau == 16.0)
    assert at16.allan == pytest.approx(DAY * 3**0.5 * 70e-6 / 2**0.5 / 16, rel=0.03)
    assert result.steadiness.verdict == "steady"


def test_amplitude_and_rate_follow_the_mainspring_down() -> None:
    k = np.arange(28800)
    amplitude = 300 - 40 * k / k.size
    lift = 2 * P / (2 * np.pi) * 2 * np.arcsin(26 / amplitude)
    found = LongRun(beats_per_hour=28800)
    drop = k * P + jitter(k.size) - 6 / DAY * P * k**2 / (2 * k.size)
    found.feed(Beats(k, drop - lift, np.full(k.size, np.nan), drop))

    result = found.result()

    assert result.amplitude[0] == pytest.approx(300, abs=0.5)
    assert result.amplitude[-1] == pytest.approx(260, abs=0.5)
    assert result.rate[-1] - result.rate[0] == pytest.approx(6, abs=0.3)
    assert result.steadiness.verdict == "drift"
    assert result.steadiness.drift == pytest.approx(6 * 24, rel=0.02)


def test_a_lost_phase_is_not_averaged_across() -> None:
    found = LongRun(beats_per_hour=28800)
    found.feed(beats(np.arange(100), jitter(100)))
    found.feed(beats(np.arange(100, 240), jitter(140) + 5e-3), new_phase=True)

    result = found.result()

    assert result.breaks == 1
    assert abs(result.rate[0]) < 1.0


def test_a_known_wheel_is_folded_as_the_beats_come() -> None:
    k = np.arange(60_000)
    late = jitter(k.size) + 15e-6 * np.sin(2 * np.pi * k / 480) + np.cumsum(jitter(k.size, 2)) / 30
    found = LongRun(beats_per_hour=28800, train=Train.with_seconds(20, beats_per_hour=28800))
    for part in np.array_split(k, 50):
        found.feed(beats(part, late[part]))

    wheels = {entry.wheel: entry for entry in found.result().wheels}

    assert wheels["fourth_wheel"].amplitude.value == pytest.approx(15, abs=4)
    assert wheels["fourth_wheel"].turns == pytest.approx(124, abs=1)
    assert (wheels["escape_wheel"].amplitude.value or 0) < 5 * (wheels["escape_wheel"].amplitude.u or 0)


@given(size=st.integers(8, 600), pieces=st.integers(1, 5))
def test_octaves_know_what_the_definition_says(size: int, pieces: int) -> None:
    x = np.cumsum(np.random.default_rng(size).normal(0, 1e-6, size))
    found = Octaves(0.5)
    for part in np.array_split(x, pieces):
        found.feed(part)

    for entry in found.result():
        factor = round(entry.tau / 0.5)
        every = x[: x.size // factor * factor : factor]
        means = x[: x.size // factor * factor].reshape(-1, factor).mean(axis=1)
        for value, row in ((entry.allan, every), (entry.modified, means)):
            bend = np.diff(row, 2)
            assert value == pytest.approx(np.sqrt(np.mean(bend**2) / 2) / entry.tau * DAY, rel=1e-6)


def test_beats_that_go_back_are_refused() -> None:
    found = run(jitter(100))

    with pytest.raises(DataError, match="in order"):
        found.feed(beats(np.arange(50, 80), jitter(30)))


def rates(kind: str, rng: np.random.Generator, count: int = 240) -> Values:
    """Return rates of stretches, 0.1 s/d of white noise in each."""
    k = np.arange(count)
    shape = {
        "steady": np.zeros(count),
        "step": np.where(k < 130, 0.0, 0.6),
        "drift": 1.5 * k / count,
        "periodic": 0.3 * np.sin(2 * np.pi * k / 17.3),
        "two_states": np.where(np.isin(np.searchsorted([30, 75, 90, 140, 190], k), [1, 3, 5]), 0.8, 0.0),
        "wander": np.cumsum(rng.normal(0, 0.07, count)),
    }[kind]
    return np.asarray(shape + rng.normal(0, 0.1, count))


@pytest.mark.parametrize("kind", ["steady", "step", "drift", "periodic", "two_states", "wander"])
def test_each_kind_of_unsteadiness_is_called_by_its_name(kind: str) -> None:
    rng = np.random.default_rng(7)
    verdicts = [judge_steadiness(rates(kind, rng), u=np.full(240, 0.1), stretch=30).verdict for _ in range(40)]

    assert verdicts.count(kind) >= 36 if kind != "wander" else verdicts.count(kind) >= 28  # type: ignore[arg-type]


def test_a_short_run_gets_no_verdict() -> None:
    assert judge_steadiness(np.zeros(10), u=np.ones(10), stretch=30).verdict == "too_short"


def test_a_hopping_landmark_is_not_blamed_on_the_watch() -> None:
    k = np.arange(40_000)
    hop = np.where((k // 7000) % 2 == 1, 1.2e-3, 0.0)

    assert run(jitter(k.size) + hop).result().steadiness.verdict == "measurement"


def test_the_statistics_have_their_stated_chance() -> None:
    rng = np.random.default_rng(3)
    rows = [rng.normal(0, 1, 200) for _ in range(400)]

    assert np.mean([ljung_box(row) < 0.05 for row in rows]) == pytest.approx(0.05, abs=0.035)
    assert np.mean([cusum(row) > 1.36 for row in rows]) == pytest.approx(0.05, abs=0.035)
    assert sum(bool(find_changes(row, noise=1.0)) for row in rows) <= 8


def test_a_change_is_found_where_it_is() -> None:
    row = np.concatenate([np.zeros(90), np.ones(70)]) + np.random.default_rng(4).normal(0, 0.2, 160)

    assert find_changes(row, noise=0.2) == [pytest.approx(90, abs=1)]


def test_a_run_in_json_has_null_where_nothing_was_heard() -> None:
    found = LongRun(beats_per_hour=28800)
    found.feed(beats(np.arange(500), jitter(500)))

    data = found.result().to_json()

    assert data["amplitude"] == [None] * len(data["amplitude"])  # type: ignore[arg-type]
    assert data["beats"] == 500
