# SPDX-License-Identifier: Apache-2.0
"""Growth: against the figure it grew from, and of a sum against its parts."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from sichen.industry.lint.facts import Fact
from sichen.industry.lint.findings import Finding, finding
from sichen.industry.lint.parts import parts_of
from sichen.industry.lint.spans import Span, hull, over, percent, written
from sichen.industry.periods import YEAR

_RESIDUAL = re.compile(r"profit|income|loss|balance|利润|顺差")  # differences of large numbers leap without any error
SLACK = 5e-4  # half a tenth of a point: some offices cut digits instead of rounding them


def growth(facts: Sequence[Fact]) -> Iterator[Finding]:
    """Compare stated growth with the growth of the figures themselves."""
    for fact in facts:
        claim = fact.claims.growth
        if claim is None or fact.dimension == "%":
            continue
        years = 1 if claim.since is None else fact.seen.period.year - claim.since
        bases = [
            one for one in facts if one.alike(fact) and years > 0 and fact.seen.period.follows(one.seen.period, years=years)
        ]
        if bases and not any(_agrees(fact, base, claim.by) for base in bases):
            base = bases[0]
            found = percent(over(fact.amount, base.amount) - 1)
            yield finding(
                "growth", "growth", base.row, fact.row, value=fact.says(), base=base.says(), found=found, stated=claim.text
            )


def stated_change(facts: Sequence[Fact]) -> Iterator[Finding]:
    """Compare rows that are themselves a growth ("change of exports", in per cent) with the figures."""
    for fact in facts:
        if fact.dimension != "%" or not fact.name.startswith(("change of ", "growth of ")):
            continue
        of = fact.name.split(" of ", 1)[1]
        own = [one for one in facts if one.name == of and one.area == fact.area and one.seen.unit.is_amount]
        pairs = [
            (base, end)
            for end in own
            if end.seen.period.same_time(fact.seen.period)
            for base in own
            if base.dimension == end.dimension and end.seen.period.follows(base.seen.period)
        ]
        by = Span(fact.span.lower / 100, fact.span.upper / 100)
        if pairs and not any(_agrees(end, base, by) for base, end in pairs):
            base, end = pairs[0]
            found = percent(over(end.amount, base.amount) - 1)
            yield finding(
                "growth",
                "growth",
                base.row,
                end.row,
                fact.row,
                value=end.says(),
                base=base.says(),
                found=found,
                stated=fact.says(),
            )


def growth_of_sum(facts: Sequence[Fact]) -> Iterator[Finding]:
    """Find sums that grow faster than their fastest part or slower than their slowest."""
    for total in facts:
        if total.claims.growth is None:
            continue
        parts = parts_of(total, facts)
        known = {part.name: part.claims.growth for part in parts if part.claims.growth is not None}
        named = {claim.of: claim for claim in total.claims.growths}
        names = [part.name for part in parts] or [name.strip() for name in total.name.split("+")]
        claims = [known.get(name) or named.get(name) for name in names]
        spans = [claim.by for claim in claims if claim is not None]
        if len(spans) < 2 or len(spans) < len(names):  # noqa: PLR2004 - one part is no sum
            continue
        if not total.claims.growth.by.meets(hull(spans), slack=SLACK):
            said = ", ".join(f"{name} {claim.text}" for name, claim in zip(names, claims, strict=True) if claim is not None)
            between = " … ".join((percent(hull(spans).lower), percent(hull(spans).upper)))
            yield finding(
                "growth",
                "growth_of_sum",
                total.row,
                *(part.row for part in parts),
                parts=said,
                between=between,
                stated=total.claims.growth.text,
            )


def jumps(facts: Sequence[Fact]) -> Iterator[Finding]:
    """Find slips of the unit, factors near a power of ten, and changes of definition, factors of three and more."""
    for left, right in _neighbours(facts):
        if min(left.amount, right.amount) <= 0:
            continue
        ratio = max(left.amount, right.amount) / min(left.amount, right.amount)
        years = right.seen.period.year - left.seen.period.year
        power = next((size for size in (10, 100, 1000, 10_000, 1e6, 1e8) if 0.75 <= ratio / size <= 1.3), None)  # noqa: PLR2004
        stated = right.claims.growth is not None and years == 1
        if power is not None and years <= 2 and not stated:  # noqa: PLR2004 - beyond two years other reasons are possible
            yield finding("units", "unit_slip", left.row, right.row, left=left.says(), right=right.says(), ratio=written(ratio))
        elif ratio >= 3 and 0 < years <= 5 and left.seen.source != right.seen.source and not stated:  # noqa: PLR2004
            yield finding(
                "cross-source",
                "jump",
                left.row,
                right.row,
                left=left.says(),
                right=right.says(),
                ratio=written(ratio),
                years=years,
                yearly=percent((right.amount / left.amount) ** (1 / years) - 1),
            )


def _neighbours(facts: Sequence[Fact]) -> Iterator[tuple[Fact, Fact]]:
    """Yield figures of whole years that follow each other in one series."""
    groups: dict[tuple[str, str, str], list[Fact]] = {}
    for fact in facts:
        steady = fact.seen.unit.is_amount and not _RESIDUAL.search(fact.name)
        if fact.seen.period.months == YEAR and steady:
            groups.setdefault((fact.name, fact.area, fact.dimension), []).append(fact)
    for group in groups.values():
        ordered = sorted(group, key=lambda fact: (fact.seen.period.start, fact.row))
        yield from ((left, right) for left, right in pairwise(ordered) if left.seen.period.start < right.seen.period.start)


def _agrees(fact: Fact, base: Fact, by: Span) -> bool:
    if base.span.lower <= 0:
        return True
    grown = (fact.span / base.span).shifted(-1)
    return Span(grown.lower - SLACK, grown.upper + SLACK).meets(by)
