# SPDX-License-Identifier: Apache-2.0
"""From a stream of bytes, cut anywhere and mixed at will, to whole messages of their protocols."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

MOST = 4096
"""Messages that one call of the kernel finds."""


class Protocol(StrEnum):
    """What a receiver speaks."""

    NMEA = "NMEA"
    UBX = "UBX"
    CASIC = "CASIC"
    SKYTRAQ = "SkyTraq"
    TSIP = "TSIP"
    ONCORE = "Oncore"
    RTCM3 = "RTCM3"
    SIRF = "SiRF"


_ORDER = tuple(Protocol)


@dataclass(frozen=True)
class Frame:
    """A whole message whose checksum is right.

    Parameters
    ----------
    protocol : Protocol
    data : bytes
        From its first to its last byte.
    position : int
        Of its first byte in the stream.
    """

    protocol: Protocol
    data: bytes
    position: int


class Framer:
    """Cut a stream into messages; what is none is passed over and counted.

    Bytes may arrive in pieces of any size. After a broken message the search goes on at its second byte, so that one message never
    hides another that stands inside it.

    Examples
    --------
    >>> framer = Framer()
    >>> [frame.data for frame in framer.feed(b"noise$GPZDA,101010.00,01,02,2024,00,00*60")]
    [b'$GPZDA,101010.00,01,02,2024,00,00*60']
    >>> framer.passed_over
    5
    """

    def __init__(self) -> None:
        self._rest = b""
        self._position = 0
        self._framed = 0
        self._protocols = np.empty(MOST, np.uint8)
        self._starts = np.empty(MOST, np.int64)
        self._ends = np.empty(MOST, np.int64)

    @property
    def passed_over(self) -> int:
        """Bytes that belonged to no message."""
        return self._position - self._framed

    def feed(self, data: bytes, *, final: bool = False) -> Iterator[Frame]:
        """Yield the messages that are whole now.

        Parameters
        ----------
        data : bytes
        final : bool
            Nothing follows: do not wait for the rest of a message.
        """
        from sichen.timebase.receivers.kernels import find_frames

        buffer = self._rest + data
        while True:
            view = np.frombuffer(buffer, np.uint8)
            count, used = find_frames(view, final, self._protocols, self._starts, self._ends)
            for protocol, start, end in zip(
                self._protocols[:count].tolist(), self._starts[:count].tolist(), self._ends[:count].tolist(), strict=True
            ):
                self._framed += end - start
                yield Frame(_ORDER[protocol - 1], buffer[start:end], self._position + start)
            buffer = buffer[used:]
            self._position += used
            if count < MOST:
                break
        self._rest = buffer


def frames(data: bytes) -> Iterator[Frame]:
    """Yield the messages of a whole recording."""
    return Framer().feed(data, final=True)
