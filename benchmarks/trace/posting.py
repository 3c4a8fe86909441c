# SPDX-License-Identifier: Apache-2.0
"""``python -m benchmarks.trace.posting [EVENTS]``: single events posted to a real server, which is then killed.

Every event that was answered with 201 must be in the ledger afterwards: what is acknowledged is on the disk.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from sichen.adapters.epcis.store import EventStore

CLIENTS = 128
_CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]


async def _posted(address: str, numbers: range, times: list[float], kept: list[str]) -> None:
    place = urlsplit(address)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    for number in numbers:
        name = f"urn:uuid:8b5b3f9e-0000-4000-8000-{number:012d}"
        event = {"@context": _CONTEXT, "type": "ObjectEvent", "eventID": name, "action": "OBSERVE", "bizStep": "inspecting"}
        event |= {"eventTime": "2026-03-01T08:00:00Z", "eventTimeZoneOffset": "+00:00"}
        event["epcList"] = [f"urn:epc:id:sgtin:4012345.011111.{number}"]
        body = json.dumps(event).encode()
        head = f"POST /api/epcis/events HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
        start = time.perf_counter()
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(answer.partition("content-length: ")[2].partition("\r\n")[0]))
        times.append(time.perf_counter() - start)
        if " 201 " in answer.partition("\r\n")[0]:
            kept.append(name)
    writer.close()


async def _load(data: Path, count: int) -> tuple[list[float], list[str], float, float]:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sichen.cli", "serve", "--port", "0", "--data", str(data), stdout=asyncio.subprocess.PIPE
    )
    if server.stdout is None:
        raise RuntimeError
    line = (await server.stdout.readline()).decode()
    address = next(word for word in line.split() if word.startswith("http"))
    times: list[float] = []
    kept: list[str] = []
    await _posted(address, range(10**9, 10**9 + 20), [], kept)  # so that everything is loaded
    before, start = _processor(server.pid), time.perf_counter()
    each = count // CLIENTS
    await asyncio.gather(*(_posted(address, range(one * each, (one + 1) * each), times, kept) for one in range(CLIENTS)))
    wall, spent = time.perf_counter() - start, _processor(server.pid) - before
    server.send_signal(signal.SIGKILL)
    await server.wait()
    return times, kept, wall, spent


def _processor(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(count: int) -> int:
    """Post, kill, count; return how many acknowledged events are lost."""
    with tempfile.TemporaryDirectory() as name:
        times, kept, wall, spent = asyncio.run(_load(Path(name), count))
        with EventStore(Path(name) / "ledger") as store:
            lost = sum(not store.ask({"EQ_eventID": [one]}).events for one in kept)
    times.sort()
    p50, p99 = (times[len(times) * part // 100] * 1e3 for part in (50, 99))
    print(f"{len(times)} single posts, {CLIENTS} connections: {len(times) / wall:.0f} /s wall, {len(times) / spent:.0f} /CPU-s")
    print(f"p50 {p50:.0f} ms, p99 {p99:.0f} ms; {len(kept)} acknowledged, {lost} lost after kill -9")
    return lost


if __name__ == "__main__":
    sys.exit(min(1, main(int(sys.argv[1]) if len(sys.argv) > 1 else 12_800)))
