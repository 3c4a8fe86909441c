# SPDX-License-Identifier: Apache-2.0
"""Where somebody stands to watches: his role, the names under which their history knows him, and his mandates."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sichen.core import ConfigError, Instant, Message
from sichen.trace.identifiers import CANONICAL_STEM, has_check_digit
from sichen.trace.people.roles import Role
from sichen.trace.roles import RELATIONS, Bond, Relation, What, allowed, relations

HOUSE_ROLES = frozenset[Role]({"brand_admin", "factory_line", "qc", "lab"})
"""Whose accounts, without a party of their own, are people of the house and stand to every watch as it does."""

EVERY_WATCH = "*"
MANDATED = frozenset[Relation]({"mandate", "tester"})
LONGEST_PARTY = 200
_GLN = re.compile(r"https?://[^/\s]+/41[47]/(\d{13})(?:[/?].*)?|(\d{13})")
_NAME = re.compile(r"(?:urn:|https?://)[!-~]+")


@dataclass(frozen=True)
class Mandate:
    """A relation that the house gave somebody, for a time: to see (insurer, officer, auditor) or to test (laboratory).

    Parameters
    ----------
    watch : str
        Digital Link, or ``*`` for every watch.
    relation : {"mandate", "tester"}
    start, end : Instant
        The end does not belong to the time.
    """

    watch: str
    relation: Relation
    start: Instant
    end: Instant


@dataclass(frozen=True)
class Standing:
    """Somebody, as the rules about watches know him.

    Parameters
    ----------
    role : Role
    party : str
        Of an organisation, as `party_of` writes it; empty for a person of the house and for an owner.
    keys : frozenset of str
        Public keys under which an owner is known, another one for each watch.
    mandates : tuple of Mandate
    whole : bool
        Whether it is the house itself, at its own computer or by an account of its own.
    """

    role: Role
    party: str = ""
    keys: frozenset[str] = frozenset()
    mandates: tuple[Mandate, ...] = ()
    whole: bool = False

    def relations(self, watch: str, bonds: Iterable[Bond], *, at: Instant) -> frozenset[Relation]:
        """Return how somebody is related to a watch at a moment; ``none`` always holds."""
        if self.whole:
            return frozenset(RELATIONS)
        named = [replace(bond, party=plain_party(bond.party)) for bond in bonds]
        # A key means an owner and a party a house: neither may pass for the other, whatever an event says.
        owned = [bond for bond in named if bond.relation == "owner"]
        others = [bond for bond in named if bond.relation != "owner"]
        found = {relation for key in self.keys for relation in relations(owned, key, at=at)}
        if self.party:
            found |= relations(others, self.party, at=at)
        given = {one.relation for one in self.mandates if one.watch in {EVERY_WATCH, watch} and _holds(one, at)}
        return frozenset({"none", *found, *given})

    def may(self, watch: str, bonds: Iterable[Bond], *, at: Instant) -> frozenset[What]:
        """Return what somebody may see of a watch, and do with it, at a moment.

        Examples
        --------
        >>> shop = Standing("retailer", "https://id.gs1.org/417/9520123450014")
        >>> held = Bond("https://id.gs1.org/414/9520123450014", "holder", Instant(0), Instant(10))
        >>> "sell" in shop.may("w", [held], at=Instant(9)), "sell" in shop.may("w", [held], at=Instant(10))
        (True, False)
        """
        return allowed(self.role, self.relations(watch, bonds, at=at))

    @property
    def sees_all_watches(self) -> bool:
        """Whether it is related to watches that no event connects with it."""
        return self.whole or any(one.watch == EVERY_WATCH for one in self.mandates)


def house_standing(role: Role = "brand_admin") -> Standing:
    """Return the house itself, with what one of its roles may."""
    return Standing(role, whole=True)


def party_of(text: str) -> str:
    """Return the party of an account, in the one spelling that is compared.

    Parameters
    ----------
    text : str
        A GLN of 13 digits, its Digital Link (AI 417 or 414), or another URN or address under which a house is known.

    Raises
    ------
    ConfigError
        If it is none of them, or the check digit does not fit.

    Examples
    --------
    >>> party_of("9520123450014")
    'https://id.gs1.org/417/9520123450014'
    >>> party_of("https://id.gs1.org/414/9520123450014") == party_of("9520123450014")
    True
    """
    found = text.strip()
    if not found:
        return ""
    gln = _GLN.fullmatch(found)
    if gln is not None and not has_check_digit(gln[1] or gln[2]):
        raise ConfigError(Message("trace.standing.check_digit", found=found[:40]))
    if gln is None and not (_NAME.fullmatch(found) and len(found) <= LONGEST_PARTY):
        raise ConfigError(Message("trace.standing.no_party", found=found[:40]))
    return plain_party(found)


def plain_party(text: str) -> str:
    """Return a party in the spelling that is compared; what is no GLN stands as it is."""
    gln = _GLN.fullmatch(text)
    return text if gln is None else f"{CANONICAL_STEM}/417/{gln[1] or gln[2]}"


def _holds(mandate: Mandate, at: Instant) -> bool:
    return mandate.start.ns <= at.ns < mandate.end.ns
