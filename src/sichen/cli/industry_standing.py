# SPDX-License-Identifier: Apache-2.0
"""``sichen industry``: registers that are kept: credit records with appeal, the policy's measures; lists and fair draws."""

import json as text_json
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from sichen.adapters import DataFolder, now
from sichen.adapters.industry_chain_desk import bodies_of
from sichen.adapters.industry_desk import Source
from sichen.adapters.industry_register_desk import change, enter, standing, tell_measure
from sichen.adapters.named_files import read_named
from sichen.cli.output import complain, language, print_json, print_kept, print_table, say
from sichen.core import ConfigError, Message
from sichen.industry.registers import credit, people

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]


def attach(app: App) -> None:
    """Add the commands of kept registers to the group."""
    app.command(show_credit, name="credit")
    app.command(add_credit, name="credit-enter")
    app.command(move_credit, name="credit-step")
    app.command(set_measure, name="measure")
    app.command(bodies)
    app.command(commit)
    app.command(verify_draw, name="verify-draw")


def show_credit(firm: str, /, *, date: str = "", data: Data = None, json: AsJson = False) -> int:
    """Show a firm's credit record on a day: every point with its rule, reason, source, expiry and appeal.

    Parameters
    ----------
    firm
        As it was entered.
    """
    with DataFolder.open(data) as folder:
        found = standing(folder, firm, date=date or now().isoformat()[:10])
    if json:
        print_json(found.to_json())
        return 0
    print(say(Message("cli.industry.credit.points", firm=firm, points=found.record.points, date=found.record.date)))
    spoken = language()
    print_table(
        [str(filed.number), line.entry.date, credit.rule_name(line.entry.rule, spoken), str(line.points), say(line.why), line.entry.reason, line.entry.source]
        for filed, line in zip(found.filed, found.record.lines, strict=True)
    )  # fmt: skip
    return 0


def add_credit(firm: str, /, *, rule: str, date: str, reason: str, source: str, data: Data = None) -> int:
    """Enter into a firm's credit record what happened, by a published rule, with reason and source."""
    with DataFolder.open(data) as folder:
        record = enter(folder, firm, credit.Entry(rule, date, reason, source), at=now())
    print_kept(firm, record)
    return 0


def move_credit(
    firm: str,
    number: int,
    /,
    *,
    to: Literal["appealed", "upheld", "struck", "repaired"],
    note: Annotated[str, Parameter(help="What was said or decided.")],
    data: Data = None,
) -> int:
    """Appeal against an entry, decide the appeal, or note that it was made good."""
    with DataFolder.open(data) as folder:
        record = change(folder, firm, number, to=to, note=note, at=now())
    print_kept(firm, record)
    return 0


def set_measure(
    clause: str,
    /,
    *,
    status: Literal["unknown", "begun", "done", "dropped"],
    evidence: str = "",
    owner: str = "",
    due: str = "",
    note: str = "",
    data: Data = None,
) -> int:
    """Say how a measure of the policy stands; anything but unknown needs evidence."""
    said = {"status": status, "evidence": evidence, "owner": owner, "due": due, "note": note}
    with DataFolder.open(data) as folder:
        record = tell_measure(folder, clause, said, at=now())
    print_kept(clause, record)
    return 0


def bodies(file: Path, /, *, json: AsJson = False) -> int:
    """List training bases, studios, test bodies, museums, fairs and platforms.

    Parameters
    ----------
    file
        Columns kind, name, source and, where known, place, valid_until, note.
    """
    found, refusals = bodies_of(Source(read_named(file), file.name))
    if json:
        print_json([one.to_json() for one in found])
    else:
        print_table([one.kind, one.name, one.place, one.valid_until, one.source] for one in found)
    for one in refusals:
        complain(Message("cli.industry.refused", row=one.row, column=one.column, reason=say(one.message)))
    return 2 if refusals else 0


def commit(*, seed: str) -> int:
    """Print what may be published before the seed of a draw: its SHA-256."""
    print(people.commitment(seed))
    return 0


def verify_draw(file: Path, /, *, commitment: str = "") -> int:
    """Repeat a published draw; leaves with 1 when it does not follow from its seed and pool.

    Parameters
    ----------
    file
        What ``sichen industry draw --json`` printed.
    """
    try:
        draw = people.read_draw(text_json.loads(read_named(file)))
    except (ValueError, KeyError, TypeError) as error:
        if hasattr(error, "message"):
            raise
        raise ConfigError(Message("cli.industry.no_draw", file=file.name)) from error
    good = people.verify_draw(draw) and (not commitment or people.commitment(draw.seed) == commitment.strip().casefold())
    print(say(Message("cli.industry.draw_holds" if good else "cli.industry.draw_fails")))
    return 0 if good else 1
