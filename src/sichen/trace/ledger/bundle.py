# SPDX-License-Identifier: Apache-2.0
"""The bundle: what proves the history of one watch without a network, in one file.

It is canonical JSON with, for each entry, what it says, the salt and the path to the root (as c2sp.org/tlog-proof writes
them); the checkpoint with its signatures once; and the statements about the log's keys, proved in the same way. Each byte
of the file matters: a bundle that is written differently is not the bundle.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from sichen.core import JSON, ConfigError, DataError, Message, canonical
from sichen.trace.ledger.checkpoints import Checkpoint, read_checkpoint, verify_line
from sichen.trace.ledger.commitment import commit
from sichen.trace.ledger.key_log import KeyLog, Statement, read_key_log
from sichen.trace.ledger.keys import VerifierKey, decode64, encode64
from sichen.trace.ledger.notes import Note, read_note
from sichen.trace.ledger.policy import Policy
from sichen.trace.ledger.proofs import verify_inclusion
from sichen.trace.ledger.tree import HASH_SIZE, leaf_hash

FORM = "sichen.bundle/1"
PROOF_FORM = "c2sp.org/tlog-proof@v1"
LARGEST = 64 * 2**20

Status = Literal["intact", "tampered", "unknown_signer", "unwitnessed"]


@dataclass(frozen=True)
class ProvedEntry:
    """An entry of the log with its proof.

    Parameters
    ----------
    index : int
        Leaf.
    path : tuple of bytes
        Inclusion proof.
    body : bytes or None
        Canonical JSON; None when it was erased, or is not for whoever the bundle was made for.
    salt : bytes
        Empty where the body is missing.
    commitment : bytes
        What the leaf holds.
    """

    index: int
    path: tuple[bytes, ...]
    body: bytes | None
    salt: bytes
    commitment: bytes

    @property
    def proof(self) -> str:
        """The proof as text; with an empty line and the checkpoint behind it, it is a ``.tlog-proof`` file."""
        extra = f"extra {encode64(self.salt)}\n" if self.salt else ""
        return f"{PROOF_FORM}\n{extra}index {self.index}\n" + "".join(f"{encode64(one)}\n" for one in self.path)

    def bare(self) -> "ProvedEntry":
        """Return the proof that something stands there, without what it is."""
        return replace(self, body=None, salt=b"")

    def to_json(self) -> dict[str, JSON]:
        """Return the entry as it stands in a bundle."""
        if self.body is None:
            return {"commitment": encode64(self.commitment), "proof": self.proof}
        return {"payload": cast("JSON", json.loads(self.body)), "proof": self.proof}


@dataclass(frozen=True)
class Trust:
    """Whom a verifier believes.

    Parameters
    ----------
    policy : Policy
        Keys of logs, witnesses and their quorum.
    void : mapping of str to int
        Key lines known to be stolen, with the last size that they signed rightfully.
    """

    policy: Policy = field(default_factory=Policy)
    void: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class BundleFinding:
    """What a verifier found.

    Parameters
    ----------
    status : {"intact", "tampered", "unknown_signer", "unwitnessed"}
        The first that applies of tampered, unknown_signer, unwitnessed; else intact.
    reasons : tuple of Message
        Why it is not intact, and what should be known even if it is.
    checkpoint : Checkpoint or None
    entries : tuple of ProvedEntry
        What is proved; empty when the bundle is tampered.
    signers, witnesses : tuple of VerifierKey
        Who signed the checkpoint.
    """

    status: Status
    reasons: tuple[Message, ...] = ()
    checkpoint: Checkpoint | None = None
    entries: tuple[ProvedEntry, ...] = ()
    signers: tuple[VerifierKey, ...] = ()
    witnesses: tuple[VerifierKey, ...] = ()

    @property
    def intact(self) -> bool:
        """Whether the bundle may be relied on."""
        return self.status == "intact"

    def to_json(self) -> dict[str, JSON]:
        """Return the finding as plain JSON."""
        return {
            "status": self.status,
            "reasons": [reason.text("en") for reason in self.reasons],
            "origin": "" if self.checkpoint is None else self.checkpoint.origin,
            "size": None if self.checkpoint is None else self.checkpoint.size,
            "entries": [{"index": one.index, "erased": one.body is None} for one in self.entries],
            "signers": [{"key": key.text, "fingerprint": key.fingerprint} for key in self.signers],
            "witnesses": [key.name for key in self.witnesses],
        }


def write_bundle(
    checkpoint: Note,
    entries: Sequence[ProvedEntry],
    *,
    keys: Sequence[ProvedEntry],
    witnesses: Sequence[VerifierKey] = (),
) -> bytes:
    """Write a bundle.

    Parameters
    ----------
    checkpoint : Note
        Signed; lines by nobody in `keys` or `witnesses` must have been left out.
    entries : sequence of ProvedEntry
        The history, in order of the log.
    keys : sequence of ProvedEntry
        The statements about the log's keys, the first one included.
    witnesses : sequence of VerifierKey
        Whose cosignatures the checkpoint carries.

    Returns
    -------
    bytes
        Canonical JSON.
    """
    return canonical(
        {
            "form": FORM,
            "checkpoint": checkpoint.text,
            "entries": [entry.to_json() for entry in entries],
            "keys": [entry.to_json() for entry in keys],
            "witnesses": [key.text for key in witnesses],
        }
    )


def is_bundle(data: bytes) -> bool:
    """Tell whether a file means to be a bundle, by what it says near its beginning or end."""
    return b'"form":"' + FORM.encode() in data


def verify_bundle(data: bytes, *, trust: Trust | None = None) -> BundleFinding:
    """Verify a bundle with nothing but itself and the keys that the reader trusts.

    Parameters
    ----------
    data : bytes
        The file.
    trust : Trust, optional
        Nobody by default; then even an unharmed bundle is one by an unknown signer.

    Returns
    -------
    BundleFinding

    Examples
    --------
    >>> verify_bundle(b"{}").status
    'tampered'
    """
    believed = Trust() if trust is None else trust
    try:
        return _verify(data, believed)
    except (DataError, ConfigError) as error:
        return BundleFinding("tampered", (error.message,))
    except (TypeError, AttributeError, LookupError) as error:
        # Something of another kind stands where a text, a list or a table belongs.
        return BundleFinding("tampered", (Message("trace.ledger.no_bundle", problem=str(error)),))


def read_proof(text: str) -> tuple[int, tuple[bytes, ...], bytes]:
    """Read a proof: index, path and extra data.

    Raises
    ------
    DataError
        If it is not written as it must be.
    """
    lines = text.split("\n")
    extra = b""
    if len(lines) > 1 and lines[1].startswith("extra "):
        extra = decode64(lines.pop(1).removeprefix("extra "))
    index = lines[1].removeprefix("index ") if len(lines) > 2 else ""  # noqa: PLR2004 - form, index, end
    if not (index.isascii() and index.isdecimal() and len(index) < 20):  # noqa: PLR2004 - below 2^63
        raise DataError(Message("trace.ledger.no_proof", problem=text[:60]))
    found = int(index), tuple(decode64(line) for line in lines[2:-1]), extra
    if ProvedEntry(found[0], found[1], None, extra, b"").proof != text:
        raise DataError(Message("trace.ledger.no_proof", problem=text[:60]))
    return found


def _verify(data: bytes, trust: Trust) -> BundleFinding:
    table = _table(data)
    note = read_note(cast("str", table["checkpoint"]))
    checkpoint = read_checkpoint(note)
    keys = [_entry(one, checkpoint) for one in cast("list[JSON]", table["keys"])]
    log = read_key_log([(one.index, _statement(one)) for one in keys])
    if log.origin != checkpoint.origin:
        raise DataError(Message("trace.ledger.other_log", found=log.origin, needed=checkpoint.origin))
    signers = log.keys_for(checkpoint.size)
    witnesses = tuple(VerifierKey.parse(text) for text in cast("list[str]", table["witnesses"]))
    _check_lines(note, checkpoint, (*signers, *witnesses))
    entries = tuple(_entry(one, checkpoint) for one in cast("list[JSON]", table["entries"]))
    if not entries or list(entries) != sorted(set(entries), key=lambda one: one.index):
        raise DataError(Message("trace.ledger.bundle_order"))
    status, reasons = _believe(trust, log, checkpoint, signers, witnesses)
    doubts = [Message("trace.ledger.doubtful", index=one.index) for one in entries if log.is_doubtful(one.index)]
    return BundleFinding(status, (*reasons, *doubts), checkpoint, entries, signers, witnesses)


def _table(data: bytes) -> dict[str, JSON]:
    if len(data) > LARGEST:
        raise DataError(Message("trace.ledger.no_bundle", problem=f"{len(data)} B > {LARGEST} B"))
    try:
        table = json.loads(data)
        same = canonical(table) == data
    except (ValueError, RecursionError) as error:
        raise DataError(Message("trace.ledger.no_bundle", problem=str(error))) from error
    if not same or not isinstance(table, dict) or table.get("form") != FORM:
        raise DataError(Message("trace.ledger.not_verbatim"))
    lists = [table.get(name) for name in ("entries", "keys", "witnesses")]
    if table.keys() != {"form", "checkpoint", "entries", "keys", "witnesses"} or not isinstance(table["checkpoint"], str):
        raise DataError(Message("trace.ledger.no_bundle", problem=", ".join(table)))
    if not all(isinstance(one, list) for one in lists) or not all(isinstance(one, str) for one in table["witnesses"]):
        raise DataError(Message("trace.ledger.no_bundle", problem="[]"))
    return table


def _entry(value: JSON, checkpoint: Checkpoint) -> ProvedEntry:
    table = cast("dict[str, JSON]", value if isinstance(value, dict) else {})
    proof = table.get("proof")
    if not isinstance(proof, str) or table.keys() not in ({"proof", "payload"}, {"proof", "commitment"}):
        raise DataError(Message("trace.ledger.no_bundle", problem="proof"))
    index, path, salt = read_proof(proof)
    if "payload" in table:
        body = canonical(table["payload"])
        found = ProvedEntry(index, path, body, salt, commit(salt, body))
    else:
        commitment = decode64(table["commitment"] if isinstance(table["commitment"], str) else "?")
        found = ProvedEntry(index, path, None, salt, commitment)
        if salt or len(commitment) != HASH_SIZE:
            raise DataError(Message("trace.ledger.hash_length", found=len(commitment)))
    verify_inclusion(leaf_hash(found.commitment), index, checkpoint.size, path, checkpoint.root)
    return found


def _statement(entry: ProvedEntry) -> Statement:
    if entry.body is None:
        raise DataError(Message("trace.ledger.no_statement", problem=str(entry.index)))
    return Statement.from_json(json.loads(entry.body))


def _check_lines(note: Note, checkpoint: Checkpoint, keys: Iterable[VerifierKey]) -> None:
    """Each key signed once, and nobody else did: so that no line of the bundle can be changed unnoticed."""
    wanted = list(keys)
    for line in note.lines:
        key = next((one for one in wanted if line.is_by(one)), None)
        if key is None:
            raise DataError(Message("trace.ledger.stranger", name=line.name))
        verify_line(checkpoint, line, key)
        wanted.remove(key)
    if wanted:
        raise DataError(Message("trace.ledger.unsigned", name=wanted[0].name, key_id=wanted[0].key_id.hex()))


def _believe(
    trust: Trust,
    log: KeyLog,
    checkpoint: Checkpoint,
    signers: Sequence[VerifierKey],
    witnesses: Sequence[VerifierKey],
) -> tuple[Status, tuple[Message, ...]]:
    stolen = dict(trust.void)
    for key in signers:
        if checkpoint.size > stolen.get(key.text, checkpoint.size):
            raise DataError(Message("trace.ledger.void", size=checkpoint.size))
    if not log.leads_from(key for key in trust.policy.logs if key.name == log.origin):
        return "unknown_signer", (
            Message("trace.ledger.unknown_signer", origin=log.origin, fingerprint=signers[0].fingerprint),
        )
    if not trust.policy.is_met(set(witnesses)):
        return "unwitnessed", (Message("trace.ledger.unwitnessed", quorum=trust.policy.quorum),)
    return "intact", ()
