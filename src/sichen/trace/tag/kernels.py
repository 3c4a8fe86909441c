# SPDX-License-Identifier: Apache-2.0
"""Messages of tags by the thousand: session keys, codes and file data of NTAG 424 DNA, AES and LRP, in compiled loops.

They say what `sichen.trace.tag.formulas` says, and a test holds them to that. LRP chooses one of sixteen plaintexts for every
half byte of what may be secret: all sixteen are read each time. Needs the AES instructions of the processor.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from sichen.core.ciphers.block.kernels import (
    added,
    chosen,
    decrypted_once,
    doubled,
    encrypted_once,
    load,
    of_words,
    store,
    words,
)
from sichen.core.ciphers.kernels import CMAC_KEY, Block, cmac, make_cmac_key, tail

U8 = NDArray[np.uint8]
I64 = NDArray[np.int64]

BLOCK, TABLE, MAC = 16, 256, 8
LRP_START = 8
_FIVES, _TENS = 0x5555555555555555, 0xAAAAAAAAAAAAAAAA


@numba.njit(cache=True)
def _fives() -> Block:
    return of_words(np.uint64(_FIVES), np.uint64(_FIVES))


@numba.njit(cache=True)
def _tens() -> Block:
    return of_words(np.uint64(_TENS), np.uint64(_TENS))


@numba.njit(cache=True)
def _zeros() -> Block:
    return of_words(np.uint64(0), np.uint64(0))


@numba.njit(cache=True)
def _write_plaintexts(key: Block, table: U8) -> None:
    state = encrypted_once(key, _fives())
    for number in range(BLOCK):
        store(encrypted_once(state, _tens()), table, number * BLOCK)
        state = encrypted_once(state, _fives())


@numba.njit(cache=True)
def _updated_key(key: Block, number: int) -> Block:
    state = encrypted_once(key, _tens())
    for _ in range(number):
        state = encrypted_once(state, _fives())
    return encrypted_once(state, _tens())


@numba.njit(cache=True)
def _walked(table: U8, state: Block, word: np.uint64, size: int) -> Block:
    """Walk the half bytes of a word, its lowest byte first, the upper half of each before the lower."""
    for place in range(size):
        byte = word >> np.uint64(8 * place)
        state = encrypted_once(state, chosen(table, 0, byte >> np.uint64(4) & np.uint64(15)))
        state = encrypted_once(state, chosen(table, 0, byte & np.uint64(15)))
    return state


@numba.njit(cache=True)
def _evaluated(table: U8, start: Block, data: Block) -> Block:
    """Evaluate LRP at sixteen bytes."""
    low, high = words(data)
    return encrypted_once(_walked(table, _walked(table, start, low, 8), high, 8), _zeros())


@numba.njit(cache=True)
def _evaluated_count(table: U8, start: Block, count: np.uint64, size: int) -> Block:
    """Evaluate LRP at a big-endian number of up to eight bytes."""
    turned = np.uint64(0)
    for place in range(size):
        turned |= (count >> np.uint64(8 * place) & np.uint64(255)) << np.uint64(8 * (size - 1 - place))
    return encrypted_once(_walked(table, start, turned, size), _zeros())


@numba.njit(cache=True)
def _lrp_cmac(table: U8, start: Block, data: U8, at: int, end: int) -> Block:
    first = doubled(_evaluated(table, start, _zeros()))
    state = _zeros()
    while at + BLOCK < end:
        state = _evaluated(table, start, added(state, load(data, at)))
        at += BLOCK
    last = added(load(data, at), first) if at + BLOCK == end else added(tail(data, at, end - at), doubled(first))
    return _evaluated(table, start, added(state, last))


@numba.njit(cache=True)
def _lrp_master(table: U8, key: Block, vectors: U8, at: int) -> Block:
    _write_plaintexts(key, table)
    return _lrp_cmac(table, _updated_key(key, 0), vectors, at, at + BLOCK)


@numba.njit(cache=True)
def _put_mac(tag: Block, macs: U8, at: int) -> None:
    """Write the bytes at odd places: the eight that a tag sends."""
    low, high = words(tag)
    for place in range(4):
        macs[at + place] = low >> np.uint64(16 * place + 8) & np.uint64(255)
        macs[at + 4 + place] = high >> np.uint64(16 * place + 8) & np.uint64(255)


@numba.njit(cache=True)
def _count_of(data: U8, at: int, size: int) -> np.uint64:
    count = np.uint64(0)
    for place in range(size):
        count = count << np.uint64(8) | np.uint64(data[at + place])
    return count


@numba.njit(cache=True)
def _lrp_blocks(table: U8, start: Block, count: np.uint64, size: int, data: U8, at: int, end: int, out: U8, to: int) -> None:
    """Decrypt blocks, each under the evaluation of its number."""
    most = np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(64 - 8 * size)
    while at < end:
        key = _evaluated_count(table, start, count & most, size)
        store(decrypted_once(key, load(data, at)), out, to)
        at += BLOCK
        to += BLOCK
        count += np.uint64(1)


@numba.njit(cache=True)
def _write_lrp_mac(table: U8, keys: U8, vectors: U8, at: int, inputs: U8, begin: int, end: int, macs: U8, to: int) -> None:
    master = _lrp_master(table, load(keys, at), vectors, at)
    _write_plaintexts(master, table)
    _put_mac(_lrp_cmac(table, _updated_key(master, 0), inputs, begin, end), macs, to)


@numba.njit(cache=True)
def _write_aes_mac(made: U8, keys: U8, vectors: U8, at: int, inputs: U8, begin: int, end: int, macs: U8, to: int) -> None:
    make_cmac_key(keys, at, made, 0)
    store(cmac(made, 0, vectors, at, BLOCK), made, CMAC_KEY)
    make_cmac_key(made, CMAC_KEY, made, 0)
    _put_mac(cmac(made, 0, inputs, begin, end - begin), macs, to)


@numba.njit(cache=True, nogil=True)
def open_lrp(key: U8, picc: U8, out: U8) -> None:
    """Decrypt UID and counter of many tags under one key: rows of 24 bytes to rows of 16."""
    table = np.empty(TABLE, np.uint8)
    _write_plaintexts(load(key, 0), table)
    start = _updated_key(load(key, 0), 0)
    for row in range(out.size // BLOCK):
        at = row * (LRP_START + BLOCK)
        count = _count_of(picc, at, LRP_START)
        _lrp_blocks(table, start, count, LRP_START, picc, at + LRP_START, at + LRP_START + BLOCK, out, row * BLOCK)


@numba.njit(cache=True, nogil=True)
def write_macs(lrp: U8, keys: U8, vectors: U8, inputs: U8, ends: I64, macs: U8) -> None:
    """Write the codes of many messages.

    Parameters
    ----------
    lrp : ndarray of uint8, shape (n,)
        1 for LRP, 0 for AES.
    keys, vectors : ndarray of uint8, shape (16 * n,)
        File keys, and what session keys are derived from.
    inputs : ndarray of uint8
        What the codes cover, one after the other.
    ends : ndarray of int64, shape (n + 1,)
        Where each begins, and where the last ends.
    macs : ndarray of uint8, shape (8 * n,)
    """
    table, made = np.empty(TABLE, np.uint8), np.empty(CMAC_KEY + BLOCK, np.uint8)
    for row in range(lrp.size):
        begin, end, at, to = ends[row], ends[row + 1], row * BLOCK, row * MAC
        if lrp[row]:
            _write_lrp_mac(table, keys, vectors, at, inputs, begin, end, macs, to)
        else:
            _write_aes_mac(made, keys, vectors, at, inputs, begin, end, macs, to)


@numba.njit(cache=True, nogil=True)
def write_mac(lrp: bool, data: U8, out: U8) -> None:
    """Write the code of one message: its key, its vector and what it covers stand one behind the other."""
    work = np.empty(max(TABLE, CMAC_KEY + BLOCK), np.uint8)
    vector = data[BLOCK:]
    if lrp:
        _write_lrp_mac(work, data, vector, 0, data, 2 * BLOCK, data.size, out, 0)
    else:
        _write_aes_mac(work, data, vector, 0, data, 2 * BLOCK, data.size, out, 0)


@numba.njit(cache=True, nogil=True)
def open_lrp_file(key: U8, vector: U8, count: U8, enc: U8, out: U8) -> None:
    """Decrypt the file data of one message; the number of the first block is the bytes of `count`."""
    table = np.empty(TABLE, np.uint8)
    master = _lrp_master(table, load(key, 0), vector, 0)
    _write_plaintexts(master, table)
    _lrp_blocks(table, _updated_key(master, 1), _count_of(count, 0, count.size), count.size, enc, 0, enc.size, out, 0)
