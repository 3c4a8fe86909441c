# SPDX-License-Identifier: Apache-2.0
"""The slow and obvious way: every path on its own, its intervals intersected, the results united."""

from collections.abc import Iterator, Sequence

from sichen.trace import FOREVER, Link

BEGINNING = -(2**63)


def paths(
    history: Sequence[Link[str]], item: str, start: int, end: int, seen: frozenset[str], *, upward: bool
) -> Iterator[tuple[str, int, int]]:
    """Yield the end of every path that visits nothing twice, with the time during which all its links hold."""
    for link in history:
        near, far = (link.child, link.parent) if upward else (link.parent, link.child)
        low, high = max(start, link.start), min(end, link.end)
        if near == item and far not in seen and low < high:
            yield far, low, high
            yield from paths(history, far, low, high, seen | {far}, upward=upward)


def by_enumeration(
    history: Sequence[Link[str]], item: str, *, at: int | None, upward: bool
) -> dict[str, tuple[tuple[int, int], ...]]:
    """Return the times during which each thing is reached."""
    window = (BEGINNING, FOREVER) if at is None else (at, at + 1)
    found: dict[str, list[tuple[int, int]]] = {}
    for far, low, high in paths(history, item, *window, frozenset({item}), upward=upward):
        found.setdefault(far, []).append((low, high))
    return {far: united(spans) for far, spans in found.items()}


def united(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Join spans that overlap or touch."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return tuple(joined)
