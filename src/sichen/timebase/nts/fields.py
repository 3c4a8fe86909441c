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
VERSION = 4
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


@dataclass(frozen=True)
class Proof:
    """What a request under NTS brings to be verified.

    Parameters
    ----------
    unique : Field
    cookie, seal : Field or None
        None when there is not exactly one of each, in order, with nothing cut and nothing unprotected behind.
    wanted : int
        Cookies to give back.
    """

    unique: Field
    cookie: Field | None
    seal: Field | None
    wanted: int


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
    A request that names itself and brings a cookie, but cannot be verified (a forgotten master key, a broken seal, a field
    twice or cut), is answered with NTSN and its identifier, nothing else (RFC 8915, section 5.7). What has no identifier
    gets no answer, and no answer is longer than its request.
    """
    proof = _asked(packet)
    if proof is None:
        return None
    identity = field(UNIQUE, proof.unique.body)
    keys = jar.open(proof.cookie.body) if proof.cookie is not None and proof.seal is not None else None
    if keys is None or proof.seal is None or opened(packet, proof.seal, keys.to_server) is None:
        refusal = kiss(packet, b"NTSN", received=received)
        return None if refusal is None else refusal + identity
    plain = answer(packet[:HEADER], received=received, sent=sent, clock=clock)
    if plain is None:
        return None
    fresh = b"".join(field(COOKIE, jar.make(keys)) for _ in range(proof.wanted))
    whole = sealed(plain + identity, keys.to_client, fresh)
    return whole if len(whole) <= len(packet) else None


def _asked(packet: bytes) -> Proof | None:
    """Return what a request brings; None for what is no request of version 4 with one identifier, protected, and a cookie."""
    if len(packet) < HEADER or packet[0] & 7 != Mode.CLIENT or packet[0] >> 3 & 7 != VERSION:
        return None
    fields, whole = _fields_so_far(packet)
    unique, cookies, seals = ([one for one in fields if one.kind == kind] for kind in (UNIQUE, COOKIE, SEAL))
    end = seals[0].at if seals else len(packet)
    if len(unique) != 1 or not cookies or len(unique[0].body) < UNIQUE_SIZE or unique[0].at > end:
        return None
    if not whole or len(cookies) != 1 or len(seals) != 1 or cookies[0].at > end:
        return Proof(unique[0], None, None, 0)
    size = len(cookies[0].body)
    places = sum(one.kind == PLACEHOLDER and len(one.body) >= size and one.at < end for one in fields)
    return Proof(unique[0], cookies[0], seals[0], min(1 + places, MOST_COOKIES))


def _fields_so_far(packet: bytes) -> tuple[list[Field], bool]:
    """Return the fields up to the first that is cut or no field, and whether there was none such."""
    try:
        return read_fields(packet), True
    except DataError:
        whole = packet[: _sound(packet)]
        return read_fields(whole), False


def _sound(packet: bytes) -> int:
    """Return where the fields stop that can be read."""
    at = HEADER
    while at + 4 <= len(packet):
        size = int.from_bytes(packet[at + 2 : at + 4], "big")
        if size < 4 or size % 4 or at + size > len(packet):
            break
        at += size
    return at
