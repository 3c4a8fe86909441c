# SPDX-License-Identifier: Apache-2.0
"""Tables as offices send them: read right, or refused by row and column, with nothing lost."""

import io

import pytest
from openpyxl import Workbook

from sichen.adapters.industry_desk import Source, concentration_of, lint_of, quotients_of, target_of, trade_of
from sichen.core import DataError
from sichen.industry import read_period, read_unit
from sichen.industry.structure import Concentration


def of(text: str, encoding: str = "utf-8") -> Source:
    return Source(text.encode(encoding), "t.csv")


def hhi(text: str, encoding: str = "utf-8") -> Concentration:
    return concentration_of(of(text, encoding))[0]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("\ufeffname;value\na;50\nb;30\nc;20\n", "utf-8"),
        ("企业\t份额（％）\n甲\t５０％\n乙\t３０％\n丙\t２０％\n小计\t１００％\n", "gb18030"),
        ("firm,share\na,0.5\nb,0.3\nc,0.2\nTotal,1\n", "utf-8"),
        ('2014 年分地区产量,,\n地区,产量,单位\n福建,"5,000",万只\n广东,"3,000",万只\n浙江,"2,000",万只\n合计,"10,000",万只\n数据来源：协会,,\n', "utf-8"),
        ("# source: an office\nname,value\na,5e3\n,\nb,3E+03\nc,2 000\n", "utf-16"),
    ],
)  # fmt: skip
def test_one_concentration_in_five_dresses(text: str, encoding: str) -> None:
    found = hhi(text, encoding)

    assert (round(found.hhi), found.count, found.unlisted) == (3800, 3, 0)


def test_published_shares_bound_the_concentration_from_below() -> None:
    """Clock output of 2012H1 in four provinces; the handbook says at least 4 816."""
    found = hhi("region,share\nFujian,59.57\nGuangdong,35.45\nShandong,2.51\nZhejiang,2.03\n")

    assert found.hhi == pytest.approx(4815.6, abs=0.5)
    assert found.unlisted == pytest.approx(0.44)
    assert found.most - found.hhi == pytest.approx(0.44**2)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("name,value\na,50\nb,-3\nc,20\nd,abc\n", [(2, "value"), (4, "value")]),
        ("name,value,unit\na,50,bn CNY\nb,40,bn CNY\nc,30,bn USD\n", [(3, "unit")]),
        ("name,year,value\na,2014,50\nb,2014,30\na,2015,20\n", [(3, "year")]),
        ("name,value\na,50\nb,30\ntotal,70\n", [(3, "value")]),
        ("name,value\na,50\n,,\nb,30%\nc,20\n", [(3, "value")]),
        ("name,value\na,50\nb,30,9\n", [(2, "3")]),
    ],
)
def test_a_row_that_cannot_be_right_is_refused_by_row_and_column(text: str, places: list[tuple[int, str]]) -> None:
    _, matrix = concentration_of(of(text))

    assert [(one.row, one.column) for one in matrix.refusals] == places
    assert len(matrix.names) + len(places) == sum(line.strip(",") != "" for line in text.splitlines()) - 1
    assert all(one.cells for one in matrix.refusals)


@pytest.mark.parametrize("text", ["name,share\na,60\nb,50\nc,20\n", "name;value\na;1.234,5\n", "name\na\n", "a,a\n1,2\n"])
def test_a_table_that_cannot_be_read_at_all_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        hhi(text)


def test_a_national_row_is_the_base_of_location_quotients_and_a_long_table_is_made_wide() -> None:
    wide = quotients_of(of("地区,钟表,全部工业\n福建,10,100\n广东,20,400\n全国,60,1000\n")).quotients
    long = quotients_of(of("region,industry,value\nF,watch,10\nF,other,90\nG,watch,10\nG,other,290\n")).quotients

    assert [(name, round(value, 3)) for name, _, value, _ in wide] == [("福建", 1.667), ("广东", 0.833)]
    assert [(name, round(value, 3)) for name, column, value, _ in long if column == "watch"] == [("F", 2.0), ("G", 0.667)]
    with pytest.raises(DataError, match="alone"):
        quotients_of(of("region,watches\nF,10\nG,20\n"))


def test_a_sheet_keeps_its_row_numbers_and_its_per_cents() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (["name", "share"], ["a", 0.5], [], ["b", 0.3], ["c", 0.2]):
        sheet.append(row)
    for cell in ("B2", "B4", "B5"):
        sheet[cell].number_format = "0.0%"
    out = io.BytesIO()
    book.save(out)
    found, matrix = concentration_of(Source(out.getvalue(), "s.xlsx"))

    assert (round(found.hhi), matrix.rows) == (3800, (1, 3, 4))


def test_a_target_is_read_in_any_order_of_columns_as_fractions_or_as_ratios() -> None:
    tables = (
        "low,basis,year,mid,high\n85,sales_own_brand,2014,14,1\n78.1,sales_own_brand,2020,19.5,2.4\n",
        "年份,高档,中档,低档,口径\n2014,0.01,0.14,0.85,自主品牌销售额\n2020,0.024,0.195,0.781,自主品牌销售额\n",
        "year,ratio,basis\n2014,1:14:85,own-brand sales\n2020,2.4:19.5:78.1,own-brand sales\n",
    )
    for text in tables:
        found = target_of(of(text))
        assert found.state == "failed"
        assert found.structures.shares[-1] == pytest.approx([0.024, 0.195, 0.781])
    with pytest.raises(DataError, match="different bases"):
        target_of(of("year,high,mid,low,basis\n2014,1,14,85,draft\n2020,3,22,75,final\n"))


def test_one_quantity_in_three_units_is_one_and_a_slip_is_found() -> None:
    head = "年份,地区,指标,数值,单位,来源\n"
    rows = ["2021,中国,手表产量,65000,万只,a", "2021,全国,手表产量,6.5,亿只,b", "2021,CN,手表产量,650,million pieces,c"]

    assert lint_of(of(head + "\n".join(rows)))[0] == ()
    found, _ = lint_of(of(head + "\n".join([*rows, "2021,全国,手表产量,6500,万只,d"])))
    assert {one.rule for one in found} == {"units"}


def test_growth_against_another_base_is_not_compared() -> None:
    head = "year,area,indicator,value,unit,note\n2020,CN,exports,100,m USD,\n"
    for note in (
        "环比增长3%",
        "累计增长3%",
        "按可比口径增长3%",
        "3% in constant prices",
        "up 3 percentage points",
        "年均增长3%",
    ):
        assert lint_of(of(f"{head}2021,CN,exports,120,m USD,{note}\n"))[0] == ()
    for note in ("同比增长3%", "up 3 % year on year", "比上年增长3%", "+3%", "grew by 3 %"):
        assert [one.rule for one in lint_of(of(f"{head}2021,CN,exports,120,m USD,{note}\n"))[0]] == ["growth"]
    column = "year,area,indicator,value,unit,growth\n2020,CN,exports,100,m USD,\n2021,CN,exports,120,m USD,"
    assert lint_of(of(f"{column}0.2\n"))[0] == ()
    assert len(lint_of(of(f"{column}0.4\n"))[0]) == 1


@pytest.mark.parametrize(("text", "start", "months"), [("H1 2021", 2021, 6), ("2021年前三季度", 2021, 9), ("Jan-May 2018", 2018, 5), ("2021年1—5月", 2021, 5), ("2021 Q3", 2021.5, 3)])  # fmt: skip
def test_periods_are_read_as_they_are_written(text: str, start: float, months: int) -> None:
    period = read_period(text)

    assert (period.start / 12, period.months) == (start, months)


@pytest.mark.parametrize(("text", "scale", "dimension"), [("亿美元", 1e8, "USD"), ("万只", 1e4, "piece"), ("RMB bn", 1e9, "CNY"), ("US$ million", 1e6, "USD"), ("元/只", 1, "CNY/piece"), ("个百分点", 1, "points"), ("亿元人民币", 1e8, "CNY")])  # fmt: skip
def test_units_are_read_in_either_language_and_order(text: str, scale: float, dimension: str) -> None:
    unit = read_unit(text)

    assert (unit.scale, unit.dimension) == (scale, dimension)


COMTRADE_PLUS = (
    "typeCode,freqCode,refPeriodId,refYear,refMonth,period,reporterCode,reporterISO,reporterDesc,flowCode,flowDesc,partnerCode,"
    "partnerISO,partnerDesc,classificationCode,cmdCode,cmdDesc,aggrLevel,isLeaf,customsCode,motCode,qtyUnitCode,qtyUnitAbbr,qty,"
    "isQtyEstimated,altQtyUnitCode,altQtyUnitAbbr,altQty,netWgt,grossWgt,cifvalue,fobvalue,primaryValue\n"
    "C,A,20230101,2023,52,2023,156,CHN,{who},M,{flow},0,W00,{whom},H6,910221,watches,6,True,C00,0,5,u,1000,False,-1,N/A,0,0,0,"
    "250000,,250000\n"
)
COMTRADE_OLD = (
    "Classification,Year,Period,Period Desc.,Aggregate Level,Is Leaf Code,Trade Flow Code,Trade Flow,Reporter Code,Reporter,"
    "Reporter ISO,Partner Code,Partner,Partner ISO,Commodity Code,Commodity,Qty Unit Code,Qty Unit,Qty,Alt Qty,Netweight (kg),"
    "Trade Value (US$),Flag\nH5,2023,2023,2023,6,1,1,Import,156,China,CHN,0,World,WLD,910221,watches,5,Number of items,1000,,,250000,0\n"
)
CUSTOMS = (
    "数据年月,商品编码,商品名称,贸易伙伴编码,贸易伙伴名称,贸易方式编码,贸易方式名称,注册地编码,注册地名称,第一数量,第一计量单位,"
    "第二数量,第二计量单位,美元\n"
    '202301,91022100,机械手表,331,瑞士,10,一般贸易,44,广东省,"600",只,0,千克,"150,000"\n'
    '202302,91022100,机械手表,331,瑞士,10,一般贸易,31,上海市,"400",只,0,千克,"100,000"\n'
)
ITC = "Product code,Product label,Imported value in 2022,Imported value in 2023\n'910221,watches,200,250\n'TOTAL,All products,9000,9999\n"


@pytest.mark.parametrize(
    ("text", "partner"),
    [
        (COMTRADE_PLUS.format(who="China", flow="Import", whom="World"), "World"),
        (COMTRADE_PLUS.format(who="", flow="", whom=""), "W00"),
        (COMTRADE_OLD, "World"),
        (CUSTOMS, "瑞士"),
        (ITC, "World"),
    ],
    ids=["comtrade", "comtrade preview", "old comtrade", "customs", "itc"],
)
def test_one_year_of_trade_is_the_same_in_every_layout(text: str, partner: str) -> None:
    """Columns as the pages of UN Comtrade, the ITC and Chinese customs name them; the numbers are invented."""
    found = trade_of(of(text))
    line = next(one for one in found.flows if one.year == 2023)

    assert found.refusals == ()
    assert (line.flow, line.partner, line.code[:6], line.value) == ("import", partner, "910221", 250_000)
    assert line.pieces == (None if text == ITC else 1000)
