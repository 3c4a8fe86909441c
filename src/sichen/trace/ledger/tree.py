# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree of RFC 9162: hashes, and a tree that grows in constant memory.

A tree over ``size`` leaves is a row of perfect subtrees, the widest one first: one for each bit of the size. Their
roots are all that appending and the root of the tree need.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sichen.core import DataError, Message

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of the tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256 of a zero byte and the leaf's data.

    Examples
    --------
    >>> leaf_hash(b"").hex()[:8]
    '6e340b9c'
    """
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256 of a one byte, the left and the right hash."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True)
class CompactRange:
    r"""A tree that grows at the right, as the roots of its perfect subtrees.

    Parameters
    ----------
    size : int >= 0
        Number of leaves.
    hashes : tuple of bytes
        Roots of the perfect subtrees, the widest first; as many as `size` has bits set.

    Raises
    ------
    DataError
        If size and number of hashes do not belong together, or a hash has not 32 bytes.

    Examples
    --------
    >>> CompactRange().extended([leaf_hash(b""), leaf_hash(b"\0")]).root.hex()[:8]
    'fac54203'
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count() or any(len(one) != HASH_SIZE for one in self.hashes):
            raise DataError(Message("trace.ledger.bad_range", size=self.size, count=len(self.hashes)))

    def extended(self, leaves: Iterable[bytes]) -> "CompactRange":
        """Return the tree with further leaves at its end.

        Parameters
        ----------
        leaves : iterable of bytes
            Leaf *hashes*, of 32 bytes each.
        """
        size, hashes = self.size, list(self.hashes)
        for one in leaves:
            hashes.append(one)
            full = size
            while full & 1:
                right = hashes.pop()
                hashes[-1] = node_hash(hashes[-1], right)
                full >>= 1
            size += 1
        return CompactRange(size, tuple(hashes))

    @property
    def root(self) -> bytes:
        """The root of the whole tree, 32 bytes."""
        if not self.hashes:
            return EMPTY_ROOT
        right = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            right = node_hash(left, right)
        return right


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes.

    Examples
    --------
    >>> root_of([]) == EMPTY_ROOT
    True
    """
    return CompactRange().extended(leaves).root
