# SPDX-License-Identifier: Apache-2.0
"""Sources as they listen: pseudo-terminals, gpsd, logs, recordings, servers that are honest, forged or rude."""

import os
import secrets
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest

from sichen.adapters.timebase.counter import MachineCounter
from sichen.adapters.timebase.ntp_source import NtpSource
from sichen.adapters.timebase.outputs.sound import WavFile, irig_sound
from sichen.adapters.timebase.sources import Listener, read_gpsd, source_of
from sichen.core import Instant, SourceError
from sichen.timebase.arbiter import State
from sichen.timebase.leap import leap_table
from sichen.timebase.ntp import NtpPacket, kiss
from sichen.timebase.outputs import rmc
from sichen.timebase.receivers import Witness
from sichen.timebase.service import Engine, OutputPlan, ServicePlan, SourcePlan, Told
from sichen.timebase.source import Sample

NS = 1_000_000_000
NOBODY = Witness(not_before=Instant.parse("2000-01-01T00:00:00Z"))


def peer(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"needs {name}")
    return str(found)


def listen(plan: SourcePlan, *, counter: MachineCounter | None = None) -> Listener:
    counter = counter or MachineCounter()
    local, system = counter.pair()
    engine = Engine(ServicePlan("test", (plan,)), epoch=Instant(system.ns - local), table=leap_table())
    return source_of(plan, engine, counter, NOBODY)


def gather(source: Listener, count: int, *, seconds: float = 20.0) -> list[Sample]:
    found: list[Sample] = []
    source.start()
    deadline = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < deadline:
        time.sleep(0.02)
        found += source.take()
    source.stop()
    return found


def wait_for(ready: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not ready() and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.mark.slow
def test_receiver_on_a_pseudo_terminal_is_compensated_for_its_late_sentence() -> None:
    """The sentence of each second leaves 50 ms after it; the receiver lives a quarter of a second ahead of this computer."""
    ours, theirs = os.openpty()
    stop = threading.Event()

    def send() -> None:
        while not stop.is_set():
            second = (time.time_ns() + NS // 4) // NS + 1
            stop.wait((second * NS + NS // 20 - NS // 4 - time.time_ns()) / NS)
            os.write(ours, rmc(Instant(second * NS)))

    writer = threading.Thread(target=send)
    writer.start()
    plan = SourcePlan("GPS", "serial", 1e-3, 1e-3, path=os.ttyname(theirs), delay=0.05)
    found = gather(listen(plan), 4)
    stop.set()
    writer.join()
    os.close(ours)
    os.close(theirs)

    assert len(found) >= 4
    assert all(one.valid for one in found)
    # A thread of a busy machine wakes some milliseconds late.
    assert median(one.offset for one in found) == pytest.approx(0.25, abs=0.02)


@pytest.mark.slow
def test_sentence_that_waited_at_the_far_end_for_a_reader_is_no_reading() -> None:
    """A receiver whose line nobody read holds its last words back: they come at once when somebody does, seconds late."""
    ours, theirs = os.openpty()
    source = listen(SourcePlan("GPS", "serial", 1e-3, 1e-3, path=os.ttyname(theirs)))
    stop = threading.Event()

    def speak() -> None:
        waited = time.time_ns() // NS - 30
        while not stop.wait(0.6):
            os.write(ours, rmc(Instant(waited * NS)))
            waited = time.time_ns() // NS

    speaker = threading.Thread(target=speak)
    speaker.start()
    samples = gather(source, 2)
    stop.set()
    speaker.join()
    source.stop()
    assert all(abs(one.offset - samples[0].offset) < 2.0 for one in samples)
    os.close(ours)
    os.close(theirs)


@pytest.mark.slow
def test_gpsd_with_a_recorded_receiver_hands_over_its_times(shared: Path) -> None:
    gpsfake, _ = peer("gpsfake"), peer("gpsd")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = shared / "gnss/gpsd/ublox-neo-m8t.log"
    faker = subprocess.Popen(
        [gpsfake, "-q", "-c", "0.05", "-P", str(port), str(log)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        plan = SourcePlan("GNSS", "gpsd", 1e-2, 1e-2, port=port)
        source = listen(plan)
        found = gather(source, 3, seconds=30.0)
    finally:
        faker.terminate()
        faker.wait(timeout=10)
    assert len(found) >= 3, source.problem
    # The log is years old: its times lie as far behind this computer's clock.
    assert all(one.offset < -1e7 for one in found)


def test_what_gpsd_says_is_read_and_nonsense_is_passed_over() -> None:
    assert read_gpsd(b'{"class":"SKY","nSat":14,"uSat":9}') == {"satellites": 9, "seen": 14}
    told = read_gpsd(b'{"class":"TPV","mode":1,"time":"2026-01-01T00:00:00Z"}')
    assert not isinstance(told, dict)
    assert not told.valid
    for line in (b"", b"[]", b"{", b'{"class":"TPV"}', b'{"class":"TPV","time":"soon"}', b"\xff\xfe", b'"x"'):
        assert read_gpsd(line) == {}


@pytest.mark.slow
def test_log_of_a_receiver_is_replayed_at_its_own_pace(shared: Path) -> None:
    plan = SourcePlan("log", "replay", 1e-3, 1e-3, path=str(shared / "gnss/gpsd/ublox-neo-m8t.log"))
    found = gather(listen(plan), 3)
    assert len(found) >= 3
    assert max(one.offset for one in found) - min(one.offset for one in found) < 1e-6


@pytest.mark.slow
def test_recording_of_irig_is_a_source(tmp_path: Path) -> None:
    path = tmp_path / "code.wav"
    sink = WavFile(path, 8000)
    plan = OutputPlan("irig", path=str(path), form="C37.118", offset=480)
    start = Instant.parse("2026-11-23T08:00:00Z")
    for k in range(4):
        sink.write(irig_sound(plan, Told(Instant(start.ns + k * NS), 1e-4, State.LOCKED)))
    sink.close()
    found = gather(listen(SourcePlan("IRIG", "irig", 1e-4, 1e-4, path=str(path), form="C37.118")), 3)
    assert len(found) >= 3
    apart = [later.offset - found[0].offset for later in found]
    assert max(map(abs, apart)) <= 1 / 8000


@pytest.fixture
def chronyd(tmp_path: Path) -> Iterator[int]:
    program = peer("chronyd")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lines = [
        f"port {port}",
        "local stratum 1",
        "allow 127.0.0.1",
        "cmdport 0",
        "bindaddress 127.0.0.1",
        f"pidfile {tmp_path}/pid",
    ]
    running = subprocess.Popen([program, "-x", "-d", "-u", "root", "-f", "/dev/null", *lines, "bindcmdaddress /"])
    time.sleep(0.5)
    yield port
    running.terminate()
    running.wait(timeout=10)


@pytest.mark.slow
def test_chronyd_is_a_source(chronyd: int) -> None:
    source = listen(SourcePlan("server", "ntp", 1e-3, 1e-3, port=chronyd, poll=0.25))
    found = gather(source, 4)
    assert len(found) >= 4, source.problem
    # chronyd -x serves the clock of the system: no offset but half the way there and back.
    assert median(one.offset for one in found) == pytest.approx(0.0, abs=2e-3)
    assert source.detail["stratum"] == 1


@pytest.fixture
def rude() -> Iterator[tuple[int, list[bytes]]]:
    """Run a server that first forges an origin, then says what it was told to say."""
    answers: list[bytes] = []
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(0.1)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                data, client = server.recvfrom(100)
            except TimeoutError:
                continue
            code = answers[0]
            honest = kiss(data, code, received=Instant(time.time_ns()))
            forged = kiss(b"\x23" + bytes(39) + b"forgery!", b"DENY", received=Instant(time.time_ns()))
            for answer in (forged, honest):
                if answer is not None:
                    server.sendto(answer, client)

    thread = threading.Thread(target=serve)
    thread.start()
    yield server.getsockname()[1], answers
    stop.set()
    thread.join()
    server.close()


@pytest.mark.slow
@pytest.mark.parametrize(("code", "key"), [(b"DENY", "adapters.time.denied"), (b"RATE", "adapters.time.slower")])
def test_kiss_is_obeyed_and_a_forged_one_ignored(rude: tuple[int, list[bytes]], code: bytes, key: str) -> None:
    port, answers = rude
    answers.append(code)
    source = listen(SourcePlan("server", "ntp", 1e-3, 1e-3, port=port, poll=0.25))
    source.start()
    wait_for(lambda: source.problem is not None)
    source.stop()
    assert source.problem is not None
    assert source.problem.key == key
    assert source.take() == []


def test_server_that_is_silent_is_told_and_asked_again() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        source = listen(SourcePlan("server", "ntp", 1e-3, 1e-3, port=silent.getsockname()[1], poll=0.25))
        assert isinstance(source, NtpSource)
        assert source.exchange() is None
        assert source.problem is not None
        assert NtpPacket.decode(silent.recv(100)).sent != 0


def test_line_that_does_not_exist_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    source = listen(SourcePlan("GPS", "serial", 1e-3, 1e-3, path=str(tmp_path / "no")))
    with pytest.raises(SourceError, match="cannot be used"):
        source.listen()


@pytest.fixture
def veth() -> Iterator[tuple[str, str]]:
    """Lay a cable between this place and a network namespace of its own."""
    ip, word = peer("ip"), secrets.token_hex(3)
    space, here, there = f"ns{word}", f"va{word}", f"vb{word}"
    lines = [
        f"netns add {space}", f"link add {here} type veth peer name {there} netns {space}", f"link set {here} up",
        f"addr add 10.99.{secrets.randbelow(250)}.1/24 dev {here}", f"-n {space} link set {there} up",
        f"-n {space} addr add 10.98.7.2/24 dev {there}",
    ]  # fmt: skip
    try:
        for line in lines:
            if subprocess.run([ip, *line.split()], capture_output=True, check=False).returncode:
                pytest.skip("needs the right to make network namespaces")
        yield space, here
    finally:
        subprocess.run([ip, "link", "del", here], capture_output=True, check=False)
        subprocess.run([ip, "netns", "del", space], capture_output=True, check=False)


@pytest.mark.slow
def test_grandmaster_over_a_cable_is_a_source(veth: tuple[str, str], tmp_path: Path) -> None:
    space, interface = veth
    ptp4l, there = peer("ptp4l"), interface.replace("va", "vb")
    words = [peer("ip"), "netns", "exec", space, ptp4l, "-S", "-m", "-q", "-i", there, "--priority1=1", "--free_running=1"]
    master = subprocess.Popen([*words, f"--uds_address={tmp_path}/gm"], stdout=subprocess.DEVNULL)
    try:
        source = listen(SourcePlan("PTP", "ptp", 1e-5, 1e-6, path=interface))
        found = gather(source, 2, seconds=40.0)
    finally:
        master.terminate()
        master.wait(timeout=10)
    assert len(found) >= 2, source.problem
    # Both ends stamp with the clock of this computer, in software, on a busy machine.
    assert min(abs(one.offset) for one in found) < 1e-3
    assert "grandmaster" in source.detail


def test_interface_that_does_not_exist_is_told() -> None:
    peer("ptp4l")
    source = listen(SourcePlan("PTP", "ptp", 1e-5, 1e-6, path="nowhere0"))
    with pytest.raises(SourceError, match="has ended"):
        source.listen()
