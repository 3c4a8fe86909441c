# SPDX-License-Identifier: Apache-2.0
"""The tree behind a record as a page shows it: one row a node, its figures, and whether its digest holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sichen.adapters import DataFolder
from sichen.core import JSON, Artifact, Evidence, Record, is_figure, why

State = Literal["unchecked", "good", "wrong", "missing"]


@dataclass(frozen=True)
class Node:
    """One record or artifact of the tree."""

    depth: int
    role: str
    digest: str
    record: Record | None
    artifact: Artifact | None
    state: State


def tree(digest: str, folder: DataFolder, *, verify: bool = False) -> tuple[Node, ...]:
    """Return the tree behind a record, parents first.

    Parameters
    ----------
    digest : str
        Full digest.
    folder : DataFolder
    verify : bool
        Whether to compute every digest anew, which reads all raw data.
    """
    found = list(why(digest, folder.records).walk())
    changed = {problem.digest for problem in folder.verify(node.digest for _, node in found)[1]} if verify else None
    return tuple(
        Node(depth, node.role, node.digest, node.record, node.artifact, _state(node, changed)) for depth, node in found
    )


def facts(body: Mapping[str, JSON], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the plain facts of a body, by dotted name; long lists are counted, not shown."""
    for name, value in body.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            if not is_figure(value):
                yield from facts(value, f"{path}.")
        elif isinstance(value, list | tuple):
            yield path, ", ".join(map(str, value)) if len(value) <= 6 else f"[{len(value)}]"  # noqa: PLR2004 - a line
        elif value is not None:
            yield path, str(value)


def _state(node: Evidence, changed: set[str] | None) -> State:
    if node.record is None and node.artifact is None:
        return "missing"
    if changed is None:
        return "unchecked"
    return "wrong" if node.digest in changed else "good"
