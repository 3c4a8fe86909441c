# SPDX-License-Identifier: Apache-2.0
"""Power failures and kill −9 at random moments: nothing acknowledged is lost, and the log never forks."""

import contextlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NoReturn

import apsw

from benchmarks.trace.lossy_disk import LossyDisk, Platter, PowerFailure
from sichen.adapters.ledger.opening import HouseLedger
from sichen.adapters.ledger.sqlite import SqliteBackend
from sichen.adapters.ledger.verifying import damages
from sichen.adapters.ledger.writer import LedgerWriter, Receipt
from sichen.core import DataError, Instant, SichenError, SourceError
from sichen.trace.ledger import Algorithm, Entry, Signer, Statement, root_of, verify_consistency
from sichen.trace.ledger.commitment import leaves_of

Kept = tuple[list[Entry], Receipt]
NAMES = count()
ORIGIN = "crash.example/log"
LONGEST_RUN = 12


@dataclass(frozen=True)
class Tally:
    """What a campaign found.

    Parameters
    ----------
    crashes : int
    acknowledged : int
        Entries that were acknowledged before a crash.
    lost, forks, damaged : int
        All must be 0.
    """

    crashes: int
    acknowledged: int
    lost: int
    forks: int
    damaged: int


@contextlib.contextmanager
def _without_complaints() -> Iterator[None]:
    """Keep quiet while SQLite's own cleaning up meets a dead disk too."""
    before = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        yield
    finally:
        sys.unraisablehook = before


@_without_complaints()
def power_failures(crashes: int, *, seed: int, synchronous: str = "FULL") -> Tally:
    """Cut the power at random moments, restart, and compare with what was acknowledged.

    With `synchronous` OFF the ledger must lose something: it shows that this campaign can tell.
    """
    lot = random.Random(seed)  # noqa: S311 - dice, not keys
    signer = Signer.generate(ORIGIN, Algorithm.ED25519)
    acknowledged = lost = forks = damaged = done = 0
    while done < crashes:
        platter = Platter()
        kept: list[Kept] = []
        for _ in range(8):
            if done == crashes:
                break
            platter.fails_at = platter.operations + round(10 ** lot.uniform(0.3, 2.6))
            receipts = _run_until_it_fails(platter, signer, lot, first=not kept, synchronous=synchronous)
            kept += receipts
            platter = platter.after_failure(lot)
            done += 1
            found = _after_crash(platter, kept, signer)
            lost, forks, damaged = lost + found[0], forks + found[1], damaged + found[2]
        acknowledged += sum(len(entries) for entries, _ in kept)
    return Tally(done, acknowledged, lost, forks, damaged)


def _opened(platter: Platter) -> SqliteBackend:
    name = f"lossy{next(NAMES)}"
    disk = LossyDisk(name, platter)
    backend = SqliteBackend(Path("/lossy/ledger.sqlite"), vfs=name)
    backend.disk = disk  # type: ignore[attr-defined] # SQLite forgets a file layer that nobody holds
    return backend


def _beginning(signer: Signer) -> Entry:
    statement = Statement("begin", ORIGIN, (signer.verifier,), (), Instant(0)).signed([signer])
    return Entry.of_json("key", statement.to_json())


def _run_until_it_fails(platter: Platter, signer: Signer, lot: random.Random, *, first: bool, synchronous: str) -> list[Kept]:
    kept: list[Kept] = []
    with contextlib.suppress(PowerFailure, SourceError, apsw.Error), contextlib.closing(_opened(platter)) as backend:
        backend._writer.execute(f"PRAGMA synchronous={synchronous}")  # noqa: SLF001 - a fault, put in on purpose
        writer = LedgerWriter(backend, origin=ORIGIN, signers=[signer])
        try:
            if first:
                begin = _beginning(signer)
                kept.append(([begin], writer.append([begin])))
            for _ in range(LONGEST_RUN if platter.fails_at is not None else 0):
                entries = [
                    Entry.of_json("erasure", {"leaves": [], "n": lot.getrandbits(52)}) for _ in range(lot.randrange(1, 40))
                ]
                kept.append((entries, writer.append(entries)))
        finally:
            writer.close()
    return kept


def _after_crash(platter: Platter, kept: list[Kept], signer: Signer) -> tuple[int, int, int]:
    """Return how many entries were lost, checkpoints forked and rows damaged."""
    try:
        with contextlib.closing(_opened(platter)) as backend:
            return _compared(backend, kept, signer)
    except SichenError:
        return 0, 0, 1


def _compared(backend: SqliteBackend, kept: list[Kept], signer: Signer) -> tuple[int, int, int]:
    writer = LedgerWriter(backend, origin=ORIGIN, signers=[signer])
    writer.close()
    with backend.reading() as statements:
        rows = statements.run("SELECT leaf, identity, commitment FROM entry ORDER BY leaf")
    known = {identity: leaf for leaf, identity, _ in rows}
    leaves = leaves_of(commitment for _, _, commitment in rows if isinstance(commitment, bytes))
    lost = sum(
        known.get(entry.identity) != leaf
        for entries, receipt in kept
        for entry, leaf in zip(entries, receipt.leaves, strict=True)
    )
    forks = sum(root_of(leaves[: receipt.size]) != receipt.root for _, receipt in kept)
    wrong = len(list(damages(backend, writer.tables))) if rows else 0
    return lost, forks, wrong


def killed_processes(kills: int, *, seed: int) -> Tally:
    """Kill a process that appends, at random moments, and compare with what it had acknowledged."""
    lot = random.Random(seed)  # noqa: S311 - dice, not keys
    lost = forks = damaged = 0
    receipts: list[tuple[int, bytes, str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "ledger"
        with HouseLedger(folder) as ledger:
            ledger.begin(ORIGIN)
        for _ in range(kills):
            receipts += _killed(folder, lot)
            with HouseLedger(folder) as ledger:
                damaged += len(list(damages(ledger.backend, ledger.reader.tables)))
                size = (ledger.reader.checkpoint() or _missing()).size
                lost += sum(ledger.reader.leaf_of(bytes.fromhex(identity)) is None for _, _, identity in receipts)
                forks += _forked(ledger, receipts, size)
    return Tally(kills, len(receipts), lost, forks, damaged)


def _forked(ledger: HouseLedger, receipts: list[tuple[int, bytes, str]], size: int) -> int:
    forks = 0
    root = (ledger.reader.checkpoint() or _missing()).root
    for old, old_root, _ in receipts[-50:]:
        try:
            verify_consistency(old, size, ledger.reader.prove_consistency(old, size), old_root, root)
        except DataError:
            forks += 1
    return forks


def _killed(folder: Path, lot: random.Random) -> list[tuple[int, bytes, str]]:
    words = [sys.executable, "-m", "benchmarks.trace.appending", str(folder), str(lot.getrandbits(32))]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    if process.stdout is None:
        return []
    first = process.stdout.readline()
    time.sleep(lot.random() * 0.3)
    process.send_signal(signal.SIGKILL)
    lines = [first, *process.stdout.read().split("\n")[:-1]]
    process.wait()
    process.stdout.close()
    found = [line.split() for line in lines]
    return [(int(words[0]), bytes.fromhex(words[1]), words[2]) for words in found if len(words) == 3]


def _missing() -> NoReturn:
    raise RuntimeError("the log has no checkpoint")
