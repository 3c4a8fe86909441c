# SPDX-License-Identifier: Apache-2.0
"""Signatures of JWT (RFC 7515) with the two algorithms that are allowed here: ES256 and EdDSA."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from sichen.core import JSON, DataError, Message
from sichen.trace.exports.multibase import public_key

SigningKey: TypeAlias = ec.EllipticCurvePrivateKey | Ed25519PrivateKey
VerifyingKey: TypeAlias = ec.EllipticCurvePublicKey | Ed25519PublicKey

_COORDINATE = 32
DEEPEST = 32


def to_base64url(data: bytes) -> str:
    """Write base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Read base64url without padding.

    Raises
    ------
    DataError
        If it has other characters, padding, or bits left over: one value must have one text.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise DataError(Message("trace.exports.jwt_form")) from None
    if to_base64url(data) != text:
        raise DataError(Message("trace.exports.jwt_form"))
    return data


def read_json(data: bytes) -> JSON:
    """Read JSON that names nothing twice and nests at most 32 deep.

    Raises
    ------
    DataError
    """
    if _depth(data) > DEEPEST:
        raise DataError(Message("trace.exports.jwt_form"))
    try:
        value: JSON = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise DataError(Message("trace.exports.jwt_form")) from None
    return value


def read_object(data: bytes) -> dict[str, JSON]:
    """Read a JSON object; raises as `read_json`."""
    value = read_json(data)
    if not isinstance(value, dict):
        raise DataError(Message("trace.exports.jwt_form"))
    return value


def key_from_jwk(jwk: Mapping[str, JSON]) -> VerifyingKey:
    """Read a public key: P-256 or Ed25519.

    Raises
    ------
    DataError
        If it is another kind, or no point of its curve.
    """
    x = from_base64url(str(jwk.get("x", "")))
    if (jwk.get("kty"), jwk.get("crv")) == ("OKP", "Ed25519"):
        return public_key(x)
    y = from_base64url(str(jwk.get("y", "")))
    if (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256") or len(x) != _COORDINATE or len(y) != _COORDINATE:
        raise DataError(Message("trace.exports.bad_jwk"))
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x + y)
    except ValueError:
        raise DataError(Message("trace.exports.bad_jwk")) from None


def jwk_of(key: VerifyingKey) -> dict[str, JSON]:
    """Write a public key."""
    if isinstance(key, Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": to_base64url(key.public_bytes_raw())}
    numbers = key.public_numbers()
    x, y = (to_base64url(value.to_bytes(_COORDINATE, "big")) for value in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def algorithm(key: SigningKey | VerifyingKey) -> str:
    """Return the name of the algorithm that belongs to a key."""
    return "EdDSA" if isinstance(key, Ed25519PrivateKey | Ed25519PublicKey) else "ES256"


def sign_jws(header: Mapping[str, JSON], payload: bytes, key: SigningKey) -> str:
    """Return header, payload and signature with points between them."""
    head = json.dumps({"alg": algorithm(key), **header}, separators=(",", ":"), ensure_ascii=False).encode()
    text = f"{to_base64url(head)}.{to_base64url(payload)}"
    return f"{text}.{to_base64url(_sign(text.encode('ascii'), key))}"


def open_jws(token: str, key: VerifyingKey) -> tuple[dict[str, JSON], bytes]:
    """Check a signature.

    Parameters
    ----------
    token : str
    key : VerifyingKey

    Returns
    -------
    tuple of dict and bytes
        Header and payload.

    Raises
    ------
    DataError
        If the signature is wrong or the algorithm is not the one of the key; "none" never is.
    """
    pieces = token.split(".")
    if len(pieces) != 3:  # noqa: PLR2004 - header, payload, signature
        raise DataError(Message("trace.exports.jwt_form"))
    header = read_object(from_base64url(pieces[0]))
    if header.get("alg") != algorithm(key) or "crit" in header:
        raise DataError(Message("trace.exports.jwt_algorithm", found=str(header.get("alg")), wanted=algorithm(key)))
    try:
        _verify(f"{pieces[0]}.{pieces[1]}".encode("ascii"), from_base64url(pieces[2]), key)
    except InvalidSignature:
        raise DataError(Message("trace.exports.proof_wrong")) from None
    return header, from_base64url(pieces[1])


def _sign(text: bytes, key: SigningKey) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(text)
    r, s = decode_dss_signature(key.sign(text, ec.ECDSA(SHA256())))
    return r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")


def _verify(text: bytes, signature: bytes, key: VerifyingKey) -> None:
    if len(signature) != 2 * _COORDINATE:
        raise InvalidSignature
    if isinstance(key, Ed25519PublicKey):
        key.verify(signature, text)
        return
    r, s = (int.from_bytes(half, "big") for half in (signature[:_COORDINATE], signature[_COORDINATE:]))
    key.verify(encode_dss_signature(r, s), text, ec.ECDSA(SHA256()))


def _once(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name stands twice")
    return table


def _no_constant(name: str) -> JSON:
    raise ValueError(name)


def _depth(data: bytes) -> int:
    """Return an upper bound of the nesting: brackets inside texts count too."""
    deepest = depth = 0
    for byte in data:
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest
