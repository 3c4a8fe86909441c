# SPDX-License-Identifier: Apache-2.0
"""Tastes as shares and money: a share simulator that adds up, prices at which brands sell alike, who loses to a new offer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.brand import Offer, equalisation_prices, simulate_shares, sources_of
from sichen.brand.choice.portfolio import best_portfolios
from sichen.core import DataError

NAMES = ("brand=B", "price")
TASTE = np.array([[0.7, -1.0]])
A, B = Offer("A", {"price": 2.0}), Offer("B", {"brand=B": 1.0, "price": 2.0})


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=2, max_size=6))
def test_shares_add_up_and_fall_with_the_own_price(rows: list[tuple[float, float]]) -> None:
    offers = [Offer(str(at), {"brand=B": brand, "price": price}) for at, (brand, price) in enumerate(rows)]
    shares = simulate_shares(TASTE, NAMES, offers).value
    dearer = [Offer("0", {"brand=B": rows[0][0], "price": rows[0][1] + 0.5}), *offers[1:]]
    assert shares.sum() == pytest.approx(1.0)
    assert simulate_shares(TASTE, NAMES, dearer).value[0] < shares[0]


def test_at_their_equalisation_prices_all_offers_sell_alike_and_the_difference_is_the_brand() -> None:
    first, second = equalisation_prices(TASTE, NAMES, [A, B], price="price")
    assert second.value - first.value == pytest.approx(0.7)
    moved = [Offer("A", {"price": first.value}), Offer("B", {"brand=B": 1.0, "price": second.value})]
    assert simulate_shares(TASTE, NAMES, moved).value == pytest.approx([0.5, 0.5])


def test_one_taste_takes_from_all_in_proportion_and_two_tastes_do_not() -> None:
    """The logit's own law (IIA) holds for one taste; people who differ make likes compete with likes."""
    new = Offer("new", {"brand=B": 1.0, "price": 2.0}, own=True)
    one = sources_of(TASTE, NAMES, [A, B], new)
    before = simulate_shares(TASTE, NAMES, [A, B]).value
    assert one[1].taken / one[0].taken == pytest.approx(before[1] / before[0])
    assert sum(source.taken for source in one) == pytest.approx(simulate_shares(TASTE, NAMES, [A, B, new]).value[2])
    people = np.array([[[4.0, -1.0], [-4.0, -1.0]]])
    two = sources_of(people, NAMES, [A, B], new)
    assert two[1].taken > 10 * two[0].taken


def test_the_interval_of_a_share_follows_the_draws() -> None:
    draws = np.random.default_rng(1).normal([0.7, -1.0], [0.1, 0.05], size=(4000, 2))
    found = simulate_shares(draws, NAMES, [A, B])
    share = 1 / (1 + np.exp(-draws[:, 0]))
    assert found.low[1] == pytest.approx(np.quantile(share, 0.025), abs=1e-6)
    assert found.value[1] == pytest.approx(share.mean(), abs=1e-6)


def test_the_best_portfolio_is_the_one_that_brute_force_finds_by_hand() -> None:
    """Two candidates that are the same watch: adding the second only takes from the first, and it costs to keep it."""
    rivals = [Offer("rival", {"price": 1.0})]
    candidates = [
        Offer("plain", {"brand=B": 1.0, "price": 2.0}, margin=100.0, own=True),
        Offer("twin", {"brand=B": 1.0, "price": 2.0}, margin=100.0, own=True),
        Offer("dear", {"brand=B": 1.0, "price": 3.0}, margin=180.0, own=True),
    ]
    found = best_portfolios(TASTE, NAMES, rivals, candidates, upkeep=15.0)
    by_hand = {}
    for mask in range(1, 8):
        chosen = [one for at, one in enumerate(candidates) if mask >> at & 1]
        weight = {one.name: np.exp(0.7 * one.attributes["brand=B"] - one.attributes["price"]) for one in chosen}
        total = sum(weight.values()) + np.exp(-1.0)
        by_hand[tuple(weight)] = sum(one.margin * weight[one.name] / total for one in chosen) - 15.0 * len(chosen)
    assert {one.names: one.profit for one in found} == pytest.approx(by_hand)
    assert found[0].profit == pytest.approx(max(by_hand.values()))


def test_offers_that_the_tastes_do_not_know_are_refused() -> None:
    with pytest.raises(DataError, match="gold"):
        simulate_shares(TASTE, NAMES, [A, Offer("C", {"gold": 1.0})])
    with pytest.raises(DataError, match="two"):
        simulate_shares(TASTE, NAMES, [A])
    with pytest.raises(DataError, match="cost"):
        equalisation_prices(TASTE, NAMES, [A, B], price="cost")
