# SPDX-License-Identifier: Apache-2.0
"""A witness on this computer: it remembers the last checkpoint of each log, on the disk, before it answers."""

import fcntl
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from sichen.adapters.clock import now
from sichen.adapters.ledger.key_folder import KeyFolder
from sichen.adapters.ledger.reader import LedgerReader
from sichen.adapters.ledger.statements import Statements
from sichen.adapters.ledger.writer import LedgerWriter
from sichen.adapters.whole_files import write_whole
from sichen.core import DataError, Message, NotConforming, SourceError
from sichen.trace.ledger import (
    AddCheckpoint,
    Algorithm,
    Checkpoint,
    Decision,
    Note,
    SignatureLine,
    Signer,
    VerifierKey,
    decide,
    read_checkpoint,
    read_note,
    verify_checkpoint,
)
from sichen.trace.ledger.keys import decode64, encode64

ALGORITHMS = (Algorithm.ED25519_COSIGNATURE, Algorithm.ML_DSA_44)
OK, CONFLICT = 200, 409
_PATIENCE = 30.0
_LONGEST = 65_536


class Witness:
    """Cosigns the checkpoints of logs that only ever grow.

    Parameters
    ----------
    folder : Path
        Its keys and what it signed last; made when it is missing.
    name : str
        Of its keys, when they are made.
    """

    def __init__(self, folder: Path, *, name: str) -> None:
        self.folder = folder
        self._keys = KeyFolder(folder / "keys")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = folder / "witness.json"
        if not own.exists():
            made = [signer.verifier.text for signer in self._keys.make(name, ALGORITHMS)]
            self._write(own, made)
        self.keys = tuple(VerifierKey.parse(text) for text in json.loads(own.read_bytes()))

    def watch(self, keys: Sequence[VerifierKey]) -> None:
        """Add or replace the keys of a log; their name is its origin."""
        logs = self.logs()
        logs[keys[0].name] = tuple(keys)
        table = {origin: [key.text for key in known] for origin, known in logs.items()}
        self._write(self.folder / "logs.json", table)

    def logs(self) -> dict[str, tuple[VerifierKey, ...]]:
        """Return the logs that it watches."""
        path = self.folder / "logs.json"
        table: Mapping[str, list[str]] = json.loads(path.read_bytes()) if path.exists() else {}
        return {origin: tuple(VerifierKey.parse(text) for text in keys) for origin, keys in table.items()}

    def add_checkpoint(self, body: bytes | str) -> Decision:
        """Answer a request; what was signed is remembered before this returns, and no two requests are in here at once."""
        try:
            request = AddCheckpoint.parse(body)
        except DataError as error:
            return Decision(400, f"{error}\n")
        with (self.folder / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            latest = self._latest()
            origin = request.note.body.split("\n", 1)[0]
            decision = decide(
                request, logs=self.logs(), latest=latest.get(origin), signers=self._signers(), time=now().ns // 10**9
            )
            if decision.keep is not None:
                latest[origin] = decision.keep
                table = {name: [one.size, encode64(one.root)] for name, one in latest.items()}
                self._write(self.folder / "latest.json", table)
        return decision

    def _latest(self) -> dict[str, Checkpoint]:
        path = self.folder / "latest.json"
        table: Mapping[str, tuple[int, str]] = json.loads(path.read_bytes()) if path.exists() else {}
        return {origin: Checkpoint(origin, size, decode64(root)) for origin, (size, root) in table.items()}

    def _signers(self) -> tuple[Signer, ...]:
        return self._keys.find(self.keys)

    def _write(self, path: Path, value: object) -> None:
        with write_whole(path) as file:
            file.write(json.dumps(value).encode())


def cosign(
    writer: LedgerWriter,
    reader: LedgerReader,
    ask: Callable[[str], Decision],
    keys: Sequence[VerifierKey],
) -> Note:
    """Have the latest checkpoint cosigned by a witness, and keep the cosigned one.

    Parameters
    ----------
    writer, reader : of the same ledger
    ask : callable (str) -> Decision
        Sends the body of a request to the witness.
    keys : sequence of VerifierKey
        Of the witness.

    Returns
    -------
    Note
        The checkpoint with the witness's lines.

    Raises
    ------
    NotConforming
        If the witness refuses: this log is not the one that it saw before.
    """
    note = reader.note()
    if note is None:
        raise DataError(Message("adapters.ledger.no_checkpoint", size=0))
    checkpoint = read_checkpoint(note)
    answer = ask(AddCheckpoint(0, (), note).text)
    if answer.status == CONFLICT and answer.body.strip().isdecimal():
        old = int(answer.body)
        if 0 < old <= checkpoint.size:
            answer = ask(AddCheckpoint(old, reader.prove_consistency(old, checkpoint.size), note).text)
    if answer.status != OK:
        raise NotConforming(Message("adapters.ledger.witness_refused", status=answer.status, problem=answer.body.strip()))
    lines = read_note(note.body + "\n" + answer.body).lines
    verify_checkpoint(Note(note.body, lines), keys)
    known = tuple(line for line in lines if any(line.is_by(key) for key in keys))
    return writer.run(lambda statements: _keep(statements, checkpoint.size, note, known))


def witness_at(address: str) -> Callable[[str], Decision]:
    """Ask a witness over HTTP; `address` stands before ``/add-checkpoint``."""

    def ask(body: str) -> Decision:
        request = Request(f"{address.rstrip('/')}/add-checkpoint", data=body.encode(), method="POST")  # noqa: S310 - as typed
        try:
            with urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
                return Decision(answer.status, answer.read(_LONGEST).decode("utf-8", "replace"))
        except HTTPError as error:
            return Decision(error.code, error.read(_LONGEST).decode("utf-8", "replace"))
        except OSError as error:
            raise SourceError(Message("adapters.ledger.witness_silent", address=address, problem=str(error))) from error

    return ask


def _keep(statements: Statements, size: int, note: Note, lines: Sequence[SignatureLine]) -> Note:
    before = statements.run("SELECT note FROM cosigned WHERE size = ?", (size,))
    whole = (read_note(str(before[0][0])) if before else note).with_lines(lines)
    statements.run(
        "INSERT INTO cosigned (size, note) VALUES (?, ?) ON CONFLICT (size) DO UPDATE SET note = excluded.note",
        (size, whole.text),
    )
    return whole
