# SPDX-License-Identifier: Apache-2.0
"""Checkpoints (c2sp.org/tlog-checkpoint): a log's size and root, signed by the log and cosigned by witnesses.

What a key signs depends on its algorithm (c2sp.org/tlog-cosignature):

- Ed25519 of a log: the three lines of the checkpoint;
- Ed25519 of a witness: ``cosignature/v1``, the time, and the three lines;
- ML-DSA-44, of a log or a witness: a structure that begins with ``subtree/v1`` and names signer, time, log, size, root.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sichen.core import DataError, Message
from sichen.trace.ledger.keys import Algorithm, Signer, VerifierKey, decode64, encode64
from sichen.trace.ledger.notes import Note, SignatureLine, read_note
from sichen.trace.ledger.proofs import LARGEST_SIZE
from sichen.trace.ledger.tree import HASH_SIZE

_TIME_SIZE = 8
_LATEST = 2**63 - 1
_LINES = 3


@dataclass(frozen=True)
class Checkpoint:
    """What a log says about itself.

    Parameters
    ----------
    origin : str
        Name of the log.
    size : int >= 0
        Leaves in its tree.
    root : bytes, 32

    Examples
    --------
    >>> print(Checkpoint("example.com/log", 0, bytes(32)).body, end="")
    example.com/log
    0
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
    """

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        """The text that is signed: origin, size and root, one a line."""
        return f"{self.origin}\n{self.size}\n{encode64(self.root)}\n"


@dataclass(frozen=True)
class Signed:
    """A good signature on a checkpoint.

    Parameters
    ----------
    key : VerifierKey
    time : int or None
        Seconds since 1970 that the signer wrote beside it; None for a log's Ed25519 signature, which has none.
    """

    key: VerifierKey
    time: int | None


def read_checkpoint(note: Note) -> Checkpoint:
    """Read a checkpoint from the body of a note.

    Raises
    ------
    DataError
        If the body is not exactly origin, size and root. Extension lines are refused: ML-DSA-44 does not cover them.
    """
    lines = note.body.split("\n")[:-1]
    if len(lines) != _LINES or not lines[0]:
        raise DataError(Message("trace.ledger.no_checkpoint", problem=note.body[:80]))
    origin, size, root = lines
    if not (size.isascii() and size.isdecimal() and str(int(size[:20])) == size and int(size) <= LARGEST_SIZE):
        raise DataError(Message("trace.ledger.no_checkpoint", problem=size[:80]))
    found = Checkpoint(origin, int(size), decode64(root))
    if len(found.root) != HASH_SIZE:
        raise DataError(Message("trace.ledger.hash_length", found=len(found.root)))
    return found


def sign_checkpoint(checkpoint: Checkpoint, signers: Sequence[Signer], *, time: int) -> Note:
    """Sign a checkpoint with every key of a log, or cosign it with those of a witness.

    Parameters
    ----------
    checkpoint : Checkpoint
    signers : sequence of Signer
    time : int
        Seconds since 1970, for the algorithms that carry one.
    """
    return Note(checkpoint.body, tuple(_signature_line(checkpoint, signer, time) for signer in signers))


def verify_checkpoint(data: str | bytes | Note, keys: Iterable[VerifierKey]) -> tuple[Checkpoint, tuple[Signed, ...]]:
    """Read a checkpoint that at least one of the known keys has signed.

    Parameters
    ----------
    data : str, bytes or Note
    keys : iterable of VerifierKey
        The known ones. Lines by others are not looked at.

    Returns
    -------
    checkpoint : Checkpoint
    signed : tuple of Signed
        Who of the known ones signed.

    Raises
    ------
    DataError
        If nobody known signed, or a line that claims to be by a known key is not.
    """
    note = data if isinstance(data, Note) else read_note(data)
    checkpoint = read_checkpoint(note)
    known = tuple(keys)
    signed: dict[VerifierKey, Signed] = {}
    for line in note.lines:
        for key in known:
            if line.is_by(key):
                signed[key] = Signed(key, verify_line(checkpoint, line, key))
    if not signed:
        raise DataError(Message("trace.ledger.nobody_known", origin=checkpoint.origin))
    return checkpoint, tuple(signed.values())


def verify_line(checkpoint: Checkpoint, line: SignatureLine, key: VerifierKey) -> int | None:
    """Check one signature line by a key and return the time in it, if any.

    Raises
    ------
    DataError
        If the signature is not by this key.
    """
    timed = key.algorithm is not Algorithm.ED25519
    time = int.from_bytes(line.signature[:_TIME_SIZE]) if timed else None
    bare = line.signature[_TIME_SIZE:] if timed else line.signature
    good = len(line.signature) == key.algorithm.signature_size and (time or 0) <= _LATEST
    if not good or not key.verify(bare, signed_bytes(checkpoint, key, time or 0)):
        raise DataError(Message("trace.ledger.bad_signature", name=key.name, key_id=key.key_id.hex()))
    return time


def signed_bytes(checkpoint: Checkpoint, key: VerifierKey, time: int) -> bytes:
    """Return the bytes that a key signs for a checkpoint."""
    if key.algorithm is Algorithm.ED25519:
        return checkpoint.body.encode()
    if key.algorithm is Algorithm.ED25519_COSIGNATURE:
        return f"cosignature/v1\ntime {time}\n{checkpoint.body}".encode()
    return subtree_bytes(checkpoint.origin, checkpoint.root, name=key.name, time=time, start=0, end=checkpoint.size)


def subtree_bytes(origin: str, root: bytes, *, name: str, time: int, start: int, end: int) -> bytes:
    """Return the structure that ML-DSA-44 signs: label, signer, time, log, first and last leaf, root.

    Raises
    ------
    DataError
        If a name is longer than 255 bytes, or a subtree that does not begin at leaf 0 has a time.
    """
    if start and time:
        raise DataError(Message("trace.ledger.timed_subtree", start=start))
    names = [name.encode(), origin.encode()]
    if any(not 1 <= len(one) <= 255 for one in names):  # noqa: PLR2004 - its length is one byte
        raise DataError(Message("trace.ledger.bad_name", name=max(name, origin, key=len)))
    signer, log = (len(one).to_bytes(1) + one for one in names)
    return b"subtree/v1\n\0" + signer + time.to_bytes(8) + log + start.to_bytes(8) + end.to_bytes(8) + root


def _signature_line(checkpoint: Checkpoint, signer: Signer, time: int) -> SignatureLine:
    key = signer.verifier
    signature = signer.sign(signed_bytes(checkpoint, key, time))
    stamp = b"" if signer.algorithm is Algorithm.ED25519 else time.to_bytes(_TIME_SIZE)
    return SignatureLine(key.name, key.key_id, stamp + signature)
