# SPDX-License-Identifier: Apache-2.0
"""What chronyd takes from a reference clock: the packet of its socket, the block of its shared memory."""

import struct

from sichen.core import DataError, Instant, Message
from sichen.timebase.leap import Leap

NS = 1_000_000_000
MAGIC = 0x534F434B
_SOCK = struct.Struct("@qqdiiii")
_SHM = struct.Struct("@iiqiqiiiiiII8i4x")
SHM_KEY = 0x4E545030
SHM_SIZE = _SHM.size


def sock_packet(system: Instant, *, offset: float, leap: Leap = Leap.NONE) -> bytes:
    """Return the 40 bytes that chronyd's SOCK driver takes.

    Parameters
    ----------
    system : Instant
        The system's clock when the comparison was made.
    offset : float
        True time minus that, in s.
    leap : Leap
        Unknown counts as none: chronyd has no word for it.

    Examples
    --------
    >>> len(sock_packet(Instant(0), offset=0.25))
    40
    """
    second, rest = divmod(system.ns, NS)
    coming = int(leap) if leap is not Leap.UNKNOWN else 0
    return _SOCK.pack(second, rest // 1000, offset, 0, coming, 0, MAGIC)


def read_sock_packet(data: bytes) -> tuple[Instant, float, Leap]:
    """Read such a packet: the system's time, true minus it, and the leap.

    Raises
    ------
    DataError
        If its length or its mark is another.
    """
    if len(data) != _SOCK.size or _SOCK.unpack(data)[-1] != MAGIC:
        raise DataError(Message("timebase.service.not_sock", size=len(data)))
    second, micro, offset, _, leap, _, _ = _SOCK.unpack(data)
    return Instant(second * NS + micro * 1000), offset, Leap(leap)


def shm_block(true: Instant, system: Instant, *, count: int, leap: Leap = Leap.NONE, precision: int = -20) -> bytes:
    """Return the 96 bytes of NTP's shared memory, mode 1.

    Parameters
    ----------
    true, system : Instant
        The same moment by the disciplined and by the system's clock.
    count : int
        Even when the block is whole; the writer adds one before and one after.
    """
    coming = int(leap) if leap is not Leap.UNKNOWN else 0
    (true_s, true_ns), (system_s, system_ns) = divmod(true.ns, NS), divmod(system.ns, NS)
    return _SHM.pack(
        1, count, true_s, true_ns // 1000, system_s, system_ns // 1000, coming, precision, 3, 1, true_ns, system_ns, *[0] * 8
    )


def read_shm_block(data: bytes) -> tuple[Instant, Instant, Leap]:
    """Read such a block: true time, the system's time, the leap.

    Raises
    ------
    DataError
        If it is not whole or its fractions contradict each other.
    """
    if len(data) < SHM_SIZE:
        raise DataError(Message("timebase.service.not_shm"))
    _, _, true_s, true_us, system_s, system_us, leap, _, _, valid, true_ns, system_ns, *_ = _SHM.unpack_from(data)
    if not valid or true_ns // 1000 != true_us or system_ns // 1000 != system_us:
        raise DataError(Message("timebase.service.not_shm"))
    return Instant(true_s * NS + true_ns), Instant(system_s * NS + system_ns), Leap(leap)
