# SPDX-License-Identifier: Apache-2.0
"""``sichen conformity``: comparison tests of brands, proficiency rounds of laboratories, budgets of uncertainty."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters import DataFolder, now
from sichen.adapters.conformity_desk import Source
from sichen.adapters.contest_desk import Comparison, compare_source, keep_comparison, keep_round, score_source
from sichen.adapters.named_files import read_named
from sichen.cli.conformity_options import AsJson, Category, Data, order
from sichen.cli.output import language, note, print_json, print_table, say
from sichen.conformity import MERITS
from sichen.conformity.uncertainty import Quantity, budgets
from sichen.conformity.uncertainty import budget as known_budget
from sichen.core import ConfigError, Message, Record

Save = Annotated[bool, Parameter(negative=(), help="Keep the tables and the result as a record.")]


def attach(app: App) -> None:
    """Add the verbs to the group."""
    app.command(compare)
    app.command(proficiency)
    app.command(budget)


def compare(
    file: Path,
    /,
    *,
    plan_: Annotated[str, Parameter(name="--plan", help="Judge the table of days by this plan first.")] = "",
    category: Category = None,
    criterion: Annotated[str, Parameter(help="Of the plan, by which the brands are ranked; its first.")] = "",
    brands: Annotated[Path | None, Parameter(help="CSV (watch, brand, price): whose watch each is; with --plan.")] = None,
    merit: Annotated[str, Parameter(help="What is better: near_zero, low or high.")] = "near_zero",
    shared_u: Annotated[float, Parameter(help="Uncertainty that all results share, such as of the reference (k = 1).")] = 0.0,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Compare brands by one protocol: a ranking with uncertainty and the probability of each rank.

    Parameters
    ----------
    file
        CSV (brand, watch, value, u, price), one row a watch; or with --plan a table of days as for `judge`.
    """
    if merit not in MERITS:
        raise ConfigError(Message("cli.conformity.merit", found=merit, known=", ".join(MERITS)))
    asked = None
    if plan_:
        asked = order(plan_, category=category)
    makers = None if brands is None else Source(read_named(brands), brands.name)
    wanted = Comparison(merit, shared_u, asked, criterion)
    source = Source(read_named(file), file.name)
    ranked = compare_source(wanted, source, makers, now=now())
    if json:
        print_json([one.to_json() for one in ranked])
    else:
        print_table(
            (
                [
                    str(one.rank),
                    one.name,
                    f"{one.value:+.3g} ± {one.u:.2g}",
                    f"{one.rank_interval[0]}–{one.rank_interval[1]}",
                    " ".join(f"{100 * share:.0f} %" for share in one.rank_probabilities),
                    "" if one.price is None else f"{one.price:g}",
                ]
                for one in ranked
            ),
            header=[
                say(Message(f"cli.conformity.column.{name}"))
                for name in ("rank", "brand", "value", "between", "chances", "price")
            ],
        )
    if save:
        with DataFolder.open(data) as folder:
            _kept(file, keep_comparison(folder, wanted, ranked, source, makers, at=now()))
    return 0


def proficiency(
    file: Path,
    /,
    *,
    assigned: Annotated[float | None, Parameter(help="Assigned value X; the robust mean when not given.")] = None,
    u_assigned: Annotated[float | None, Parameter(help="Its standard uncertainty.")] = None,
    deviation: Annotated[float | None, Parameter(help="σ_pt; the robust standard deviation when not given.")] = None,
    save: Save = False,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Score laboratories in a proficiency round (ISO 13528): z, z′, ζ and En.

    Leaves with 0 when every score is satisfactory, else with 1.

    Parameters
    ----------
    file
        CSV (laboratory, value, u), one row a laboratory.
    """
    source = Source(read_named(file), file.name)
    found = score_source(source, assigned=assigned, u_assigned=u_assigned, deviation=deviation)
    if json:
        print_json(found.to_json())
    else:
        print(f"X = {found.assigned:.4g} ± {found.u_assigned:.2g}   σ_pt = {found.deviation:.3g}")
        rows = (
            [one.name, *(f"{each.value:+.2f}" for each in (one.z, one.z_prime, one.zeta, one.en)), _worst(one.judgements)]
            for one in found.rows
        )
        print_table(rows, header=["", "z", "z′", "ζ", "En", ""])
        for message in found.advice:
            note(say(message))
    if save:
        with DataFolder.open(data) as folder:
            _kept(file, keep_round(folder, found, source, at=now()))
    return 0 if found.satisfactory else 1


def budget(
    name: str = "",
    /,
    *,
    set_: Annotated[
        list[str] | None, Parameter(name="--set", help="A component as measured, NAME=VALUE or NAME=VALUE:U.")
    ] = None,
    json: AsJson = False,
) -> int:
    """Show the uncertainty budget of a measurand, or list the budgets.

    Parameters
    ----------
    name
        acoustic_rate, daily_rate, daily_state, quartz_rate or temperature.
    """
    spoken = language()
    if not name:
        rows = list(budgets().values())
        if json:
            print_json([{"name": one.name, "title_en": one.title_en, "title_zh": one.title_zh} for one in rows])
        else:
            print_table([one.name, one.title(spoken), one.figure().text(spoken)] for one in rows)
        return 0
    made = known_budget(name, **_measured(set_ or ()))
    if json:
        print_json(made.to_json())
        return 0
    print(f"{made.title(spoken)}  {made.figure().text(spoken)} (k = 1)")
    header = [say(Message(f"conformity.certificate.page.{key}")) for key in ("component", "u", "contribution", "share")]
    print_table(
        (
            [row.title, f"{row.u:.2g} {row.unit}", f"{row.contribution:.2g}", f"{100 * row.share:.0f} %", row.source]
            for row in made.table(spoken)
        ),
        header=[*header, ""],
    )
    return 0


def _measured(pairs: Sequence[str]) -> dict[str, Quantity]:
    found = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        value, _, u = text.partition(":")
        try:
            found[name] = Quantity(float(value), float(u or 0.0))
        except ValueError:
            raise ConfigError(Message("cli.conformity.component", found=pair)) from None
    return found


def _worst(judgements: Sequence[str]) -> str:
    order = ("satisfactory", "questionable", "unsatisfactory")
    return say(Message(f"cli.conformity.{max(judgements, key=order.index)}"))


def _kept(file: Path, record: Record) -> None:
    note(say(Message("cli.bench.kept", file=file.name, digest=record.digest)))
