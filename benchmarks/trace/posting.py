# SPDX-License-Identifier: Apache-2.0
"""``python -m benchmarks.trace.posting [EVENTS]``: single events posted to a real server, which is killed in the middle of it.

Every event that was answered with 201 must be in the ledger afterwards: what is acknowledged is on the disk.
"""

import asyncio
import os
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.trace import posters
from sichen.adapters.epcis.store import EventStore
from sichen.adapters.ledger.verifying import damages

CLIENTS = 128
_WARMING = range(10**9, 10**9 + 256)
_CUT_OFF = range(2 * 10**9, 3 * 10**9)


@dataclass(frozen=True)
class Load:
    """What posting took: seconds of the clock, of the server's processor and of the clients'."""

    times: list[float]
    kept: list[int]
    wall: float
    server: float
    clients: float
    killed: int


async def _load(data: Path, count: int) -> Load:
    command = [sys.executable, "-m", "sichen.cli", "serve", "--port", "0", "--data", str(data)]
    server = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    if server.stdout is None:
        raise RuntimeError
    line = (await server.stdout.readline()).decode()
    address = next(word for word in line.split() if word.startswith("http"))
    times: list[float] = []
    kept: list[int] = []
    await posters.post(address, _WARMING, clients=8, times=[], kept=kept)  # so that everything is loaded
    before = _processor(server.pid)
    wall, clients = await posters.post(address, range(count), clients=CLIENTS, times=times, kept=kept)
    spent = _processor(server.pid) - before
    answered = len(kept)
    # The same load once more, which no answer ends: the server is killed while 128 requests are under way.
    cut = _CUT_OFF[: 2 * count]
    ending = asyncio.create_task(posters.post(address, cut, clients=CLIENTS, times=[], kept=kept))
    await asyncio.sleep(max(0.3, wall / 3))
    server.send_signal(signal.SIGKILL)
    await server.wait()
    await ending
    return Load(sorted(times), kept, wall, spent, clients, len(kept) - answered)


def _processor(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _lost(folder: Path, kept: list[int]) -> tuple[int, int]:
    """Count what was acknowledged and is not there, and what is damaged."""
    with EventStore(folder) as store, store.ledger.backend.reading() as statements:
        there = {str(name) for (name,) in statements.run("SELECT event_id FROM epcis_event")}
        damaged = sum(1 for _ in damages(store.ledger.backend, store.ledger.reader.tables))
    return sum(posters.name_of(number) not in there for number in kept), damaged


def main(count: int) -> int:
    """Post, kill, count; return how many acknowledged events are lost."""
    with tempfile.TemporaryDirectory() as name:
        load = posters.run(_load(Path(name), count))
        lost, damaged = _lost(Path(name) / "ledger", load.kept)
    posted = len(load.times)
    p50, p99 = (load.times[posted * part // 100] * 1e3 for part in (50, 99))
    each = [spent / posted * 1e6 for spent in (load.server, load.clients)]
    print(f"{posted} single posts, {CLIENTS} connections: {posted / load.wall:.0f} /s wall, p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    print(f"processor: server {each[0]:.0f} us a post ({posted / load.server:.0f} /CPU-s), clients {each[1]:.0f} us a post")
    print(f"{len(load.kept)} acknowledged, the last {load.killed} while it was killed; {lost} lost, {damaged} damaged")
    print("load of the machine, 1, 5 and 15 minutes:", *(f"{one:.1f}" for one in os.getloadavg()))
    return lost + damaged


if __name__ == "__main__":
    sys.exit(min(1, main(int(sys.argv[1]) if len(sys.argv) > 1 else 12_800)))
