# SPDX-License-Identifier: Apache-2.0
"""Sessions: what a browser or a program shows instead of a password, and how long it is believed.

The token says nothing; it is 256 random bits. The store has only its SHA-256, so who reads the store cannot sign in.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sichen.core import Duration, Instant


@dataclass(frozen=True)
class Lifetime:
    """How long a session is believed.

    Parameters
    ----------
    idle : Duration
        Without a request.
    whole : Duration
        After its beginning, whatever happens.
    """

    idle: Duration
    whole: Duration


SCREEN = Lifetime(Duration.of_seconds(30 * 60), Duration.of_seconds(12 * 3600))
"""Of a browser: half an hour away from the bench, one shift at the most."""

PROGRAM = Lifetime(Duration.of_seconds(90 * 86400), Duration.of_seconds(90 * 86400))
"""Of a program that captures events: a quarter of a year, used or not."""

TOUCHED_AFTER = Duration.of_seconds(60)
"""How old the note of the last request may become before it is written anew: not every request waits for the disk."""


@dataclass(frozen=True)
class Session:
    """A session as the store has it.

    Parameters
    ----------
    name : str
        Public part, by which its owner can end it.
    account : str
    kind : {"screen", "program"}
    begun, seen : Instant
    label : str
        What its owner calls the device or program.
    """

    name: str
    account: str
    kind: str
    begun: Instant
    seen: Instant
    label: str = ""

    @property
    def lifetime(self) -> Lifetime:
        """How long sessions of its kind are believed."""
        return PROGRAM if self.kind == "program" else SCREEN

    def is_alive(self, now: Instant) -> bool:
        """Tell whether it is still believed. One that begins in the future is not: a clock was set back."""
        idle, age = now - self.seen, now - self.begun
        return idle.ns <= self.lifetime.idle.ns and 0 <= age.ns <= self.lifetime.whole.ns


def new_token() -> str:
    """Return a token that nobody can guess: 256 random bits, 43 characters."""
    return secrets.token_urlsafe(32)


def sealed(token: str) -> bytes:
    """Return what the store keeps of a token, 32 bytes.

    Examples
    --------
    >>> len(sealed(new_token())), sealed("a") == sealed("b")
    (32, False)
    """
    return hashlib.sha256(token.encode()).digest()


def csrf_token(token: str) -> str:
    """Return what forms of a session carry, so that a page from elsewhere cannot send them.

    Examples
    --------
    >>> csrf_token("a") == csrf_token("a"), csrf_token("a") == csrf_token("b"), len(csrf_token("a"))
    (True, False, 43)
    """
    import base64

    return base64.urlsafe_b64encode(hmac.digest(token.encode(), b"sichen form", "sha256")).decode().rstrip("=")
