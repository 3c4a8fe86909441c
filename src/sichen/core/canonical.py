# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON (RFC 8785) and SHA-256 digests: the identity of everything Sichen keeps."""

import hashlib
import json
import math
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, Union

from sichen.core.errors import DataError
from sichen.core.message import Message

JSON: TypeAlias = Union[bool, int, float, str, "Sequence[JSON]", "Mapping[str, JSON]", None]

LARGEST_INTEGER = 2**53
LARGEST_DOUBLE = int(sys.float_info.max)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ABBREVIATION = re.compile(r"(?:sha256:)?([0-9a-f]{8,64})")


def canonical(value: JSON) -> bytes:
    """Write a value as canonical JSON.

    Parameters
    ----------
    value : JSON
        Text, finite numbers, booleans, None, lists and tables of these. An integer must be what its double prints as.

    Returns
    -------
    bytes
        UTF-8, without insignificant space; keys sorted by UTF-16 code units; numbers as ECMAScript
        prints them [1]_. Equal values give equal bytes on every machine.

    Raises
    ------
    DataError
        If the value holds something JSON cannot carry exactly; the message names where.

    References
    ----------
    .. [1] RFC 8785, JSON Canonicalization Scheme, sections 3.2.2 and 3.2.3.

    Examples
    --------
    >>> canonical({"u": 0.20, "rate": 4.70, "unit": "s/d"})
    b'{"rate":4.7,"u":0.2,"unit":"s/d"}'
    """
    pieces: list[str] = []
    _write(value, pieces, "$")
    try:
        return "".join(pieces).encode("utf-8")
    except UnicodeEncodeError as error:
        raise DataError(Message("core.not_json", path="$", found="text with half a surrogate pair")) from error


def digest_of(value: JSON) -> str:
    """Return the digest of a value: SHA-256 over its canonical JSON, as ``sha256:…``."""
    return digest_of_bytes(canonical(value))


def digest_of_bytes(data: bytes | bytearray | memoryview) -> str:
    """Return the digest of raw bytes, as ``sha256:…``.

    Examples
    --------
    >>> digest_of_bytes(b"")[:15]
    'sha256:e3b0c442'
    """
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest_of_chunks(chunks: Iterable[bytes]) -> str:
    """Return the digest of bytes that come in pieces, in constant memory."""
    state = hashlib.sha256()
    for chunk in chunks:
        state.update(chunk)
    return "sha256:" + state.hexdigest()


def is_digest(text: str) -> bool:
    """Tell whether a text is a full digest."""
    return _DIGEST.fullmatch(text) is not None


def digest_prefix(text: str) -> str:
    """Check a full or shortened digest typed by a person.

    Parameters
    ----------
    text : str
        At least 8 hexadecimal digits, with or without ``sha256:``.

    Returns
    -------
    str
        The digits with ``sha256:`` before them.

    Raises
    ------
    DataError
        If the text is no digest.
    """
    match = _ABBREVIATION.fullmatch(text.strip().lower())
    if match is None:
        raise DataError(Message("core.bad_digest", text=text))
    return "sha256:" + match.group(1)


def _write(value: JSON, pieces: list[str], path: str) -> None:
    if isinstance(value, str):
        pieces.append(json.dumps(value, ensure_ascii=False))
    elif value is None:
        pieces.append("null")
    elif isinstance(value, bool):
        pieces.append("true" if value else "false")
    elif isinstance(value, int | float):
        pieces.append(_number(value, path))
    elif isinstance(value, Mapping):
        _write_table(value, pieces, path)
    elif isinstance(value, list | tuple):
        _write_list(value, pieces, path)
    else:
        raise DataError(Message("core.not_json", path=path, found=type(value).__name__))


def _write_table(table: Mapping[str, JSON], pieces: list[str], path: str) -> None:
    for key in table:
        if not isinstance(key, str):
            raise DataError(Message("core.not_json", path=f"{path}.{key}", found="a key that is no text"))
    pieces.append("{")
    for count, key in enumerate(sorted(table, key=_code_units)):
        pieces.append(("," if count else "") + json.dumps(key, ensure_ascii=False) + ":")
        _write(table[key], pieces, f"{path}.{key}")
    pieces.append("}")


def _write_list(items: Sequence[JSON], pieces: list[str], path: str) -> None:
    pieces.append("[")
    for index, item in enumerate(items):
        if index:
            pieces.append(",")
        _write(item, pieces, f"{path}[{index}]")
    pieces.append("]")


def _code_units(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _number(value: float, path: str) -> str:
    if isinstance(value, int):
        if abs(value) <= LARGEST_INTEGER:
            return str(value)
        if abs(value) > LARGEST_DOUBLE or _ecmascript(float(value)) != str(value):
            raise DataError(Message("core.integer_too_large", path=path, found=str(value)))
        return str(value)
    if not math.isfinite(value):
        raise DataError(Message("core.not_json", path=path, found="a number that is not finite"))
    if value == 0:
        return "0"
    return _ecmascript(value)


def _ecmascript(value: float) -> str:
    """Print a double as ECMAScript does: shortest digits, exponent outside 1e-6 … 1e21."""
    # float(): a NumPy double is a float, but its repr is not a number.
    mantissa, _, exponent_text = repr(float(value)).partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    point = len(whole) + int(exponent_text or 0)
    digits = whole + (fraction if fraction != "0" else "")
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    digits = stripped.rstrip("0")
    count = len(digits)
    if count <= point <= 21:  # noqa: PLR2004 - the bound of ECMA-262, Number::toString
        body = digits + "0" * (point - count)
    elif 0 < point <= 21:  # noqa: PLR2004
        body = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:  # noqa: PLR2004
        body = "0." + "0" * -point + digits
    else:
        tail = f".{digits[1:]}" if count > 1 else ""
        body = f"{digits[0]}{tail}e{point - 1:+d}"
    return sign + body
