# SPDX-License-Identifier: Apache-2.0
"""Published figures enter as they are written, and those that cannot be right stay outside with their reason."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError
from sichen.industry import read_period, read_registry, read_table, read_unit, read_value
from sichen.industry.indicators import basis_of, identify
from sichen.industry.registry import ALIASES, Registry, one_series

HEAD = "year\tarea\tindicator\tvalue\tunit\tnote\tsource_url\tgrade\n"


def registry(*rows: str) -> Registry:
    return read_registry(read_table(HEAD + "\n".join("\t".join(row.split("|")) for row in rows) + "\n", aliases=ALIASES))


@given(st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: round(number, 3)))
def test_a_plain_number_is_read_as_what_it_is_and_lies_in_its_own_interval(number: float) -> None:
    value = read_value(f"{number:.3f}")

    assert value.point == number
    assert value.interval()[0] <= number <= value.interval()[1]


@given(st.text(max_size=30))
def test_no_text_whatever_is_lost_or_breaks_the_reader(text: str) -> None:
    assert read_value(text).text == text
    assert read_unit(text).text == text


@pytest.mark.parametrize(
    ("text", "kind", "numbers"),
    [
        ("1:14:85", "ratio", (1, 14, 85)),
        ("1：14：85", "ratio", (1, 14, 85)),
        (">10000", "bound", (10000,)),
        ("300个以上".replace("个", ""), "bound", (300,)),
        ("2-3", "range", (2, 3)),
        ("2000-10000", "range", (2000, 10000)),
        ("1100+648", "list", (1100, 648)),
        ("564 / 73563", "list", (564, 73563)),
        ("-25.1 / -3.5 / +9.7", "list", (-25.1, -3.5, 9.7)),
        ("1 GB + 6 QB", "list", (1, 6)),
        ("约20", "number", (20,)),
        ("−4.70", "number", (-4.7,)),
        ("1,030", "number", (1030,)),
        ("3 consecutive years", "text", ()),
    ],
)
def test_values_that_float_rejects_keep_their_kind_and_numbers(text: str, kind: str, numbers: tuple[float, ...]) -> None:
    assert (read_value(text).kind, read_value(text).numbers) == (kind, numbers)


def test_a_list_with_plus_signs_has_a_sum_and_other_lists_have_none() -> None:
    assert read_value("1100+648").total == 1748
    assert read_value("564 / 73563").total is None


@pytest.mark.parametrize("text", ["2012H1", "2018-01..05", "2014-base", "FY2025 (to Mar 2025)", "2020 (inferred)", "to 2023"])
def test_every_form_of_period_in_use_is_read(text: str) -> None:
    assert read_period(text).text == text


@pytest.mark.parametrize("text", ["2019-13", "2018-05..01", "202", "", "yesterday", "2019H3"])
def test_a_period_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        read_period(text)


def test_halves_and_quarters_tile_the_year() -> None:
    whole = read_period("2021")
    halves = [read_period(f"2021H{half}") for half in (1, 2)]
    quarters = [read_period(f"2021Q{quarter}") for quarter in (1, 2, 3, 4)]

    assert (halves[0].start, halves[1].end) == (whole.start, whole.end)
    assert sum(one.months for one in halves) == sum(one.months for one in quarters) == whole.months


def test_a_scale_is_part_of_the_unit_in_both_languages() -> None:
    assert read_unit("亿元").scale == read_unit("100m CNY").scale == 1e8
    assert read_unit("万只").scale == 1e4
    assert read_unit("亿元").dimension == read_unit("bn CNY").dimension


def test_output_value_of_the_industry_and_sales_of_own_brands_are_two_indicators() -> None:
    left = identify("output value ratio high:mid:low", dimension="ratio")
    right = identify("own-brand sales ratio high:mid:low", dimension="ratio")

    assert left.basis == "output_value_all" != right.basis
    with pytest.raises(DataError, match="different bases"):
        one_series(
            registry(
                "2014|CN|output value ratio high:mid:low|1:14:85|ratio||x|A",
                "2020|CN|own-brand sales ratio high:mid:low|3:22:75|ratio||x|A",
            ).observations
        )


def test_a_name_that_claims_both_bases_is_refused() -> None:
    with pytest.raises(DataError):
        basis_of("自主品牌产值与销售额")


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("2020|CN|exports|-3|bn USD||x|A", "value"),
        ("2020|CN|exports|12x4|bn USD||x|A", "value"),
        ("2020|CN|share of exports|134|%||x|A", "value"),
        ("2020-13|CN|exports|3|bn USD||x|A", "year"),
        ("2020|CN||3|bn USD||x|A", "indicator"),
        ("2020|CN|exports|3|bn USD|https://example.org|A|note", "grade"),
        ("2020|CN|exports|3|bn USD||x|A|more", "9"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused_by_row_and_column_and_the_others_stay(row: str, column: str) -> None:
    found = registry("2019|CN|exports|4|bn USD||x|A", row, "2021|CN|exports|5|bn USD||x|A")

    assert [(one.row, one.column) for one in found.refusals] == [(2, column)]
    assert found.refusals[0].cells[0] == row.split("|", maxsplit=1)[0]
    assert [one.row for one in found.observations] == [1, 3]


def test_a_loss_may_be_below_zero() -> None:
    assert registry("2020|X|net income|-53|m CHF||x|A").refusals == ()


def test_currencies_and_lengths_of_time_never_mix_in_one_series() -> None:
    mixed = registry("2007|HK|watch exports|6.4|bn USD||x|C", "2010|HK|watch exports|57.61|bn HKD||x|B")
    partly = registry("2012H1|CN|clocks made|83|million||x|C", "2018|CN|clocks made|430|million||x|C")

    for found in (mixed, partly):
        with pytest.raises(DataError, match="no series"):
            found.series(one.row for one in found.observations)


def test_history_keeps_every_statement_with_the_best_evidence_first() -> None:
    found = registry(
        "2020|CN|gross industrial output|48.9|bn CNY||x|C",
        "2020|CN|gross industrial output|48.1|bn CNY||y|A",
        "2021|CN|gross industrial output|63.5|bn CNY||y|A",
    )

    assert [one.row for one in found.history(found.observations[0])] == [2, 1]


def test_the_published_figures_are_read_to_the_last_row(shared: Path) -> None:
    for name, rows in (("industry/industry-figures.tsv", 235), ("brand/brand-figures.tsv", 112)):
        found = read_registry(read_table((shared / name).read_text(encoding="utf-8"), aliases=ALIASES))
        assert (len(found.observations), found.refusals) == (rows, ())
