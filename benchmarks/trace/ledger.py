# SPDX-License-Identifier: Apache-2.0
"""The ledger: nothing acknowledged is lost, every changed bit is found (gates); how fast it is (reported)."""

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.trace.bit_damage import stored_bits
from benchmarks.trace.crashes import killed_processes, power_failures
from sichen.adapters.ledger.opening import HouseLedger
from sichen.core import JSON, Instant, Record
from sichen.trace.ledger import (
    Checkpoint,
    CompactRange,
    Entry,
    ProvedEntry,
    leaf_hash,
    sign_checkpoint,
    verify_inclusion,
)
from sichen.trace.ledger.proofs import root_from_inclusion

MANY = 100_000
WRITERS, EACH = 128, 100
DEEP = 10**9
PROOF_LIMIT, HYBRID_LIMIT = 2_000, 6_000
SHORT, LONG = 300, 10_000


def main(options: list[str]) -> int:
    """Run the tables; return how many limits were missed. ``--long`` crashes 10,000 times."""
    crashes = LONG if "--long" in options else SHORT
    print("trace: the ledger on SQLite, WAL, synchronous=FULL\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        missed = _tree() + _sizes(folder / "sizes")
        _appends(folder / "appends")
        missed += _durable(folder / "durable")
        missed += _bits(folder / "bits")
    missed += _crashes(crashes)
    return missed


def _entry(number: int) -> Entry:
    """Return an entry of the size that a reading has, about 500 bytes."""
    figures: JSON = {"rate": {"value": 4.7 + number * 1e-3, "u": 0.2, "unit": "s/d", "status": "ok"}}
    at = Instant(1_795_000_000_000_000_000 + number)
    return Entry.of_record(
        Record("bench.reading", f"watch:{number % 100}", {"number": number, "figures": figures}, "bench.acoustic", "1", at)
    )


def _tree() -> int:
    leaves = [leaf_hash(number.to_bytes(8)) for number in range(MANY)]
    _told("leaves appended to a tree, CPU", MANY, _timed(lambda: CompactRange().extended(leaves).root))
    leaf, path = leaves[0], leaves[1:31]
    root = root_from_inclusion(leaf, DEEP // 2, DEEP, path)
    start = time.process_time()
    for _ in range(2000):
        verify_inclusion(leaf, DEEP // 2, DEEP, path, root)
    _told("inclusions verified at 10^9 leaves, CPU", 2000, time.process_time() - start)
    return 0


def _sizes(folder: Path) -> int:
    with HouseLedger(folder) as ledger:
        ledger.begin("watches.example/log")
        signers = ledger.keys.find(ledger.key_log().periods[0].keys)
    missed = 0
    for signed, limit, what in ((signers[:1], PROOF_LIMIT, "Ed25519"), (signers, HYBRID_LIMIT, "hybrid")):
        note = sign_checkpoint(Checkpoint("watches.example/log", DEEP, bytes(32)), signed, time=1_795_000_000)
        proof = ProvedEntry(DEEP - 1, (bytes(32),) * 30, b"{}", bytes(16), bytes(32)).proof + "\n" + note.text
        missed += _limit(f"bytes of a proof at 10^9 leaves, {what}", len(proof.encode()), limit)
    return missed


def _appends(folder: Path) -> None:
    entries = [_entry(number) for number in range(20_000)]
    with HouseLedger(folder) as ledger:
        writer = ledger.writer
        wall, processor = time.perf_counter(), time.process_time()
        for start in range(0, len(entries), 1000):
            writer.append(entries[start : start + 1000])
        _told("entries in batches of 1000, wall", len(entries), time.perf_counter() - wall)
        _told("entries in batches of 1000, CPU", len(entries), time.process_time() - processor)


def _durable(folder: Path) -> int:
    times: list[float] = []
    work = [[_entry(writer * EACH + number) for number in range(EACH)] for writer in range(WRITERS)]
    with HouseLedger(folder) as ledger:
        writer = ledger.writer

        def append(entries: list[Entry]) -> None:
            for entry in entries:
                start = time.perf_counter()
                writer.append([entry])
                times.append(time.perf_counter() - start)

        threads = [threading.Thread(target=append, args=(entries,)) for entries in work]
        wall = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _told(f"durable appends of one entry, {WRITERS} writers", len(times), time.perf_counter() - wall)
        times.sort()
        print(f"    p50 {times[len(times) // 2] * 1e3:.1f} ms  p99 {times[len(times) * 99 // 100] * 1e3:.1f} ms")
        checkpoint = ledger.reader.checkpoint()
    return _limit("leaves short of what was acknowledged", len(times) + 1 - (checkpoint.size if checkpoint else 0), 0)


def _bits(folder: Path) -> int:
    found = stored_bits(folder)
    print(f"  {found.bits} bits of a small log changed one by one")
    return _limit("changed bits that nobody noticed", found.bits - found.found, 0)


def _crashes(count: int) -> int:
    missed = 0
    for what, tally in (
        (f"{count} power failures", power_failures(count, seed=1)),
        (f"{count // 100} processes killed", killed_processes(count // 100, seed=1)),
    ):
        print(f"  {what}: {tally.acknowledged} entries acknowledged")
        missed += _limit("acknowledged and lost", tally.lost, 0)
        missed += _limit("checkpoints forked", tally.forks, 0)
        missed += _limit("ledgers damaged", tally.damaged, 0)
    return missed


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _told(what: str, count: int, spent: float) -> None:
    print(f"  {what:48} {spent:8.3f} s  {count / spent:10.0f} /s")


def _limit(what: str, found: int, most: int) -> int:
    print(f"  {what:48} {found:8} of at most {most}  {'ok' if found <= most else 'MISSED'}")
    return int(found > most)
