# SPDX-License-Identifier: Apache-2.0
"""Framing: one pass over the bytes that finds whole messages of eight protocols by their checksums, wherever they begin."""

import numba
import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
I64 = NDArray[np.int64]

NMEA, UBX, CASIC, SKYTRAQ, TSIP, ONCORE, RTCM3, SIRF = 1, 2, 3, 4, 5, 6, 7, 8
LONGEST_SENTENCE = 256  # 82 by the standard; receivers of today write longer ones
LONGEST_BINARY = 8192
LONGEST_TSIP = 1024
LONGEST_ONCORE = 300
WAIT, NONE = -1, 0


@numba.njit(cache=True)
def crc24q(data: U8, start: int, end: int) -> int:
    """Return the CRC of RTCM 3, polynomial 0x1864CFB."""
    crc = 0
    for i in range(start, end):
        crc ^= int(data[i]) << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc & 0xFFFFFF


@numba.njit(cache=True)
def _hex(byte: int) -> int:
    if 48 <= byte <= 57:
        return byte - 48
    if 65 <= byte <= 70:
        return byte - 55
    return byte - 87 if 97 <= byte <= 102 else -1


@numba.njit(cache=True)
def _nmea(data: U8, i: int) -> int:
    total = 0
    for j in range(i + 1, min(i + LONGEST_SENTENCE, data.size)):
        byte = data[j]
        if byte == 42:  # *
            if j + 2 >= data.size:
                return WAIT
            high, low = _hex(data[j + 1]), _hex(data[j + 2])
            return j + 3 - i if high >= 0 and low >= 0 and high * 16 + low == total else NONE
        if byte < 32 or byte > 126 or byte == 36:
            return NONE
        total ^= byte
    return WAIT if data.size - i < LONGEST_SENTENCE else NONE


@numba.njit(cache=True)
def _ubx(data: U8, i: int) -> int:
    if i + 6 > data.size:
        return WAIT
    size = 8 + int(data[i + 4]) + 256 * int(data[i + 5])
    if size > LONGEST_BINARY:
        return NONE
    if i + size > data.size:
        return WAIT
    a = b = 0
    for j in range(i + 2, i + size - 2):
        a = (a + data[j]) & 255
        b = (b + a) & 255
    return size if data[i + size - 2] == a and data[i + size - 1] == b else NONE


@numba.njit(cache=True)
def _casic(data: U8, i: int) -> int:
    if i + 6 > data.size:
        return WAIT
    length = int(data[i + 2]) + 256 * int(data[i + 3])
    if length % 4 or length > LONGEST_BINARY:
        return NONE
    if i + length + 10 > data.size:
        return WAIT
    total = (int(data[i + 5]) << 24) + (int(data[i + 4]) << 16) + length
    stated = 0
    for j in range(i + 6, i + 6 + length, 4):
        word = 0
        for k in range(4):
            word |= int(data[j + k]) << (8 * k)
        total += word
    for k in range(4):
        stated |= int(data[i + 6 + length + k]) << (8 * k)
    return length + 10 if total & 0xFFFFFFFF == stated else NONE


@numba.njit(cache=True)
def _skytraq(data: U8, i: int) -> int:
    if i + 4 > data.size:
        return WAIT
    length = 256 * int(data[i + 2]) + int(data[i + 3])
    if length == 0 or length > LONGEST_BINARY:
        return NONE
    if i + length + 7 > data.size:
        return WAIT
    total = 0
    for j in range(i + 4, i + 4 + length):
        total ^= data[j]
    end = i + 4 + length
    return length + 7 if data[end] == total and data[end + 1] == 13 and data[end + 2] == 10 else NONE


@numba.njit(cache=True)
def _sirf(data: U8, i: int) -> int:
    if i + 4 > data.size:
        return WAIT
    length = 256 * int(data[i + 2]) + int(data[i + 3])
    if length == 0 or length > 2047:
        return NONE
    if i + length + 8 > data.size:
        return WAIT
    total = 0
    for j in range(i + 4, i + 4 + length):
        total = (total + data[j]) & 0x7FFF
    end = i + 4 + length
    good = data[end] == total >> 8 and data[end + 1] == total & 255 and data[end + 2] == 0xB0 and data[end + 3] == 0xB3
    return length + 8 if good else NONE


@numba.njit(cache=True)
def _tsip(data: U8, i: int) -> int:
    """Only packets that prove themselves: version 1 by length and checksum, the timing packets of version 0 by their length."""
    if i + 3 > data.size:
        return WAIT
    kind, first = data[i + 1], data[i + 2]
    if not (144 <= kind <= 165 or kind in {143, 65}):
        return NONE
    size, total, stated = 0, 0, 0
    j = i + 1
    while j < min(data.size, i + LONGEST_TSIP):
        byte = data[j]
        if byte == 0x10:
            if j + 1 >= data.size:
                return WAIT
            if data[j + 1] == 0x03:
                break
            if data[j + 1] != 0x10:
                return NONE
            j += 1
        if size == 2:
            stated = 256 * int(byte)
        elif size == 3:
            stated += int(byte)
        total ^= byte
        size += 1
        j += 1
    else:
        return WAIT if data.size - i < LONGEST_TSIP else NONE
    version1 = 0x90 <= kind <= 0xA5 and stated == size - 4 and total == 0
    primary = kind == 0x8F and (
        (first == 0xAB and size == 18) or (first == 0xAC and size == 69) or (first == 0xAD and size == 23)
    )
    return j + 2 - i if version1 or primary or (kind == 0x41 and size == 11) else NONE


@numba.njit(cache=True)
def _oncore(data: U8, i: int) -> int:
    if i + 4 > data.size:
        return WAIT
    if not (65 <= data[i + 2] <= 90 and (65 <= data[i + 3] <= 90 or 97 <= data[i + 3] <= 122)):
        return NONE
    total = data[i + 2] ^ data[i + 3]
    for j in range(i + 4, min(i + LONGEST_ONCORE, data.size - 2)):
        if data[j] == total and data[j + 1] == 13 and data[j + 2] == 10:
            return j + 3 - i
        total ^= data[j]
    return WAIT if data.size - i < LONGEST_ONCORE else NONE


@numba.njit(cache=True)
def _rtcm3(data: U8, i: int) -> int:
    if i + 3 > data.size:
        return WAIT
    if data[i + 1] & 0xFC:
        return NONE
    length = 256 * int(data[i + 1] & 3) + int(data[i + 2])
    if length < 2:
        return NONE
    if i + length + 6 > data.size:
        return WAIT
    end = i + 3 + length
    stated = (int(data[end]) << 16) | (int(data[end + 1]) << 8) | int(data[end + 2])
    return length + 6 if crc24q(data, i, end) == stated else NONE


@numba.njit(cache=True)
def _at(data: U8, i: int) -> tuple[int, int]:  # noqa: PLR0911 - one return a protocol
    """Return the protocol that could begin here and the size of its message: WAIT when more bytes are needed, NONE when it is none."""
    byte = data[i]
    if byte in (36, 33):  # $ and !
        return NMEA, _nmea(data, i)
    if byte == 0xD3:
        return RTCM3, _rtcm3(data, i)
    if byte == 0x10:
        return TSIP, _tsip(data, i)
    if byte not in (0xB5, 0xBA, 0xA0, 0x40):
        return 0, NONE
    if i + 1 == data.size:
        return 0, WAIT
    after = data[i + 1]
    if byte == 0xB5 and after == 0x62:
        return UBX, _ubx(data, i)
    if byte == 0xBA and after == 0xCE:
        return CASIC, _casic(data, i)
    if byte == 0xA0 and after == 0xA1:
        return SKYTRAQ, _skytraq(data, i)
    if byte == 0xA0 and after == 0xA2:
        return SIRF, _sirf(data, i)
    if byte == 0x40 and after == 0x40:
        return ONCORE, _oncore(data, i)
    return 0, NONE


@numba.njit(cache=True)
def find_frames(data: U8, final: bool, protocols: U8, starts: I64, ends: I64) -> tuple[int, int]:
    """Find whole messages.

    Parameters
    ----------
    data : ndarray of uint8
    final : bool
        Whether nothing follows: then a message that is not whole is passed over instead of waited for.
    protocols, starts, ends : ndarrays
        Filled in; as long as the most messages wanted at once.

    Returns
    -------
    count, used : int
        Messages found, and how many bytes are done with.
    """
    count = i = 0
    while i < data.size and count < starts.size:
        protocol, size = _at(data, i)
        if size > 0:
            protocols[count], starts[count], ends[count] = protocol, i, i + size
            count += 1
            i += size
        elif size == WAIT and not final:
            break
        else:
            i += 1
    return count, i
