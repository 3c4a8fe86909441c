# SPDX-License-Identifier: Apache-2.0
"""Inclusion and consistency proofs (RFC 9162, section 2.1): made from subtrees, verified from nothing but themselves.

A verifier that follows the text of the standard to the letter accepts some nonsense: a proof in an empty tree, hashes
of the wrong length, a path that is longer than the tree is deep. Sizes and lengths are therefore looked at first.
"""

from collections.abc import Callable, Sequence

from sichen.core import DataError, Message
from sichen.trace.ledger.tree import HASH_SIZE, node_hash

Subtree = Callable[[int, int], bytes]
"""Gives the root of the perfect subtree at (level, number): over leaves number·2^level … (number+1)·2^level − 1."""

LARGEST_SIZE = 2**63 - 1


def inclusion_proof(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Make the proof that a leaf is in a tree.

    Parameters
    ----------
    index : int
        Number of the leaf, 0 <= index < size.
    size : int
        Leaves in the tree.
    subtree : callable (level, number) -> bytes
        Root of a perfect subtree inside the tree.

    Returns
    -------
    tuple of bytes
        Hashes from the leaf's sibling to the root's child.

    Raises
    ------
    DataError
        If there is no such leaf.
    """
    if not 0 <= index < size <= LARGEST_SIZE:
        raise DataError(Message("trace.ledger.no_leaf", index=index, size=size))
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_root(middle, end, subtree))
            end = middle
        else:
            path.append(_root(begin, middle, subtree))
            begin = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Make the proof that a tree of `new` leaves begins with the tree of `old` leaves.

    Raises
    ------
    DataError
        If the sizes are in the wrong order.
    """
    if not 0 <= old <= new <= LARGEST_SIZE:
        raise DataError(Message("trace.ledger.bad_sizes", old=old, new=new))
    if old in {0, new}:
        return ()
    path: list[bytes] = []
    begin, end, known = 0, new, True
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(_root(middle, end, subtree))
            end = middle
        else:
            path.append(_root(begin, middle, subtree))
            begin, known = middle, False
    if not known:
        path.append(_root(begin, end, subtree))
    return tuple(reversed(path))


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to.

    Parameters
    ----------
    leaf : bytes, 32
        Hash of the leaf.
    index, size : int
        0 <= index < size.
    path : sequence of bytes, 32 each

    Raises
    ------
    DataError
        If the proof cannot be one for this leaf in a tree of this size; the message says why.
    """
    _check_hashes([leaf, *path])
    if not 0 <= index < size <= LARGEST_SIZE:
        raise DataError(Message("trace.ledger.no_leaf", index=index, size=size))
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(path) != inner + border:
        raise DataError(Message("trace.ledger.path_length", found=len(path), needed=inner + border))
    found = leaf
    for level, other in enumerate(path):
        left = level >= inner or (index >> level) & 1
        found = node_hash(other, found) if left else node_hash(found, other)
    return found


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf is in the tree with a root; silence is a proof.

    Raises
    ------
    DataError
        If the proof does not show it.
    """
    _check_hashes([root])
    if root_from_inclusion(leaf, index, size, path) != root:
        raise DataError(Message("trace.ledger.not_included", index=index, size=size))


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that a tree is another one with leaves added at its end; silence is a proof.

    Parameters
    ----------
    old, new : int
        Sizes, 0 < old <= new: everything is consistent with the empty tree, and no root is needed to know it.
    path : sequence of bytes, 32 each
    old_root, new_root : bytes, 32

    Raises
    ------
    DataError
        If the proof does not show it.
    """
    _check_hashes([old_root, new_root, *path])
    if not 0 < old <= new <= LARGEST_SIZE:
        raise DataError(Message("trace.ledger.bad_sizes", old=old, new=new))
    if old == new:
        if path:
            raise DataError(Message("trace.ledger.path_length", found=len(path), needed=0))
        if old_root != new_root:
            raise DataError(Message("trace.ledger.not_consistent", old=old, new=new))
        return
    shift = (old & -old).bit_length() - 1
    # A power of two is a subtree of the new tree: the proof may leave its root out, which is the old one.
    seed, rest = (old_root, list(path)) if old == 1 << shift else (path[0] if path else b"", list(path[1:]))
    index = (old - 1) >> shift
    inner = ((old - 1) ^ (new - 1)).bit_length() - shift
    border = ((old - 1) >> (inner + shift)).bit_count()
    if not seed or len(rest) != inner + border:
        raise DataError(Message("trace.ledger.path_length", found=len(path), needed=inner + border + (seed is not old_root)))
    before = after = seed
    for level, other in enumerate(rest):
        if level >= inner or (index >> level) & 1:
            before, after = node_hash(other, before), node_hash(other, after)
        else:
            after = node_hash(after, other)
    if before != old_root or after != new_root:
        raise DataError(Message("trace.ledger.not_consistent", old=old, new=new))


def _split(width: int) -> int:
    """Return the greatest power of two below a width of at least 2."""
    return 1 << ((width - 1).bit_length() - 1)


def _root(begin: int, end: int, subtree: Subtree) -> bytes:
    """Return the root over leaves `begin` to `end`, where `begin` is where a subtree of that width may begin."""
    roots: list[bytes] = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        roots.append(subtree(level, begin >> level))
        begin += 1 << level
    root = roots.pop()
    while roots:
        root = node_hash(roots.pop(), root)
    return root


def _check_hashes(hashes: Sequence[bytes]) -> None:
    for one in hashes:
        if len(one) != HASH_SIZE:
            raise DataError(Message("trace.ledger.hash_length", found=len(one)))
