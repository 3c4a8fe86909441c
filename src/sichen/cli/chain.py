# SPDX-License-Identifier: Apache-2.0
"""``sichen chain``: one figure, opened station by station down to the second, to a recording and to a source row."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters import DataFolder
from sichen.adapters.chain_desk import WAYS, Link, chain_json, chain_of
from sichen.cli.output import complain, print_json, print_table, say
from sichen.core import Message


def chain(
    digest: str | None = None,
    /,
    *,
    data: Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")] = None,
    json: Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")] = False,
) -> int:
    """Show how a figure rests on the stations of the chain, from industry and brand down to the second.

    Leaves with 0 when all that it rests on is here, 1 when something is missing.

    Parameters
    ----------
    digest
        Of a record; by default the newest figure that is farthest from the second.
    """
    with DataFolder.open(data) as folder:
        found = chain_of(folder, digest)
    if found is None:
        complain(Message("cli.chain.empty"))
        return 1
    if json:
        print_json(chain_json(found))
        return 1 if found.holes else 0
    print_table(((name, str(count)) for name, count in found.counts.items()))
    for to in WAYS:
        way = found.way(to=to)
        if way:
            print(f"\n{say(Message(f'cli.chain.way.{to}'))}")
            print_table((f"  {one.digest[7:19]}", one.role, *_what(one)) for one in way)
    if found.holes:
        print(say(Message("cli.chain.holes", count=len(found.holes))))
    return 1 if found.holes else 0


def _what(one: Link) -> tuple[str, str]:
    if one.record is not None:
        return one.record.kind, one.record.subject
    return ("", "") if one.artifact is None else (one.artifact.media_type, one.artifact.name)
