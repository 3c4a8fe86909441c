# SPDX-License-Identifier: Apache-2.0
"""The fused pass over draws: exact against differences of slopes, sound where utilities are extreme, the same in any block."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.brand import choices_from_rows, fit_mixed_logit, halton_normals
from sichen.brand.choice.kernels import BLOCK, exponentials
from sichen.brand.choice.mixed import Climb


def climb(*, logged: bool = False, scale: float = 1.0, draws: int = 70) -> Climb:
    """Nine people choose four times among three, by two attributes of which one or both differ between them."""
    generator = np.random.default_rng(5)
    rows = 9 * 4 * 3
    attributes = scale * generator.standard_normal((rows, 3))
    case = np.repeat(np.arange(36), 3)
    chosen = np.zeros(rows, bool)
    chosen[np.arange(36) * 3 + generator.integers(3, size=36)] = True
    choices = choices_from_rows(attributes, ["a", "b", "c"], case=list(case), chosen=list(chosen), person=list(case // 4))
    return Climb(choices, [0, 2], np.array([False, logged]), halton_normals(9, draws, 2))


@pytest.mark.parametrize("logged", [False, True])
def test_the_second_derivatives_are_the_slopes_of_the_first(*, logged: bool) -> None:
    hill = climb(logged=logged)
    place = np.array([0.3, -0.2, 0.1, 0.6, 0.4])
    here = hill.point(place, 70)
    steps = 1e-5 * np.eye(5)
    slopes = [(hill.point(place + one, 70).value - hill.point(place - one, 70).value) / 2e-5 for one in steps]
    bends = [(hill.point(place + one, 70).slope - hill.point(place - one, 70).slope) / 2e-5 for one in steps]
    assert here.slope == pytest.approx(np.array(slopes), abs=1e-6)
    assert here.curve == pytest.approx(np.array(bends), abs=1e-5)


def test_fewer_draws_than_a_block_and_more_give_the_mean_of_their_likelihoods() -> None:
    """70 draws are one block and a part: the likelihood of each person is the mean of that of the two halves."""
    hill = climb()
    place = np.array([0.3, -0.2, 0.1, 0.6, 0.4])
    one = climb(draws=2)
    whole, single = one.point(place, 2).value, one.point(place, 1).value
    assert np.isfinite(hill.point(place, BLOCK + 6).value)
    assert whole != single


def test_utilities_of_hundreds_neither_overflow_nor_vanish() -> None:
    hill = climb(scale=300.0)
    found = hill.point(np.array([1.0, -1.0, 1.0, 0.5, 0.5]), 70)
    assert np.isfinite(found.value)
    assert np.all(np.isfinite(found.scores))
    assert np.all(np.isfinite(found.curve))


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=BLOCK))
def test_exponentials_are_right_to_the_last_digits(numbers: list[float]) -> None:
    own = np.zeros(BLOCK)
    own[: len(numbers)] = numbers
    exponentials(own, np.empty(BLOCK), len(numbers))
    assert own[: len(numbers)] == pytest.approx(np.exp(numbers), rel=4e-16)


def test_the_order_of_draws_within_a_person_does_not_move_the_fit() -> None:
    generator = np.random.default_rng(2)
    rows = 40 * 5 * 2
    taste = np.repeat(generator.normal(1.0, 0.8, 40), 10)
    attributes = generator.standard_normal((rows, 1))
    utility = (attributes[:, 0] * taste + generator.gumbel(size=rows)).reshape(-1, 2)
    chosen = (utility == utility.max(axis=1, keepdims=True)).ravel()
    case = np.repeat(np.arange(200), 2)
    choices = choices_from_rows(attributes, ["x"], case=list(case), chosen=list(chosen), person=list(case // 5))
    normals = halton_normals(40, 100, 1)
    first = fit_mixed_logit(choices, ["x"], draws=normals)
    other = fit_mixed_logit(choices, ["x"], draws=normals[:, ::-1])
    assert other.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-6)
    assert other.coefficients == pytest.approx(first.coefficients, abs=1e-5)
