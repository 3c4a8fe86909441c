# SPDX-License-Identifier: Apache-2.0
"""AES-128, CMAC (RFC 4493) and AES-SIV-CMAC-256 (RFC 5297) on buffers of the caller, for compiled loops that call them.

Nothing here allocates, and no branch or address depends on a key or on what is encrypted, only on lengths. Arrays are bytes in
one row; places in them are offsets, because a view of an array costs more than an AES round.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from sichen.core.ciphers.block.kernels import (
    added,
    counted,
    decrypted_once,
    doubled,
    encrypted,
    encrypted_once,
    expand,
    load,
    of_words,
    same,
    store,
    words,
)

Block = object
"""Sixteen bytes in a register; exists in compiled code only."""
U8 = NDArray[np.uint8]

BLOCK = 16
SCHEDULE = 176
# A key of CMAC: eleven round keys, then its two subkeys.
FIRST, SECOND, CMAC_KEY = SCHEDULE, SCHEDULE + 16, SCHEDULE + 32
# A key of SIV: the CMAC key, the tag of a block of zeros, the round keys of the counter mode.
ZERO_TAG, COUNTER_KEY, SIV_KEY = CMAC_KEY, CMAC_KEY + 16, CMAC_KEY + 16 + SCHEDULE
_LOW_BITS = (1 << 64) - 1 - (1 << 63) - (1 << 31)
_CLEARED = int.from_bytes(_LOW_BITS.to_bytes(8, "big"), "little")


@numba.njit(cache=True)
def known_answers(key: U8, plain: U8, out: U8) -> None:
    """Encrypt a block with stored and with fresh round keys, and decrypt it; `out` has 48 + 176 bytes."""
    expand(load(key, 0), out, 48)
    block = encrypted(load(plain, 0), out, 48)
    store(block, out, 0)
    store(encrypted_once(load(key, 0), load(plain, 0)), out, 16)
    store(decrypted_once(load(key, 0), block), out, 32)


@numba.njit(cache=True)
def make_cmac_key(key: U8, at: int, made: U8, row: int) -> None:
    """Expand sixteen bytes of key into 208: round keys and subkeys."""
    expand(load(key, at), made, row)
    first = doubled(encrypted(of_words(np.uint64(0), np.uint64(0)), made, row))
    store(first, made, row + FIRST)
    store(doubled(first), made, row + SECOND)


@numba.njit(cache=True)
def make_siv_key(key: U8, at: int, made: U8, row: int) -> None:
    """Expand 32 bytes of key into 400: the first half authenticates, the second encrypts."""
    make_cmac_key(key, at, made, row)
    zero = of_words(np.uint64(0), np.uint64(0))
    store(encrypted(added(zero, load(made, row + FIRST)), made, row), made, row + ZERO_TAG)
    expand(load(key, at + BLOCK), made, row + COUNTER_KEY)


@numba.njit(cache=True)
def tail(data: U8, at: int, size: int) -> Block:
    """Return fewer than sixteen bytes, a one bit behind them, and zeros."""
    low, high = np.uint64(0), np.uint64(0)
    for place in range(min(size, 8)):
        low |= np.uint64(data[at + place]) << np.uint64(8 * place)
    for place in range(8, size):
        high |= np.uint64(data[at + place]) << np.uint64(8 * place - 64)
    if size < 8:
        low |= np.uint64(0x80) << np.uint64(8 * size)
    else:
        high |= np.uint64(0x80) << np.uint64(8 * size - 64)
    return of_words(low, high)


@numba.njit(cache=True)
def cmac(made: U8, row: int, data: U8, at: int, size: int) -> Block:
    """Return the CMAC of some bytes under a key that `make_cmac_key` made."""
    state = of_words(np.uint64(0), np.uint64(0))
    end = at + size
    while at + BLOCK < end:
        state = encrypted(added(state, load(data, at)), made, row)
        at += BLOCK
    if at + BLOCK == end:
        last = added(load(data, at), load(made, row + FIRST))
    else:
        last = added(tail(data, at, end - at), load(made, row + SECOND))
    return encrypted(added(state, last), made, row)


@numba.njit(cache=True)
def with_header(made: U8, row: int, so_far: Block, data: U8, at: int, size: int) -> Block:
    """Take one more string of associated data into a synthetic vector (S2V); it begins as the tag of zeros."""
    return added(doubled(so_far), cmac(made, row, data, at, size))


@numba.njit(cache=True)
def with_text(made: U8, row: int, so_far: Block, text: U8, at: int, size: int) -> Block:
    """End a synthetic vector with the text itself, which is changed meanwhile where it ends and put right again."""
    if size < BLOCK:
        last = added(doubled(so_far), tail(text, at, size))
        return encrypted(added(last, load(made, row + FIRST)), made, row)
    end = at + size - BLOCK
    kept = load(text, end)
    store(added(kept, so_far), text, end)
    vector = cmac(made, row, text, at, size)
    store(kept, text, end)
    return vector


@numba.njit(cache=True)
def count_over(made: U8, row: int, vector: Block, source: U8, at: int, size: int, out: U8, to: int) -> None:
    """Encrypt or decrypt in counter mode as SIV does: two bits of the vector are cleared, so that no carry passes 32 bits."""
    low, high = words(vector)
    counter = of_words(low, high & np.uint64(_CLEARED))
    whole = size // BLOCK
    for number in range(whole):
        key = encrypted(counted(counter, np.uint64(number)), made, row + COUNTER_KEY)
        store(added(load(source, at + number * BLOCK), key), out, to + number * BLOCK)
    if size % BLOCK:
        low, high = words(encrypted(counted(counter, np.uint64(whole)), made, row + COUNTER_KEY))
        for place in range(whole * BLOCK, size):
            out[to + place] = source[at + place] ^ np.uint8(low & np.uint64(255))
            low = low >> np.uint64(8) | (high & np.uint64(255)) << np.uint64(56)
            high >>= np.uint64(8)


@numba.njit(cache=True)
def seal(
    made: U8, row: int, header: U8, head_at: int, head_size: int, nonce: U8, nonce_at: int, nonce_size: int,
    text: U8, at: int, size: int, out: U8, to: int,
) -> None:  # fmt: skip
    """Write vector and encrypted text, 16 bytes more than the text, under a header and a nonce.

    `out` from `to` may be neither the text nor the header.
    """
    vector = with_header(made, row, load(made, row + ZERO_TAG), header, head_at, head_size)
    vector = with_header(made, row, vector, nonce, nonce_at, nonce_size)
    vector = with_text(made, row, vector, text, at, size)
    store(vector, out, to)
    count_over(made, row, vector, text, at, size, out, to + BLOCK)


@numba.njit(cache=True)
def unseal(
    made: U8, row: int, header: U8, head_at: int, head_size: int, nonce: U8, nonce_at: int, nonce_size: int,
    closed: U8, at: int, size: int, out: U8, to: int,
) -> bool:  # fmt: skip
    """Decrypt what `seal` wrote, 16 bytes fewer; false, and zeros written, when it is not genuine."""
    if size < BLOCK:
        return False
    claimed = load(closed, at)
    count_over(made, row, claimed, closed, at + BLOCK, size - BLOCK, out, to)
    vector = with_header(made, row, load(made, row + ZERO_TAG), header, head_at, head_size)
    vector = with_header(made, row, vector, nonce, nonce_at, nonce_size)
    vector = with_text(made, row, vector, out, to, size - BLOCK)
    if same(vector, claimed):
        return True
    for place in range(to, to + size - BLOCK):
        out[place] = 0
    return False
