# SPDX-License-Identifier: Apache-2.0
"""A mixed logit on a hilly likelihood: several starts, one answer; and a price that nobody likes."""

import pytest

from sichen.adapters.sample_brands import sample_file
from sichen.brand import Layout, fit_mixed_logit, read_choices
from sichen.core import DataError

READING = Layout("choice", ("brand", "movement", "certificate", "price"), case="task", person="person")
CHOICES = read_choices(sample_file("choices.csv").decode(), READING)


def test_with_few_draws_more_starts_reach_a_higher_top() -> None:
    one, five = (fit_mixed_logit(CHOICES, CHOICES.names, draws=20, seed=3, starts=starts) for starts in (1, 5))
    assert five.log_likelihood > one.log_likelihood + 1.0
    assert five.to_json()["starts"] == 5


def test_the_same_seed_climbs_to_the_same_top() -> None:
    one, two = (fit_mixed_logit(CHOICES, ["price"], draws=20, seed=3) for _ in range(2))
    assert one.to_json() == two.to_json()


def test_a_price_that_nobody_likes_is_the_negative_of_a_lognormal() -> None:
    with pytest.raises(DataError, match="negative_lognormal"):
        fit_mixed_logit(CHOICES, {"price": "lognormal"}, draws=40)
    fit = fit_mixed_logit(CHOICES, {"price": "negative_lognormal"}, draws=40)
    assert fit.log_likelihood > fit.log_likelihood_logit


@pytest.mark.parametrize("draws", [0, -5])
def test_no_draws_are_refused(draws: int) -> None:
    with pytest.raises(DataError, match="draw"):
        fit_mixed_logit(CHOICES, ["price"], draws=draws)
