# SPDX-License-Identifier: Apache-2.0
"""``sichen laboratory nonconforming``, ``retention`` and ``trail``: what went wrong, what is kept, what holds."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from sichen.adapters import laboratory_keeping as keeping
from sichen.adapters import now
from sichen.adapters.laboratory_book import world_of
from sichen.adapters.laboratory_equipment import date_of
from sichen.adapters.laboratory_shown import affected_json, nonconformity_json, retained_json, trail_json
from sichen.cli.laboratory_options import AsJson, Data, Person, at_desk, who
from sichen.cli.output import print_json, print_table, say
from sichen.conformity import laboratory as lab
from sichen.core import Message

nonconforming_app = App(name="nonconforming", help="Work that does not conform, and the results it touches.")
retention_app = App(name="retention", help="What is kept, and for how long.")

Since = Annotated[str | None, Parameter(help="Since when it may have been wrong, such as its last good check.")]
Until = Annotated[str | None, Parameter(help="Until when; now when not given.")]


@nonconforming_app.command
def report(
    what: str,
    /,
    *,
    instrument: Annotated[str, Parameter(help="Which instrument was wrong.")] = "",
    since: Since = None,
    until: Until = None,
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Report work that does not conform, with every result that an instrument took in a period.

    Parameters
    ----------
    what
        What went wrong.
    """
    period = {
        "since": None if since is None else date_of(since),
        "until": None if until is None else date_of(until, end_of_day=True),
    }
    with at_desk(data) as folder:
        return _told(keeping.report(folder, what, person=who(person), instrument=instrument, **period), json=json)


@nonconforming_app.command
def affected(instrument: str, /, *, since: str, until: Until = None, data: Data = None, json: AsJson = False) -> int:
    """List the results that an instrument took in a period; leaves with 1 when there are any."""
    end = None if until is None else date_of(until, end_of_day=True)
    with at_desk(data) as folder:
        found = keeping.affected(folder, instrument=instrument, since=date_of(since), until=end)
    if json:
        print_json([affected_json(one) for one in found])
    else:
        print_table((one.case, one.serial, one.quantity) for one in found)
    return 1 if found else 0


@nonconforming_app.command
def advance(
    number: str,
    action: Literal["evaluated", "corrected", "closed"],
    /,
    *,
    note: Annotated[str, Parameter(help="What was found, done, or seen to work.")],
    recall: Annotated[bool, Parameter(negative=(), help="Certificates are to be revoked.")] = False,
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Take a report one step on."""
    with at_desk(data) as folder:
        return _told(keeping.advance(folder, number, action, note=note, person=who(person), recall=recall), json=json)


@nonconforming_app.command(name="list")
def list_reports(*, data: Data = None, json: AsJson = False) -> int:
    """List the reports, latest first; leaves with 1 while one is open."""
    with at_desk(data) as folder:
        found = list(reversed(list(world_of(folder).nonconformities.values())))
    if json:
        print_json([nonconformity_json(one) for one in found])
    else:
        _print(found)
    return 1 if any(one.stage != "closed" for one in found) else 0


@retention_app.command
def keep(subject: str, /, *, years: int, person: Person = "", data: Data = None, json: AsJson = False) -> int:
    """Begin to keep something for some years."""
    with at_desk(data) as folder:
        return _kept([keeping.shelve(folder, subject, years=years, person=who(person))], json=json)


@retention_app.command(name="list")
def list_kept(*, data: Data = None, json: AsJson = False) -> int:
    """List what is kept; leaves with 1 when something may be disposed of."""
    with at_desk(data) as folder:
        found = list(world_of(folder).retained.values())
    _kept(found, json=json, listed=True)
    return 1 if any(retained_json(one, now=now())["disposable"] for one in found) else 0


@retention_app.command
def hold(
    subject: str,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why; left out, it is let go.")] = "",
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Hold something back from disposal, such as for a complaint."""
    with at_desk(data) as folder:
        return _kept([keeping.hold(folder, subject, reason=reason, person=who(person))], json=json)


@retention_app.command
def dispose(
    subject: str,
    /,
    *,
    how: Annotated[str, Parameter(help="Returned, recycled, destroyed.")],
    person: Person = "",
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Note how something went; its records stay."""
    with at_desk(data) as folder:
        return _kept([keeping.dispose(folder, subject, how=how, person=who(person))], json=json)


def trail(subject: str = "", /, *, data: Data = None, json: AsJson = False) -> int:
    """Check that no step of the laboratory was changed, cut out or exchanged; leaves with 1 when one was.

    Parameters
    ----------
    subject
        One trail, such as case:2026-001; all of them when not given.
    """
    with at_desk(data) as folder:
        found = list(keeping.trails(folder, subject))
    if json:
        print_json([trail_json(one) for one in found])
    else:
        print_table(("✗" if one.faults else "✓", one.subject, str(one.steps)) for one in found)
        for one in found:
            for fault in one.faults:
                print(f"{one.subject}: {say(fault)}")
    return 1 if any(one.faults for one in found) else 0


def _told(one: lab.Nonconformity, *, json: bool) -> int:
    if json:
        print_json(nonconformity_json(one))
    else:
        _print([one])
        print_table((row.case, row.serial, row.quantity) for row in one.affected)
    return 0


def _print(found: list[lab.Nonconformity]) -> None:
    stages = {one.stage: say(Message(f"cli.laboratory.stage.{one.stage}")) for one in found}
    print_table((one.number, stages[one.stage], str(len(one.affected)), one.what) for one in found)


def _kept(found: list[lab.Retained], *, json: bool, listed: bool = False) -> int:
    rows = [retained_json(one, now=now()) for one in found]
    if json:
        print_json(list(rows) if listed else rows[0])
    else:
        print_table((str(row["subject"]), str(row["until"]), str(row["hold"] or row["disposed"])) for row in rows)
    return 0
