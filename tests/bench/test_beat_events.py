# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bench.beat_lists import DAY, StruckWatch, swing

from sichen.bench.beats import BeatList, EventMeasurement, measure_events, parse_beat_list
from sichen.bench.lift import amplitude_from_lift_time
from sichen.bench.reading import ClockReference


def measure(times: np.ndarray[tuple[int], np.dtype[np.float64]], **options: float) -> EventMeasurement:
    return measure_events(BeatList({"tick": times}), **options)  # type: ignore[arg-type]


# Handbook of the bench, table 4.3: plain least squares, signed, the first row a tick; the amplitudes are medians.
TABLE = {
    "A. Schild 1422 (Elgin 645).csv": (18000, 52, (-12.92, -8.71), (-2.150, -1.892), (163.61, 162.91)),
    "ETA 2650 - Crown Up.csv": (21600, 53, (-38.48, -37.83), (0.614, 0.658), (251.51, 251.05)),
    "ETA 2650 - Dial Up.csv": (21600, 53, (-25.44, -25.34), (0.913, 1.054), (275.01, 274.58)),
    "Seiko 7s26C - Crown Up.csv": (21600, 52, (1.22, -0.63), (-0.576, 0.353), (231.93, 231.44)),
}


@pytest.mark.parametrize("name", TABLE)
def test_four_real_watches_read_as_the_handbook_says(shared: Path, name: str) -> None:
    nominal, angle, rates, errors, amplitudes = TABLE[name]
    path = shared / "watch-audio" / "beats" / name
    if not path.exists():
        pytest.skip(f"needs {name}, which may not be redistributed")

    found = measure_events(parse_beat_list(path.read_bytes()), lift_angle=angle)
    reading, by_sound = found.reading, {entry.landmark: entry for entry in found.landmarks}

    assert (reading.beats_per_hour, reading.nominal) == (nominal, "listed")
    for sound, rate, error in zip(("unlock", "drop"), rates, errors, strict=True):
        assert by_sound[sound].rate.value == pytest.approx(rate, abs=0.01)
        assert by_sound[sound].beat_error.value == pytest.approx(error, abs=0.001)
    assert reading.beat_error == by_sound["drop"].beat_error
    assert reading.beat_error_unlock == by_sound["unlock"].beat_error
    # The table divides by the nominal beat interval, we by the measured one: 0.05 % at 38 s/d.
    assert reading.amplitude.value == pytest.approx(amplitudes[0], rel=6e-4)
    assert reading.amplitude_linear.value == pytest.approx(amplitudes[1], rel=6e-4)
    # Unlock and drop of one watch must agree within what the reading claims.
    assert reading.rate.u is not None
    assert abs(rates[0] - rates[1]) < 4 * reading.rate.u


def test_a_worn_watch_that_limps_is_timed_to_a_tenth_of_a_second_a_day() -> None:
    watch = StruckWatch(rate=4.0, beat_error=0.6e-3, jitter=80e-6, seed=7)

    reading = measure(watch.strike(320)).reading

    # Three standard deviations of the least-squares line: 86400·√12·σ/(P·N^1.5) = 0.033 s/d; 2σ/√N = 9 µs.
    assert reading.rate.value == pytest.approx(4.0, abs=0.10)
    assert reading.beat_error.value == pytest.approx(0.6, abs=0.027)
    assert reading.beats_per_hour == 28800
    assert reading.false_alarm_probability < 1e-12


@pytest.mark.slow
def test_the_stated_uncertainty_covers_white_jitter_and_wander() -> None:
    """Two hundred lists each; the share within two u of a calibrated figure is 95 ± 3 %, and more is allowed."""
    rng = np.random.default_rng(4)
    for beats, walk in ((60, 0.0), (240, 0.0), (240, 5e-6), (600, 10e-6)):
        rates, errors = [], []
        for _ in range(200):
            watch = StruckWatch(rate=-6.0, beat_error=1e-3, seed=int(rng.integers(1 << 30)))
            times = watch.strike(beats) + np.cumsum(rng.normal(0, walk, beats))
            reading = measure(times).reading
            assert reading.rate.value is not None
            assert reading.rate.u is not None
            assert reading.beat_error.value is not None
            assert reading.beat_error.u is not None
            rates.append((reading.rate.value + 6.0) / reading.rate.u)
            errors.append((reading.beat_error.value - 1.0) / reading.beat_error.u)
        # Wander that only just begins to show is the hardest: it is claimed with 80 %, all else with 91 %.
        assert np.mean(np.abs(rates) < 2) > (0.80 if walk == 5e-6 else 0.91)
        assert np.mean(np.abs(errors) < 2) > 0.91
        # Honest is not the same as vague.
        assert np.sqrt(np.mean(np.square(rates))) > 0.45


@given(
    missed=st.floats(0, 0.3),
    doubled=st.floats(0, 0.15),
    beat_error=st.floats(-0.018, 0.018),
    seed=st.integers(0, 1000),
)
def test_missed_and_doubled_beats_do_not_move_the_rate(missed: float, doubled: float, beat_error: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    watch = StruckWatch(rate=12.0, beat_error=beat_error, seed=seed)
    times = watch.strike(400)
    echoes = times[rng.random(400) < doubled] + rng.uniform(4e-3, 9e-3)
    heard = np.sort(np.concatenate([times[rng.random(400) > missed], echoes]))

    reading = measure(heard).reading

    assert reading.rate.value == pytest.approx(12.0, abs=5 * (reading.rate.u or 0) + 0.05)
    assert abs(reading.beat_error.value or 0) == pytest.approx(abs(beat_error) * 1e3, abs=0.06)


def test_a_rate_is_never_averaged_across_a_pause_of_unknown_phase() -> None:
    times = StruckWatch(rate=-20.0, beat_error=2e-3, seed=2).strike(600)
    times[300:] += 47.3  # the watch ticked on, nobody listened
    times[450:] += 0.051  # and here two takes were spliced

    found = measure(times)

    assert found.reading.rate.value == pytest.approx(-20.0, abs=0.3)
    assert abs(found.reading.beat_error.value or 0) == pytest.approx(2.0, abs=0.05)
    assert found.segment[-1] == 2
    # Ticks stay even through the breaks: 2 ms of beat error tell them, whatever the numbers were.
    early = [float(np.median(np.diff(part.drop)[part.number[:-1] % 2 == 0])) for part in found.stretches()]
    assert early == pytest.approx([early[0]] * 3, abs=1e-4)
    assert "phase" in found.reading.advice[0].text()


def test_a_splice_that_nearly_fits_is_still_seen() -> None:
    times = StruckWatch(seed=3).strike(400)
    times[200:] += 4e-3

    found = measure(times)

    # Averaged over, 4 ms in the middle of 50 s would be 10 s/d.
    assert found.reading.rate.value == pytest.approx(0.0, abs=0.3)
    assert found.segment[-1] == 1


def test_beat_error_is_signed_by_the_first_beat() -> None:
    times = StruckWatch(beat_error=1.5e-3, jitter=0.0).strike(64)

    assert measure(times).reading.beat_error.value == pytest.approx(1.5, abs=1e-6)
    assert measure(times[1:]).reading.beat_error.value == pytest.approx(-1.5, abs=1e-6)


@given(shift=st.floats(-1e4, 1e5), scale=st.floats(0.999, 1.001))
def test_a_reading_does_not_depend_on_when_the_clock_began(shift: float, scale: float) -> None:
    times = StruckWatch(rate=3.0, beat_error=1e-3).strike(200)
    before, after = measure(times).reading, measure((times + shift) * scale).reading

    assert after.beat_interval.value == pytest.approx((before.beat_interval.value or 0) * scale, rel=1e-10)


def test_the_amplitude_comes_back_from_a_balance_that_swings() -> None:
    unlock, drop = swing(beats=200, interval=0.125, amplitude=270.0, lift_angle=52.0)

    reading = measure_events(BeatList({"unlock": unlock, "drop": drop}), lift_angle=52).reading

    assert reading.amplitude.value == pytest.approx(270.0, abs=1e-3)
    # Handbook 3.1: 269.58 by the linear formula, 271.26 by the third.
    assert reading.amplitude_linear.value == pytest.approx(269.58, abs=0.01)
    assert reading.amplitude_third.value == pytest.approx(271.26, abs=0.01)


def test_a_dead_centre_off_by_an_angle_is_a_beat_error() -> None:
    """1 ms at 28 800 and 270° is 3.4° at dead centre; from unlock or drop it reads 1.0068 ms (handbook 3.2)."""
    unlock, drop = swing(beats=200, interval=0.125, amplitude=270.0, lift_angle=52.0, offset=3.4)

    reading = measure_events(BeatList({"unlock": unlock, "drop": drop}), lift_angle=52).reading

    assert abs(reading.beat_error.value or 0) == pytest.approx(1.0068, abs=2e-4)
    assert reading.beat_error.value == pytest.approx(reading.beat_error_unlock.value, abs=1e-6)


def test_two_unlike_pallets_show_as_the_difference_of_the_beat_errors() -> None:
    """The identity of handbook 3.2: BE at drop − BE at unlock = lift time of the tock − that of the tick."""
    unlock = StruckWatch(jitter=0.0, beat_error=0.4e-3).strike(300)
    drop = unlock + np.where(np.arange(300) % 2 == 0, 7.5e-3, 8.1e-3)

    reading = measure_events(BeatList({"unlock": unlock, "drop": drop})).reading

    assert (reading.beat_error.value or 0) - (reading.beat_error_unlock.value or 0) == pytest.approx(0.6, abs=1e-6)
    tick, tock = reading.amplitude_sides
    assert (tick.value or 0) > (tock.value or 0)
    # Either side may be the truth: u is at least the difference over √12.
    assert (reading.amplitude.u or 0) >= abs((tick.value or 0) - (tock.value or 0)) / 12**0.5 * 0.95


@pytest.mark.slow
def test_the_amplitude_uncertainty_covers_its_scatter() -> None:
    rng = np.random.default_rng(5)
    unlock, drop = swing(beats=240, interval=0.125, amplitude=250.0, lift_angle=52.0)
    misses = 0
    for _ in range(200):
        noisy = {"unlock": unlock + rng.normal(0, 40e-6, 240), "drop": drop + rng.normal(0, 60e-6, 240)}
        reading = measure_events(BeatList(noisy), lift_angle=52).reading
        misses += abs((reading.amplitude.value or 0) - 250.0) > 2 * (reading.amplitude.u or 0)
    assert misses <= 18


@given(amplitude=st.floats(80, 340), angle=st.floats(38, 56), bph=st.sampled_from([18000, 21600, 28800, 36000]))
def test_the_exact_formula_inverts_the_swing(amplitude: float, angle: float, bph: int) -> None:
    interval = 3600 / bph
    time = 2 * interval / np.pi * np.arcsin(angle / (2 * amplitude))

    found = [
        float(amplitude_from_lift_time(time, lift_angle=angle, beat_interval=interval, formula=formula))
        for formula in ("linear", "exact", "third")
    ]

    assert found[1] == pytest.approx(amplitude, rel=1e-12)
    assert found == sorted(found)
    # Low by (λ/2A)²/6 with λ/2A the sine of the phase; the next term is a tenth of it.
    assert 1 - found[0] / amplitude == pytest.approx((angle / (2 * amplitude)) ** 2 / 6, rel=0.1)


def test_times_on_a_coarse_grid_state_what_the_rounding_hides() -> None:
    """A watch steadier than the 80 µs grid: its rate is known only to the grid over the run."""
    rng = np.random.default_rng(6)
    misses = 0
    for _ in range(100):
        rate = rng.uniform(-3, 3)
        times = StruckWatch(rate=rate, jitter=2e-6, seed=int(rng.integers(1 << 30))).strike(160)
        found = measure(np.round(times / 80e-6) * 80e-6)
        misses += abs((found.reading.rate.value or 0) - rate) > 2 * (found.reading.rate.u or 0)
    assert misses <= 9


@pytest.mark.parametrize(
    ("bph", "nominal", "origin"),
    [(28800, 28800, "listed"), (7200, 7200, "listed"), (23400, 23400, "rounded"), (6915, 6915, "measured")],
)
def test_the_interval_comes_first_and_the_nominal_second(bph: float, nominal: float, origin: str) -> None:
    reading = measure(StruckWatch(beats_per_hour=bph, rate=5.0, jitter=1e-6).strike(120)).reading

    assert reading.beats_per_hour == pytest.approx(nominal, rel=1e-4)
    assert reading.nominal == origin
    assert reading.beat_interval.value == pytest.approx(3600 / bph / (1 + 5 / DAY), rel=1e-8)
    assert (reading.rate.value is None) == (origin == "measured")


def test_a_given_nominal_wins_unless_the_watch_is_another() -> None:
    times = StruckWatch(beats_per_hour=6915, rate=-30.0, jitter=50e-6).strike(200)

    assert measure(times, beats_per_hour=6915).reading.rate.value == pytest.approx(-30, abs=0.5)
    refused = measure(times, beats_per_hour=28800).reading
    assert refused.status == "refused"
    assert "6913" in (refused.reason.text() if refused.reason else "")


def test_a_calibrated_clock_moves_the_rate_and_widens_it() -> None:
    times = StruckWatch(rate=0.0).strike(800)
    clock = ClockReference("pps", ppm=10.0, u_ppm=0.5)

    held = measure_events(BeatList({"tick": times}), reference=clock).reading
    plain, corrected = measure(times).reading.rate, held.rate

    # A clock 10 ppm fast counts too many seconds: the watch looked slow by 0.864 s/d.
    assert (corrected.value or 0) - (plain.value or 0) == pytest.approx(0.864, abs=1e-3)
    assert corrected.u == pytest.approx(plain.u, rel=1e-3)
    assert held.rate_u_total == pytest.approx(np.hypot(plain.u or 0, 0.0432), rel=1e-3)


@pytest.mark.parametrize(
    "times",
    [
        np.sort(np.random.default_rng(1).uniform(0, 30, 240)),
        np.cumsum(np.random.default_rng(2).gamma(4, 0.05, 200)),
        np.array([0.0, 1.0, 2.0]),
        np.zeros(50),
        np.linspace(0, 1e5, 50),
    ],
)
def test_what_is_no_watch_gives_no_reading(times: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    reading = measure(times).reading

    assert reading.status == "refused"
    assert reading.rate.value is None
    assert reading.reason is not None
    assert reading.reason.text("zh")


def test_milliseconds_are_recognised_as_such() -> None:
    reading = measure(StruckWatch().strike(100) * 1e3).reading

    assert "milliseconds" in (reading.reason.text() if reading.reason else "")


@pytest.mark.slow
def test_random_times_never_look_like_a_watch() -> None:
    rng = np.random.default_rng(8)
    locks = 0
    for _ in range(400):
        count = int(rng.integers(8, 300))
        locks += measure(np.sort(rng.uniform(0, count / 8, count))).reading.status == "ok"
    assert locks == 0


@settings(max_examples=80)
@given(
    kind=st.integers(0, 5),
    count=st.integers(1, 100),
    seed=st.integers(0, 10_000),
    gap=st.sampled_from([0.0, 0.01, -0.01, 0.05]),
    bph=st.sampled_from([None, 28800.0, 18000.0]),
)
def test_no_list_however_odd_leads_to_a_traceback(kind: int, count: int, seed: int, gap: float, bph: float | None) -> None:
    rng = np.random.default_rng(seed)
    k = np.arange(count)
    times = (
        k * 0.125,
        np.zeros(count),
        np.sort(rng.uniform(0, 10 ** rng.uniform(-6, 9), count)),
        np.cumsum(rng.choice([0, 0.125, 0.25, 1e-9], count)),
        np.where(rng.random(count) < 0.3, np.nan, k * 0.125),
        k * 1e-9,
    )[kind]
    times = np.asarray(times, dtype=np.float64)
    times[0] = 0.0

    found = measure_events(BeatList({"unlock": times, "drop": times + gap}), beats_per_hour=bph)

    assert found.to_json()["status"] in {"ok", "refused"}
    for figure in found.reading.figures().values():
        assert (figure.value is None) == (figure.reason is not None)
        assert figure.value is None or (figure.u is not None and np.isfinite(figure.u) and figure.u >= 0)
