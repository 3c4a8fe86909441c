# SPDX-License-Identifier: Apache-2.0
"""Keys that sign a log: public ones as c2sp.org/signed-note writes them, private ones as PEM.

A log signs with two algorithms at once. Ed25519 is short and everybody can check it; ML-DSA-44 (FIPS 204) is for the
day on which a quantum computer breaks Ed25519, because a watch outlives both.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from sichen.core import ConfigError, DataError, Message

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
KEY_ID_SIZE = 4

PrivateKey: TypeAlias = Ed25519PrivateKey | MLDSA44PrivateKey


class Algorithm(IntEnum):
    """What a signature line of a note is, by the byte that its key begins with."""

    ED25519 = 0x01
    ED25519_COSIGNATURE = 0x04
    ML_DSA_44 = 0x06

    @property
    def public_size(self) -> int:
        """Bytes of a public key."""
        return 1312 if self is Algorithm.ML_DSA_44 else 32

    @property
    def signature_size(self) -> int:
        """Bytes of a signature, with the time before it where the algorithm has one."""
        return {Algorithm.ED25519: 64, Algorithm.ED25519_COSIGNATURE: 72, Algorithm.ML_DSA_44: 2428}[self]


_NAME = re.compile(r"[^\s+]+")
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name of its owner.

    Parameters
    ----------
    name : str
        Like an address without ``https://``; no spaces, no plus.
    algorithm : Algorithm
    public : bytes
        32 bytes for Ed25519, 1,312 for ML-DSA-44.

    Raises
    ------
    ConfigError
        If name or length cannot be, or the key is one of those that prove nothing: of small order, or not written in
        the one canonical way.
    """

    name: str
    algorithm: Algorithm
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != self.algorithm.public_size:
            raise ConfigError(Message("trace.ledger.key_length", found=len(self.public), needed=self.algorithm.public_size))
        if self.algorithm is not Algorithm.ML_DSA_44:
            check_point(self.public)

    @property
    def key_id(self) -> bytes:
        """Four bytes that, with the name, tell which key signed."""
        head = self.name.encode() + b"\n" + bytes([self.algorithm])
        return hashlib.sha256(head + self.public).digest()[:KEY_ID_SIZE]

    @property
    def text(self) -> str:
        """The key as one line: name, key ID and key, with plus signs between."""
        key = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @property
    def fingerprint(self) -> str:
        """What two people read to each other to be sure that they mean the same key."""
        digits = hashlib.sha256(self.text.encode()).hexdigest()[:32]
        return " ".join(digits[start : start + 4] for start in range(0, 32, 4))

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read a key from its line.

        Raises
        ------
        ConfigError
            If the line is no key, its ID does not fit, or the key proves nothing.

        Examples
        --------
        >>> VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").algorithm.name
        'ED25519'
        """
        match = _VKEY.fullmatch(text)
        if match is None:
            raise ConfigError(Message("trace.ledger.no_vkey", text=_short(text)))
        name, key_id, encoded = match.groups()
        try:
            data = decode64(encoded)
            found = cls(name, Algorithm(data[0]), data[1:])
        except DataError as error:
            raise ConfigError(Message("trace.ledger.no_vkey", text=_short(text))) from error
        except ValueError as error:
            if isinstance(error, ConfigError):
                raise
            raise ConfigError(Message("trace.ledger.unknown_algorithm", text=_short(text))) from error
        if found.key_id.hex() != key_id:
            raise ConfigError(Message("trace.ledger.key_id", text=_short(text), found=found.key_id.hex()))
        return found

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Tell whether the owner of the key signed these bytes; `signature` is bare, without a time before it."""
        try:
            if self.algorithm is Algorithm.ML_DSA_44:
                MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, message)
            else:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """A private key with the name of its owner.

    Parameters
    ----------
    name : str
    algorithm : Algorithm
    private : private key of `cryptography`
    """

    name: str
    algorithm: Algorithm
    private: PrivateKey

    @classmethod
    def generate(cls, name: str, algorithm: Algorithm) -> "Signer":
        """Make a new key."""
        made = MLDSA44PrivateKey.generate() if algorithm is Algorithm.ML_DSA_44 else Ed25519PrivateKey.generate()
        return cls(check_name(name), algorithm, made)

    @classmethod
    def from_pem(cls, name: str, pem: bytes, *, witness: bool = False) -> "Signer":
        """Read a key from PEM without a password.

        Parameters
        ----------
        name : str
        pem : bytes
        witness : bool
            The key cosigns checkpoints of others rather than its own.

        Raises
        ------
        ConfigError
            If it is no such key.
        """
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise ConfigError(Message("trace.ledger.no_private_key", name=name, problem=str(error))) from error
        if isinstance(key, Ed25519PrivateKey):
            return cls(name, Algorithm.ED25519_COSIGNATURE if witness else Algorithm.ED25519, key)
        if isinstance(key, MLDSA44PrivateKey):
            return cls(name, Algorithm.ML_DSA_44, key)
        raise ConfigError(Message("trace.ledger.no_private_key", name=name, problem=type(key).__name__))

    @property
    def pem(self) -> bytes:
        """The private key as PEM without a password."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def verifier(self) -> VerifierKey:
        """The public key."""
        return VerifierKey(self.name, self.algorithm, self.private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Sign bytes."""
        return self.private.sign(message)


def check_name(name: str) -> str:
    """Return the name of a key, or refuse one with spaces, plus signs or control characters.

    Raises
    ------
    ConfigError
        If it cannot be one.
    """
    if _NAME.fullmatch(name) is None or not name.isprintable():
        raise ConfigError(Message("trace.ledger.bad_name", name=name))
    return name


def check_point(public: bytes) -> None:
    """Refuse an Ed25519 public key that proves nothing.

    Raises
    ------
    ConfigError
        If its y is not below the prime, its x is a zero with a sign, it lies on no point of the curve, or the point has
        small order.
    """
    number = int.from_bytes(public, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x_squared = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P if y < _P else -1
    if x_squared < 0 or (x_squared == 0 and sign) or pow(x_squared, (_P - 1) // 2, _P) > 1:
        raise ConfigError(Message("trace.ledger.not_canonical", point=public.hex()))
    if _has_small_order(y):
        raise ConfigError(Message("trace.ledger.small_order", point=public.hex()))


def _has_small_order(y: int) -> bool:
    """Double three times by y alone: a point of order 1, 2, 4 or 8 ends at the neutral one, where y is 1."""
    for _ in range(3):
        # x² from the curve; y(2P) = (y² + x²) / (1 − d x² y²), with a = −1.
        square = y * y % _P
        x_squared = (square - 1) * pow(_D * square + 1, -1, _P) % _P
        y = (square + x_squared) * pow(1 - _D * x_squared * square, -1, _P) % _P
    return y == 1


def decode64(text: str) -> bytes:
    r"""Read Base64 that is written in the one canonical way.

    Raises
    ------
    DataError
        If it is not.

    Examples
    --------
    >>> decode64("AAE=")
    b'\x00\x01'
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise DataError(Message("trace.ledger.no_base64", text=_short(text))) from error
    if base64.b64encode(data).decode() != text:
        raise DataError(Message("trace.ledger.no_base64", text=_short(text)))
    return data


def encode64(data: bytes) -> str:
    """Write Base64 with padding."""
    return base64.b64encode(data).decode()


def algorithms(keys: Iterable[VerifierKey]) -> set[Algorithm]:
    """Return the algorithms of some keys."""
    return {key.algorithm for key in keys}


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004 - as much as a terminal shows beside a sentence
