# SPDX-License-Identifier: Apache-2.0
"""Supply chains, transfer between regions, and the map: sums are preserved, nothing is drawn that is not said."""

import math
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sichen.core import DataError
from sichen.industry import read_matrix, read_table
from sichen.industry.flow_picture import BAR, chain_svg, layout
from sichen.industry.flows import Chain, dependences, read_chain
from sichen.industry.regions import area_of, divisions, find_division, places
from sichen.industry.tile_map import map_svg, tile_map
from sichen.industry.transfer import ALIASES, read_transfer, shift_share

HEAD = "from,to,value,unit,year,source,origin"
PEOPLE = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(0.01, 1e5)), min_size=1, max_size=16, unique_by=lambda one: one[:2])  # fmt: skip
GRIDS = arrays.arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 4)), elements=st.floats(1e-3, 1e6))


def chain_of(first: list[tuple[int, int, float]], second: list[tuple[int, int, float]]) -> Chain:
    rows = [f"S{a},M{b},{x!r},m CNY,2024,s,CN" for a, b, x in first] + [
        f"M{a},B{b},{x!r},m CNY,2024,s,CH" for a, b, x in second
    ]
    return read_chain(read_table("\n".join([HEAD, *rows])))


@given(PEOPLE, PEOPLE)
def test_what_enters_and_is_added_leaves(first: list[tuple[int, int, float]], second: list[tuple[int, int, float]]) -> None:
    chain = chain_of(first, second)

    assert chain.refusals == ()
    assert chain.entering + chain.added == pytest.approx(chain.leaving)
    assert sum(one.amount for one in dependences(chain)) == pytest.approx(sum(one.amount for one in chain.deliveries))


@given(PEOPLE, PEOPLE)
def test_bands_fill_their_bars_and_all_have_one_scale(
    first: list[tuple[int, int, float]], second: list[tuple[int, int, float]]
) -> None:
    chain = chain_of(first, second)
    placed = layout(chain)
    bars = {bar.name: bar for bar in placed.bars}

    for band in placed.bands:
        assert band.width == pytest.approx(band.delivery.amount * placed.scale)
        for name, (x, y), edge in ((band.delivery.giver, band.left, BAR), (band.delivery.taker, band.right, 0.0)):
            assert x == pytest.approx(bars[name].x + edge)
            assert bars[name].y - 1e-6 <= y
            assert y + band.width <= bars[name].y + bars[name].high + 1e-6


def test_one_supplier_is_a_single_source_and_imports_are_counted_by_origin() -> None:
    chain = read_chain(read_table(f"{HEAD}\nA,X,30,m CNY,2024,s,CN\nB,X,10,m CNY,2024,s,CH\nX,Shop,60,m CNY,2024,s,CN\n"))
    shop, maker = dependences(chain)

    assert (shop.name, shop.single, shop.hhi) == ("Shop", True, 10_000)
    assert (maker.hhi, maker.largest, maker.import_percent) == (6250, "A", 25)
    assert chain.stages == (("A", "B"), ("X",), ("Shop",))
    assert (chain.entering, chain.added, chain.leaving) == (40, 20, 60)


def test_rows_that_do_not_belong_are_refused_and_the_others_kept() -> None:
    rows = ["A,X,30,m CNY,2024,s,CN", "B,X,x,m CNY,2024,s,CN", "C,X,5,m USD,2024,s,CN", "D,X,5,m CNY,2023,s,CN", "E,X,5,m CNY,2024,,CN", "X,X,5,m CNY,2024,s,CN", "A,X,30,m CNY,2024,s,CN", "F,X,-2,m CNY,2024,s,CN"]  # fmt: skip
    chain = read_chain(read_table("\n".join([HEAD, *rows])))

    assert [(one.row, one.column) for one in chain.refusals] == [(2, "value"), (3, "unit"), (4, "year"), (5, "source"), (6, "to"), (7, "from"), (8, "value")]  # fmt: skip
    assert [one.row for one in chain.deliveries] == [1]


def test_goods_in_a_circle_are_refused() -> None:
    with pytest.raises(DataError, match="circle"):
        read_chain(read_table(f"{HEAD}\nA,B,1,kg,2024,s,CN\nB,A,1,kg,2024,s,CN\n"))


@given(GRIDS, st.integers(0, 2**32 - 1))
def test_the_parts_of_a_shift_add_up_and_cancel_over_the_whole(before: np.ndarray, seed: int) -> None:
    after = np.random.default_rng(seed).uniform(0, 1e6, before.shape)
    national, mix, regional = shift_share(before, after)
    size = 1e-9 * (before.sum() + after.sum())

    assert national + mix + regional == pytest.approx(after - before, abs=size)
    assert mix.sum() == pytest.approx(0, abs=size)
    assert regional.sum(axis=0) == pytest.approx(np.zeros(before.shape[1]), abs=size)
    assert national.sum() == pytest.approx(after.sum() - before.sum(), abs=size)


def test_regions_that_grow_alike_have_moved_nothing() -> None:
    before = np.array([[1.0, 4.0], [3.0, 2.0]])
    _, _, regional = shift_share(before, before * np.array([1.5, 0.9]))

    assert regional == pytest.approx(np.zeros((2, 2)), abs=1e-12)


def test_a_transfer_read_by_hand() -> None:
    """Two regions, two industries: 10+30 watches become 20+30, 90+70 others become 100+90; computed on paper."""
    rows = ["广东,钟表,2014,10", "广东,其他,2014,90", "福建,钟表,2014,30", "福建,其他,2014,70", "广东,钟表,2020,20", "广东,其他,2020,100", "福建,钟表,2020,30", "福建,其他,2020,90", "全国,钟表,2020,50", "江西,钟表,2020,-1"]  # fmt: skip
    found = read_transfer(read_table("\n".join(["地区,行业,年份,产值", *rows])).renamed(ALIASES))
    moved = next(one for one in found.shifts if (one.region, one.industry) == ("广东", "钟表"))

    assert (moved.national, moved.mix, moved.regional) == pytest.approx((2.0, 0.5, 7.5))
    assert (moved.quotient_before, moved.quotient_after) == pytest.approx((0.5, (20 / 120) / (50 / 240)))
    assert [(one.row, one.column) for one in found.refusals] == [(10, "value")]
    assert moved.rows == (1, 5)


def test_the_map_has_all_34_divisions_once_and_each_name_finds_its_own() -> None:
    assert len(divisions()) == len({one.tile for one in divisions()}) == len({one.code for one in divisions()}) == 34
    for one in divisions():
        for name in (one.code, one.en, one.zh, one.full, f"CN-{one.en}"):
            assert find_division(name) == one
    ends = {kind: sum(one.full.endswith(kind) for one in divisions()) for kind in ("省", "市", "自治区", "特别行政区")}
    assert ends == {"省": 23, "市": 4, "自治区": 5, "特别行政区": 2}


def test_the_regions_of_the_policy_are_those_of_its_text(shared: Path) -> None:
    text = next((shared.parent / "policy").glob("*.txt")).read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if "钟表主要产区提升" in line)
    named = next(one for one in places() if one.kind == "producing region")

    assert "、".join(one.zh for code in named.regions for one in divisions() if one.code == code) in line
    assert area_of("全国") == area_of("China") == "CN"
    assert area_of("香港") == "香港"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_map_says_every_division_and_every_value(language: str) -> None:
    grid = read_matrix(read_table("region,watches,all\n福建,10,100\nGuangdong,20,400\nNowhere,1,9\n全国,40,1000\n"))
    tiles = tile_map(grid, column="watches", measure="lq")
    drawn = ET.fromstring(map_svg(tiles, language, alone=True))  # type: ignore[arg-type]
    said = [one.get("aria-label", "") for one in drawn.iter() if one.get("role") == "img"]

    assert [(one.code, round(value, 3)) for one, value, _ in tiles.values] == [("FJ", 2.5), ("GD", 1.25)]
    assert [(one.row, one.column) for one in tiles.refusals] == [(3, "name")]
    assert len(said) == 34
    assert all(any(one.name(language) in label for label in said) for one in divisions())  # type: ignore[arg-type]
    assert sum(one.get("tabindex") == "0" for one in drawn.iter()) == 2


def test_a_chain_is_drawn_with_every_delivery_named() -> None:
    chain = read_chain(read_table(f"{HEAD}\nA & B,X,30,m CNY,2024,s,CN\nC,X,10,m CNY,2024,s,CH\n"))
    drawn = ET.fromstring(chain_svg(chain, "en", alone=True))
    said = [one.get("aria-label", "") for one in drawn.iter() if one.get("role") == "img"]

    assert said == ["A & B → X: 30 m CNY", "C → X: 10 m CNY (imported)"]
    assert math.isclose(sum(one.amount for one in chain.deliveries), 40)
