# SPDX-License-Identifier: Apache-2.0
"""Genealogy: equal to brute force on random histories; how fast a million watches answer.

Each watch has a movement of eight lots, four lots of its own, and three holders one after the other; one watch in fifty had
its movement swapped. Sixteen links a watch.
"""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw
from tests.trace.genealogy_histories import by_enumeration

from sichen.adapters.genealogy_store import GenealogyStore
from sichen.core import Instant
from sichen.trace import FOREVER, Link, MemoryIndex, backward, forward

WATCHES, LOT = 1_000_000, 2_500
MOVEMENT_LOTS, WATCH_LOTS = 8, 4
YEAR = 365 * 86_400 * 10**9
BACKWARD_LIMIT, RECALL_LIMIT = 5e-3, 0.2


def main(options: list[str]) -> int:
    """Print both tables and return how many limits were missed."""
    quick = "--quick" in options
    return _agreement(1_000 if quick else 10_000) + _speed(WATCHES // 20 if quick else WATCHES)


def _agreement(count: int) -> int:
    wrong = 0
    for seed in range(count):
        history = _history(random.Random(seed))  # noqa: S311 - a simulation
        index = MemoryIndex(history)
        at = seed % 30 if seed % 3 else None
        for item in {link.parent for link in history}:
            wrong += _found(backward(index, item, at=at)) != by_enumeration(history, item, at=at, upward=False)
        for item in {link.child for link in history}:
            wrong += _found(forward(index, item, at=at)) != by_enumeration(history, item, at=at, upward=True)
    print(
        f"\nGenealogy\n  {count} random histories with swaps and rings: {wrong} answers differ from the enumeration of paths (limit 0)"
    )
    return int(wrong > 0)


def _found(passages: list) -> dict:  # type: ignore[type-arg]
    return {passage.item: passage.spans for passage in passages}


def _history(source: random.Random) -> list[Link[str]]:
    """Return lots, parts, movements and watches with swaps, and a few links at random that may close rings."""
    links: list[Link[str]] = []
    for watch in range(3):
        moments = sorted(source.sample(range(30), 3))
        for start, end in zip(moments, [*moments[1:], FOREVER], strict=True):
            links.append(Link(f"movement {source.randrange(4)}", f"watch {watch}", start, end, "casing"))
    for movement in range(4):
        links += [Link(f"part {source.randrange(4)}", f"movement {movement}", source.randrange(20)) for _ in range(2)]
    links += [Link(f"lot {source.randrange(3)}", f"part {part}", source.randrange(10)) for part in range(4)]
    names = sorted({name for link in links for name in (link.child, link.parent)})
    for _ in range(source.randrange(4)):
        child, parent = source.sample(names, 2)
        start = source.randrange(25)
        links.append(Link(child, parent, start, start + source.randrange(1, 9)))
    return links


def _speed(watches: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "links.sqlite"
        GenealogyStore(path).close()
        start = time.perf_counter()
        links = _fill(path, watches)
        print(
            f"  {watches} watches, {links} links, {path.stat().st_size / 1e6:.0f} MB, filled in {time.perf_counter() - start:.0f} s"
        )
        with GenealogyStore(path) as store:
            source = random.Random(1)  # noqa: S311 - a simulation
            found = [store.backward(_watch(source.randrange(watches))) for _ in range(200)]
            names = [_watch(source.randrange(watches)) for _ in range(2_000)]
            parts = _times([lambda name=name: store.backward(name, at=Instant(2 * YEAR)) for name in names])  # type: ignore[misc]
            lots = [f"lot:{source.randrange(MOVEMENT_LOTS)}:{source.randrange(watches // LOT)}" for _ in range(30)]
            recalls = _times([lambda lot=lot: store.recall(lot, at=Instant(2 * YEAR)) for lot in lots])  # type: ignore[misc]
            one = store.recall(lots[0], at=Instant(2 * YEAR))
    print(f"  backward, {sum(map(len, found)) / len(found):.1f} things: {parts} (limit p99 5 ms)")
    print(f"  recall of a lot, {one.reached} things, {len(one.rows)} rows with holders: {recalls} (limit p99 200 ms)")
    return int(parts.processor > BACKWARD_LIMIT) + int(recalls.processor > RECALL_LIMIT)


@dataclass(frozen=True)
class _Times:
    """Seconds: the median and the 99th percentile by the clock, and the percentile in processor time."""

    median: float
    clock: float
    processor: float

    def __str__(self) -> str:
        return f"p50 {self.median * 1e3:.2f} ms, p99 {self.clock * 1e3:.2f} ms, p99 of processor time {self.processor * 1e3:.2f} ms"


def _times(calls: list[Callable[[], object]]) -> _Times:
    """Time calls one by one. The limit is judged in processor time: others may use this machine too."""
    calls[0]()
    clock, processor = [], []
    for call in calls:
        start, began = time.perf_counter(), time.process_time()
        call()
        clock.append(time.perf_counter() - start)
        processor.append(time.process_time() - began)
    last = len(calls) * 99 // 100
    return _Times(sorted(clock)[len(calls) // 2], sorted(clock)[last], sorted(processor)[last])


def _watch(number: int) -> str:
    return f"watch:{number}"


def _fill(path: Path, watches: int) -> int:
    """Write rows straight into the tables, in the order of the index: filling is not what is measured."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA synchronous = off; DROP INDEX link_down")
    kinds = ["part", "casing", "shipment", "retailer", "owner"]
    number = {kind: place + 1 for place, kind in enumerate(kinds)}
    movement, lots, holders = watches, 2 * watches, 2 * watches + 12 * (watches // LOT + 1)
    per_lot = watches // LOT + 1

    def names() -> Iterator[tuple[int, str]]:
        yield from ((i, _watch(i)) for i in range(watches))
        yield from ((movement + i, f"movement:{i}") for i in range(watches))
        yield from ((lots + k * per_lot + i, f"lot:{k}:{i}") for k in range(MOVEMENT_LOTS + WATCH_LOTS) for i in range(per_lot))
        yield from ((holders + i, f"holder:{i}") for i in range(2_000))

    def links() -> Iterator[tuple[int, int, int, int, int]]:
        for i in range(watches):
            yield i, holders + i // 50 % 500, 0, number["shipment"], YEAR
            yield i, holders + 500 + i % 500, YEAR, number["retailer"], YEAR + i + 1
            yield i, holders + 1000 + i % 1000, YEAR + i + 1, number["owner"], FOREVER
        for i in range(watches):
            swapped = i % 50 == 0 and i + 1 < watches
            yield movement + i, i, 10, number["casing"], YEAR if swapped else FOREVER
            if swapped:
                yield movement + i, i + 1, YEAR, number["casing"], FOREVER
        for k in range(MOVEMENT_LOTS + WATCH_LOTS):
            inside = movement if k < MOVEMENT_LOTS else 0
            yield from ((lots + k * per_lot + i // LOT, inside + i, 1, number["part"], FOREVER) for i in range(watches))

    with connection:
        connection.executemany("INSERT INTO kind (id, name) VALUES (?, ?)", [(place, kind) for kind, place in number.items()])
        connection.executemany("INSERT INTO item (id, name) VALUES (?, ?)", names())
        connection.executemany("INSERT INTO link (child, parent, start, kind, finish) VALUES (?, ?, ?, ?, ?)", links())
        connection.execute("CREATE INDEX link_down ON link (parent, finish)")
    count = connection.execute("SELECT count(*) FROM link").fetchone()
    connection.close()
    return int(str(count[0])) if count else 0
