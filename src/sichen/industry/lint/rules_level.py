# SPDX-License-Identifier: Apache-2.0
"""Levels: sums of parts, parts of a year, means of value over quantity, and one thing said twice."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from sichen.industry.lint.facts import Fact, whole_year
from sichen.industry.lint.findings import Finding, finding
from sichen.industry.lint.parts import labelled_parts, parts_of, sub_areas
from sichen.industry.lint.spans import Span, percent, written

SAME = 0.005  # sources that differ by less than half a per cent tell the same story
FAR = 3.0  # a part of a year that runs three times too fast or slow counts something else


def sums(facts: Sequence[Fact]) -> Iterator[Finding]:
    """A sum is what its parts make; areas make no more than their country."""
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
    """A part of a year is no more than the year; and it runs at a pace of its kind."""
    for whole in facts:
        if not (whole_year(whole) and whole.seen.unit.is_amount):
            continue
        for part in facts:
            within = whole.seen.period.start <= part.seen.period.start and part.seen.period.end <= whole.seen.period.end
            if not (part.alike(whole) and within and 0 < part.seen.period.months < whole.seen.period.months):
                continue
            pace = part.amount * whole.seen.period.months / part.seen.period.months
            if part.span.lower > whole.span.upper:
                yield finding("sum", "part_of_year", part.row, whole.row, part=part.says(), whole=whole.says())
            elif part.seen.source != whole.seen.source and not 1 / FAR < pace / whole.amount < FAR:
                ratio = written(max(pace / whole.amount, whole.amount / pace))
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
    """A mean price is value over quantity, and grows as their quotient."""
    for price in facts:
        if not (price.seen.unit.is_price or (price.seen.unit.currency and "price" in price.name)):
            continue
        yield from _price_growth(price, facts)
        for value, quantity, rows, said in _quotients(price, facts):
            if value.lower > 0 and quantity.lower > 0 and not price.span.meets(value / quantity, slack=SAME):
                found = written(value.middle / quantity.middle)
                yield finding("unit value", "unit_value", price.row, *rows, said=said, found=found, stated=price.says())


def said_twice(facts: Sequence[Fact]) -> Iterator[Finding]:
    """One quantity of one area and time has one value, whoever says it."""
    for left, right in combinations(facts, 2):
        if left.alike(right) and left.same_place(right) and not left.span.meets(right.span, slack=SAME):
            ratio = percent(right.amount / left.amount - 1) if left.amount else "—"
            yield finding("cross-source", "said_twice", left.row, right.row, left=left.says(), right=right.says(), ratio=ratio)
    for fact in facts:
        yield from _said_in_note(fact, facts)


def derived(facts: Sequence[Fact]) -> Iterator[Finding]:
    """A derived figure is what its own formula gives."""
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
    value = next((one for one in same if one.dimension == price.seen.unit.currency and one.seen.unit.scale > 1), None)
    quantity = next((one for one in same if one.dimension == "piece"), None)
    return None if value is None or quantity is None else (value, quantity)


def _said_in_note(fact: Fact, facts: Sequence[Fact]) -> Iterator[Finding]:
    for other in fact.claims.restated:
        if other.year is not None:
            bases = [one for one in facts if one.alike(fact) and whole_year(one) and one.seen.period.year == other.year]
            for base in bases:
                if not base.span.meets(other.amount, slack=SAME):
                    ratio = percent(other.amount.middle / base.amount - 1)
                    yield finding(
                        "cross-source", "said_twice", base.row, fact.row, left=base.says(), right=other.text, ratio=ratio
                    )
            continue
        if other.of and not set(other.of.split()) & set(fact.name.split()):
            continue
        # Who passes a mark stands just beyond it: at twice the mark the sentence is about something else.
        allowed = (
            Span(other.amount.lower, 2 * other.amount.upper)
            if other.word in {"passed", "exceeded", "reached"}
            else other.amount
        )
        if not fact.span.meets(allowed, slack=SAME):
            ratio = written(fact.amount / other.amount.middle)
            yield finding("cross-source", "same_page", fact.row, left=fact.says(), right=other.text, ratio=ratio)
    for amount in fact.claims.amounts:
        if amount.of or amount.unit.dimension != "piece" or fact.dimension == "piece":
            continue
        for other_fact in facts:
            quantity = other_fact.dimension == "piece" and other_fact.same_place(fact) and other_fact.stem == fact.stem
            if quantity and not other_fact.span.meets(amount.amount, slack=SAME):
                ratio = percent(amount.amount.middle / other_fact.amount - 1)
                yield finding(
                    "cross-source",
                    "said_twice",
                    fact.row,
                    other_fact.row,
                    left=other_fact.says(),
                    right=amount.text,
                    ratio=ratio,
                )
