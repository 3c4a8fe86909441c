# SPDX-License-Identifier: Apache-2.0
"""``sichen trace recall``: every watch that contains a lot, and who has it."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters import DataFolder, now
from sichen.adapters.genealogy_desk import open_genealogy
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.people.desk import People
from sichen.adapters.people.two_persons import Wanted, do
from sichen.cli.output import note, print_json, print_table, say
from sichen.core import JSON, Instant, Message
from sichen.trace import FOREVER, RecallRow


def recall(
    lot: str,
    /,
    *,
    at: Annotated[str | None, Parameter(help="Moment for the holders, 2026-11-23T08:00:00Z; now by default.")] = None,
    links: Annotated[Path | None, Parameter(help="CSV of links to read first: child,parent,start,end,kind.")] = None,
    announce: Annotated[
        str, Parameter(help="Mark what contains it as recalled, with this note to its owners; needs two persons of the house.")
    ] = "",
    approval: Annotated[str, Parameter(help="Number of the approved request, where two persons agree.")] = "",
    data: Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")] = None,
    json: Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON object.")] = False,
) -> int:
    """List what contains a lot, or did, and who has it.

    Parameters
    ----------
    lot
        The lot, part or movement as the links name it.
    """
    moment = now() if at is None else Instant.parse(at)
    open_genealogy(data, links).close()
    with DataFolder.open(data) as folder, PassportDesk(folder) as desk:
        found = desk.recall(lot, at=moment)
        if announce:
            with People(folder) as people:
                do(desk, people, Wanted("recall", desk.lot(lot), announce), number=approval, at=moment)
    if json:
        rows: list[JSON] = [_row(row) for row in found.rows]
        print_json({"lot": lot, "at": moment.isoformat(), "reached": found.reached, "items": rows})
        return 0
    words = ("item", "contains", "holder", "kind", "since")
    print_table(
        (
            (
                row.item,
                say(Message("cli.recall.yes" if row.contains else "cli.recall.no_longer")),
                row.holder or "—",
                row.holder_kind or "—",
                _time(row.since),
            )
            for row in found.rows
        ),
        header=[say(Message(f"cli.recall.{word}")) for word in words],
    )
    note(say(Message("cli.recall.summary", lot=lot, count=len(found.rows), inside=sum(row.contains for row in found.rows))))
    return 0


def _row(row: RecallRow[str]) -> JSON:
    spans: list[JSON] = [{"start": _time(start), "end": None if end == FOREVER else _time(end)} for start, end in row.spans]
    return {
        "item": row.item,
        "contains": row.contains,
        "spans": spans,
        "holder": row.holder,
        "holder_kind": row.holder_kind or None,
        "since": None if row.since is None else _time(row.since),
    }


def _time(nanoseconds: int | None) -> str:
    return "—" if nanoseconds is None else Instant(nanoseconds).isoformat()
