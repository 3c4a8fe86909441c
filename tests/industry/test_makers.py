# SPDX-License-Identifier: Apache-2.0
"""Makers with a brand strategy: cells and records, silence, sums that may and may not be made."""

import pytest

from sichen.core import DataError
from sichen.industry import Maker, answer_makers, read_makers, read_table
from sichen.industry.makers import Records, Worth

HEAD = "maker,brand,strategy,value,low,high,currency,year\n"


def test_the_silent_ones_widen_what_can_be_said() -> None:
    makers, refusals = read_makers(read_table(HEAD + "A,a,yes,,,,,\nB,b,no,,,,,\nC,c,,,,,,\n"))
    found = answer_makers(makers)
    assert refusals == ()
    assert (found.strategy.yes, found.strategy.no, found.strategy.unanswered) == (1, 1, 1)
    assert found.strategy.least < found.strategy.lower < 0.5 < found.strategy.upper < found.strategy.most
    assert found.state == "unknown"


def test_records_stand_above_cells_and_the_difference_is_told() -> None:
    makers, _ = read_makers(read_table(HEAD + "A,a,yes,500,,,CNY,2025\n"))
    records = Records(False, Worth(400.0, 300.0, 520.0, "CNY", "2025"), (("brand_value", "sha256:0"),))
    found = answer_makers(makers, {"a": records})
    assert (found.makers[0].strategy, found.makers[0].worth) == (False, records.worth)
    assert found.makers[0].differs == ("strategy", "value")
    assert found.makers[0].behind == records.behind


def test_independent_intervals_add_in_squares_and_stay_around_the_sum() -> None:
    makers, _ = read_makers(read_table(HEAD + "A,a,,300,260,340,CNY,2025\nB,b,,100,70,160,CNY,2025\n"))
    total = answer_makers(makers).total
    assert total is not None
    assert total.value == 400
    assert total.low == pytest.approx(350)
    assert total.high == pytest.approx(400 + (40**2 + 60**2) ** 0.5)


def test_a_value_without_an_interval_leaves_the_sum_without_one() -> None:
    makers, _ = read_makers(read_table(HEAD + "A,a,,300,260,340,CNY,2025\nB,b,,100,,,CNY,2025\n"))
    total = answer_makers(makers).total
    assert total is not None
    assert (total.value, total.low, total.high) == (400, None, None)


@pytest.mark.parametrize("other", ["USD,2025", "CNY,2024"])
def test_values_of_several_currencies_or_years_have_no_sum(other: str) -> None:
    makers, _ = read_makers(read_table(HEAD + f"A,a,,300,,,CNY,2025\nB,b,,100,,,{other}\n"))
    with pytest.raises(DataError, match="have no sum"):
        answer_makers(makers)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",b,yes,,,,,", "maker"),
        ("A,b,yes,,,,,", "maker"),
        ("B,b,perhaps,,,,,", "strategy"),
        ("B,b,yes,-5,,,CNY,2025", "value"),
        ("B,b,yes,much,,,CNY,2025", "value"),
        ("B,b,yes,5,,,,2025", "currency"),
        ("B,b,yes,5,,,CNY,", "year"),
        ("B,b,yes,5,6,7,CNY,2025", "low"),
    ],
)
def test_a_wrong_row_is_kept_apart_with_its_column_and_the_others_stand(row: str, column: str) -> None:
    makers, refusals = read_makers(read_table(f"{HEAD}A,a,yes,,,,,\n{row}\nC,c,no,,,,,\n"))
    assert [one.name for one in makers] == ["A", "C"]
    assert [(one.row, one.column) for one in refusals] == [(2, column)]


def test_chinese_headings_are_understood() -> None:
    makers, _ = read_makers(read_table("企业名称,品牌,品牌战略\n甲,a,是\n乙,b,否\n"))
    assert [one.strategy for one in makers] == [True, False]


def test_a_table_without_makers_is_refused() -> None:
    with pytest.raises(DataError, match="names no maker"):
        answer_makers(())


def test_the_target_is_met_only_when_even_silence_could_not_undo_it() -> None:
    yes = [Maker(f"y{k}", "", True, None, k) for k in range(60)]
    silent = [Maker(f"s{k}", "", None, None, k) for k in range(20)]
    assert answer_makers([*yes, *silent]).state == "met"
    assert answer_makers([*yes[:12], *silent]).state == "unknown"
    no = [Maker(f"n{k}", "", False, None, k) for k in range(100)]
    assert answer_makers([*yes[:5], *no]).state == "failed"
