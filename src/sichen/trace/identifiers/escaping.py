# SPDX-License-Identifier: Apache-2.0
"""Percent signs in web addresses (RFC 3986), byte for byte."""

import re

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_RESERVED = re.compile(r"[^A-Za-z0-9._~-]")


def escape(text: str, *, query: bool = False) -> str:
    """Write a value so that it may stand in a path or a query.

    Parameters
    ----------
    text : str
        Characters up to U+00FF, each one byte.
    query : bool
        Whether a space becomes ``+``.

    Examples
    --------
    >>> escape("32a/b")
    '32a%2Fb'
    """
    escaped = _RESERVED.sub(lambda match: f"%{ord(match.group()):02X}", text)
    return escaped.replace("%20", "+") if query else escaped


def unescape(text: str, *, query: bool = False) -> str:
    """Read a value from a path or a query; what is no escape stays as it is.

    Examples
    --------
    >>> unescape("ABC%2d123"), unescape("A%4GB")
    ('ABC-123', 'A%4GB')
    """
    spaced = text.replace("+", " ") if query else text
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), spaced)
