# SPDX-License-Identifier: Apache-2.0
"""Figures show the digits that their uncertainty allows, and no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError, Figure, Message, constant, constants, convert, units

SHOWN = [
    (4.7312, 0.21, "s/d", "+4.73 ± 0.21 s/d"),
    (4.7312, 0.5, "s/d", "+4.7 ± 0.5 s/d"),
    (-0.04, 0.3, "s/d", "0.0 ± 0.3 s/d"),
    (-12.9, 2.2, "s/d", "−12.9 ± 2.2 s/d"),
    (271.26, 0.34, "°", "271.3 ± 0.3°"),
    (0.2437, 0.0031, "ms", "0.244 ± 0.003 ms"),
    (1234.0, 56.0, "s", "1230 ± 60 s"),
    (12.7, None, "dB", "12.7 dB"),
    (0.0, 0.0, "s/d", "0 s/d"),
]


@pytest.mark.parametrize(("value", "u", "unit", "text"), SHOWN)
def test_digits_follow_the_uncertainty(value: float, u: float | None, unit: str, text: str) -> None:
    assert Figure(value, u, unit).text() == text


def test_chinese_writes_the_unit_in_chinese() -> None:
    assert Figure(4.7312, 0.21, "s/d").text("zh") == "+4.73 ± 0.21 秒/日"


def test_a_refused_figure_is_a_dash_and_carries_its_reason_everywhere() -> None:
    refused = Figure.refused("°", Message.plain("the unlock sound is too weak"))

    assert refused.text() == "—"
    assert not refused.ok
    assert refused.to("rad").reason == refused.reason
    assert refused.to_json()["reason"] == "the unlock sound is too weak"


def test_a_second_a_day_is_eleven_and_a_half_parts_in_a_million() -> None:
    assert convert(86400.0, unit="s/d", to="s/s") == pytest.approx(1.0, rel=1e-15)
    assert convert(1.0, unit="s/d", to="s/month") == pytest.approx(30.4375, rel=1e-8)
    assert Figure(4.0, 1.0, "ms").to("s") == Figure(0.004, 0.001, "s")


@given(st.floats(-1e6, 1e6), st.sampled_from(sorted(units())), st.data())
def test_there_and_back_is_where_it_was(value: float, unit: str, data: st.DataObject) -> None:
    other = data.draw(st.sampled_from([symbol for symbol, found in units().items() if found.kind == units()[unit].kind]))

    assert convert(convert(value, unit=unit, to=other), unit=other, to=unit) == pytest.approx(value, rel=1e-12, abs=1e-300)


def test_unlike_and_unknown_units_are_refused() -> None:
    with pytest.raises(DataError, match="different things"):
        convert(1.0, unit="s", to="°")
    with pytest.raises(DataError, match="not known"):
        Figure(1.0, None, "furlong")


def test_a_constant_says_where_it_comes_from() -> None:
    assert constant("standard_gravity").value == 9.80665
    assert all(entry.source for entry in constants().values())
    with pytest.raises(DataError, match="no constant"):
        constant("phlogiston")
