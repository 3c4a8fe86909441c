# SPDX-License-Identifier: Apache-2.0
"""The responder's outside: its socket, its thread, the state it is told, what it counted."""

import secrets
import socket
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_network
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sichen.core import ConfigError, Message, SourceError
from sichen.core.ciphers import cipher_path
from sichen.timebase.leap import Leap
from sichen.timebase.ntp import Mode, NtpPacket, ServedClock, ntp_time
from sichen.timebase.nts import CookieJar

SO_TIMESTAMPNS = 35
PATIENCE = struct.pack("ll", 0, 100_000)
"""How long the loop waits for a request before it looks whether it should stop: a tenth of a second."""
MAPPED = 96
"""Bits that stand before an IPv4 address that is mapped into IPv6."""


@dataclass(frozen=True)
class Tally:
    """What the responder counted since it began."""

    received: int
    answered: int
    ignored: int
    denied: int
    limited: int
    kissed: int
    unsent: int
    unproven: int = 0


@dataclass(frozen=True)
class Accounts:
    """What one client was given."""

    address: str
    answered: int
    refused: int


class NtpResponder:
    """Answer NTP requests on a UDP socket, in a thread of its own.

    Parameters
    ----------
    host : str
        Address to listen at; ``::`` also takes IPv4.
    port : int
        0 takes a free one.
    allowed, denied : sequence of str
        Networks; the narrowest that holds an address decides.
    interval : float
        Seconds in which a client earns one answer.
    burst : int
        Answers that a client may have at once.
    clients : int
        Clients that are remembered; a power of two.
    processing_ns : int
        Time between two answers of a batch, for their time of departure.
    jar : CookieJar, optional
        Answer requests under NTS whose cookies it made, and no others; its keys may change meanwhile.

    Raises
    ------
    SourceError
        If the socket cannot be opened.
    ConfigError
        If a network or a number is none, or if there is a jar and this processor has no AES instructions.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        allowed: Sequence[str] = ("0.0.0.0/0", "::/0"),
        denied: Sequence[str] = (),
        interval: float = 1.0,
        burst: int = 16,
        clients: int = 65_536,
        processing_ns: int = 900,
        jar: CookieJar | None = None,
    ) -> None:
        from sichen.adapters.ntp_responder import kernels

        if jar is not None and cipher_path() != "instructions":
            raise ConfigError(Message("adapters.ntp.no_cipher"))
        if clients < kernels.PROBES or clients & (clients - 1) or interval <= 0 or burst < 1:
            raise ConfigError(Message("adapters.ntp.numbers"))
        self._kernels = kernels
        self._networks = _networks(allowed, denied)
        self._socket = _open(host, port)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        self._clients = np.zeros((clients, kernels.CLIENT), np.int64)
        self._counters = np.zeros(kernels.COUNTERS, np.int64)
        self._state = np.zeros(kernels.STATE, np.int64)
        self._template = np.zeros(24, np.uint8)
        self._limits = (round(interval * 1e9), burst)
        self._step = processing_ns
        self._buffers = _Buffers(room=kernels.ROOM if jar is None else kernels.SEALED_ROOM, sealed=jar is not None)
        self._vault = None if jar is None else _Vault(jar)
        self._drift = 0.0
        self._thread: threading.Thread | None = None

    def tell(self, clock: ServedClock, *, offset_ns: int) -> None:
        """Tell the responder what its clock is worth, about once a second.

        Parameters
        ----------
        clock : ServedClock
        offset_ns : int
            Disciplined UTC minus the system's clock.
        """
        kernels = self._kernels
        usable = clock.stratum < 16  # noqa: PLR2004 - NTP's "not synchronised"
        packet = NtpPacket(
            clock.leap if usable else Leap.UNKNOWN,
            4,
            Mode.SERVER,
            clock.stratum if usable else 0,
            0,
            clock.precision,
            clock.root_delay,
            clock.root_dispersion,
            clock.reference if usable else b"INIT",
            ntp_time(clock.updated),
            0,
            0,
            0,
        ).encode()
        self._state[kernels.SEQUENCE] += 1
        self._template[:] = np.frombuffer(packet[:24], np.uint8)
        self._state[kernels.OFFSET] = offset_ns
        self._state[kernels.AT] = clock.updated.ns
        self._state[kernels.DISPERSION] = int.from_bytes(packet[8:12], "big")
        self._state[kernels.USABLE] = usable
        self._state[kernels.SEQUENCE] += 1
        if self._thread is None:
            self._drift = clock.drift

    def start(self) -> None:
        """Begin to answer; `tell` must have been called."""
        if not self._state.any():
            raise ConfigError(Message("adapters.ntp.no_clock"))
        self._serve()  # the loop ends at once, but is compiled then: no client waits for that
        self._state[self._kernels.RUN] = 1
        self._thread = threading.Thread(target=self._serve, name="ntp-responder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answer no more and close the socket."""
        self._state[self._kernels.RUN] = 0
        if self._thread is not None:
            self._thread.join()
        self._socket.close()

    def tally(self) -> Tally:
        """Return what was counted."""
        return Tally(*(int(count) for count in self._counters))

    def accounts(self, *, most: int = 100) -> list[Accounts]:
        """Return the clients that were given most."""
        kernels = self._kernels
        known = self._clients[self._clients[:, kernels.SEEN] != 0]
        order = np.argsort(-known[:, kernels.SERVED], kind="stable")[:most]
        return [
            Accounts(_written(int(row[0]), int(row[1])), int(row[kernels.SERVED]), int(row[kernels.REFUSED]))
            for row in known[order]
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _serve(self) -> None:
        buffers, vault = self._buffers, self._vault
        usual = (
            self._socket.fileno(), self._state, self._template, self._networks, self._clients, self._counters,
            self._limits[0], self._limits[1], self._drift, self._step,
            buffers.requests, buffers.addresses, buffers.controls, buffers.answers,
            buffers.heads_in, buffers.heads_out,
        )  # fmt: skip
        if vault is None:
            self._kernels.serve(*usual)
        else:
            self._kernels.serve_sealed(
                *usual, buffers.vectors_out, vault.proofs, vault.pairs, vault.secret, vault.words, vault.table, vault.turn
            )


class _Buffers:
    """The memory that recvmmsg and sendmmsg read and write, and the headers that point to it."""

    def __init__(self, *, room: int, sealed: bool) -> None:
        from sichen.adapters.ntp_responder import kernels

        batch, answer = kernels.BATCH, room if sealed else 48
        self.requests = np.zeros((batch, room), np.uint8)
        self.addresses = np.zeros((batch, kernels.ADDRESS), np.uint8)
        self.controls = np.zeros((batch, kernels.CONTROL), np.uint8)
        self.answers = np.zeros((batch, answer), np.uint8)
        self.heads_in = np.zeros((batch, kernels.HEADER), np.int64)
        self.heads_out = np.zeros((batch, kernels.HEADER), np.int64)
        self.vectors_in = np.zeros((batch, 2), np.int64)
        self.vectors_out = np.zeros((batch, 2), np.int64)
        for at in range(batch):
            self.vectors_in[at] = (self.requests[at].ctypes.data, room)
            self.vectors_out[at] = (self.answers[at].ctypes.data, answer)
            self.heads_in[at, :6] = (
                self.addresses[at].ctypes.data, kernels.ADDRESS, self.vectors_in[at].ctypes.data, 1,
                self.controls[at].ctypes.data, kernels.CONTROL,
            )  # fmt: skip
            self.heads_out[at, 2:4] = (self.vectors_out[at].ctypes.data, 1)


class _Vault:
    """The memory in which a compiled loop keeps keys, and the jar's own, which it follows."""

    def __init__(self, jar: CookieJar) -> None:
        from sichen.adapters.ntp_responder.kernels import BATCH
        from sichen.timebase.nts import kernels

        self.proofs = np.zeros((BATCH, kernels.PROOF), np.int64)
        self.pairs = np.zeros((BATCH, kernels.PAIR), np.uint8)
        self.secret = np.zeros(kernels.VAULT, np.uint8)
        self.words = np.zeros(3, np.int64)
        self.table, self.turn = jar.table.reshape(-1), jar.turn
        kernels.open_vault(self.secret, self.words, np.frombuffer(bytearray(secrets.token_bytes(16)), np.uint8))


def _open(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        opened.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, PATIENCE)
        opened.bind((host, port))
    except OSError as error:
        opened.close()
        raise SourceError(Message("adapters.ntp.port", host=host, port=port, problem=str(error))) from error
    return opened


def _networks(allowed: Sequence[str], denied: Sequence[str]) -> NDArray[np.int64]:
    rows = []
    for names, good in ((allowed, 1), (denied, 0)):
        for name in names:
            try:
                found = ip_network(name)
            except ValueError as error:
                raise ConfigError(Message("adapters.ntp.network", name=name)) from error
            address, length = int(found.network_address), found.prefixlen
            if found.version == 4:  # noqa: PLR2004 - the version of IP
                address, length = address | 0xFFFF << 32, length + MAPPED
            rows.append((_signed(address >> 64), _signed(address & 0xFFFFFFFFFFFFFFFF), length, good))
    # An IPv6 rule for everything must not rule over IPv4, which is mapped into it.
    rows.append((0, _signed(0xFFFF << 32), MAPPED, 0))
    return np.array(rows, np.int64).reshape(-1, 4)


def _signed(word: int) -> int:
    return word - 2**64 if word >= 2**63 else word


def _written(high: int, low: int) -> str:
    address = IPv6Address(((high & 0xFFFFFFFFFFFFFFFF) << 64) | (low & 0xFFFFFFFFFFFFFFFF))
    return str(address.ipv4_mapped or address)
