# SPDX-License-Identifier: Apache-2.0
"""Valuation: the streams against brute force, what must rise and fall, refusals, intervals that hold, published figures."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.brand import methods, read_case, value, value_by
from sichen.brand.valuation.interval import interval_of, quantile, shares_of
from sichen.brand.valuation.methods import Method, annuity
from sichen.core import ConfigError

FIYTA: dict[str, Any] = {
    "net_profit": 220.35, "assets_current": 2605.2, "assets_fixed": 1002.0, "return_current": 0.031, "return_fixed": 0.036,
    "brand_share": 0.6, "industry_return": 0.06, "strength_coefficient": 1.0, "growth": 0.0, "long_growth": 0.02,
}  # fmt: skip
"""The Fiyta-like case of the handbook, million CNY; the split of the assets is assumed there."""
ROLEX = {
    "sales": 10500.0, "royalty_low": 0.0, "royalty_high": 0.1, "strength_score": 100.0, "tax": 0.15, "capital_cost": 0.08,
    "growth": 0.03, "long_growth": 0.03,
}  # fmt: skip
RATES = st.floats(0.02, 0.3)


def toml_of(inputs: dict[str, Any], *, years: int = 5, spending: str = "", **brand: object) -> str:
    """Write a case; an input is a number, or a table of its own as text."""
    head = {"name": '"X"', "currency": '"CNY"', "year": 2024, "years": years, "scale": 1e6, **brand}
    rows = [
        f"{key} = {row if isinstance(row, str) else f'{{ value = {row}, source = {chr(34)}test{chr(34)} }}'}"
        for key, row in inputs.items()
    ]
    brand_rows = [f"{key} = {word}" for key, word in head.items()]
    return "\n".join(["[brand]", *brand_rows, "[inputs]", *rows, spending])


def one(inputs: dict[str, Any], method: str, **more: Any) -> float:
    """Return what one method says, without its interval."""
    found = value_by(read_case(toml_of(inputs, **more)), method, draws=16)
    assert found.value is not None, found.reason
    return found.value


def stream(first: float, growth: float, rate: float, after: float, *, years: int) -> float:
    """Return what one stream is worth."""
    one, grows, discount, later = (np.array([number]) for number in (first, growth, rate, after))
    return float(annuity(one, grows, discount, later, years)[0])


@given(first=st.floats(0.1, 1e4), growth=st.floats(-0.2, 0.2), rate=RATES, gap=st.floats(0.01, 0.2), years=st.integers(1, 12))
def test_a_stream_is_worth_the_sum_of_its_discounted_years(
    first: float, growth: float, rate: float, gap: float, years: int
) -> None:
    after = rate - gap
    paid, total = first, 0.0
    for year in range(1, 20_001):
        paid *= 1 + (growth if year <= years else after)
        total += paid / (1 + rate) ** year
        if paid / (1 + rate) ** year < 1e-13 * total:
            break
    assert stream(first, growth, rate, after, years=years) == pytest.approx(total, rel=1e-6)


@given(rate=RATES, over=st.floats(0.0, 0.1))
def test_a_stream_that_grows_as_fast_as_it_is_discounted_has_no_value(rate: float, over: float) -> None:
    assert math.isnan(stream(1.0, 0.0, rate, rate + over, years=5))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, 1445.1), ({"strength_coefficient": 0.6}, 3597), ({"strength_coefficient": 0.8}, 2060),
        ({"strength_coefficient": 1.5}, 830), ({"strength_coefficient": 2.0}, 583), ({"industry_return": 0.04}, 2880),
        ({"industry_return": 0.08}, 967), ({"brand_share": 0.4}, 963), ({"brand_share": 0.8}, 1927),
        ({"long_growth": 0.0}, 1035), ({"long_growth": 0.01}, 1199), ({"long_growth": 0.03}, 1855),
        ({"growth": -0.1}, 894), ({"growth": 0.1}, 2254),
    ],
)  # fmt: skip
def test_excess_earnings_give_the_table_of_the_handbook(change: dict[str, float], expected: float) -> None:
    assert one(FIYTA | change, "excess-earnings") == pytest.approx(expected, abs=0.5)


def test_the_interval_of_the_handbook_case_is_found_again() -> None:
    """Triangular β, Z, K, g; uniform r_CT; normal growth of 5 %: 5 / 50 / 95 % = 660 / 1 179 / 2 147 by plain Monte Carlo."""
    source = 'source = "handbook"'
    spread = {
        "brand_share": f"{{ value = 0.6, low = 0.4, high = 0.8, {source} }}",
        "industry_return": f"{{ value = 0.06, low = 0.045, high = 0.08, {source} }}",
        "strength_coefficient": f"{{ value = 1.0, low = 0.8, high = 1.4, {source} }}",
        "long_growth": f"{{ value = 0.02, low = 0.0, high = 0.025, {source} }}",
        "return_current": f'{{ value = 0.031, low = 0.028, high = 0.034, shape = "uniform", {source} }}',
        "growth": f"{{ value = 0.0, sd = 0.05, {source} }}",
    }
    found = value_by(read_case(toml_of(FIYTA | spread)), "excess-earnings")
    assert found.interval is not None
    assert found.interval.high is not None
    # 20 000 plain draws leave about 1 % on the ends.
    assert found.interval.low == pytest.approx(660, rel=0.02)
    assert found.interval.middle == pytest.approx(1179, rel=0.02)
    assert found.interval.high == pytest.approx(2147, rel=0.02)
    assert {share.name for share in found.shares[:2]} <= {"industry_return", "strength_coefficient", "growth", "brand_share"}


@pytest.mark.parametrize(("royalty", "capital", "expected"), [(0.1, 0.08, 18.39), (0.075, 0.07, 17.24)])
def test_royalty_relief_of_rolex_is_the_growing_perpetuity(royalty: float, capital: float, expected: float) -> None:
    found = one(ROLEX | {"royalty_high": royalty, "capital_cost": capital}, "royalty-relief")
    assert found / 1000 == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("method", "inputs", "rises", "falls"),
    [
        ("excess-earnings", FIYTA, ["net_profit", "brand_share", "growth", "long_growth"],
         ["assets_current", "return_fixed", "industry_return", "strength_coefficient"]),
        ("royalty-relief", ROLEX | {"strength_score": 60.0}, ["sales", "royalty_high", "royalty_low", "strength_score"],
         ["tax", "capital_cost"]),
        ("price-premium", {"price": 3000.0, "price_reference": 2200.0, "cost_premium": 100.0, "quantity": 1e5, "tax": 0.25,
                           "capital_cost": 0.1}, ["price", "quantity"], ["price_reference", "cost_premium", "tax"]),
        ("economic-profit", {"operating_profit_after_tax": 400.0, "capital_cost": 0.08, "invested_capital": 2000.0,
                             "role_of_brand": 0.4, "strength_score": 60.0},
         ["operating_profit_after_tax", "role_of_brand", "strength_score"], ["capital_cost", "invested_capital"]),
        ("earnings-multiple", {"intangible_earnings": 100.0, "brand_multiple": 12.0, "brand_contribution": 0.3},
         ["intangible_earnings", "brand_multiple", "brand_contribution"], []),
        ("market", {"sales": 1000.0, "market_multiple": 0.8}, ["sales", "market_multiple"], []),
    ],
)  # fmt: skip
def test_a_value_rises_and_falls_with_its_inputs(
    method: str, inputs: dict[str, Any], rises: list[str], falls: list[str]
) -> None:
    here = one(inputs, method)
    for name in (*rises, *falls):
        moved = inputs.get(name, 0.0)
        there = one(inputs | {name: moved + max(0.01 * abs(moved), 0.005 if moved <= 0.02 else 0.0)}, method)
        assert (there > here) == (name in rises), name


@given(scale=st.floats(0.01, 1e3))
def test_money_in_another_unit_gives_the_same_value_in_that_unit(scale: float) -> None:
    money = {"net_profit", "assets_current", "assets_fixed"}
    changed = {name: number * scale if name in money else number for name, number in FIYTA.items()}
    assert one(changed, "excess-earnings") == pytest.approx(scale * one(FIYTA, "excess-earnings"), rel=1e-9)


def test_spending_is_restated_at_the_prices_of_its_last_year_and_worn_away() -> None:
    rows = '[[spending]]\nyear = 2023\namount = 100.0\nindex = 100.0\nsource = "a"\n[[spending]]\nyear = 2024\namount = 50.0\nindex = 110.0\nsource = "a"'
    found = one({"obsolescence": 0.2}, "cost", spending=rows)
    assert found == pytest.approx(100 * 1.1 * 0.8 + 50)


def test_a_loss_maker_is_refused_by_excess_earnings_and_valued_by_another_method() -> None:
    found = value(read_case(toml_of(FIYTA | {"net_profit": -30.0} | ROLEX)), draws=64)
    refused = next(entry for entry in found.all if entry.method.id == "excess-earnings")
    assert refused.reason is not None
    assert "loss" in refused.reason.text("en")
    assert "亏损" in refused.reason.text("zh")
    assert found.best is not None
    assert found.best.method.id == "royalty-relief"


@pytest.mark.parametrize(
    ("inputs", "method", "says"),
    [
        (FIYTA | {"long_growth": 0.06}, "excess-earnings", "does not exceed the long-run growth"),
        (FIYTA | {"net_profit": 100.0}, "excess-earnings", "nothing is left"),
        (ROLEX | {"capital_cost": 0.03}, "royalty-relief", "does not exceed the long-run growth"),
        (ROLEX | {"royalty_low": 0.2}, "royalty-relief", "above the high end"),
        (ROLEX | {"sales": 0.0}, "royalty-relief", "no sales"),
        (FIYTA, "market", "does not give sales, market_multiple"),
        ({"obsolescence": 0.1}, "cost", "[[spending]]"),
        ({"intangible_earnings": -1.0, "brand_multiple": 9.0, "brand_contribution": 0.2}, "earnings-multiple", "earn nothing"),
    ],
)
def test_a_method_that_does_not_apply_says_why(inputs: dict[str, Any], method: str, says: str) -> None:
    found = value_by(read_case(toml_of(inputs)), method, draws=16)
    assert found.value is None
    assert found.interval is None
    assert found.reason is not None
    assert says in found.reason.text("en")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (toml_of(FIYTA | {"brand_share": 60.0}), "[inputs] brand_share: 60 is more than 100 %"),
        (toml_of({"sales": -5.0}), "[inputs] sales: -5 lies outside"),
        (toml_of({"sales": '{ value = 5.0, source = "a", currency = "HKD" }'}), "'sales' is in HKD, the case in CNY"),
        (toml_of({"sales": '{ value = 5.0, source = "a", year = 2019 }'}), "'sales' is of 2019, the case of 2024"),
        (toml_of({"sales": "{ value = 5.0 }"}), "'sales' has no source"),
        (toml_of({"sales": "5.0"}), "'sales' has no source"),
        (toml_of({"turnover": 5.0}), "no method asks for 'turnover'"),
        (toml_of({"sales": '{ value = "many", source = "a" }'}), "'many' is not a number"),
        (toml_of({"sales": '{ value = nan, source = "a" }'}), "'nan' is not a number"),
        (toml_of({"sales": '{ value = 5.0, low = 6.0, high = 7.0, source = "a" }'}), "not in this order"),
        (toml_of({"sales": '{ value = 5.0, shape = "uniform", source = "a" }'}), "low and high that differ"),
        (toml_of({"sales": '{ value = 5.0, grade = "Z", source = "a" }'}), "grade 'Z'"),
        (toml_of(FIYTA, edition='"GB/T 29188-1999"'), "edition 'GB/T 29188-1999'"),
        (toml_of(FIYTA, years=0), "years: 0 lies outside"),
        (toml_of({}, spending='[[spending]]\nyear = 2030\namount = 1.0\nindex = 1.0\nsource = "a"'), "2030 lies outside"),
        ("[brand]\nname = 1 2", "is not a TOML file"),
        ("[inputs]", "[brand] is missing"),
    ],
)  # fmt: skip
def test_a_case_that_cannot_be_trusted_is_refused_by_its_place(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_case(text)
    assert says in str(refused.value)


def test_an_interval_holds_as_often_as_it_says() -> None:
    """The truth is drawn from the shapes that the case states; 90 % of 400 draws fall inside, within three binomial deviations."""
    shape = '{ value = 0.06, low = 0.045, high = 0.08, source = "a" }'
    case = read_case(toml_of(FIYTA | {"industry_return": shape, "growth": '{ value = 0.0, sd = 0.03, source = "a" }'}))
    method = methods()["excess-earnings"]
    between = interval_of(case, method, draws=4096)
    generator = np.random.default_rng(5)
    truth = {name: np.full(400, one.value) for name in method.needs if (one := case.input(name)) is not None}
    truth |= {name: quantile(case.inputs[name], generator.random(400)) for name in ("industry_return", "growth")}
    values = method.formula(truth, case)
    assert between.high is not None
    inside = np.mean((between.low <= values) & (values <= between.high))
    assert inside == pytest.approx(0.9, abs=3 * math.sqrt(0.09 / 400))


def test_draws_without_a_finite_value_stand_above_all_others() -> None:
    shape = '{ value = 0.06, low = 0.01, high = 0.11, shape = "uniform", source = "a" }'
    found = value_by(read_case(toml_of(FIYTA | {"industry_return": shape})), "excess-earnings", draws=1024)
    assert found.interval is not None
    assert found.interval.undefined == pytest.approx(0.1, abs=0.01)  # R ≤ 2 % in a tenth of the draws
    assert found.interval.high is None


def test_the_split_of_a_product_is_the_split_of_its_logarithms() -> None:
    """Sales and multiple are uniform with ratios 2 and 4: ln of each has a variance that can be written down."""
    wide = '{ value = 2.5, low = 1.0, high = 4.0, shape = "uniform", source = "a" }'
    slim = '{ value = 1.5, low = 1.0, high = 2.0, shape = "uniform", source = "a" }'
    case = read_case(toml_of({"sales": wide, "market_multiple": slim}))
    found = {share.name: share for share in shares_of(case, methods()["market"])}

    def variance(ratio: float) -> float:
        draws = np.log(1 + (ratio - 1) * (np.arange(200_000) + 0.5) / 200_000)
        return float(np.var(draws))

    expected = variance(4.0) / (variance(4.0) + variance(2.0))
    assert found["sales"].first == pytest.approx(expected, abs=0.02)
    assert found["sales"].total == pytest.approx(expected, abs=0.02)
    assert sum(share.first for share in found.values()) == pytest.approx(1.0, abs=0.02)


def test_the_same_seed_gives_the_same_interval_and_another_one_nearly_the_same() -> None:
    shape = '{ value = 0.06, low = 0.045, high = 0.08, source = "a" }'
    case = read_case(toml_of(FIYTA | {"industry_return": shape}))
    first, again, other = (value_by(case, "excess-earnings", seed=seed).interval for seed in (1, 1, 2))
    assert first == again
    assert first is not None
    assert other is not None
    assert other.low == pytest.approx(first.low, rel=0.005)


def test_a_tornado_bar_is_the_value_at_the_ends_of_one_input() -> None:
    shape = '{ value = 1000.0, low = 500.0, high = 2000.0, shape = "uniform", source = "a" }'
    found = value_by(read_case(toml_of({"sales": shape, "market_multiple": 0.5})), "market")
    (swing,) = found.swings
    assert (swing.at_low, swing.at_high) == pytest.approx((575.0, 1925.0))
    assert (swing.value_low, swing.value_high) == pytest.approx((287.5, 962.5))


@pytest.mark.parametrize("entry", list(methods().values()), ids=lambda entry: entry.id)
def test_every_method_has_both_names_and_a_source(entry: Method) -> None:
    assert entry.title("en") != entry.title("zh")
    assert entry.source
