# SPDX-License-Identifier: Apache-2.0
"""NTP packets under NTS: extension fields, their seal, what a server answers and what a client believes (RFC 8915, section 5)."""

import secrets
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from sichen.core import DataError, Instant, Message
from sichen.timebase.ntp import Mode, ServedClock, answer, kiss
from sichen.timebase.nts.cookies import CookieJar, Keys

HEADER = 48
UNIQUE, COOKIE, PLACEHOLDER, SEAL = 0x0104, 0x0204, 0x0304, 0x0404
UNIQUE_SIZE = 32
NONCE = 16
SMALLEST = 16
MOST_COOKIES = 8


@dataclass(frozen=True)
class Field:
    """An extension field: its kind, its body, and where it begins in the packet."""

    kind: int
    body: bytes
    at: int


def field(kind: int, body: bytes) -> bytes:
    """Return an extension field, filled up to four bytes and to no less than sixteen."""
    size = max((len(body) + 4 + 3) // 4 * 4, SMALLEST)
    return struct.pack(">HH", kind, size) + body.ljust(size - 4, b"\0")


def read_fields(packet: bytes, *, start: int = HEADER) -> list[Field]:
    """Return the extension fields of a packet.

    Raises
    ------
    DataError
        If a field runs over the end of the packet or is shorter than a field can be.
    """
    found, at = [], start
    while at < len(packet):
        kind, size = struct.unpack_from(">HH", packet, at) if at + 4 <= len(packet) else (0, 0)
        if size < 4 or size % 4 or at + size > len(packet):
            raise DataError(Message("timebase.nts.bad_field"))
        found.append(Field(kind, packet[at + 4 : at + size], at))
        at += size
    return found


def sealed(packet: bytes, key: bytes, inner: bytes = b"") -> bytes:
    """Return a packet with its seal: all so far is authenticated, `inner` is encrypted."""
    nonce = secrets.token_bytes(NONCE)
    closed = AESSIV(key).encrypt(inner, [packet, nonce])
    return packet + field(SEAL, struct.pack(">HH", NONCE, len(closed)) + nonce + closed)


def opened(packet: bytes, seal: Field, key: bytes) -> bytes | None:
    """Return what a seal encrypts; None when it is broken."""
    if len(seal.body) < 4:
        return None
    nonce_size, size = struct.unpack_from(">HH", seal.body)
    padded = (nonce_size + 3) // 4 * 4
    nonce, closed = seal.body[4 : 4 + nonce_size], seal.body[4 + padded : 4 + padded + size]
    if len(nonce) < nonce_size or len(closed) < max(size, 16) or not nonce:
        return None
    try:
        return AESSIV(key).decrypt(closed, [packet[: seal.at], nonce])
    except (InvalidTag, ValueError):
        return None


@dataclass(frozen=True)
class Asked:
    """A request of ours: its bytes and the unique identifier that the answer must carry."""

    packet: bytes
    unique: bytes


def sealed_request(plain: bytes, *, cookie: bytes, keys: Keys, wanted: int = 1) -> Asked:
    """Return a request under NTS.

    Parameters
    ----------
    plain : bytes
        The 48 bytes of the request itself.
    cookie : bytes
    keys : Keys
    wanted : int
        Cookies that should come back; those beyond the first take placeholders, so that no answer is longer than its request.
    """
    unique = secrets.token_bytes(UNIQUE_SIZE)
    packet = plain + field(UNIQUE, unique) + field(COOKIE, cookie)
    packet += field(PLACEHOLDER, bytes(len(cookie))) * (min(wanted, MOST_COOKIES) - 1)
    return Asked(sealed(packet, keys.to_server), unique)


def believed(packet: bytes, *, asked: Asked, keys: Keys) -> tuple[bytes, ...] | None:
    """Return the new cookies of an answer whose seal holds; None when it is not to be believed.

    An answer without a seal, with another's identifier, or with fields behind the seal counts for nothing.
    """
    try:
        fields = read_fields(packet)
        seal = next((one for one in fields if one.kind == SEAL), None)
        unique = [one.body for one in fields if one.kind == UNIQUE]
        if seal is None or unique != [asked.unique] or unique_after(fields, seal):
            return None
        inner = opened(packet, seal, keys.to_client)
        return None if inner is None else tuple(one.body for one in read_fields(inner, start=0) if one.kind == COOKIE)
    except DataError:
        return None


def unique_after(fields: list[Field], seal: Field) -> bool:
    """Tell whether the identifier stands behind the seal, where nothing protects it."""
    return any(one.kind == UNIQUE and one.at > seal.at for one in fields)


def is_refusal(packet: bytes, *, asked: Asked) -> bool:
    """Tell whether a server says that it does not know our cookie: NTSN, with our identifier."""
    try:
        mine = any(one.kind == UNIQUE and one.body == asked.unique for one in read_fields(packet))
    except DataError:
        return False
    return mine and packet[1] == 0 and packet[12:16] == b"NTSN"


def sealed_answer(packet: bytes, *, jar: CookieJar, received: Instant, sent: Instant, clock: ServedClock) -> bytes | None:
    """Return what a server answers to a request under NTS; None when nothing.

    Parameters
    ----------
    packet : bytes
    jar : CookieJar
    received, sent : Instant
    clock : ServedClock

    Notes
    -----
    A cookie that cannot be opened is answered with NTSN, a seal that is broken not at all.
    """
    found = _asked(packet)
    if found is None:
        return None
    unique, cookie, seal, placeholders = found
    keys = jar.open(cookie.body)
    identity = field(UNIQUE, unique.body)
    if keys is None:
        refusal = kiss(packet, b"NTSN", received=received)
        return None if refusal is None else refusal + identity
    if opened(packet, seal, keys.to_server) is None:
        return None
    plain = answer(packet[:HEADER], received=received, sent=sent, clock=clock)
    if plain is None:
        return None
    fresh = b"".join(field(COOKIE, jar.make(keys)) for _ in range(min(1 + placeholders, MOST_COOKIES)))
    whole = sealed(plain + identity, keys.to_client, fresh)
    return whole if len(whole) <= len(packet) else None


def _asked(packet: bytes) -> tuple[Field, Field, Field, int] | None:
    """Return identifier, cookie and seal of a request, one of each, and how many placeholders it has; None for anything else."""
    if len(packet) < HEADER or packet[0] & 7 != Mode.CLIENT:
        return None
    try:
        fields = read_fields(packet)
    except DataError:
        return None
    unique, cookies, seals = ([one for one in fields if one.kind == kind] for kind in (UNIQUE, COOKIE, SEAL))
    if [len(unique), len(cookies), len(seals)] != [1, 1, 1] or len(unique[0].body) < UNIQUE_SIZE:
        return None
    if unique_after(fields, seals[0]):
        return None
    size = len(cookies[0].body)
    return unique[0], cookies[0], seals[0], sum(one.kind == PLACEHOLDER and len(one.body) >= size for one in fields)
