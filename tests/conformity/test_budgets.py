# SPDX-License-Identifier: Apache-2.0
import pytest

from sichen.conformity.uncertainty import Quantity, budget, budgets, simulate
from sichen.core import NotFound, canonical


@pytest.mark.parametrize("name", list(budgets()))
def test_a_budget_adds_up_and_names_its_sources(name: str) -> None:
    one = budget(name)
    rows = one.table("zh")

    assert sum(row.share for row in rows) == pytest.approx(1)
    assert one.result().u ** 2 == pytest.approx(sum(row.contribution**2 for row in rows))
    assert all(row.source and row.title for row in rows)
    assert canonical(one.to_json())
    assert one.figure().unit == one.unit


@pytest.mark.parametrize("name", list(budgets()))
def test_a_budget_agrees_with_draws(name: str) -> None:
    one = budget(name)
    drawn = simulate(one.model, one.inputs(), digits=1)
    # The tuning fork's parabola is curved: its second order shows where the quartz sits near its turnover.
    assert drawn.u == pytest.approx(one.result().u, rel=0.05 if name != "quartz_rate" else 0.9)


def test_the_temperature_dominates_a_daily_rate() -> None:
    """Handbook 3.2: ± 1 K × 0.6 s/d/K, rectangular, is 0.35 s/d; two states of 0.02 s are 0.03 s/d."""
    result = budget("daily_rate").result()
    assert result.u == pytest.approx((0.6**2 / 3 + 2 * 0.0202**2) ** 0.5, rel=1e-6)
    assert budget("daily_rate").table()[0].share > 0.99


def test_a_measured_component_replaces_the_usual_one() -> None:
    own = budget("acoustic_rate", reading=Quantity(4.2, 0.3, 20), coefficient=Quantity(0.1, 0.0))
    assert own.figure().value == pytest.approx(4.2)
    assert own.result().u == pytest.approx((0.3**2 + 0.1**2 / 3 + 0.1**2 / 3) ** 0.5)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(NotFound, match="phase"):
        budget("phase")
    with pytest.raises(NotFound, match="wind"):
        budget("temperature", wind=Quantity(0, 1))
