# SPDX-License-Identifier: Apache-2.0
"""Choice: planted tastes are found, what cannot change the answer does not, published likelihoods, refusals by row and column."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.brand import (
    Attribute,
    Choices,
    Layout,
    choices_from_rows,
    design_tasks,
    fit_hierarchical,
    fit_logit,
    fit_mixed_logit,
    halton_normals,
    read_choices,
    willingness_to_pay,
)
from sichen.core import DataError

TASTE = np.array([1.0, -0.8, 0.5])
NAMES = ("brand", "price", "steel")


def market(
    people: int,
    cases: int,
    *,
    spread: float | np.ndarray = 0.0,
    alternatives: int = 3,
    seed: int = 1,
    taste: np.ndarray = TASTE,
) -> Choices:
    """Let people choose by the logit rule, each with a taste of their own about the common one."""
    generator = np.random.default_rng(seed)
    own = taste + np.asarray(spread) * generator.standard_normal((people, taste.size))
    rows = generator.standard_normal((people * cases, alternatives, taste.size))
    person = np.repeat(np.arange(people), cases)
    utility = np.einsum("cak,ck->ca", rows, own[person]) + generator.gumbel(size=rows.shape[:2])
    taken = np.zeros(rows.shape[:2], np.bool_)
    taken[np.arange(len(rows)), utility.argmax(axis=1)] = True
    flat = rows.reshape(-1, taste.size)
    case = np.repeat(np.arange(len(rows)), alternatives)
    who = np.repeat(person, alternatives)
    return choices_from_rows(flat, NAMES, case=case.tolist(), chosen=taken.ravel().tolist(), person=who.tolist())


def rearranged(choices: Choices, order: np.ndarray, *, attributes: np.ndarray | None = None) -> Choices:
    """Give the same choices with their cases, and the alternatives of each, in another order."""
    rows = choices.attributes if attributes is None else attributes
    case = np.repeat(np.arange(choices.cases), choices.sizes)
    taken = np.zeros(len(rows), np.bool_)
    taken[choices.chosen] = True
    return choices_from_rows(
        rows[order], choices.names, case=case[order].tolist(), chosen=taken[order].tolist(),
        person=choices.person[case][order].tolist(),
    )  # fmt: skip


MARKET = market(150, 6)


def test_planted_tastes_are_found_within_three_standard_errors() -> None:
    fit = fit_logit(market(400, 10, seed=3))
    assert np.all(np.abs(fit.coefficients - TASTE) < 3 * fit.errors)
    assert np.all(fit.errors < 0.05)


def test_intervals_of_a_logit_cover_the_truth_as_often_as_they_say() -> None:
    """300 markets of 60 people with five choices; 95 % intervals, three binomial deviations."""
    inside = np.zeros(3)
    for seed in range(300):
        fit = fit_logit(market(60, 5, seed=1000 + seed))
        inside += np.abs(fit.coefficients - TASTE) < 1.96 * fit.errors
    assert np.all(np.abs(inside / 300 - 0.95) < 3 * math.sqrt(0.95 * 0.05 / 300) + 0.01)


def test_people_who_choose_alike_every_time_make_the_errors_wider() -> None:
    """One person ten times is not ten people: clustered errors exceed those of the same cases as strangers."""
    choices = market(100, 10, spread=1.5)
    strangers = Choices(
        choices.attributes, choices.names, choices.starts, choices.chosen, np.arange(choices.cases), choices.weights
    )
    clustered, apart = fit_logit(choices), fit_logit(strangers)
    assert clustered.coefficients == pytest.approx(apart.coefficients)
    assert np.all(clustered.errors > 1.3 * apart.errors)


@given(seed=st.integers(0, 10**6))
def test_the_order_of_rows_and_people_does_not_matter(seed: int) -> None:
    small = market(20, 4)
    order = np.random.default_rng(seed).permutation(len(small.attributes))
    first, other = fit_logit(small), fit_logit(rearranged(small, order))
    assert other.coefficients == pytest.approx(first.coefficients, rel=1e-8)
    assert other.errors == pytest.approx(first.errors, rel=1e-8)


@given(factor=st.floats(1e-4, 1e4), shift=st.floats(-50, 50))
def test_another_unit_of_the_price_changes_only_its_coefficient(factor: float, shift: float) -> None:
    small = market(40, 4)
    moved = small.attributes.copy()
    moved[:, 1] = moved[:, 1] * factor + shift
    fit, other = fit_logit(small), fit_logit(rearranged(small, np.arange(len(moved)), attributes=moved))
    assert other.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-9)
    assert other.coefficients[1] * factor == pytest.approx(fit.coefficients[1], rel=1e-6)
    assert other.coefficients[[0, 2]] == pytest.approx(fit.coefficients[[0, 2]], rel=1e-6)


def test_weights_count_as_repeated_people() -> None:
    small = market(50, 4)
    double = Choices(small.attributes, small.names, small.starts, small.chosen, small.person, np.full(small.cases, 2.0))
    assert fit_logit(double).log_likelihood == pytest.approx(2 * fit_logit(small).log_likelihood)
    assert fit_logit(double).coefficients == pytest.approx(fit_logit(small).coefficients)


def test_a_willingness_to_pay_is_a_ratio_with_the_uncertainty_of_one() -> None:
    """Delta method against 4000 draws of the same covariance."""
    fit = fit_logit(MARKET)
    draws = np.random.default_rng(1).multivariate_normal(fit.coefficients, fit.covariance, 40_000)
    for one in willingness_to_pay(fit, price="price"):
        ratio = -draws[:, fit.names.index(one.name)] / draws[:, 1]
        assert one.value == pytest.approx(np.median(ratio), rel=0.02)
        assert one.u == pytest.approx(np.std(ratio), rel=0.05)


def test_a_price_that_does_not_lower_the_choice_prices_nothing() -> None:
    fit = fit_logit(market(50, 4, taste=np.array([1.0, 0.0, 0.5])))
    with pytest.raises(DataError, match="price"):
        willingness_to_pay(fit, price="price")


@pytest.mark.slow
def test_planted_spreads_are_found_by_the_mixed_logit() -> None:
    choices = market(200, 10, spread=np.array([0.9, 0.5, 0.0]), seed=8)
    fit = fit_mixed_logit(choices, ["brand", "price"], draws=80)
    assert np.all(np.abs(fit.coefficients - TASTE) < 3 * fit.errors)
    assert np.all(np.abs(fit.spreads - [0.9, 0.5]) < 3 * fit.spread_errors)
    assert fit.log_likelihood > fit.log_likelihood_logit + 30


def test_a_mixed_logit_of_people_alike_is_the_plain_one() -> None:
    fit = fit_mixed_logit(MARKET, ["brand"], draws=50)
    assert fit.spreads[0] < 0.35
    assert fit.log_likelihood == pytest.approx(fit.log_likelihood_logit, abs=2.0)
    assert fit.coefficients == pytest.approx(fit_logit(MARKET).coefficients, abs=0.1)


def test_own_draws_are_used_and_their_shape_is_checked() -> None:
    draws = halton_normals(MARKET.people, 30, 1, seed=4)
    assert fit_mixed_logit(MARKET, ["brand"], draws=draws).log_likelihood == pytest.approx(
        fit_mixed_logit(MARKET, ["brand"], draws=30, seed=4).log_likelihood
    )
    with pytest.raises(DataError, match="draws"):
        fit_mixed_logit(MARKET, ["brand"], draws=draws[1:])


def test_scrambled_draws_have_the_moments_of_a_normal() -> None:
    draws = halton_normals(50, 200, 3)
    assert draws.mean(axis=(0, 1)) == pytest.approx(0.0, abs=0.01)
    assert draws.std(axis=(0, 1)) == pytest.approx(1.0, abs=0.01)


@pytest.mark.slow
def test_planted_people_are_found_by_hierarchical_bayes() -> None:
    choices = market(150, 12, spread=0.8, seed=4)
    fit = fit_hierarchical(choices, rounds=3000, burn_in=1000)
    error = fit.means.std(axis=0)
    assert np.all(np.abs(fit.means.mean(axis=0) - TASTE) < 4 * error)
    assert fit.deviations.mean(axis=0) == pytest.approx(0.8, abs=0.25)
    assert 0.2 < fit.accepted < 0.4
    # The same draws of truth as market() made: a person's mean must follow the person.
    truth = TASTE + 0.8 * np.random.default_rng(4).standard_normal((150, 3))
    assert all(np.corrcoef(fit.tastes[:, at], truth[:, at])[0, 1] > 0.6 for at in range(3))


def test_hierarchical_bayes_is_the_same_for_the_same_seed() -> None:
    small = market(20, 4)
    first, again = (fit_hierarchical(small, rounds=200, burn_in=100, seed=7) for _ in range(2))
    assert np.array_equal(first.means, again.means)


def test_a_design_tells_every_coefficient_and_is_better_than_chance() -> None:
    attributes = [
        Attribute("brand", ("Seagull", "Fiyta", "Tissot")),
        Attribute("price", ("1000", "2000", "4000"), numeric=True),
    ]
    made = design_tasks(attributes, tasks=8, prior={"price": -0.0005})
    once = design_tasks(attributes, tasks=8, prior={"price": -0.0005}, sweeps=0)
    assert made.d_error < once.d_error
    assert sum(made.balance["brand"]) == 24
    assert {row["alternative"] for row in made.rows()} == {"1", "2", "3", "none"}
    assert made.names == ("brand=Fiyta", "brand=Tissot", "price", "none")


@pytest.mark.parametrize(
    ("attributes", "tasks", "says"),
    [
        ([Attribute("brand", ("a", "b", "c", "d", "e"))], 1, "tasks"),
        ([Attribute("brand", ("a",))], 4, "brand"),
        ([Attribute("brand", ("a", "a"))], 4, "brand"),
        ([Attribute("price", ("1", "cheap"), numeric=True)], 4, "price"),
    ],
)
def test_a_design_that_cannot_tell_a_coefficient_is_refused(attributes: list[Attribute], tasks: int, says: str) -> None:
    with pytest.raises(DataError, match=says):
        design_tasks(attributes, tasks=tasks, alternatives=2, none=False)


LONG = "case,person,choice,price,brand\n1,a,1,2,X\n1,a,0,3,Y\n2,a,0,2,Y\n2,a,1,4,X\n3,b,1,2,X\n3,b,0,3,Y\n"
USUAL = Layout(choice="choice", columns=("price",), case="case", person="person")


@pytest.mark.parametrize(
    ("text", "layout", "says"),
    [
        (LONG.replace("1,a,0,3", "1,a,0,dear"), USUAL, "row 3, column price"),
        (LONG.replace("1,a,0,3", "1,a,perhaps,3"), USUAL, "row 3"),
        (LONG.replace("1,a,0,3", "1,a,1,3"), USUAL, "case a/1 has 2 choices"),
        (LONG.replace("1,a,1,2", "1,a,0,2"), USUAL, "case a/1 has 0 choices"),
        (LONG, Layout(choice="choice", columns=("cost",), case="case"), "cost"),
        (LONG, Layout(choice="choice", columns=("price",)), "case"),
        (LONG, Layout(choice="choice", case="case"), "--columns"),
        (LONG.replace("3,b,0,3,Y\n", ""), USUAL, "fewer than two"),
        (LONG + "4,b\n", USUAL, "row 8"),
    ],
)
def test_a_choice_file_that_is_wrong_is_refused_by_row_and_column(text: str, layout: Layout, says: str) -> None:
    with pytest.raises(DataError) as refused:
        read_choices(text, layout)
    assert says in str(refused.value)


def test_what_the_choices_cannot_tell_is_named() -> None:
    flat = MARKET.attributes.copy()
    flat[:, 2] = 1.0
    tied = MARKET.attributes.copy()
    tied[:, 2] = 2 * tied[:, 0]
    same = np.arange(len(flat))
    with pytest.raises(DataError, match="never differ") as refused:
        fit_logit(rearranged(MARKET, same, attributes=flat))
    assert "steel" in str(refused.value)
    with pytest.raises(DataError, match="tied") as refused:
        fit_logit(rearranged(MARKET, same, attributes=tied))
    assert "brand, steel" in str(refused.value)
    perfect = MARKET.attributes.copy()
    perfect[:, 2] = 0.0
    perfect[MARKET.chosen, 2] = 1.0
    with pytest.raises(DataError, match="steel"):
        fit_logit(rearranged(MARKET, same, attributes=perfect))


GOLDEN = {
    "Heating": ("mlogit_Heating.csv", Layout("depvar", ("ic", "oc"), wide=("gc", "gr", "ec", "er", "hp")), -1095.2371),
    "Heating with constants": (
        "mlogit_Heating.csv",
        Layout("depvar", ("ic", "oc"), wide=("gc", "gr", "ec", "er", "hp"), constants=True, base={"alternative": "hp"}),
        -1008.2287,
    ),
    "ModeCanada": (
        "mlogit_ModeCanada.csv",
        Layout(
            "choice", ("cost", "freq"), case="case", alternative="alt", by_alternative=("income", "ivt+ovt"), constants=True,
            base={"alternative": "car"}, where={"noalt": "4"}, only=("car", "train", "air"),
        ),
        -1951.3437,
    ),
    "yogurt": (
        "logitr_yogurt.csv",
        Layout("choice", ("price", "feat", "brand"), case="obsID", person="id", base={"brand": "dannon"}),
        -2656.8879,
    ),
    "cars_china": (
        "logitr_cars_china.csv",
        Layout(
            "choice",
            ("hev", "phev10", "phev20", "phev40", "bev75", "bev100", "bev150", "phevFastcharge", "bevFastcharge", "price",
             "opCost", "accelTime", "american", "japanese", "chinese", "skorean"),
            case="obsnum", person="id", weights="weights",
        ),
        -6788.81,
    ),
}  # fmt: skip
"""The published log-likelihoods that the handbook cites: mlogit and logitr, their vignettes."""


@pytest.mark.parametrize("name", list(GOLDEN))
def test_published_likelihoods_are_met(shared: Path, name: str) -> None:
    file, layout, expected = GOLDEN[name]
    fit = fit_logit(read_choices((shared / "brand" / file).read_text(encoding="utf-8"), layout))
    assert fit.log_likelihood == pytest.approx(expected, abs=0.005 if name == "cars_china" else 6e-5)
    if name == "Heating":
        assert fit.coefficients == pytest.approx([-0.006232, -0.004580], abs=6e-7)
    if name == "cars_china":
        worth = {one.name: one.value for one in willingness_to_pay(fit, price="price")}
        published = {"chinese": -9.7, "american": -10.6, "japanese": -18.1, "skorean": -19.4}
        found = {brand: worth[brand] for brand in published}
        assert found == pytest.approx(published, abs=0.06)
