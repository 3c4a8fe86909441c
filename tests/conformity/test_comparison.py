# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.conformity import batch_of_rates, judge, plan
from sichen.conformity.comparison import Contestant, compare, contestants
from sichen.conformity.proficiency import Participant, algorithm_a, assigned_value_is_good, score
from sichen.core import DataError, TooFewSamples

RESULTS = st.lists(st.floats(-10, 10), min_size=6, max_size=20, unique=True).filter(lambda x: np.ptp(x) > 0.1)


def test_two_brands_that_differ_by_one_spread_are_ranked_with_its_probability() -> None:
    """Two means of 200 watches, σ = 1, differ by 0.1: u of the difference is 0.1, so P(first) = Φ(1) = 0.841."""
    rng = np.random.default_rng(2)
    a, b = (rng.standard_normal(200) for _ in range(2))
    a, b = (a - a.mean()) / a.std(ddof=1) + 3.0, (b - b.mean()) / b.std(ddof=1) + 3.1
    first, second = compare([Contestant("A", tuple(a), 0.0), Contestant("B", tuple(b), 0.0)])

    assert (first.name, second.name) == ("A", "B")
    assert first.rank_probabilities[0] == pytest.approx(0.841, abs=0.015)
    assert sum(first.rank_probabilities) == pytest.approx(1)


def test_an_error_that_all_share_moves_no_rank() -> None:
    brands = [Contestant("A", (3.0, 3.1, 2.9), 0.0), Contestant("B", (4.0, 4.1, 3.9), 0.0)]
    alone, shared = compare(brands, merit="low"), compare(brands, merit="low", shared_u=5.0)

    assert shared[0].rank_probabilities == alone[0].rank_probabilities
    assert shared[0].u > 5 > alone[0].u


@pytest.mark.parametrize(("merit", "best"), [("near_zero", "B"), ("low", "A"), ("high", "C")])
def test_what_is_better_depends_on_the_measurand(merit: str, best: str) -> None:
    brands = [Contestant("A", (-5.0, -5.1), 0.1), Contestant("B", (0.1, -0.1), 0.1), Contestant("C", (6.0, 6.1), 0.1)]
    assert compare(brands, merit=merit)[0].name == best


def test_a_dear_brand_that_is_worse_is_not_efficient() -> None:
    cheap, dear = Contestant("cheap", (1.0, 1.1, 0.9), 0.01, 100.0), Contestant("dear", (4.0, 4.1, 3.9), 0.01, 900.0)
    by_name = {one.name: one.efficient for one in compare([cheap, dear])}
    assert by_name["cheap"] == 1.0
    assert (by_name["dear"] or 0) < 0.02
    assert compare([Contestant("x", (1.0, 2.0), 0.1), Contestant("y", (1.0, 2.0), 0.1)])[0].efficient is None


def test_verdicts_of_one_protocol_become_a_comparison() -> None:
    protocol = plan("qbt1903-1993").choose(category="I-first")
    days = {"A1": ["4", "5", "6"], "A2": ["5", "5", "6"], "B1": ["20", "21", "19"], "B2": ["22", "20", "19"]}
    batch = batch_of_rates(list(days.values()), u=0.2, kind="acoustic_rate", watches=list(days))
    brands = {serial: serial[0] for serial in days}
    gathered = contestants(judge(batch, protocol), "greatest_rate", brands=brands, prices={"A": 900.0})

    assert [(one.name, one.values, one.price) for one in gathered] == [("A", (6.0, 6.0), 900.0), ("B", (21.0, 22.0), None)]
    assert compare(gathered)[0].name == "A"
    with pytest.raises(DataError, match="power_reserve"):
        contestants(judge(batch, protocol), "power_reserve", brands=brands)


def test_one_watch_says_nothing_of_its_brand() -> None:
    with pytest.raises(TooFewSamples):
        compare([Contestant("A", (1.0,), 0.1), Contestant("B", (1.0, 2.0), 0.1)])
    with pytest.raises(DataError):
        compare([Contestant("A", (1.0, 2.0), 0.1)] * 2)


@given(RESULTS, st.floats(-100, 100), st.floats(0.1, 10))
def test_algorithm_a_moves_and_stretches_with_its_data(values: list[float], shift: float, factor: float) -> None:
    x = np.array(values)
    if np.median(np.abs(x - np.median(x))) < 1e-3:
        return
    one, other = algorithm_a(x.tolist()), algorithm_a((factor * x + shift).tolist())
    assert other.mean == pytest.approx(factor * one.mean + shift, rel=1e-6, abs=1e-6)
    assert other.deviation == pytest.approx(factor * one.deviation, rel=1e-6)


def test_algorithm_a_is_the_fixed_point_that_the_standard_describes() -> None:
    values = [4.9, 5.0, 5.1, 5.0, 4.8, 5.2, 9.0]
    robust = algorithm_a(values)
    clipped = np.clip(values, robust.mean - 1.5 * robust.deviation, robust.mean + 1.5 * robust.deviation)
    assert robust.mean == pytest.approx(clipped.mean(), rel=1e-9)
    assert robust.deviation == pytest.approx(1.134 * clipped.std(ddof=1), rel=1e-9)
    assert robust.u_mean == pytest.approx(1.25 * robust.deviation / math.sqrt(7))


def test_algorithm_a_of_normal_results_is_the_normal_mean_and_deviation_and_an_outlier_hardly_moves_it() -> None:
    """1.134 makes s* right for normal data; 20 000 values scatter by σ/√n = 0.7 % and about as much in s*."""
    x = np.random.default_rng(13528).normal(5, 2, 20_000)
    robust = algorithm_a(x.tolist())
    assert robust.mean == pytest.approx(5, abs=0.06)
    assert robust.deviation == pytest.approx(2, rel=0.03)
    small = x[:25].tolist()
    clean, dirty = algorithm_a(small), algorithm_a([*small[:-1], 1e6])
    assert abs(dirty.mean - clean.mean) < clean.deviation


def test_scores_follow_their_formulas() -> None:
    [one] = score([Participant("lab", 5.6, 0.2)], assigned=5.0, u_assigned=0.1, deviation=0.25)
    assert one.z.value == pytest.approx(2.4)
    assert one.z.judgement == "questionable"
    assert one.z_prime.value == pytest.approx(0.6 / math.hypot(0.25, 0.1))
    assert one.zeta.value == pytest.approx(0.6 / math.hypot(0.2, 0.1))
    assert one.en.value == pytest.approx(one.zeta.value / 2)
    assert one.en.judgement == "unsatisfactory"


@pytest.mark.parametrize(("z", "word"), [(2.0, "satisfactory"), (2.01, "questionable"), (3.0, "unsatisfactory")])
def test_two_is_still_good_and_three_calls_for_action(z: float, word: str) -> None:
    [one] = score([Participant("lab", z, 10.0)], assigned=0.0, u_assigned=0.0, deviation=1.0)
    assert one.z.judgement == word
    assert one.en.judgement == "satisfactory"


def test_a_poor_assigned_value_belongs_into_the_score() -> None:
    assert assigned_value_is_good(0.3, deviation=1.0)
    assert not assigned_value_is_good(0.31, deviation=1.0)


def test_what_cannot_be_scored_is_refused() -> None:
    with pytest.raises(TooFewSamples):
        algorithm_a([1, 2, 3, 4])
    with pytest.raises(DataError):
        algorithm_a([1, 1, 1, 1, 1, 2])
    with pytest.raises(DataError):
        score([Participant("lab", 1.0, 0.0)], assigned=0, u_assigned=0, deviation=1)
