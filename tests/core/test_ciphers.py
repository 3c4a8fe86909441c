# SPDX-License-Identifier: Apache-2.0
"""AES by the processor's instructions: the published vectors, and the library on everything else."""

import os
import subprocess
import sys

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sichen.core.ciphers import cipher_path

pytestmark = pytest.mark.skipif(cipher_path() != "instructions", reason="this processor has no AES instructions")

RFC4493_KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
RFC4493_TEXT = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
keys, texts = st.binary(min_size=32, max_size=32), st.binary(max_size=200)


def row(data: bytes, room: int = 0) -> NDArray[np.uint8]:
    return np.frombuffer(data + bytes(room), np.uint8).copy()


def cmac_of(key: bytes, text: bytes) -> bytes:
    from tests.core.cipher_calls.kernels import write_cmac

    from sichen.core.ciphers.kernels import CMAC_KEY, make_cmac_key

    made, out = np.zeros(CMAC_KEY, np.uint8), np.zeros(16, np.uint8)
    make_cmac_key(row(key), 0, made, 0)
    write_cmac(made, row(text), out)
    return out.tobytes()


def siv_of(key: bytes, headers: list[bytes], text: bytes) -> bytes:
    from tests.core.cipher_calls.kernels import write_siv

    from sichen.core.ciphers.kernels import SIV_KEY, make_siv_key

    made, out = np.zeros(SIV_KEY, np.uint8), np.zeros(16 + len(text), np.uint8)
    make_siv_key(row(key), 0, made, 0)
    ends = np.cumsum([0, *(len(one) for one in headers)])
    write_siv(made, row(b"".join(headers)), ends, row(text), out)
    return out.tobytes()


@pytest.mark.parametrize(
    ("size", "tag"),
    [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ],
)
def test_cmac_has_the_tags_of_rfc_4493(size: int, tag: str) -> None:
    """Section 4 of the RFC."""
    assert cmac_of(RFC4493_KEY, RFC4493_TEXT[:size]).hex() == tag


def test_siv_has_the_outputs_of_rfc_5297() -> None:
    """Appendix A: deterministic with one header, and with a nonce after two."""
    key = bytes.fromhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    header = bytes.fromhex("101112131415161718191a1b1c1d1e1f2021222324252627")
    text = bytes.fromhex("112233445566778899aabbccddee")
    assert siv_of(key, [header], text).hex() == "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"
    key = bytes.fromhex("7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f")
    headers = [
        bytes.fromhex("00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100"),
        bytes.fromhex("102030405060708090a0"),
        bytes.fromhex("09f911029d74e35bd84156c5635688c0"),
    ]
    text = b"this is some plaintext to encrypt using SIV-AES"
    wanted = "7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829ea64ad544a272e9c485b62a3fd5c0d"
    assert siv_of(key, headers, text).hex() == wanted


@given(keys, texts)
def test_cmac_of_any_length_is_the_library_s(key: bytes, text: bytes) -> None:
    mac = CMAC(algorithms.AES(key[:16]))
    mac.update(text)
    assert cmac_of(key[:16], text) == mac.finalize()


@given(keys, texts, st.binary(min_size=1, max_size=40), texts)
@example(bytes(32), b"", b"n", b"")
@example(bytes(32), b"h" * 16, b"n" * 16, b"t" * 16)
def test_what_we_seal_the_library_opens_and_the_other_way(key: bytes, header: bytes, nonce: bytes, text: bytes) -> None:
    from sichen.core.ciphers.kernels import SIV_KEY, make_siv_key, seal, unseal

    made, out, back = np.zeros(SIV_KEY, np.uint8), np.zeros(16 + len(text), np.uint8), np.zeros(len(text), np.uint8)
    make_siv_key(row(key), 0, made, 0)
    parts = (row(header), 0, len(header), row(nonce), 0, len(nonce))
    written = row(text)
    seal(made, 0, *parts, written, 0, len(text), out, 0)
    assert out.tobytes() == AESSIV(key).encrypt(text, [header, nonce])
    assert written.tobytes() == text
    assert unseal(made, 0, *parts, out, 0, out.size, back, 0)
    assert back.tobytes() == text


@given(keys, texts, st.integers(0, 10**6), st.integers(1, 255))
def test_seal_with_one_bit_changed_is_not_opened_and_nothing_is_shown(key: bytes, text: bytes, place: int, flip: int) -> None:
    from sichen.core.ciphers.kernels import SIV_KEY, make_siv_key, seal, unseal

    made, out, back = np.zeros(SIV_KEY, np.uint8), np.zeros(16 + len(text), np.uint8), np.ones(len(text), np.uint8)
    make_siv_key(row(key), 0, made, 0)
    parts = (row(b"header"), 0, 6, row(bytes(16)), 0, 16)
    seal(made, 0, *parts, row(text), 0, len(text), out, 0)
    out[place % out.size] ^= flip
    assert not unseal(made, 0, *parts, out, 0, out.size, back, 0)
    assert not back.any()
    assert not unseal(made, 0, *parts, out, 0, 15, back, 0)


@pytest.mark.slow
@pytest.mark.parametrize("setting", [{"NUMBA_CPU_FEATURES": ""}, {"NUMBA_CPU_NAME": "generic"}])
def test_processor_without_the_instructions_gets_the_library_and_compiles_nothing(setting: dict[str, str]) -> None:
    program = "from sichen.core.ciphers import cipher_path; print(cipher_path())"
    said = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **setting}, capture_output=True, text=True, timeout=120, check=True
    )
    assert said.stdout.strip() == "library"
