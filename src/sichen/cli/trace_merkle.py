# SPDX-License-Identifier: Apache-2.0
"""``sichen trace merkle``: whether a proof is one."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sichen.adapters.named_files import read_named
from sichen.cli.output import note, print_json, say
from sichen.trace import check_case

app = App(name="merkle", help="Proofs of Merkle trees.")


@app.command
def check(file: Path, /, *, json: Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")] = False) -> int:
    """Judge an inclusion or consistency proof of RFC 9162: prints accept or reject.

    Leaves with 0 when it is accepted, 1 when it is rejected, 2 when the file is no such case.

    Parameters
    ----------
    file
        A test case as JSON: leafIdx, treeSize, root, leafHash, proof, or size1, size2, root1, root2, proof.
    """
    found = check_case(read_named(file))
    verdict = "accept" if found.accepted else "reject"
    if json:
        print_json({"verdict": verdict, "reason": None if found.reason is None else found.reason.text("en")})
    else:
        print(verdict)
        if found.reason is not None:
            note("  " + say(found.reason))
    return 0 if found.accepted else 1
