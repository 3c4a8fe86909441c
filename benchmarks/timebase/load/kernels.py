# SPDX-License-Identifier: Apache-2.0
"""The generator's loop: a window of requests out, their answers in, in batches."""

from typing import Any

import numba
import numpy as np
from numba import types
from numpy.typing import NDArray

BATCH = 16
ROOM = 512
DONTWAIT = 0x40
WAITFORONE = 0x10000

_sendmmsg: Any = types.ExternalFunction("sendmmsg", types.int32(types.int32, types.uintp, types.uint32, types.int32))
_recvmmsg: Any = types.ExternalFunction(
    "recvmmsg", types.int32(types.int32, types.uintp, types.uint32, types.int32, types.uintp)
)


@numba.njit(nogil=True, cache=True)
def exchange(
    fd: int, packet: NDArray[np.uint8], count: int, window: int, most_idle: int,
    answers: NDArray[np.uint8], vectors: NDArray[np.int64], heads: NDArray[np.int64],
) -> tuple[int, int]:  # fmt: skip
    """Send `count` requests, never more than `window` without an answer; return answers and losses.

    The socket is connected and has a receive timeout; `most_idle` timeouts in a row end it.
    """
    for i in range(BATCH):
        vectors[i, 0], vectors[i, 1] = packet.ctypes.data, packet.size
        vectors[BATCH + i, 0], vectors[BATCH + i, 1] = answers[i].ctypes.data, ROOM
        for side in range(2):
            heads[side * BATCH + i, 2], heads[side * BATCH + i, 3] = vectors[side * BATCH + i].ctypes.data, 1
    sent = got = idle = lost = 0
    while got + lost < count and idle < most_idle:
        room = min(window - (sent - got - lost), count - sent)
        while room > 0:
            gone = _sendmmsg(fd, heads.ctypes.data, min(room, BATCH), 0)
            if gone <= 0:
                break
            sent += gone
            room -= gone
        came = _recvmmsg(fd, heads[BATCH:].ctypes.data, BATCH, WAITFORONE, 0)
        if came > 0:
            got += came
            idle = 0
        else:
            idle += 1
            lost = sent - got
    return got, lost
