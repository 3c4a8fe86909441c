# SPDX-License-Identifier: Apache-2.0
"""The tree behind a record as a page shows it: one row a node, its figures, and whether its digest holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sichen.core import JSON, Artifact, Evidence, Record, digest_of_chunks, why
from sichen.web.bodies import is_figure
from sichen.web.folder import DataFolder

State = Literal["unchecked", "good", "wrong", "missing"]
BLOCK = 1 << 20


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
    nodes = []
    for depth, node in why(digest, folder.records).walk():
        nodes.append(Node(depth, node.role, node.digest, node.record, node.artifact, _state(node, folder, verify=verify)))
    return tuple(nodes)


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


def _state(node: Evidence, folder: DataFolder, *, verify: bool) -> State:
    if node.record is None and node.artifact is None:
        return "missing"
    if not verify:
        return "unchecked"
    if node.record is not None:
        return "good" if node.record.digest == node.digest else "wrong"
    with folder.artifacts.open(node.digest) as raw:
        return "good" if digest_of_chunks(iter(lambda: raw.read(BLOCK), b"")) == node.digest else "wrong"
