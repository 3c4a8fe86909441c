# SPDX-License-Identifier: Apache-2.0
"""A process that appends until it is killed: prints size, root and identity of what was acknowledged, one a line."""

import random
import sys
from pathlib import Path

from sichen.adapters.ledger.opening import HouseLedger
from sichen.trace.ledger import Entry


def main(folder: str, seed: str) -> None:
    """Append for ever."""
    lot = random.Random(int(seed))  # noqa: S311 - dice, not keys
    with HouseLedger(Path(folder)) as ledger:
        while True:
            entry = Entry.of_json("erasure", {"leaves": [], "n": lot.getrandbits(52), "seed": int(seed)})
            receipt = ledger.writer.append([entry])
            print(receipt.size, receipt.root.hex(), entry.identity.hex(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
