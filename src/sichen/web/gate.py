# SPDX-License-Identifier: Apache-2.0
"""The gate behind the door: who asks, whether his role may, and whether a form was ours.

A computer on which nobody has an account, and which listens to itself alone, has no gate: a workshop of one. From the
first account on, or as soon as other computers can reach it, everybody signs in.
"""

import hmac
import logging
import re
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sichen.adapters.people.desk import SignedIn
from sichen.core import Message as Sentence
from sichen.trace.people import EVERYBODY, PRIVATE, Access, csrf_token
from sichen.trace.people.roles import READING
from sichen.web.chapters import Chapter
from sichen.web.guard import LOOPBACK
from sichen.web.problems import Refusal, wants_page
from sichen.web.visitor import ALONE, FIELD, PHONE_COOKIE, Visitor, token_of

log = logging.getLogger(__name__)

SIGN_IN = "/sign-in"
PEEKED = 8192
"""Bytes at the beginning of a form in which its mark must stand: it is the first field."""

_TELLING = frozenset({b"authorization", b"cookie"})
REMEMBERED = 1.0
"""Seconds for which it is remembered whose a token is, so that sessions end in time."""

KNOWN = 1024
"""Visitors, and addresses with their rule, that are remembered at the most."""

_MARK = re.compile(rb"(?:(?:^|&)" + FIELD.encode() + rb'=|name="' + FIELD.encode() + rb'"\r\n\r\n)([A-Za-z0-9_-]+)')

NO_CHAPTER = Access(
    read=PRIVATE,
    write=PRIVATE,
    apart={
        "/static": Access(EVERYBODY, ()),
        "/healthz": Access(EVERYBODY, ()),
        "/metrics": Access({"brand_admin", "auditor"}, ()),
    },
)
"""Who may ask for what belongs to no chapter."""


class Doorman(Protocol):
    """What the gate asks of the accounts."""

    def is_used(self) -> bool:
        """Tell whether anybody has an account."""
        ...

    def visitor(self, token: str) -> SignedIn | None:
        """Return whose session a token is."""
        ...


class Gate:
    """ASGI middleware that lets a role in or not.

    Parameters
    ----------
    app : ASGIApp
    people : Doorman
    chapters : tuple of Chapter
        Each declares who may look and who may write.
    always : bool
        Sign in even where nobody has an account yet, because other computers can reach us.
    invitation : str
        Lets a phone that shows it work at the bench, and the computer itself do everything, while nobody has an account.
    changes : callable, optional
        Returns something else whenever an account, a session or what they may has changed, None where that cannot be told.
        As long as it returns the same, who shows a token is looked up once a second and not with every request.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        people: Doorman,
        chapters: tuple[Chapter, ...],
        always: bool = False,
        invitation: str = "",
        changes: Callable[[], object] = lambda: None,
    ) -> None:
        self.app = app
        self._people = people
        self._chapters = chapters
        self._always = always
        self._invitation = invitation
        self._changes = changes
        self._stamp: object = None
        self._known: dict[tuple[object, ...], tuple[float, Visitor]] = {}
        self._rule = lru_cache(maxsize=KNOWN)(self._rule_of)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find out who asks; refuse, or pass on."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        visitor = await self._visitor(connection)
        scope.setdefault("state", {})["visitor"] = visitor
        method = scope.get("method", "POST")
        refusal = self._refusal(connection, visitor, method) if visitor.required else None
        if scope["type"] == "websocket" and refusal is not None:
            await send({"type": "websocket.close", "code": 1008})
            return
        if refusal is not None and refusal.status_code == 401 and wants_page(connection) and method in READING:  # noqa: PLR2004 - the status itself
            wanted = quote(connection.url.path + ("?" + connection.url.query if connection.url.query else ""), safe="")
            await RedirectResponse(f"{SIGN_IN}?to={wanted}", status_code=303)(scope, receive, send)
            return
        if refusal is not None:
            who = "nobody" if visitor.signed is None else visitor.signed.person.id
            log.warning("refused %s %r to %s (%s)", method, connection.url.path, who, refusal.status_code)
            raise refusal
        if visitor.mark and scope["type"] == "http" and method not in READING and not _fetched_by_us(connection):
            receive = await _checked(receive, visitor.mark)
        await self.app(scope, receive, send)

    def access_to(self, scope: Scope) -> Access:
        """Return the rule of the chapter that would answer a request."""
        return self._rule(scope["type"], scope["path"], scope.get("root_path", ""))

    def _rule_of(self, kind: str, path: str, root: str) -> Access:
        # Some route of the chapter has the address, whatever its method: that is all that counts here.
        scope: Scope = {"type": kind, "path": path, "root_path": root, "method": "GET", "headers": []}
        for chapter in self._chapters:
            if any(route.matches(scope)[0] is not Match.NONE for route in chapter.router.routes):
                return chapter.access
        return NO_CHAPTER

    async def _visitor(self, connection: HTTPConnection) -> Visitor:
        """Find out who asks, from memory while nothing has changed: a machine that posts events asks thousands a second."""
        stamp = self._changes()
        if stamp is None:
            return await run_in_threadpool(self._who, connection)
        if stamp != self._stamp or len(self._known) >= KNOWN:
            self._stamp, self._known = stamp, {}
        known = self._known
        host = None if connection.client is None else connection.client.host
        key = (*_shown(connection), host if self._invitation else None)
        until, visitor = known.get(key, (0.0, None))
        if visitor is not None and time.monotonic() <= until:
            return visitor
        if visitor is not None:
            # One asks again; the hundred who come meanwhile are let in on what is known, and not all sent to ask.
            known[key] = (time.monotonic() + REMEMBERED, visitor)
        visitor = await run_in_threadpool(self._who, connection)
        # What was found later than the stamp is at least as new as it; what changes from now on changes the stamp.
        known[key] = (time.monotonic() + REMEMBERED, visitor)
        return visitor

    def _who(self, connection: HTTPConnection) -> Visitor:
        if not self._people.is_used():
            return self._stranger(connection)
        token, by_itself = token_of(connection)
        signed = self._people.visitor(token)
        if signed is None:
            return Visitor("public", required=True)
        # A program shows its token on purpose; a browser sends the cookie whoever made it ask.
        return Visitor(signed.person.role, True, signed, csrf_token(token) if by_itself else "")

    def _stranger(self, connection: HTTPConnection) -> Visitor:
        if not self._always and not self._invitation:
            return ALONE
        if self._invitation and not self._always:
            if connection.client is not None and connection.client.host in LOOPBACK:
                return ALONE
            if hmac.compare_digest(connection.cookies.get(PHONE_COOKIE, "").encode(), self._invitation.encode()):
                return Visitor("factory_line", required=True)
        return Visitor("public", required=True)

    def _refusal(self, connection: HTTPConnection, visitor: Visitor, method: str) -> Refusal | None:
        path = connection.scope["path"]
        access = self.access_to(connection.scope)
        if not access.lets(visitor.role, method, path, outside=visitor.outside):
            if visitor.role == "public":
                return Refusal(401, Sentence("web.people.sign_in_first"), {"WWW-Authenticate": 'Bearer realm="Sichen"'})
            return Refusal(403, Sentence("web.people.not_your_role", role=Sentence(f"web.people.role.{visitor.role}")))
        must = visitor.signed is not None and visitor.signed.person.must_change
        if must and not access.lets("public", method, path) and path not in {"/account", "/account/password", "/sign-out"}:
            return Refusal(403, Sentence("web.people.change_first"))
        return None


def _shown(connection: HTTPConnection) -> tuple[object, ...]:
    """Return what a request shows of who sends it."""
    told = (pair for pair in connection.scope["headers"] if pair[0] in _TELLING)
    return (connection.scope.get("scheme"), *told)


def _fetched_by_us(connection: HTTPConnection) -> bool:
    """Tell whether a script of our own pages asked: browsers say so in headers that no page can write."""
    headers = connection.headers
    return headers.get("sec-fetch-site") == "same-origin" and headers.get("sec-fetch-mode") in {"cors", "same-origin"}


async def _checked(receive: Receive, mark: str) -> Receive:
    """Look for the mark at the beginning of a form, and return the form as if nobody had looked."""
    seen: list[Message] = []
    head = b""
    while len(head) < PEEKED:
        message = await receive()
        seen.append(message)
        head += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    found = _MARK.search(head[:PEEKED])
    if found is None or not hmac.compare_digest(found[1], mark.encode()):
        raise Refusal(403, Sentence("web.people.foreign_form"))

    async def again() -> Message:
        return seen.pop(0) if seen else await receive()

    return again
