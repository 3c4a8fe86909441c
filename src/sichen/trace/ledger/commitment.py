# SPDX-License-Identifier: Apache-2.0
"""What goes into the log: not the event, but a commitment to it that can be opened, and forgotten.

The leaf of an entry is SHA-256 over a random salt and the entry's canonical JSON. Who has both can show that they are
the ones in the log; who has neither learns nothing, even by guessing. Deleting them erases the entry, and the proof that
something stood there still holds.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sichen.core import JSON, DataError, Message, Record, canonical
from sichen.trace.ledger.tree import HASH_SIZE

SALT_SIZE = 16
LARGEST_BODY = 16 * 2**20
RECORD = "record"


def commit(salt: bytes, body: bytes) -> bytes:
    """Return the commitment to a body: what the log keeps of it, 32 bytes.

    Parameters
    ----------
    salt : bytes, 16
        Random, used once.
    body : bytes
        Canonical JSON.

    Raises
    ------
    DataError
        If the salt has another length, which would let two entries share a commitment.
    """
    if len(salt) != SALT_SIZE:
        raise DataError(Message("trace.ledger.salt_length", found=len(salt)))
    return hashlib.sha256(salt + body).digest()


@dataclass(frozen=True)
class Entry:
    """Something to be kept in the log.

    Parameters
    ----------
    kind : str
        Which part of Sichen it belongs to, e.g. ``record`` or ``epcis``; short, ASCII.
    identity : bytes, 32
        Two entries with one identity are the same thing, and the log keeps the first.
    body : bytes
        Canonical JSON (RFC 8785).
    salt : bytes, 16
        Random by default; never use one twice.

    Raises
    ------
    DataError
        If identity or body has a length that cannot be.
    """

    kind: str
    identity: bytes
    body: bytes
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(SALT_SIZE), repr=False)

    def __post_init__(self) -> None:
        if len(self.identity) != HASH_SIZE:
            raise DataError(Message("trace.ledger.hash_length", found=len(self.identity)))
        if not 0 < len(self.body) <= LARGEST_BODY:
            raise DataError(Message("trace.ledger.body_length", found=len(self.body), most=LARGEST_BODY))

    @classmethod
    def of_json(cls, kind: str, value: JSON) -> "Entry":
        """Make an entry of plain JSON; its identity is the SHA-256 of its canonical form."""
        body = canonical(value)
        return cls(kind, hashlib.sha256(body).digest(), body)

    @classmethod
    def of_record(cls, record: Record) -> "Entry":
        """Make an entry of a record; its identity is the record's digest."""
        return cls(RECORD, bytes.fromhex(record.digest.removeprefix("sha256:")), record.canonical)

    @property
    def commitment(self) -> bytes:
        """What the log keeps, 32 bytes."""
        return commit(self.salt, self.body)


def commitments_of(entries: Sequence[Entry]) -> list[bytes]:
    """Return the commitments of entries, as `Entry.commitment` does one by one.

    Raises
    ------
    DataError
        If a salt has another length.
    """
    wrong = next((one.salt for one in entries if len(one.salt) != SALT_SIZE), None)
    if wrong is not None:
        raise DataError(Message("trace.ledger.salt_length", found=len(wrong)))
    sha256 = hashlib.sha256
    return [sha256(one.salt + one.body).digest() for one in entries]


def leaves_of(commitments: Iterable[bytes]) -> list[bytes]:
    """Return the leaf hashes of commitments."""
    sha256 = hashlib.sha256
    return [sha256(b"\0" + one).digest() for one in commitments]  # as `leaf_hash`, without a call for each
