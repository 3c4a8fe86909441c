# SPDX-License-Identifier: Apache-2.0
"""The compiled responder: what it says is what the rule says, and real clients believe it."""

import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.adapters.ntp_responder import NtpResponder
from sichen.core import ConfigError, Instant, SourceError
from sichen.core.ciphers import cipher_path
from sichen.timebase.leap import Leap
from sichen.timebase.ntp import Exchange, NtpPacket, ServedClock, answer, kiss, read_answer, request
from sichen.timebase.nts import CookieJar, Keys, believed, is_refusal, sealed_request

NS = 1_000_000_000
AHEAD = 250_000_000
NOW = Instant.parse("2026-11-23T08:00:00Z")


def clock(now: Instant) -> ServedClock:
    return ServedClock(1, Leap.NONE, -20, 0.0, 1e-6, b"GPS", now)


@pytest.fixture
def responder() -> Iterator[NtpResponder]:
    with NtpResponder(burst=1000, denied=("127.0.0.3/32",)) as made:
        now = Instant(time.time_ns() + AHEAD)
        made.tell(clock(now), offset_ns=AHEAD)
        made.start()
        yield made


def ask(data: bytes, where: tuple[str, int], *, source: str = "127.0.0.1", patience: float = 5.0) -> bytes | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind((source, 0))
        client.settimeout(patience)
        client.sendto(data, where)
        try:
            return client.recv(4096)
        except TimeoutError:
            return None


@given(st.binary(min_size=48, max_size=48), st.integers(1, 4), st.integers(0, 10**6), st.booleans())
def test_compiled_answer_is_the_answer_of_the_rule(noise: bytes, version: int, age: int, kissed: bool) -> None:
    from sichen.adapters.ntp_responder.kernels import RATE, write_answer

    asked = bytes([noise[0] & 0xC0 | version << 3 | 3]) + noise[1:]
    served, arrived = clock(NOW), Instant(NOW.ns + age * 1_000_003)
    wanted = kiss(asked, b"RATE", received=arrived) if kissed else answer(asked, received=arrived, sent=arrived, clock=served)
    assert wanted is not None
    template = answer(request(1), received=NOW, sent=NOW, clock=served)
    assert template is not None
    out = np.zeros(48, np.uint8)
    dispersion, kiss_said = int.from_bytes(wanted[8:12], "big"), RATE if kissed else 0
    write_answer(np.frombuffer(asked, np.uint8), np.frombuffer(template[:24], np.uint8), dispersion, arrived.ns, kiss_said, out)
    assert out[:40].tobytes() == wanted[:40]


def test_client_reads_the_disciplined_clock_not_the_system_s(responder: NtpResponder) -> None:
    departed = Instant(time.time_ns())
    data = ask(request(77), responder.address)
    assert data is not None
    found = read_answer(data, cookie=77, departed=departed, arrived=Instant(time.time_ns()))
    assert isinstance(found, Exchange)
    assert abs(found.offset - AHEAD / NS) <= found.u
    assert NtpPacket.decode(data).root_dispersion < 0.1


def test_chronyd_as_a_client_reads_it_too(responder: NtpResponder) -> None:
    chronyd = shutil.which("chronyd", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if chronyd is None:
        pytest.skip("needs chronyd")
    host, port = responder.address
    line = f"server {host} port {port} iburst maxsamples 4"
    said = subprocess.run(
        [chronyd, "-Q", "-t", "20", "-f", "/dev/null", line], capture_output=True, text=True, timeout=60, check=False
    )
    found = re.search(r"wrong by (-?[\d.]+) seconds", said.stdout + said.stderr)
    assert found is not None, said.stdout + said.stderr
    assert abs(float(found[1]) - AHEAD / NS) < 0.02


@pytest.mark.parametrize(
    "data", [b"", b"x" * 47, bytes([4 << 3 | 6]) + bytes(47), bytes([4 << 3 | 7]) + bytes(200), bytes([3]) + bytes(47)]
)
def test_what_is_no_request_gets_no_answer(responder: NtpResponder, data: bytes) -> None:
    assert ask(data, responder.address, patience=0.3) is None


def test_denied_network_gets_no_answer(responder: NtpResponder) -> None:
    assert ask(request(5), responder.address, source="127.0.0.3", patience=0.3) is None
    assert ask(request(5), responder.address, source="127.0.0.4") is not None
    assert responder.tally().denied == 1


def test_client_that_floods_is_kissed_once_in_sixteen_and_others_are_served() -> None:
    with NtpResponder(burst=8, interval=100.0) as made:
        now = Instant(time.time_ns())
        made.tell(clock(now), offset_ns=0)
        made.start()
        said = [ask(request(number + 1), made.address, patience=0.1) for number in range(40)]
        answered = [NtpPacket.decode(one).stratum for one in said if one is not None]
        assert answered.count(1) == 8
        assert answered.count(0) == 2
        other = ask(request(9), made.address, source="127.0.0.2")
        assert other is not None
        assert NtpPacket.decode(other).stratum == 1
        accounts = {one.address: (one.answered, one.refused) for one in made.accounts()}
        assert accounts == {"127.0.0.1": (8, 32), "127.0.0.2": (1, 0)}


def test_more_clients_than_rows_are_all_answered() -> None:
    with NtpResponder(clients=8, burst=2) as made:
        now = Instant(time.time_ns())
        made.tell(clock(now), offset_ns=0)
        made.start()
        for number in range(1, 60):
            assert ask(request(number), made.address, source=f"127.0.1.{number}") is not None


def test_ipv6_and_ipv4_are_served_by_one_socket() -> None:
    with NtpResponder("::", burst=100, denied=("::1/128",)) as made:
        now = Instant(time.time_ns())
        made.tell(clock(now), offset_ns=0)
        made.start()
        assert ask(request(3), ("127.0.0.1", made.address[1])) is not None


needs_cipher = pytest.mark.skipif(cipher_path() != "instructions", reason="this processor has no AES instructions")


@needs_cipher
def test_sealed_answers_survive_thousands_of_damaged_packets_and_none_is_longer_than_its_request() -> None:
    """Bytes changed, cut, doubled and mixed; a good request behind each tells that the loop still runs and what it said before."""
    jar, keys = CookieJar(), Keys(bytes(32), bytes(range(32)))
    noise = np.random.default_rng(8915)
    with (
        NtpResponder(burst=100_000, interval=1e-6, jar=jar) as made,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        made.tell(clock(Instant(time.time_ns())), offset_ns=0)
        made.start()
        client.settimeout(5.0)
        refused = 0
        for _ in range(2000):
            good = sealed_request(request(9), cookie=jar.make(keys), keys=keys)
            client.sendto(bad := _damaged(good.packet, noise), made.address)
            client.sendto(good.packet, made.address)
            said = client.recv(4096)
            if not believed(said, asked=good, keys=keys):
                assert len(said) <= len(bad)
                refused += said[12:16] == b"NTSN"
                said = client.recv(4096)
            assert believed(said, asked=good, keys=keys)
        tally = made.tally()
    assert refused > 500
    assert refused <= tally.unproven
    assert tally.received == 4000


def _damaged(packet: bytes, noise: np.random.Generator) -> bytes:
    data = bytearray(packet)
    for _ in range(int(noise.integers(1, 4))):
        at, size = int(noise.integers(0, len(data))), int(noise.integers(1, 60))
        match noise.integers(0, 5):
            case 0:
                data[at] ^= int(noise.integers(1, 256))
            case 1:
                data[:] = data[: max(at, 1)]
            case 2:
                data[at:at] = data[at : at + size]
            case 3:
                data[at:at] = noise.bytes(size)
            case _:
                data += data[48 + at % 4 * 36 :] * int(noise.integers(1, 20))
    return bytes(data[:9000])


@needs_cipher
def test_plain_request_at_the_door_of_nts_gets_nothing_and_one_over_its_limit_neither() -> None:
    jar, keys = CookieJar(), Keys(bytes(32), bytes(range(32)))
    with NtpResponder(burst=2, interval=100.0, jar=jar) as made:
        made.tell(clock(Instant(time.time_ns())), offset_ns=0)
        made.start()
        assert ask(request(5), made.address, patience=0.3) is None
        asked = sealed_request(request(6), cookie=jar.make(keys), keys=keys)
        said = [ask(asked.packet, made.address, patience=0.3) for _ in range(4)]
        assert [one is not None for one in said] == [True, True, False, False]
        jar.rotate()
        assert (made.tally().ignored, made.tally().limited) == (1, 2)


@needs_cipher
def test_master_key_changed_meanwhile_is_followed_at_once() -> None:
    jar, keys = CookieJar(), Keys(bytes(32), bytes(range(32)))
    with NtpResponder(burst=100, jar=jar) as made:
        made.tell(clock(Instant(time.time_ns())), offset_ns=0)
        made.start()
        first = sealed_request(request(6), cookie=jar.make(keys), keys=keys)
        for turns, good in ((0, True), (1, True), (1, True), (1, False)):
            for _ in range(turns):
                jar.rotate()
            said = ask(first.packet, made.address)
            assert said is not None
            assert (believed(said, asked=first, keys=keys) is not None) == good
            assert is_refusal(said, asked=first) != good


@needs_cipher
def test_keys_that_change_without_pause_spoil_no_answer() -> None:
    """The loop copies the keys while another thread writes them: a cookie just made opens, or is refused as forgotten; nothing else."""
    jar, keys = CookieJar(), Keys(bytes(32), bytes(range(32)))
    done = threading.Event()

    def turn() -> None:
        while not done.wait(2e-4):
            jar.rotate()

    with NtpResponder(burst=100_000, interval=1e-6, jar=jar) as made:
        made.tell(clock(Instant(time.time_ns())), offset_ns=0)
        made.start()
        turning = threading.Thread(target=turn)
        turning.start()
        proven = 0
        for _ in range(500):
            asked = sealed_request(request(6), cookie=jar.make(keys), keys=keys)
            said = ask(asked.packet, made.address)
            assert said is not None
            good = believed(said, asked=asked, keys=keys)
            assert good or is_refusal(said, asked=asked)
            proven += good is not None
        done.set()
        turning.join()
    assert proven > 0


def test_wrong_settings_are_refused(responder: NtpResponder) -> None:
    with pytest.raises(ConfigError):
        NtpResponder(allowed=("10.0.0.0/99",))
    with pytest.raises(ConfigError):
        NtpResponder(clients=1000)
    with pytest.raises(SourceError):
        NtpResponder(port=responder.address[1])
