# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from benchmarks.conformity.oracle import conforms, criteria, on_a_limit
from hypothesis import given
from hypothesis import strategies as st

from sichen.conformity import (
    Batch,
    Limits,
    Protocol,
    Reading,
    batch_of_figures,
    batch_of_rates,
    batch_of_states,
    criteria_covariance,
    judge,
    judge_many,
    judge_table,
    plan,
    risks_many,
)
from sichen.core import DataError, Figure, Instant, Message

CATEGORY_1 = plan("iso3159").choose(category="1")
EXAMPLE = ["2.1", "2.5", "1.0", "0.6", "-0.4", "0.2", "4.1", "4.5", "3.9", "3.5", "0.2", "3.0", "5.9", "2.4", "2.6"]
VALUES = {  # the worked example of the handbook, section 3.1
    "mean_daily_rate": "2.2",
    "mean_variation": "0.44",
    "greatest_variation": "0.6",
    "vertical_horizontal_difference": "-1.4",
    "greatest_deviation": "2.6",
    "thermal_variation": "0.19",
    "resumption": "0.3",
}
DAY = st.decimals(min_value=-12, max_value=12, places=2)


def whole(rates: np.ndarray, decimals: int) -> Batch:
    return Batch(tuple(map(str, range(len(rates)))), rates, decimals, "daily_rate", np.full((1, 16), 0.02))


def test_the_worked_example_gives_the_seven_printed_values_and_passes() -> None:
    [verdict] = judge(batch_of_rates([EXAMPLE], u=0.02), CATEGORY_1)

    assert {one.id: one.value for one in verdict.criteria} == {name: Fraction(text) for name, text in VALUES.items()}
    assert verdict.verdict == "accept"
    assert verdict.to_json()["criteria"]["mean_daily_rate"]["pass"] is True  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    ("rates", "criterion"),
    [  # the handbook's four traps of binary fractions, section 5.1
        ("7.4 5.8 4.7 7.6 8.1 4.4 6.7 9.0 3.6 2.7 1 1 1 6.6 6.6", "mean_daily_rate"),
        ("5.7 6.2 8.3 8.8 7.2 4.2 4.9 4.8 6.7 3.2 1 1 1 6 6", "mean_daily_rate"),
        ("1 1 1 1 1 1 1 1 1 1 29.7 1 47.7 1 1", "thermal_variation"),
        ("9.9 -1.3 1 1 1 1 1 1 1 1 1 1 1 1 9.3", "resumption"),
    ],
)
def test_a_watch_exactly_on_a_limit_conforms_although_doubles_say_it_does_not(rates: str, criterion: str) -> None:
    [verdict] = judge(batch_of_rates([rates.split()], u=0.02), CATEGORY_1)

    result = verdict.criterion(criterion)
    assert result.value == Fraction(str(result.limits.high))
    assert result.verdict == "accept"


@given(st.lists(DAY, min_size=15, max_size=15), st.sampled_from(["1", "2"]))
def test_values_and_verdicts_agree_with_rational_arithmetic(rates: list[Decimal], category: str) -> None:
    many = judge_many(batch_of_rates([rates], u=0.02), plan("iso3159").choose(category=category))

    expected = criteria([Fraction(rate) for rate in rates])
    assert {name: many.exact(0, place) for place, name in enumerate(many.criteria)} == expected
    assert (many.verdicts[0] == 0) == conforms(expected, category)


@pytest.mark.parametrize("decimals", [1, 2, 3])
def test_certificates_placed_on_the_limits_are_judged_as_the_oracle_does(decimals: int) -> None:
    rates = on_a_limit(2000, decimals=decimals, seed=decimals)
    many = judge_many(whole(rates, decimals), CATEGORY_1)

    expected = [conforms(criteria([Fraction(int(rate), 10**decimals) for rate in row]), "1") for row in rates]
    assert ((many.verdicts == 0) == np.array(expected)).all()
    assert 0.4 < np.mean(expected) < 0.8  # on the limit and inside conform, outside does not: two of three


@given(st.lists(DAY, min_size=16, max_size=16))
def test_states_and_their_differences_give_the_same_verdict(states: list[Decimal]) -> None:
    rates = [b - a for a, b in pairwise(states)]
    by_states = judge_many(batch_of_states([states], u=0.02), CATEGORY_1)
    by_rates = judge_many(batch_of_rates([rates], u=0.02), CATEGORY_1)

    assert (by_states.values() == by_rates.values()).all()
    assert by_states.verdicts == by_rates.verdicts


@given(st.lists(DAY, min_size=15, max_size=15))
def test_the_other_sign_of_d_mirrors_the_difference_and_nothing_else(rates: list[Decimal]) -> None:
    other = plan("iso3159").choose(category="1", parameters={"sign_d": "horizontal minus vertical"})
    left = judge_many(batch_of_rates([rates], u=0.02), CATEGORY_1)
    right = judge_many(batch_of_rates([rates], u=0.02), other)

    mirror = np.array([1, 1, 1, -1, 1, 1, 1])
    assert (left.values() * mirror == right.values()).all()


def test_uncertainties_of_criteria_follow_the_shared_states() -> None:
    """Section 3.2 of the handbook: derived by hand from E_i, within 1 % of simulated readings."""
    u = 0.05
    batch = batch_of_states([np.round(np.cumsum([0.0, *map(float, EXAMPLE)]), 1).astype(str).tolist()], u=u)
    [verdict] = judge(batch, CATEGORY_1)

    expected = {
        "mean_daily_rate": 2**0.5 / 10 * u,
        "vertical_horizontal_difference": u,
        "thermal_variation": u / 15,
        "resumption": 2.5**0.5 * u,
    }
    for name, spread in expected.items():
        assert verdict.criterion(name).u == pytest.approx(spread, rel=1e-12)
    covariance = criteria_covariance(batch, CATEGORY_1, 0)
    assert covariance[0, 0] ** 0.5 == pytest.approx(expected["mean_daily_rate"], rel=1e-12)
    assert covariance == pytest.approx(covariance.T)


def test_stated_uncertainties_cover_the_truth_also_for_maxima() -> None:
    """2 000 measurements of one watch with states known to 0.05 s: |value − truth| ≤ 2 u in about 95 % of them."""
    truth = np.array([float(rate) for rate in EXAMPLE])
    exact = criteria([Fraction(rate) for rate in EXAMPLE])
    rng = np.random.default_rng(4)
    states = np.concatenate([[0.0], np.cumsum(truth)]) + rng.normal(0, 0.05, (2000, 16))
    batch = Batch(
        tuple(map(str, range(2000))),
        np.diff(np.rint(states * 1000), axis=1).astype(np.int64),
        3,
        "daily_rate",
        np.full((1, 16), 0.05),
    )
    verdicts = judge(batch, CATEGORY_1, trials=400)

    for name, value in exact.items():
        inside = [
            abs(float(one.criterion(name).value or 0) - float(value)) <= 2 * (one.criterion(name).u or 0) for one in verdicts
        ]
        assert 0.93 <= np.mean(inside) <= 1.0, name  # maxima are a little cautious: their draws carry the bias too


def test_an_acoustic_reading_is_another_measurand_and_the_report_says_so() -> None:
    [daily] = judge(batch_of_rates([EXAMPLE], u=0.02), CATEGORY_1)
    [acoustic] = judge(batch_of_rates([EXAMPLE], u=0.02, kind="acoustic_rate"), CATEGORY_1)

    assert "conformity.flag.measurand" not in {flag.key for flag in daily.flags()}
    assert "conformity.flag.measurand" in {flag.key for flag in acoustic.flags()}
    # Independent readings do not cancel in a mean as states do: √(10)/10 against √2/10.
    ratio = (acoustic.criterion("mean_daily_rate").u or 0) / (daily.criterion("mean_daily_rate").u or 1)
    assert ratio == pytest.approx(5**0.5)


def test_readings_of_the_bench_are_judged_with_their_own_uncertainties() -> None:
    grade = plan("qbt1903-1993").choose(category="I-excellent")
    batch = batch_of_figures({"A": [Figure(1.25, 0.2, "s/d"), Figure(-3.5, 0.3, "s/d"), Figure(100.0, 3.0, "ppm")]})
    [verdict] = judge(batch, grade)

    assert verdict.measurand == "acoustic_rate"
    assert verdict.criterion("greatest_rate").value == Fraction("8.64")
    assert verdict.criterion("greatest_rate").u == pytest.approx(0.2592, rel=0.03)
    with pytest.raises(DataError, match="measurement 2"):
        batch_of_figures({"A": [Figure(1.0, 0.1, "s/d"), Figure.refused("s/d", Message.plain("no tick"))]})


def test_a_guard_band_leaves_what_is_too_near_undecided_and_both_ways_agree() -> None:
    careful = plan("iso3159").choose(category="1", decision="guard_band")
    batch = whole(on_a_limit(300, decimals=2, seed=9), 2)

    codes = judge_many(batch, careful).verdicts
    names = [one.verdict for one in judge(batch, careful)]
    assert [("accept", "reject", "undecided")[code] for code in codes] == names
    assert "undecided" in names


@given(st.lists(DAY, min_size=15, max_size=15))
def test_a_guard_band_never_turns_a_verdict_round(rates: list[Decimal]) -> None:
    batch = batch_of_rates([rates], u=0.05)
    simple = judge_many(batch, CATEGORY_1).verdicts[0]
    careful = judge_many(batch, plan("iso3159").choose(category="1", decision="guard_band")).verdicts[0]

    assert careful in {simple, 2}


def test_shared_risk_asks_for_a_measurement_that_is_good_enough() -> None:
    shared = plan("iso3159").choose(category="1", decision="shared_risk")
    good, poor = (judge(batch_of_rates([EXAMPLE], u=u), shared)[0] for u in (0.02, 2.0))

    assert (good.verdict, poor.verdict) == ("accept", "undecided")


def test_shared_risk_judges_one_watch_as_it_judges_a_million() -> None:
    shared = plan("iso3159").choose(category="1", decision="shared_risk")
    rates = on_a_limit(84, decimals=1, seed=5)
    for u in (0.02, 0.9, 2.0):
        batch = replace(whole(rates, 1), u=np.full((1, 16), u))
        codes = judge_many(batch, shared).verdicts
        assert [("accept", "reject", "undecided")[code] for code in codes] == [
            one.verdict for one in judge(batch, shared, trials=200)
        ]


def test_the_chamber_widens_every_criterion_as_its_days_enter() -> None:
    """0.35 s/d on each day: M̄ gets 0.35/√10, C gets 0.35 √2/30 besides the states."""
    batch = batch_of_rates([EXAMPLE], u=0.02)
    [verdict] = judge(batch.in_chamber(0.35), CATEGORY_1)

    assert verdict.criterion("mean_daily_rate").u == pytest.approx((2 * 0.02**2 / 100 + 0.35**2 / 10) ** 0.5)
    assert verdict.criterion("thermal_variation").u == pytest.approx((0.02**2 / 225 + 2 * 0.35**2 / 900) ** 0.5)


def test_risks_go_to_the_side_that_carries_them() -> None:
    near = [*EXAMPLE[:14], "7.28"]  # R = 4.98: a limit of 5, u(R) = 0.032
    [verdict] = judge(batch_of_rates([near], u=0.02), CATEGORY_1)
    # P(R > 5) with u = √2.5 · 0.02, by the normal tail; 10 000 draws scatter by 0.4 %.
    assert verdict.verdict == "accept"
    assert verdict.risks.consumer == pytest.approx(0.2635, abs=0.015)
    assert verdict.risks.producer == 0.0


def test_risks_of_many_are_never_understated_and_near_what_draws_give() -> None:
    """140 watches near one limit each: draws of 4 000 scatter by 0.8 %, and only one criterion matters at a time."""
    batch = replace(whole(on_a_limit(140, decimals=2, seed=11), 2), u=np.full((1, 16), 0.05))
    many = risks_many(batch, judge_many(batch, CATEGORY_1))
    one_by_one = judge(batch, CATEGORY_1, trials=4000)

    for index, verdict in enumerate(one_by_one):
        drawn = 1 - (verdict.risks.producer or 0.0) if verdict.verdict == "reject" else verdict.risks.consumer or 0.0
        bound = 1 - many.producer[index] if verdict.verdict == "reject" else many.consumer[index]
        assert bound == pytest.approx(drawn, abs=0.05), index
        assert bound >= drawn - 0.04 or verdict.verdict == "reject", index
        assert bound <= drawn + 0.04 or verdict.verdict != "reject", index
    assert many.totals()[0] == pytest.approx(many.consumer.sum())


def test_a_single_limit_has_the_normal_tail() -> None:
    batch = batch_of_rates([[*EXAMPLE[:14], "7.28"]], u=0.02)
    risks = risks_many(batch, judge_many(batch, CATEGORY_1))
    assert risks.consumer[0] == pytest.approx(0.26354, abs=1e-4)  # R = 4.98, u = √2.5 · 0.02: Q(0.6325)
    assert risks.producer[0] == 0


def test_the_answer_does_not_depend_on_who_else_is_in_the_batch() -> None:
    alone = judge(batch_of_rates([EXAMPLE], u=0.02), CATEGORY_1)[0]
    among = judge(batch_of_rates([["0"] * 15, EXAMPLE], u=0.02), CATEGORY_1)[1]

    assert alone.criteria == among.criteria
    assert alone.risks == among.risks


def protocol_that_rounds(decimals: int) -> Protocol:
    return replace(plan("iso3159"), rounding="half_even", decimals=decimals).choose(category="1")


@pytest.mark.parametrize(("last", "verdict"), [("0.5", "accept"), ("0.6", "reject")])
def test_rounding_half_to_even_is_exact_too(last: str, verdict: str) -> None:
    """ΣM = 60.5: the mean 6.05 rounds to 6.0, which conforms; 6.06 rounds to 6.1, which does not."""
    rates = ["6"] * 9 + [f"{6 + float(last):.1f}"] + ["1"] * 3 + ["6", "6"]
    rounded = protocol_that_rounds(1)
    [one] = judge(batch_of_rates([rates], u=0.02), rounded)

    assert one.criterion("mean_daily_rate").verdict == verdict
    assert (judge_many(batch_of_rates([rates], u=0.02), rounded).verdicts[0] == 0) == (verdict == "accept")


@given(st.integers(min_value=5800, max_value=6200), st.integers(min_value=0, max_value=2))
def test_a_rounded_limit_is_the_last_value_that_rounds_to_it(total: int, decimals: int) -> None:
    rates = ["6.00"] * 9 + [str(Decimal(total) / 100 - 54)] + ["1"] * 3 + ["6"] * 2
    many = judge_many(batch_of_rates([rates], u=0.02), protocol_that_rounds(decimals))

    exact = many.exact(0, 0)
    within = round(exact * 10**decimals) <= 6 * 10**decimals
    deviation_fails = any(
        many.values()[0] * np.array([0, 1, 1, 1, 1, 1, 1]) > np.array([9, 2.04, 5.04, 8.04, 10.04, 0.6, 5.04])
    )
    if not deviation_fails:
        assert (many.verdicts[0] == 0) == within


def test_a_series_of_another_length_is_refused() -> None:
    with pytest.raises(DataError, match="15"):
        judge_many(batch_of_rates([["1", "2"]], u=0.02), CATEGORY_1)
    with pytest.raises(DataError, match="finite"):
        batch_of_rates([["1", "NaN"]], u=0.02)
    with pytest.raises(DataError, match="serial"):
        batch_of_rates([["1"], ["2"]], u=0.02, watches=["A", "A"])


def test_grades_of_a_historical_plan_look_at_positions_and_at_the_reserve() -> None:
    grade = plan("qbt1903-1993").choose(category="I-excellent")
    batch = batch_of_rates([["12", "-20", "30"]], u=0.2, kind="acoustic_rate", watches=["A"])

    [without] = judge(batch, grade)
    [complete] = judge(batch, grade, stations={"A": {"power_reserve": Reading(Decimal("36.5"), 0.1)}})
    assert without.verdict == "undecided"
    assert complete.verdict == "accept"


def test_station_plans_judge_changes_and_counts() -> None:
    magnetic = plan("iso764").choose(category="mechanical")
    empty = Batch(("A", "B"), np.zeros((2, 0), np.int64), 0, "daily_rate", np.zeros((1, 1)))
    readings = {
        "A": {
            "rate_before": Reading(Decimal("2.1"), 0.3),
            "rate_after": Reading(Decimal("32.1"), 0.3),
            "stops": Reading(Decimal(0)),
        },
        "B": {
            "rate_before": Reading(Decimal("2.1"), 0.3),
            "rate_after": Reading(Decimal("3.1"), 0.3),
            "stops": Reading(Decimal(1)),
        },
    }

    first, second = judge(empty, magnetic, stations=readings)
    assert (first.verdict, second.verdict) == ("accept", "reject")
    assert first.criterion("residual_effect").probability == pytest.approx(0.5)
    assert first.criterion("stops").u is None


def test_a_value_without_uncertainty_is_judged_by_the_simple_rule_only_and_its_risk_is_not_known() -> None:
    batch = batch_of_rates([["12", "-20", "30"]], u=0.2, kind="acoustic_rate", watches=["A"])
    stations = {"A": {"power_reserve": Reading(Decimal("36.5"))}}
    simple, careful = (plan("qbt1903-1993").choose(category="I-excellent", decision=rule) for rule in ("simple", "guard_band"))

    [one] = judge(batch, simple, stations=stations)
    assert one.verdict == "accept"
    assert one.criterion("power_reserve").u is None
    assert (one.risks.consumer, one.risks.producer) == (None, 0.0)
    [other] = judge(batch, careful, stations=stations)
    assert other.verdict == "undecided"
    assert "needs one" in (other.criterion("power_reserve").reason or Message.plain("")).text("en")


def test_a_limit_that_nobody_knows_stays_undecided_until_it_is_entered() -> None:
    empty = Batch(("A",), np.zeros((1, 0), np.int64), 0, "daily_rate", np.zeros((1, 1)))
    numbers = {"mean_daily_rate": "2", "rate_after_field": "3", "position_spread": "9", "reserve_spread": "4", "stops": "0"}
    readings = {"A": {name: Reading(Decimal(text), 0.2) for name, text in numbers.items()}}

    open_plan = plan("metas")
    filled = open_plan.with_limits(
        {"position_spread": Limits(None, Decimal(12)), "reserve_spread": Limits(Decimal(-10), Decimal(10))}
    )
    assert judge(empty, open_plan.choose(category="large"), stations=readings)[0].verdict == "undecided"
    assert judge(empty, filled.choose(category="large"), stations=readings)[0].verdict == "accept"


def test_where_a_limit_is_not_known_nobody_knows_the_risk() -> None:
    """0 would say that the watch surely conforms to a limit that nobody has seen."""
    table = "watch,quantity,value,u\nA,mean_rate,0.1,0.01\n"
    judged = judge_table(table, plan("iso10553").choose(), now=Instant(0))
    [one] = judged.verdicts
    assert (one.verdict, one.risks.consumer, one.risks.producer) == ("undecided", None, None)
