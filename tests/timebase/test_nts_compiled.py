# SPDX-License-Identifier: Apache-2.0
"""NTS in compiled code says what the rule says, whatever comes in: fields twice, cut, moved, keys forgotten, bytes changed."""

import struct
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sichen.core import Instant
from sichen.core.ciphers import cipher_path
from sichen.timebase.leap import Leap
from sichen.timebase.ntp import ServedClock, answer, request
from sichen.timebase.nts import CookieJar, Keys, believed, sealed_answer
from sichen.timebase.nts.fields import Asked, field

pytestmark = pytest.mark.skipif(cipher_path() != "instructions", reason="this processor has no AES instructions")

NOW = Instant.parse("2026-11-23T08:00:00Z")
CLOCK = ServedClock(1, Leap.NONE, -20, 0.0, 1e-6, b"GPS", NOW)
KEYS = Keys(bytes(range(32)), bytes(range(32, 64)))
UNIQUE = bytes(range(100, 132))


class Vault:
    """The compiled server without its socket."""

    def __init__(self, jar: CookieJar) -> None:
        from sichen.timebase.nts import kernels

        self.kernels: Any = kernels
        self.jar = jar
        self.secret, self.words = np.zeros(kernels.VAULT, np.uint8), np.zeros(3, np.int64)
        kernels.open_vault(self.secret, self.words, np.arange(16, dtype=np.uint8))

    def answer(self, packet: bytes) -> bytes | None:
        """Answer as the loop of the responder does; a refusal is four letters and the identifier."""
        kernels: Any = self.kernels
        data = _row(packet.ljust(48, b"\0"))
        proof, pair, out = np.zeros(kernels.PROOF, np.int64), np.zeros(kernels.PAIR, np.uint8), np.zeros(1536, np.uint8)
        kernels.take_masters(self.secret, self.words, self.jar.table.reshape(-1), self.jar.turn)
        verdict = kernels.read_proof(data, len(packet), proof)
        if verdict == kernels.SILENT:
            return None
        end = kernels.copy_identity(data, proof, out)
        if verdict == kernels.REFUSE or not kernels.verified(data, proof, self.secret, self.words, pair):
            return b"NTSN" + out[48:end].tobytes()
        size = kernels.answer_size(proof)
        plain = answer(packet[:48], received=NOW, sent=NOW, clock=CLOCK)
        if plain is None or size > len(packet):
            return None
        out[:48] = _row(plain)
        kernels.seal_answer(proof, self.secret, self.words, pair, out)
        return bytes(out[:size].tobytes())


def _row(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8).copy()


def seal_with(packet: bytes, *, nonce: bytes, inner: bytes, claimed: tuple[int, int]) -> bytes:
    closed = AESSIV(KEYS.to_server).encrypt(inner, [packet, nonce])
    padded = nonce + bytes(-len(nonce) % 4)
    lengths = struct.pack(">HH", (len(nonce) + claimed[0]) % 65536, (len(closed) + claimed[1]) % 65536)
    return packet + field(0x0404, lengths + padded + closed)


def build(jar: CookieJar, draw: Callable[[st.SearchStrategy[bytes]], bytes], choose: Callable[[int], int]) -> bytes:
    """Put a request together from fields that are mostly right."""
    odd: list[Callable[[], bytes]] = [
        lambda: b"",
        lambda: field(0x0104, UNIQUE),
        lambda: field(0x0204, jar.make(KEYS)),
        lambda: field(0x0304, bytes(choose(120))),
        lambda: field(choose(65_535), bytes(choose(40))),
        lambda: struct.pack(">HH", 0x0104, choose(80)),
    ]
    cookie = jar.make(KEYS) if choose(12) else draw(st.binary(max_size=110))
    packet = request(7) + (field(0x0104, UNIQUE) if choose(12) else odd[choose(5)]()) + field(0x0204, cookie)
    for _ in range(choose(9)):
        packet += field(0x0304, bytes(100))
    if not choose(4):
        packet += odd[choose(5)]()
    nonce = bytes(16) if choose(3) else bytes(1 + choose(36))
    claimed = (0, 0) if choose(6) else (choose(40) - 20, choose(40) - 20)
    packet = seal_with(packet, nonce=nonce, inner=bytes(choose(60)) if not choose(3) else b"", claimed=claimed)
    if not choose(8):
        packet += odd[choose(5)]()
    if not choose(5):
        packet = packet[: choose(len(packet))]
    if not choose(5) and packet:
        at = choose(len(packet) - 1)
        packet = packet[:at] + bytes([packet[at] ^ (1 + choose(254))]) + packet[at + 1 :]
    return packet


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(st.data())
def test_compiled_answer_is_of_the_rule_s_kind_and_length_for_every_damage(data: st.DataObject) -> None:
    jar = CookieJar()
    for _ in range(data.draw(st.integers(0, 3))):
        jar.rotate()
    packet = build(jar, data.draw, lambda most: data.draw(st.integers(0, most)))
    for _ in range(data.draw(st.sampled_from([0, 0, 0, 0, 1, 2, 3]))):
        jar.rotate()
    wanted = sealed_answer(packet, jar=jar, received=NOW, sent=NOW, clock=CLOCK)
    found = Vault(jar).answer(packet)
    if wanted is None:
        assert found is None
    elif wanted[12:16] == b"NTSN" and wanted[1] == 0:
        assert found == b"NTSN" + wanted[48:]
        assert len(wanted) <= len(packet)
    else:
        assert found is not None
        asked = Asked(packet, UNIQUE)
        cookies, others = believed(found, asked=asked, keys=KEYS), believed(wanted, asked=asked, keys=KEYS)
        assert (cookies is None) == (others is None)
        assert len(found) == len(wanted) <= len(packet)
        assert found[:48] == wanted[:48]
        assert len(cookies or ()) == len(others or ())
        assert all(jar.open(cookie) == KEYS for cookie in cookies or ())


def test_master_that_was_never_made_opens_nothing() -> None:
    """Rows of the jar that are not yet filled are zeros: a cookie sealed under a key of zeros must not pass for ours."""
    number, nonce = bytes(4), bytes(16)
    forged = number + nonce + AESSIV(bytes(32)).encrypt(KEYS.to_server + KEYS.to_client, [number, nonce])
    packet = seal_with(request(7) + field(0x0104, UNIQUE) + field(0x0204, forged), nonce=bytes(16), inner=b"", claimed=(0, 0))
    found = Vault(CookieJar()).answer(packet)
    assert found is not None
    assert found.startswith(b"NTSN")


def test_no_nonce_comes_twice_and_none_shows_the_count() -> None:
    """Cookies of one answer go out one by one later: who sees two of them must not see that they belong together."""
    jar = CookieJar()
    vault = Vault(jar)
    packet = request(7) + field(0x0104, UNIQUE) + field(0x0204, jar.make(KEYS)) + field(0x0304, bytes(100)) * 7
    packet = seal_with(packet, nonce=bytes(16), inner=b"", claimed=(0, 0))
    nonces: list[bytes] = []
    for _ in range(50):
        found = vault.answer(packet)
        assert found is not None
        cookies = believed(found, asked=Asked(packet, UNIQUE), keys=KEYS)
        assert cookies is not None
        assert len(cookies) == 8
        nonces += [*(cookie[4:20] for cookie in cookies), found[92:108]]
    assert len(set(nonces)) == 450
    # Independent blocks differ in 64 of 128 bits, give or take 5.7: 450 of them have a mean within 1.5.
    ones = [(int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count() for one, other in pairwise(nonces)]
    assert abs(np.mean(ones) - 64) < 1.5
    assert min(ones) > 30
