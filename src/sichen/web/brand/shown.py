# SPDX-License-Identifier: Apache-2.0
"""Answers as a page shows them: rows of plots, tables of measures, which moves are noise."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from sichen.brand import STEPS, Hedonic, Row, Simulation, Strength, Worth, rows_svg, strength_svg
from sichen.core import JSON, Figure, Language, Message

MEASURES = (*STEPS, "reputation", "nps")


def safe(pictures: Mapping[str, str]) -> dict[str, Markup]:
    """Mark our own pictures as such: their writer escapes everything that was typed."""
    return {name: Markup(svg) for name, svg in pictures.items() if svg}  # noqa: S704 - our own escaping writer


def word(name: str, language: Language) -> str:
    """Return what a measure or a step is called."""
    return Message(f"web.brand.measure.{name}").text(language)


def elements_svg(found: Strength, *, language: Language) -> str:
    """Draw the elements of strength."""
    return strength_svg(found, language=language)


def survey_plots(found: Mapping[str, JSON], language: Language) -> list[tuple[str, Markup]]:
    """Draw each measure of the last wave, a row a brand, with its interval."""
    rows = [row for row in _rows(found["measures"]) if row["wave"] == _rows(found["measures"])[-1]["wave"]]
    plots = []
    for name in MEASURES:
        told = [(str(row["brand"]), row[name]) for row in rows if isinstance(row.get(name), dict)]
        factor, unit = (1.0, "") if name == "reputation" else (100.0, "%")
        drawn = [_measure(brand, one, factor, unit) for brand, one in told if isinstance(one, dict)]
        if drawn:
            marks = (0.0,) if name == "nps" else ()
            plots.append((word(name, language), Markup(rows_svg(drawn, title=word(name, language), unit=unit, marks=marks))))  # noqa: S704 - our own escaping writer
    return plots


def funnels(found: Mapping[str, JSON]) -> list[tuple[str, list[Mapping[str, JSON]]]]:
    """Return the funnel of each brand in the last wave."""
    rows = _rows(found["measures"])
    return [
        (str(row["brand"]), list(_rows(row["funnel"]))) for row in rows if row["wave"] == rows[-1]["wave"] and row["funnel"]
    ]


def choice_plots(worth: Sequence[Worth], simulated: Simulation | None, language: Language) -> dict[str, Markup]:
    """Draw what attributes are worth, and the shares of a simulated market."""
    pictures = {}
    if worth:
        rows = [
            Row(
                one.name,
                told(one.value, one.u),
                one.value,
                one.value - 1.96 * one.u,
                one.value + 1.96 * one.u,
            )
            for one in worth
        ]
        pictures["worth"] = rows_svg(rows, title=Message("web.brand.choice.worth").text(language), marks=(0.0,))
    if simulated is not None:
        told = zip(simulated.shares.names, simulated.shares.value, simulated.shares.low, simulated.shares.high, strict=True)
        rows = [Row(name, f"{100 * a:.1f} %", 100 * float(a), 100 * float(b), 100 * float(c)) for name, a, b, c in told]
        pictures["shares"] = rows_svg(rows, title=Message("web.brand.choice.shares").text(language), unit="%")
    return safe(pictures)


def premiums_svg(found: Hedonic, language: Language) -> str:
    """Draw the premium of each brand with its interval."""
    other = Message("web.brand.price.others").text(language)
    rows = [
        Row(other if one.name == "*" else one.name, f"{100 * one.premium:+.1f} %".replace("-", "−"), 100 * one.premium,
            100 * one.low, 100 * one.high)
        for one in found.brands
    ]  # fmt: skip
    return rows_svg(rows, title=Message("web.brand.price.title").text(language), unit="%", marks=(0.0,))


def told(value: float, u: float) -> str:
    """Write a number with its uncertainty, with only the digits that this allows."""
    return Figure(value, u, "1").text()


def _measure(brand: str, one: Mapping[str, JSON], factor: float, unit: str) -> Row:
    value, low, high = (factor * float(str(one[key])) for key in ("value", "low", "high"))
    return Row(brand, f"{value + 0.0:z.1f}{' ' + unit if unit else ''}".replace("-", "−"), value, low, high)


def _rows(found: JSON) -> list[Mapping[str, JSON]]:
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
