# SPDX-License-Identifier: Apache-2.0
import csv
import json
import math
from pathlib import Path

import GTC
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.conformity.uncertainty import (
    Quantity,
    coverage_factor,
    fit_line,
    observed_together,
    propagate,
    propagate_all,
    simulate,
    validate,
)
from sichen.core import DataError, TooFewSamples

NUMBER = st.floats(0.5, 5)
SPREAD = st.floats(0.001, 0.2)


def end_gauge(*, ls: float, d: float, alpha: float, theta: float, d_alpha: float, d_theta: float) -> float:
    return ls + d - ls * (d_alpha * theta + alpha * d_theta)


END_GAUGE = {  # JCGM 100:2008, table H.1, lengths in nm
    "ls": Quantity(50_000_623, 25, 18),
    "d": Quantity(215, 9.7, 25.6),
    "alpha": Quantity(11.5e-6, 1.2e-6),
    "theta": Quantity(-0.1, 0.41),
    "d_alpha": Quantity(0, 0.58e-6, 50),
    "d_theta": Quantity(0, 0.029, 2),
}


def test_the_end_gauge_of_h1_by_the_law_of_propagation(shared: Path) -> None:
    expected = json.loads((shared / "quality/gum/expected.json").read_text(encoding="utf-8"))[
        "GUM H.1 end-gauge (JCGM 100:2008)"
    ]
    result = propagate(end_gauge, END_GAUGE)

    assert round(result.value / 1e6, 6) == expected["l_mm"]
    assert round(result.u) == expected["uc_nm"]
    assert result.u == pytest.approx(31.67, abs=0.05)  # 16.6 nm printed for one part that is 16.7 unrounded
    assert math.floor(result.dof or 0) == expected["nu_eff"]
    assert round(result.expanded(0.99)[0], 2) == expected["k99"]


def test_the_end_gauge_of_h1_by_draws_shows_the_second_order_that_the_guide_adds() -> None:
    """H.1.7: the second-order terms bring 32 nm to 34 nm; the law of propagation is not valid to two digits."""
    known = {name: Quantity(one.value, one.u) for name, one in END_GAUGE.items()}
    drawn = simulate(end_gauge, known, digits=2)

    assert drawn.stable
    assert round(drawn.u) == 34
    assert not validate(propagate(end_gauge, known), drawn, digits=2).valid


def impedance(v: float, i: float, phi: float) -> tuple[object, object, object]:
    return v / i * np.cos(phi), v / i * np.sin(phi), v / i


def observations(shared: Path) -> dict[str, list[float]]:
    with (shared / "quality/gum/test_GUMH2.csv").open(encoding="utf-8") as file:
        rows = [[float(cell) for cell in row] for row in list(csv.reader(file))[1:]]
    v, i, phi = zip(*rows, strict=True)
    return {"v": list(v), "i": [one / 1000 for one in i], "phi": list(phi)}


def test_the_impedance_of_h2_with_its_correlations(shared: Path) -> None:
    expected = json.loads((shared / "quality/gum/expected.json").read_text(encoding="utf-8"))["GUM H.2 R,X,Z"]
    inputs, correlations = observed_together(observations(shared))
    found = propagate_all(impedance, inputs, correlations=correlations)

    for result, name in zip(found.results, "RXZ", strict=True):
        value, u = expected[name]
        assert result.value == pytest.approx(value, abs=0.0006)
        assert result.u == pytest.approx(u, abs=0.0007)
        assert result.dof == pytest.approx(4)  # observed together five times
    assert found.correlation[0, 1] == pytest.approx(-0.588, abs=0.001)
    assert found.correlation[0, 2] == pytest.approx(-0.485, abs=0.001)
    assert found.correlation[1, 2] == pytest.approx(0.993, abs=0.001)


def test_the_impedance_of_h2_by_draws_agrees(shared: Path) -> None:
    inputs, correlations = observed_together(observations(shared))
    known = {name: Quantity(one.value, one.u) for name, one in inputs.items()}
    drawn = simulate(lambda v, i, phi: impedance(v, i, phi)[0], known, correlations=correlations, digits=1)

    assert drawn.u == pytest.approx(0.0711, rel=0.02)
    assert validate(propagate(lambda **x: impedance(**x)[0], known, correlations=correlations), drawn, digits=1).valid


def test_the_thermometer_of_h3(shared: Path) -> None:
    expected = json.loads((shared / "quality/gum/expected.json").read_text(encoding="utf-8"))["GUM H.3 thermometer calibration"]
    line = fit_line(expected["T"], expected["corr"], origin=expected["T0"])

    assert (line.intercept, line.u_intercept) == pytest.approx(expected["intercept"], abs=6e-5)
    assert (line.slope, line.u_slope) == pytest.approx(expected["slope"], abs=6e-6)
    assert line.r == pytest.approx(expected["r"], abs=0.005)
    assert line.s == pytest.approx(expected["s"], abs=5e-5)
    assert line.at(30) == pytest.approx(expected["b(30)"], abs=6e-5)
    inputs = {"y1": Quantity(line.intercept, line.u_intercept), "y2": Quantity(line.slope, line.u_slope)}
    by_law = propagate(lambda y1, y2: y1 + y2 * 10, inputs, correlations={("y1", "y2"): line.r})
    assert by_law.u == pytest.approx(line.at(30)[1], rel=1e-12)
    drawn = simulate(lambda y1, y2: y1 + y2 * 10, inputs, correlations={("y1", "y2"): line.r})
    assert drawn.u == pytest.approx(line.at(30)[1], rel=0.01)


@given(NUMBER, SPREAD, NUMBER, SPREAD, st.tuples(st.floats(2, 40), st.floats(2, 40)))
def test_propagation_agrees_with_gtc(x: float, ux: float, y: float, uy: float, dofs: tuple[float, float]) -> None:
    nx, ny = dofs
    ours = propagate(lambda x, y: x**2 * np.sin(y) / (x + y), {"x": Quantity(x, ux, nx), "y": Quantity(y, uy, ny)})
    a, b = GTC.ureal(x, ux, nx), GTC.ureal(y, uy, ny)
    theirs = a**2 * GTC.sin(b) / (a + b)

    assert ours.value == pytest.approx(theirs.x, rel=1e-12, abs=1e-15)
    assert ours.u == pytest.approx(theirs.u, rel=1e-9)
    assert ours.dof == pytest.approx(theirs.df, rel=1e-6)


@given(NUMBER, SPREAD, NUMBER, SPREAD, st.floats(-0.95, 0.95))
def test_correlated_propagation_agrees_with_gtc(x: float, ux: float, y: float, uy: float, r: float) -> None:
    ours = propagate(lambda x, y: x / y, {"x": Quantity(x, ux), "y": Quantity(y, uy)}, correlations={("x", "y"): r})
    a, b = GTC.ureal(x, ux, independent=False), GTC.ureal(y, uy, independent=False)
    GTC.set_correlation(r, a, b)

    assert ours.u == pytest.approx((a / b).u, rel=1e-9)


def test_a_model_that_takes_no_complex_number_is_differenced() -> None:
    result = propagate(lambda x: math.exp(x) + 0, {"x": Quantity(0.0, 1e-4)})
    assert result.u == pytest.approx(1e-4, rel=1e-6)
    assert propagate(lambda x: abs(x) + 0, {"x": Quantity(2.0, 0.1)}).u == pytest.approx(0.1)
    assert propagate(lambda x, y: x * y, {"x": Quantity(2.0, 0.1), "y": Quantity(1.0, 0)}).u == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("quantity", "end"),
    [  # JCGM 101:2008, 9.2: four equal inputs of u = 1, ends of the 95 % interval
        (Quantity(0, 1), 3.92),
        (Quantity.within(0, 3**0.5), 3.88),
    ],
)
def test_the_additive_models_of_jcgm_101(quantity: Quantity, end: float) -> None:
    drawn = simulate(lambda a, b, c, d: a + b + c + d, dict.fromkeys("abcd", quantity), digits=3, most=1_000_000)

    assert drawn.u == pytest.approx(2.0, rel=0.01)
    assert drawn.symmetric == pytest.approx((-end, end), abs=0.025)  # an end of 10⁶ draws scatters by 0.006
    assert drawn.shortest[1] - drawn.shortest[0] <= drawn.symmetric[1] - drawn.symmetric[0]


@pytest.mark.parametrize("shape", ["normal", "rectangular", "triangular", "arcsine"])
def test_draws_have_the_spread_that_the_quantity_states(shape: str) -> None:
    quantity = Quantity(3.0, 0.5, distribution=shape)  # type: ignore[arg-type]
    numbers = quantity.draw(100_000, np.random.default_rng(1))
    assert numbers.mean() == pytest.approx(3.0, abs=0.01)
    assert numbers.std() == pytest.approx(0.5, rel=0.02)


def test_few_observations_are_drawn_from_the_wider_t_distribution() -> None:
    drawn = simulate(lambda x: x, {"x": Quantity(0, 1, 4)}, digits=1)
    assert drawn.symmetric[1] == pytest.approx(coverage_factor(0.95, dof=4), rel=0.03)


def test_more_digits_take_more_trials_and_too_few_are_confessed() -> None:
    inputs = {"x": Quantity(0, 1)}
    assert simulate(lambda x: x, inputs, digits=2).trials < simulate(lambda x: x, inputs, digits=3).trials
    assert not simulate(lambda x: x, inputs, digits=5, most=30_000).stable


def test_what_cannot_be_is_refused() -> None:
    a, b = Quantity(1, 0.1, 3), Quantity(1, 0.1, 9)
    with pytest.raises(DataError, match="between −1 and 1"):
        propagate(lambda x, y: x + y, {"x": a, "y": b}, correlations={("x", "y"): 1.5})
    with pytest.raises(DataError, match="between"):
        propagate(lambda x, y: x + y, {"x": a, "y": b}, correlations={("x", "z"): 0.5})
    three = {"x": a, "y": b, "z": a}
    with pytest.raises(DataError, match="positive"):
        propagate(lambda x, y, z: x + y + z, three, correlations={("x", "y"): 0.9, ("y", "z"): 0.9, ("x", "z"): -0.9})
    with pytest.raises(DataError, match="coverage factor"):
        propagate(lambda x, y: x + y, {"x": a, "y": b}, correlations={("x", "y"): 0.5}).expanded()
    with pytest.raises(DataError, match="normal"):
        simulate(lambda x, y: x + y, {"x": Quantity.within(0, 1), "y": a}, correlations={("x", "y"): 0.5})
    with pytest.raises(DataError, match="finite"):
        propagate(lambda x: x * np.inf, {"x": a})
    with pytest.raises(DataError, match="u = -1"):
        Quantity(0, -1)
    with pytest.raises(TooFewSamples):
        fit_line([0, 1], [0, 1])
