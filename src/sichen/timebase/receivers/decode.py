# SPDX-License-Identifier: Apache-2.0
"""Times from a receiver's stream, whatever protocols it mixes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol as Typing

from sichen.timebase.receivers.framer import Frame, Framer, Protocol
from sichen.timebase.receivers.nmea import NmeaDecoder
from sichen.timebase.receivers.others import (
    CasicDecoder,
    OncoreDecoder,
    Rtcm3Decoder,
    SirfDecoder,
    SkyTraqDecoder,
    TsipDecoder,
)
from sichen.timebase.receivers.reported import Reported, Sky
from sichen.timebase.receivers.rollover import NOBODY, Witness
from sichen.timebase.receivers.ubx import UbxDecoder
from sichen.timebase.receivers.weighing import doubt, weigh


class _Decoder(Typing):
    @property
    def sky(self) -> Sky: ...

    def decode(self, frame: Frame) -> list[Reported]: ...


class Receiver:
    """A receiver as its stream shows it.

    Parameters
    ----------
    witness : Witness
        What tells the turn of a week counter that the stream itself cannot tell.

    Examples
    --------
    >>> receiver = Receiver()
    >>> line = b"$GPRMC,101010.00,A,5000.0,N,00800.0,E,0.0,0.0,010224,,,A*57"
    >>> [(one.utc.isoformat()[:19], one.valid) for one in receiver.feed(line)]
    [('2024-02-01T10:10:10', True)]
    """

    def __init__(self, witness: Witness = NOBODY) -> None:
        self._framer = Framer()
        self._witness = witness
        self._decoders: dict[Protocol, _Decoder] = {
            Protocol.NMEA: NmeaDecoder(witness),
            Protocol.UBX: UbxDecoder(witness),
            Protocol.CASIC: CasicDecoder(witness),
            Protocol.SKYTRAQ: SkyTraqDecoder(witness),
            Protocol.TSIP: TsipDecoder(witness),
            Protocol.ONCORE: OncoreDecoder(witness),
            Protocol.RTCM3: Rtcm3Decoder(witness),
            Protocol.SIRF: SirfDecoder(witness),
        }
        self.counts: dict[Protocol, int] = dict.fromkeys(Protocol, 0)

    @property
    def passed_over(self) -> int:
        """Bytes that belonged to no message."""
        return self._framer.passed_over

    @property
    def sky(self) -> Sky:
        """What the newest messages say of the sky; the binary protocol knows more than the sentences beside it."""
        ubx, nmea = self._decoders[Protocol.UBX].sky, self._decoders[Protocol.NMEA].sky
        return nmea if ubx == Sky() else ubx

    def feed(self, data: bytes, *, final: bool = False) -> Iterator[Reported]:
        """Yield the times of the messages that are whole now."""
        for frame in self._framer.feed(data, final=final):
            self.counts[frame.protocol] += 1
            for one in self._decoders[frame.protocol].decode(frame):
                reason = doubt(one, self._witness) if one.valid else None
                yield one if reason is None else replace(one, valid=False, reason=reason)


def decode(data: bytes, *, witness: Witness = NOBODY) -> list[Reported]:
    """Return all times of a recording, weighed against each other as `weigh` does.

    Parameters
    ----------
    data : bytes
    witness : Witness
    """
    return weigh(Receiver(witness).feed(data, final=True))
