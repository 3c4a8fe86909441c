# SPDX-License-Identifier: Apache-2.0
"""The leakage resilient primitive (LRP) of NXP: AES with a fresh key at every step, for encryption and CMAC.

Formulas: NXP AN12304, "Leakage Resilient Primitive (LRP) Specification", algorithms 1 to 6.
"""

from collections.abc import Callable
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 16
_FIVES, _TENS, _ZEROS = b"\x55" * BLOCK, b"\xaa" * BLOCK, bytes(BLOCK)
_ECB = modes.ECB()  # noqa: S305 - the primitive is built of single blocks, each under its own key
_REDUCTION = 0x87
_MASK = (1 << 128) - 1


class Lrp:
    """One LRP key with its sixteen plaintexts and one of its updated keys.

    Parameters
    ----------
    key : bytes, 16 long
    update : int >= 0
        Which updated key to work with.
    counter : bytes
        Where encryption begins; big-endian, of any length.

    Examples
    --------
    >>> Lrp(bytes.fromhex("8195088CE6C393708EBBE6C7914ECB0B")).cmac(bytes.fromhex("BBD5B85772C7")).hex()
    'ad8595e0b49c5c0db18e77355f5aaff6'
    """

    def __init__(self, key: bytes, *, update: int = 0, counter: bytes = b"\0") -> None:
        self._plaintexts = _plaintexts(key)
        self._start = _updated_key(key, update)
        self._counter = counter

    def evaluate(self, data: bytes) -> bytes:
        """Walk the nibbles of some bytes, each step under the result of the last; then encrypt zeros."""
        state = self._start
        for byte in data:
            state = _aes(state, self._plaintexts[byte >> 4])
            state = _aes(state, self._plaintexts[byte & 15])
        return _aes(state, _ZEROS)

    def cmac(self, message: bytes) -> bytes:
        """Return the 16 bytes of CMAC (NIST SP 800-38B) with `evaluate` in place of the block cipher."""
        first = _doubled(int.from_bytes(self.evaluate(_ZEROS), "big"))
        whole = len(message) > 0 and len(message) % BLOCK == 0
        mask = first if whole else _doubled(first)
        padded = message if whole else message + b"\x80" + bytes(-(len(message) + 1) % BLOCK)
        state = 0
        for place in range(0, len(padded) - BLOCK, BLOCK):
            state = int.from_bytes(self._step(state, padded[place : place + BLOCK]), "big")
        return self._step(state ^ mask, padded[-BLOCK:])

    def encrypt(self, data: bytes) -> bytes:
        """Encrypt whole blocks, each under the evaluation of its counter."""
        return self._blocks(data, _aes)

    def decrypt(self, data: bytes) -> bytes:
        """Undo `encrypt`."""
        return self._blocks(data, _aes_inverse)

    def _step(self, state: int, block: bytes) -> bytes:
        return self.evaluate((state ^ int.from_bytes(block, "big")).to_bytes(BLOCK, "big"))

    def _blocks(self, data: bytes, cipher: Callable[[bytes, bytes], bytes]) -> bytes:
        length, start = len(self._counter), int.from_bytes(self._counter, "big")
        counters = (((start + place) % (1 << 8 * length)).to_bytes(length, "big") for place in range(len(data) // BLOCK))
        blocks = (data[place : place + BLOCK] for place in range(0, len(data), BLOCK))
        return b"".join(cipher(self.evaluate(counter), block) for counter, block in zip(counters, blocks, strict=True))


@lru_cache(maxsize=64)
def _plaintexts(key: bytes) -> tuple[bytes, ...]:
    state = _aes(key, _FIVES)
    found = []
    for _ in range(16):
        found.append(_aes(state, _TENS))
        state = _aes(state, _FIVES)
    return tuple(found)


def _updated_key(key: bytes, number: int) -> bytes:
    state = _aes(key, _TENS)
    for _ in range(number):
        state = _aes(state, _FIVES)
    return _aes(state, _TENS)


def _doubled(value: int) -> int:
    """Multiply by x in the field of CMAC."""
    return (value << 1 & _MASK) ^ (_REDUCTION if value >> 127 else 0)


def _aes(key: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES(key), _ECB).encryptor().update(block)


def _aes_inverse(key: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES(key), _ECB).decryptor().update(block)
