# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.conformity import conformance_probability, decide, global_risks, guard
from sichen.conformity.decision import together
from sichen.core import DataError

DRAWS = 400_000


@pytest.mark.parametrize("band", [0.0, 0.4, -0.4])
@pytest.mark.parametrize(("low", "high"), [(-2.0, 2.0), (None, 1.5), (-1.0, None)])
def test_global_risks_agree_with_simulated_production(low: float | None, high: float | None, band: float) -> None:
    """Binomial scatter of 400 000 watches: five standard deviations."""
    rng = np.random.default_rng(106)
    truth = rng.normal(0.1, 1.0, DRAWS)
    shown = truth + rng.normal(0, 0.2, DRAWS)
    bottom, top = (-np.inf if low is None else low), (np.inf if high is None else high)
    good = (truth >= bottom) & (truth <= top)
    accepted = (shown >= bottom + band) & (shown <= top - band)

    risks = global_risks(mean=0.1, deviation=1.0, u=0.2, low=low, high=high, band=band)
    for risk, share in ((risks.consumer, float(np.mean(accepted & ~good))), (risks.producer, float(np.mean(~accepted & good)))):
        assert risk == pytest.approx(share, abs=5 * (max(share, 1e-5) / DRAWS) ** 0.5)


@given(st.floats(-10, 10), st.floats(0.01, 3))
def test_a_probability_is_one_and_mirrors_with_its_limits(value: float, u: float) -> None:
    one = conformance_probability(value, u=u, low=-4, high=6)
    assert 0 <= one <= 1
    assert one == pytest.approx(conformance_probability(-value, u=u, low=-6, high=4), abs=1e-12)
    wider = conformance_probability(value, u=u, low=-5, high=7)
    assert wider >= one


def test_on_the_limit_the_chances_are_even() -> None:
    assert conformance_probability(6, u=0.01, low=-4, high=6) == pytest.approx(0.5)
    assert conformance_probability(6, u=0.0, low=-4, high=6) == 1.0


def test_a_guard_band_of_two_standard_uncertainties_leaves_the_consumer_two_per_cent() -> None:
    band = guard("guard_band", u=0.1)
    assert 1 - conformance_probability(6 - band, u=0.1, low=None, high=6) == pytest.approx(0.02275, abs=1e-5)
    assert guard("simple", u=0.1) == 0


def test_without_a_limit_nothing_is_decided() -> None:
    assert decide(None, None, rule="simple", u=0.1) == "undecided"
    assert together([]) == "undecided"
    assert together(["accept", "undecided", "reject"]) == "reject"


def test_a_risk_needs_an_uncertainty() -> None:
    with pytest.raises(DataError):
        global_risks(mean=0, deviation=1, u=0, low=-1, high=1)
    with pytest.raises(DataError):
        conformance_probability(float("nan"), u=1, low=0, high=1)
