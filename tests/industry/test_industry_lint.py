# SPDX-License-Identifier: Apache-2.0
"""Published figures that contradict each other are found with their arithmetic; clean reports are left in peace."""

import random
import re
from pathlib import Path

import pytest
from benchmarks.industry.adversarial import PLANTED, draft_of, power, read
from benchmarks.industry.synthetic import report
from hypothesis import given, settings
from hypothesis import strategies as st

from sichen.industry import Finding, lint, read_registry, read_table
from sichen.industry.lint import RULES
from sichen.industry.lint.spans import Span
from sichen.industry.registry import ALIASES

HEAD = "year\tarea\tindicator\tvalue\tunit\tnote\tsource_url\tgrade\n"
VERDICTS = re.compile(
    r"different definition|contrast|as printed|the same page|contradict\w*|wrong|mistranslation|impossible|\bflag\b",
    re.IGNORECASE,
)


def found(*rows: str) -> tuple[Finding, ...]:
    text = HEAD + "\n".join("\t".join(f"{row}|||||||".split("|")[:8]) for row in rows) + "\n"
    return lint(read_registry(read_table(text, aliases=ALIASES)))


def rules(*rows: str) -> list[tuple[tuple[int, ...], str]]:
    return [(one.rows, one.rule) for one in found(*rows)]


KNOWN = {
    "a total grows faster than both its parts": (34, "growth"),
    "a mean price is not value over quantity, in growth": (35, "unit value"),
    "two sources of imports of 2016": (232, "cross-source"),
    "two sources of imports of 2017": (233, "cross-source"),
    "a mean price of China is not value over quantity": (137, "unit value"),
    "a mean price of Switzerland is not value over quantity": (138, "unit value"),
    "a district makes seven billion and, on the same page, one": (78, "cross-source"),
    "a leader that is not": (180, "share"),
    "a share of the growth printed as a share of exports": (157, "share"),
    "a hundred million watches or six hundred and fifty": (22, "cross-source"),
}


def test_the_known_contradictions_of_the_published_figures_are_found(shared: Path) -> None:
    """Neither verdict words of notes nor flags of grades are needed. The list was drawn up by reading the figures."""
    text = (shared / "industry/industry-figures.tsv").read_text(encoding="utf-8").replace("-flag", "")
    table = read_table(text, aliases=ALIASES)
    pairs = {(row, one.rule) for one in lint(read_registry(table)) for row in one.rows}
    bare = read_table(VERDICTS.sub("", text), aliases=ALIASES)
    bare_pairs = {(row, one.rule) for one in lint(read_registry(bare)) for row in one.rows}

    assert [name for name, where in KNOWN.items() if where not in pairs] == []
    assert sum(where in bare_pairs for where in KNOWN.values()) >= 8


def test_no_other_row_of_the_published_figures_is_accused(shared: Path) -> None:
    """Every finding was looked at: beside the known ones, the five-month counts of another statistic."""
    table = read_table((shared / "industry/industry-figures.tsv").read_text(encoding="utf-8"), aliases=ALIASES)
    accused = {one.rows for one in lint(read_registry(table))}

    assert accused == {
        (22, 24), (24, 46), (25, 45), (32, 33, 34), (35,), (78,), (127, 136, 138), (137,), (157, 159), (180,), (202, 232), (203, 233),
    }  # fmt: skip


def test_the_figures_of_brands_hold_together(shared: Path) -> None:
    table = read_table((shared / "brand/brand-figures.tsv").read_text(encoding="utf-8"), aliases=ALIASES)

    assert lint(read_registry(table)) == ()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["2021|CN|exports|4.668|bn USD|x", "2021|CN|imports|5.756|bn USD|x", "2021|CN|exports+imports|11.4|bn USD"], ((1, 2, 3), "sum")),
        (["2021|CN|output: watches|60|bn CNY", "2021|CN|output: clocks|30|bn CNY", "2021|CN|total output|120.5|bn CNY"], ((1, 2, 3), "sum")),
        (["2021|CN|output|50|bn CNY", "2021|CN-A|output|30.1|bn CNY", "2021|CN-B|output|25.2|bn CNY"], ((1, 2, 3), "sum")),
        (["2021H1|CN|clocks made|90|million", "2021|CN|clocks made|80|million"], ((1, 2), "sum")),
        (["2020|CN|output|48.1|bn CNY", "2021|CN|output|63.5|bn CNY|+12%"], ((1, 2), "growth")),
        (["2020|CN|产值|481|亿元", "2021|CN|产值|635|亿元|同比下降32%"], ((1, 2), "growth")),
        (["2020|CN|exports|10.0|bn USD", "2021|CN|exports|11.0|bn USD", "2021|CN|growth of exports|20.0|%"], ((1, 2, 3), "growth")),
        (["2021|CN|mean export price|10.5|USD/piece|value 3.1 bn USD; quantity 671 m pieces"], ((1,), "unit value")),
        (["2021|CN|watch exports, value|3100|m USD", "2021|CN|watch exports, quantity|671.2|million pieces", "2021|CN|mean price of watch exports|2.1|USD/piece"], ((1, 2, 3), "unit value")),
        (["2021|CN-A|share of clock output|60.1|%", "2021|CN-B|share of clock output|45.3|%"], ((1, 2), "share")),
        (["2021|CN|share of exports: high|30|%", "2021|CN|share of exports: mid|50|%", "2021|CN|share of exports: low|40|%"], ((1, 2, 3), "share")),
        (["2021|CN-A|output|30.0|bn CNY", "2021|CN|output|60.0|bn CNY", "2021|CN-A|share of output|70|%"], ((1, 2, 3), "share")),
        (["2021|CN|above-scale revenue|29.259|bn CNY", "2021|CN|above-scale profit|1.154|bn CNY|margin 6.94%"], ((1, 2), "share")),
        (["2021|CN|share of exports|134|%"], ((1,), "share")),
        (["2021|CN|exports|4.668|bn USD|a|s1", "2021|CN|exports|4.968|bn USD|b|s2"], ((1, 2), "cross-source")),
        (["2021|CN|exports|4.668|bn USD|4.1 in 2020", "2020|CN|exports|3.633|bn USD"], ((1, 2), "cross-source")),
        (["2020|CN|exports|4.668|bn USD", "2021|CN|exports|4668|bn USD"], ((1, 2), "units")),
        (["2020|CN|exports|466.8|亿元", "2021|CN|exports|47.1|亿元"], ((1, 2), "units")),
        (["2021|CN|exports|4.668|bn USD|a|s1", "2021|CN|exports|4668|bn USD|b|s2"], ((1, 2), "units")),
        (["2021|CN|出口额|46.68|亿美元", "2021|CN|进口额|57.56|亿美元", "2021|CN|进出口总额|114.2|亿美元"], ((1, 2, 3), "sum")),
        (["2021|Fujian|share of national clock output|60.1|%", "2021|Guangdong|share of national clock output|45.3|%"], ((1, 2), "share")),
        (["2019-13|CN|exports|4.668|bn USD"], ((1,), "dates")),
        (["2021|CN|exports|4.668|bn USD||https://example.org/2019-05/06/a.html"], ((1,), "dates")),
        (["2019|CN|output|68.1|bn CNY|DERIVED 48.1/(1-0.394)"], ((1,), "cross-source")),
    ],
)  # fmt: skip
def test_a_planted_contradiction_is_found_at_its_rows_by_its_rule(
    rows: list[str], expected: tuple[tuple[int, ...], str]
) -> None:
    assert rules(*rows) == [expected]


@pytest.mark.parametrize(
    "rows",
    [
        ["2016|CN|reason to buy: style|66|%", "2016|CN|reason to buy: price|63|%"],
        ["2013-2023|World|G04 (IPC) filings: ETA|1409|filings", "2013-2023|World|G04 (CPC) filings: ETA|1443|filings"],
        ["2020|CN|brands target|5|brands", "2020|CN|brands|9|brands"],
        ["2021|CH|wristwatch exports|21.2|bn CHF|15.7 m pieces, -23.8% on 2019", "2019|CH|wristwatch exports|20.5|bn CHF"],
        ["2020|HK|watch exports|57.6|bn HKD", "2020|HK|watch exports|7.4|bn USD"],
        ["2020|X|net income|259.1|m HKD", "2021|X|net income|33.0|m HKD"],
        ["2020|CN|firms|266|firms (more than)", "2020|CN|firms|298|firms"],
        ["2024|CN|revenue|5.2677|bn USD|IBISWorld; -5.8%/yr over five years", "2023|CN|revenue|5.3|bn USD"],
    ],
)
def test_what_only_looks_like_a_contradiction_is_left_alone(rows: list[str]) -> None:
    assert found(*rows) == ()


def test_rounding_alone_never_makes_a_finding() -> None:
    """1.4 and 1.4 make 2.8, but also 1.35 and 1.44 round so and make 2.9 when 1.44 + 1.449 was rounded up."""
    assert found("2021|CN|exports|1.4|bn USD", "2021|CN|imports|1.4|bn USD", "2021|CN|exports+imports|2.9|bn USD") == ()
    assert rules("2021|CN|exports|1.4|bn USD", "2021|CN|imports|1.4|bn USD", "2021|CN|exports+imports|3.0|bn USD") != []


def test_clean_reports_raise_at_most_one_alarm_in_twenty() -> None:
    alarms = [seed for seed in range(200) if found(*report(seed))]

    assert len(alarms) <= 10, found(*report(alarms[0]))


def test_a_slip_of_the_pen_in_a_clean_report_is_noticed() -> None:
    """One of the figures with a checkable relation is wrong by 40 %: nine times in ten somebody should see it."""
    seen = 0
    for seed in range(60):
        rows = report(seed)
        place = random.Random(seed).choice([k for k, row in enumerate(rows) if "|exports" in row or "mean price" in row])
        cells = rows[place].split("|")
        cells[3] = f"{float(cells[3]) * 1.4:.2f}"
        rows[place] = "|".join(cells)
        seen += any(place + 1 in one.rows for one in found(*rows))

    assert seen >= 54


def test_spans_hold_every_result_of_the_numbers_within_them() -> None:
    dice = random.Random(1)
    for _ in range(500):
        spans = [Span(low, low + dice.random()) for low in (dice.uniform(0.5, 9), dice.uniform(0.5, 9))]
        left, right = (dice.uniform(one.lower, one.upper) for one in spans)
        for result, value in (
            (spans[0] + spans[1], left + right),
            (spans[0] * spans[1], left * right),
            (spans[0] / spans[1], left / right),
        ):
            assert result.lower <= value <= result.upper


CELLS = {
    "year": ["2020", "2021", "2020H1", "2021-01..05", "2019-2021", "FY2021", "20x1", ""],
    "area": ["CN", "CN-A", "CN-B", "HK"],
    "indicator": ["exports", "imports", "exports+imports", "total exports", "exports: a", "share of exports", "mean price of exports", "exports, value", "exports, quantity", "profit", "growth of exports"],
    "value": ["0", "1", "-3", "12.5", "1000", ">0", "2-3", "1:2:3", "1+2", "many", "0.0", "1e400"],
    "unit": ["bn USD", "m USD", "%", "million pieces", "USD/piece", "CNY", "", "nonsense"],
    "note": ["", "+0%", "-100%", "value +3 %, quantity -100 %", "value 0 USD; quantity 0 m pieces", "0 in 2020", "= 0", "DERIVED 1/0", "margin 0%", "states that exports passed 0 bn", "+5% on 2021", "page names A (3) as leader; also lists B with 4"],
    "source_url": ["", "https://example.org/2019-01/01/x", "b"],
    "grade": ["", "A", "C-flag", "Z"],
}  # fmt: skip


@given(st.lists(st.tuples(*(st.sampled_from(values) for values in CELLS.values())), max_size=14))
@settings(max_examples=300)
def test_no_table_whatever_breaks_the_linter_and_every_finding_names_rows_that_exist(rows: list[tuple[str, ...]]) -> None:
    text = HEAD + "\n".join("\t".join(row) for row in rows)
    registry = read_registry(read_table(text, aliases=ALIASES))

    for one in lint(registry):
        assert set(one.rows) <= set(range(1, len(rows) + 1))
        assert one.rule in RULES
        assert one.arithmetic("zh")
    assert len(registry.observations) + len(registry.refusals) == sum(any(row) for row in rows)


@pytest.mark.parametrize("seed", range(6))
def test_reports_of_many_offices_raise_no_alarm_and_are_read_whole(seed: int) -> None:
    assert read(draft_of(seed)) == (set(), 0)


@pytest.mark.parametrize("what", PLANTED)
def test_one_contradiction_among_true_figures_is_found_under_its_rule(what: str) -> None:
    assert power(what, 2) == (1.0, 1.0)
