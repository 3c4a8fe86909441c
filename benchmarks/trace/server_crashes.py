# SPDX-License-Identifier: Apache-2.0
"""``python -m benchmarks.trace.server_crashes [COUNT]``: a PostgreSQL server of our own is crashed while many append to it.

Half of the crashes kill the connections of the writers (`pg_terminate_backend`), the others stop the whole server at once
(``pg_ctl stop -m immediate``), which is what a power cut leaves behind as far as the server knows.
"""

import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.trace.crashes import Tally
from sichen.adapters.ledger.opening import HouseLedger
from sichen.adapters.ledger.verifying import damages
from sichen.adapters.ledger.writer import Receipt
from sichen.core import DataError, SichenError
from sichen.trace.ledger import Entry, verify_consistency

WRITERS = 8


@dataclass(frozen=True)
class Server:
    """A server that can be crashed."""

    folder: Path
    binaries: Path

    @property
    def url(self) -> str:
        """Where it is."""
        return f"postgresql://sichen@/postgres?host={self.folder}"

    def run(self, program: str, *words: str) -> None:
        """Run one of its programs; it refuses to be root."""
        prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*prefix, str(self.binaries / program), "-D", str(self.folder / "data"), *words]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def start(self) -> None:
        """Start it, with every commit synced."""
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=on"
        self.run("pg_ctl", "--wait", "--silent", f"--log={self.folder}/log", f"--options={options}", "start")

    def crash(self) -> None:
        """Stop it without letting it finish anything."""
        self.run("pg_ctl", "--wait", "--silent", "--mode=immediate", "stop")


@contextlib.contextmanager
def private_server() -> Iterator[Server]:
    """Make a server, and remove it afterwards."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin/initdb")).parent
    folder = Path(tempfile.mkdtemp(prefix="sichen-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        server = Server(folder, binaries)
        server.run("initdb", "--auth=trust", "--username=sichen", "--encoding=UTF8", "--locale=C.UTF-8")
        server.start()
        yield server
        server.crash()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def crashed_servers(crashes: int, *, seed: int) -> Tally:
    """Crash the server at random moments, start it again, and compare with what it had acknowledged."""
    lot = random.Random(seed)  # noqa: S311 - dice, not keys
    kept: list[tuple[Entry, Receipt]] = []
    lost = forks = damaged = 0
    with private_server() as server, tempfile.TemporaryDirectory() as name:
        for number in range(crashes):
            kept += _appended_until(server, Path(name), lot, whole=number % 2 == 0)
            with HouseLedger(Path(name), database=server.url) as ledger:
                damaged += len(list(damages(ledger.backend, ledger.reader.tables)))
                lost += sum(ledger.reader.leaf_of(entry.identity) != receipt.leaves[0] for entry, receipt in kept)
                forks += _forked(ledger, [receipt for _, receipt in kept[-100:]])
    return Tally(crashes, len(kept), lost, forks, damaged)


def _appended_until(server: Server, folder: Path, lot: random.Random, *, whole: bool) -> list[tuple[Entry, Receipt]]:
    found: list[tuple[Entry, Receipt]] = []
    failed = threading.Event()
    with contextlib.suppress(SichenError), HouseLedger(folder, database=server.url) as ledger:
        writer = ledger.writer

        def append(seed: int) -> None:
            own = random.Random(seed)  # noqa: S311 - dice, not keys
            while not failed.is_set():
                entry = Entry.of_json("erasure", {"leaves": [], "n": own.getrandbits(52)})
                try:
                    found.append((entry, writer.append([entry])))
                except SichenError:
                    failed.set()

        threads = [threading.Thread(target=append, args=(lot.getrandbits(32),)) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        time.sleep(0.05 + lot.random() * 0.5)
        if whole:
            server.crash()
        else:
            _kill_connections(server)
        failed.wait(10)
        failed.set()
        for thread in threads:
            thread.join()
    if whole:
        server.start()
    return found


def _kill_connections(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


def _forked(ledger: HouseLedger, receipts: list[Receipt]) -> int:
    checkpoint = ledger.reader.checkpoint()
    if checkpoint is None:
        return len(receipts)
    forks = 0
    for one in receipts:
        path = ledger.reader.prove_consistency(one.size, checkpoint.size)
        try:
            verify_consistency(one.size, checkpoint.size, path, one.root, checkpoint.root)
        except DataError:
            forks += 1
    return forks


if __name__ == "__main__":
    tally = crashed_servers(int(sys.argv[1]) if len(sys.argv) > 1 else 20, seed=1)
    print(tally)
    sys.exit(min(1, tally.lost + tally.forks + tally.damaged))
