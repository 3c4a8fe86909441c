# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.bench.series.classes import classes, compare_with_class
from sichen.bench.series.isochronism import compare
from sichen.bench.series.poise import BLIND, find_poise, poise_factor
from sichen.bench.series.positions import Plan, PositionReading, Series, position, position_in_name, positions, summarise
from sichen.bench.series.tourbillon import tourbillon_polar
from sichen.bench.series.vario import Vario
from sichen.core import DataError, Figure, Message, TooFewSamples, glossary

SIX = ("CH", "FH", "9H", "6H", "3H", "12H")


def read(code: str, rate: float, amplitude: float = 280.0, u: float = 0.1) -> PositionReading:
    return PositionReading(position(code), Figure(rate, u, "s/d"), Figure(amplitude, 0.5, "°"), Figure(0.1, 0.01, "ms"))


def series(*rates: float) -> Series:
    return summarise([read(code, rate) for code, rate in zip(SIX, rates, strict=True)])


def test_every_position_is_a_term_of_the_glossary() -> None:
    assert set(positions()) <= set(glossary())
    assert {entry.angle for entry in positions().values() if entry.plane == "vertical"} == {45.0 * n for n in range(8)}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("0042_6H_full.wav", "6H"),
        ("0042_6h_full.wav", None),
        ("take_2h.wav", None),
        ("CH.wav", "CH"),
        ("watch_ch.wav", None),
        ("Seiko 7s26C - Crown Up.csv", "3H"),
        ("dial_down-2.wav", "FH"),
        ("大表 面上.wav", "CH"),
        ("12H.wav", "12H"),
        ("10H30.wav", "10H30"),
        ("CH_to_6H.wav", None),
        ("CHRONO.wav", None),
    ],
)
def test_a_file_name_tells_the_position_only_when_it_is_meant(name: str, code: str | None) -> None:
    assert position_in_name(name) == code


def test_six_positions_give_the_figures_of_the_trade() -> None:
    found = series(4.0, 6.0, 1.0, 0.0, 2.0, 5.0)

    assert found.rate.mean.value == pytest.approx(3.0)
    assert found.rate.spread.value == pytest.approx(6.0)
    assert found.rate.horizontal.value == pytest.approx(5.0)
    assert found.rate.vertical.value == pytest.approx(2.0)
    assert found.rate.vertical_minus_horizontal.value == pytest.approx(-3.0)
    assert found.di.value == pytest.approx(-4.0)
    assert found.rate.mean.u == pytest.approx(0.1 / math.sqrt(6))
    assert found.rate.spread.u == pytest.approx(0.1 * math.sqrt(2))
    assert found.rate.vertical_minus_horizontal.u == pytest.approx(0.1 * math.sqrt(1 / 4 + 1 / 2))


@given(st.lists(st.floats(-50, 50), min_size=6, max_size=6), st.floats(-100, 100))
def test_a_watch_regulated_faster_keeps_its_differences(rates: list[float], shift: float) -> None:
    before, after = series(*rates), series(*(rate + shift for rate in rates))

    assert (after.rate.mean.value or 0) - (before.rate.mean.value or 0) == pytest.approx(shift, abs=1e-9)
    assert after.rate.spread.value == pytest.approx(before.rate.spread.value, abs=1e-9)
    assert after.di.value == pytest.approx(before.di.value, abs=1e-9)
    assert (before.rate.spread.value or 0) >= abs(before.rate.vertical_minus_horizontal.value or 0) - 1e-9


def test_what_was_not_measured_is_refused_and_not_guessed() -> None:
    silent = PositionReading(position("6H"), Figure.refused("s/d", Message("bench.not_measured")), *[Figure(1, 0.1, "°")] * 2)

    found = summarise([read("CH", 1.0), silent])

    assert found.rate.mean.value is None
    assert found.di.value is None
    assert found.rate.horizontal.value == 1.0
    assert summarise([read("CH", 1.0)]).rate.vertical.reason is not None
    with pytest.raises(DataError, match="twice"):
        summarise([read("CH", 1.0), read("CH", 2.0)])
    with pytest.raises(DataError, match="at least one"):
        summarise([])
    with pytest.raises(DataError, match="known"):
        position("5H")


def test_isochronism_takes_the_largest_change_but_never_12h() -> None:
    found = compare(series(4, 6, 1, 0, 2, 5), series(3, 5, -3, 1, 2, 25))

    assert (found.position, found.largest.value) == ("9H", -4.0)
    assert found.mean_change.value == pytest.approx((33 - 18) / 6)
    # 0.15·4 + 0.1·6 + 0.6, after Witschi.
    assert found.witschi_n.value == pytest.approx(1.8)
    assert found.witschi_n.u == pytest.approx(math.hypot(0.15 * 0.1 * math.sqrt(2), 0.1 * 0.1 * math.sqrt(2)))
    with pytest.raises(DataError):
        compare(summarise([read("12H", 0)]), summarise([read("12H", 1)]))


def test_a_guided_sequence_rests_then_listens_then_ends() -> None:
    plan = Plan(("CH", "6H"), stabilisation=20, measuring=40)

    assert (plan.at(0).phase, plan.at(0).remaining) == ("stabilise", 20.0)
    assert (plan.at(20).phase, plan.at(59).remaining) == ("measure", 1.0)
    second = plan.at(61).position
    assert second is not None
    assert second.code == "6H"
    assert plan.at(plan.duration).phase == "done"
    with pytest.raises(DataError):
        Plan(("CH",), measuring=10)
    with pytest.raises(DataError):
        Plan(("CX",))


def test_a_class_says_undecided_at_its_limit() -> None:
    found = {
        code: verdict
        for limit, code, verdict in compare_with_class(series(4, 30, 14.9, 0, 2, 5), classes()["gents"])
        if limit.quantity == "rate"
    }

    assert (found["CH"], found["FH"], found["9H"]) == ("inside", "outside", "undecided")
    assert all(entry.source and set(entry.name) == {"en", "zh"} for entry in classes().values())


def poised(a270: float, heavy: float, amplitudes: dict[str, float], noise: float = 0.0, seed: int = 1) -> list[PositionReading]:
    """Return vertical readings of a balance with a heavy spot."""
    rng = np.random.default_rng(seed)
    found = []
    for code, amplitude in amplitudes.items():
        angle = math.radians((position(code).angle or 0.0) - heavy)
        rate = 3.0 + a270 * poise_factor(amplitude) / poise_factor(270) * math.cos(angle) + rng.normal(0, noise)
        found.append(read(code, rate, amplitude, max(noise, 0.01)))
    return found


@given(size=st.floats(1, 40), heavy=st.floats(0, 360), amplitude=st.floats(235, 320))
def test_the_heavy_spot_is_found_where_it_is(size: float, heavy: float, amplitude: float) -> None:
    swings = {"3H": amplitude, "6H": amplitude - 3, "9H": amplitude, "12H": amplitude + 2}

    found = find_poise(poised(size, heavy, swings))

    assert found.largest_difference.value == pytest.approx(2 * size, rel=1e-6)
    assert math.cos(math.radians((found.angle.value or 0) - heavy)) == pytest.approx(1, abs=1e-9)
    assert found.rate.value == pytest.approx(3.0)


def test_below_220_degrees_the_sign_turns_and_the_spot_stays() -> None:
    low = find_poise(poised(10, 75, dict.fromkeys(("3H", "6H", "9H", "12H"), 180.0)))

    assert low.angle.value == pytest.approx(75)
    # Handbook 3.6: f(270°)/f(180°) = −0.66, so the effect is 1/0.66 larger there.
    assert low.effect.value == pytest.approx(10 / 0.66, rel=0.01)


def test_the_law_has_its_zero_at_219_degrees() -> None:
    assert poise_factor(BLIND) == pytest.approx(0, abs=1e-5)
    refused = find_poise(poised(10, 75, dict.fromkeys(("3H", "6H", "9H", "12H"), 222.0)))
    assert refused.largest_difference.value is None
    assert refused.reason is not None
    assert find_poise(poised(10, 75, {"3H": 280, "9H": 280})).reason is not None


def test_the_uncertainty_of_poise_covers_its_scatter() -> None:
    swings = {"3H": 275.0, "6H": 270.0, "9H": 268.0, "12H": 272.0}
    inside = [0, 0]
    for seed in range(300):
        found = find_poise(poised(6, 200, swings, noise=1.0, seed=seed))
        inside[0] += abs((found.largest_difference.value or 0) - 12) < 2 * (found.largest_difference.u or 0)
        inside[1] += abs((found.angle.value or 0) - 200) < 2 * (found.angle.u or 0)
    assert min(inside) >= 0.92 * 300


def test_a_poised_balance_has_no_direction() -> None:
    found = find_poise(poised(0.0, 0, dict.fromkeys(("3H", "6H", "9H", "12H"), 280.0), noise=1.0))

    assert found.angle.value is None


@given(size=st.floats(1, 20), where=st.floats(0, 360))
def test_a_tourbillon_draws_its_circle(size: float, where: float) -> None:
    k = np.arange(4800)
    turn = 2 * np.pi * k / 480
    late = -size / 86400 * 60 / (2 * np.pi) * np.sin(turn - math.radians(where))

    found = tourbillon_polar(k, late + 1e-3 * (k / 4800) ** 2, beat_interval=0.125)

    assert found.swing.value == pytest.approx(size, rel=1e-6)
    assert math.cos(math.radians((found.fastest.value or 0) - where)) == pytest.approx(1, abs=1e-9)
    assert found.rate.max() == pytest.approx(size, rel=0.01)


def test_the_uncertainty_of_the_circle_covers_its_scatter() -> None:
    rng = np.random.default_rng(2)
    k = np.arange(1200)
    late = -5 / 86400 * 60 / (2 * np.pi) * np.sin(2 * np.pi * k / 480)
    scores = []
    for _ in range(100):
        found = tourbillon_polar(k, late + rng.normal(0, 70e-6, k.size), beat_interval=0.125)
        scores.append(((found.swing.value or 0) - 5) / (found.swing.u or 1))
    assert 0.75 < np.sqrt(np.mean(np.square(scores))) < 1.25
    with pytest.raises(TooFewSamples):
        tourbillon_polar(k[:700], late[:700], beat_interval=0.125)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=60))
def test_a_vario_knows_what_numpy_knows(values: list[float]) -> None:
    vario = Vario("s/d")
    for value in values:
        vario.feed(Figure(value, 0.1, "s/d"))
    vario.feed(Figure.refused("s/d", Message("bench.not_measured")))

    found = vario.summary()

    assert found.count == len(values)
    assert found.mean.value == pytest.approx(np.mean(values), abs=1e-9)
    assert found.scatter == pytest.approx(np.std(values, ddof=1), abs=1e-9)
    assert (found.least.value, found.greatest.value) == (min(values), max(values))


def test_a_vario_does_not_take_one_wandering_value_for_many() -> None:
    rng = np.random.default_rng(3)
    white, wander = Vario("s/d"), Vario("s/d")
    level = 0.0
    for step in rng.normal(0, 1, 400):
        level = 0.9 * level + step
        white.feed(Figure(step, 0.1, "s/d"))
        wander.feed(Figure(level, 0.1, "s/d"))

    assert white.summary().mean.u == pytest.approx(1 / 20, rel=0.3)
    # A first-order chain of 0.9 in unit steps: its mean scatters by 1/(1 − 0.9)/√n = 0.5.
    assert wander.summary().mean.u == pytest.approx(0.5, rel=0.4)
    assert Vario("s/d").summary().mean.value is None
