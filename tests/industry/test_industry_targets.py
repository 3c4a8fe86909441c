# SPDX-License-Identifier: Apache-2.0
"""The product structure: its geometry, what it would take, what to expect, and what public evidence leaves open."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError
from sichen.industry import (
    Bands,
    BrandSales,
    answer_structures,
    classify,
    count_bounds,
    distance,
    empty_structures,
    forecast,
    ilr,
    inverse_ilr,
    path,
    read_brand_sales,
    read_structures,
    read_table,
    required_growth,
    scenario,
    share_of,
    structure_bounds,
)

BASE, GOAL = (1, 14, 85), (3, 22, 75)
PART = st.floats(1e-3, 1e3)
PARTS = st.tuples(PART, PART, PART)


@given(PARTS)
def test_coordinates_lead_back_to_the_structure(parts: tuple[float, float, float]) -> None:
    assert inverse_ilr(ilr(parts)) == pytest.approx(np.array(parts) / sum(parts), rel=1e-9)


@given(PARTS, PARTS, st.floats(1e-3, 1e3))
def test_the_distance_does_not_depend_on_the_unit_of_money(
    left: tuple[float, float, float], right: tuple[float, float, float], unit: float
) -> None:
    assert distance(left, right) == pytest.approx(distance(np.array(left) * unit, right), abs=1e-9)


def test_the_geometry_of_the_policy_is_that_of_the_handbook() -> None:
    """Handbook, section 3.3."""
    assert ilr(BASE).round(4).tolist() == [-2.5500, -1.8661]
    assert ilr(GOAL).round(4).tolist() == [-1.8148, -1.4089]
    assert round(distance(BASE, GOAL), 4) == 0.8658
    along = 100 * path(BASE, GOAL, steps=6)
    assert along[:, 0].round(2).tolist() == [1.00, 1.21, 1.45, 1.75, 2.10, 2.51, 3.00]
    assert along[3, 1:].round(2).tolist() == [17.70, 80.55]


@pytest.mark.parametrize(("total", "growth"), [(0.0, [20.1, 7.8, -2.1]), (0.2, [23.8, 11.2, 1.0]), (0.5, [28.5, 15.4, 4.8])])
def test_the_growth_that_the_target_needs_is_that_of_the_handbook(total: float, growth: list[float]) -> None:
    needed = required_growth(BASE, GOAL, years=6, total_growth=total)

    assert (100 * needed).round(1).tolist() == growth
    assert (100 * scenario(BASE, growth=list(needed), years=6)[-1]).round(6).tolist() == [3, 22, 75]


def test_fewer_than_five_years_are_not_extrapolated() -> None:
    with pytest.raises(DataError, match="4 observations"):
        forecast(range(2014, 2018), [BASE] * 4, year=2020)
    with pytest.raises(DataError, match="not consecutive"):
        forecast([2014, 2015, 2016, 2017, 2019], [BASE] * 5, year=2020)


def test_the_forecast_covers_what_a_random_walk_does() -> None:
    """300 industries whose structure walks with drift: the 95 % interval of the high share holds 95 % ± 3 standard errors."""
    generator = np.random.default_rng(20)
    inside = 0
    for run in range(300):
        steps = generator.multivariate_normal([0.1, 0.07], [[0.01, 0.003], [0.003, 0.02]], 10)
        walk = inverse_ilr(ilr(BASE) + np.cumsum(steps, axis=0))
        found = forecast(range(2010, 2017), walk[:7], year=2019, seed=run, draws=2000)
        inside += bool(found.lower[0] <= walk[9, 0] <= found.upper[0])

    assert inside / 300 == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / 300))


def test_a_steady_climb_is_expected_to_arrive_and_a_standstill_is_not() -> None:
    wobble = np.random.default_rng(1).normal(0, 0.01, (6, 2))
    climbing = inverse_ilr(ilr(path(BASE, GOAL, steps=6)[:6]) * 0.98 + wobble)
    still = inverse_ilr(np.tile(ilr(BASE), (6, 1)) + wobble)
    years = range(2014, 2020)

    assert (forecast(years, climbing, year=2022, target=GOAL).probability or 0) > 0.9
    assert (forecast(years, still, year=2022, target=GOAL).probability or 0) < 0.02
    assert (forecast(years, still, year=2022, target=GOAL, drift=[0.4, 0.3]).probability or 0) > 0.9


def test_the_same_seed_gives_the_same_answer() -> None:
    shares = inverse_ilr(np.random.default_rng(3).normal(0, 0.1, (6, 2)))

    assert forecast(range(6), shares, year=8, seed=5).to_json() == forecast(range(6), shares, year=8, seed=5).to_json()


def test_edges_belong_to_the_grade_that_was_chosen() -> None:
    assert [Bands().grade(price) for price in (2000, 10_000)] == ["mid", "mid"]
    assert [Bands(mid_inclusive=False, high_inclusive=True).grade(price) for price in (2000, 10_000)] == ["low", "high"]


@given(st.floats(50, 50_000), st.floats(0.1, 1.5))
def test_a_log_normal_price_list_has_the_shares_that_its_bounds_say(mean: float, sigma: float) -> None:
    """The share of revenue above an edge is found again by integration over the price."""
    shares = BrandSales("x", (1, 1), mean_price=(mean, mean), sigma=(sigma, sigma)).shares(Bands())
    log = np.linspace(-10, 10, 4001)
    price = mean * np.exp(sigma * log - sigma**2 / 2)
    weight = price * np.exp(-(log**2) / 2)

    assert shares["high"][0] == pytest.approx(weight[price > 10_000].sum() / weight.sum(), abs=5e-3)
    assert sum(low for low, _ in shares.values()) == pytest.approx(1, abs=1e-9)


@given(st.lists(st.floats(100, 40_000), min_size=2, max_size=40))
def test_no_price_list_whatever_escapes_the_bounds_of_its_mean_and_range(prices: list[float]) -> None:
    mean = sum(prices) / len(prices)
    bounds = BrandSales("x", (1, 1), prices=(min(prices), max(prices)), mean_price=(mean, mean)).shares(Bands())

    for grade, (lower, upper) in bounds.items():
        true = sum(price for price in prices if Bands().grade(price) == grade) / sum(prices)
        assert lower - 1e-9 <= true <= upper + 1e-9


def test_bounds_shrink_when_more_is_known() -> None:
    known = [BrandSales("a", (700, 740), prices=(2000, 4000)), BrandSales("b", (100, 100))]
    wide, narrow = structure_bounds(known), structure_bounds([known[0], BrandSales("b", (100, 100), prices=(100, 900))])

    for grade in wide.shares:
        assert wide.shares[grade][0] <= narrow.shares[grade][0] <= narrow.shares[grade][1] <= wide.shares[grade][1]
    assert wide.widest == "b"


def test_sales_of_unknown_brands_may_be_of_any_grade() -> None:
    found = structure_bounds([BrandSales("core", (30, 30), prices=(2000, 4000))], total=(100, 100))

    assert found.shares["mid"] == pytest.approx((0.3, 1.0))
    assert found.shares["high"] == pytest.approx((0.0, 0.7))
    assert (found.holds(GOAL), found.widest) == ("unknown", "rest")


def test_a_row_that_does_not_sum_or_comes_twice_or_is_no_number_is_kept_apart() -> None:
    text = "year,high,mid,low\n2014,1,14,85\n2015,1,14,95\n2016,x,1,1\n2014,1,15,84\n2017,2,16,82\n2018,-1,16,85\n"
    found = read_structures(read_table(text), basis="sales_own_brand")

    assert found.rows == (1, 5)
    assert sorted((one.row, one.column) for one in found.refusals) == [
        (2, "high+mid+low"),
        (3, "high"),
        (4, "year"),
        (6, "high"),
    ]


def test_two_bases_in_one_table_are_refused_until_one_is_chosen() -> None:
    text = "year,high,mid,low,basis\n2014,1,14,85,output_value_all\n2015,1,15,84,sales_own_brand\n"

    with pytest.raises(DataError, match="different bases"):
        read_structures(read_table(text))
    assert read_structures(read_table(text), basis="sales_own_brand").rows == (2,)


def test_other_years_and_currencies_are_refused_and_not_converted() -> None:
    text = "brand,year,currency,revenue\na,2020,CNY,5\nb,2020,HKD,7\nc,2019,CNY,4\nd,2020,CNY,many\ntotal,2020,CNY,20\n"
    found = read_brand_sales(read_table(text))

    assert ([one.brand for one in found.brands], found.total) == (["a"], (20, 20))
    assert [(one.row, one.column) for one in found.refusals] == [(2, "currency"), (3, "year"), (4, "revenue")]


def test_without_an_observation_the_answer_is_unknown_and_the_path_stands() -> None:
    found = answer_structures(empty_structures())

    assert found.state == "unknown"
    assert found.forecast is None
    assert found.refused is not None
    assert len(found.path) == 7


def test_an_observation_of_the_year_decides() -> None:
    met = read_structures(read_table("year,high,mid,low,basis\n2020,3.4,22,74.6,sales_own_brand\n"))
    missed = read_structures(read_table("year,high,mid,low,basis\n2020,2.9,23,74.1,sales_own_brand\n"))

    assert (answer_structures(met).state, answer_structures(missed).state) == ("met", "failed")
    with pytest.raises(DataError, match="different bases"):
        answer_structures(met, basis="output_value_all")


def test_a_brand_with_enough_outlets_meets_one_criterion_and_stays_unknown() -> None:
    """Tian Wang 2025: 1 573 outlets; the text of the third criterion is lost, so nobody can pass it."""
    found = classify("Tian Wang", {"outlets": "1573"}, kind="domestic")

    assert {one.criterion: one.state for one in found.criteria} == {"ability": "unknown", "network": "met", "media": "unknown"}
    assert found.state == "unknown"


@pytest.mark.parametrize(("outlets", "state"), [("300", "unknown"), ("301", "met"), (">300", "met"), (">=300", "unknown")])
def test_more_than_three_hundred_means_more(outlets: str, state: str) -> None:
    assert (
        next(one for one in classify("x", {"outlets": outlets}, kind="domestic").criteria if one.criterion == "network").state
        == state
    )


@pytest.mark.parametrize(
    ("count", "state"), [("14", "failed"), ("15", "met"), (">=15", "met"), (">10", "unknown"), ("", "unknown")]
)
def test_at_least_fifteen_means_fifteen_or_more(count: str, state: str) -> None:
    assert classify("x", {"registrations_abroad": count}).criteria[0].state == state


def test_all_four_criteria_make_an_international_brand_and_the_count_has_bounds() -> None:
    full = {"registrations_abroad": "20", "outlet_countries_abroad": "12", "languages": "6", "fair_years": "3"}
    found = (classify("a", full), classify("b", {"languages": "2"}), classify("c", {}))

    assert [one.state for one in found] == ["met", "failed", "unknown"]
    assert count_bounds(found, kind="international") == (1, None)
    assert count_bounds(found, kind="international", others=10) == (1, 12)


@given(st.integers(0, 200), st.integers(0, 200), st.integers(1, 50))
def test_silent_firms_only_widen_the_share(yes: int, no: int, silent: int) -> None:
    if yes + no == 0:
        return
    answered, all_asked = share_of(yes=yes, no=no), share_of(yes=yes, no=no, unanswered=silent)

    assert all_asked.least <= answered.least <= (answered.share or 0) <= answered.most <= all_asked.most
