# SPDX-License-Identifier: Apache-2.0
"""Keys and signatures as text: base58btc, Multikey and did:key, and Ed25519 keys that are refused."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sichen.core import DataError, Message

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_PUBLIC = b"\xed\x01"
_KEY_BYTES = 32
_DID = "did:key:"
_LONGEST = 256
_PRIME = 2**255 - 19
_EIGHTH = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
# The y coordinates of points of order 1, 2, 4 and 8: with such a key one signature fits many messages.
_SMALL_ORDER = frozenset(
    {
        0,
        1,
        _PRIME - 1,
        _EIGHTH,
        _PRIME - _EIGHTH,
    }
)


def base58(data: bytes) -> str:
    """Write bytes in base58btc.

    Examples
    --------
    >>> base58(bytes([0, 1, 2]))
    '15T'
    """
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, place = divmod(number, 58)
        text = _ALPHABET[place] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def read_base58(text: str) -> bytes:
    """Read base58btc.

    Raises
    ------
    DataError
        If there is another character, or more than 256.
    """
    if len(text) > _LONGEST or any(character not in _VALUES for character in text):
        raise DataError(Message("trace.exports.not_multibase"))
    number = 0
    for character in text:
        number = number * 58 + _VALUES[character]
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def multibase(data: bytes) -> str:
    """Write bytes as multibase base58btc: ``z`` and the digits."""
    return "z" + base58(data)


def read_multibase(text: str) -> bytes:
    """Read multibase base58btc.

    Raises
    ------
    DataError
        If it does not begin with ``z`` or has another character.
    """
    if not text.startswith("z"):
        raise DataError(Message("trace.exports.not_multibase"))
    return read_base58(text[1:])


def multikey(key: Ed25519PublicKey) -> str:
    """Write an Ed25519 public key as Multikey."""
    return multibase(_PUBLIC + key.public_bytes_raw())


def read_multikey(text: str) -> Ed25519PublicKey:
    """Read an Ed25519 public key from Multikey.

    Raises
    ------
    DataError
        If it is another kind of key, or one that `public_key` refuses.
    """
    data = read_multibase(text)
    if data[:2] != _PUBLIC:
        raise DataError(Message("trace.exports.bad_key"))
    return public_key(data[2:])


def did_key(key: Ed25519PublicKey) -> str:
    """Return the verification method that names the key itself: ``did:key:z6Mk…#z6Mk…``."""
    text = multikey(key)
    return f"{_DID}{text}#{text}"


def key_of_did(method: str) -> Ed25519PublicKey:
    """Return the key that a ``did:key`` verification method names.

    Raises
    ------
    DataError
        If it is no ``did:key`` or its two halves differ.
    """
    body, mark, fragment = method.removeprefix(_DID).partition("#")
    if not method.startswith(_DID) or (mark and fragment != body):
        raise DataError(Message("trace.exports.unknown_method", method=method))
    return read_multikey(body)


def public_key(data: bytes) -> Ed25519PublicKey:
    """Make a public key of its 32 bytes.

    Parameters
    ----------
    data : bytes, 32 long

    Raises
    ------
    DataError
        If the length is wrong, the coordinate is not reduced, or the point has a small order; libraries differ in
        what they accept of these, and a signature that one accepts and another refuses proves nothing.

    Examples
    --------
    >>> public_key(bytes(32))
    Traceback (most recent call last):
    ...
    sichen.core.errors.DataError: this is not an Ed25519 public key that can be trusted: ask its owner for another
    """
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    if len(data) != _KEY_BYTES or y >= _PRIME or y in _SMALL_ORDER:
        raise DataError(Message("trace.exports.bad_key"))
    return Ed25519PublicKey.from_public_bytes(data)
