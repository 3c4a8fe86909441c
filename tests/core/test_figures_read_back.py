# SPDX-License-Identifier: Apache-2.0
"""A figure in a record is the figure that was kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError, Figure, Message

NUMBER = st.floats(-1e6, 1e6)


@given(NUMBER, st.none() | st.floats(0, 1e6), st.sampled_from(["s/d", "°", "ms", "1"]))
def test_a_measured_figure_reads_back_equal(value: float, u: float | None, unit: str) -> None:
    figure = Figure(value, u, unit)

    assert Figure.from_json(figure.to_json()) == figure


def test_a_refusal_reads_back_in_both_languages_where_its_sentence_has_no_blanks() -> None:
    kept = Figure.refused("°", Message("bench.not_measured")).to_json()

    assert Figure.from_json(kept).reason == Message("bench.not_measured")


@pytest.mark.parametrize("data", [{}, {"value": 1.0, "u": 0.1}, {"value": 1.0, "u": 0.1, "unit": "furlong"}])
def test_what_is_no_figure_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(DataError):
        Figure.from_json(data)  # type: ignore[arg-type]
