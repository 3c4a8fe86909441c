# SPDX-License-Identifier: Apache-2.0
"""M4: CPU of the server for each reply, ours and chronyd's, in one run over loopback, rounds interleaved; and the rate of the framer.

The load is bounded: so many requests, never more than a window of them unanswered. CPU is what the scheduler counted for all threads
of the server. chronyd runs with ``-x`` and serves this computer's clock; without it there is nothing to compare with.
"""

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.stability.table import row
from sichen.timebase.ntp import request
from sichen.timebase.nts import Keys, believed, sealed_request

ROUNDS, REQUESTS, WINDOW = 7, 60_000, 128
NTS_REQUESTS, NTS_WINDOW, ROOM = 30_000, 128, 2048
PLAIN_LIMIT, NTS_LIMIT = 0.87, 0.85
CHRONYD = "/usr/sbin:/usr/bin:/sbin:/bin"

OURS = """
import sys, time
from sichen.adapters.ntp_responder import NtpResponder
from sichen.core import Instant
from sichen.timebase.leap import Leap
from sichen.timebase.ntp import ServedClock
made = NtpResponder(port=int(sys.argv[1]), interval=1e-6, burst=1_000_000)
def tell():
    made.tell(ServedClock(1, Leap.NONE, -20, 0.0, 1e-6, b"GPS", Instant(time.time_ns())), offset_ns=0)
tell(); made.start(); print("ready", flush=True)
while True:
    time.sleep(1.0); tell()
"""
OURS_NTS = """
import sys, time
from pathlib import Path
from sichen.adapters.timebase.counter import MachineCounter
from sichen.adapters.timebase.outputs import Disciplined
from sichen.adapters.timebase.outputs.nts import NtsOutput
from sichen.core import Instant
from sichen.timebase.leap import Leap, leap_table
from sichen.timebase.service import Engine, OutputPlan, ServicePlan, SourcePlan
from sichen.timebase.source import Sample
counter = MachineCounter(); local, system = counter.pair()
engine = Engine(ServicePlan("t", (SourcePlan("GPS", "system", 1e-6, 1e-7),), tick=1.0),
                epoch=Instant(system.ns - local), table=leap_table())
for k in range(60):
    engine.tick(local + (k - 60) * 10**9, {"GPS": Sample(local / 1e9 + k - 60, 0.0, leap=Leap.NONE)})
made = NtsOutput(OutputPlan("nts", port=int(sys.argv[1]), ke_port=int(sys.argv[2]), interval=1e-6, burst=1_000_000),
                 Disciplined(engine, counter), state=Path(sys.argv[3]))
made.start(); print("ready", flush=True)
time.sleep(3600)
"""


def responder(*, short: bool) -> int:
    """Print the tables; return how many limits were missed."""
    if (program := shutil.which("chronyd", path=CHRONYD)) is None:
        print("\nM4: chronyd is not installed: nothing to compare with")
        return 0
    rounds = 3 if short else ROUNDS
    with tempfile.TemporaryDirectory(prefix="sichen-") as place:
        missed = _plain(program, Path(place), rounds) + _nts(program, Path(place), rounds)
    return missed + framer()


def _plain(program: str, place: Path, rounds: int) -> int:
    print(f"\nM4: CPU of an NTP server for each reply, loopback, {rounds} rounds of {REQUESTS} requests, window {WINDOW}")
    with _ours(OURS) as (ours, port), _chronyd(program, place) as (theirs, other):
        found: dict[str, list[float]] = {"Sichen": [], "chronyd": []}
        _cost(ours, port, request(1), REQUESTS // 10, WINDOW)  # fills the caches of the generator
        for _ in range(rounds):
            found["Sichen"].append(_cost(ours, port, request(1), REQUESTS, WINDOW))
            found["chronyd"].append(_cost(theirs, other, request(1), REQUESTS, WINDOW))
    return _table(found, PLAIN_LIMIT)


def _nts(program: str, place: Path, rounds: int) -> int:
    print(f"\nM4: the same under NTS, {rounds} rounds of {NTS_REQUESTS} requests, window {NTS_WINDOW}")
    from sichen.adapters.phone_access import phone_access

    made = phone_access(place)
    keys = [_free(socket.SOCK_STREAM) for _ in range(2)]
    lines = [f"ntsport {keys[1]}", f"ntsservercert {made.certificate}", f"ntsserverkey {made.key}", "ntsprocesses 0"]
    with _ours(OURS_NTS, str(keys[0]), str(place)) as (ours, port), _chronyd(program, place, *lines) as (theirs, other):
        packets = [_sealed(ke_port, made.certificate, at) for ke_port, at in zip(keys, (port, other), strict=True)]
        found: dict[str, list[float]] = {"Sichen": [], "chronyd": []}
        for _ in range(rounds):
            found["Sichen"].append(_cost(ours, port, packets[0], NTS_REQUESTS, NTS_WINDOW))
            found["chronyd"].append(_cost(theirs, other, packets[1], NTS_REQUESTS, NTS_WINDOW))
    return _table(found, NTS_LIMIT)


def _table(found: dict[str, list[float]], limit: float) -> int:
    for name, costs in found.items():
        print(f"  {name:12} median {np.median(costs):8.2f} µs, least {min(costs):8.2f} µs")
    # Rounds stand in pairs: what else the computer did meanwhile, both had.
    ratio = float(np.median(np.array(found["Sichen"]) / np.array(found["chronyd"])))
    return row("CPU for each reply, Sichen / chronyd, median of pairs", ratio, limit)


def _sealed(ke_port: int, certificate: Path, port: int) -> bytes:
    """Return one request under seal that the server answers in full; its cookie is used again and again, which servers cannot know."""
    from sichen.adapters.timebase.tls import Conversation, client_context
    from sichen.timebase.nts import read_answer_records, request_records

    talk = Conversation(client_context(certificate), socket.create_connection(("localhost", ke_port), timeout=5.0), seconds=5.0)
    talk.tls.set_tlsext_host_name(b"localhost")
    talk.tls.set_connect_state()
    keys: Keys = talk.agree()
    talk.send(request_records())
    cookies = read_answer_records(talk.message()).cookies
    talk.close()
    asked = sealed_request(request(1), cookie=cookies[0], keys=keys)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5.0)
        client.sendto(asked.packet, ("127.0.0.1", port))
        if not believed(client.recv(ROOM), asked=asked, keys=keys):
            raise RuntimeError("the answer brings no cookie under seal: nothing to compare")
    return asked.packet


def _cost(pid: int, port: int, packet: bytes, count: int, window: int) -> float:
    """Return the CPU of a server for each reply, in µs."""
    from benchmarks.timebase.load import kernels

    batch = kernels.BATCH
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", port))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 200_000))
        answers, vectors = np.zeros((batch, kernels.ROOM), np.uint8), np.zeros((2 * batch, 2), np.int64)
        heads = np.zeros((2 * batch, 8), np.int64)
        data = np.frombuffer(packet, np.uint8).copy()
        before = _cpu(pid)
        got, _ = kernels.exchange(client.fileno(), data, count, window, 5, answers, vectors, heads)
        used = _cpu(pid) - before
    if got < count // 2:
        raise RuntimeError(f"only {got} of {count} were answered")
    return used / got / 1e3


def _cpu(pid: int) -> int:
    """Return the nanoseconds that all threads of a process have run."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def _free(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _ours(program: str, *words: str) -> Iterator[tuple[int, int]]:
    port = _free(socket.SOCK_DGRAM)
    running = subprocess.Popen([sys.executable, "-c", program, str(port), *words], stdout=subprocess.PIPE, text=True)
    try:
        if running.stdout is not None:
            running.stdout.readline()
        yield running.pid, port
    finally:
        running.terminate()
        running.wait(timeout=10)


@contextlib.contextmanager
def _chronyd(program: str, place: Path, *lines: str) -> Iterator[tuple[int, int]]:
    port = _free(socket.SOCK_DGRAM)
    usual = [f"port {port}", "local stratum 1", "allow", "cmdport 0", f"pidfile {place}/pid", "bindcmdaddress /"]
    user = ["-u", "root"] if os.geteuid() == 0 else []
    running = subprocess.Popen(
        [program, "-x", "-d", *user, "-f", "/dev/null", *usual, *lines], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(1.0)
        yield running.pid, port
    finally:
        running.terminate()
        running.wait(timeout=10)


def framer() -> int:
    """Print how fast a mixed stream is cut and read, ours and pyubx2's; return whether ours misses 10 MB/s."""
    from sichen.timebase.receivers import Framer, decode

    folder = Path(os.environ.get("SICHEN_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")) / "gnss"
    logs = sorted(folder.glob("*/*.log")) + sorted(folder.glob("pyubx2/*.ubx"))
    if not logs:
        print("\nM6: the recorded logs are absent")
        return 0
    data = b"".join(path.read_bytes() for path in logs)
    list(Framer().feed(data[:10_000], final=True))
    print(f"\nM6: {len(data) / 1e6:.1f} MB of recorded logs, one stream")
    begun = time.process_time()
    count = sum(1 for _ in Framer().feed(data, final=True))
    rate = len(data) / 1e6 / (time.process_time() - begun)
    print(f"  framer        {count} messages")
    begun = time.process_time()
    times = decode(data)
    print(f"  with decoding {len(data) / 1e6 / (time.process_time() - begun):.2f} MB/s, {len(times)} times")
    _peer(data)
    return row("framer", rate, 10.0, "MB/s", least=True)


def _peer(data: bytes) -> None:
    try:
        from pyubx2 import UBXReader
    except ImportError:
        print("  pyubx2        not installed")
        return
    import io

    part = data[:400_000]
    begun, count, problem = time.process_time(), 0, ""
    try:
        for _ in UBXReader(io.BytesIO(part), protfilter=7, quitonerror=0):
            count += 1
    except Exception as error:  # noqa: BLE001 - that it raises is the finding
        problem = type(error).__name__
    read = time.process_time() - begun
    print(f"  pyubx2        {len(part) / 1e6 / read:.2f} MB/s at most, {count} messages {problem}")
