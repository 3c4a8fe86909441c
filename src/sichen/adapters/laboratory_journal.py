# SPDX-License-Identifier: Apache-2.0
"""The journal of the laboratory: a file that only grows, with a line for each step, beside the database.

Each record names the one before it, so a step cut out of the middle is seen; nothing names the last one. Its line here does.
"""

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from sichen.core import Record

JOURNAL = "laboratory.journal"

Trail = tuple[str, str]
"""Kind and subject."""


def note_steps(place: Path, records: Iterable[Record]) -> None:
    """Note steps that were kept.

    The steps stand whether or not the line can be written: a full disk must not make somebody repeat what is kept.
    """
    lines = "".join(json.dumps([one.kind, one.subject, one.digest]) + "\n" for one in records)
    with contextlib.suppress(OSError), (place / JOURNAL).open("ab", buffering=0) as file:
        file.write(lines.encode("ascii"))
        os.fsync(file.fileno())


def noted_steps(place: Path) -> Mapping[Trail, tuple[str, ...]]:
    """Return the digests that were noted of each trail; a line that a crash tore is passed over."""
    found: dict[Trail, list[str]] = {}
    with contextlib.suppress(OSError), (place / JOURNAL).open("rb") as file:
        for line in file:
            with contextlib.suppress(ValueError):
                kind, subject, digest = (str(one) for one in json.loads(line))
                found.setdefault((kind, subject), []).append(digest)
    return {trail: tuple(digests) for trail, digests in found.items()}
