# SPDX-License-Identifier: Apache-2.0
"""Records: what there is, why it is so, and whether it is still what was written."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

from cyclopts import Parameter

from sichen.adapters import DataFolder
from sichen.adapters.named_files import is_file
from sichen.adapters.verification import Problem
from sichen.adapters.whole_folder import accept as accept_file
from sichen.adapters.whole_folder import verify_folder
from sichen.cli.output import complain, language, print_json, print_table, say
from sichen.core import JSON, ConfigError, Evidence, Figure, Message, digest_prefix, glossary
from sichen.core import why as open_evidence
from sichen.core.figure import is_figure

if TYPE_CHECKING:
    from sichen.adapters.ledger.desk import Inclusion

Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")]
MOST = 1_000_000
SIGNED = {"beat_error": True, "beat_error_unlock": True, "instability": False}
"""Figures whose plus sign is shown, or not, against the custom of their unit."""
AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]


def why(digest: str, /, *, data: Data = None, json: AsJson = False) -> int:
    """Open a record down to raw data.

    Parameters
    ----------
    digest
        Digest of a record or of raw data; the first 8 digits are enough.
    """
    with DataFolder.open(data) as folder:
        tree = open_evidence(folder.records.resolve(digest_prefix(digest)), folder.records)
        sealed = _sealed(folder, tree.digest)
    if json:
        print_json(_tree(tree))
    else:
        for depth, node in tree.walk():
            for line in _lines(node):
                print("    " * depth + line)
        if sealed is not None:
            print(say(_standing(sealed)))
    return 0


def verify(
    digest: str | None = None,
    /,
    *,
    everything: Annotated[bool, Parameter(name="--all", negative=())] = False,
    accept: Annotated[str | None, Parameter(help="A file of the data folder that you changed yourself.")] = None,
    trust: Annotated[Path | None, Parameter(help="Policy file: whose logs to believe, for a bundle.")] = None,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Prove, without a network, that a record and all it rests on, or a bundle, are unchanged.

    Parameters
    ----------
    digest
        Digest of a record or of raw data, or the file of a bundle.
    everything
        Check the whole data folder: every record, recording, database, key and setting.
    """
    if accept is not None:
        accept_file(accept, data)
        print(say(Message("cli.accepted", name=accept)))
        return 0
    if digest is None:
        if not everything:
            complain(Message("cli.verify_what"))
            return 2
        found = verify_folder(data)
        return _told(found.count, found.problems, json=json, open_files=found.open)
    # A name with a dot or a stroke is meant as a file, and it is told when there is none.
    if is_file(digest) or "." in digest or "/" in digest:
        from sichen.cli.trace_bundle import verify_file

        return verify_file(Path(digest), trust=trust, data=data, json=json)
    with DataFolder.open(data) as folder:
        sealed = _sealed(folder, digest)
        tree = open_evidence(folder.records.resolve(digest_prefix(digest)), folder.records)
        checked, problems = folder.verify([node.digest for _, node in tree.walk()])
    return _told(checked, problems, json=json, sealed=sealed)


def _told(
    checked: int,
    problems: Sequence[Problem],
    *,
    json: bool,
    open_files: Sequence[str] = (),
    sealed: "Inclusion | None" = None,
) -> int:
    """Print what a check found, and return its exit code."""
    if json:
        print_json(
            {
                "checked": checked,
                "problems": [{"digest": found.digest, "problem": found.message.text("en")} for found in problems],
                "sealed": None if sealed is None else {"origin": sealed.origin, "leaf": sealed.leaf, "size": sealed.size},
                "open": list(open_files),
            }
        )
        return 1 if problems else 0
    for found in problems:
        print(f"{found.digest}  {say(found.message)}".strip())
    print(say(Message("cli.verified", checked=checked, problems=len(problems))))
    if open_files:
        print(say(Message("cli.verified_open", names=", ".join(open_files))))
    if sealed is not None:
        print(say(_standing(sealed)))
    return 1 if problems else 0


def records(
    *, kind: str | None = None, subject: str | None = None, limit: int = 20, data: Data = None, json: AsJson = False
) -> int:
    """List records, newest first.

    Parameters
    ----------
    kind
        Only this kind, e.g. bench.reading.
    subject
        Only about this, e.g. watch:0042.
    limit
        How many at the most.
    """
    if not 1 <= limit <= MOST:
        raise ConfigError(Message("cli.limit", found=str(limit)[:20], most=str(MOST)))
    with DataFolder.open(data) as folder:
        found = list(folder.records.find(kind=kind, subject=subject, limit=limit))
    if json:
        for record in found:
            print_json({"digest": record.digest, **record.to_json()})
    else:
        print_table((record.digest[7:19], record.instant.isoformat()[:19], record.kind, record.subject) for record in found)
    return 0


def _sealed(folder: DataFolder, digest: str | None) -> "Inclusion | None":
    """Find a record in the log of the data folder, if there is one; the proof is verified."""
    from sichen.adapters.ledger import desk

    if digest is None or not desk.has_ledger(folder):
        return None
    with desk.open_ledger(folder) as ledger:
        return desk.inclusion(ledger, folder.records.resolve(digest_prefix(digest)))


def _standing(sealed: "Inclusion") -> Message:
    return Message("cli.trace.stands", leaf=sealed.leaf, origin=sealed.origin, size=sealed.size)


def _lines(node: Evidence) -> list[str]:
    role = f"{node.role}: " if node.role else ""
    short = node.digest[7:19]
    if node.record is not None:
        record = node.record
        head = f"{role}{record.kind}  {record.subject}  {short}"
        return [head, f"  {record.method} {record.version}, {record.instant.isoformat()[:19]}Z", *_figures(record.body)]
    if node.artifact is not None:
        return [f"{role}{node.artifact.name}  {node.artifact.media_type}, {node.artifact.size} B  {short}"]
    return [f"{role}{short}  " + say(Message("cli.not_kept"))]


def _figures(body: object) -> list[str]:
    """Return a line for each measured figure of a record's body."""
    lines = []
    for name, value in cast("dict[str, JSON]", body).items():
        if isinstance(value, dict) and is_figure(value):
            figure = Figure.from_json(value)
            reason = "" if figure.reason is None else f"  ({say(figure.reason)})"
            lines.append(f"  {_called(name)} {figure.text(language(), signed=SIGNED.get(name))}{reason}")
    return lines


def _called(name: str) -> str:
    return glossary()[name].text(language()) if name in glossary() else name.replace("_", " ")


def _tree(node: Evidence) -> dict[str, JSON]:
    return {
        "role": node.role,
        "digest": node.digest,
        "record": None if node.record is None else node.record.to_json(),
        "artifact": None if node.artifact is None else vars(node.artifact).copy(),
        "rests_on": [_tree(below) for below in node.rests_on],
    }
