# SPDX-License-Identifier: Apache-2.0
"""Strength: scores that rise with what is better, bounds that hold what is not known, weights that are declared."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.brand import Observed, ObservedBrand, coefficient, indicator_set, read_observed, strength_of
from sichen.brand.strength.indicators import Indicator, read_indicator_set
from sichen.core import ConfigError

NAMES = tuple(indicator_set().indicators)
HEAD = '[brand]\nname = "X"\nyear = 2025\n'


def brand_of(values: dict[str, tuple[float, float]]) -> ObservedBrand:
    """Make a brand from values and their uncertainties."""
    return ObservedBrand("X", 2025, {name: Observed(*pair, "test") for name, pair in values.items()}, indicator_set())


def best(indicator: Indicator, *, worst: bool = False) -> float:
    points = sorted(indicator.points, key=lambda point: point[1])
    return points[0 if worst else -1][0]


@given(st.sets(st.sampled_from(NAMES)), st.data())
def test_what_is_not_known_widens_the_bounds_and_never_leaves_them(known: set[str], data: st.DataObject) -> None:
    everything = indicator_set().indicators
    values = {}
    for name in NAMES:
        low, high = everything[name].points[0][0], everything[name].points[-1][0]
        values[name] = (data.draw(st.floats(low, high)), 0.0)
    whole = strength_of(brand_of(values), draws=2)
    part = strength_of(brand_of({name: values[name] for name in known}), draws=2)
    assert whole.value is not None
    assert whole.low == pytest.approx(whole.value)
    assert whole.high == pytest.approx(whole.value)
    assert part.low - 1e-9 <= whole.value <= part.high + 1e-9
    if part.value is not None:
        assert part.low - 1e-9 <= part.value <= part.high + 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_a_better_value_never_scores_lower(name: str) -> None:
    indicator = indicator_set().indicators[name]
    values = np.linspace(indicator.points[0][0] - 1, indicator.points[-1][0] + 1, 200)
    steps = np.diff([indicator.score(float(value)) for value in values])
    assert (steps >= 0).all() or (steps <= 0).all()


@pytest.mark.parametrize(("worst", "expected"), [(False, 1000.0), (True, 0.0)])
def test_the_ends_of_the_scale_are_reached(*, worst: bool, expected: float) -> None:
    values = {name: (best(one, worst=worst), 0.0) for name, one in indicator_set().indicators.items()}
    assert strength_of(brand_of(values), draws=2).value == pytest.approx(expected)


def test_the_coefficient_falls_from_2_to_0_6_as_strength_rises() -> None:
    found = [coefficient(score) for score in np.linspace(-10, 1010, 50)]
    assert found[0] == 2.0
    assert found[-1] == 0.6
    assert (np.diff(found) <= 0).all()


def test_the_uncertainty_is_that_of_the_indicators() -> None:
    """On a straight piece: score moves 15 points of 100 for 1 %, times weights 0.25 of 0.3 of 1000."""
    values = {name: (best(one), 0.0) for name, one in indicator_set().indicators.items()}
    values["conforming"] = (98.0, 0.2)  # between 95 → 50 and 99 → 85
    found = strength_of(brand_of(values), draws=20_000)
    assert found.u == pytest.approx(10 * 0.25 * 0.3 * 0.2 * 35 / 4, rel=0.03)


def test_giving_one_element_more_weight_moves_the_score_towards_it() -> None:
    values = {name: (best(one, worst=one.element != "quality"), 0.0) for name, one in indicator_set().indicators.items()}
    found = strength_of(brand_of(values), draws=2)
    effect = next(one for one in found.effects if one.element == "quality")
    assert found.value == pytest.approx(300.0)
    assert effect.less == pytest.approx(200.0)
    assert effect.more == pytest.approx(400.0)


def test_an_element_without_any_indicator_leaves_no_score_but_bounds() -> None:
    found = strength_of(brand_of({"conforming": (99.0, 0.1)}), draws=16)
    assert found.value is None
    assert found.low < found.high
    assert found.to_json()["coefficient"] is None


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ('[indicators]\nconforming = { value = 120.0, source = "a" }', "conforming: 120 lies outside 0 … 100"),
        ("[indicators]\nconforming = { value = 99.0 }", "'value' has no source"),
        ('[indicators]\nluck = { value = 99.0, source = "a" }', "'luck' is unknown"),
        ('[indicators]\nconforming = { value = 99.0, records = ["sha256:1"] }', "no digest"),
        ('[indicators]\nconforming = { value = "good", source = "a" }', "'good' is not a number"),
        ('[indicators]\nconforming = { value = 99.0, u = -1.0, source = "a" }', "lies outside"),
        ("[weights]\nquality = 0.5", "tangible is missing"),
        ("[weights]\ntangible = 0.5\nquality = 0.5\ninnovation = 0.5\nservice = 0.0\nintangible = 0.0", "add up to 1.5"),
    ],
)
def test_observations_that_cannot_be_trusted_are_refused_by_their_place(rows: str, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_observed(HEAD + rows)
    assert says in str(refused.value)


def test_own_weights_are_used_and_told() -> None:
    text = HEAD + "[weights]\ntangible = 0.0\nquality = 1.0\ninnovation = 0.0\nservice = 0.0\nintangible = 0.0\n"
    brand = read_observed(text + '[indicators]\nconforming = { value = 100.0, source = "a" }')
    assert brand.own_weights
    assert strength_of(brand, draws=2).high == pytest.approx(1000.0)
    assert strength_of(brand, draws=2).low == pytest.approx(250.0)


def test_a_set_whose_weights_do_not_add_up_is_refused() -> None:
    text = 'edition = "x"\nsource = "x"\nverified = false\n[elements.a]\nen = "a"\nzh = "a"\nweight = 0.9\n[indicators]'
    with pytest.raises(ConfigError, match=r"0\.9"):
        read_indicator_set(text, name="mine")


def test_a_score_that_is_not_known_is_still_json() -> None:
    found = strength_of(brand_of({"conforming": (99.0, 0.1)}), draws=16).to_json()
    assert json.loads(json.dumps(found, allow_nan=False))["weight_effects"][0]["less"] is None
