# SPDX-License-Identifier: Apache-2.0
"""The records in which NTS agrees on keys (RFC 8915, section 4)."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sichen.core import DataError, Message

ALPN = b"ntske/1"
LABEL = b"EXPORTER-network-time-security"
KEY_SIZE = 32
NTPV4, AES_SIV_CMAC_256 = 0, 15
END, NEXT_PROTOCOL, ERROR, WARNING, AEAD, COOKIE, SERVER, PORT = range(8)
CRITICAL = 0x8000
UNRECOGNISED, BAD_REQUEST = 0, 1
COOKIES = 8
LONGEST = 16_384
"""Bytes of records that one side reads: an honest answer has about a thousand."""


@dataclass(frozen=True)
class KeRecord:
    """One record: its kind, its body, and whether a reader that does not know the kind must give up."""

    kind: int
    body: bytes
    critical: bool = False

    def encode(self) -> bytes:
        """Return its bytes."""
        return struct.pack(">HH", self.kind | (CRITICAL if self.critical else 0), len(self.body)) + self.body


@dataclass(frozen=True)
class Agreed:
    """What a client has from an exchange.

    Parameters
    ----------
    cookies : tuple of bytes
    server : str
        Where to ask for time; empty for the same host.
    port : int
        0 for the usual one.
    """

    cookies: tuple[bytes, ...]
    server: str = ""
    port: int = 0


def read_records(data: bytes) -> Iterator[KeRecord]:
    """Yield the records of a message up to its end.

    Raises
    ------
    DataError
        If it is cut before its end record.
    """
    at = 0
    while at + 4 <= len(data):
        kind, size = struct.unpack_from(">HH", data, at)
        body = data[at + 4 : at + 4 + size]
        if len(body) < size:
            break
        yield KeRecord(kind & ~CRITICAL, body, bool(kind & CRITICAL))
        if kind & ~CRITICAL == END:
            return
        at += 4 + size
    raise DataError(Message("timebase.nts.cut"))


def whole(data: bytes) -> bool:
    """Tell whether a message has come to its end record."""
    try:
        return any(record.kind == END for record in read_records(data))
    except DataError:
        return False


def exporter_context(direction: int) -> bytes:
    """Return what the keys are drawn from TLS with; direction 0 is from client to server, 1 back."""
    return struct.pack(">HHB", NTPV4, AES_SIV_CMAC_256, direction)


def request_records() -> bytes:
    """Return what a client says."""
    records = (
        KeRecord(NEXT_PROTOCOL, struct.pack(">H", NTPV4), critical=True),
        KeRecord(AEAD, struct.pack(">H", AES_SIV_CMAC_256), critical=True),
        KeRecord(END, b"", critical=True),
    )
    return b"".join(record.encode() for record in records)


def answer_records(data: bytes, *, cookies: Sequence[bytes], port: int) -> bytes:
    """Return what a server says to a client's records: cookies, or what is wrong.

    Parameters
    ----------
    data : bytes
    cookies : sequence of bytes
    port : int
        Where time is to be asked for.
    """
    try:
        found = list(read_records(data))
    except DataError:
        return _error(BAD_REQUEST)
    known = {END, NEXT_PROTOCOL, AEAD, WARNING, COOKIE, SERVER, PORT}
    if any(record.critical and record.kind not in known for record in found):
        return _error(UNRECOGNISED)
    protocols, algorithms = (_words(found, kind) for kind in (NEXT_PROTOCOL, AEAD))
    if protocols is None or (NTPV4 in protocols and algorithms is None):
        return _error(BAD_REQUEST)
    spoken = struct.pack(">H", NTPV4) if NTPV4 in protocols else b""
    sealed = struct.pack(">H", AES_SIV_CMAC_256) if spoken and AES_SIV_CMAC_256 in (algorithms or ()) else b""
    records = [KeRecord(NEXT_PROTOCOL, spoken, critical=True), KeRecord(AEAD, sealed, critical=True)]
    if spoken and sealed:
        records.append(KeRecord(PORT, struct.pack(">H", port)))
        records += [KeRecord(COOKIE, cookie) for cookie in cookies]
    return b"".join(record.encode() for record in [*records, KeRecord(END, b"", critical=True)])


def _error(code: int) -> bytes:
    return KeRecord(ERROR, struct.pack(">H", code), critical=True).encode() + KeRecord(END, b"", critical=True).encode()


def _words(records: Sequence[KeRecord], kind: int) -> tuple[int, ...] | None:
    """Return the numbers of the one record of a kind; None when there is none, several, or half a number."""
    bodies = [record.body for record in records if record.kind == kind]
    if len(bodies) != 1 or len(bodies[0]) % 2 or not bodies[0]:
        return None
    return struct.unpack(f">{len(bodies[0]) // 2}H", bodies[0])


def read_answer_records(data: bytes) -> Agreed:
    """Read what a server said.

    Raises
    ------
    DataError
        If it refuses, speaks something else, or gives no cookies.
    """
    found = list(read_records(data))
    error = next((record for record in found if record.kind == ERROR), None)
    if error is not None:
        raise DataError(Message("timebase.nts.error", code=int.from_bytes(error.body, "big")))
    if _words(found, NEXT_PROTOCOL) != (NTPV4,) or _words(found, AEAD) != (AES_SIV_CMAC_256,):
        raise DataError(Message("timebase.nts.no_agreement"))
    cookies = tuple(record.body for record in found if record.kind == COOKIE and record.body)
    if not cookies:
        raise DataError(Message("timebase.nts.no_cookies"))
    server = next((record.body.decode("ascii", "replace") for record in found if record.kind == SERVER), "")
    port = next((int.from_bytes(record.body, "big") for record in found if record.kind == PORT), 0)
    return Agreed(cookies[:COOKIES], server, port)
