# SPDX-License-Identifier: Apache-2.0
"""What a witness decides (c2sp.org/tlog-witness): it signs a checkpoint only after the one it signed before.

The witness keeps one checkpoint for each log. Whoever calls `decide` must compare and replace it in one step, and have
the new one on the disk before the answer goes out; otherwise two requests at once could turn the log back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sichen.core import DataError, Message
from sichen.trace.ledger.checkpoints import Checkpoint, read_checkpoint, sign_checkpoint, verify_checkpoint
from sichen.trace.ledger.keys import Signer, VerifierKey, decode64, encode64
from sichen.trace.ledger.notes import Note, read_note
from sichen.trace.ledger.proofs import verify_consistency
from sichen.trace.ledger.tree import EMPTY_ROOT

MOST_HASHES = 63
OK, BAD_REQUEST, FORBIDDEN, NOT_FOUND, CONFLICT, UNPROCESSABLE = 200, 400, 403, 404, 409, 422


@dataclass(frozen=True)
class AddCheckpoint:
    """A request to a witness.

    Parameters
    ----------
    old : int
        Size that the log believes the witness signed last.
    path : tuple of bytes
        Consistency proof from there.
    note : Note
        The new checkpoint.
    """

    old: int
    path: tuple[bytes, ...]
    note: Note

    @property
    def text(self) -> str:
        """The body of the request."""
        return "".join([f"old {self.old}\n", *(f"{encode64(one)}\n" for one in self.path), "\n", self.note.text])

    @classmethod
    def parse(cls, data: bytes | str) -> "AddCheckpoint":
        """Read the body of a request.

        Raises
        ------
        DataError
            If it is not written as the protocol says.
        """
        try:
            text = data if isinstance(data, str) else data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(Message("trace.ledger.bad_request", problem="UTF-8")) from error
        head, gap, note = text.partition("\n\n")
        first, *hashes = head.split("\n")
        size = first.removeprefix("old ")
        whole = size.isascii() and size.isdecimal() and len(size) < 20 and str(int(size)) == size  # noqa: PLR2004
        if not gap or not first.startswith("old ") or not whole or len(hashes) > MOST_HASHES:
            raise DataError(Message("trace.ledger.bad_request", problem=first[:60]))
        return cls(int(size), tuple(decode64(one) for one in hashes), read_note(note))


@dataclass(frozen=True)
class Decision:
    """What a witness answers.

    Parameters
    ----------
    status : int
        Of HTTP: 200, 400, 403, 404, 409 or 422.
    body : str
        Signature lines, the size signed last, or the reason.
    keep : Checkpoint or None
        What the witness must remember before it answers; None when nothing changes.
    """

    status: int
    body: str
    keep: Checkpoint | None = None


def decide(
    request: AddCheckpoint,
    *,
    logs: Mapping[str, Sequence[VerifierKey]],
    latest: Checkpoint | None,
    signers: Sequence[Signer],
    time: int,
) -> Decision:
    """Decide about a checkpoint that a log wants cosigned.

    Parameters
    ----------
    request : AddCheckpoint
    logs : mapping of str to sequence of VerifierKey
        The logs that the witness watches, by origin, with their keys.
    latest : Checkpoint or None
        What it signed last for this origin.
    signers : sequence of Signer
        Its own keys.
    time : int
        Seconds since 1970, now.

    Returns
    -------
    Decision
    """
    checkpoint = _known_checkpoint(request.note, logs)
    if isinstance(checkpoint, Decision):
        return checkpoint
    known = latest.size if latest is not None else 0
    root = latest.root if latest is not None else EMPTY_ROOT
    if request.old > checkpoint.size:
        return Decision(BAD_REQUEST, f"{request.old} > {checkpoint.size}\n")
    if request.old != known or (known == checkpoint.size and root != checkpoint.root):
        return Decision(CONFLICT, f"{known}\n")
    if not _consistent(known, root, checkpoint, request.path):
        return Decision(UNPROCESSABLE, f"{Message('trace.ledger.not_consistent', old=known, new=checkpoint.size).text()}\n")
    lines = sign_checkpoint(checkpoint, signers, time=time).lines
    return Decision(OK, "".join(line.text for line in lines), checkpoint)


def _known_checkpoint(note: Note, logs: Mapping[str, Sequence[VerifierKey]]) -> Checkpoint | Decision:
    try:
        origin = read_checkpoint(note).origin
    except DataError as error:
        return Decision(BAD_REQUEST, f"{error}\n")
    if origin not in logs:
        return Decision(NOT_FOUND, f"{Message('trace.ledger.unknown_log', origin=origin).text()}\n")
    try:
        return verify_checkpoint(note, logs[origin])[0]
    except DataError as error:
        return Decision(FORBIDDEN, f"{error}\n")


def _consistent(known: int, root: bytes, new: Checkpoint, path: Sequence[bytes]) -> bool:
    if known == 0:
        return not path
    try:
        verify_consistency(known, new.size, path, root, new.root)
    except DataError:
        return False
    return True
