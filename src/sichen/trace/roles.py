# SPDX-License-Identifier: Apache-2.0
"""Who may see and do what with a watch: by role, and by the relation to that watch at that time.

A service centre sees the history while it has the watch. Whoever sold a watch answers for its warranty until its owner
hands it on, and sees nothing else of it. What two persons have to do together is marked. Without sign-in a visitor is the
public.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from sichen.core import Instant
from sichen.trace.people.roles import ROLES, Role

Relation: TypeAlias = Literal["none", "maker", "holder", "seller", "owner", "tester", "mandate"]
What: TypeAlias = Literal[
    "public",
    "parts",
    "timeline",
    "readings",
    "certificates",
    "service",
    "warranty",
    "custody",
    "evidence",
    "commission",
    "case",
    "certify",
    "ship",
    "sell",
    "hand_over",
    "service_entry",
    "lose",
    "find",
    "recall",
    "correct",
    "retire",
    "extract",
    "register_search",
]
__all__ = ["RELATIONS", "ROLES", "WHATS", "Bond", "Relation", "Role", "What", "allowed", "may", "needs_two", "relations"]
RELATIONS: tuple[Relation, ...] = get_args(Relation)
WHATS: tuple[What, ...] = get_args(What)
TWO_PERSONS: frozenset[What] = frozenset({"recall", "correct", "extract", "lose", "find"})
"""What needs a second person of the house: the owner's own word about his watch does not, see `needs_two`."""

_EVERYBODY: frozenset[What] = frozenset({"public"})
_SEEN: frozenset[What] = frozenset({"parts", "timeline", "readings", "certificates", "service", "warranty", "evidence"})
_REPORTED: frozenset[What] = frozenset({"lose", "find"})
_RULES: Mapping[tuple[Role, Relation], frozenset[What]] = {
    ("owner", "owner"): _SEEN | _REPORTED | {"hand_over", "retire", "register_search"},
    ("retailer", "holder"): _REPORTED | {"certificates", "warranty", "readings", "ship", "sell", "correct", "register_search"},
    ("retailer", "seller"): frozenset({"certificates", "warranty", "correct", "register_search"}),
    ("service_centre", "holder"): _SEEN
    | _REPORTED
    | {"service_entry", "case", "certify", "ship", "correct", "extract", "register_search"},
    ("factory_line", "maker"): frozenset({"parts", "commission", "case", "certify", "ship", "correct"}),
    ("qc", "maker"): frozenset(
        {"parts", "timeline", "readings", "certificates", "service", "evidence", "case", "certify", "recall", "correct"}
    ),
    ("lab", "tester"): frozenset({"readings", "certificates", "evidence", "certify"}),
    ("brand_admin", "maker"): _SEEN
    | _REPORTED
    | {"custody", "commission", "case", "certify", "ship", "sell", "recall", "correct", "retire", "extract", "register_search"},
    # A house that has the watch on its own bench is its service centre.
    ("brand_admin", "holder"): frozenset({"service_entry"}),
    ("insurer", "mandate"): _SEEN | {"custody", "register_search"},
    ("officer", "mandate"): _SEEN | _REPORTED | {"custody", "extract", "register_search"},
    ("auditor", "mandate"): _SEEN | {"custody"},
}


@dataclass(frozen=True)
class Bond:
    """A relation of somebody to a watch, for a time.

    Parameters
    ----------
    party : str
    relation : Relation
    start : Instant
    end : Instant or None
        The end does not belong to the time; None while it holds.
    """

    party: str
    relation: Relation
    start: Instant
    end: Instant | None = None

    def holds(self, at: Instant) -> bool:
        """Tell whether it holds at a moment."""
        return self.start.ns <= at.ns and (self.end is None or at.ns < self.end.ns)


def may(role: Role, relation: Relation, what: What) -> bool:
    """Tell whether somebody of a role and a relation may see a part of a passport, or do something.

    Parameters
    ----------
    role : Role
    relation : Relation
        To this watch, at this time.
    what : What

    Examples
    --------
    >>> may("service_centre", "holder", "service"), may("service_centre", "none", "service")
    (True, False)
    >>> may("public", "none", "public")
    True
    """
    return what in _EVERYBODY or what in _RULES.get((role, relation), frozenset())


def relations(bonds: Iterable[Bond], party: str, *, at: Instant) -> frozenset[Relation]:
    """Return how somebody is related to a watch at a moment; ``none`` always holds.

    Examples
    --------
    >>> shop = Bond("shop", "holder", Instant(0), Instant(10))
    >>> sorted(relations([shop], "shop", at=Instant(9))), sorted(relations([shop], "shop", at=Instant(10)))
    (['holder', 'none'], ['none'])
    """
    return frozenset({"none", *(bond.relation for bond in bonds if bond.party == party and bond.holds(at))})


def allowed(role: Role, held: Iterable[Relation]) -> frozenset[What]:
    """Return all that a role may see and do with any of some relations."""
    return frozenset(what for relation in held for what in WHATS if may(role, relation, what))


def needs_two(role: Role, what: What, *, sold: bool) -> bool:
    """Tell whether an act needs a second person.

    Parameters
    ----------
    role : Role
    what : What
    sold : bool
        Whether the watch was sold: before, a correction concerns nobody but the house.

    Examples
    --------
    >>> needs_two("brand_admin", "recall", sold=False), needs_two("owner", "lose", sold=True)
    (True, False)
    """
    if role == "owner" or (what == "correct" and not sold):
        return False
    return what in TWO_PERSONS
