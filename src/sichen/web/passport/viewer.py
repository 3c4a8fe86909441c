# SPDX-License-Identifier: Apache-2.0
"""Who looks at a passport, and what of it that person may see.

Where nobody has an account yet and only this computer is served, whoever sits at it is the house. Otherwise the gate tells
who signed in; everybody else is the public.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, cast

from starlette.requests import HTTPConnection

from sichen.core import Instant, Message
from sichen.trace.passport import Life
from sichen.trace.people import STAFF
from sichen.trace.roles import RELATIONS, ROLES, Role, What, allowed, relations
from sichen.web.problems import Refusal
from sichen.web.visitor import visitor_of


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
    find = cast("FindViewer | None", getattr(connection.app.state, "viewer", None)) or _by_account
    found = find(connection)
    wanted = connection.query_params.get("as", "")
    # Only who may see everything may look through other eyes: nobody sees more by it.
    if found == HOUSE and wanted in ROLES:
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


def _by_account(connection: HTTPConnection) -> Viewer:
    """Return who the gate let in; where nobody has to sign in, the house works alone."""
    visitor = visitor_of(connection)
    if not visitor.required:
        return HOUSE
    signed = visitor.signed
    if signed is None:
        return PUBLIC
    # The house's own people work in its name; a partner is known to custody by the name of his account.
    return Viewer(visitor.role, "*" if visitor.role in STAFF else signed.person.account)
