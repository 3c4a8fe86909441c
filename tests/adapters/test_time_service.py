# SPDX-License-Identifier: Apache-2.0
"""One running service with every output: what all of them say is the same instant, and evidence stands behind it."""

import contextlib
import ctypes
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest

from sichen.adapters import DataFolder
from sichen.adapters.audio_files import open_recording
from sichen.adapters.timebase import TimeService
from sichen.adapters.timebase.counter import MachineCounter
from sichen.adapters.timebase.evidence import find_behind, served_records
from sichen.adapters.timebase.outputs import Disciplined, SecondOutput
from sichen.core import Instant, SourceError, why
from sichen.timebase.arbiter import State
from sichen.timebase.feeds import SHM_KEY, SHM_SIZE, read_shm_block, read_sock_packet
from sichen.timebase.irig import Form, hear, utc_of
from sichen.timebase.leap import Leap, leap_table
from sichen.timebase.ntp import Exchange, Mode, NtpPacket, read_answer, request, utc_time
from sichen.timebase.outputs import read_daytime, read_dlt_string, read_time_of_day, read_time_protocol
from sichen.timebase.receivers import Witness, decode
from sichen.timebase.service import Engine, OutputPlan, ServicePlan, SourcePlan, Status, Told, broken_links, read_plan
from sichen.timebase.source import Sample

NS = 1_000_000_000
AHEAD = 0.25
"""True time minus the system's clock: so an output that read the system's clock would be found out."""
UNIT = 3

PLAN = """
name = "all"
tick = 0.25
[[source]]
name = "SYS"
kind = "system"
u = 1e-4
jitter = 1e-4
delay = {ahead}
[[output]]
kind = "ntp"
port = {free[0]}
burst = 100
[[output]]
kind = "ntp_broadcast"
port = {broadcast}
[[output]]
kind = "strings"
path = "{folder}/strings.txt"
sentences = ["zda", "rmc", "dlt", "tod"]
offset = 480
[[output]]
kind = "strings"
name = "pty"
path = "{pty}"
sentences = ["rmc", "zda"]
[[output]]
kind = "irig"
name = "dc"
path = "{folder}/dc.wav"
form = "C37.118"
offset = 480
[[output]]
kind = "irig"
name = "am"
path = "{folder}/am.wav"
carrier = true
sample_rate = 16000
[[output]]
kind = "daytime"
port = {free[1]}
[[output]]
kind = "time"
port = {free[2]}
[[output]]
kind = "http"
port = {free[3]}
[[output]]
kind = "chrony_sock"
path = "{folder}/chrony.sock"
[[output]]
kind = "chrony_sock"
name = "peer"
path = "{folder}/peer.sock"
[[output]]
kind = "chrony_shm"
unit = {unit}
[[output]]
kind = "pulse"
path = "{folder}/pulses.txt"
every = 2.0
alternate = true
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """A service and what listens to it."""

    service: TimeService
    folder: DataFolder
    place: Path
    ports: list[int]
    broadcast: socket.socket
    sock: socket.socket
    pty: int

    def true_now(self) -> Instant:
        return Instant(time.time_ns() + round(AHEAD * NS))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    place = tmp_path_factory.mktemp("time")
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    listener.settimeout(5.0)
    chrony = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    chrony.bind(str(place / "chrony.sock"))
    chrony.settimeout(5.0)
    ours, theirs = os.openpty()
    ports = [free_port() for _ in range(4)]
    text = PLAN.format(
        ahead=AHEAD, free=ports, broadcast=listener.getsockname()[1], folder=place, unit=UNIT, pty=os.ttyname(theirs)
    )
    with DataFolder.open(place / "data") as folder:
        service = TimeService(read_plan(text), state=place / "state", folder=folder)
        stop = threading.Event()
        thread = threading.Thread(target=service.run, args=(stop,))
        thread.start()
        deadline = time.monotonic() + 60
        while service.status().state is State.UNUSABLE and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(4.3)
        try:
            yield Running(service, folder, place, ports, listener, chrony, ours)
        finally:
            stop.set()
            thread.join()
            listener.close()
            chrony.close()
            os.close(ours)
            os.close(theirs)
            _remove_shared_memory()


def _remove_shared_memory() -> None:
    system = ctypes.CDLL(None)
    system.shmctl(system.shmget(SHM_KEY + UNIT, SHM_SIZE, 0), 0, None)


@pytest.mark.slow
def test_lines_codes_and_frames_decode_back_to_the_same_seconds(running: Running) -> None:
    lines = (running.place / "strings.txt").read_bytes()
    near = Witness(near=running.true_now())
    zda = {one.utc.ns for one in decode(lines, witness=near) if one.message == "ZDA"}
    rmc = {one.utc.ns for one in decode(lines, witness=near) if one.message == "RMC"}
    dlt = {read_dlt_string(found).utc.ns for found in re.findall(rb"#[0-9A-F]{20}\r\n", lines)}
    frames = [lines[at : at + 23] for at in range(len(lines)) if lines[at : at + 4] == b"CM\x01\x20"]
    tod = {read_time_of_day(frame).utc.ns for frame in frames}
    dc = _irig(running.place / "dc.wav", Form.C37_118)
    am = _irig(running.place / "am.wav", Form.IEEE1344)

    usable = zda & rmc & dlt & tod
    assert len(usable) >= 3
    assert zda == usable
    assert usable <= rmc
    assert all(second % NS == 0 for second in usable)
    assert len(usable & dc) >= 3
    assert len(usable & am) >= 3


def _irig(path: Path, form: Form) -> set[int]:
    recording = open_recording(path)
    sound = [float(value) for piece in recording.chunks() for value in piece[:, 0]]
    heard = hear(sound, sample_rate=recording.sample_rate, form=form)
    # A frame that begins a sample or more beside its second would not decode to it.
    beside = [frame.start - round(frame.start / recording.sample_rate) * recording.sample_rate for frame in heard.frames]
    assert max(abs(one) for one in beside) <= 1.0
    return {utc_of(frame.time, form=form).ns for frame in heard.frames}


@pytest.mark.slow
def test_servers_tell_the_disciplined_clock_and_not_the_systems(running: Running) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5.0)
        departed = running.true_now()
        client.sendto(request(4711), ("127.0.0.1", running.ports[0]))
        found = read_answer(client.recv(100), cookie=4711, departed=departed, arrived=running.true_now())
    assert isinstance(found, Exchange)
    # What the exchange itself cannot know is half its delay.
    assert abs(found.offset) < found.delay / 2 + 1e-3
    assert found.stratum == 1

    for port, read in ((running.ports[1], read_daytime), (running.ports[2], None)):
        before = running.true_now()
        with socket.create_connection(("127.0.0.1", port), timeout=5.0) as connection:
            data = connection.recv(100)
        told = read(data) if read else read_time_protocol(data, witness=Witness(near=before))
        assert before.ns // NS - 1 <= told.ns // NS <= running.true_now().ns // NS + 1

    with urllib.request.urlopen(f"http://127.0.0.1:{running.ports[3]}/time", timeout=5.0) as answer:
        said = json.load(answer)
    off = (running.true_now().ns - Instant.parse(said["utc"]).ns) / NS
    assert -1e-3 < off < 2.0
    assert 0 < said["u_s"] < 1e-3


@pytest.mark.slow
def test_broadcast_and_both_feeds_of_chronyd_tell_the_same_offset(running: Running) -> None:
    packet = NtpPacket.decode(running.broadcast.recv(100))
    assert packet.mode is Mode.BROADCAST
    sent = utc_time(packet.sent, witness=Witness(near=running.true_now()))
    assert abs((sent.ns - NS // 2) // NS * NS + NS - sent.ns) < 0.2 * NS

    _, offset, _ = read_sock_packet(running.sock.recv(100))
    system = ctypes.CDLL(None)
    system.shmat.restype = ctypes.c_void_p
    address = system.shmat(system.shmget(SHM_KEY + UNIT, SHM_SIZE, 0), None, 0)
    true, local, _ = read_shm_block(ctypes.string_at(address, SHM_SIZE))
    assert offset == pytest.approx(AHEAD, abs=1e-3)
    assert (true.ns - local.ns) / NS == pytest.approx(AHEAD, abs=1e-3)


@pytest.mark.slow
def test_pulses_of_slave_clocks_alternate_and_a_pseudo_terminal_carries_the_second(running: Running) -> None:
    signs = (running.place / "pulses.txt").read_text(encoding="ascii")
    assert len(signs) >= 2
    assert all(one != other for one, other in pairwise(signs))
    told = decode(os.read(running.pty, 4096), witness=Witness(near=running.true_now()))
    assert told[0].valid


@pytest.mark.slow
def test_metrics_and_status_say_the_same_and_the_status_survives_json(running: Running) -> None:
    base = f"http://127.0.0.1:{running.ports[3]}"
    with urllib.request.urlopen(f"{base}/metrics", timeout=5.0) as answer:
        metrics = answer.read().decode()
    with urllib.request.urlopen(f"{base}/status", timeout=5.0) as answer:
        told = Status.from_json(json.load(answer))
    assert f'sichen_time_state{{state="{told.state.value}"}} 1.0' in metrics
    assert Status.from_json(told.to_json()) == told
    assert [one.name for one in told.outputs if one.problem] == ["peer"]  # no chronyd listens there yet
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{base}/passwords", timeout=5.0)


@pytest.mark.slow
def test_a_served_second_says_what_stood_behind_it_and_the_chain_holds(running: Running) -> None:
    second = Instant((running.true_now().ns // NS - 2) * NS)
    keeper = running.service._evidence
    assert keeper is not None
    with contextlib.suppress(Exception):
        keeper._keep()
    found = find_behind(running.folder, second)
    assert found is not None
    assert found.second == second
    assert found.state["followed"] == ["SYS"]
    assert found.system_offset == pytest.approx(AHEAD, abs=1e-3)
    assert found.u is not None
    assert abs(found.system_offset - AHEAD) < 3 * found.u
    records = served_records(running.folder)[::-1]
    assert broken_links(records) == []
    assert why(found.record.digest, running.folder.records).record == found.record
    assert find_behind(running.folder, Instant.parse("2020-01-01T00:00:00Z")) is None


@pytest.mark.slow
@pytest.mark.parametrize("way", ["SOCK", "SHM"])
def test_chronyd_fed_by_us_serves_our_time(running: Running, way: str, tmp_path: Path) -> None:
    program = shutil.which("chronyd", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs chronyd")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    feed = f"SOCK {running.place}/peer.sock" if way == "SOCK" else f"SHM {UNIT}"
    lines = [f"refclock {feed} poll 0 filter 1 delay 1e-3 refid SICH", f"port {port}", "allow 127.0.0.1", "cmdport 0"]
    lines += [f"pidfile {tmp_path}/pid", "bindcmdaddress /", "bindaddress 127.0.0.1"]
    chronyd = subprocess.Popen([str(program), "-x", "-d", "-u", "root", "-f", "/dev/null", *lines])
    try:
        found = None
        deadline = time.monotonic() + 30
        while not isinstance(found, Exchange) and time.monotonic() < deadline:
            time.sleep(0.5)
            found = _ask(port, running)
    finally:
        chronyd.terminate()
        chronyd.wait(timeout=10)
    assert isinstance(found, Exchange), found
    # A busy machine delays packets: what the exchange itself allows is no fault of the clock.
    assert abs(found.offset) <= max(5e-3, found.u)
    assert found.reference == b"SICH"


def _ask(port: int, running: Running) -> object:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1.0)
        departed = running.true_now()
        client.sendto(request(4712), ("127.0.0.1", port))
        try:
            return read_answer(client.recv(100), cookie=4712, departed=departed, arrived=running.true_now())
        except OSError:
            return None


def test_port_that_is_taken_is_told_at_once_and_nothing_stays_open(tmp_path: Path) -> None:
    ports = [free_port() for _ in range(2)]
    text = PLAN.split("[[output]]", maxsplit=1)[0].format(ahead=AHEAD)
    rows = [
        f'[[output]]\nkind = "http"\nport = {ports[0]}',
        f'[[output]]\nkind = "time"\nport = {ports[1]}',
        '[[output]]\nkind = "daytime"',
    ]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        rows[2] += f"\nport = {taken.getsockname()[1]}"
        with pytest.raises(SourceError, match="daytime"):
            TimeService(read_plan(text + "\n".join(rows)), state=tmp_path)
    for port in ports:
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", port))


@pytest.mark.slow
def test_no_second_is_left_out_or_said_twice_about_a_leap_second() -> None:
    """Five seconds before an inserted second the outputs begin; the counter runs at its own pace."""
    counter = MachineCounter()
    local = counter.read()
    midnight = Instant.parse("2027-01-01T00:00:00Z")
    table = replace(leap_table(), since=(*leap_table().since, midnight.ns // NS), offsets=(*leap_table().offsets, 38))
    table = replace(table, expires=midnight.ns // NS + 86_400)
    plan = ServicePlan("t", (SourcePlan("GPS", "system", 1e-6, 1e-7),), tick=1.0)
    engine = Engine(plan, epoch=Instant(midnight.ns - 4 * NS - local), table=table)
    for k in range(-60, 1):
        engine.tick(local + k * NS, {"GPS": Sample(local / NS + k, 0.0, leap=Leap.NONE)})

    said: list[str] = []

    class Listed(SecondOutput):
        def tell(self, told: Told) -> None:
            said.append(f"{told.second.isoformat()[14:19]}{'+' if told.leap_second else ''}")

    output = Listed(OutputPlan("strings", path="x"), Disciplined(engine, counter))
    output.start()
    for k in range(1, 10):
        counter.wait(local + k * NS, threading.Event())
        engine.tick(local + k * NS, {})
    output.stop()
    assert said[:8] == ["59:57", "59:58", "59:59", "59:59+", "00:00", "00:01", "00:02", "00:03"]
