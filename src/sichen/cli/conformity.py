# SPDX-License-Identifier: Apache-2.0
"""``sichen conformity``: standards, plans, verdicts, and whether a certificate is what it says."""

from json import loads
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters import now
from sichen.adapters.named_files import read_named
from sichen.cli.output import complain, language, note, print_json, print_table, say
from sichen.conformity import Protocol, WatchVerdict, judge_table, plan, plans, read_limits, read_plan, search
from sichen.conformity.certificate import Trust, trust_from_json
from sichen.conformity.certificate import verify as verify_certificate
from sichen.core import ConfigError, Message

app = App(name="conformity", help="Standards, plans, verdicts with uncertainty, certificates.")

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]


@app.command
def judge(
    file: Path,
    /,
    *,
    plan_: Annotated[str, Parameter(name="--plan", help="A plan's name, see `sichen conformity plans`, or a TOML file.")],
    category: str | None = None,
    decision: Annotated[str | None, Parameter(help="simple, guard band or shared risk; the plan's own when not given.")] = None,
    set_: Annotated[list[str] | None, Parameter(name="--set", help="A choice the plan leaves open, NAME=VALUE.")] = None,
    limits: Annotated[
        Path | None, Parameter(help="CSV (criterion, low, high) with limits of your own; the report marks them.")
    ] = None,
    acoustic: Annotated[bool, Parameter(negative=(), help="The rates are acoustic readings, not daily rates.")] = False,
    stations: Annotated[Path | None, Parameter(help="CSV with the results of stations beside the days.")] = None,
    json: AsJson = False,
) -> int:
    """Judge watches by a plan: a verdict with its risks for each.

    Leaves with 0 when every watch is accepted, 1 when one is rejected or undecided, 2 when rows were refused.

    Parameters
    ----------
    file
        CSV with columns watch, day and state_s or rate_s_per_d; u beside them when it is known.
    category
        Of the plan, e.g. 1.
    """
    protocol = protocol_of(plan_, category, decision, set_, limits)
    judged = judge_table(
        read_named(file).decode("utf-8-sig", "replace"),
        protocol,
        now=now(),
        kind="acoustic_rate" if acoustic else "daily_rate",
        stations="" if stations is None else read_named(stations).decode("utf-8-sig", "replace"),
    )
    for one in judged.verdicts:
        if json:
            print_json(one.to_json())
        else:
            _print(one)
    for refusal in judged.refusals:
        complain(refusal.message)
    if judged.refusals:
        return 2
    return 0 if all(one.verdict == "accept" for one in judged.verdicts) else 1


@app.command(name="plans")
def list_plans(*, json: AsJson = False) -> int:
    """List the plans that come with Sichen."""
    spoken = language()
    for key, entry in plans().items():
        title = entry.title_zh if spoken == "zh" else entry.title_en
        if json:
            categories = list(entry.categories)
            print_json({"plan": key, "title_en": entry.title_en, "title_zh": entry.title_zh, "categories": categories})
        else:
            print_table([[f"{key:20}", title]])
    return 0


@app.command
def standards(*words: str, status: str | None = None, json: AsJson = False) -> int:
    """Search the register of standards, by number or by words of either language.

    Parameters
    ----------
    words
        What to look for; all standards when nothing is given.
    status
        Only those of this status.
    """
    rows = search(" ".join(words), status=status)
    if json:
        print_json([row.to_json() for row in rows])
        return 0
    spoken = language()
    print_table(
        (
            row.number,
            str(row.year or ""),
            row.status,
            row.grade,
            (row.title_zh if spoken == "zh" else row.title_en) or row.title_en or row.title_zh,
        )
        for row in rows
    )
    return 0


@app.command
def verify(
    file: Path,
    /,
    *,
    trust: Annotated[Path | None, Parameter(help="JSON list of the signers you trust.")] = None,
    json: AsJson = False,
) -> int:
    """Verify a signed certificate, without a network.

    Leaves with 0 when it is intact and its signer known, else with 1.

    Parameters
    ----------
    file
        A digital calibration certificate (DCC XML), ours or another laboratory's.
    """
    known = Trust() if trust is None else _trust(trust)
    found = verify_certificate(read_named(file), trust=known, now=now())
    if json:
        print_json({"file": str(file), **found.to_json()})
    else:
        print(f"{file}: {say(Message(f'cli.conformity.{found.status}'))}")
        for reason in found.reasons:
            note("  " + say(reason))
    return 0 if found.intact else 1


def _trust(path: Path) -> Trust:
    try:
        return trust_from_json(loads(read_named(path)))
    except ValueError as error:
        raise ConfigError(Message("cli.conformity.no_list", file=path.name, problem=str(error))) from error


def protocol_of(
    name: str, category: str | None, decision: str | None, choices: list[str] | None, limits: Path | None
) -> Protocol:
    """Return a plan, ours or a TOML file's, with the choices that were made."""
    chosen = (
        read_plan(read_named(Path(name)).decode("utf-8-sig", "replace"), name=name) if name.endswith(".toml") else plan(name)
    )
    if limits is not None:
        entered = read_limits(read_named(limits).decode("utf-8-sig", "replace"), chosen)
        for refusal in entered.refusals:
            complain(refusal.message)
        chosen = chosen.with_limits(entered.limits)
    pairs = dict(choice.partition("=")[::2] for choice in choices or ())
    if any(not value for value in pairs.values()):
        raise ConfigError(Message("cli.conformity.choice"))
    return chosen.choose(category=category, decision=decision, parameters=pairs)


def _print(one: WatchVerdict) -> None:
    print(f"{one.watch}  {say(Message(f'cli.conformity.{one.verdict}'))}  {_risk(one)}".rstrip())
    spoken = language()
    rows = []
    for result in one.criteria:
        name = result.criterion.title_zh if spoken == "zh" else result.criterion.title_en
        bounds = " … ".join("" if end is None else f"{float(end):g}" for end in (result.limits.low, result.limits.high))
        mark = {"accept": "✓", "reject": "✗", "undecided": "?"}[result.verdict]
        rows.append([f"  {mark}", name, result.figure().text(spoken, signed=False), bounds])
    print_table(rows)
    for flag in one.flags():
        note("  " + say(flag))


def _risk(one: WatchVerdict) -> str:
    risk = one.risks.consumer if one.verdict == "accept" else one.risks.producer
    return "" if risk is None else say(Message("cli.conformity.risk", percent=f"{100 * risk:.2g}"))
