# SPDX-License-Identifier: Apache-2.0
"""Levels: sums of parts, parts of a year, means of value over quantity, and one thing said twice."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from sichen.industry.lint.claims import Stated
from sichen.industry.lint.facts import Fact, whole_year
from sichen.industry.lint.findings import Finding, finding
from sichen.industry.lint.parts import labelled_parts, parts_of, sub_areas
from sichen.industry.lint.spans import Span, over, percent, written

SAME = 0.005  # sources that differ by less than half a per cent tell the same story
SLIP, POWERS = 0.02, (10.0, 100.0, 1e3, 1e4, 1e6, 1e8)  # two statements so near to a power of ten apart differ by their unit
FAR = 3.0  # a part of a year that runs three times too fast or slow counts something else


def sums(facts: Sequence[Fact]) -> Iterator[Finding]:
    """Find sums that their parts do not make, and areas that make more than their country."""
    for total in facts:
        if not total.seen.unit.is_amount and total.dimension in {"%", "1", "index"}:
            continue
        parts = parts_of(total, facts) or labelled_parts(total, facts)
        if len(parts) > 1 and not total.span.meets(_added(parts)):
            yield _sum("sum", total, parts)
        areas = sub_areas(total, facts)
        if len(areas) > 1 and _added(areas).lower > total.span.upper:
            yield _sum("areas", total, areas)


def parts_of_years(facts: Sequence[Fact]) -> Iterator[Finding]:
    """Find parts of a year that run at the pace of something else."""
    for whole in facts:
        if not (whole_year(whole) and whole.seen.unit.is_amount):
            continue
        for part in facts:
            within = whole.seen.period.start <= part.seen.period.start and part.seen.period.end <= whole.seen.period.end
            if not (part.alike(whole) and within and 0 < part.seen.period.months < whole.seen.period.months):
                continue
            pace = part.amount * whole.seen.period.months / part.seen.period.months
            if part.seen.source != whole.seen.source and not 1 / FAR < over(pace, whole.amount) < FAR:
                ratio = written(max(over(pace, whole.amount), over(whole.amount, pace)))
                yield finding(
                    "cross-source",
                    "pace",
                    part.row,
                    whole.row,
                    part=part.says(),
                    months=part.seen.period.months,
                    whole=whole.says(),
                    ratio=ratio,
                )


def unit_values(facts: Sequence[Fact]) -> Iterator[Finding]:
    """Find mean prices that are not value over quantity, or do not grow as their quotient."""
    for price in facts:
        if not (price.seen.unit.is_price or (price.seen.unit.currency and "price" in price.name)):
            continue
        yield from _price_growth(price, facts)
        for value, quantity, rows, said in _quotients(price, facts):
            if value.lower > 0 and quantity.lower > 0 and not price.span.meets(value / quantity, slack=SAME):
                found = written(over(value.middle, quantity.middle))
                yield finding("unit value", "unit_value", price.row, *rows, said=said, found=found, stated=price.says())


def said_twice(facts: Sequence[Fact]) -> Iterator[Finding]:
    """One quantity of one area and time has one value, whoever says it."""
    for left, right in combinations(facts, 2):
        if not left.alike(right) or not left.same_place(right) or left.span.meets(right.span, slack=SAME):
            continue
        ratio = over(right.amount, left.amount)
        if any(abs(max(ratio, over(1, ratio)) / size - 1) <= SLIP for size in POWERS if ratio > 0):
            yield finding("units", "unit_slip", left.row, right.row, left=left.says(), right=right.says(), ratio=written(ratio))
        else:
            said = percent(ratio - 1) if left.amount else "—"
            yield finding("cross-source", "said_twice", left.row, right.row, left=left.says(), right=right.says(), ratio=said)
    for fact in facts:
        yield from _said_in_note(fact, facts)


def derived(facts: Sequence[Fact]) -> Iterator[Finding]:
    """Find derived figures that their own formula does not give."""
    for fact in facts:
        value = fact.claims.derived
        if value is not None and not fact.span.meets(
            Span(value, value) * Span(fact.seen.unit.scale, fact.seen.unit.scale), slack=SAME
        ):
            yield finding(
                "cross-source", "derived", fact.row, formula=fact.claims.derived_text, found=written(value), stated=fact.says()
            )


def _added(parts: Sequence[Fact]) -> Span:
    total = Span(0.0, 0.0)
    for part in parts:
        total += part.span
    return total


def _sum(name: str, total: Fact, parts: Sequence[Fact]) -> Finding:
    scale = total.seen.unit.scale
    said = " + ".join(part.says() for part in parts)
    found = written(sum(part.amount for part in parts) / scale)
    return finding(
        "sum",
        name,
        total.row,
        *(part.row for part in parts),
        parts=said,
        found=f"{found} {total.seen.unit.text}",
        stated=total.says(),
    )


def _price_growth(price: Fact, facts: Sequence[Fact]) -> Iterator[Finding]:
    if price.claims.growth is None:
        return
    named = {claim.of.split()[-1]: claim for claim in price.claims.growths if claim.of}
    value, quantity = named.get("value"), named.get("quantity") or named.get("volume")
    rows: list[int] = []
    if value is None or quantity is None:
        other = _value_and_quantity(price, facts)
        if other is None:
            return
        value, quantity = other[0].claims.growth, other[1].claims.growth
        rows = [one.row for one in other]
    if value is None or quantity is None:
        return
    found = (value.by.shifted(1) / quantity.by.shifted(1)).shifted(-1)
    if not found.meets(price.claims.growth.by, slack=SAME):
        said = f"(1 {value.text}) / (1 {quantity.text})"
        yield finding(
            "unit value",
            "price_growth",
            price.row,
            *rows,
            said=said,
            found=percent(found.middle),
            stated=price.claims.growth.text,
        )


def _quotients(price: Fact, facts: Sequence[Fact]) -> Iterator[tuple[Span, Span, list[int], str]]:
    """Yield value, quantity and their rows, from the note and from rows of the same words."""
    currency = price.seen.unit.currency
    value = next((one for one in price.claims.amounts if one.unit.currency == currency and not one.unit.is_price), None)
    quantity = next((one for one in price.claims.amounts if one.unit.dimension == "piece"), None)
    if value is not None and quantity is not None:
        yield value.amount, quantity.amount, [], f"{value.text} / {quantity.text}"
        return
    pair = _value_and_quantity(price, facts)
    if pair is not None:
        yield pair[0].span, pair[1].span, [pair[0].row, pair[1].row], f"{pair[0].says()} / {pair[1].says()}"


def _value_and_quantity(price: Fact, facts: Sequence[Fact]) -> tuple[Fact, Fact] | None:
    same = [one for one in facts if one.same_place(price) and one.stem == price.stem and one.row != price.row]
    value = next((one for one in same if one.dimension == price.seen.unit.currency and "price" not in one.name), None)
    quantity = next((one for one in same if one.dimension == "piece"), None)
    return None if value is None or quantity is None else (value, quantity)


def _said_in_note(fact: Fact, facts: Sequence[Fact]) -> Iterator[Finding]:
    for stated in fact.claims.restated:
        if stated.year is not None:
            yield from _of_another_year(fact, stated, facts)
        elif not stated.of or set(stated.of.split()) & set(fact.name.split()):
            # Who passes a mark stands just beyond it: at twice the mark the sentence is about something else.
            mark = stated.word in {"passed", "exceeded", "reached"}
            allowed = Span(stated.amount.lower, 2 * stated.amount.upper) if mark else stated.amount
            if not fact.span.meets(allowed, slack=SAME):
                ratio = written(over(fact.amount, stated.amount.middle))
                yield finding("cross-source", "same_page", fact.row, left=fact.says(), right=stated.text, ratio=ratio)
    yield from _pieces_in_note(fact, facts)


def _of_another_year(fact: Fact, stated: Stated, facts: Sequence[Fact]) -> Iterator[Finding]:
    for base in facts:
        there = base.alike(fact) and whole_year(base) and base.seen.period.year == stated.year
        if there and not base.span.meets(stated.amount, slack=SAME):
            ratio = percent(over(stated.amount.middle, base.amount) - 1)
            yield finding("cross-source", "said_twice", base.row, fact.row, left=base.says(), right=stated.text, ratio=ratio)


def _pieces_in_note(fact: Fact, facts: Sequence[Fact]) -> Iterator[Finding]:
    """Compare a quantity that the note of a value gives with the row of that quantity."""
    if fact.dimension == "piece":
        return
    for stated in fact.claims.amounts:
        for other in facts if not stated.of and stated.unit.dimension == "piece" else ():
            quantity = other.dimension == "piece" and other.same_place(fact) and other.stem == fact.stem
            if quantity and not other.span.meets(stated.amount, slack=SAME):
                ratio = percent(over(stated.amount.middle, other.amount) - 1)
                yield finding(
                    "cross-source", "said_twice", fact.row, other.row, left=other.says(), right=stated.text, ratio=ratio
                )
