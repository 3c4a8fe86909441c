# SPDX-License-Identifier: Apache-2.0
"""The roles that a person can have, and which of them a part of the platform lets in.

A role opens a door; what somebody sees of one watch behind it is the matter of his relation to that watch at that time,
and is decided where passports are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from sichen.core import ConfigError, Message

Role = Literal[
    "brand_admin",
    "factory_line",
    "qc",
    "lab",
    "retailer",
    "service_centre",
    "owner",
    "insurer",
    "officer",
    "auditor",
    "witness",
    "public",
]
ROLES: tuple[Role, ...] = get_args(Role)
"""Every role; ``public`` is whoever has not signed in, and no account has it."""

EVERYBODY = frozenset(ROLES)
PRIVATE = EVERYBODY - {"public"}
"""Whoever has signed in."""

STAFF = frozenset[Role]({"brand_admin", "factory_line", "qc", "lab", "service_centre"})
"""Who works on watches."""

READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Access:
    """Which roles a part of the platform lets in.

    Parameters
    ----------
    read : collection of Role
        Who may look.
    write : collection of Role
        Who may change something or have something computed.
    apart : mapping of str to Access
        Paths below which another rule holds; the longest one that fits decides.
    outside : {"work", "look", "nothing"}
        What accounts of organisations outside the house may do of it, whatever their role: a laboratory that was sent a
        watch has the role of the house's own, and must not sign in its name.

    Examples
    --------
    >>> rule = Access(read={"lab", "auditor"}, write={"lab"}, apart={"/verify": Access(EVERYBODY, EVERYBODY)})
    >>> rule.lets("auditor", "GET", "/certificates"), rule.lets("auditor", "POST", "/certificates")
    (True, False)
    >>> rule.lets("public", "POST", "/verify"), rule.lets("public", "POST", "/verifying")
    (True, False)
    """

    read: Collection[Role] = frozenset({"brand_admin"})
    write: Collection[Role] = frozenset({"brand_admin"})
    apart: Mapping[str, "Access"] = field(default_factory=dict)
    outside: Literal["work", "look", "nothing"] = "work"

    def lets(self, role: Role, method: str, path: str, *, outside: bool = False) -> bool:
        """Tell whether a role may do what a request asks for; `outside` where its account is an organisation's outside."""
        nearest = max((place for place in self.apart if path == place or path.startswith(place + "/")), key=len, default=None)
        if nearest is not None:
            return self.apart[nearest].lets(role, method, path, outside=outside)
        if outside and (self.outside == "nothing" or (self.outside == "look" and method not in READING)):
            return False
        return role in (self.read if method in READING else self.write)


def role_of(name: str) -> Role:
    """Read the role of an account.

    Raises
    ------
    ConfigError
        If there is no such role, or no account can have it.
    """
    found = name.strip().lower().replace("-", "_")
    if found not in PRIVATE:
        known = ", ".join(role for role in ROLES if role in PRIVATE)
        raise ConfigError(Message("trace.people.no_role", found=name, known=known))
    return found
