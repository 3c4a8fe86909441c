# SPDX-License-Identifier: Apache-2.0
"""Who sees what, on random histories against a second telling of the rules; how fast and how small the public page is."""

import asyncio
import tempfile
import time
from pathlib import Path
from random import Random

import httpx
from tests.trace.role_model import WATCH, may_now, moment, random_life, random_question, standing_of
from tests.trace.watch_lives import birth, sale

from sichen.adapters import DataFolder
from sichen.adapters.passport_desk import PassportDesk
from sichen.trace.passport import fold
from sichen.web import create_app

HISTORIES, QUICK = 100_000, 5_000
PAGES = 200
LARGEST = 6_000
"""Bytes of the public page: with its headers in the first flight of a fresh connection, ten segments of 1,460 bytes."""
SLOWEST = 1.0
_PATH = "/p/09520123456788/W-1"


def main(options: list[str]) -> int:
    """Print both tables and return how many limits were missed."""
    return _roles(QUICK if "--quick" in options else HISTORIES) + _page()


def _roles(count: int) -> int:
    random = Random(20261123)  # noqa: S311 - histories, no secret
    violations = asked = 0
    for _ in range(count):
        told = random_life(random)
        for _ in range(3):
            person, role, what, at = random_question(random)
            bonds = fold(WATCH, told.events, at=moment(at)).bonds
            seen = what in standing_of(told, person, role).may(WATCH, bonds, at=moment(at))
            violations += seen != may_now(told, person, role, what, at)
            asked += 1
    print(f"\nroles: {count} random histories, {asked} questions, {violations} differences from the model (limit 0)")
    return int(violations > 0)


def _page() -> int:
    with tempfile.TemporaryDirectory() as place, DataFolder.open(Path(place)) as folder:
        with PassportDesk(folder) as desk:
            desk.write([*birth(), *sale()])
        took, cpu, size = asyncio.run(_ask(folder))
    worst = took[int(len(took) * 0.99)]
    print(
        f"public page: {size} bytes in one answer (limit {LARGEST}), {1e3 * cpu / len(took):.1f} ms of a processor each,"
        f" p50 {1e3 * took[len(took) // 2]:.1f} ms, p99 {1e3 * worst:.1f} ms (limit {1e3 * SLOWEST:.0f} ms)"
    )
    return int(size > LARGEST) + int(worst > SLOWEST)


async def _ask(folder: DataFolder) -> tuple[list[float], float, int]:
    took: list[float] = []
    size = 0
    app = create_app(folder)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        await client.get(_PATH)
        begun = time.process_time()
        for _ in range(PAGES):
            start = time.perf_counter()
            answer = await client.get(_PATH, headers={"accept-encoding": "identity"})
            took.append(time.perf_counter() - start)
            size = len(answer.raise_for_status().content)
        cpu = time.process_time() - begun
    app.state.passports.close()
    return sorted(took), cpu, size
