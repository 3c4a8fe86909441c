# SPDX-License-Identifier: Apache-2.0
"""The register of lost and stolen watches, asked without telling which watch is meant.

Who asks sends the first digits of a salted hash and gets every entry that begins so; the last comparison is made by the
one who asks. What the register learns is that one of a crowd of watches was meant.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sichen.core import DataError, Message

SALT = b"sichen.register/1 "
"""Public and always the same, so that two registers can be asked with one prefix; it is no secret."""
CROWD = 1000
"""How many serials of a trade stand, on average, behind one prefix at the least."""
LONGEST_PREFIX = 5
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class RegisterEntry:
    """A watch that is missing.

    Parameters
    ----------
    hash : str
        64 hexadecimal digits of `register_hash`.
    state : str
        ``stolen`` or ``lost``.
    since : str
    """

    hash: str
    state: str
    since: str


def register_hash(serial: str) -> str:
    """Return the hash of a serial number as people write it: capitals, spaces and dots do not count.

    Examples
    --------
    >>> register_hash("diver 0405") == register_hash("Diver-0405")
    True
    """
    plain = "".join(character for character in serial.upper() if character.isalnum())
    return hashlib.sha256(SALT + plain.encode()).hexdigest()


def prefix_length(population: int) -> int:
    """Return the longest prefix behind which a crowd still stands.

    Parameters
    ----------
    population : int
        How many watches could be meant: all that were made, not those that are missing.

    Examples
    --------
    >>> prefix_length(10_000_000), prefix_length(500)
    (3, 0)
    """
    length = 0
    while length < LONGEST_PREFIX and population // 16 ** (length + 1) >= CROWD:
        length += 1
    return length


def check_prefix(prefix: str, *, longest: int) -> str:
    """Return a prefix that may be asked.

    Raises
    ------
    DataError
        If it is no prefix, or so long that it would tell the watch.
    """
    small = prefix.strip().lower()
    if not set(small) <= _HEX or len(small) > longest:
        raise DataError(Message("trace.passport.bad_prefix", found=prefix[:40], most=longest))
    return small


def matching(entries: Iterable[RegisterEntry], prefix: str) -> tuple[RegisterEntry, ...]:
    """Return the entries that begin with a prefix, in order of their hashes, so that order tells nothing."""
    return tuple(sorted((one for one in entries if one.hash.startswith(prefix)), key=lambda one: one.hash))
