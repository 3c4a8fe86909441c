# SPDX-License-Identifier: Apache-2.0
"""Sending answers to subscribers: only to addresses that the operator of the house allowed.

An address that a stranger may choose could name the machines behind the firewall. So nothing is resolved, tried or
followed that is not on the list, redirects least of all.
"""

import hashlib
import hmac
import http.client
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from sichen.core import DataError, Message, SourceError

VARIABLE = "SICHEN_WEBHOOKS"
"""Environment variable with the allowed addresses, separated by spaces or commas: ``https://erp.example:8443/epcis``."""

PATIENCE = 10.0
"""Seconds that a subscriber may take to answer."""


@dataclass(frozen=True)
class Webhooks:
    """The addresses that answers may be sent to.

    Parameters
    ----------
    allowed : sequence of str
        Beginnings of addresses: scheme, host, port, and a path that the address continues.
    """

    allowed: Sequence[str] = ()

    @classmethod
    def configured(cls) -> "Webhooks":
        """Read the list from the environment."""
        return cls(tuple(os.environ.get(VARIABLE, "").replace(",", " ").split()))

    def check(self, address: str) -> None:
        """Refuse an address that is not on the list.

        Raises
        ------
        DataError
            Telling the operator what to do.
        """
        wanted = urlsplit(address)
        if not any(_covers(urlsplit(one), wanted) for one in self.allowed):
            raise DataError(Message("adapters.epcis.webhook", address=address[:100], variable=VARIABLE))

    def send(self, address: str, body: bytes, *, secret: str) -> None:
        """Send an answer and wait until the subscriber has taken it.

        Raises
        ------
        SourceError
            If he does not answer, or answers with anything but success.
        """
        self.check(address)
        parts = urlsplit(address)
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/ld+json", "GS1-Signature": f"sha256={signature}", "GS1-EPCIS-Version": "2.0.0"}
        try:
            connection = _connection(parts.scheme, parts.hostname or "", parts.port)
            try:
                connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
                status = connection.getresponse().status
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise SourceError(
                Message("adapters.epcis.webhook_failed", address=address[:100], problem=str(error)[:100])
            ) from error
        if not 200 <= status < 300:  # noqa: PLR2004 - success
            raise SourceError(Message("adapters.epcis.webhook_failed", address=address[:100], problem=str(status)))


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=PATIENCE)


def _covers(allowed: SplitResult, wanted: SplitResult) -> bool:
    """Tell whether an allowed address covers another one: the same machine and port, the same or a longer path."""
    left, right = _parts(allowed), _parts(wanted)
    if left is None or right is None or left[:3] != right[:3]:
        return False
    path = left[3].rstrip("/")
    plain = ".." not in right[3] and "\\" not in right[3]
    return plain and (right[3] == path or right[3].startswith(path + "/"))


def _parts(address: SplitResult) -> tuple[str, str, int, str] | None:
    if address.scheme not in {"http", "https"} or address.username is not None:
        return None
    try:
        port = address.port or {"http": 80, "https": 443}[address.scheme]
    except ValueError:
        return None
    return address.scheme, (address.hostname or "").lower(), port, address.path
