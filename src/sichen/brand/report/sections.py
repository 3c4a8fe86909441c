# SPDX-License-Identifier: Apache-2.0
"""What the report says, heading by heading; a page and a file write the same.

The headings are those that ISO 10668:2010 asks a report to have, as summaries of it name them; the text itself was not open to us.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sichen.brand.strength.score import COEFFICIENT_RULE, Strength
from sichen.brand.valuation import Case, Input, Valuation, Valuations
from sichen.brand.valuation.written import money, rounded, span, unit_of
from sichen.core import Language, Message


@dataclass(frozen=True)
class Table:
    """A table of text: headings, and rows as long as they are."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """One heading with what stands under it; `plot` names the picture that belongs there, if any."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    table: Table | None = None
    plot: str = ""


def report_sections(
    found: Valuations, *, language: Language, strength: Strength | None = None, chosen: str | None = None
) -> tuple[Section, ...]:
    """Compose the report.

    Parameters
    ----------
    found : Valuations
    language : {"en", "zh"}
    strength : Strength, optional
        What stands behind the strength that the case uses.
    chosen : str, optional
        The method to report first; the first that applies when not given.

    Returns
    -------
    tuple of Section
        Where the case says nothing under a heading, the section says that: silence would read as consent.
    """
    return tuple(_sections(found, language, strength, best_of(found, chosen)))


def best_of(found: Valuations, chosen: str | None) -> Valuation | None:
    """Return the valuation by the chosen method if it applies, else the first that does."""
    named = next((one for one in found.all if one.method.id == chosen and one.applicable), None)
    return named or found.best


def _sections(found: Valuations, language: Language, strength: Strength | None, best: Valuation | None) -> Iterator[Section]:
    case = found.case

    def said(name: str, **blanks: str | float) -> str:
        return Message(f"brand.report.{name}", **blanks).text(language)

    def stated(name: str, text: str) -> Section:
        return Section(said(f"heading.{name}"), (text or said("not_stated"),))

    yield Section(said("heading.result"), tuple(_result(best, language)), plot="methods")
    yield stated("appraiser", case.said("appraiser"))
    yield stated("purpose", case.purpose)
    yield stated("audience", case.said("audience"))
    owner = said("owner", owner=case.owner) if case.owner else said("no_owner")
    yield Section(said("heading.brand"), (f"{case.name}. {owner}", case.said("asset") or said("asset_not_stated")))
    yield stated("base", case.base)
    yield Section(said("heading.dates"), (said("dates", year=case.year, day=case.said("date") or said("not_stated")),))
    yield Section(said("heading.methods"), (said("methods", edition=case.edition),), _methods(found, language))
    yield stated("legal", case.said("legal"))
    yield Section(
        said("heading.behaviour"),
        tuple(_behaviour(case, strength, language)),
        None if strength is None else _strength(strength, language),
        plot="" if strength is None else "strength",
    )
    yield stated("financial", case.said("financial"))
    yield Section(said("heading.inputs"), (said("inputs"),), _inputs(found, language))
    yield Section(said("heading.assumptions"), tuple(_assumptions(found, language)))
    yield Section(
        said("heading.sensitivity"),
        (said("sensitivity"),) if best is not None else (said("nothing_applies"),),
        None if best is None else _sensitivity(best, language),
        plot="tornado" if best is not None else "",
    )
    yield Section(said("heading.limits"), (said("limits"), *((case.said("limits"),) if case.said("limits") else ())))


def _result(best: Valuation | None, language: Language) -> Iterator[str]:
    if best is None or best.value is None:
        yield Message("brand.report.nothing_applies").text(language)
        return
    case, between = best.case, best.interval
    yield Message(
        "brand.report.result", brand=case.name, value=money(best.value) if between is None else rounded(best.value, between.low, between.high), unit=unit_of(case, language), year=case.year,
        method=best.method.title(language),
    ).text(language)  # fmt: skip
    if between is not None and best.swings:
        high = "∞" if between.high is None else rounded(between.high, between.low, between.high)
        yield Message(
            "brand.report.interval",
            low=rounded(between.low, between.low, between.high),
            high=high,
            percent=f"{100 * between.level:g}",
            unit=unit_of(case, language),
        ).text(language)
        if between.undefined > 0:
            yield Message("brand.report.undefined", percent=f"{100 * between.undefined:.1f}").text(language)


def _methods(found: Valuations, language: Language) -> Table:
    head = tuple(Message(f"brand.report.column.{name}").text(language) for name in ("method", "value", "interval", "source"))
    return Table(head, tuple(_method_row(one, language) for one in found.all))


def _method_row(one: Valuation, language: Language) -> tuple[str, ...]:
    if one.value is None:
        reason = "" if one.reason is None else one.reason.text(language)
        return (one.method.title(language), "—", reason, one.method.cited(language))
    ends = "—" if one.interval is None else span(one.interval.low, one.interval.high)
    value = money(one.value) if one.interval is None else rounded(one.value, one.interval.low, one.interval.high)
    return (one.method.title(language), value, ends, one.method.cited(language))


def _behaviour(case: Case, strength: Strength | None, language: Language) -> Iterator[str]:
    yield case.said("behaviour") or Message("brand.report.not_stated").text(language)
    if strength is not None:
        score = "—" if strength.value is None else f"{strength.value:.0f} ± {strength.u:.0f}"
        yield Message(
            "brand.report.strength", score=score, low=f"{strength.low:.0f}", high=f"{strength.high:.0f}",
            edition=strength.brand.indicators.named(language),
        ).text(language)  # fmt: skip


def _strength(strength: Strength, language: Language) -> Table:
    head = tuple(Message(f"brand.report.column.{name}").text(language) for name in ("indicator", "value", "score", "source"))
    rows = []
    for element in strength.elements:
        score = "—" if element.value is None else f"{element.value:.0f}"
        rows.append((element.element.title(language), "", score, f"{100 * element.element.weight:.0f} %"))
        for one in element.indicators:
            seen = one.observed
            value = "—" if seen is None else f"{seen.value:.4g} {one.indicator.unit}"
            source = "" if seen is None else f"{seen.source} [{len(seen.records)}]" if seen.records else seen.source
            rows.append((f"  {one.indicator.title(language)}", value, "—" if one.score is None else f"{one.score:.0f}", source))
    return Table(head, tuple(rows))


def _used(found: Valuations) -> Sequence[Input]:
    """Return the inputs that a method which applies has used, as they stand, defaults too."""
    names = dict.fromkeys(name for one in found.all if one.applicable for name in one.method.needs)
    return [given for name in names if (given := found.case.input(name)) is not None]


def _inputs(found: Valuations, language: Language) -> Table:
    head = tuple(
        Message(f"brand.report.column.{name}").text(language) for name in ("input", "value", "range", "source", "grade")
    )
    rows = []
    for one in _used(found):
        spread = span(one.low, one.high, digits=5) if one.low < one.high else f"σ {one.sd:g}" if one.sd else "—"
        source = f"{one.source} ({one.record[7:15]})" if one.record else one.cited(language)
        rows.append((one.kind.title(language), f"{one.value:.6g}", spread, source, one.grade))
    return Table(head, tuple(rows))


def _assumptions(found: Valuations, language: Language) -> Iterator[str]:
    for one in _used(found):
        if one.grade == "assumed":
            yield Message(
                "brand.report.assumed", name=one.kind.title(language), value=f"{one.value:g}", source=one.cited(language)
            ).text(language)
    yield Message("brand.report.years", years=found.case.years).text(language)
    if found.case.input("strength_coefficient") is not None:
        yield COEFFICIENT_RULE


def _sensitivity(best: Valuation, language: Language) -> Table:
    head = tuple(Message(f"brand.report.column.{name}").text(language) for name in ("input", "range", "value", "share"))
    shares = {one.name: one.total for one in best.shares}
    rows = []
    for one in best.swings:
        given = best.case.input(one.name)
        name = one.name if given is None else given.kind.title(language)
        ends = span(one.value_low, one.value_high)
        rows.append((name, span(one.at_low, one.at_high, digits=4), ends, f"{100 * shares.get(one.name, 0.0):.0f} %"))
    return Table(head, tuple(rows))
