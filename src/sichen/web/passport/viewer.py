# SPDX-License-Identifier: Apache-2.0
"""Who looks at a passport, and what of it that person may see.

Where nobody has an account yet and only this computer is served, whoever sits at it is the house. Otherwise the gate tells
who signed in; everybody else is the public.
"""

from collections.abc import Callable
from typing import TypeAlias, cast

from starlette.requests import HTTPConnection

from sichen.core import Instant, Message
from sichen.trace.passport import Life
from sichen.trace.roles import RELATIONS, ROLES, What, allowed
from sichen.trace.standing import Standing, house_standing
from sichen.web.problems import Refusal
from sichen.web.visitor import standing_of

PUBLIC, HOUSE = Standing("public"), house_standing()
FindViewer: TypeAlias = Callable[[HTTPConnection], Standing]


def viewer_of(connection: HTTPConnection) -> Standing:
    """Return who looks; the house may look through the eyes of another role, with ``?as=``."""
    find = cast("FindViewer | None", getattr(connection.app.state, "viewer", None)) or standing_of
    found = find(connection)
    wanted = connection.query_params.get("as", "")
    # Only who may see everything may look through other eyes: nobody sees more by it.
    if found == HOUSE and wanted in ROLES:
        return house_standing(wanted)
    return found


def rights(connection: HTTPConnection, life: Life, *, at: Instant) -> frozenset[What]:
    """Return what the visitor may see of a watch and do with it."""
    return viewer_of(connection).may(life.link, life.bonds, at=at)


def is_house(connection: HTTPConnection) -> bool:
    """Tell whether the house itself asks, through whatever eyes."""
    return viewer_of(connection).whole


def demand(connection: HTTPConnection, what: What, life: Life | None = None, *, at: Instant) -> None:
    """Refuse what the visitor may not do.

    Raises
    ------
    Refusal
        403, with who may.
    """
    viewer = viewer_of(connection)
    may = allowed(viewer.role, RELATIONS if viewer.whole else ()) if life is None else rights(connection, life, at=at)
    if what not in may:
        raise Refusal(403, Message("web.passport.may_not"))
