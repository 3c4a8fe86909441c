# SPDX-License-Identifier: Apache-2.0
"""Taking records into the log, handing out the proof of one watch, and verifying such a proof."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters import DataFolder
from sichen.adapters.ledger import desk
from sichen.adapters.named_files import read_named, write_named
from sichen.adapters.passport_desk import PassportDesk
from sichen.cli.output import note, print_json, say
from sichen.core import ConfigError, Message
from sichen.trace import BundleFinding, Trust, read_policy, verify_bundle
from sichen.trace.ledger import Policy

Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]
AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]


def seal(*, data: Data = None, json: AsJson = False) -> int:
    """Take the records that are not in the log yet into it, under a signed checkpoint."""
    with DataFolder.open(data) as folder, desk.open_ledger(folder) as ledger:
        done = desk.seal(folder, ledger)
    if json:
        print_json({"sealed": done.records, "size": done.size})
    else:
        print(say(Message("cli.trace.sealed", count=done.records, size=done.size)))
    return 0


def bundle(name: str, /, *, out: Path, data: Data = None) -> int:
    """Write the bundle of a watch: what the log knows of it, with proofs that hold without a network.

    Parameters
    ----------
    name
        A serial, a Digital Link, a subject such as watch:0042, or the digest of a record.
    out
        The file to write.
    """
    with DataFolder.open(data) as folder, desk.open_ledger(folder) as ledger:
        with PassportDesk(folder) as passports:
            named = passports.known(name)
        made = desk.bundle(folder, ledger, named)
    write_named(out, made)
    print(say(Message("cli.trace.bundled", file=str(out), size=len(made))))
    return 0


def verifier(*, out: Path, data: Data = None) -> int:
    """Write the page that verifies bundles in any browser, without a network; it believes this house's log.

    Parameters
    ----------
    out
        The HTML file to write.
    """
    with DataFolder.open(data) as folder, desk.open_ledger(folder) as ledger:
        page = desk.verifier(ledger)
    write_named(out, page)
    print(say(Message("cli.trace.page_written", file=str(out))))
    return 0


def verify_file(file: Path, *, trust: Path | None, data: Path | None, json: bool) -> int:
    """Verify a bundle and say what it proves; 0 when it is intact and its log trusted, else 1."""
    content = read_named(file)
    found = verify_bundle(content, trust=_trust(trust, data))
    if json:
        print_json({"file": str(file), **found.to_json()})
    else:
        _tell(file, found)
    return 0 if found.intact else 1


def _tell(file: Path, found: BundleFinding) -> None:
    print(f"{file}: {say(Message(f'cli.trace.{found.status}'))}")
    for reason in found.reasons:
        note("  " + say(reason))
    if found.checkpoint is not None:
        size, origin = found.checkpoint.size, found.checkpoint.origin
        print(say(Message("cli.trace.proved", count=len(found.entries), origin=origin, size=size)))


def _trust(policy: Path | None, data: Path | None) -> Trust:
    """Believe the policy that was named, else the ledger of the data folder."""
    if policy is not None:
        try:
            return Trust(read_policy(read_named(policy).decode("utf-8")))
        except UnicodeDecodeError as error:
            raise ConfigError(Message("trace.ledger.bad_policy", line=1, problem="UTF-8")) from error
    with DataFolder.open(data) as folder:
        if not desk.has_ledger(folder):
            return Trust(Policy())
        with desk.open_ledger(folder) as ledger:
            return desk.own_trust(ledger) if ledger.has_begun() else Trust(Policy())
