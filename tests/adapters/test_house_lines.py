# SPDX-License-Identifier: Apache-2.0
"""Lines of a house as a service drives them: pulses in, radio in, slave clocks that are killed, bells of a school, ntpdig asking."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from sichen.adapters.data_folder import DataFolder
from sichen.adapters.time_service_desk import plan_of, read_hands, state_folder, tell_hands
from sichen.adapters.timebase import TimeService
from sichen.adapters.timebase.counter import MachineCounter
from sichen.adapters.timebase.pulses import (
    FETCHED,
    PPS_FETCH,
    KernelPulses,
    PpsSource,
    fetch_request,
    pulse_device,
    read_fetched,
)
from sichen.cli.__main__ import run as command
from sichen.core import ConfigError, Instant, NotFound, SourceError
from sichen.timebase.arbiter import State
from sichen.timebase.leap import leap_table
from sichen.timebase.outputs import rmc
from sichen.timebase.receivers import Witness
from sichen.timebase.service import Engine, ServicePlan, SourcePlan, read_plan, ready_plans
from sichen.timebase.source import Sample

NS = 1_000_000_000
GOOD = {"followed", "good"}
SYSTEM = 'tick = 0.25\n[[source]]\nname = "SYS"\nkind = "system"\nu = 1e-4\njitter = 1e-4\n'


@contextmanager
def serving(text: str, state: Path, *, seconds: float = 60.0) -> Iterator[TimeService]:
    service, stop = TimeService(read_plan(text), state=state), threading.Event()
    thread = threading.Thread(target=service.run, args=(stop,))
    thread.start()
    deadline = time.monotonic() + seconds
    try:
        while service.status().state is State.UNUSABLE and time.monotonic() < deadline:
            time.sleep(0.1)
        yield service
    finally:
        stop.set()
        thread.join()


def wait_for(ready: Callable[[], object], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not ready() and time.monotonic() < deadline:
        time.sleep(0.1)
    return bool(ready())


@contextmanager
def each_second(*acts: tuple[float, Callable[[int], object]]) -> Iterator[None]:
    """Do things so many seconds after each second of a time that is a quarter of a second ahead of this computer."""
    stop = threading.Event()

    def work(after: float, act: Callable[[int], object]) -> None:
        while not stop.is_set():
            now = time.time_ns() + NS // 4
            second = now // NS + 1
            stop.wait((second * NS + round(after * NS) - now) / NS)
            act(second)

    threads = [threading.Thread(target=work, args=row) for row in acts]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.slow
def test_pulse_on_a_line_is_named_by_the_receiver_and_heard_before_it(tmp_path: Path) -> None:
    """Sentences come 0.15 s late and uncertain; the pulse comes with its second."""
    message, message_end = os.openpty()
    pulse, pulse_end = os.openpty()
    text = f"""
name = "t"
tick = 0.5
[arbiter]
usable = 0.05
back_after = 3.0
probation = 6.0
[[source]]
name = "GPS"
kind = "serial"
path = "{os.ttyname(message_end)}"
u = 0.05
jitter = 0.02
delay = 0.15
priority = 2
[[source]]
name = "PPS"
kind = "pps"
path = "{os.ttyname(pulse_end)}"
receiver = "GPS"
u = 2e-3
jitter = 1e-3
"""
    speak = (
        (0.0, lambda _: os.write(pulse, b"\r")),
        (0.15, lambda second: os.write(message, rmc(Instant(second * NS)))),
    )
    with each_second(*speak), serving(text, tmp_path, seconds=20.0) as service:
        assert wait_for(
            lambda: service.status().sources[1].offset is not None and service.status().sources[1].state in GOOD, 120.0
        )
        status = service.status()
    # The served clock still works off what the first late sentences said; the pulses are right from the first on.
    offset = status.sources[1].offset
    assert offset is not None
    assert status.system is not None
    assert status.system + offset == pytest.approx(0.25, abs=0.02)
    for handle in (message, message_end, pulse, pulse_end):
        os.close(handle)


class FakePulses:
    """A pulse device that has three pulses and then fails."""

    def __init__(self, first: int) -> None:
        self.rows: list[tuple[int, int] | None] = [None, *((k, first + k * NS) for k in (1, 1, 2, 3, 4))]

    def fetch(self, patience: float) -> tuple[int, int] | None:  # noqa: ARG002 - a hand-written device does not wait
        if not self.rows:
            raise SourceError("gone")
        return self.rows.pop(0)

    def close(self) -> None:
        return


def pps() -> PpsSource:
    from sichen.adapters.timebase.sources import source_of

    rows = (SourcePlan("GPS", "system", 1e-2, 1e-2), SourcePlan("PPS", "pps", 1e-6, 1e-6, receiver="GPS", path="x", delay=1e-3))
    counter = MachineCounter()
    local, system = counter.pair()
    engine = Engine(ServicePlan("t", rows), epoch=Instant(system.ns - local), table=leap_table())
    sources = {row.name: source_of(row, engine, counter, Witness()) for row in rows}
    found = sources["PPS"]
    assert isinstance(found, PpsSource)
    found.join(sources)
    receiver = sources["GPS"]
    for _ in range(3):
        receiver.give(Sample(counter.read() / NS, 0.0))
    return found


def test_each_pulse_of_the_kernel_counts_once() -> None:
    source = pps()
    with pytest.raises(SourceError):
        source.follow(FakePulses(time.time_ns() // NS * NS - 4 * NS))
    assert source.detail == {"pulses": 4}
    # Four pulses, one of them fetched twice; one message alone names none of them for sure.
    assert len(source.take()) == 4
    assert source.problem is not None


def test_answer_of_the_kernel_is_read_where_rfc_2783_puts_it() -> None:
    """Two counts, two stamps of 64 + 32 bits with flags, the mode; 48 bytes and the time limit of 16."""
    assert FETCHED.size == 64
    assert PPS_FETCH == 0xC00870A4
    data = FETCHED.pack(7, 9, 1_700_000_000, 250, 0, 1_700_000_000, 100_000_250, 0, 1, 0, 0, 0)
    assert read_fetched(data, edge="assert") == (7, 1_700_000_000 * NS + 250)
    assert read_fetched(data, edge="clear") == (9, 1_700_000_000 * NS + 100_000_250)
    assert read_fetched(bytes(64), edge="assert") is None
    assert FETCHED.unpack(fetch_request(0.25))[-3:] == (0, NS // 4, 0)


def test_device_that_is_no_pulse_device_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        KernelPulses(tmp_path / "pps0", edge="assert")
    (tmp_path / "pps1").write_bytes(b"")
    with pytest.raises(SourceError):
        KernelPulses(tmp_path / "pps1", edge="assert")
    line = pulse_device(tmp_path / "pps1", edge="assert", baud=9600)
    with pytest.raises(SourceError, match="ended"):
        line.fetch(0.0)
    line.close()


@pytest.mark.slow
def test_radio_decoder_on_a_line_is_a_source(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    text = f"""
name = "t"
tick = 0.5
[arbiter]
usable = 0.05
[[source]]
name = "BPC"
kind = "radio"
u = 5e-3
jitter = 5e-3
delay = 0.002
path = "{os.ttyname(theirs)}"
"""

    def say(second: int) -> None:
        utc = Instant(second * NS).isoformat()
        os.write(ours, json.dumps({"station": "BPC", "utc": utc, "age_s": 0.102, "u_s": 4e-3}).encode() + b"\n")

    with each_second((0.1, say)), serving(text, tmp_path) as service:
        status = service.status()
    os.close(ours)
    os.close(theirs)
    assert status.system == pytest.approx(0.25, abs=0.02)
    assert status.sources[0].detail["station"] == "BPC"


RAILWAY = (
    'name = "station"\n'
    + SYSTEM
    + '[[output]]\nkind = "slave_clocks"\nname = "hall"\npath = "{line}"\nevery = 60.0\nlength = 0.1\n'
)


@pytest.mark.slow
def test_slave_clocks_killed_in_the_middle_of_catching_up_know_their_hands(tmp_path: Path) -> None:
    """Signal 9 while the line catches up: the pulses on the line, taken as a clock takes them, end where the state says."""
    line, data = tmp_path / "line.txt", tmp_path / "data"
    config = tmp_path / "station.toml"
    text = RAILWAY.format(line=line).replace("every = 60.0", "every = 1.0\ncatch_up = 0.25")
    config.write_text(text)
    plan = plan_of(str(config))
    begin = datetime.now(tz=UTC)
    with DataFolder.open(data) as folder:
        assert read_hands(plan, folder, "hall") is None
        tell_hands(plan, folder, "hall", f"{begin - timedelta(seconds=20):%H:%M:%S}")
        with pytest.raises(NotFound):
            tell_hands(plan, folder, "hall-2", "08:00")
    words = [sys.executable, "-m", "sichen.cli", "time", "run", "--config", str(config), "--data", str(data)]
    for _ in range(1):
        service = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        size = line.stat().st_size if line.exists() else 0
        assert wait_for(lambda size=size: line.exists() and line.stat().st_size > size + 7, 60.0)  # type: ignore[misc]
        service.send_signal(signal.SIGKILL)
        service.wait(timeout=10)
    service = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    with DataFolder.open(data) as folder:
        wait_for(lambda: _right(read_hands(plan, folder, "hall")), 90.0)
        service.terminate()
        service.wait(timeout=20)
        shown = read_hands(plan, folder, "hall")
    assert shown is not None
    moved, sign = 0, "-"
    for pulse in line.read_text(encoding="ascii"):
        moved, sign = moved + (pulse != sign), pulse
    first = (begin - timedelta(seconds=20)).replace(microsecond=0)
    dial = (first + timedelta(seconds=moved)).strftime("%I:%M:%S").replace("12:", "00:", 1)
    assert dial == shown
    assert command(["time", "hands", str(config), "hall", "--data", str(data)]) == 0
    assert command(["time", "hands", str(config), "hall", "25:00", "--data", str(data)]) == 2


def _right(shown: str | None) -> bool:
    now = datetime.now(tz=UTC)
    return shown in {(now - timedelta(seconds=k)).strftime("%I:%M:%S").replace("12:", "00:", 1) for k in range(2)}


@pytest.mark.slow
def test_line_whose_hands_nobody_knows_is_silent_and_says_what_to_do(tmp_path: Path) -> None:
    with serving(RAILWAY.format(line=tmp_path / "line"), tmp_path) as service:
        assert wait_for(lambda: service.status().outputs[0].problem)
        assert "sichen time hands" in service.status().outputs[0].problem["en"]
    assert not (tmp_path / "line").exists()


@pytest.mark.slow
def test_school_rings_its_bell_from_the_ready_configuration(tmp_path: Path) -> None:
    """The receiver lives a quarter of a second ahead; bells come every ten seconds, the first after the clock is locked rings."""
    receiver, receiver_end = os.openpty()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    begin = datetime.now(tz=timezone(timedelta(hours=8)))
    bells = [begin + timedelta(seconds=seconds) for seconds in range(20, 300, 10)]
    rings = ", ".join(f'"{bell:%H:%M:%S} {bell:%a} 1"' for bell in bells).lower()
    text = ready_plans()["school"]
    for old, new in (
        ("/dev/ttyUSB0", os.ttyname(receiver_end)),
        ("/dev/ttyUSB1", f"{tmp_path}/bell.txt"),
        ('line = "RTS"', 'line = "byte"'),
        ("tick = 4.0", "tick = 0.5"),
        ("poll = 8.0", "poll = 1.5"),
        ("ntp.example.org", "127.0.0.1"),
        ('host = "0.0.0.0"', f'host = "127.0.0.1"\nport = {port}'),
        ('"08:00 mon-fri 5"', rings),
        ('kind = "http"', f'kind = "http"\nport = {port}'),
    ):
        assert old in text
        text = text.replace(old, new)
    rang: list[float] = []
    with (
        each_second((0.15, lambda second: os.write(receiver, rmc(Instant(second * NS))))),
        serving(text, tmp_path / "s") as service,
    ):
        file = tmp_path / "bell.txt"
        while len(rang) < 2 and time.time() < bells[-1].timestamp() + 5:
            if file.exists() and file.stat().st_size > len(rang):
                rang.append(time.time())
            time.sleep(0.01)
        assert service.status().state is State.LOCKED
        _ask_with_ntpdig(port)
    os.close(receiver)
    os.close(receiver_end)
    assert (tmp_path / "bell.txt").read_bytes()[:2] == b"*."
    assert min(abs(rang[0] - int(bell.timestamp()) + 0.25) for bell in bells) < 0.15
    assert rang[1] - rang[0] == pytest.approx(1.0, abs=0.15)


def _ask_with_ntpdig(port: int) -> None:
    """Ask as any client of SNTP would; it must find the quarter of a second."""
    program = shutil.which("ntpdig")
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs ntpdig")
    # ntpdig asks port 123 and no other: a server there needs the right to it.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.23", 123))
        except OSError:
            pytest.skip("needs the right to port 123")
        stop = threading.Event()
        thread = threading.Thread(target=_pass_on, args=(probe, port, stop))
        thread.start()
        for _ in range(5):
            said = subprocess.run([str(program), "-j", "-t", "3", "127.0.0.23"], capture_output=True, text=True, check=False)
            if said.stdout:
                break
        stop.set()
        thread.join()
    found = json.loads(said.stdout.splitlines()[0])
    assert found["offset"] == pytest.approx(0.25, abs=0.05), said
    assert found["stratum"] == 1
    assert found["leap"] in {"no-leap", "unsync"}


def _pass_on(here: socket.socket, port: int, stop: threading.Event) -> None:
    here.settimeout(0.1)
    while not stop.is_set():
        try:
            data, client = here.recvfrom(1000)
        except TimeoutError:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
            there.settimeout(2.0)
            there.sendto(data, ("127.0.0.1", port))
            with contextlib.suppress(TimeoutError):
                here.sendto(there.recv(1000), client)


def test_zone_that_does_not_exist_is_named(tmp_path: Path) -> None:
    config = tmp_path / "x.toml"
    config.write_text(RAILWAY.format(line="x") + 'zone = "Mars/Olympus"\n')
    with pytest.raises(ConfigError, match="Mars/Olympus"):
        plan_of(str(config))


def test_unit_asks_for_no_more_rights_than_the_outputs_need(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = shutil.which("systemd-analyze")
    for name in ready_plans():
        config = tmp_path / f"{name}.toml"
        config.write_text(ready_plans()[name])
        assert command(["time", "unit", str(config)]) == 0
        unit = capsys.readouterr().out
        assert ("CAP_NET_BIND_SERVICE" in unit) == (name == "substation")
        if program is not None:
            file = tmp_path / f"sichen-{name}.service"
            file.write_text(re.sub(r"ExecStart=\S+", f"ExecStart={sys.executable}", unit))
            done = subprocess.run([program, "verify", str(file)], capture_output=True, text=True, check=False)
            about = [line for line in done.stderr.splitlines() if file.name in line]
            assert done.returncode == 0 or not about, done.stderr


def test_state_of_a_clock_lies_below_its_name(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path) as folder:
        assert state_folder(folder, "hall").parent.name == "time"
