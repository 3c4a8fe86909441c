# SPDX-License-Identifier: Apache-2.0
"""Owners without names: a key for each watch, derived from one secret, and a signature that hands the watch over.

Two watches of one owner show two keys, which nobody can connect without the secret.
"""

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sichen.core import ConfigError, Instant, Message, canonical
from sichen.trace.ledger.keys import check_point

SECRET_BYTES = 32
KEY_BYTES = 32
_INFO = b"sichen.owner/1 "
_FORM = "sichen.hand-over/1"


@dataclass(frozen=True)
class HandOver:
    """A watch that goes from one owner to the next, signed by the first.

    Parameters
    ----------
    watch : str
        Digital Link.
    giver, taker : str
        Public keys, hexadecimal.
    at : Instant
    signature : str
        Hexadecimal; empty while nobody signed.
    """

    watch: str
    giver: str
    taker: str
    at: Instant
    signature: str = ""

    @property
    def signed_bytes(self) -> bytes:
        """What the giver signs."""
        said = {"form": _FORM, "watch": self.watch, "from": self.giver, "to": self.taker, "at": self.at.isoformat()}
        return canonical(dict(said))

    def is_valid(self) -> bool:
        """Tell whether the signature is the giver's."""
        try:
            check_owner_key(self.taker)
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(check_owner_key(self.giver)))
            key.verify(bytes.fromhex(self.signature), self.signed_bytes)
        except (InvalidSignature, ValueError):
            return False
        return True


def owner_key(secret: bytes, watch: str) -> Ed25519PrivateKey:
    """Derive the key of one owner for one watch.

    Parameters
    ----------
    secret : bytes, 32
        The owner's only secret.
    watch : str
        Digital Link.

    Examples
    --------
    >>> one, other = (owner_key(bytes(32), f"https://id.gs1.org/01/09520123456788/21/{n}") for n in (1, 2))
    >>> public_text(one) == public_text(other)
    False
    """
    if len(secret) != SECRET_BYTES:
        raise ConfigError(Message("trace.passport.bad_secret", found=len(secret)))
    seed = HKDF(SHA256(), 32, None, _INFO + watch.encode()).derive(secret)
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public half of a key as events carry it."""
    return key.public_key().public_bytes_raw().hex()


def check_owner_key(text: str) -> str:
    """Return an owner's public key in small letters.

    Raises
    ------
    ConfigError
        If it is none, or one under which anything verifies.
    """
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ConfigError(Message("trace.passport.bad_owner_key", found=text[:80]))
    check_point(raw)
    return raw.hex()


def sign_hand_over(key: Ed25519PrivateKey, *, watch: str, taker: str, at: Instant) -> HandOver:
    """Sign that a watch goes to the owner of another key.

    Examples
    --------
    >>> link, at = "https://id.gs1.org/01/09520123456788/21/1", Instant(0)
    >>> taker = public_text(owner_key(bytes([1] * 32), link))
    >>> sign_hand_over(owner_key(bytes(32), link), watch=link, taker=taker, at=at).is_valid()
    True
    """
    bare = HandOver(watch, public_text(key), check_owner_key(taker), at)
    return HandOver(watch, bare.giver, bare.taker, at, key.sign(bare.signed_bytes).hex())
