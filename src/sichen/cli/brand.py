# SPDX-License-Identifier: Apache-2.0
"""``sichen brand``: what a brand is worth, how strong it is, what people know, think and choose."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, validators

from sichen.adapters import DataFolder, now
from sichen.adapters.brand_desk import (
    Scored,
    Sent,
    keep_strength,
    keep_survey,
    keep_value,
    score_brand,
    survey_answer,
    survey_of,
)
from sichen.adapters.brand_market_desk import keep_answer
from sichen.adapters.named_files import read_named
from sichen.brand import Valuation, Valuations, coefficient, read_case, value, value_by
from sichen.brand.valuation import foremost
from sichen.brand.valuation.written import money, span, unit_of
from sichen.cli.output import language, note, print_json, print_table, say
from sichen.core import JSON, Message, Record

app = App(name="brand", help="Value, strength, consumers and choice; each figure with its interval and sources.")
app.command("sichen.cli.brand_choice:mnl", help="Fit a multinomial logit.")
app.command("sichen.cli.brand_choice:mixlogit", help="Fit a mixed logit: tastes that differ between people.")
app.command("sichen.cli.brand_choice:hb", help="Sample the tastes of every person by hierarchical Bayes.")
app.command("sichen.cli.brand_choice:design", help="Make a conjoint questionnaire.")
app.command("sichen.cli.brand_choice:answers", help="Join a questionnaire and its answers to a file of choices.")
app.command("sichen.cli.brand_tables:dirichlet", help="Norms of the NBD-Dirichlet.")
app.command("sichen.cli.brand_tables:hedonic", help="What of the price is the watch, and what the brand.")
app.command("sichen.cli.brand_tables:map_", name="map", help="Brands and attributes in one plane.")
app.command("sichen.cli.brand_tables:segments", help="Groups of people who answer alike.")
app.command("sichen.cli.brand_tables:mentions", help="Crisis watch on a series of mentions.")
app.command("sichen.cli.brand_market:simulate", help="Shares, prices and profit on a simulated market.")
app.command("sichen.cli.brand_plans:report", help="Report of a valuation under the headings of ISO 10668.")
app.command("sichen.cli.brand_plans:samples", help="Write sample files of invented brands.")
app.command("sichen.cli.brand_plans:strategy", help="Completeness of a brand strategy.")

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
Save = Annotated[bool, Parameter(negative=(), help="Keep file and result as records.")]
Seed = Annotated[int, Parameter(validator=validators.Number(gte=0))]
Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]


def sent(path: Path) -> Sent:
    """Return a named file as it came."""
    return Sent(read_named(path), path.name)


def tell_kept(*records: Record) -> None:
    """Tell on stderr what was kept, and how to open it."""
    for record in records:
        note(say(Message("cli.brand.kept", what=record.subject, digest=record.digest[:19])))


def keep(
    kind: str,
    table: Sent,
    body: Mapping[str, JSON],
    *,
    asked: Mapping[str, str],
    data: Path | None,
    further: Sequence[tuple[str, Sent]] = (),
) -> None:
    """Keep an answer about a market with what it was computed from, and tell so."""
    with DataFolder.open(data) as folder:
        files = [("table", table), *further]
        tell_kept(keep_answer(folder, kind, Path(table.name).stem, body, files, asked=asked, at=now()))


@app.command(name="value")
def value_command(
    file: Path,
    /,
    *,
    method: Annotated[str | None, Parameter(help="One method; the first that applies when not given.")] = None,
    level: Annotated[float, Parameter(help="Content of the interval.")] = 0.9,
    seed: Seed = 1,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Value a brand; leaves with 1 when no method, or not the one asked for, applies.

    Parameters
    ----------
    file
        TOML with the brand and its sourced inputs; see the guide on brands.
    """
    case_file = sent(file)
    case = read_case(case_file.text, name=file.name)
    found = (value_by(case, method, level=level, seed=seed),) if method else value(case, level=level, seed=seed).all
    best = foremost(found)
    others = [one for one in found if one is not best]
    if json:
        print_json({**best.to_json(), "others": [one.to_json() for one in others]})
    else:
        _print_value(best)
        for one in others:
            _print_other(one)
    if save:
        with DataFolder.open(data) as folder:
            asked = {"method": method or "", "level": f"{level:g}", "seed": str(seed)}
            tell_kept(keep_value(folder, Valuations(case, tuple(found)), case_file, at=now(), chosen=best, asked=asked))
    return 0 if best.applicable else 1


@app.command
def strength(
    file: Path,
    /,
    *,
    evidence: Annotated[bool, Parameter(negative=(), help="Compute indicators from the records of the data folder.")] = False,
    seed: Seed = 1,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Score the strength of a brand out of 1000, with the bounds that unknown indicators leave, and K.

    Parameters
    ----------
    file
        TOML with [brand] and [indicators], each with a source or the digests of its records; [evidence] names its watches.
    """
    asked = sent(file)
    if not (evidence or save):
        _tell_strength(score_brand(asked, seed=seed), json=json)
        return 0
    with DataFolder.open(data) as folder:
        scored = score_brand(asked, folder if evidence else None, seed=seed)
        _tell_strength(scored, json=json)
        if save:
            tell_kept(keep_strength(folder, scored, asked, at=now()))
    return 0


@app.command
def survey(
    file: Path,
    /,
    *,
    targets: Annotated[Path | None, Parameter(help="TOML with the shares of the population, to weigh by raking.")] = None,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Awareness, reputation, loyalty, recommendation and the funnel with intervals; and which moves between waves are noise.

    Parameters
    ----------
    file
        CSV with respondent, brand, and answers; wave and weight where there are any.
    """
    asked, population = sent(file), None if targets is None else sent(targets)
    answers = survey_of(asked, population)
    found = survey_answer(answers)
    if json:
        print_json(found)
    else:
        _print_survey(found)
    if save:
        with DataFolder.open(data) as folder:
            tell_kept(*keep_survey(folder, answers, asked, at=now(), targets=population))
    return 0


def _tell_strength(scored: Scored, *, json: bool) -> None:
    found = scored.strength
    if json:
        unknown: dict[str, JSON] = {one.indicator: one.reason.text("en") for one in scored.gathered if one.reason is not None}
        print_json({**found.to_json(), "evidence_missing": unknown})
        return
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
    names = found.brand.indicators.indicators
    for gathered in scored.gathered:
        seen, title = gathered.observed, names[gathered.indicator].title(spoken)
        if seen is not None:
            note(f"  {title}: {seen.value:.3g} ± {seen.u:.2g} {names[gathered.indicator].unit} [{len(seen.records)}]")
        elif gathered.reason is not None:
            note(f"  {title}: — {say(gathered.reason)}")


def _print_survey(found: dict[str, JSON]) -> None:
    rows, changes = found["measures"], found["moves"]
    for one in rows if isinstance(rows, list) else ():
        _print_measures(one)
    for move in changes if isinstance(changes, list) else ():
        if isinstance(move, dict):
            mark = "real" if move["real"] else "noise"
            points = f"{100 * float(str(move['change'])):+.1f} ± {100 * float(str(move['u'])):.1f}"
            name = say(Message(f"cli.brand.{move['measure']}"))
            note(f"{move['brand']}  {name}  {points}  {say(Message(f'cli.brand.{mark}'))}")


def _print_measures(one: JSON) -> None:
    if not isinstance(one, dict):
        return
    print(f"{one['wave']} {one['brand']}".strip())
    rows = []
    for name, row in one.items():
        if isinstance(row, dict):
            scale, mark = (1.0, "") if name == "reputation" else (100.0, " %")
            ends = [f"{scale * float(str(row[end])) + 0.0:z.1f}" for end in ("value", "low", "high")]
            rows.append([f"  {say(Message(f'cli.brand.{name}'))}", ends[0] + mark, f"{ends[1]} … {ends[2]}"])
    print_table(rows)


def _print_value(one: Valuation) -> None:
    spoken = language()
    if one.value is None:
        print(f"{one.case.name}  —  {'' if one.reason is None else say(one.reason)}")
        return
    between = one.interval
    ends = "" if between is None or not one.swings else f"({span(between.low, between.high)})"
    unit = unit_of(one.case, spoken)
    print(f"{one.case.name}  {one.case.year}  {money(one.value)} {ends} {unit}  {one.method.title(spoken)}")
    shares = {share.name: share.total for share in one.shares}
    print_table(
        (
            f"  {_title(one, swing.name)}",
            span(swing.at_low, swing.at_high, digits=4),
            span(swing.value_low, swing.value_high),
            f"{100 * shares.get(swing.name, 0.0):.0f} %",
        )
        for swing in one.swings
    )


def _print_other(one: Valuation) -> None:
    said = "" if one.reason is None else say(one.reason)
    note(f"  {one.method.title(language())}: {money(one.value) if one.value is not None else '— ' + said}")


def _title(one: Valuation, name: str) -> str:
    given = one.case.input(name)
    return name if given is None else given.kind.title(language())
