# SPDX-License-Identifier: Apache-2.0
"""Pages of answers: where one ends the next begins, whatever is captured meanwhile.

A token says which question it belongs to, how far its answer went, and until when it holds; it is sealed, so that
nobody can make one up.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sichen.core import DataError, Message, canonical

LIFETIME = 3600
"""Seconds that a page token holds."""
_SEAL = 16


class BadToken(DataError):
    """A page token is not ours, of another question, or has expired."""


@dataclass(frozen=True)
class Position:
    """Where a page begins.

    Parameters
    ----------
    after : tuple
        Order value and leaf of the last event of the page before; empty for the first page.
    until : int
        The first leaf that was not there when the first page was asked for.
    returned : int
        Events on the pages before.
    """

    after: tuple[str | float | None, int] | tuple[()]
    until: int
    returned: int = 0


def write_token(position: Position, *, question: Mapping[str, tuple[str, ...]], secret: bytes, now: int) -> str:
    """Write the token of the next page.

    Parameters
    ----------
    position : Position
    question : mapping
        The parameters of the query without those of the page.
    secret : bytes
    now : int
        Seconds since 1970.
    """
    body = json.dumps([list(position.after), position.until, position.returned, now + LIFETIME, _digest(question)]).encode()
    return base64.urlsafe_b64encode(_seal(body, secret) + body).decode().rstrip("=")


def read_token(token: str, *, question: Mapping[str, tuple[str, ...]], secret: bytes, now: int) -> Position:
    """Read a token.

    Raises
    ------
    BadToken
        If it was not made by `write_token` for this question, or has expired.
    """
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        seal, body = raw[:_SEAL], raw[_SEAL:]
        if not hmac.compare_digest(seal, _seal(body, secret)):
            raise BadToken(Message("trace.epcis.query.token"))
        after, until, returned, expires, digest = json.loads(body)
    except (ValueError, TypeError) as error:
        if isinstance(error, BadToken):
            raise
        raise BadToken(Message("trace.epcis.query.token")) from error
    if expires <= now:
        raise BadToken(Message("trace.epcis.query.expired"))
    if digest != _digest(question):
        raise BadToken(Message("trace.epcis.query.other_question"))
    return Position(tuple(after), until, returned)


def _digest(question: Mapping[str, tuple[str, ...]]) -> str:
    return hashlib.sha256(canonical({name: list(values) for name, values in question.items()})).hexdigest()[:16]


def _seal(body: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, body, hashlib.sha256).digest()[:_SEAL]
