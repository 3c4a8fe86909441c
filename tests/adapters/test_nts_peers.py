# SPDX-License-Identifier: Apache-2.0
"""NTS with real chronyd both ways, and with strangers at the door."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
from tests.adapters.test_time_sources import gather, listen

from sichen.adapters.phone_access import phone_access
from sichen.adapters.timebase.counter import MachineCounter
from sichen.adapters.timebase.outputs import Disciplined
from sichen.adapters.timebase.outputs.nts import NtsOutput
from sichen.adapters.timebase.outputs.sealed import ByLibrary
from sichen.adapters.timebase.tls import names_host
from sichen.core import Instant, SourceError
from sichen.core.ciphers import cipher_path
from sichen.timebase.leap import Leap, leap_table
from sichen.timebase.ntp import request
from sichen.timebase.nts import CookieJar, Keys, believed, is_refusal, sealed_request
from sichen.timebase.service import Engine, OutputPlan, ServicePlan, SourcePlan
from sichen.timebase.source import Sample

AHEAD = 0.25
NS = 1_000_000_000


def peer(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"needs {name}")
    return str(found)


def port_of(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Serving:
    """A server and where it agrees on keys."""

    output: NtsOutput
    ke_port: int


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    """Run an NTS server whose clock was set a quarter of a second ahead of this computer, forty ticks ago."""
    counter = MachineCounter()
    local, system = counter.pair()
    engine = Engine(
        ServicePlan("t", (SourcePlan("GPS", "system", 1e-6, 1e-7),), tick=1.0),
        epoch=Instant(system.ns - local),
        table=leap_table(),
    )
    begun = local / NS - 60
    for k in range(60):
        engine.tick(round((begun + k) * NS), {"GPS": Sample(begun + k, AHEAD, leap=Leap.NONE)})
    ke_port = port_of(socket.SOCK_STREAM)
    plan = OutputPlan("nts", port=port_of(socket.SOCK_DGRAM), ke_port=ke_port, burst=1000)
    output = NtsOutput(plan, Disciplined(engine, counter), state=tmp_path)
    output.start()
    yield Serving(output, ke_port)
    output.stop()


@pytest.mark.slow
def test_chronyd_is_an_nts_client_of_ours(serving: Serving) -> None:
    lines = [
        f"server localhost nts ntsport {serving.ke_port} iburst maxsamples 4",
        f"ntstrustedcerts {serving.output.certificate}",
    ]
    said = subprocess.run(
        [peer("chronyd"), "-Q", "-u", "root", "-t", "20", "-f", "/dev/null", *lines],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    found = re.search(r"wrong by (-?[\d.]+) seconds", said.stdout + said.stderr)
    assert found is not None, said.stdout + said.stderr
    assert abs(float(found[1]) - AHEAD) < 0.02
    assert serving.output.given() >= 3


def test_library_answers_where_the_processor_has_no_aes_instructions(serving: Serving) -> None:
    jar, keys = CookieJar(), Keys(bytes(32), bytes(range(32)))
    made = ByLibrary(OutputPlan("nts", port=port_of(socket.SOCK_DGRAM), burst=3), serving.output.clock, jar)
    made.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5.0)
        for cookie in (jar.make(keys), bytes(100)):
            asked = sealed_request(request(6), cookie=cookie, keys=keys)
            client.sendto(asked.packet, made.address)
            said = client.recv(4096)
            assert is_refusal(said, asked=asked) == (cookie == bytes(100))
            assert (believed(said, asked=asked, keys=keys) is None) == (cookie == bytes(100))
    with pytest.raises(SourceError):
        ByLibrary(OutputPlan("nts", port=made.address[1]), serving.output.clock, jar)
    made.stop()
    assert made.answered == 2
    assert serving.output.detail["cipher"] == cipher_path()


@pytest.mark.slow
def test_we_are_an_nts_client_of_chronyd(tmp_path: Path) -> None:
    program, made = peer("chronyd"), phone_access(tmp_path)
    ntp, ke_port = port_of(socket.SOCK_DGRAM), port_of(socket.SOCK_STREAM)
    lines = [f"port {ntp}", f"ntsport {ke_port}", f"ntsservercert {made.certificate}", f"ntsserverkey {made.key}"]
    lines += ["local stratum 1", "allow", "cmdport 0", f"pidfile {tmp_path}/pid", "bindcmdaddress /", "ntsprocesses 0"]
    chronyd = subprocess.Popen([program, "-x", "-d", "-u", "root", "-f", "/dev/null", *lines])
    try:
        time.sleep(1.0)
        plan = SourcePlan("NTS", "nts", 1e-3, 1e-3, host="localhost", ke_port=ke_port, trust=str(made.certificate), poll=0.25)
        source = listen(plan)
        found = gather(source, 10)
    finally:
        chronyd.terminate()
        chronyd.wait(timeout=10)
    # More questions than the eight cookies of the exchange: fresh ones came back.
    assert len(found) >= 10, source.problem
    assert median(one.offset for one in found) == pytest.approx(0.0, abs=5e-3)
    assert source.detail["cookies"] == 8


@pytest.mark.slow
def test_keys_change_while_a_client_goes_on_and_a_forgotten_one_asks_anew(serving: Serving) -> None:
    plan = SourcePlan(
        "NTS", "nts", 1e-3, 1e-3, host="localhost", ke_port=serving.ke_port, trust=str(serving.output.certificate), poll=0.25
    )
    source = listen(plan)
    source.start()
    heard = 0
    for _ in range(5):
        serving.output.jar.rotate()
        serving.output.jar.rotate()
        serving.output.jar.rotate()
        time.sleep(0.6)
        heard += len(source.take())
    time.sleep(3.0)
    heard += len(source.take())
    source.stop()
    assert heard >= 3


def test_stranger_without_alpn_or_with_tls_12_gets_no_cookie(serving: Serving) -> None:
    context = ssl.create_default_context(cafile=str(serving.output.certificate))
    old = ssl.create_default_context(cafile=str(serving.output.certificate))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_alpn_protocols(["ntske/1"])
    for one in (context, old):
        with socket.create_connection(("127.0.0.1", serving.ke_port), timeout=5.0) as connection:
            try:
                with one.wrap_socket(connection, server_hostname="localhost") as talk:
                    talk.sendall(bytes.fromhex("8001000200008004000200 0f80000000".replace(" ", "")))
                    assert talk.recv(1000) == b""
            except OSError:
                continue


@pytest.mark.slow
def test_slow_strangers_do_not_keep_others_out(serving: Serving) -> None:
    idle = [socket.create_connection(("127.0.0.1", serving.ke_port), timeout=5.0) for _ in range(8)]
    plan = SourcePlan(
        "NTS", "nts", 1e-3, 1e-3, host="localhost", ke_port=serving.ke_port, trust=str(serving.output.certificate), poll=0.25
    )
    found = gather(listen(plan), 1)
    for one in idle:
        one.close()
    assert found
    assert found[0].offset == pytest.approx(AHEAD, abs=0.02)
    assert threading.active_count() < 40


def test_server_whose_certificate_is_not_trusted_is_no_source(serving: Serving, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = phone_access(tmp_path / "other")
    plan = SourcePlan("NTS", "nts", 1e-3, 1e-3, host="localhost", ke_port=serving.ke_port, trust=str(other.certificate))
    with pytest.raises(SourceError, match="could not be agreed on"):
        listen(plan).listen()


def test_certificate_is_for_its_names_and_no_others(tmp_path: Path) -> None:
    from cryptography import x509

    made = x509.load_pem_x509_certificate(phone_access(tmp_path).certificate.read_bytes())
    assert names_host(made, "localhost")
    assert names_host(made, "127.0.0.1")
    assert not names_host(made, "example.org")
    assert not names_host(made, "192.0.2.1")
