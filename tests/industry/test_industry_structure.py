# SPDX-License-Identifier: Apache-2.0
"""Concentration, specialisation and trade: laws, the golden values of public matrices, and the traps of trade files."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError
from sichen.industry import advantages, concentration, location_quotients, read_matrix, read_table, read_trade, total
from sichen.industry.matrices import Matrix
from sichen.industry.trade import ALIASES, Flow, Trade

AMOUNTS = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=30)


@given(AMOUNTS, st.floats(0.01, 100))
def test_concentration_does_not_depend_on_the_unit_and_lies_between_equality_and_monopoly(
    amounts: list[float], unit: float
) -> None:
    found = concentration(amounts)

    assert 1e4 / len(amounts) - 1e-6 <= found.hhi <= 1e4 + 1e-6
    assert found.hhi == pytest.approx(concentration(np.array(amounts) * unit).hhi)
    assert sum(share for _, share, _ in found.shares) == pytest.approx(100)


@given(AMOUNTS)
def test_a_merger_of_the_two_largest_raises_concentration(amounts: list[float]) -> None:
    if len(amounts) < 2:
        return
    ordered = sorted(amounts)

    assert concentration([*ordered[:-2], ordered[-1] + ordered[-2]]).hhi > concentration(ordered).hhi


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 1000)), min_size=2, max_size=12))
def test_the_mean_location_quotient_weighted_by_size_is_one(rows: list[tuple[int, int]]) -> None:
    grid = Matrix(tuple(map(str, range(len(rows)))), ("a", "b"), np.array(rows, dtype=float), None, tuple(range(len(rows))))
    weights = grid.sums / grid.sums.sum()

    assert (weights[:, None] * location_quotients(grid)).sum(axis=0) == pytest.approx(1.0)


def test_exports_of_2019_have_the_advantages_and_the_concentration_of_the_handbook(shared: Path) -> None:
    """UN Comtrade, 97 reporters; handbook, section 4."""
    grid = read_matrix(read_table((shared / "industry/comtrade_2019_export_hs2_matrix.csv").read_text(encoding="utf-8")))
    found = {one.name: one for one in advantages(grid, "91")}
    market = concentration(grid.column("91"), names=grid.names)

    for name, rca in {
        "Switzerland": 21.80, "China, Macao SAR": 45.38, "Antigua and Barbuda": 6.06,
        "China, Hong Kong SAR": 4.80, "Mauritius": 3.83, "France": 1.68,
    }.items():  # fmt: skip
        assert round(found[name].rca, 2) == rca
    assert round(market.hhi) == 2642
    assert round(market.cr4, 2) == 75.57
    for name in ("China, Macao SAR", "Antigua and Barbuda", "China, Hong Kong SAR", "Mauritius"):
        assert found[name].warnings
    assert found["Switzerland"].warnings == ()
    assert found["Switzerland"].rsca == pytest.approx(20.80 / 22.80, abs=1e-3)


def test_the_exports_of_1998_to_2000_have_the_advantages_of_the_published_package(shared: Path) -> None:
    """Means of 226 exporters; handbook, section 4. The binary advantage is found again in exact fractions for all of them."""
    grid = read_matrix(read_table((shared / "industry/economiccomplexity_sitc885_1998_2000.csv").read_text(encoding="utf-8")))
    watches = {one.name: one.rca for one in advantages(grid, "8851")}
    clocks = {one.name: one.rca for one in advantages(grid, "8852")}
    own, world = [Fraction(x) for x in grid.column("8851")], [Fraction(x) for x in grid.sums]
    threshold = sum(own) / sum(world)
    binary = {name: value / size >= threshold for name, value, size in zip(grid.names, own, world, strict=True) if size}

    assert [round(watches[name], 3) for name in ("che", "hkg", "chn")] == [23.197, 8.741, 4.220]
    assert round(clocks["chn"], 3) == 5.858
    assert len(grid.names) == 226
    assert {name: rca >= 1 for name, rca in watches.items()} == binary


def test_a_matrix_keeps_good_rows_and_names_the_bad_ones() -> None:
    grid = read_matrix(read_table("region,watches,rest\na,1,9\nb,x,9\nc,-1,9\na,2,8\ntotal,9,99\n"))

    assert grid.names == ("a",)
    assert [(one.row, one.column) for one in grid.refusals] == [(2, "watches"), (3, "watches"), (4, "region")]


def trade(text: str) -> Trade:
    return read_trade(read_table(text, aliases=ALIASES))


def test_a_comtrade_extract_counts_nothing_twice(shared: Path) -> None:
    found = trade((shared / "industry/comtrade_hs91_extract.csv").read_text(encoding="utf-8"))
    china = {one.year: one.value for one in found.select(flow="import", reporter="China")}
    india = found.select(year=2018, flow="export", reporter="India", partner="World")

    assert china[2018] == 3_821_226_007
    assert len(china) == 23
    assert found.refusals == ()
    assert total(india, "91").value == 94_400_586
    headings = [one for one in india if len(one.code) == 4]
    assert sum(total([one for one in india if len(one.code) == 6], one.code).value for one in headings) == pytest.approx(
        sum(one.value for one in headings)
    )
    assert sum(one.value for one in headings) == pytest.approx(94_400_586, abs=10)


def test_lines_without_pieces_have_no_mean_price(shared: Path) -> None:
    found = trade((shared / "industry/comtrade_hs91_extract.csv").read_text(encoding="utf-8"))
    india = {one.code: one for one in found.select(year=2018, flow="export", reporter="India", partner="World")}

    for code in ("910121", "910129", "911012", "911190"):
        mean, reason = india[code].unit_value()
        assert mean is None
        assert reason is not None
    assert india["910211"].unit_value()[0] == pytest.approx(24_992_950 / 1_103_887)


def test_an_itc_file_leaves_its_row_of_all_products_out(shared: Path) -> None:
    found = trade((shared / "industry/itc_china_import_hs6_91_2001_2019.csv").read_text(encoding="utf-8"))

    assert total(found.select(year=2019), "91").value == 4_142_618_000
    assert len(found.select(year=2019)) == 58
    assert any("left out" in one.text() for one in found.advice)


def test_one_line_with_two_values_is_refused_both_times() -> None:
    text = "year,flow,reporter,partner,cmd,value_usd\n2018,Import,China,World,91,5\n2018,Import,China,World,91,6\n2018,Import,China,World,9101,5\n"
    found = trade(text)

    assert [one.row for one in found.refusals] == [1, 2]
    assert [one.code for one in found.flows] == ["9101"]


def test_partners_are_never_added_to_the_world() -> None:
    flows = [Flow(2018, "import", "India", partner, "91", 1.0, None, (1,)) for partner in ("World", "China")]

    with pytest.raises(DataError, match="choose one"):
        total(flows, "91")


def test_a_customs_file_adds_the_regimes_of_one_code() -> None:
    text = (
        "数据年月,商品编码,商品名称,贸易伙伴名称,贸易方式名称,第一数量,第一计量单位,美元\n"
        "202001,91021100,手表,瑞士,一般贸易,10,只,500\n202001,91021100,手表,瑞士,保税监管,5,只,400\n202001,合计,,,,,,900\n"
    )
    found = trade(text)

    assert [(one.value, one.pieces, one.rows) for one in found.flows] == [(900, 15, (1, 2))]
    assert found.flows[0].unit_value()[0] == 60
