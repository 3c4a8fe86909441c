# SPDX-License-Identifier: Apache-2.0
"""Who looks at a passport, and what of it that person may see.

Nobody signs in here: whoever sits at this computer is the house, everybody else is the public. A module with accounts
puts a function of its own into ``app.state.viewer``.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, cast

from starlette.requests import HTTPConnection

from sichen.core import Instant, Message
from sichen.trace.passport import Life
from sichen.trace.roles import RELATIONS, ROLES, Role, What, allowed, relations
from sichen.web.problems import Refusal

_LOCAL = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Viewer:
    """Somebody with a role, and who that is.

    Parameters
    ----------
    role : Role
    party : str
        As custody names it; ``*`` for the house at its own computer, which stands in every relation that its role has.
    """

    role: Role
    party: str = ""

    def may(self, life: Life, at: Instant) -> frozenset[What]:
        """Return what this viewer may see and do with a watch at a moment."""
        held = RELATIONS if self.party == "*" else relations(life.bonds, self.party, at=at)
        return allowed(self.role, held)


PUBLIC, HOUSE = Viewer("public"), Viewer("brand_admin", "*")
FindViewer: TypeAlias = Callable[[HTTPConnection], Viewer]


def viewer_of(connection: HTTPConnection) -> Viewer:
    """Return who looks; the house may look through the eyes of another role, with ``?as=``."""
    find = cast("FindViewer | None", getattr(connection.app.state, "viewer", None)) or _by_place
    found = find(connection)
    wanted = connection.query_params.get("as", "")
    if found.party == "*" and wanted in ROLES:
        return Viewer(wanted, "*")
    return found


def is_house(connection: HTTPConnection) -> bool:
    """Tell whether the house itself asks, through whatever eyes."""
    return viewer_of(connection).party == "*"


def demand(connection: HTTPConnection, what: What, life: Life | None = None, *, at: Instant) -> None:
    """Refuse what the visitor may not do.

    Raises
    ------
    Refusal
        403, with who may.
    """
    viewer = viewer_of(connection)
    may = allowed(viewer.role, RELATIONS if viewer.party == "*" else ()) if life is None else viewer.may(life, at)
    if what not in may:
        raise Refusal(403, Message("web.passport.may_not"))


def _by_place(connection: HTTPConnection) -> Viewer:
    return HOUSE if _is_here(connection) else PUBLIC


def _is_here(connection: HTTPConnection) -> bool:
    """Tell whether the request comes from this computer and was meant for it; one that a proxy passed on was not."""
    if any(name in connection.headers for name in ("forwarded", "x-forwarded-for", "via")):
        return False
    try:
        near = connection.client is not None and ipaddress.ip_address(connection.client.host).is_loopback
    except ValueError:
        return False
    return near and (connection.url.hostname or "") in _LOCAL
