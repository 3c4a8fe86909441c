# SPDX-License-Identifier: Apache-2.0
"""Genealogy agrees with the enumeration of all paths, on random histories with swaps and with rings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trace.genealogy_histories import by_enumeration

from sichen.adapters.genealogy_store import GenealogyStore
from sichen.core import DataError, Instant, NotFound
from sichen.trace import FOREVER, Link, MemoryIndex, Passage, backward, forward, recall

THINGS = st.integers(0, 7).map(lambda number: f"thing {number}")
LINKS = st.builds(
    lambda child, parent, start, length: None if child == parent else Link(child, parent, start, start + length),
    THINGS,
    THINGS,
    st.integers(0, 20),
    st.one_of(st.integers(1, 8), st.just(FOREVER - 100)),
)
HISTORIES = st.lists(LINKS, max_size=18).map(lambda links: [link for link in links if link is not None])
WINDOWS = st.one_of(st.none(), st.integers(0, 25))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GenealogyStore]:
    with GenealogyStore(tmp_path / "links.sqlite") as opened:
        yield opened


def spans_of(found: list[Passage[str]]) -> dict[str, tuple[tuple[int, int], ...]]:
    return {passage.item: passage.spans for passage in found}


@given(HISTORIES, THINGS, WINDOWS)
def test_both_directions_agree_with_the_enumeration_of_all_paths(history: list[Link[str]], item: str, at: int | None) -> None:
    index = MemoryIndex(history)

    assert spans_of(backward(index, item, at=at)) == by_enumeration(history, item, at=at, upward=False)
    assert spans_of(forward(index, item, at=at)) == by_enumeration(history, item, at=at, upward=True)


@given(HISTORIES)
def test_what_is_in_a_thing_has_that_thing_around_it_at_the_same_times(history: list[Link[str]]) -> None:
    index = MemoryIndex(history)
    for item in {link.parent for link in history}:
        for passage in backward(index, item):
            assert spans_of(forward(index, passage.item))[item] == passage.spans


@given(HISTORIES, LINKS)
def test_one_more_link_never_takes_anything_away(history: list[Link[str]], link: Link[str] | None) -> None:
    more = MemoryIndex([*history, *([link] if link else [])])
    for item in {each.parent for each in history}:
        before, after = spans_of(backward(MemoryIndex(history), item)), spans_of(backward(more, item))
        for name, spans in before.items():
            assert all(any(a <= start and end <= b for a, b in after[name]) for start, end in spans)


def swapped() -> list[Link[str]]:
    """Return the links of a movement changed at a service; the old one was repaired with a new wheel and went into another watch."""
    return [
        Link("lot A", "movement 1", 0),
        Link("movement 1", "watch W", 10, 50, kind="casing"),
        Link("movement 2", "watch W", 50, kind="casing"),
        Link("lot B", "movement 2", 5),
        Link("lot C", "movement 1", 60),
        Link("movement 1", "watch V", 70, kind="casing"),
        Link("watch W", "shop", 20, 40, kind="retailer"),
        Link("watch W", "Ms Lin", 40, kind="owner"),
        Link("watch V", "shop", 75, kind="retailer"),
    ]


def test_a_part_fitted_after_the_swap_was_never_in_the_first_watch() -> None:
    index = MemoryIndex(swapped())

    assert set(spans_of(backward(index, "watch W"))) == {"movement 1", "movement 2", "lot A", "lot B"}
    assert set(spans_of(backward(index, "watch W", at=55))) == {"movement 2", "lot B"}
    assert spans_of(forward(index, "lot A"))["watch W"] == ((10, 50),)
    assert set(spans_of(forward(index, "lot A", at=80))) == {"movement 1", "watch V"}


def test_at_the_moment_of_the_swap_the_new_movement_is_in() -> None:
    assert set(spans_of(backward(MemoryIndex(swapped()), "watch W", at=50))) == {"movement 2", "lot B"}


def test_a_recall_names_who_has_the_watches_and_which_no_longer_contain_the_lot() -> None:
    rows = {row.item: row for row in recall(MemoryIndex(swapped()), "lot A", at=Instant(80)).rows}

    assert set(rows) == {"watch W", "watch V"}
    assert (rows["watch W"].contains, rows["watch W"].holder, rows["watch W"].holder_kind) == (False, "Ms Lin", "owner")
    assert (rows["watch V"].contains, rows["watch V"].holder, rows["watch V"].since) == (True, "shop", 75)


def test_a_watch_returned_by_its_owner_is_with_whoever_had_it_last() -> None:
    links = [Link("lot", "watch", 0), Link("watch", "shop", 5, 9, kind="retailer"), Link("watch", "Li", 9, 20, kind="owner")]

    assert recall(MemoryIndex(links), "lot", at=Instant(30)).rows[0].holder == "Li"
    assert recall(MemoryIndex(links), "lot", at=Instant(7)).rows[0].holder == "shop"


def test_a_link_that_ends_before_it_begins_or_bites_itself_is_refused() -> None:
    with pytest.raises(DataError):
        Link("a", "b", 5, 5)
    with pytest.raises(DataError):
        Link("a", "a", 5)


@given(history=HISTORIES, item=THINGS, at=WINDOWS)
def test_the_store_answers_as_memory_does(
    tmp_path_factory: pytest.TempPathFactory, history: list[Link[str]], item: str, at: int | None
) -> None:
    first: dict[tuple[str, str, int], Link[str]] = {}
    for link in history:
        first.setdefault((link.child, link.parent, link.start), link)
    index = MemoryIndex(first.values())
    moment = None if at is None else Instant(at)
    with GenealogyStore(Path(":memory:")) as opened:
        opened.add([*first.values(), Link("thing 0", "elsewhere", 0, kind="owner")])
        if all(item not in (link.child, link.parent) for link in first.values()):
            return
        assert spans_of(opened.backward(item, at=moment)) == spans_of(backward(index, item, at=at))
        assert spans_of(opened.forward(item, at=moment)) == spans_of(forward(index, item, at=at))


def test_the_store_ends_a_link_once_and_keeps_it(store: GenealogyStore, tmp_path: Path) -> None:
    store.add([Link("movement 1", "watch W", 10, kind="casing"), Link("lot A", "movement 1", 0)])
    store.end("movement 1", "watch W", Instant(50))
    store.add([Link("movement 2", "watch W", 50, kind="casing")])

    with pytest.raises(NotFound):
        store.end("movement 1", "watch W", Instant(60))
    with GenealogyStore(tmp_path / "links.sqlite") as again:
        assert [found.item for found in again.backward("watch W", at=Instant(55))] == ["movement 2"]
        assert again.recall("lot A", at=Instant(55)).rows[0].contains is False


def test_an_unknown_lot_is_named(store: GenealogyStore) -> None:
    with pytest.raises(NotFound, match="lot 99"):
        store.recall("lot 99", at=Instant(0))
