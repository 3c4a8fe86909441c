# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.conformity.formulas import SERIES_FORMULAS, series_formula
from sichen.core import ConfigError

LENGTH = 6
PARAMETERS: dict[str, dict[str, object]] = {
    "mean_rate": {"first": 1, "last": 5},
    "mean_variation": {"pairs": [[1, 2], [3, 4], [5, 6]]},
    "greatest_variation": {"pairs": [[1, 2], [3, 4], [5, 6]]},
    "difference": {"of": [1, 2, 3], "minus": [5, 6]},
    "slope": {"of": [6], "minus": [1], "span": 30},
    "greatest_deviation": {"first": 1, "last": 6},
    "spread": {"first": 2, "last": 6},
    "greatest_rate": {"first": 1, "last": 6},
    "least_rate": {"first": 1, "last": 6},
}
BY_HAND: dict[str, Callable[[list[Fraction]], Fraction]] = {
    "mean_rate": lambda m: sum(m[:5], Fraction(0)) / 5,
    "mean_variation": lambda m: sum((abs(m[k] - m[k + 1]) for k in (0, 2, 4)), Fraction(0)) / 3,
    "greatest_variation": lambda m: max(abs(m[k] - m[k + 1]) for k in (0, 2, 4)),
    "difference": lambda m: (m[0] + m[1] + m[2]) / 3 - (m[4] + m[5]) / 2,
    "slope": lambda m: (m[5] - m[0]) / 30,
    "greatest_deviation": lambda m: max(abs(one - sum(m, Fraction(0)) / 6) for one in m),
    "spread": lambda m: max(m[1:]) - min(m[1:]),
    "greatest_rate": max,
    "least_rate": min,
}
RATES = st.lists(st.integers(-999, 999).map(lambda number: Fraction(number, 100)), min_size=LENGTH, max_size=LENGTH)


def test_every_formula_is_tested_here() -> None:
    assert set(PARAMETERS) == set(SERIES_FORMULAS) == set(BY_HAND)


@pytest.mark.parametrize("name", list(PARAMETERS))
@given(rates=RATES)
def test_a_formula_says_what_its_definition_says(name: str, rates: list[Fraction]) -> None:
    formula = series_formula(name, PARAMETERS[name], length=LENGTH)

    assert formula.exact(rates) == BY_HAND[name](rates)
    doubles = np.array([float(rate) for rate in rates])
    assert float(formula.values(doubles)) == pytest.approx(float(formula.exact(rates)), abs=1e-12)


@pytest.mark.parametrize("name", list(PARAMETERS))
@given(rates=RATES, shift=st.integers(-50, 50))
def test_only_means_and_extremes_move_when_all_rates_do(name: str, rates: list[Fraction], shift: int) -> None:
    formula = series_formula(name, PARAMETERS[name], length=LENGTH)
    moved = formula.exact([rate + shift for rate in rates]) - formula.exact(rates)

    assert moved == (shift if name in {"mean_rate", "greatest_rate", "least_rate"} else 0)


@pytest.mark.parametrize("name", list(PARAMETERS))
def test_the_gradient_is_the_slope_of_the_value(name: str) -> None:
    formula = series_formula(name, PARAMETERS[name], length=LENGTH)
    rates = np.array([3.1, -1.2, 4.4, 0.3, 2.2, 7.7])
    step = 1e-6

    slopes = [
        (formula.values(rates + step * unit) - formula.values(rates - step * unit)) / (2 * step) for unit in np.eye(LENGTH)
    ]
    assert formula.gradient(rates) == pytest.approx(np.array(slopes), abs=1e-8)


@pytest.mark.parametrize(
    ("name", "parameters", "complaint"),
    [
        ("magic", {}, "magic"),
        ("mean_rate", {"first": 1}, "asks for"),
        ("mean_rate", {"first": 1, "last": 7}, "outside"),
        ("mean_rate", {"first": 4, "last": 3}, "outside"),
        ("slope", {"of": [1], "minus": [2], "span": 0}, "span"),
        ("greatest_variation", {"pairs": [[1, 9]]}, "outside"),
        ("difference", {"of": [], "minus": [1]}, "outside"),
    ],
)
def test_a_formula_that_cannot_be_is_refused(name: str, parameters: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        series_formula(name, parameters, length=LENGTH)
