# SPDX-License-Identifier: Apache-2.0
"""What was in a watch, and which watches contain a lot: links that hold for a time, followed in both directions.

A part is in a watch while every link between them holds at once. A movement that was swapped out takes its parts with
it from that moment; what it contained before it was cased, or after it was taken out, never was in the watch.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from sichen.core import DataError, Instant, Message

K = TypeVar("K", bound=Hashable)
Span: TypeAlias = tuple[int, int]

FOREVER = 2**63 - 1
BEGINNING = -(2**63)
# Links of these kinds say who has a thing; all others say what it is in.
HOLDERS = frozenset({"shipment", "retailer", "owner", "service"})


@dataclass(frozen=True)
class Link(Generic[K]):
    """A thing that is in another, or with somebody, for a time.

    Parameters
    ----------
    child, parent : hashable
        What, and where it is: lot and part, movement and watch, watch and owner.
    start, end : int
        Nanoseconds since 1970, UTC; the end does not belong to the time. ``FOREVER`` while it holds.
    kind : str
        ``part``, ``casing`` …; the kinds in ``HOLDERS`` name a holder.

    Raises
    ------
    DataError
        If it ends before it begins, or a thing would be in itself.
    """

    child: K
    parent: K
    start: int
    end: int = FOREVER
    kind: str = "part"

    def __post_init__(self) -> None:
        if self.start >= self.end or self.child == self.parent:
            raise DataError(Message("trace.genealogy.bad_link", child=str(self.child), parent=str(self.parent)))


# A link as an index hands it over: child, parent, start, end, kind. Plain, because a recall goes through many.
LinkRow: TypeAlias = tuple[K, K, int, int, str]


class LinkIndex(Protocol[K]):
    """Where links are kept; answers for many things at once, so that a database is asked once a step."""

    def links_up(self, items: Sequence[K], /) -> Iterable[LinkRow[K]]:
        """Return all links whose child is among some things."""

    def links_down(self, items: Sequence[K], /) -> Iterable[LinkRow[K]]:
        """Return all links whose parent is among some things."""


class MemoryIndex(Generic[K]):
    """Links in memory.

    Parameters
    ----------
    links : iterable of Link
    """

    def __init__(self, links: Iterable[Link[K]] = ()) -> None:
        self._up: dict[K, list[LinkRow[K]]] = {}
        self._down: dict[K, list[LinkRow[K]]] = {}
        for link in links:
            row = (link.child, link.parent, link.start, link.end, link.kind)
            self._up.setdefault(link.child, []).append(row)
            self._down.setdefault(link.parent, []).append(row)

    def links_up(self, items: Sequence[K], /) -> Iterable[LinkRow[K]]:
        """Return all links whose child is among some things."""
        return (row for item in items for row in self._up.get(item, ()))

    def links_down(self, items: Sequence[K], /) -> Iterable[LinkRow[K]]:
        """Return all links whose parent is among some things."""
        return (row for item in items for row in self._down.get(item, ()))


@dataclass(frozen=True)
class Passage(Generic[K]):
    """A thing that was reached.

    Parameters
    ----------
    item : hashable
    spans : tuple of (int, int)
        When it was in the other, in order, apart from each other.
    depth : int >= 1
        Fewest links between them.
    """

    item: K
    spans: tuple[Span, ...]
    depth: int

    @property
    def lasting(self) -> bool:
        """Whether it is so until further notice."""
        return self.spans[-1][1] == FOREVER


@dataclass(frozen=True)
class RecallRow(Generic[K]):
    """One thing to call back.

    Parameters
    ----------
    item : hashable
        The outermost thing, usually a watch.
    spans : tuple of (int, int)
        When it contained the lot.
    contains : bool
        Whether it does at the moment asked for.
    holder : hashable or None
        Who has it at that moment, or had it last.
    holder_kind : str
        ``owner``, ``retailer`` … ; empty without holder.
    since : int or None
    """

    item: K
    spans: tuple[Span, ...]
    contains: bool
    holder: K | None
    holder_kind: str
    since: int | None


@dataclass(frozen=True)
class Recall(Generic[K]):
    """All things that contain a lot, or did.

    Parameters
    ----------
    lot : hashable
    at : int
    reached : int
        How many things the lot went into, parts and movements included.
    rows : tuple of RecallRow
    """

    lot: K
    at: int
    reached: int
    rows: tuple[RecallRow[K], ...]


def backward(index: LinkIndex[K], item: K, *, at: int | None = None, spans: Span | None = None) -> list[Passage[K]]:
    """Return what is, or was, in a thing, at any depth.

    Parameters
    ----------
    index : LinkIndex
    item : hashable
    at : int, optional
        Only what was in it at this moment, in nanoseconds UTC.
    spans : (int, int), optional
        Only what was in it during this time. Without both: ever.

    Returns
    -------
    list of Passage
        Nearest first.

    Examples
    --------
    >>> links = [Link("lot 7", "movement 1", 0), Link("movement 1", "watch 5", 10, 20), Link("movement 2", "watch 5", 20)]
    >>> [(found.item, found.spans) for found in backward(MemoryIndex(links), "watch 5", at=15)]
    [('movement 1', ((15, 16),)), ('lot 7', ((15, 16),))]
    >>> [found.item for found in backward(MemoryIndex(links), "watch 5", at=25)]
    ['movement 2']
    """

    def step(items: Sequence[K]) -> Iterable[_Step[K]]:
        return ((parent, child, a, b) for child, parent, a, b, kind in index.links_down(items) if kind not in HOLDERS)

    return _walk(item, _window(at, spans), step)


def forward(index: LinkIndex[K], item: K, *, at: int | None = None, spans: Span | None = None) -> list[Passage[K]]:
    """Return what a thing is in, or was, at any depth; parameters as for `backward`.

    Examples
    --------
    >>> links = [Link("lot 7", "movement 1", 0), Link("movement 1", "watch 5", 10, 20)]
    >>> [(found.item, found.spans) for found in forward(MemoryIndex(links), "lot 7")][1]
    ('watch 5', ((10, 20),))
    """

    def step(items: Sequence[K]) -> Iterable[_Step[K]]:
        return ((child, parent, a, b) for child, parent, a, b, kind in index.links_up(items) if kind not in HOLDERS)

    return _walk(item, _window(at, spans), step)


def recall(index: LinkIndex[K], lot: K, *, at: Instant) -> Recall[K]:
    """Find every thing that contains a lot or did, and who has it.

    Parameters
    ----------
    index : LinkIndex
    lot : hashable
    at : Instant
        The moment for which holders are wanted.

    Returns
    -------
    Recall
        A row for each outermost thing, and for each thing inside another that somebody holds on its own.

    Examples
    --------
    >>> links = [Link("lot 7", "watch 5", 10), Link("watch 5", "Ms Lin", 30, kind="owner")]
    >>> row = recall(MemoryIndex(links), "lot 7", at=Instant(40)).rows[0]
    >>> row.item, row.contains, row.holder
    ('watch 5', True, 'Ms Lin')
    """
    inner: set[K] = set()
    holders: dict[K, LinkRow[K]] = {}

    def step(items: Sequence[K]) -> Iterable[_Step[K]]:
        for row in index.links_up(items):
            child, parent, start, end, kind = row
            if kind not in HOLDERS:
                inner.add(child)
                yield child, parent, start, end
            elif start <= at.ns and _later(row, holders.get(child), at.ns):
                holders[child] = row

    found = _walk(lot, (BEGINNING, FOREVER), step)
    rows = [_row(passage, holders.get(passage.item), at.ns) for passage in found if _outermost(passage.item, inner, holders)]
    return Recall(lot, at.ns, len(found), tuple(rows))


_Step: TypeAlias = tuple[K, K, int, int]


def _window(at: int | None, spans: Span | None) -> Span:
    if at is not None:
        return at, at + 1
    return spans if spans is not None else (BEGINNING, FOREVER)


def _walk(item: K, window: Span, step: Callable[[Sequence[K]], Iterable[_Step[K]]]) -> list[Passage[K]]:
    """Spread from a thing; only time not yet covered goes on, so that rings in bad data come to an end."""
    covered: dict[K, list[Span]] = {}
    depths: dict[K, int] = {}
    frontier: dict[K, list[Span]] = {item: [window]}
    depth = 0
    while frontier:
        depth += 1
        following: dict[K, list[Span]] = {}
        for near, far, start, end in step(list(frontier)):
            for begin, stop in frontier[near]:
                fresh = _add(covered.setdefault(far, []), max(begin, start), min(stop, end))
                if fresh:
                    following.setdefault(far, []).extend(fresh)
                    depths.setdefault(far, depth)
        frontier = following
    return [Passage(reached, tuple(covered[reached]), depths[reached]) for reached in depths if reached != item]


def _add(spans: list[Span], start: int, end: int) -> list[Span]:
    """Add a span to spans that are in order and apart; return the parts of it that are new."""
    if start >= end:
        return []
    if not spans:
        spans.append((start, end))
        return [(start, end)]
    fresh: list[Span] = []
    place = start
    low, high, kept = start, end, []
    for begin, stop in spans:
        if stop < start or begin > end:
            kept.append((begin, stop))
            continue
        if begin > place:
            fresh.append((place, begin))
        place = max(place, stop)
        low, high = min(low, begin), max(high, stop)
    if place < end:
        fresh.append((place, end))
    spans[:] = sorted([*kept, (low, high)])
    return fresh


def _later(row: LinkRow[K], known: LinkRow[K] | None, at: int) -> bool:
    """Prefer whoever holds it at the moment, then whoever held it last."""
    return known is None or (row[3] > at, row[2]) > (known[3] > at, known[2])


def _outermost(item: K, inner: set[K], holders: dict[K, LinkRow[K]]) -> bool:
    return item not in inner or item in holders


def _row(passage: Passage[K], holder: LinkRow[K] | None, at: int) -> RecallRow[K]:
    contains = any(start <= at < end for start, end in passage.spans)
    if holder is None:
        return RecallRow(passage.item, passage.spans, contains, None, "", None)
    _, parent, since, _, kind = holder
    return RecallRow(passage.item, passage.spans, contains, parent, kind, since)
