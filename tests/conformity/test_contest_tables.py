# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable

import pytest

from sichen.conformity import read_contestants, read_equipment, read_items, read_makers, read_participants
from sichen.core import DataError, Instant

START = Instant.parse("2026-11-23T08:00:00Z")
GOOD = "brand,watch,value,u,price\nA,a1,1.0,0.3,100\nA,a2,2.0,0.4,100\n"


def test_watches_are_gathered_by_brand_with_their_usual_spread() -> None:
    [one] = read_contestants(GOOD)
    assert (one.name, one.values, one.price) == ("A", (1.0, 2.0), 100.0)
    assert one.u == pytest.approx((0.125) ** 0.5)


def test_columns_may_be_called_in_chinese() -> None:
    assert read_participants("实验室,数值,不确定度\n甲,1.0,0.1\n")[0].name == "甲"
    assert read_items("编号,品牌\nA,海鸥\n")["A"].brand == "海鸥"


@pytest.mark.parametrize(
    ("reader", "table", "complaint"),
    [
        (read_contestants, GOOD + "A,a1,3.0,0.3,100\n", "row 4: a1 stands in row 2"),
        (read_contestants, GOOD + "A,a3,3.0,0.3,120\n", "row 4: the brand A has another price"),
        (read_contestants, GOOD + "A,a3,fast,0.3,100\n", "row 4: value is 'fast'"),
        (read_contestants, GOOD + "A,a3,3.0,0,100\n", "row 4: u is 0"),
        (read_contestants, GOOD + ",a3,3.0,0.3,100\n", "row 4: the cell brand is empty"),
        (read_contestants, "brand,value\nA,1\n", "lacks the column watch"),
        (read_makers, "watch,brand\na,A\na,B\n", "row 3: a stands in row 2"),
        (read_participants, "laboratory,value,u\nL1,5.0,-0.1\n", "row 2: u is -0.1"),
        (read_items, "watch,brand\nA,x\nA,y\n", "row 3: A stands there already"),
        (read_items, "watch,brand\n,x\n", "row 2 names no watch"),
    ],
)
def test_a_bad_row_is_named_with_its_remedy(reader: Callable[[str], object], table: str, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        reader(table)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("T-1,timer,2026-11-22", "2026-11-22"),
        ("T-1,timer,soon", "soon"),
        (",timer,2027-01-01", "row 2"),
    ],
)
def test_an_instrument_out_of_its_calibration_is_refused_with_its_row(row: str, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        read_equipment(f"id,name,valid_until\n{row}\n", at=START)


def test_an_instrument_is_good_until_the_end_of_its_last_day() -> None:
    [one] = read_equipment("id,name,valid_until,certificate\nT-1,timer|校表仪,2026-11-23,C-9\n", at=START)
    assert (one.name("en"), one.name("zh"), one.certificate) == ("timer", "校表仪", "C-9")
