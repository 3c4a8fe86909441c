# SPDX-License-Identifier: Apache-2.0
"""Who asks: the session behind a request, its role, and the mark that its forms carry."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection
from starlette.responses import Response

from sichen.adapters.people.desk import People, SignedIn
from sichen.trace.people import Role
from sichen.trace.standing import Standing, house_standing

FIELD = "csrf"
PHONE_COOKIE = "sichen-phone"
_FORM = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>')


@dataclass(frozen=True)
class Visitor:
    """Who asks.

    Parameters
    ----------
    role : Role
        ``public`` when nobody has signed in; ``brand_admin`` in a workshop of one, where nobody has to.
    required : bool
        Whether people sign in here.
    signed : SignedIn or None
    mark : str
        What the forms of this session carry; empty where they need none.
    """

    role: Role
    required: bool = False
    signed: SignedIn | None = None
    mark: str = ""

    @property
    def outside(self) -> bool:
        """Whether he signed in for an organisation outside the house."""
        return self.signed is not None and bool(self.signed.person.party)


ALONE = Visitor("brand_admin")
"""Whoever works at a computer where nobody has an account."""


def visitor_of(connection: HTTPConnection) -> Visitor:
    """Return who asks; nobody, where the door refused before looking."""
    found = getattr(connection.state, "visitor", None)
    return found if isinstance(found, Visitor) else Visitor("public")


def standing_of(connection: HTTPConnection) -> Standing:
    """Return where who asks stands to watches; where nobody has to sign in, whoever sits here is the house."""
    visitor = visitor_of(connection)
    if not visitor.required:
        return house_standing()
    if visitor.signed is None:
        return Standing("public")
    return people_of(connection).bonds.standing(visitor.signed.person)


def people_of(connection: HTTPConnection) -> People:
    """Return the accounts that the application was made for."""
    people: People = connection.app.state.people
    return people


Who = Annotated[Visitor, Depends(visitor_of)]
Accounts = Annotated[People, Depends(people_of)]


def cookie_name(connection: HTTPConnection) -> str:
    """Return the name of the cookie; over HTTPS one that a browser takes from this very host alone."""
    return "__Host-sichen" if connection.url.scheme in {"https", "wss"} else "sichen-session"


def token_of(connection: HTTPConnection) -> tuple[str, bool]:
    """Return the token of a request, and whether it came by itself, in a cookie."""
    kind, _, given = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and given:
        return given.strip(), False
    return connection.cookies.get(cookie_name(connection), ""), True


def give_token(response: Response, connection: HTTPConnection, token: str) -> None:
    """Put a token into a cookie that no script reads, no other site sends, and that ends with the browser."""
    secure = connection.url.scheme == "https"
    response.set_cookie(cookie_name(connection), token, httponly=True, secure=secure, samesite="strict", path="/")


def take_token(response: Response, connection: HTTPConnection) -> None:
    """Take the cookie back."""
    secure = connection.url.scheme == "https"
    response.delete_cookie(cookie_name(connection), httponly=True, secure=secure, samesite="strict", path="/")


def marked(html: str, mark: str) -> str:
    """Give every form of a page the mark of its session, as its first field.

    Examples
    --------
    >>> marked('<form method="post" action="/x"><button>', "m")
    '<form method="post" action="/x"><input type="hidden" name="csrf" value="m"><button>'
    """
    if not mark:
        return html
    return _FORM.sub(lambda found: f'{found[0]}<input type="hidden" name="{FIELD}" value="{mark}">', html)
