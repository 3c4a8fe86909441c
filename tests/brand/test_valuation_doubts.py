# SPDX-License-Identifier: Apache-2.0
"""Cases that an appraiser would send back: a business that may lose money, ends that nobody uses, a scale of nothing."""

import pytest

from sichen.adapters.sample_brands import sample_file
from sichen.brand import read_case, value, value_by
from sichen.brand.valuation import foremost
from sichen.brand.valuation.written import unit_of
from sichen.core import ConfigError

CASE = """
[brand]
name = "Star"
currency = "CNY"
scale = 1e8
year = 2025
[inputs]
sales = { value = 8.6, source = "accounts" }
royalty_low = { value = 0.01, source = "licences" }
royalty_high = { value = 0.06, source = "licences" }
strength_score = { value = 62, low = 50, high = 75, source = "score" }
tax = { value = 0.25, source = "law" }
capital_cost = { value = 0.09, low = 0.08, high = 0.11, source = "appraiser" }
"""
EARNINGS = """
net_profit = { value = 0.2, low = -0.6, high = 0.6, source = "plan" }
assets_current = { value = 1.0, source = "accounts" }
assets_fixed = { value = 0.5, source = "accounts" }
return_current = { value = 0.031, source = "lending rate" }
return_fixed = { value = 0.036, source = "lending rate" }
brand_share = { value = 0.6, source = "experts" }
industry_return = { value = 0.06, source = "industry" }
strength_coefficient = { value = 1.0, source = "experts" }
"""


def test_a_business_that_may_well_lose_money_is_not_valued_by_its_excess_earnings() -> None:
    found = value(read_case(CASE + EARNINGS), draws=1024)
    refused = found.all[0]
    assert refused.reason is not None
    assert refused.reason.key == "brand.refused.in_draws"
    assert "%" in refused.reason.text("zh")
    assert found.best is not None
    assert found.best.method.id == "royalty-relief"


def test_a_business_that_surely_earns_keeps_its_excess_earnings() -> None:
    sure = EARNINGS.replace("low = -0.6, high = 0.6", "low = 0.15, high = 0.3")
    assert value_by(read_case(CASE + sure), "excess-earnings", draws=1024).applicable


def test_growth_as_fast_as_the_rate_is_the_reason_told_not_the_inputs_that_other_methods_lack() -> None:
    case = read_case(CASE.replace("value = 0.09, low = 0.08, high = 0.11", "value = 0.02"))
    told = foremost(value(case, draws=64).all)
    assert told.reason is not None
    assert told.reason.key == "brand.refused.growth"


@pytest.mark.parametrize(
    ("said", "instead", "names"),
    [
        ("scale = 1e8", "scale = 0", "scale"),
        ("scale = 1e8", "scale = -1e6", "scale"),
        ('currency = "CNY"', 'currency = "人民币"', "CNY"),
        ('source = "accounts" }', 'source = "accounts", year = "2024年" }', "2024年"),
        ("low = 50, high = 75", 'low = 50, high = 75, shape = "fixed"', "strength_score"),
        ("low = 50, high = 75", "low = 50, high = 75, sd = 5", "strength_score"),
        ("year = 2025", 'year = "2025"', "'2025'"),
    ],
)
def test_what_would_be_passed_over_in_silence_is_refused_by_name(said: str, instead: str, names: str) -> None:
    with pytest.raises(ConfigError, match=names):
        read_case(CASE.replace(said, instead))


@pytest.mark.parametrize("level", [0.0, 1.0, 2.0, float("nan")])
def test_an_interval_has_a_probability(level: float) -> None:
    with pytest.raises(ConfigError, match="level"):
        value_by(read_case(CASE), "royalty-relief", level=level)


def test_hundred_millions_are_told_as_people_count_them() -> None:
    assert unit_of(read_case(CASE), "zh") == "亿CNY"


def test_another_seed_moves_the_ends_by_less_than_a_hundredth_and_the_shares_add_up() -> None:
    case = read_case(sample_file("value.toml").decode())
    one, two = (value_by(case, "royalty-relief", seed=seed) for seed in (1, 2))
    assert one.interval is not None
    assert two.interval is not None
    assert two.interval.low == pytest.approx(one.interval.low, rel=0.01)
    assert two.interval.high == pytest.approx(one.interval.high or 0.0, rel=0.01)
    assert sum(share.first for share in one.shares) <= 1.01
    assert sum(share.total for share in one.shares) >= 0.99


def test_a_wider_doubt_never_gives_a_narrower_interval() -> None:
    widths = []
    for low, high in ((0.085, 0.1), (0.08, 0.11), (0.07, 0.13)):
        found = value_by(read_case(CASE.replace("low = 0.08, high = 0.11", f"low = {low}, high = {high}")), "royalty-relief")
        assert found.interval is not None
        widths.append((found.interval.high or 0.0) - found.interval.low)
    assert widths == sorted(widths)
