# SPDX-License-Identifier: Apache-2.0
"""Options that several verbs of conformity share, and how a verdict is printed."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters import read_configuration
from sichen.adapters.conformity_desk import Order, Source
from sichen.adapters.named_files import read_named
from sichen.cli.output import language, note, print_table, say
from sichen.conformity import WatchVerdict
from sichen.core import ConfigError, Message

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]
PlanName = Annotated[str, Parameter(name="--plan", help="A plan's name, see `sichen conformity plans`, or a TOML file.")]
Category = Annotated[str | None, Parameter(help="Of the plan, e.g. 1; the list is in `sichen conformity plans`.")]
Decision = Annotated[
    str | None, Parameter(help="Decision rule: simple, guard_band or shared_risk; the plan's own when not given.")
]
Choices = Annotated[list[str] | None, Parameter(name="--set", help="A choice the plan leaves open, NAME=VALUE.")]
LimitsFile = Annotated[
    Path | None, Parameter(name="--limits", help="CSV (criterion, low, high) with limits of your own; the report marks them.")
]
Acoustic = Annotated[bool, Parameter(negative=(), help="The rates are acoustic readings, not daily rates.")]
StationsFile = Annotated[
    Path | None, Parameter(name="--stations", help="CSV (watch, quantity, value, u) with the results of stations.")
]
Instruments = Annotated[
    Path | None, Parameter(help="CSV (id, name, valid_until, certificate) with the instruments; an expired one is refused.")
]
ChamberU = Annotated[float, Parameter(help="What the temperature adds to each rate, in s/d (k = 1).")]


def order(
    plan: str,
    *,
    category: str | None = None,
    decision: str | None = None,
    choices: list[str] | None = None,
    limits: Path | None = None,
    stations: Path | None = None,
    instruments: Path | None = None,
    acoustic: bool = False,
    chamber_u: float = 0.0,
) -> Order:
    """Put the options together.

    Raises
    ------
    ConfigError
        If a choice is not written NAME=VALUE, or the uncertainty is below zero.
    """
    pairs = dict(choice.partition("=")[::2] for choice in choices or ())
    if any(not value for value in pairs.values()):
        raise ConfigError(Message("cli.conformity.choice"))
    if not chamber_u >= 0:
        raise ConfigError(Message("cli.conformity.below_zero", found=f"{chamber_u:g}"))
    return Order(
        plan=plan,
        plan_text=_text(Path(plan)) if plan.endswith(".toml") else "",
        category=category,
        decision=None if decision is None else decision.replace(" ", "_"),
        choices=pairs,
        limits=_text(limits),
        stations=_text(stations),
        instruments=_text(instruments),
        kind="acoustic_rate" if acoustic else "daily_rate",
        chamber_u=chamber_u,
    )


def data_place(data: Path | None) -> Path:
    """Return where the data folder is, without making one."""
    return (read_configuration().data if data is None else data).expanduser()


def print_verdict(one: WatchVerdict) -> None:
    """Print a verdict for people: criteria on stdout, what must be known about them on stderr."""
    print(f"{one.watch}  {say(Message(f'cli.conformity.{one.verdict}'))}  {_risk(one)}".rstrip())
    spoken = language()
    rows = []
    for result in one.criteria:
        bounds = " … ".join("" if end is None else f"{float(end):g}" for end in (result.limits.low, result.limits.high))
        mark = {"accept": "✓", "reject": "✗", "undecided": "?"}[result.verdict]
        rows.append([f"  {mark}", result.criterion.title(spoken), result.figure().text(spoken, signed=False), bounds])
    print_table(rows)
    for flag in one.flags():
        note("  " + say(flag))


def _text(path: Path | None) -> str:
    return "" if path is None else Source(read_named(path), path.name).text


def _risk(one: WatchVerdict) -> str:
    risk = one.risks.consumer if one.verdict == "accept" else one.risks.producer
    return "" if risk is None else say(Message("cli.conformity.risk", percent=f"{100 * risk:.2g}"))
