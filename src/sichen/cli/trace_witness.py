# SPDX-License-Identifier: Apache-2.0
"""``sichen trace ledger witness``: somebody else signs that the log only ever grew."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sichen.adapters import DataFolder
from sichen.adapters.ledger import desk
from sichen.adapters.ledger.witnessing import Witness, cosign, witness_at
from sichen.cli.output import say
from sichen.core import Message
from sichen.trace import VerifierKey


def witness(
    where: str,
    /,
    *,
    name: Annotated[str, Parameter(help="Of a witness that is made in a folder here.")] = "sichen.local/witness",
    key: Annotated[list[str] | None, Parameter(help="Public key of a witness at an address, one line each.")] = None,
    data: Annotated[Path | None, Parameter(name="--data", help="Data folder; by default the user's own.")] = None,
) -> int:
    """Have the latest checkpoint cosigned: by a witness at an address, or by one in a folder, such as a stick in a safe.

    Leaves with 1 when the witness refuses, because the log does not continue the one that it signed before.

    Parameters
    ----------
    where
        Address before /add-checkpoint, or a folder.
    """
    with DataFolder.open(data) as folder, desk.open_ledger(folder) as ledger:
        writer = ledger.writer
        if where.startswith(("http://", "https://")):
            known, ask = tuple(VerifierKey.parse(text) for text in key or ()), witness_at(where)
        else:
            local = Witness(Path(where), name=name)
            local.watch(ledger.key_log().periods[-1].keys)
            known, ask = local.keys, local.add_checkpoint
        note = cosign(writer, ledger.reader, ask, known)
        desk.remember_witness(ledger, known)
    names = ", ".join(sorted({one.name for one in known}))
    print(say(Message("cli.trace.cosigned", names=names, lines=len(note.lines))))
    return 0
