# SPDX-License-Identifier: Apache-2.0
"""Whom an account stands for: the party that the admin assigned, the keys of an owner, mandates; hand-overs that wait.

The key of an owner who has an account here is made at random for one watch and kept beside the account: what is in the
ledger connects neither two watches of one owner nor the owner with his account, and nothing is left of it when the account
is erased. Who wants to hold his key himself makes it on the command line.
"""

import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, delete, insert, select

from sichen.adapters.people.store import PeopleStore, Person
from sichen.adapters.people.tables import MANDATE, OFFER, OWNED
from sichen.core import Duration, Instant, Message, NotFound
from sichen.trace.passport import public_text
from sichen.trace.people import sealed
from sichen.trace.standing import HOUSE_ROLES, Mandate, Standing

OFFERED = Duration.of_seconds(10 * 60)
"""How long the code of a hand-over holds: both stand at the counter."""

_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12
"""12 of 30 signs are 59 bits: nobody guesses one in ten minutes, and one can read it out."""


@dataclass(frozen=True)
class Offer:
    """A hand-over that waits for who takes the watch.

    Parameters
    ----------
    person : str
        Who gives, by his random name.
    watch : str
    warranty : str
        Name of the warranty rule of a first sale; empty where an owner hands over.
    until : Instant
    """

    person: str
    watch: str
    warranty: str
    until: Instant


@dataclass(frozen=True)
class Owned:
    """A watch under the key of an account.

    Parameters
    ----------
    watch : str
    key : str
        Public half.
    how : str
        ``code`` for a hand-over taken with its code.
    since : Instant
    """

    watch: str
    key: str
    how: str
    since: Instant


class Bonds:
    """What connects accounts with watches.

    Parameters
    ----------
    store : PeopleStore
    """

    def __init__(self, store: PeopleStore) -> None:
        self._store = store

    def standing(self, person: Person) -> Standing:
        """Return where somebody stands to watches."""
        with self._store.reading() as connection:
            keys = connection.scalars(select(OWNED.c.owned_key).where(OWNED.c.person == person.id)).all()
            rows = connection.execute(select(MANDATE).where(MANDATE.c.person == person.id)).all()
        mandates = tuple(Mandate(row.watch, row.relation, Instant(row.start_ns), Instant(row.end_ns)) for row in rows)
        whole = person.role in HOUSE_ROLES and not person.party
        return Standing(person.role, person.party, frozenset(keys), mandates, whole)

    def owned(self, person: str) -> tuple[Owned, ...]:
        """Return the watches that a person took over here; whether they are still his the ledger tells."""
        query = select(OWNED).where(OWNED.c.person == person).order_by(OWNED.c.since_ns.desc())
        with self._store.reading() as connection:
            return tuple(Owned(row.watch, row.owned_key, row.how, Instant(row.since_ns)) for row in connection.execute(query))

    def key(self, person: str, public: str) -> Ed25519PrivateKey | None:
        """Return the private half of a key of a person; None where it is not his."""
        query = select(OWNED.c.secret).where(OWNED.c.person == person, OWNED.c.owned_key == public)
        with self._store.reading() as connection:
            found = connection.scalar(query)
        return None if found is None else Ed25519PrivateKey.from_private_bytes(bytes(found))

    def make_key(self, person: str, watch: str, *, now: Instant, how: str = "code") -> str:
        """Make a key of a person for a watch; return its public half."""
        private = Ed25519PrivateKey.generate()
        row = {"owned_key": public_text(private), "person": person, "watch": watch, "how": how}
        with self._store.writing() as connection:
            connection.execute(insert(OWNED), [{**row, "secret": private.private_bytes_raw(), "since_ns": now.ns}])
        return row["owned_key"]

    def drop_key(self, public: str) -> None:
        """Forget a key that no event came to name."""
        with self._store.writing() as connection:
            connection.execute(delete(OWNED).where(OWNED.c.owned_key == public))

    def give(self, person: str, watch: str, *, warranty: str, now: Instant) -> str:
        """Begin a hand-over; an earlier one of the same watch ends. Return the code, which is kept nowhere."""
        code = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
        row = {"sealed": sealed(code), "person": person, "watch": watch, "warranty": warranty}
        with self._store.writing() as connection:
            _tidy(connection, now)
            connection.execute(delete(OFFER).where(OFFER.c.watch == watch))
            connection.execute(insert(OFFER), [{**row, "until_ns": (now + OFFERED).ns}])
        return code

    def offered(self, code: str, *, now: Instant) -> Offer:
        """Return what a code hands over.

        Raises
        ------
        NotFound
            If the code is wrong, used, taken back or too old.
        """
        with self._store.reading() as connection:
            row = connection.execute(select(OFFER).where(OFFER.c.sealed == sealed(plain_code(code)))).one_or_none()
        if row is None or row.until_ns <= now.ns:
            raise NotFound(Message("adapters.people.no_offer"))
        return Offer(row.person, row.watch, row.warranty, Instant(row.until_ns))

    def use(self, code: str, *, now: Instant) -> Offer:
        """Take a code, which can be done once.

        Raises
        ------
        NotFound
            As `offered`.
        """
        wanted = sealed(plain_code(code))
        with self._store.writing() as connection:
            row = connection.execute(select(OFFER).where(OFFER.c.sealed == wanted)).one_or_none()
            taken = connection.execute(delete(OFFER).where(OFFER.c.sealed == wanted)).rowcount
        if row is None or not taken or row.until_ns <= now.ns:
            raise NotFound(Message("adapters.people.no_offer"))
        return Offer(row.person, row.watch, row.warranty, Instant(row.until_ns))

    def take_back(self, person: str, watch: str) -> bool:
        """End a hand-over that one began."""
        with self._store.writing() as connection:
            return bool(connection.execute(delete(OFFER).where(OFFER.c.person == person, OFFER.c.watch == watch)).rowcount)

    def mandate(self, person: str, mandate: Mandate) -> str:
        """Give a mandate; return its number."""
        number = secrets.token_hex(4)
        times = {"start_ns": mandate.start.ns, "end_ns": mandate.end.ns}
        row = {"number": number, "person": person, "watch": mandate.watch, "relation": mandate.relation}
        with self._store.writing() as connection:
            connection.execute(insert(MANDATE), [{**row, **times}])
        return number


def plain_code(code: str) -> str:
    """Return a code without what people put between its signs.

    Examples
    --------
    >>> plain_code("abcd-efgh 2345")
    'ABCDEFGH2345'
    """
    return "".join(sign for sign in code.upper() if sign in _SIGNS)[: 2 * _LENGTH]


def spaced(code: str) -> str:
    """Return a code as people read it: in groups of four."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def _tidy(connection: Connection, now: Instant) -> None:
    connection.execute(delete(OFFER).where(OFFER.c.until_ns <= now.ns))


__all__ = ["OFFERED", "Bonds", "Offer", "Owned", "plain_code", "spaced"]
