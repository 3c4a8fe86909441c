# SPDX-License-Identifier: Apache-2.0
"""Answers as a page shows them: rows of plots, tables of measures, which moves are noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sichen.adapters.brand_market_desk import Found
from sichen.brand import (
    STEPS,
    Design,
    Dirichlet,
    Hedonic,
    Hierarchical,
    MixedLogit,
    Row,
    Simulation,
    Strength,
    Worth,
    rows_svg,
    strength_svg,
)
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
        found = zip(simulated.shares.names, simulated.shares.value, simulated.shares.low, simulated.shares.high, strict=True)
        rows = [Row(name, f"{100 * a:.1f} %", 100 * float(a), 100 * float(b), 100 * float(c)) for name, a, b, c in found]
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


@dataclass(frozen=True)
class Taste:
    """A coefficient as a page shows it: the mean with its interval, and how far people differ."""

    name: str
    value: float
    u: float
    spread: float | None
    effective: float | None = None
    r_hat: float | None = None


def taste_rows(fit: MixedLogit | Hierarchical) -> list[Taste]:
    """Return the coefficients of a model in which people differ."""
    if isinstance(fit, Hierarchical):
        return [
            Taste(name, float(fit.means[:, at].mean()), float(fit.means[:, at].std()), float(fit.deviations[:, at].mean()),
                  float(fit.effective[at]), float(fit.r_hat[at]))
            for at, name in enumerate(fit.names)
        ]  # fmt: skip
    spreads = dict(zip(fit.random, fit.spreads, strict=True))
    rows = zip(fit.names, fit.coefficients, fit.errors, strict=True)
    return [Taste(name, float(value), float(u), spreads.get(name)) for name, value, u in rows]


def tastes_svg(rows: Sequence[Taste], language: Language) -> str:
    """Draw each mean with its interval; the bar is where two thirds of the people are."""
    drawn = [
        Row(one.name, told(one.value, one.u), one.value, one.value - 1.96 * one.u, one.value + 1.96 * one.u,
            None if one.spread is None else (one.value - one.spread, one.value + one.spread))
        for one in rows
    ]  # fmt: skip
    return rows_svg(drawn, title=Message("web.brand.tastes.title").text(language), marks=(0.0,))


def tasks_of(made: Design) -> list[list[dict[str, str]]]:
    """Return the questionnaire task by task."""
    tasks: dict[str, list[dict[str, str]]] = {}
    for row in made.rows():
        tasks.setdefault(row["task"], []).append(row)
    return list(tasks.values())


def balance_svg(made: Design, language: Language) -> str:
    """Draw how often each level is shown."""
    rows = [
        Row(f"{one.name} {level}", str(count), float(count), certain=(0.0, float(count)))
        for one in made.attributes for level, count in zip(one.levels, made.balance[one.name], strict=True)
    ]  # fmt: skip
    return rows_svg(rows, title=Message("web.brand.design.balance").text(language))


def norms_svg(found: Dirichlet, language: Language) -> str:
    """Draw each brand's penetration as observed (point) and as its size lets expect (bar)."""
    rows = []
    for name, seen, norm in zip(found.brands, found.observed, found.penetrations, strict=True):
        says = f"{100 * seen:.1f} % / {100 * norm:.1f} %"
        rows.append(Row(name, says, 100 * float(seen), certain=(0.0, 100 * float(norm))))
    return rows_svg(rows, title=Message("web.brand.dirichlet.title").text(language), unit="%")


def segment_plots(found: Found, language: Language) -> list[tuple[str, Markup]]:
    """Draw each group: the share of its people who gave each answer but the first of a question."""
    best, plots = found.best, []
    for number, size in enumerate(best.sizes):
        rows = []
        for name, profile in zip(best.names, best.profiles, strict=True):
            words = found.answers[name]
            for at, word_ in enumerate(words):
                if at or len(words) == 1:
                    share = 100 * float(profile[number, at])
                    rows.append(Row(f"{name}: {word_}", f"{share:.0f} %", share, certain=(0.0, share)))
        title = Message("web.brand.segments.group", number=number + 1, percent=f"{100 * size:.0f}").text(language)
        plots.append((title, Markup(rows_svg(rows, title=title, unit="%", ends=(0.0, 100.0)))))  # noqa: S704 - our own escaping writer
    return plots
