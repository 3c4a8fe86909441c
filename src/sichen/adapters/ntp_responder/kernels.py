# SPDX-License-Identifier: Apache-2.0
"""The loop of the NTP responder: a batch in by recvmmsg, judged and answered, a batch out by sendmmsg; no Python in between.

It says what `sichen.timebase.ntp.answer` says, byte for byte, and a test holds it to that. Structures are those of 64-bit Linux.
"""

from typing import Any

import numba
import numpy as np
from numba import types
from numpy.typing import NDArray

from sichen.timebase.nts.kernels import (
    SILENT,
    UNIQUE_LONG,
    VERIFY,
    WANTED,
    answer_size,
    copy_identity,
    read_proof,
    seal_answer,
    take_masters,
    verified,
)

U8 = NDArray[np.uint8]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

BATCH = 16
ROOM = 512  # bytes kept of a request; longer ones are cut, which changes no answer
SEALED_ROOM = 1536  # the same under NTS, where a longer one is ignored: its seal could not be verified
TRUNCATED = 0x20
ADDRESS, CONTROL = 32, 64
HEADER = 8  # words of struct mmsghdr
MSG_WAITFORONE = 0x10000
REALTIME = 0
NTP_EPOCH = 2_208_988_800
NS = 1_000_000_000
PROBES = 8
QUIET = 16

# Words of the state that the clock's keeper renews about once a second, under a sequence number that is odd while it writes.
SEQUENCE, OFFSET, AT, DISPERSION, RUN, USABLE = 0, 1, 2, 3, 4, 5
STATE = 8
# Counters.
RECEIVED, ANSWERED, IGNORED, DENIED, LIMITED, KISSED, UNSENT, UNPROVEN = 0, 1, 2, 3, 4, 5, 6, 7
COUNTERS = 8
# Words of a client's row: address (2), level in millitokens, time of the last request, answered, refused.
LEVEL, SEEN, SERVED, REFUSED = 2, 3, 4, 5
CLIENT = 6
RATE, NTSN = 0x52415445, 0x4E54534E

_recvmmsg: Any = types.ExternalFunction(
    "recvmmsg", types.int32(types.int32, types.uintp, types.uint32, types.int32, types.uintp)
)
_sendmmsg: Any = types.ExternalFunction("sendmmsg", types.int32(types.int32, types.uintp, types.uint32, types.int32))
_clock_gettime: Any = types.ExternalFunction("clock_gettime", types.int32(types.int32, types.uintp))


@numba.njit(cache=True)
def _big(buffer: U8, at: int, value: int, size: int) -> None:
    for i in range(size):
        buffer[at + size - 1 - i] = value & 255
        value >>= 8


@numba.njit(cache=True)
def _stamp(buffer: U8, at: int, ns: int) -> None:
    """Write UTC nanoseconds since 1970 as an NTP time stamp."""
    second = ns // NS
    rest = ns - second * NS
    _big(buffer, at, (second + NTP_EPOCH) & 0xFFFFFFFF, 4)
    _big(buffer, at + 4, (rest << 32) // NS, 4)


@numba.njit(cache=True)
def _client(address: U8) -> tuple[int, int]:
    """Return the address of a sockaddr as two words; IPv4 as mapped into IPv6."""
    high = low = 0
    if address[0] == 2:  # AF_INET
        low = 0xFFFF << 32
        for i in range(4):
            low |= int(address[4 + i]) << (8 * (3 - i))
        return high, low
    for i in range(8):
        high = high << 8 | int(address[8 + i])
        low = low << 8 | int(address[16 + i])
    return high, low


@numba.njit(cache=True)
def _allowed(high: int, low: int, networks: I64) -> bool:
    """Tell whether the narrowest network that holds the address allows it; rows are high, low, length, allowed."""
    best, good = -1, False
    for row in range(networks.shape[0]):
        length = networks[row, 2]
        left = min(length, 64)
        upper = left == 0 or (high ^ networks[row, 0]) >> (64 - left) == 0
        right = length - left
        lower = right == 0 or (low ^ networks[row, 1]) >> (64 - right) == 0
        if length > best and upper and lower:
            best, good = length, networks[row, 3] == 1
    return good


@numba.njit(cache=True)
def _row(clients: I64, high: int, low: int, now: int, burst: int) -> int:
    """Return the row of a client; a full neighbourhood gives up the one who asked longest ago."""
    mask = clients.shape[0] - 1
    mixed = (high * 0x9E3779B97F4A7C1 + low * 0xC2B2AE3D27D4EB5) & 0x7FFFFFFFFFFFFFFF
    start = (mixed ^ mixed >> 29) & mask
    oldest, chosen = 1 << 62, start
    for step in range(PROBES):
        row = (start + step) & mask
        if clients[row, 0] == high and clients[row, 1] == low and clients[row, SEEN] != 0:
            return int(row)
        if clients[row, SEEN] < oldest:
            oldest, chosen = clients[row, SEEN], row
    clients[chosen, 0], clients[chosen, 1] = high, low
    clients[chosen, LEVEL], clients[chosen, SEEN] = burst * 1000, now
    clients[chosen, SERVED] = clients[chosen, REFUSED] = 0
    return int(chosen)


@numba.njit(cache=True)
def _judge(clients: I64, high: int, low: int, now: int, interval_ns: int, burst: int) -> int:
    """Return 1 to answer, 2 for a kiss, 0 to stay silent; the rule of `sichen.timebase.ntp.RateLimiter`."""
    row = _row(clients, high, low, now, burst)
    passed = max(now - clients[row, SEEN], 0)
    gained = burst * 1000 if passed > interval_ns * burst else passed * 1000 // interval_ns
    level = min(clients[row, LEVEL] + gained, burst * 1000)
    if gained > 0:
        clients[row, SEEN] = now
    if level >= 1000:
        clients[row, LEVEL] = level - 1000
        clients[row, SERVED] += 1
        return 1
    clients[row, LEVEL] = level
    refused = clients[row, REFUSED]
    clients[row, REFUSED] = refused + 1
    return 2 if refused % QUIET == 0 else 0


@numba.njit(cache=True)
def _received(control: U8, size: int, fallback: int) -> int:
    """Return the kernel's stamp of arrival in ns, or the one taken after the batch when it gave none."""
    if size < 32:
        return fallback
    words = control[:32].view(np.int64)
    kind = control[8:16].view(np.int32)
    return words[2] * NS + words[3] if kind[0] == 1 and kind[1] == 35 else fallback


@numba.njit(cache=True)
def write_answer(request: U8, template: U8, dispersion: int, received: int, kiss: int, out: U8) -> None:
    """Write an answer but for its time of departure.

    Parameters
    ----------
    request : ndarray of shape (48 or more,)
    template : ndarray of shape (24,)
        First byte without its version, stratum, precision, root delay, reference, time of the last correction.
    dispersion : int
        In 16.16 s.
    received : int
        UTC ns of the disciplined clock.
    kiss : int
        Say this instead, RATE or NTSN; 0 for an answer.
    out : ndarray of shape (48,)
    """
    version = request[0] & 0x38
    out[2] = request[2]
    if kiss:
        out[0] = 0xC0 | version | 4
        out[1] = out[3] = 0
        for i in range(4, 24):
            out[i] = 0
        _big(out, 12, kiss, 4)
    else:
        out[0] = (template[0] & 0xC7) | version
        out[1], out[3] = template[1], template[3]
        for i in range(4, 8):
            out[i] = template[i]
        _big(out, 8, dispersion, 4)
        for i in range(12, 24):
            out[i] = template[i]
    for i in range(8):
        out[24 + i] = request[40 + i]
    _stamp(out, 32, received)


@numba.njit(cache=True)
def _receive(fd: int, heads_in: I64, clock: I64) -> int:
    """Wait for requests and return how many came; 0 after a while without any. `clock` is the system's then, in ns."""
    for i in range(BATCH):
        heads_in[i, 1], heads_in[i, 5] = ADDRESS, CONTROL
    count = _recvmmsg(fd, heads_in.ctypes.data, BATCH, MSG_WAITFORONE, 0)
    clock[2] = _now(clock)
    return max(int(count), 0)


@numba.njit(cache=True)
def _now(clock: I64) -> int:
    _clock_gettime(REALTIME, clock.ctypes.data)
    return int(clock[0] * NS + clock[1])


@numba.njit(cache=True)
def _admitted(address: U8, networks: I64, clients: I64, counters: I64, now: int, interval_ns: int, burst: int) -> int:
    """Return 1 to answer, 2 for a kiss, 0 to stay silent, and count what is refused."""
    high, low = _client(address)
    if not _allowed(high, low, networks):
        counters[DENIED] += 1
        return 0
    verdict = _judge(clients, high, low, now, interval_ns, burst)
    if verdict != 1:
        counters[LIMITED] += 1
    return int(verdict)


@numba.njit(cache=True)
def _write(request: U8, head: U8, body: I64, control: U8, size: int, now: int, drift: float, kiss: int, out: U8) -> None:
    """Write an answer at the time `now` but for its departure."""
    arrived = _received(control, size, now) + body[OFFSET]
    age = max(now + body[OFFSET] - body[AT], 0)
    dispersion = body[DISPERSION] + int(np.ceil(age * 1e-9 * drift * 65536.0))
    write_answer(request, head, dispersion, arrived, kiss, out)


@numba.njit(cache=True)
def _send(fd: int, heads_out: I64, wanted: int, counters: I64) -> None:
    sent = 0
    while sent < wanted:
        gone = _sendmmsg(fd, heads_out[sent:].ctypes.data, wanted - sent, 0)
        if gone <= 0:
            # One address that cannot be reached must not stop the others.
            counters[UNSENT] += 1
            gone = 1
        else:
            counters[ANSWERED] += gone
        sent += gone


@numba.njit(nogil=True, cache=True)
def serve(
    fd: int, state: I64, template: U8, networks: I64, clients: I64, counters: I64,
    interval_ns: int, burst: int, drift: float, step_ns: int,
    requests: U8, addresses: U8, controls: U8, answers: U8, heads_in: I64, heads_out: I64,
) -> None:  # fmt: skip
    """Answer until the state says stop.

    The arrays are made by `sichen.adapters.ntp_responder.server`, which wires their addresses together.
    """
    clock = np.zeros(3, np.int64)
    head, body = np.zeros(24, np.uint8), np.zeros(STATE, np.int64)
    while state[RUN] == 1:
        count = _receive(fd, heads_in, clock)
        if count == 0:
            continue
        now = clock[2]
        _read_state(state, template, body, head)
        counters[RECEIVED] += count
        wanted = 0
        for i in range(count):
            request = requests[i]
            mode, version = request[0] & 7, request[0] >> 3 & 7
            if heads_in[i, 7] < 48 or mode != 3 or version < 1 or version > 4:
                counters[IGNORED] += 1
                continue
            verdict = _admitted(addresses[i], networks, clients, counters, now, interval_ns, burst)
            counters[KISSED] += verdict // 2
            if verdict == 0:
                continue
            kiss = RATE if verdict == 2 else 0
            _write(request, head, body, controls[i], heads_in[i, 5], now, drift, kiss, answers[wanted])
            heads_out[wanted, 0], heads_out[wanted, 1] = addresses[i].ctypes.data, heads_in[i, 1]
            wanted += 1
        if wanted == 0:
            continue
        leaving = _now(clock) + body[OFFSET]
        for i in range(wanted):
            # Each leaves a little after the one before it.
            _stamp(answers[i], 40, leaving + (i + 1) * step_ns)
        _send(fd, heads_out, wanted, counters)


@numba.njit(nogil=True, cache=True)
def serve_sealed(
    fd: int, state: I64, template: U8, networks: I64, clients: I64, counters: I64,
    interval_ns: int, burst: int, drift: float, step_ns: int,
    requests: U8, addresses: U8, controls: U8, answers: U8, heads_in: I64, heads_out: I64,
    lengths: I64, proofs: I64, pairs: U8, vault: U8, words: I64, table: U8, turn: I64,
) -> None:  # fmt: skip
    """Answer requests under NTS, and no others, until the state says stop.

    A client over its limit hears nothing: a kiss that is not sealed would not be believed. Answers get their time of departure,
    then their seals; the time that the seals of a batch took is what the next batch expects.
    """
    clock, sealing = np.zeros(3, np.int64), 0
    head, body = np.zeros(24, np.uint8), np.zeros(STATE, np.int64)
    while state[RUN] == 1:
        count = _receive(fd, heads_in, clock)
        if count == 0:
            continue
        now = clock[2]
        _read_state(state, template, body, head)
        take_masters(vault, words, table, turn)
        counters[RECEIVED] += count
        wanted = 0
        for i in range(count):
            size, proof, pair = heads_in[i, 7], proofs[wanted], pairs[wanted]
            verdict = SILENT if heads_in[i, 6] & TRUNCATED or size > SEALED_ROOM else read_proof(requests[i], size, proof)
            if verdict == SILENT:
                counters[IGNORED] += 1
                continue
            if _admitted(addresses[i], networks, clients, counters, now, interval_ns, burst) != 1:
                continue
            proven = verdict == VERIFY and verified(requests[i], proof, vault, words, pair)
            counters[UNPROVEN] += not proven
            long = answer_size(proof) if proven else 48 + proof[UNIQUE_LONG]
            if long > size:
                continue
            _write(requests[i], head, body, controls[i], heads_in[i, 5], now, drift, 0 if proven else NTSN, answers[wanted])
            copy_identity(requests[i], proof, answers[wanted])
            proof[WANTED] = proof[WANTED] if proven else 0
            lengths[wanted, 1] = long
            heads_out[wanted, 0], heads_out[wanted, 1] = addresses[i].ctypes.data, heads_in[i, 1]
            wanted += 1
        if wanted == 0:
            continue
        begun = _now(clock)
        for i in range(wanted):
            _stamp(answers[i], 40, begun + body[OFFSET] + sealing * wanted + (i + 1) * step_ns)
            if proofs[i, WANTED] > 0:
                seal_answer(proofs[i], vault, words, pairs[i], answers[i])
        sealing = (_now(clock) - begun) // wanted
        _send(fd, heads_out, wanted, counters)


@numba.njit(cache=True)
def _read_state(state: I64, template: U8, body: I64, head: U8) -> None:
    """Copy the state whole: again when its keeper wrote in between."""
    while True:
        before = state[SEQUENCE]
        for i in range(STATE):
            body[i] = state[i]
        for i in range(24):
            head[i] = template[i]
        if before == state[SEQUENCE] and before % 2 == 0:
            return
