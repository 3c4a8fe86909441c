# SPDX-License-Identifier: Apache-2.0
"""Wholes and what they are made of in time and kind: parts of a year, months added up, balances, margins, some among all."""

import re
from collections.abc import Iterator, Sequence

from sichen.industry.lint.facts import Fact
from sichen.industry.lint.findings import Finding, finding
from sichen.industry.lint.spans import Span, over, written

# What stands at a moment or may be negative in a part of the year: its parts do not add up to the year.
_NO_FLOW = re.compile(
    r"profit|income|loss|balance|assets?|stock|inventor|capital|debt|equity|capacity|利润|顺差|逆差|差额|资产|库存|存货|资本|负债|权益|产能|存量|亏损"
)
_BALANCES = {
    "trade balance": 1, "balance of trade": 1, "trade surplus": 1, "net exports": 1, "trade deficit": -1, "贸易差额": 1,
    "贸易顺差": 1, "顺差": 1, "净出口": 1, "净出口额": 1, "贸易逆差": -1, "逆差": -1,
}  # fmt: skip
_EXPORTS, _IMPORTS = (
    ("exports", "total exports", "出口", "出口额", "出口总额"),
    ("imports", "total imports", "进口", "进口额", "进口总额"),
)
_MARGINS = ("margin", "profit margin", "sales margin", "利润率", "销售利润率", "营业收入利润率", "主营业务利润率")
_PROFITS, _SALES = (
    ("profit", "total profit", "利润", "利润总额"),
    ("revenue", "sales", "operating revenue", "营业收入", "主营业务收入", "销售收入"),
)
_SOME = re.compile(r"^(?:loss-making|亏损)\s*(.+)$")
_ALL = re.compile(
    r"^(?:above-scale |all |number of )?(?:firms|enterprises|companies)$|^(?:规模以上|全部|全行业)?企业(?:单位)?(?:数|数量|个数)?$"
)
TWO, PERCENT = 2, 100.0
REVISED = 0.01  # offices revise months after they were added up


def parts_in_time(facts: Sequence[Fact]) -> Iterator[Finding]:
    """Find halves, quarters and months that do not make the time that they fill, or that shrink while they add up."""
    flows = [one for one in facts if one.seen.unit.is_amount and one.seen.period.months > 0 and not _NO_FLOW.search(one.name)]
    for whole in flows:
        inside = [one for one in flows if one.alike(whole) and _within(one, whole)]
        parts = _filling(whole, inside)
        if parts and not _added(parts).meets(whole.span, slack=REVISED):
            said = " + ".join(one.says() for one in parts)
            found = f"{written(sum(one.amount for one in parts) / whole.seen.unit.scale)} {whole.seen.unit.text}"
            yield finding("sum", "sum", whole.row, *(one.row for one in parts), parts=said, found=found, stated=whole.says())
        for part in inside:
            if part.span.lower > whole.span.upper:
                yield finding(
                    "sum", "part_of_time", part.row, whole.row, part=part.says(), of=part.seen.period.text,
                    whole=whole.says(), during=whole.seen.period.text,
                )  # fmt: skip


def balances(facts: Sequence[Fact]) -> Iterator[Finding]:
    """Find balances of trade that are not exports less imports."""
    for balance in facts:
        sign = _BALANCES.get(balance.name)
        exports, imports = (_here(balance, facts, names, balance.dimension) for names in (_EXPORTS, _IMPORTS))
        if sign is None or exports is None or imports is None or not balance.seen.unit.is_amount:
            continue
        less = Span(exports.span.lower - imports.span.upper, exports.span.upper - imports.span.lower)
        found = less if sign > 0 else Span(-less.upper, -less.lower)
        if not found.meets(balance.span):
            scale = balance.seen.unit.scale
            yield finding(
                "sum", "balance", balance.row, exports.row, imports.row, exports=exports.says(), imports=imports.says(),
                found=f"{written(found.middle / scale)} {balance.seen.unit.text}", stated=balance.says(),
            )  # fmt: skip


def margins(facts: Sequence[Fact]) -> Iterator[Finding]:
    """Find margins in rows of their own that are not profit over sales."""
    for margin in facts:
        if margin.dimension != "%" or margin.name not in _MARGINS:
            continue
        profit = _here(margin, facts, _PROFITS)
        sales = None if profit is None else _here(margin, facts, _SALES, profit.dimension)
        if profit is None or sales is None or sales.span.lower <= 0:
            continue
        found = profit.span / sales.span * Span(PERCENT, PERCENT)
        if not found.meets(margin.span, slack=1e-3):
            yield finding(
                "share", "part_over_whole", margin.row, profit.row, sales.row, said=f"{profit.says()} / {sales.says()}",
                found=f"{written(PERCENT * over(profit.amount, sales.amount))} %", stated=margin.says(),
            )  # fmt: skip


def some_of_all(facts: Sequence[Fact]) -> Iterator[Finding]:
    """Find more firms at a loss than there are firms."""
    for some in facts:
        match = _SOME.match(some.name)
        if match is None or not _ALL.match(match.group(1)):
            continue
        every = [one for one in facts if _ALL.match(one.name) and one.same_place(some) and one.dimension == some.dimension]
        if every and all(some.span.lower > one.span.upper for one in every):
            largest = max(every, key=lambda one: one.amount)
            yield finding("sum", "some_of_all", some.row, largest.row, some=some.says(), every=largest.says())


def _within(part: Fact, whole: Fact) -> bool:
    inner, outer = part.seen.period, whole.seen.period
    same_count = inner.fiscal == outer.fiscal
    return same_count and outer.start <= inner.start and inner.end <= outer.end and inner.months < outer.months


def _filling(whole: Fact, inside: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return figures of equal length that fill the time of the whole, one for each piece of it; else nothing."""
    for months in sorted({one.seen.period.months for one in inside}, reverse=True):
        starts = range(whole.seen.period.start, whole.seen.period.end, months)
        pieces = [
            next((one for one in inside if (one.seen.period.start, one.seen.period.months) == (at, months)), None)
            for at in starts
        ]
        found = tuple(one for one in pieces if one is not None)
        if len(found) == len(pieces) >= TWO and whole.seen.period.months % months == 0:
            return found
    return ()


def _added(parts: Sequence[Fact]) -> Span:
    return Span(sum(one.span.lower for one in parts), sum(one.span.upper for one in parts))


def _here(fact: Fact, facts: Sequence[Fact], names: Sequence[str], dimension: str = "") -> Fact | None:
    """Return the figure of one of these names for the same area and time."""
    found = (one for one in facts if one.name in names and one.same_place(fact) and one.seen.unit.is_amount)
    return next((one for one in found if dimension in {"", one.dimension}), None)
