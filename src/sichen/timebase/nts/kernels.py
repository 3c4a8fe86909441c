# SPDX-License-Identifier: Apache-2.0
"""NTS of a server in compiled code: what a request brings is verified, an answer is sealed, fresh cookies are made.

It says what `sichen.timebase.nts.sealed_answer` says, and a test holds it to that on every kind of damage. Needs the AES
instructions of the processor: ask `sichen.core.ciphers.cipher_path` first.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from sichen.core.ciphers.block.kernels import encrypted, expand, load, of_words, store
from sichen.core.ciphers.kernels import SCHEDULE, SIV_KEY, make_siv_key, seal, unseal

U8 = NDArray[np.uint8]
I64 = NDArray[np.int64]

HEADER, NONCE, TAG, NUMBER, KEY, KEPT, MOST_COOKIES = 48, 16, 16, 4, 32, 3, 8
UNIQUE, COOKIE, PLACEHOLDER, SEAL = 0x0104, 0x0204, 0x0304, 0x0404
UNIQUE_SIZE = 32
PAIR = 2 * KEY
COOKIE_SIZE = NUMBER + NONCE + TAG + PAIR
COOKIE_FIELD = 4 + COOKIE_SIZE
ENVELOPE = 4 + 4 + NONCE + TAG
"""Bytes of a seal around nothing."""
SILENT, REFUSE, VERIFY = 0, 1, 2

# The vault, memory of one thread: the masters' numbers and keys as the jar has them, the same expanded, the key of the nonces,
# the key that is worked with, and text: that of a request, or the cookies of an answer.
COPIED = KEPT * (NUMBER + KEY)
MASTERS = 128
NONCE_KEY = MASTERS + KEPT * SIV_KEY
WORKING = NONCE_KEY + SCHEDULE
TEXT = WORKING + SIV_KEY
VAULT = TEXT + 2048
# Words beside it: the turn of the jar that was copied, how many masters there are, how many nonces were used.
TURN, FILLED, USED = 0, 1, 2
# Words of a proof: where the identifier stands and the length of its field, where cookie and seal stand, lengths of their
# bodies, cookies wanted.
UNIQUE_AT, UNIQUE_LONG, COOKIE_AT, COOKIE_LONG, SEAL_AT, SEAL_LONG, WANTED = range(7)
PROOF = 7


@numba.njit(cache=True)
def _short(data: U8, at: int) -> int:
    return int(np.int64(data[at]) << 8 | np.int64(data[at + 1]))


@numba.njit(cache=True)
def _put_short(data: U8, at: int, value: int) -> None:
    data[at], data[at + 1] = value >> 8, value & 255


@numba.njit(cache=True)
def open_vault(vault: U8, words: I64, seed: U8) -> None:
    """Begin with sixteen random bytes: nonces are a count, encrypted under them, so that none comes twice and none tells of another."""
    expand(load(seed, 0), vault, NONCE_KEY)
    words[:] = 0


@numba.njit(cache=True)
def take_masters(vault: U8, words: I64, table: U8, turn: I64) -> None:
    """Copy and expand the masters of a jar when they have changed; `table` is its table in one row."""
    if turn[0] == words[TURN]:
        return
    while True:
        before = turn[0]
        filled = turn[1]
        for place in range(COPIED):
            vault[place] = table[place]
        if before == turn[0] and before % 2 == 0:
            break
    for row in range(filled):
        make_siv_key(vault, row * (NUMBER + KEY) + NUMBER, vault, MASTERS + row * SIV_KEY)
    words[TURN], words[FILLED] = before, filled


@numba.njit(cache=True)
def _fresh_nonce(vault: U8, words: I64, out: U8, at: int) -> None:
    words[USED] += 1
    store(encrypted(of_words(np.uint64(words[USED]), np.uint64(0)), vault, NONCE_KEY), out, at)


@numba.njit(cache=True)
def read_proof(packet: U8, size: int, proof: I64) -> int:
    """Find what a request brings; return whether to be silent, to refuse or to verify it."""
    if size < HEADER or packet[0] & 7 != 3 or packet[0] >> 3 & 7 != 4:
        return SILENT
    uniques = cookies = seals = 0
    at, end = HEADER, size
    protected, whole = True, True
    while at < size:
        length = _short(packet, at + 2) if at + 4 <= size else 0
        if length < 4 or length % 4 != 0 or at + length > size:
            whole = False
            break
        kind = _short(packet, at)
        if kind == UNIQUE:
            uniques += 1
            protected = protected and at < end and length >= UNIQUE_SIZE + 4
            proof[UNIQUE_AT], proof[UNIQUE_LONG] = at, length
        elif kind == COOKIE:
            cookies += 1
            whole = whole and at < end
            proof[COOKIE_AT], proof[COOKIE_LONG] = at + 4, length - 4
        elif kind == SEAL:
            seals += 1
            end = min(end, at)
            proof[SEAL_AT], proof[SEAL_LONG] = at, length - 4
        at += length
    if uniques != 1 or cookies == 0 or not protected:
        return SILENT
    if not whole or cookies != 1 or seals != 1:
        return REFUSE
    proof[WANTED] = min(1 + _placeholders(packet, proof), MOST_COOKIES)
    return VERIFY


@numba.njit(cache=True)
def _placeholders(packet: U8, proof: I64) -> int:
    """Count the fields before the seal that leave room for a cookie."""
    found, at = 0, HEADER
    while at < proof[SEAL_AT]:
        length = _short(packet, at + 2)
        found += _short(packet, at) == PLACEHOLDER and length - 4 >= proof[COOKIE_LONG]
        at += length
    return int(found)


@numba.njit(cache=True)
def _opened_cookie(packet: U8, proof: I64, vault: U8, words: I64, pair: U8) -> bool:
    at = proof[COOKIE_AT]
    if proof[COOKIE_LONG] != COOKIE_SIZE:
        return False
    for row in range(words[FILLED]):
        known = True
        for place in range(NUMBER):
            known = known and vault[row * (NUMBER + KEY) + place] == packet[at + place]
        if known:
            master, nonce, closed = MASTERS + row * SIV_KEY, at + NUMBER, at + NUMBER + NONCE
            opened = unseal(vault, master, packet, at, NUMBER, packet, nonce, NONCE, packet, closed, TAG + PAIR, pair, 0)
            return bool(opened)
    return False


@numba.njit(cache=True)
def verified(packet: U8, proof: I64, vault: U8, words: I64, pair: U8) -> bool:
    """Tell whether cookie and seal of a request are genuine; the client's two keys are written into `pair`, 64 bytes."""
    if not _opened_cookie(packet, proof, vault, words, pair):
        return False
    at, long = proof[SEAL_AT] + 4, proof[SEAL_LONG]
    if long < 4:
        return False
    nonce, size = _short(packet, at), _short(packet, at + 2)
    behind = 4 + (nonce + 3) // 4 * 4
    if nonce == 0 or size < TAG or behind + size > long:
        return False
    make_siv_key(pair, 0, vault, WORKING)
    return bool(
        unseal(vault, WORKING, packet, 0, proof[SEAL_AT], packet, at + 4, nonce, packet, at + behind, size, vault, TEXT)
    )


@numba.njit(cache=True)
def answer_size(proof: I64) -> int:
    """Return how long a sealed answer is."""
    return int(HEADER + proof[UNIQUE_LONG] + ENVELOPE + proof[WANTED] * COOKIE_FIELD)


@numba.njit(cache=True)
def copy_identity(packet: U8, proof: I64, out: U8) -> int:
    """Write the identifier's field behind the header; return where it ends."""
    for place in range(proof[UNIQUE_LONG]):
        out[HEADER + place] = packet[proof[UNIQUE_AT] + place]
    return int(HEADER + proof[UNIQUE_LONG])


@numba.njit(cache=True)
def seal_answer(proof: I64, vault: U8, words: I64, pair: U8, out: U8) -> None:
    """Seal an answer that has its 48 bytes and its identifier: fresh cookies inside."""
    at = HEADER + proof[UNIQUE_LONG]
    text = TEXT
    for _ in range(proof[WANTED]):
        _put_short(vault, text, COOKIE)
        _put_short(vault, text + 2, COOKIE_FIELD)
        for place in range(NUMBER):
            vault[text + 4 + place] = vault[place]
        nonce = text + 4 + NUMBER
        _fresh_nonce(vault, words, vault, nonce)
        seal(vault, MASTERS, vault, 0, NUMBER, vault, nonce, NONCE, pair, 0, PAIR, vault, nonce + NONCE)
        text += COOKIE_FIELD
    inner = text - TEXT
    _put_short(out, at, SEAL)
    _put_short(out, at + 2, ENVELOPE + inner)
    _put_short(out, at + 4, NONCE)
    _put_short(out, at + 6, TAG + inner)
    _fresh_nonce(vault, words, out, at + 8)
    make_siv_key(pair, KEY, vault, WORKING)
    seal(vault, WORKING, out, 0, at, out, at + 8, NONCE, vault, TEXT, inner, out, at + 8 + NONCE)
