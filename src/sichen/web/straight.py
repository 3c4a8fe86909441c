# SPDX-License-Identifier: Apache-2.0
"""The straight way for what comes thousands a second: behind the gate and past the search for a route."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

LONGEST = 16 * 2**10
"""Bytes of a body up to which a request goes the straight way; a larger one has time for the usual one."""


class Straight:
    """ASGI middleware that hands small requests of some routes to them directly.

    The usual way through the application searches a hundred routes and passes ten layers, which is as much work as an event
    itself. It compresses answers, which small ones do not need, and makes problems of errors, which the handlers named here
    do themselves.

    Parameters
    ----------
    app : ASGIApp
    routes : mapping of (str, str) to Route
        By method and path.
    """

    def __init__(self, app: ASGIApp, *, routes: Mapping[tuple[str, str], Route]) -> None:
        self.app = app
        self._routes = dict(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the straight way where there is one."""
        route = self._routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if route is None or not _is_small(scope):
            await self.app(scope, receive, send)
            return
        scope["route"] = route
        scope["path_params"] = {}
        response = await route.endpoint(Request(scope, receive, send))
        await response(scope, receive, send)


def straight_routes(routes: list[BaseRoute], *wanted: tuple[str, str]) -> dict[tuple[str, str], Route]:
    """Return the routes with a method and a path, for `Straight`."""
    found = {(method, one.path): one for one in routes if isinstance(one, Route) for method in one.methods or ()}
    return {name: found[name] for name in wanted}


def _is_small(scope: Scope) -> bool:
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return length.isdigit() and len(length) < 8 and int(length) <= LONGEST  # noqa: PLR2004 - digits
