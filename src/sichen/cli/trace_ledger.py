# SPDX-License-Identifier: Apache-2.0
"""``sichen trace ledger``: the log's state, proof that it is whole, its keys, backups, witnesses and static files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters import DataFolder, read_configuration
from sichen.adapters.ledger import desk
from sichen.adapters.ledger.backups import back_up
from sichen.adapters.ledger.backups import restore as restore_backup
from sichen.adapters.ledger.key_folder import KeyFolder
from sichen.adapters.ledger.opening import HouseLedger
from sichen.adapters.ledger.publishing import publish as publish_files
from sichen.adapters.named_files import write_named
from sichen.adapters.people.desk import People
from sichen.cli.output import print_json, print_table, say
from sichen.core import JSON, Message

app = App(name="ledger", help="The log nobody can rewrite: state, keys, backups, witnesses.")
app.command("sichen.cli.trace_witness:witness", name="witness", help="Have the latest checkpoint cosigned.")

Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]
AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]


@contextmanager
def _ledger(data: Path | None) -> Iterator[HouseLedger]:
    with DataFolder.open(data) as folder, desk.open_ledger(folder) as ledger:
        yield ledger


@app.command
def begin(*, origin: str | None = None, data: Data = None) -> int:
    """Make the keys and the first leaf of the log, under a name of your choice.

    Parameters
    ----------
    origin
        Name of the log, best an address of the house, such as watches.example/log; random when not given.
    """
    with _ledger(data) as ledger:
        ledger.begin(origin)
        print(say(Message("cli.trace.begun", origin=ledger.key_log().origin, folder=str(ledger.recovery.path))))
    return 0


@app.command
def status(*, data: Data = None, json: AsJson = False) -> int:
    """Show how large the log is and who signs it."""
    with DataFolder.open(data) as folder, desk.open_ledger(folder) as ledger:
        waiting = desk.awaiting(folder, ledger)
        checkpoint = ledger.reader.checkpoint()
        if checkpoint is None:
            if json:
                print_json({"size": 0, "awaiting": waiting})
            else:
                print(say(Message("cli.trace.empty")), say(Message("cli.trace.waiting", count=waiting)), sep="\n")
            return 0
        keys = ledger.key_log().keys_for(checkpoint.size)
        cosigned = ledger.reader.cosigned()
    latest = cosigned[-1] if cosigned else None
    if json:
        head: dict[str, JSON] = {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
        print_json({**head, "awaiting": waiting, "cosigned": latest, "keys": [key.text for key in keys]})
    else:
        signed = ", ".join(key.algorithm.name for key in keys)
        print(say(Message("cli.trace.state", origin=checkpoint.origin, size=checkpoint.size, signed=signed)))
        print(say(Message("cli.trace.waiting", count=waiting)))
        print(checkpoint.body, end="")
    return 0


@app.command
def verify(*, data: Data = None, json: AsJson = False) -> int:
    """Compute everything that the ledger keeps again and compare; leaves with 1 when something was changed."""
    with _ledger(data) as ledger:
        checkpoint = ledger.reader.checkpoint()
        found = list(desk.verify_ledger(ledger))
    if json:
        problems = [{"leaf": one.leaf, "problem": one.message.text("en")} for one in found]
        print_json({"size": 0 if checkpoint is None else checkpoint.size, "problems": problems})
    else:
        for one in found:
            print(say(one.message))
        print(say(Message("cli.trace.checked", size=0 if checkpoint is None else checkpoint.size, problems=len(found))))
    return 1 if found else 0


@app.command
def backup(file: Path, /, *, data: Data = None) -> int:
    """Copy the ledger, while it is in use, into one sealed file; its key stays in backup-keys.

    Parameters
    ----------
    file
        The backup to write.
    """
    with _ledger(data) as ledger:
        made = back_up(ledger.writer, file, folder=ledger.folder)
        print(say(Message("cli.trace.backed_up", file=str(file), size=made.size, name=made.name, folder=str(ledger.folder))))
    return 0


@app.command
def restore(
    file: Path,
    /,
    *,
    keys: Annotated[Path | None, Parameter(help="Folder that holds backup-keys; the ledger's own by default.")] = None,
    data: Data = None,
) -> int:
    """Open a backup into a data folder that has no ledger database, and check it.

    Parameters
    ----------
    file
        The backup.
    """
    folder = (data or read_configuration().data) / desk.FOLDER
    restore_backup(file, folder / HouseLedger.FILE, folder=keys or folder)
    return verify(data=data)


@app.command
def keys(
    *,
    policy: Annotated[Path | None, Parameter(help="Write what verifiers must trust into this file.")] = None,
    data: Data = None,
) -> int:
    """Show the keys of the log, since which size each holds, and whether the recovery keys are away."""
    with _ledger(data) as ledger:
        if policy is not None:
            write_named(policy, desk.policy_text(ledger))
        for period in ledger.key_log().periods:
            for key in period.keys:
                print_table([[f"{period.first} …", key.algorithm.name, key.key_id.hex(), key.fingerprint]])
        present = ledger.recovery.has(ledger.key_log().periods[-1].recovery)
        print(
            say(Message("cli.trace.recovery_here" if present else "cli.trace.recovery_away", folder=str(ledger.recovery.path)))
        )
    return 0


@app.command
def rotate(
    *,
    stolen_since: Annotated[int | None, Parameter(help="The keys were stolen: last size that you signed yourself.")] = None,
    recovery: Annotated[Path | None, Parameter(help="Folder with the recovery keys, out of the safe.")] = None,
    approval: Annotated[str, Parameter(help="Number of the approved request, where two persons have to agree.")] = "",
    data: Data = None,
) -> int:
    """Replace the keys of the log; the old ones sign for the new ones, or the recovery keys do when they were stolen."""
    with _ledger(data) as ledger, DataFolder.open(data) as folder, People(folder) as people:
        if stolen_since is None:
            receipt = people.together("key_ceremony", f"log:{ledger.key_log().origin}", approval, ledger.rotate)
        else:
            receipt = ledger.declare_compromise(since=stolen_since, recovery=None if recovery is None else KeyFolder(recovery))
        print(say(Message("cli.trace.rotated", size=receipt.size)))
    return 0


@app.command
def publish(folder: Path | None = None, /, *, data: Data = None) -> int:
    """Write the log as static files that any web server can hand out: hashes and commitments, no event.

    Parameters
    ----------
    folder
        Where; published in the ledger's folder by default.
    """
    with _ledger(data) as ledger:
        target = folder or ledger.folder / desk.PUBLISHED
        done = publish_files(ledger.reader, target)
    print(say(Message("cli.trace.published", folder=str(target), files=done.files, size=done.size)))
    return 0


@app.command
def erase(
    leaf: list[int],
    /,
    *,
    reason: Annotated[str, Parameter(help="Why, without naming anybody: it stays in the log.")],
    data: Data = None,
) -> int:
    """Erase what leaves say, for ever; backups that hold it can no longer be opened.

    Parameters
    ----------
    leaf
        Numbers of leaves.
    """
    with DataFolder.open(data) as folder, desk.open_ledger(folder) as ledger:
        done = desk.erase(folder, ledger, leaf, reason=reason)
    print(say(Message("cli.trace.erased", count=len(done.leaves), left=done.left, backups=len(done.backups))))
    return 1 if done.left else 0
