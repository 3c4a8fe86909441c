# SPDX-License-Identifier: Apache-2.0
"""What the pages of people share: where a browser is, what it calls itself, and where it may be sent."""

from starlette.requests import HTTPConnection

from sichen.adapters.people.passkeys import Passkeys, Place
from sichen.adapters.people.store import Person
from sichen.core import Message
from sichen.web.problems import Refusal
from sichen.web.visitor import visitor_of

SEE_OTHER = 303
_SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux")


def place_of(connection: HTTPConnection) -> Place:
    """Return where the browser thinks that it is."""
    return Place(connection.url.hostname or "", f"{connection.url.scheme}://{connection.url.netloc}")


def passkeys_of(connection: HTTPConnection) -> Passkeys:
    """Return the passkeys that the application was made for."""
    found: Passkeys = connection.app.state.passkeys
    return found


def device_of(connection: HTTPConnection) -> str:
    """Return what kind of device a browser runs on, enough for its owner to know it again."""
    agent = connection.headers.get("user-agent", "")
    return next((name for name in _SYSTEMS if name in agent), "")


def address_of(connection: HTTPConnection) -> str:
    """Return where a request comes from."""
    return connection.client.host if connection.client is not None else ""


def person_of(connection: HTTPConnection) -> Person:
    """Return who has signed in.

    Raises
    ------
    Refusal
        If nobody has: in a workshop of one there are no accounts.
    """
    signed = visitor_of(connection).signed
    if signed is None:
        raise Refusal(409, Message("web.people.nobody_yet"))
    return signed.person


def inside(path: str) -> str:
    r"""Return a path of ours to go to; anything else leads to the first page.

    Examples
    --------
    >>> inside("/bench?guided=true"), inside("//evil.example/x"), inside("/\\evil.example"), inside("https://evil.example")
    ('/bench?guided=true', '/', '/', '/')
    """
    good = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if good else "/"
