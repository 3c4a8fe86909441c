# SPDX-License-Identifier: Apache-2.0
"""TLS 1.3 for NTS: handshake, ALPN, exported keys, all within a time limit."""

import ipaddress
import select
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from OpenSSL import SSL

from sichen.core import DataError, Message, SourceError
from sichen.timebase.nts import ALPN, KEY_SIZE, LABEL, LONGEST, Keys, exporter_context, whole

PIECE = 4096
T = TypeVar("T")


class Conversation:
    """A TLS connection with a deadline: whoever is slow is left.

    Parameters
    ----------
    context : SSL.Context
    connection : socket
    seconds : float
        For all of it together.
    """

    def __init__(self, context: SSL.Context, connection: socket.socket, *, seconds: float) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._deadline = time.monotonic() + seconds
        self.tls = SSL.Connection(context, connection)

    def patiently(self, act: Callable[[], T]) -> T:
        """Do something that may have to wait for the other side.

        Raises
        ------
        TimeoutError
            If it took too long.
        DataError
            If the other side speaks no TLS 1.3 or its certificate is not trusted.
        """
        while True:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            try:
                return act()
            except SSL.WantReadError:
                select.select([self._socket], [], [], left)
            except SSL.WantWriteError:
                select.select([], [self._socket], [], left)
            except SSL.Error as error:
                raise DataError(Message.plain(f"TLS: {error}")) from error

    def agree(self) -> Keys:
        """Shake hands and return the keys; a partner that does not speak NTS is refused."""
        self.patiently(self.tls.do_handshake)
        if self.tls.get_alpn_proto_negotiated() != ALPN:
            raise DataError(Message.plain("TLS: no ntske/1"))
        to_server, to_client = (
            self.tls.export_keying_material(LABEL, KEY_SIZE, exporter_context(direction)) for direction in (0, 1)
        )
        return Keys(to_server, to_client)

    def message(self) -> bytes:
        """Return the records that the other side sent, up to their end."""
        data = b""
        while not whole(data):
            if len(data) > LONGEST:
                raise DataError(Message("timebase.nts.cut"))
            data += self.patiently(lambda: self.tls.recv(PIECE))
        return data

    def send(self, data: bytes) -> None:
        """Send all of it."""
        while data:
            data = data[self.patiently(lambda rest=data: self.tls.send(rest)) :]  # type: ignore[misc]

    def close(self) -> None:
        """End it."""
        try:
            self.tls.shutdown()
        except SSL.Error:
            pass
        finally:
            self._socket.close()


def server_context(certificate: Path, key: Path) -> SSL.Context:
    """Return the context of a server.

    Raises
    ------
    SourceError
        If certificate or key cannot be used.
    """
    context = _context()
    try:
        context.use_certificate_chain_file(str(certificate))
        context.use_privatekey_file(str(key))
        context.check_privatekey()
    except SSL.Error as error:
        raise SourceError(Message("adapters.time.nts_certificate", problem=str(error))) from error
    context.set_alpn_select_callback(lambda _, offered: ALPN if ALPN in offered else SSL.NO_OVERLAPPING_PROTOCOLS)
    return context


def client_context(trust: Path | None) -> SSL.Context:
    """Return the context of a client that trusts the certificates of a file, or those of the system."""
    context = _context()
    try:
        if trust is None:
            context.set_default_verify_paths()
        else:
            context.load_verify_locations(str(trust))
    except SSL.Error as error:
        raise SourceError(Message("adapters.time.nts_certificate", problem=str(error))) from error
    context.set_verify(SSL.VERIFY_PEER, lambda _connection, _certificate, _error, _depth, good: bool(good))
    context.set_alpn_protos([ALPN])
    return context


def _context() -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    return context


def names_host(certificate: x509.Certificate, host: str) -> bool:
    """Tell whether a certificate is for a host: its name, a name with one star in front, or its address."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        wanted = host.lower().rstrip(".")
        parent = wanted.partition(".")[2]
        known = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
        return wanted in known or ("." in parent and f"*.{parent}" in known)
