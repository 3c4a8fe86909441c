# SPDX-License-Identifier: Apache-2.0
"""Sockets of PTP whose messages the kernel stamps when they leave and arrive, by the system's clock."""

import contextlib
import fcntl
import select
import socket
import struct

from sichen.core import Message, SourceError
from sichen.timebase.ptp import (
    ETHERTYPE,
    EVENT_PORT,
    GENERAL_PORT,
    GROUP,
    GROUP_ADDRESS,
    Kind,
    ethernet_frame,
    from_ethernet,
    udp_place,
)

NS = 1_000_000_000
SO_TIMESTAMPING = 37
SENT, RECEIVED, BY_SOFTWARE, COUNTED, STAMP_ALONE = 1 << 1, 1 << 3, 1 << 4, 1 << 7, 1 << 11
PACKET_ADD_MEMBERSHIP, MULTICAST, SOL_PACKET = 1, 0, 263
BIGGEST = 2048
GET_ADDRESS = 0x8927


def hardware_address(interface: str) -> bytes:
    """Return the address of an interface, six bytes.

    Raises
    ------
    SourceError
        If there is no such interface.
    """
    asked = struct.pack("256s", interface.encode()[:15])
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            return fcntl.ioctl(any_socket, GET_ADDRESS, asked)[18:24]
    except OSError as error:
        raise SourceError(Message("adapters.time.no_interface", interface=interface)) from error


def clock_identity(interface: str) -> bytes:
    """Return the eight bytes by which PTP knows the clock behind an interface."""
    address = hardware_address(interface)
    return address[:3] + b"\xff\xfe" + address[3:]


class PtpSocket:
    """What PTP is sent and heard through on an interface.

    Parameters
    ----------
    interface : str
    transport : {"udp", "ethernet"}

    Raises
    ------
    SourceError
        If the interface is missing, or the right to ports below 1024 or to frames is.
    """

    def __init__(self, interface: str, *, transport: str) -> None:
        self.address = hardware_address(interface)
        self._sent = 0
        try:
            if transport == "udp":
                self._event = _udp(interface, EVENT_PORT)
                self._general = _udp(interface, GENERAL_PORT)
            else:
                self._event = self._general = _frames(interface)
            self._event.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, SENT | RECEIVED | BY_SOFTWARE | COUNTED | STAMP_ALONE)
        except OSError as error:
            raise SourceError(Message("adapters.time.ptp_socket", interface=interface, problem=str(error))) from error
        self._udp = transport == "udp"

    def send(self, message: bytes) -> None:
        """Send a message to everybody on the cable."""
        kind = message[0] & 15
        if not self._udp:
            self._event.send(ethernet_frame(message, source=self.address))
            self._sent += 1
            return
        event = kind <= Kind.PDELAY_RESP
        (self._event if event else self._general).sendto(message, udp_place(kind))
        self._sent += event

    def send_stamped(self, message: bytes, *, patience: float) -> int | None:
        """Send a message and return when it left by the system's clock, in ns; None when the kernel did not tell in time."""
        number = self._sent
        self.send(message)
        waiting = select.poll()
        waiting.register(self._event, 0)
        while waiting.poll(patience * 1000):
            found = self._departed()
            if found is None:
                return None
            if found[0] == number % 2**32:
                return found[1]
        return None

    def _departed(self) -> tuple[int, int] | None:
        """Return number and stamp of a message that left; None when none is told."""
        try:
            _, told, _, _ = self._event.recvmsg(1, 512, socket.MSG_ERRQUEUE)
        except OSError:
            return None
        number = stamp = None
        for level, kind, data in told:
            if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING):
                stamp = _stamp(data)
            elif len(data) >= 16:  # noqa: PLR2004 - of an extended error, whose last word is the number
                number = struct.unpack_from("=4I", data)[3]
        return None if number is None or stamp is None else (number, stamp)

    def receive(self, patience: float) -> list[tuple[bytes, int | None]]:
        """Return the messages that came, each with the system's clock on arrival where the kernel told it."""
        both = [self._event] if self._event is self._general else [self._event, self._general]
        ready, _, _ = select.select(both, [], [], patience)
        found = []
        for one in ready:
            with contextlib.suppress(OSError, ValueError):
                data, told, _, _ = one.recvmsg(BIGGEST, 512, socket.MSG_DONTWAIT)
                stamps = [_stamp(row) for level, kind, row in told if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING)]
                found.append((data if self._udp else from_ethernet(data), stamps[0] if stamps else None))
        return found

    def close(self) -> None:
        """Let go of the cable."""
        self._event.close()
        self._general.close()


def _stamp(data: bytes) -> int | None:
    seconds, rest = struct.unpack_from("@ll", data)
    return seconds * NS + rest or None


def _udp(interface: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        made.bind(("", port))
        member = struct.pack("4s4si", socket.inet_aton(GROUP), bytes(4), socket.if_nametoindex(interface))
        made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, member)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    except OSError:
        made.close()
        raise
    return made


def _frames(interface: str) -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE))
    try:
        made.bind((interface, ETHERTYPE))
        member = struct.pack("iHH8s", socket.if_nametoindex(interface), MULTICAST, len(GROUP_ADDRESS), GROUP_ADDRESS)
        made.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, member)
    except OSError:
        made.close()
        raise
    return made
