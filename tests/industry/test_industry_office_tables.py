# SPDX-License-Identifier: Apache-2.0
"""Tables as the statistician of an association sends them: titles with units, years across, formulas, merged cells, others."""

import io
from collections.abc import Callable

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from sichen.adapters.industry_desk import Source, classified_of, concentration_of, lint_of, quotients_of, registry_of, target_of
from sichen.core import DataError


def _text(text: str) -> Source:
    return Source(text.encode(), "report.csv")


def _book(write: Callable[[Worksheet], None], *, cover: bool = False) -> Source:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    if cover:
        sheet["A1"] = "中国钟表协会"
        sheet = book.create_sheet("数据")
    write(sheet)
    held = io.BytesIO()
    book.save(held)
    return Source(held.getvalue(), "report.xlsx")


def test_a_unit_beside_the_title_is_no_heading_and_counts_for_the_whole_table() -> None:
    table = _text("2021年主要产品产量,,,单位：万只\n指标,2019年,2020年,2021年1-6月\n手表,65000,61000,30000\n注：快报\n")
    seen = registry_of(table).observations

    assert [(one.row, one.period.text, one.amount) for one in seen] == [
        (1, "2019年", 6.5e8), (1, "2020年", 6.1e8), (1, "2021年1-6月", 3.0e8),
    ]  # fmt: skip


def test_a_table_with_a_column_for_each_year_is_read_with_the_growth_of_the_latest() -> None:
    table = _text(
        "指标,单位,2021年,2020年,同比增长(%)\n出口额,亿美元,46.68,36.33,28.49\n进口额,亿美元,57.56,44.69,28.8\n"
        "进出口总额,亿美元,104.24,81.02,51.4\n"
    )
    found, refusals = lint_of(table)

    assert refusals == ()
    assert {(one.rows, one.rule) for one in found} == {((1, 2, 3), "growth"), ((3,), "growth")}


def test_a_formula_that_nobody_computed_is_refused_by_row_and_does_not_count_as_nothing() -> None:
    def write(sheet: Worksheet) -> None:
        for row in (("企业名称", "销售额"), ("甲", "=30*1"), ("乙", 20), ("丙", 25)):
            sheet.append(row)

    found, matrix = concentration_of(_book(write))

    assert [(one.row, one.column, one.cells) for one in matrix.refusals] == [(1, "销售额", ("甲", "=30*1"))]
    assert found.count == 2


def test_a_cell_merged_over_rows_stands_in_each_of_them_and_a_cover_sheet_is_passed_over() -> None:
    def write(sheet: Worksheet) -> None:
        for row in (
            ("地区", "年份", "指标", "数值", "单位"),
            ("福建", 2020, "钟产量", 100, "万只"),
            (None, 2021, "钟产量", 110, "万只"),
        ):
            sheet.append(row)
        sheet.merge_cells("A2:A3")

    registry = registry_of(_book(write, cover=True))

    assert [one.area for one in registry.observations] == ["福建", "福建"]
    assert registry.refusals == ()


def test_others_are_no_firm() -> None:
    listed, _ = concentration_of(_text("企业,产量\n甲,50\n乙,30\n其他,20\n"))

    assert (listed.hhi, listed.count, listed.shares[0][1]) == (3400.0, 2, 50.0)


def test_yuan_and_people_do_not_add_up_to_a_location_quotient() -> None:
    with pytest.raises(DataError, match="different units"):
        quotients_of(_text("省份,产值（亿元）,从业人员（万人）\n广东,320,12\n福建,150,6\n"))


def test_prices_in_dollars_are_not_taken_for_yuan() -> None:
    with pytest.raises(DataError, match="yuan"):
        target_of(_text("品牌,销售额（万元）,均价（美元）\n甲,722,300\n合计,5000,\n"))
    assert target_of(_text("品牌,销售额（万元）,均价（元）\n甲,722,3000\n合计,5000,\n")).bounds is not None


def test_shares_without_a_basis_say_what_they_were_taken_for() -> None:
    silent = target_of(_text("年份,高档,中档,低档\n2020,2.4,19.5,78.1\n"))
    said = target_of(_text("年份,高档,中档,低档,口径\n2020,2.4,19.5,78.1,销售额\n"))

    assert silent.to_json()["basis_taken"] == silent.taken_as.text("en") if silent.taken_as else False
    assert said.taken_as is None


def test_the_signs_of_at_least_and_at_most_are_read() -> None:
    brands, refusals = classified_of(_text("品牌,境外注册国家数,境外网点国家数\n甲,≥15,≤9\n"))

    assert refusals == ()
    assert [one.state for one in brands[0].criteria[:2]] == ["met", "failed"]


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        (("2021,全国,手表产量,71500,万只", "2021H1,全国,手表产量,40000,万只", "2021H2,全国,手表产量,40000,万只"), "sum"),
        (("2021H1,全国,产值,90,亿元", "2021Q1,全国,产值,50,亿元", "2021Q2,全国,产值,50,亿元"), "sum"),
        (("2021年1-2月,全国,钟产量,900,万只", "2021年1-3月,全国,钟产量,800,万只"), "sum"),
        (("2021,全国,出口额,30,亿美元", "2021,全国,进口额,25,亿美元", "2021,全国,贸易顺差,10,亿美元"), "sum"),
        (("2021,全国,利润总额,20,亿元", "2021,全国,营业收入,200,亿元", "2021,全国,利润率,5,%"), "share"),
        (("2021,全国,高档产品占比,3,%", "2021,全国,中档产品占比,32,%", "2021,全国,低档产品占比,75,%"), "share"),
        (("2021,全国,规模以上企业数,300,家", "2021,全国,亏损企业数,340,家"), "sum"),
    ],
)
def test_a_planted_contradiction_is_found_with_all_its_rows(rows: tuple[str, ...], rule: str) -> None:
    found, _ = lint_of(_text("\n".join(("年份,地区,指标,数值,单位", *rows))))

    assert [(one.rows, one.rule) for one in found] == [(tuple(range(1, len(rows) + 1)), rule)]


@pytest.mark.parametrize(
    "rows",
    [
        ("2020,全国,自行车产量,5200,万辆", "2020H1,全国,自行车产量,2100,万辆", "2020H2,全国,自行车产量,3100,万辆"),
        ("2020,全国,利润总额,4,亿元", "2020H1,全国,利润总额,5,亿元", "2020,全国,营业收入,100,亿元", "2020,全国,利润率,4.0,%"),
        ("2020,全国,资产总计,90,亿元", "2020H1,全国,资产总计,95,亿元"),
        ("2020,全国,出口额,30,亿美元", "2020,全国,进口额,35,亿美元", "2020,全国,贸易逆差,5,亿美元"),
        ("2020,全国,高档产品占比,3,%", "2020,全国,中档产品占比,22,%", "2020,全国,低档产品占比,75,%"),
        ("2020,全国,规模以上企业数,300,家", "2020,全国,亏损企业数,40,家"),
    ],
)
def test_a_clean_table_of_another_shape_gives_no_alarm(rows: tuple[str, ...]) -> None:
    assert lint_of(_text("\n".join(("年份,地区,指标,数值,单位", *rows))))[0] == ()
