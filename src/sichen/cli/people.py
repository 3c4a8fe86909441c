# SPDX-License-Identifier: Apache-2.0
"""``sichen people`` and ``sichen audit``: who may sign in to the workbench, and what was done with accounts.

Whoever may run this may read the data folder itself: these commands ask for no password, and the audit log names the
computer as the one who did it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters import DataFolder, read_configuration
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.people.desk import People, audit_log
from sichen.adapters.people.mandates import give_mandate
from sichen.adapters.people.store import restore_people
from sichen.cli.output import language, note, print_json, print_table, say
from sichen.core import JSON, DataError, Message
from sichen.trace.standing import EVERY_WATCH

app = App(name="people", help="Accounts of the workbench: add, list, roles, passwords, erase, back up.")

Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]
AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]


@contextmanager
def _people(data: Path | None) -> Iterator[People]:
    with DataFolder.open(data) as folder, People(folder) as people:
        yield people


@app.command
def add(
    account: str,
    /,
    *,
    role: str,
    name: str = "",
    ask: Annotated[
        bool, Parameter(negative=(), help="Ask for the password; one line of standard input where it is no terminal.")
    ] = False,
    data: Data = None,
) -> int:
    """Add an account; from the first one on everybody signs in to the workbench.

    Parameters
    ----------
    account
        What is typed to sign in: letters, digits and . @ + - _.
    role
        brand_admin, factory_line, qc, lab, retailer, service_centre, owner, insurer, officer, auditor or witness.
    name
        Of the person; the account by default.
    """
    with _people(data) as people:
        person, made = people.add(account, role, name=name, password=_asked() if ask else None)
    key = "cli.people.made" if made else "cli.people.added"
    note(say(Message(key, account=person.account, role=person.role)))
    if made:
        print(made)
    return 0


@app.command(name="list")
def listing(*, data: Data = None, json: AsJson = False) -> int:
    """List the accounts."""
    with _people(data) as people:
        found = people.store.people() if people.is_used() else ()
    if json:
        rows: list[JSON] = [
            {"account": one.account, "name": one.name, "role": one.role, "party": one.party, "id": one.id} for one in found
        ]
        print_json(rows)
    else:
        print_table((one.account, one.role, one.name, one.party) for one in found)
    return 0


@app.command
def role(account: str, new: str, /, *, data: Data = None) -> int:
    """Give another role; the person signs in again.

    Parameters
    ----------
    account
        Whose.
    new
        The role.
    """
    with _people(data) as people:
        people.set_role(account, new)
    return listing(data=data)


@app.command
def party(account: str, of: str = "", /, *, data: Data = None) -> int:
    """Say for which organisation somebody acts; without one he is of the house again.

    Parameters
    ----------
    account
        Whose.
    of
        GLN of 13 digits, its Digital Link, or another URN under which events name the house.
    """
    with _people(data) as people:
        people.set_party(account, of)
    return listing(data=data)


@app.command
def mandate(
    account: str,
    watch: str,
    /,
    *,
    days: Annotated[int, Parameter(help="For how long.")],
    test: Annotated[bool, Parameter(negative=(), help="To test the watch, not to look into its case.")] = False,
    data: Data = None,
) -> int:
    """Let an insurer, officer or auditor see a watch, or a laboratory test it, for some days.

    Parameters
    ----------
    account
        Whose.
    watch
        Serial number, Digital Link, or * for every watch.
    """
    with DataFolder.open(data) as folder, People(folder) as people, PassportDesk(folder) as desk:
        link = watch if watch == EVERY_WATCH else desk.link(watch)
        made = give_mandate(people, account, link, relation="tester" if test else "mandate", days=days)
    print(say(Message("cli.people.mandate", account=account, watch=link, until=made.end.isoformat()[:10])))
    return 0


@app.command
def requests(*, data: Data = None, json: AsJson = False) -> int:
    """List what was asked for that needs two persons, and how far it is."""
    with _people(data) as people:
        found = people.requests() if people.is_used() else ()
    if json:
        rows: list[JSON] = [{"number": one.number, "act": one.act, "subject": one.subject, "stage": one.stage} for one in found]
        print_json(rows)
    else:
        print_table((one.number, one.stage, one.act, one.subject) for one in found)
    return 0


@app.command
def reset(account: str, /, *, data: Data = None) -> int:
    """Make up a new password, to be changed at the next sign-in; sessions and passkeys end.

    Parameters
    ----------
    account
        Whose.
    """
    with _people(data) as people:
        made, person = people.reset(account), people.named(account)
    note(say(Message("cli.people.made", account=person.account, role=person.role)))
    print(made)
    return 0


@app.command
def remove(account: str, /, *, data: Data = None) -> int:
    """Erase a person for ever; leaves with 1 when traces are left. Backups that hold the person can no longer be opened.

    Parameters
    ----------
    account
        Whose.
    """
    with _people(data) as people:
        left, backups = people.remove(account)
    print(say(Message("cli.people.erased", account=account, left=left, backups=len(backups))))
    return 1 if left else 0


@app.command
def token(account: str, /, *, label: str = "", data: Data = None) -> int:
    """Make a token with which a program acts for an account, for 90 days: ``Authorization: Bearer …``.

    Parameters
    ----------
    account
        For whom; best one of its own, with the role that the program needs.
    label
        What the program is called.
    """
    with _people(data) as people:
        made = people.token_for(account, label=label)
    note(say(Message("cli.people.token", account=account)))
    print(made)
    return 0


@app.command
def backup(file: Path, /, *, data: Data = None) -> int:
    """Copy accounts and requests, while they are in use, into one sealed file.

    Parameters
    ----------
    file
        The backup to write.
    """
    with _people(data) as people:
        made = people.store.back_up(file)
    print(say(Message("cli.people.backed_up", file=str(file), name=made.name)))
    return 0


@app.command
def restore(
    file: Path,
    /,
    *,
    keys: Annotated[Path | None, Parameter(help="Folder that holds backup-keys; that of the people by default.")] = None,
    data: Data = None,
) -> int:
    """Open a backup into a data folder that has no accounts.

    Parameters
    ----------
    file
        The backup.
    """
    restore_people(file, data or read_configuration().data, keys=keys)
    print(say(Message("cli.people.restored", file=str(file))))
    return 0


def audit(*, last: int = 50, data: Data = None, json: AsJson = False) -> int:
    """Show the latest lines of the audit log: sign-ins, accounts, approvals.

    Parameters
    ----------
    last
        How many lines.
    """
    with DataFolder.open(data) as folder, People(folder) as people:
        lines = audit_log(folder, limit=last)
        names = dict(people.names()) if people.is_used() else {}
    if json:
        for line in lines:
            print_json({"digest": line.digest, **line.to_json()})
        return 0
    computer = "本机" if language() == "zh" else "computer"
    for line in lines:
        whom, by = line.subject.partition(":")[2], str(line.body["by"])
        about = " ".join(str(line.body[key]) for key in ("role", "number", "what", "about", "failures") if key in line.body)
        print_table(
            [
                [
                    line.instant.isoformat()[:19] + "Z",
                    str(line.body["act"]),
                    names.get(whom, whom),
                    about,
                    names.get(by, by) or computer,
                ]
            ]
        )
    return 0


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass(say(Message("cli.people.ask_password")))
    if first != getpass(say(Message("cli.people.ask_again"))):
        raise DataError(Message("cli.people.differ"))
    return first
