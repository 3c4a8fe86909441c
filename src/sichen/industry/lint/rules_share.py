# SPDX-License-Identifier: Apache-2.0
"""Shares: of one whole they sum to no more than it, they are part over whole, and their remainder cannot leap."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from sichen.industry.indicators import plain_name
from sichen.industry.lint.facts import Fact, years_between
from sichen.industry.lint.findings import Finding, finding
from sichen.industry.lint.spans import Span, over, percent, written

_SHARE = re.compile(
    r"^(?:[\w ]* )?share of (?:the )?(.+)$|^占(.+?)(?:的)?(?:比重|份额|比例)?$|^(.+?)占(?:全国|全行业)?(?:的)?(?:比重|比例|份额|比)$"
)
_IS_SHARE = re.compile(r"share|占|份额|比重")
_GROWTH_SHARE = re.compile(r"^share of (?:the )?growth (?:from|of) ")
_OF_ALL = re.compile(r"share of (?:the )?(?:national|world|total|industry|country)|占全国|占全球|占比|比重")
_GRADE = re.compile(r"(?:high|mid|middle|medium|low)(?:er)?[ \-](?:grade|end|price|priced)\s+|[高中低](?:档|端|价位)")
_PROFIT = re.compile(r"(?:operating |net )?profit|利润(?:总额)?")
_REVENUE = ("revenue", "sales", "net sales", "营业收入", "主营业务收入", "收入")
LEAP = 2.0  # within a year or so the smaller of share and remainder does not double


def shares(facts: Sequence[Fact]) -> Iterator[Finding]:
    """Compare shares with the whole, with each other, and with what they are shares of."""
    yield from _too_much(facts)
    yield from _part_over_whole(facts)
    yield from _margins(facts)
    yield from _leaps(facts)
    yield from _leaders(facts)


def _too_much(facts: Sequence[Fact]) -> Iterator[Finding]:
    groups: dict[tuple[str, str, str], list[Fact]] = {}
    for fact in facts:
        if fact.dimension != "%" or not _IS_SHARE.search(fact.name) or fact.seen.value.kind != "number":
            continue
        part = re.match(r"(.*share of [^:：]+)[:：]\s*\S", fact.name)
        grade = _GRADE.match(fact.name)
        whole = (part.group(1), fact.area) if part else (fact.name, fact.parent)
        whole = (fact.name[grade.end() :], fact.area) if grade else whole
        if fact.parent or part or grade or _OF_ALL.search(fact.name):
            groups.setdefault((*whole, fact.seen.period.text), []).append(fact)
    for group in groups.values():
        labels = {(fact.name, fact.area) for fact in group}
        if len(labels) == len(group) > 1 and sum(fact.span.lower for fact in group) > 100 + 1e-9:
            said = " + ".join(fact.seen.value.text for fact in group)
            total = written(sum(fact.amount for fact in group))
            yield finding("share", "shares_sum", *(fact.row for fact in group), parts=said, found=total)


def _part_over_whole(facts: Sequence[Fact]) -> Iterator[Finding]:
    for share in facts:
        match = _SHARE.match(share.name) if share.dimension == "%" else None
        if match is None or not share.parent:
            continue
        of = plain_name(
            re.sub(r"^(?:national|world|industry|country|total|全国|中国)\s*", "", next(filter(None, match.groups()), ""))
        )
        here = [one for one in facts if one.name == of and one.seen.period.same_time(share.seen.period)]
        part = next((one for one in here if one.area == share.area), None)
        whole = next((one for one in here if one.area == share.parent), None)
        if part is None or whole is None or part.dimension != whole.dimension or whole.span.lower <= 0:
            continue
        found = part.span / whole.span * Span(100, 100)
        if not found.meets(share.span, slack=1e-3):
            said = f"{part.says()} / {whole.says()}"
            found_text = f"{written(100 * over(part.amount, whole.amount))} %"
            yield finding(
                "share", "part_over_whole", share.row, part.row, whole.row, said=said, found=found_text, stated=share.says()
            )


def _margins(facts: Sequence[Fact]) -> Iterator[Finding]:
    for profit in facts:
        if profit.claims.margin is None or not _PROFIT.search(profit.name):
            continue
        names = {_PROFIT.sub(word, profit.name) for word in _REVENUE}
        for revenue in facts:
            if revenue.name in names and revenue.same_place(profit) and revenue.dimension == profit.dimension:
                found = profit.span / revenue.span
                if not found.meets(profit.claims.margin):
                    said = f"{profit.says()} / {revenue.says()}"
                    stated = f"{written(100 * profit.claims.margin.middle)} %"
                    yield finding(
                        "share",
                        "part_over_whole",
                        profit.row,
                        revenue.row,
                        said=said,
                        found=f"{written(100 * over(profit.amount, revenue.amount))} %",
                        stated=stated,
                    )


def _leaps(facts: Sequence[Fact]) -> Iterator[Finding]:
    """Find a share under another name than its page printed, whose remainder leaps within a year or so."""
    rows = [(name, fact) for fact in facts if fact.dimension == "%" for name in _share_names(fact)]
    for (left_name, left), (right_name, right) in combinations(rows, 2):
        renamed = left_name != left.name or right_name != right.name
        if left_name != right_name or not renamed or left.area != right.area or left.row == right.row:
            continue
        near = 0 < years_between(left, right) <= 1.5  # noqa: PLR2004 - a year and a half
        ends = (left.span, right.span)
        if not near or any(span.lower <= 0 or span.upper >= 100 for span in ends):  # noqa: PLR2004 - the whole
            continue
        rests = [Span(100 - span.upper, 100 - span.lower) for span in ends]
        ratio = max(over(rests[0].lower, rests[1].upper), over(rests[1].lower, rests[0].upper))
        ratio = max(ratio, over(left.span.lower, right.span.upper), over(right.span.lower, left.span.upper))
        if ratio > LEAP:
            yield finding(
                "share",
                "leap",
                left.row,
                right.row,
                left=left.says(),
                right=right.says(),
                rest_left=_rest(left),
                rest_right=_rest(right),
            )


def _share_names(fact: Fact) -> Iterator[str]:
    """Yield what a share is of: by its name, and by what its page printed, when the name explains it away."""
    if not _IS_SHARE.search(fact.name):
        return
    printed = plain_name(fact.claims.printed)
    if printed and (match := _GROWTH_SHARE.match(fact.name)):
        yield f"{printed} {fact.name[match.end() :]}"
    yield fact.name


def _rest(fact: Fact) -> str:
    return percent((100 - fact.amount) / 100).lstrip("+")


def _leaders(facts: Sequence[Fact]) -> Iterator[Finding]:
    for fact in facts:
        said = fact.claims.leader
        if said is not None and said.more > said.count:
            yield finding(
                "share",
                "leader",
                fact.row,
                leader=said.leader,
                count=f"{said.count:g}",
                other=said.other,
                more=f"{said.more:g}",
            )
