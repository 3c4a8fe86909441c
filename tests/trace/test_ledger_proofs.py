# SPDX-License-Identifier: Apache-2.0
"""The tree: what it proves, and what no proof may show."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError
from sichen.trace.ledger import (
    EMPTY_ROOT,
    CompactRange,
    Tile,
    check_case,
    consistency_proof,
    entry_bundles_of,
    inclusion_proof,
    leaf_hash,
    partial_width,
    read_entries,
    root_of,
    subtrees_from,
    tiles_of,
    verify_consistency,
    verify_inclusion,
    write_entries,
)

LEAVES = [leaf_hash(number.to_bytes(3)) for number in range(700)]
SIZES = st.integers(1, len(LEAVES))


def subtree(level: int, number: int) -> bytes:
    """Return a perfect subtree, straight from the leaves."""
    return root_of(LEAVES[number << level : (number + 1) << level])


def recursive_root(leaves: list[bytes]) -> bytes:
    """Compute the root as RFC 9162, section 2.1.1, defines it."""
    from sichen.trace.ledger import node_hash

    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(recursive_root(leaves[:split]), recursive_root(leaves[split:]))


@pytest.fixture
def cases(shared: Path) -> list[Path]:
    """Find the 92 published cases: 6 to be accepted, 86 to be rejected."""
    return sorted((shared / "trace/transparency-merkle/testdata").rglob("*.json"))


def test_every_published_case_is_judged_as_published(cases: list[Path]) -> None:
    wrong = [str(path) for path in cases if check_case(path.read_bytes()).accepted is json.loads(path.read_text())["wantErr"]]

    assert len(cases) == 92
    assert wrong == []


def test_the_tree_of_the_byte_runs_has_the_known_root() -> None:
    """Leaves and root: the worked example that RFC 6962 implementations share."""
    runs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]

    assert root_of(leaf_hash(bytes.fromhex(one)) for one in runs).hex() == (
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )
    assert EMPTY_ROOT.hex().startswith("e3b0c442")


@given(SIZES)
def test_growing_leaf_by_leaf_gives_the_root_of_the_definition(size: int) -> None:
    grown = CompactRange()
    for leaf in LEAVES[:size]:
        grown = grown.extended([leaf])

    assert grown.root == recursive_root(LEAVES[:size])


@given(SIZES, st.data())
def test_a_leaf_is_proved_and_no_other_leaf_by_the_same_path(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(index, size, subtree)
    root = root_of(LEAVES[:size])

    verify_inclusion(LEAVES[index], index, size, path, root)
    for wrong in ({index + 1, index - 1, index ^ 2} & set(range(size))) - {index}:
        with pytest.raises(DataError):
            verify_inclusion(LEAVES[index], wrong, size, path, root)
    with pytest.raises(DataError):
        verify_inclusion(LEAVES[index], index, size, (*path, root), root)


@given(SIZES, SIZES)
def test_an_older_tree_is_proved_to_be_the_beginning_and_a_rewritten_one_is_not(one: int, other: int) -> None:
    old, new = sorted((one, other))
    path = consistency_proof(old, new, subtree)
    rewritten = root_of([leaf_hash(b"rewritten"), *LEAVES[1:new]])

    verify_consistency(old, new, path, root_of(LEAVES[:old]), root_of(LEAVES[:new]))
    with pytest.raises(DataError):
        verify_consistency(old, new, path, root_of(LEAVES[:old]), rewritten)


@pytest.mark.parametrize("size", [0, -1, 2**63])
def test_a_tree_that_cannot_be_proves_nothing(size: int) -> None:
    with pytest.raises(DataError):
        verify_inclusion(EMPTY_ROOT, 0, size, [], EMPTY_ROOT)
    with pytest.raises(DataError):
        verify_consistency(size, size, [], EMPTY_ROOT, EMPTY_ROOT)


def test_hashes_of_the_wrong_length_prove_nothing() -> None:
    with pytest.raises(DataError, match="31 bytes"):
        verify_inclusion(bytes(31), 0, 1, [], bytes(31))


def test_a_tree_of_seventy_thousand_leaves_is_cut_as_the_standard_says() -> None:
    tiles = list(tiles_of(70_000))

    assert sum(tile.level == 0 and tile.width == 256 for tile in tiles) == 273
    assert [partial_width(70_000, level) for level in range(4)] == [112, 17, 1, 0]
    assert [tile.path for tile in tiles if tile.width < 256] == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]
    assert [tile.path for tile in entry_bundles_of(300)] == ["tile/entries/000", "tile/entries/001.p/44"]


@given(st.integers(-1, 63), st.integers(0, 10**10), st.integers(1, 256))
def test_the_path_of_a_tile_reads_back(level: int, number: int, width: int) -> None:
    tile = Tile(level, number, width)
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path", ["tile/0/x000/001", "tile/00/001", "tile/0/001.p/256", "tile/0/001.p/0", "tile/64/000", "tile/0/1"]
)
def test_a_path_that_is_written_in_another_way_is_no_tile(path: str) -> None:
    with pytest.raises(DataError):
        Tile.parse(path)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_of_entries_reads_back_and_a_cut_one_is_refused(entries: list[bytes]) -> None:
    data = write_entries(entries)

    assert list(read_entries(data)) == entries
    if data:
        with pytest.raises(DataError):
            read_entries(data[:-1])


@given(SIZES, st.data())
def test_proofs_made_from_tiles_are_those_made_from_leaves(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))

    def read(tile: Tile) -> list[bytes]:
        width = 256**tile.level
        first = tile.number * 256 * width
        return [root_of(LEAVES[first + one * width : first + (one + 1) * width]) for one in range(tile.width)]

    assert inclusion_proof(index, size, subtrees_from(size, read)) == inclusion_proof(index, size, subtree)
