# SPDX-License-Identifier: Apache-2.0
"""``sichen brand``: what a brand is worth, how strong it is, what people know, think and choose."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters.named_files import read_named
from sichen.brand.consumer.survey import STEPS, Survey, average, funnel, net_promoter, proportion, read_survey
from sichen.brand.consumer.waves import moves
from sichen.brand.strength import Strength, coefficient, read_observed, strength_of
from sichen.brand.valuation import Valuation, read_case, value, value_by
from sichen.cli.output import language, note, print_json, print_table, say
from sichen.core import JSON, Message

app = App(name="brand", help="Value, strength, consumers and choice; each figure with its interval and sources.")
app.command("sichen.cli.brand_choice:mnl", help="Fit a multinomial logit.")
app.command("sichen.cli.brand_choice:mixlogit", help="Fit a mixed logit: tastes that differ between people.")
app.command("sichen.cli.brand_choice:hb", help="Sample the tastes of every person by hierarchical Bayes.")
app.command("sichen.cli.brand_choice:design", help="Make a conjoint questionnaire.")
app.command("sichen.cli.brand_tables:dirichlet", help="Norms of the NBD-Dirichlet.")
app.command("sichen.cli.brand_tables:hedonic", help="What of the price is the watch, and what the brand.")
app.command("sichen.cli.brand_tables:map_", name="map", help="Brands and attributes in one plane.")
app.command("sichen.cli.brand_tables:segments", help="Groups of people who answer alike.")
app.command("sichen.cli.brand_tables:mentions", help="Crisis watch on a series of mentions.")

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]


def text_of(path: Path) -> str:
    """Return a named file as text."""
    return read_named(path).decode("utf-8-sig", "replace")


@app.command(name="value")
def value_command(
    file: Path,
    /,
    *,
    method: Annotated[str | None, Parameter(help="One method; the first that applies when not given.")] = None,
    level: Annotated[float, Parameter(help="Content of the interval.")] = 0.9,
    seed: int = 1,
    json: AsJson = False,
) -> int:
    """Value a brand; leaves with 1 when no method, or not the one asked for, applies.

    Parameters
    ----------
    file
        TOML with the brand and its sourced inputs; see the guide on brands.
    """
    case = read_case(text_of(file), name=file.name)
    found = (value_by(case, method, level=level, seed=seed),) if method else value(case, level=level, seed=seed).all
    best = next((one for one in found if one.applicable), found[0])
    others = [one for one in found if one is not best]
    if json:
        print_json({**best.to_json(), "others": [one.to_json() for one in others]})
    else:
        _print_value(best)
        for one in others:
            _print_other(one)
    return 0 if best.applicable else 1


@app.command
def strength(file: Path, /, *, seed: int = 1, json: AsJson = False) -> int:
    """Score the strength of a brand out of 1000, with the bounds that unknown indicators leave, and K.

    Parameters
    ----------
    file
        TOML with [brand] and [indicators], each with a source or the digests of its records.
    """
    found = strength_of(read_observed(text_of(file), name=file.name), seed=seed)
    if json:
        print_json(found.to_json())
    else:
        _print_strength(found)
    return 0


@app.command
def survey(file: Path, /, *, json: AsJson = False) -> int:
    """Awareness, reputation, loyalty, recommendation and the funnel with intervals; and which moves between waves are noise.

    Parameters
    ----------
    file
        CSV with respondent, brand, and answers; wave and weight where there are any.
    """
    answers = read_survey(text_of(file), name=file.name)
    waves = list(dict.fromkeys(answers.waves))
    measures: list[JSON] = []
    for wave in waves:
        for brand in dict.fromkeys(answers.brands):
            rows = answers.select(wave=wave, brand=brand)
            if rows.brands:
                measures.append({"wave": wave, "brand": brand, **_measures(rows)})
    changes = moves(answers) if len(waves) > 1 else ()
    if json:
        print_json({"weighted": answers.weighted, "measures": measures, "moves": [one.to_json() for one in changes]})
        return 0
    for one in measures:
        _print_measures(one)
    for move in changes:
        mark = "real" if move.real else "noise"
        points = f"{100 * move.change:+.1f} ± {100 * move.u:.1f}"
        note(f"{move.brand}  {say(Message('cli.brand.' + move.measure))}  {points}  {say(Message('cli.brand.' + mark))}")
    return 0


def _measures(rows: Survey) -> dict[str, JSON]:
    found: dict[str, JSON] = {
        name: proportion(rows.answers[name], rows.weights).to_json() for name in STEPS if name in rows.answers
    }
    if "reputation" in rows.answers:
        found["reputation"] = average(rows.answers["reputation"], rows.weights).to_json()
    if "recommend" in rows.answers:
        found["nps"] = net_promoter(rows.answers["recommend"], rows.weights).to_json()
    found["funnel"] = [{"from": before, "to": after, **share.to_json()} for before, after, share in funnel(rows)]
    return found


def _print_measures(one: JSON) -> None:
    assert isinstance(one, dict)  # noqa: S101 - made above
    print(f"{one['wave']} {one['brand']}".strip())
    rows = []
    for name, row in one.items():
        if isinstance(row, dict):
            scale, mark = (1.0, "") if name == "reputation" else (100.0, " %")
            ends = [f"{scale * float(str(row[end])):.1f}" for end in ("value", "low", "high")]
            rows.append([f"  {say(Message('cli.brand.' + name))}", ends[0] + mark, f"{ends[1]} … {ends[2]}"])
    print_table(rows)


def _print_value(one: Valuation) -> None:
    spoken = language()
    if one.value is None:
        print(f"{one.case.name}  —  {'' if one.reason is None else say(one.reason)}")
        return
    between = one.interval
    ends = "" if between is None else f"({_money(between.low)} … {'∞' if between.high is None else _money(between.high)})"
    unit = f"{one.case.currency} × {one.case.scale:g}" if one.case.scale != 1 else one.case.currency
    print(f"{one.case.name}  {one.case.year}  {_money(one.value)} {ends} {unit}  {one.method.title(spoken)}")
    shares = {share.name: share.total for share in one.shares}
    print_table(
        (
            f"  {_title(one, swing.name)}",
            f"{swing.at_low:g} … {swing.at_high:g}",
            f"{_money(swing.value_low)} … {_money(swing.value_high)}",
            f"{100 * shares.get(swing.name, 0.0):.0f} %",
        )
        for swing in one.swings
    )


def _print_other(one: Valuation) -> None:
    said = "" if one.reason is None else say(one.reason)
    note(f"  {one.method.title(language())}: {_money(one.value) if one.value is not None else '— ' + said}")


def _print_strength(found: Strength) -> None:
    spoken = language()
    shown = "—" if found.value is None else f"{found.value:.0f} ± {found.u:.0f}"
    known = "" if found.value is None else f"K = {coefficient(found.value):.3f}"
    print(f"{found.brand.name}  {found.brand.year}  {shown} / 1000  ({found.low:.0f} … {found.high:.0f})  {known}")
    print_table(
        (
            f"  {one.element.title(spoken)}",
            "—" if one.value is None else f"{one.value:.0f}",
            f"{one.low:.0f} … {one.high:.0f}",
            f"{100 * one.known:.0f} %",
        )
        for one in found.elements
    )


def _title(one: Valuation, name: str) -> str:
    given = one.case.input(name)
    return name if given is None else given.kind.title(language())


def _money(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ") if abs(number) >= 1000 else f"{number:.4g}"  # noqa: PLR2004 - a thousand
