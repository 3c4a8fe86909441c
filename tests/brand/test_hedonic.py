# SPDX-License-Identifier: Apache-2.0
"""Hedonic prices: what was planted is found within 5 %, intervals hold, lists are refused by row and column."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.brand import Hedonic, fit_hedonic, read_listings
from sichen.core import DataError

PLANTED = {"Alpha": 0.30, "Beta": -0.10, "Gamma": -0.20}
"""Brand effects on log price; they add up to zero."""
SPECIFICATIONS = {"wr_bar": 0.02, "reserve_h": 0.004}


def listings(rows: int, *, seed: int, noise: float = 0.15, factor: float = 1.0, currency: str = "CNY") -> str:
    """Write a price list of a market whose truth is known: automatic adds 0.5, every bar 0.02, every hour of reserve 0.004."""
    generator = np.random.default_rng(seed)
    lines = ["brand,price,currency,movement,wr_bar,reserve_h"]
    for _ in range(rows):
        brand = generator.choice(list(PLANTED), p=[0.3, 0.4, 0.3])
        automatic, water, reserve = generator.random() < 0.5, generator.choice([3, 5, 10, 20]), generator.integers(36, 80)
        log = 7.0 + PLANTED[brand] + 0.5 * automatic + 0.02 * water + 0.004 * reserve + noise * generator.standard_normal()
        price = factor * math.exp(log)
        lines.append(f"{brand},{price:.6f},{currency},{'quartz' if not automatic else 'automatic'},{water},{reserve}")
    return "\n".join(lines)


def fit(text: str) -> Hedonic:
    return fit_hedonic(read_listings(text))


def test_planted_brands_and_specifications_are_recovered_within_five_per_cent() -> None:
    found = fit(listings(4000, seed=1))
    for one in found.brands:
        assert 1 + one.premium == pytest.approx(math.exp(PLANTED[one.name]), rel=0.05)
    values = {one.name: one.value for one in found.specifications}
    assert values["movement=quartz"] == pytest.approx(-0.5, rel=0.05)
    assert values["wr_bar"] == pytest.approx(0.02, rel=0.05)
    assert values["reserve_h"] == pytest.approx(0.004, rel=0.1)
    assert found.residual == pytest.approx(0.15, rel=0.05)
    assert found.r2 > found.r2_specifications > 0
    assert found.r2_out == pytest.approx(found.r2, abs=0.01)


def test_intervals_of_a_premium_cover_it() -> None:
    """200 lists of 120 watches; 95 % intervals of three brands, three binomial deviations."""
    inside = 0
    for seed in range(200):
        for one in fit(listings(120, seed=seed)).brands:
            inside += one.low <= math.expm1(PLANTED[one.name]) <= one.high
    assert inside / 600 == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / 200))


@given(st.floats(0.01, 1000.0))
def test_another_currency_changes_no_premium(factor: float) -> None:
    first, other = fit(listings(80, seed=4)), fit(listings(80, seed=4, factor=factor))
    assert [one.premium for one in other.brands] == pytest.approx([one.premium for one in first.brands], abs=1e-5)
    assert other.r2 == pytest.approx(first.r2, abs=1e-5)


def test_brand_effects_add_up_to_zero_and_the_order_of_rows_does_not_matter() -> None:
    text = listings(90, seed=5)
    head, *rows = text.splitlines()
    first, other = fit(text), fit("\n".join([head, *rows[::-1]]))
    assert sum(one.value for one in first.brands) == pytest.approx(0.0, abs=1e-9)
    assert [one.value for one in other.brands] == pytest.approx([one.value for one in first.brands])


def test_brands_with_few_listings_stand_together() -> None:
    rows = listings(60, seed=6) + "\nTiny,900,CNY,quartz,3,40\nSmall,950,CNY,quartz,3,41\nMini,990,CNY,automatic,5,44"
    found = fit(rows)
    assert found.pooled == ("Mini", "Small", "Tiny")
    assert next(one for one in found.brands if one.name == "*").listings == 3


def test_a_power_law_is_a_line_in_logarithms() -> None:
    rows = ["brand,price,size"] + [f"{'ABC'[k % 3]},{100 * (20 + k) ** 1.5:.9f},{20 + k}" for k in range(30)]
    found = fit_hedonic(read_listings("\n".join(rows), logarithms=("size",)))
    assert found.specifications[0].name == "log size"
    assert found.specifications[0].value == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("A,100,CNY,3", "A,-5,CNY,3"), "row 2"),
        (("B,101,CNY,4", "B,101,EUR,4"), "row 4, column currency"),
        (("A,100,CNY,3", "A,100,CNY,"), "row 2, column wr"),
        (("A,100,CNY,3", "A,dear,CNY,3"), "row 2"),
        (("brand,price", "make,price"), "brand"),
        (("B,", "A,"), "brand"),
    ],
)
def test_a_list_that_is_wrong_is_refused_by_row_and_column(change: tuple[str, str], says: str) -> None:
    text = "brand,price,currency,wr\nA,100,CNY,3\n" + "\n".join(f"{'AB'[k % 2]},{100 + k},CNY,{3 + k % 4}" for k in range(12))
    assert fit(text).rows == 13
    with pytest.raises(DataError) as refused:
        fit(text.replace(*change))
    assert says in str(refused.value)


def test_specifications_that_only_repeat_each_other_are_named() -> None:
    rows = ["brand,price,wr_bar,wr_m"] + [f"{'AB'[k % 2]},{100 + k * k},{k % 5},{10 * (k % 5)}" for k in range(20)]
    with pytest.raises(DataError, match="wr_bar, wr_m"):
        fit("\n".join(rows))
    with pytest.raises(DataError):
        fit("\n".join(rows[:4]))
    with pytest.raises(DataError, match="currency"):
        fit("brand,price,currency\nA,1,CNY\nB,2,EUR\nA,3,CNY")
