# SPDX-License-Identifier: Apache-2.0
"""The door of the workbench: which hosts it answers to, who may write, how much may be sent, what a page may load.

A page on the internet can make a browser talk to 127.0.0.1. The Host check stops a foreign name that was
pointed at us; the Origin check stops a foreign page that writes or opens a live connection.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sichen.core import Message as Sentence
from sichen.web.language import size
from sichen.web.problems import Refusal, answer

LOOPBACK = ("127.0.0.1", "localhost", "::1")
READING = {"GET", "HEAD", "OPTIONS"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "media-src 'self' blob:; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]{1,5})?")
_POLICY = "Content-Security-Policy"
HEADERS = {
    _POLICY: POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": with it a browser sends our own forms without their origin, and the door must refuse them.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}
KEPT_SAFE = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
"""Added over HTTPS; browsers heed it where the certificate is one that they trust."""

_ASKED = frozenset({b"host", b"origin", b"sec-fetch-site", b"content-length"})
_PRIVATE = "no-store"
"""How long others may keep what says nothing about it: a browser would guess."""
_USUAL = [(name.lower().encode(), value.encode()) for name, value in {**HEADERS, "Cache-Control": _PRIVATE}.items()]
_SAFE = [*_USUAL, *((name.lower().encode(), value.encode()) for name, value in KEPT_SAFE.items())]
_ADDED = frozenset(name for name, _ in _SAFE)


class Guard:
    """ASGI middleware that checks every request at the door.

    Parameters
    ----------
    app : ASGIApp
    hosts : tuple of str
        Names, without port, that the workbench answers to; ``*`` for any.
    upload_limit : int
        Most bytes that one request may send.
    """

    def __init__(self, app: ASGIApp, *, hosts: tuple[str, ...], upload_limit: int) -> None:
        self.app = app
        self.hosts = {host.lower() for host in hosts}
        self.upload_limit = upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then pass on."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        refusal = self._check(scope, _first(scope))
        if scope["type"] == "websocket":
            if refusal is None:
                await self.app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        reply = Reply(send, secure=scope.get("scheme") == "https")
        if refusal is not None:
            await answer(HTTPConnection(scope), refusal)(scope, receive, reply)
            return
        try:
            await self.app(scope, self._counted(receive), reply)
        except ClientDisconnect:
            return  # whoever was sending has changed his mind: nobody waits for an answer
        except Exception as error:
            if reply.started:
                raise
            await answer(HTTPConnection(scope), error)(scope, receive, reply)

    def _check(self, scope: Scope, headers: Mapping[str, str]) -> HTTPException | None:
        host = headers.get("host", "")
        if "*" not in self.hosts and _name(host) not in self.hosts:
            return Refusal(421, Sentence("web.error.host", host=host or "—"))
        writes = scope["type"] == "websocket" or scope["method"] not in READING
        origin = headers.get("origin")
        if writes and origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return Refusal(403, Sentence("web.error.origin", origin=origin))
        # A browser that leaves the origin out still says where a request comes from; a program says nothing.
        if writes and headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return Refusal(403, Sentence("web.error.origin", origin=origin or headers["sec-fetch-site"]))
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self.upload_limit:
            return self._too_large()
        return None

    def _too_large(self) -> HTTPException:
        return Refusal(413, Sentence("web.error.too_large", limit=size(self.upload_limit)))

    def _counted(self, receive: Receive) -> Receive:
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > self.upload_limit:
                raise self._too_large()
            return message

        return counted


class Reply:
    """A way out that adds the headers and knows whether an answer has begun."""

    def __init__(self, send: Send, *, secure: bool = False) -> None:
        self.send = send
        self.secure = secure
        self.started = False

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.started = True
            given = message["headers"]
            if {name for name, _ in given}.isdisjoint(_ADDED):
                given += _SAFE if self.secure else _USUAL
            else:
                self._complete(MutableHeaders(scope=message))
        await self.send(message)

    def _complete(self, headers: MutableHeaders) -> None:
        # A page may forbid itself more than the others are forbidden: it says so by a policy of its own.
        stricter = headers.get(_POLICY, "")
        headers.setdefault("Cache-Control", _PRIVATE)
        headers.update(HEADERS | (KEPT_SAFE if self.secure else {}))
        if stricter.startswith("default-src 'none'; style-src 'sha256-"):
            headers[_POLICY] = stricter


def _first(scope: Scope) -> dict[str, str]:
    """Return the headers that the door looks at; of one that comes twice the first, as everybody behind it reads it."""
    return {str(name, "latin-1"): str(value, "latin-1") for name, value in reversed(scope["headers"]) if name in _ASKED}


def _name(host: str) -> str:
    """Return the name of a Host header without its port; nothing where it is more, or less, than a name and a port.

    Examples
    --------
    >>> _name("[::1]:8713"), _name("LocalHost:8713"), _name("[::1].evil.example"), _name("localhost:1/x")
    ('::1', 'localhost', '', '')
    """
    found = _HOST.fullmatch(host)
    return "" if found is None else (found[1] or found[2]).lower()
