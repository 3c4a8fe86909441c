# SPDX-License-Identifier: Apache-2.0
"""Norms, maps, segments and mentions: published values, planted truth, regions that hold it, refusals."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.brand import (
    ESTIMATORS,
    choose_segments,
    fit_dirichlet,
    fit_segments,
    needs_another,
    perceptual_map,
    watch_mentions,
)
from sichen.core import DataError

SHARES = [0.3, 0.2, 0.15, 0.1, 0.05]


def test_the_toothpaste_of_goodhardt_ehrenberg_and_chatfield_is_met_24_of_24(shared: Path) -> None:
    """B 0.56, W 2.6: M, K, S and every penetration and rate, to the two decimals that were printed."""
    rows = list(csv.DictReader((shared / "brand/nbddirichlet_toothpaste.csv").read_text(encoding="utf-8").splitlines()))
    fit = fit_dirichlet(
        [row["brand"] for row in rows], [float(row["market_share"]) for row in rows],
        [float(row["penetration_obs"]) for row in rows], category_penetration=0.56, category_purchases=2.6,
        estimator="median_fence",
    )  # fmt: skip
    assert (fit.mean, fit.k, fit.s) == pytest.approx((1.456, 0.77882, 1.2953), abs=6e-5)
    assert fit.each == pytest.approx([1.298, 2.213, 1.603, 0.845, 1.449, 1.293, 2.220, 2.138], abs=6e-4)
    for key, found in (
        ("gold_pen", fit.penetrations),
        ("gold_pur_brand", fit.purchases),
        ("gold_pur_cat", fit.category_purchases),
    ):
        assert [round(float(one), 2) for one in found] == [float(row[key]) for row in rows]


def planted(s: float) -> list[float]:
    """Return the penetrations of brands whose market has one S, by the model itself."""
    rough = fit_dirichlet(list("abcde"), SHARES, [0.01] * 5, category_penetration=0.6, category_purchases=3.0)
    exact = type(rough)(rough.brands, rough.shares, rough.observed, rough.mean, rough.k, s, rough.each, "least_squares", 50)
    return [float(one) for one in exact.penetrations]


@given(st.floats(0.3, 8.0))
def test_a_planted_s_is_found_by_both_estimators(s: float) -> None:
    for estimator in ESTIMATORS:
        fit = fit_dirichlet(
            list("abcde"), SHARES, planted(s), category_penetration=0.6, category_purchases=3.0, estimator=estimator
        )
        assert fit.s == pytest.approx(s, rel=1e-4)


def test_small_brands_have_fewer_buyers_who_buy_less_often() -> None:
    """Double jeopardy: w(1 − b) is nearly constant; duplication is nearly D times the penetration."""
    fit = fit_dirichlet(list("abcde"), SHARES, planted(1.5), category_penetration=0.6, category_purchases=3.0)
    assert np.all(np.diff(fit.penetrations) < 0)
    assert np.all(np.diff(fit.purchases) < 0)
    constant = fit.purchases * (1 - fit.penetrations)
    assert constant.std() / constant.mean() < 0.05
    ratios = fit.duplication()[0, 1:] / fit.penetrations[1:]
    assert ratios.std() / ratios.mean() < 0.05
    assert np.all((fit.sole_buyers > 0) & (fit.sole_buyers < 1))


@pytest.mark.parametrize(
    ("shares", "seen", "category", "says"),
    [
        ([0.3, 20.0], [0.2, 0.1], (0.5, 2.0), "row 2"),
        ([0.3, 0.2], [0.2, -0.1], (0.5, 2.0), "row 2"),
        ([0.3, 0.2], [0.2, 0.7], (0.5, 2.0), "row 2"),
        ([0.7, 0.6], [0.2, 0.1], (0.5, 2.0), "1.3"),
        ([0.3, 0.2], [0.2, 0.1], (1.5, 2.0), "category"),
        ([0.3, 0.2], [0.2, 0.1], (0.5, 1.05), "purchases"),
    ],
)
def test_numbers_that_contradict_the_category_are_refused(
    shares: list[float], seen: list[float], category: tuple[float, float], says: str
) -> None:
    with pytest.raises(DataError) as refused:
        fit_dirichlet(["a", "b"], shares, seen, category_penetration=category[0], category_purchases=category[1])
    assert says in str(refused.value)


TABLE = np.array([[60, 20, 5], [10, 50, 20], [8, 15, 70], [30, 30, 30]], np.float64)
BRANDS, WORDS = ["Seagull", "Fiyta", "Beijing", "mean"], ["exact", "modern", "proud"]


def test_a_map_keeps_the_distances_of_the_profiles() -> None:
    """With three attributes two axes are all there is: distances are the chi-square ones of the table."""
    found = perceptual_map(BRANDS, WORDS, TABLE, draws=20)
    profile = TABLE / TABLE.sum(axis=1, keepdims=True)
    mass = TABLE.sum(axis=0) / TABLE.sum()
    for one in range(4):
        for other in range(one):
            wanted = math.sqrt(float(np.sum((profile[one] - profile[other]) ** 2 / mass)))
            assert np.hypot(*(found.brand_places[one] - found.brand_places[other])) == pytest.approx(wanted)
    assert sum(found.explained) == pytest.approx(1.0)
    assert found.brand_places[3] == pytest.approx([0.0, 0.0], abs=0.12)  # the brand of which all is said alike


def test_the_order_of_brands_does_not_turn_the_map() -> None:
    first, other = perceptual_map(BRANDS, WORDS, TABLE, draws=5), perceptual_map(BRANDS[::-1], WORDS, TABLE[::-1], draws=5)
    assert other.brand_places[::-1] == pytest.approx(first.brand_places)


def test_an_ellipse_holds_its_brand_19_times_of_20() -> None:
    """150 samples of 1 500 answers; the profile of everybody, on the axes of the sample, lies in the ellipse in 95 %."""
    profiles = TABLE / TABLE.sum(axis=1, keepdims=True)
    generator = np.random.default_rng(9)
    inside = np.zeros(4)
    for _ in range(150):
        drawn = generator.multinomial(1500, (TABLE / TABLE.sum()).ravel()).reshape(TABLE.shape).astype(np.float64)
        found = perceptual_map(BRANDS, WORDS, drawn, draws=150)
        for at, one in enumerate(found.ellipses):
            x, y = profiles[at] @ found.attribute_places - found.brand_places[at]
            along = x * math.cos(one.angle) + y * math.sin(one.angle)
            across = -x * math.sin(one.angle) + y * math.cos(one.angle)
            inside[at] += (along / one.major) ** 2 + (across / one.minor) ** 2 <= 1
    assert inside / 150 == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / 150))


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (TABLE[:2], "three"),
        (np.where(TABLE == 5, -1, TABLE), "Seagull"),
        (np.where(TABLE[1] == TABLE, 0, TABLE) * np.array([[1], [0], [1], [1]]), "Fiyta"),
    ],
)
def test_a_table_that_is_no_plane_is_refused(table: np.ndarray, says: str) -> None:
    with pytest.raises(DataError, match=says):
        perceptual_map(BRANDS[: len(table)], WORDS, table)


def people(count: int, *, seed: int) -> np.ndarray:
    """Ask two kinds of people six yes-or-no questions: 60 % say yes mostly to the first three, 40 % to the last three."""
    generator = np.random.default_rng(seed)
    kind = generator.random(count) < 0.6
    chance = np.where(kind[:, None], [0.9, 0.85, 0.8, 0.2, 0.15, 0.1], [0.1, 0.2, 0.15, 0.8, 0.9, 0.85])
    return (generator.random((count, 6)) < chance).astype(np.int64)


NAMES = list("abcdef")


def test_planted_segments_are_found_and_counted() -> None:
    fits = choose_segments(NAMES, people(600, seed=1), most=3, starts=4)
    best = min(fits, key=lambda fit: fit.bic)
    assert best.classes == 2
    assert best.sizes == pytest.approx([0.6, 0.4], abs=3 * math.sqrt(0.24 / 600))
    assert best.profiles[0][0, 1] == pytest.approx(0.9, abs=0.06)
    assert [fit.log_likelihood for fit in fits] == sorted(fit.log_likelihood for fit in fits)
    assert best.entropy > 0.8


@pytest.mark.slow
def test_the_bootstrap_asks_for_two_and_not_for_three() -> None:
    answers = people(250, seed=1)
    assert needs_another(NAMES, answers, 1, draws=19, starts=2) == pytest.approx(0.05)
    assert needs_another(NAMES, answers, 2, draws=19, starts=2) > 0.05


def test_the_order_of_people_and_missing_answers_do_not_make_segments() -> None:
    answers = people(400, seed=3)
    fit, other = fit_segments(NAMES, answers, 2), fit_segments(NAMES, answers[::-1], 2)
    assert other.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-4)
    answers[::7, 2] = -1
    assert fit_segments(NAMES, answers, 2).sizes == pytest.approx(fit.sizes, abs=0.05)
    with pytest.raises(DataError):
        fit_segments(NAMES, answers[:10], 2)


DAYS = [f"d{day}" for day in range(200)]


def test_quiet_days_raise_few_alarms_and_a_storm_raises_one() -> None:
    """Overdispersed counts, one alarm in a thousand days: 20 series of 130 watched days see at most a handful."""
    generator = np.random.default_rng(4)
    alarms = 0
    for _ in range(20):
        counts = generator.negative_binomial(12, 12 / (12 + 40), 200)
        alarms += sum(day.alarm for day in watch_mentions(DAYS, counts.tolist(), level=1e-3))
    assert alarms <= 20 * 130 * 1e-3 + 3 * math.sqrt(20 * 130 * 1e-3) + 2
    counts[150] = 200
    (storm,) = [day for day in watch_mentions(DAYS, counts.tolist()) if day.label == "d150"]
    assert storm.alarm
    assert storm.reason == "many"
    assert storm.limit is not None
    assert storm.limit < 200


def test_as_many_mentions_as_ever_but_bad_ones_raise_the_alarm_too() -> None:
    generator = np.random.default_rng(6)
    counts = generator.poisson(60, 200)
    bad = generator.binomial(counts, 0.05)
    bad[180] = counts[180] // 2
    day = watch_mentions(DAYS, counts.tolist(), bad.tolist())[180]
    assert (day.alarm, day.reason) == (True, "negative")


def test_there_is_no_alarm_before_there_is_a_past_and_no_count_below_zero() -> None:
    assert watch_mentions(["a", "b"], [1, 900])[1].expected is None
    with pytest.raises(DataError, match="row 2"):
        watch_mentions(["a", "b"], [1, 2], [0, 3])
