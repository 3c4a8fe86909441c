# SPDX-License-Identifier: Apache-2.0
"""Cookies: the keys of a client, sealed so that the server need not remember it; and the rotation of the seal."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from sichen.timebase.nts.records import KEY_SIZE

NONCE = 16
NUMBER = 4
KEPT = 3
COOKIE_SIZE = NUMBER + NONCE + 16 + 2 * KEY_SIZE
TURN, FILLED = 0, 1


@dataclass(frozen=True)
class Keys:
    """The keys that client and server share: from client to server, and back."""

    to_server: bytes
    to_client: bytes


class CookieJar:
    """Makes and opens cookies; the last three master keys open them, the newest makes them.

    Examples
    --------
    >>> jar = CookieJar()
    >>> keys = Keys(bytes(32), bytes(range(32)))
    >>> cookie = jar.make(keys)
    >>> len(cookie), jar.open(cookie) == keys
    (100, True)
    >>> jar.rotate(); jar.rotate(); jar.open(cookie) == keys
    True
    >>> jar.rotate(); jar.open(cookie) is None
    True
    """

    def __init__(self) -> None:
        self._masters: OrderedDict[bytes, AESSIV] = OrderedDict()
        # The same keys for a compiled loop in another thread, newest first: it copies them while the turn is even and stands still.
        self.table = np.zeros((KEPT, NUMBER + KEY_SIZE), np.uint8)
        self.turn = np.zeros(2, np.int64)
        self.rotate()

    def rotate(self) -> None:
        """Make a new master key; the oldest of more than three is forgotten."""
        number, key = secrets.token_bytes(NUMBER), AESSIV.generate_key(256)
        self._masters.pop(number, None)
        self._masters[number] = AESSIV(key)
        while len(self._masters) > KEPT:
            self._masters.popitem(last=False)
        self.turn[TURN] += 1
        self.table[1:] = self.table[:-1].copy()
        self.table[0] = np.frombuffer(number + key, np.uint8)
        # A row that was never filled would be a key of zeros, which everybody knows.
        self.turn[FILLED] = min(self.turn[FILLED] + 1, KEPT)
        self.turn[TURN] += 1

    def make(self, keys: Keys) -> bytes:
        """Return a fresh cookie."""
        number, master = next(reversed(self._masters.items()))
        nonce = secrets.token_bytes(NONCE)
        return number + nonce + master.encrypt(keys.to_server + keys.to_client, [number, nonce])

    def open(self, cookie: bytes) -> Keys | None:
        """Return the keys in a cookie; None when it is garbled or its master key is forgotten."""
        if len(cookie) != COOKIE_SIZE:
            return None
        number, nonce, sealed = cookie[:NUMBER], cookie[NUMBER : NUMBER + NONCE], cookie[NUMBER + NONCE :]
        master = self._masters.get(number)
        try:
            plain = b"" if master is None else master.decrypt(sealed, [number, nonce])
        except InvalidTag:
            return None
        return Keys(plain[:KEY_SIZE], plain[KEY_SIZE:]) if plain else None
