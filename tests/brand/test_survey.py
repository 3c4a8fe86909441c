# SPDX-License-Identifier: Apache-2.0
"""Surveys: intervals that hold, weights that cost answers, moves that are noise, files that are refused by row and column."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.brand import (
    Survey,
    average,
    chance_of_seeing,
    effective_size,
    funnel,
    moves,
    net_promoter,
    people_needed,
    proportion,
    rake,
    read_survey,
    read_targets,
)
from sichen.core import ConfigError, DataError

HEAD = "respondent,brand,wave,weight,aided,reputation,recommend\n"


def survey_of(
    shares: list[float], people: int, *, seed: int, brands: int = 1, weights: np.ndarray | None = None, measure: str = "aided"
) -> Survey:
    """Ask people in waves whose true share is given, wave by wave."""
    generator = np.random.default_rng(seed)
    size = people * brands
    rows = [
        (f"w{wave}", f"b{brand}", f"{wave}-{brand}-{one}")
        for wave in range(len(shares))
        for brand in range(brands)
        for one in range(people)
    ]
    answers = np.concatenate([(generator.random(size) < share).astype(np.float64) for share in shares])
    heavy = np.ones(len(rows)) if weights is None else weights
    waves, names, respondents = (tuple(column) for column in zip(*rows, strict=True))
    return Survey(waves, names, respondents, heavy, {measure: answers})


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5])
def test_the_interval_of_a_share_covers_it(share: float) -> None:
    """Wilson's interval at n = 200: Brown, Cai & DasGupta (2001) show 93 … 97 % over these shares."""
    generator = np.random.default_rng(3)
    inside = 0
    for _ in range(2000):
        found = proportion((generator.random(200) < share).astype(np.float64), np.ones(200))
        inside += found.low <= share <= found.high
    assert 0.925 < inside / 2000 < 0.975


def test_weights_cost_answers_and_the_interval_knows_it() -> None:
    """Weights of 1 and 4: the design effect is 1 + cv² = 1.36; intervals of weighted shares still cover."""
    generator = np.random.default_rng(5)
    weights = np.tile([1.0, 4.0], 150)
    assert 300 / effective_size(weights) == pytest.approx(1 + (np.std(weights) / np.mean(weights)) ** 2)
    inside = 0
    for _ in range(1500):
        found = proportion((generator.random(300) < 0.3).astype(np.float64), weights)
        inside += found.low <= 0.3 <= found.high
    assert inside / 1500 == pytest.approx(0.95, abs=0.02)


@given(st.lists(st.booleans(), min_size=2, max_size=60), st.floats(0.1, 10.0))
def test_the_order_of_people_and_the_unit_of_weights_do_not_matter(answers: list[bool], factor: float) -> None:
    values = np.array(answers, np.float64)
    weights = np.linspace(1.0, 2.0, values.size)
    order = np.random.default_rng(values.size).permutation(values.size)
    first, other = proportion(values, weights), proportion(values[order], factor * weights[order])
    assert (other.value, other.low, other.high) == pytest.approx((first.value, first.low, first.high))
    assert 0 <= first.low <= first.value + 1e-12 <= first.high + 1e-12 <= 1 + 1e-12


def test_net_promoters_have_the_published_standard_error() -> None:
    answers = np.array([10.0] * 40 + [8.0] * 35 + [3.0] * 25)
    found = net_promoter(answers, np.ones(100))
    assert found.value == pytest.approx(0.15)
    assert found.u == pytest.approx(math.sqrt((0.40 + 0.25 - 0.15**2) / 100), rel=0.01)


def test_the_mean_of_a_score_is_as_uncertain_as_it_scatters() -> None:
    answers = np.random.default_rng(1).normal(70.0, 12.0, 400)
    found = average(answers, np.ones(400))
    assert found.u == pytest.approx(answers.std(ddof=1) / 20)


def test_a_step_of_the_funnel_counts_only_who_reached_it() -> None:
    rows = ["a,X,1,1", "b,X,1,0", "c,X,1,1", "d,X,0,0"]
    found = funnel(read_survey("respondent,brand,aided,considered\n" + "\n".join(rows)))
    ((before, after, share),) = found
    assert (before, after) == ("aided", "considered")
    assert share.value == pytest.approx(2 / 3)
    assert share.answers == 3


def test_without_any_change_at_most_one_tracker_in_twenty_reports_a_move() -> None:
    """Three brands, four waves of 300 people, nothing moves: the family of nine comparisons errs in ≤ 5 % (three deviations)."""
    false = sum(any(move.real for move in moves(survey_of([0.3] * 4, 300, seed=seed, brands=3))) for seed in range(200))
    assert false / 200 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200)


def test_a_planned_move_is_seen_as_often_as_planned() -> None:
    """30 → 35 % at 80 % power needs 1 377 answers a wave; 1500 trackers see it in 80 ± 3 %."""
    people = people_needed(0.30, 0.35)
    assert people == 1377
    generator = np.random.default_rng(11)
    before, after = (generator.binomial(people, share, 1500) / people for share in (0.30, 0.35))
    pooled = (before + after) / 2
    seen = np.abs(after - before) > 1.959964 * np.sqrt(2 * pooled * (1 - pooled) / people)
    assert np.mean(seen) == pytest.approx(0.80, abs=0.03)
    assert chance_of_seeing(0.30, 0.35, people) == pytest.approx(0.80, abs=0.001)
    one = sum(moves(survey_of([0.30, 0.35], people, seed=seed))[0].real for seed in range(120))
    assert one / 120 == pytest.approx(0.80, abs=3 * math.sqrt(0.16 / 120))


@given(before=st.floats(0.05, 0.9), gap=st.floats(0.02, 0.09))
def test_a_smaller_move_needs_more_people(before: float, gap: float) -> None:
    assert people_needed(before, before + gap / 2) > people_needed(before, before + gap)


def test_raked_weights_give_the_shares_of_the_population_and_never_two_to_a_person() -> None:
    rows = ["respondent,brand,aided,age,city"]
    for number in range(200):
        age, city = ("young" if number % 10 < 7 else "old"), ("tier 1" if number % 4 else "tier 2")
        rows += [f"{number},{brand},{int((number + (brand == 'X')) % 3 == 0)},{age},{city}" for brand in "XY"]
    survey = read_survey("\n".join(rows), groups=("age", "city"))
    targets = read_targets('[age]\nyoung = 0.4\nold = 0.6\n[city]\n"tier 1" = 0.5\n"tier 2" = 0.5')
    raked = rake(survey, targets)
    for name, shares in targets.items():
        for group, share in shares.items():
            here = np.array([word == group for word in raked.groups[name]])
            assert raked.weights[here].sum() / raked.weights.sum() == pytest.approx(share, abs=1e-8)
    assert raked.weights.mean() == pytest.approx(1.0)
    assert np.array_equal(raked.weights[0::2], raked.weights[1::2])  # the rows of one person
    assert effective_size(raked.weights) < 400


def test_weighting_takes_the_bias_out_of_a_lopsided_sample() -> None:
    """The young know the brand (60 %), the old do not (20 %); 80 % of the answers are young, half of the people are."""
    generator = np.random.default_rng(2)
    rows = ["respondent,brand,aided,age"]
    for number in range(4000):
        young = number % 10 < 8
        rows.append(f"{number},X,{int(generator.random() < (0.6 if young else 0.2))},{'young' if young else 'old'}")
    survey = read_survey("\n".join(rows), groups=("age",))
    raked = rake(survey, read_targets("[age]\nyoung = 0.5\nold = 0.5"))
    found = proportion(raked.answers["aided"], raked.weights)
    assert found.low < 0.4 < found.high
    assert proportion(survey.answers["aided"], survey.weights).low > 0.45


@pytest.mark.parametrize(
    ("targets", "error", "says"),
    [
        ("[age]\nyoung = 0.5\nold = 0.6", ConfigError, "add up to 1.1"),
        ("[age]\nyoung = 50\nold = 50", ConfigError, "young: 50 lies outside"),
        ("[age]\nyoung = 1.0", DataError, "row 3, column age: the targets know no group 'old'"),
        ("[age]\nyoung = 0.5\nold = 0.3\nancient = 0.2", DataError, "nobody of the group 'ancient'"),
    ],
)
def test_shares_that_cannot_be_met_are_refused(targets: str, error: type[Exception], says: str) -> None:
    survey = read_survey("respondent,brand,aided,age\na,X,1,young\nb,X,0,old", groups=("age",))
    with pytest.raises(error) as refused:
        rake(survey, read_targets(targets))
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("a,X,1,1,1,50,5\na,X,1,1,0,50,5\n", "row 3"),
        ("a,X,1,,1,50,5\n", "row 2"),
        ("a,X,1,-1,1,50,5\n", "row 2"),
        ("a,X,1,1,maybe,50,5\n", "row 2, column aided"),
        ("a,X,1,1,1,150,5\n", "row 2, column reputation"),
        ("a,X,1,1,1,50,11\n", "row 2, column recommend"),
        (",X,1,1,1,50,5\n", "row 2"),
        ("", "survey"),
    ],
)
def test_answers_that_cannot_be_trusted_are_refused_by_row_and_column(rows: str, says: str) -> None:
    with pytest.raises(DataError) as refused:
        read_survey(HEAD + rows)
    assert says in str(refused.value)


def test_an_unknown_column_is_refused_and_a_known_group_is_not() -> None:
    text = "respondent,brand,aided,shoes\na,X,1,42\n"
    with pytest.raises(DataError, match="shoes"):
        read_survey(text)
    assert read_survey(text, groups=("shoes",)).groups["shoes"] == ("42",)
