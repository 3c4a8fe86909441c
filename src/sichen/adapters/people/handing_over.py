# SPDX-License-Identifier: Apache-2.0
"""A watch goes from hand to hand between two accounts: a code that lasts ten minutes, and the event at its end.

Who gives begins it and shows the code; who takes it writes the event by that. Until then nothing is written, and the giver
may take it back. What the giver may do is asked twice: a watch that was reported stolen meanwhile goes nowhere.
"""

from dataclasses import dataclass

from sichen.adapters.clock import now
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.people.bonds import OFFERED, Offer
from sichen.adapters.people.desk import People
from sichen.adapters.people.store import Person
from sichen.core import Instant, Message, NotConforming, NotFound
from sichen.trace.epcis import Table
from sichen.trace.passport import Life, handed_over, sign_hand_over, sold, warranty_rules

GOES_NOWHERE = frozenset({"lost", "stolen", "retired"})


@dataclass(frozen=True)
class Given:
    """A hand-over that has begun: the code, which is shown once, and until when it holds."""

    code: str
    until: Instant


def give(people: People, life: Life, person: Person, *, warranty: str = "") -> Given:
    """Begin a hand-over.

    Parameters
    ----------
    people : People
    life : Life
        The passport as of now.
    person : Person
        Who gives: the owner, or whoever sells the watch for the first time.
    warranty : str
        Name of the warranty rule of a first sale.

    Raises
    ------
    NotConforming
        If the watch is not his to give, or is missing or at its end.
    ConfigError
        If there is no such warranty rule.
    """
    _check(people, life, person)
    first = life.sale is None
    if warranty and first and warranty not in warranty_rules():
        raise NotFound(Message("trace.passport.no_rule", name=warranty, known=", ".join(warranty_rules())))
    at = now()
    code = people.bonds.give(person.id, life.link, warranty=warranty if first else "", now=at)
    people.tell(person.id, "offered", by=person.id, about=life.link)
    return Given(code, at + OFFERED)


def offer_of(people: People, code: str, *, address: str) -> Offer:
    """Return what a code hands over; who guesses codes waits longer each time.

    Raises
    ------
    NotFound
        If the code hands over nothing.
    TooManyAttempts
        If the address has guessed too often.
    """
    with people.guessing(address):
        return people.bonds.offered(code, now=now())


def take(people: People, desk: PassportDesk, code: str, person: Person, *, address: str) -> Life:
    """Take a watch over: its event is written, and a key of the taker is its owner's from now on.

    Parameters
    ----------
    people : People
    desk : PassportDesk
    code : str
    person : Person
        Who takes it; an account of the role ``owner``.
    address : str
        Where it comes from; counted, never kept.

    Returns
    -------
    Life
        The passport after it.

    Raises
    ------
    NotFound
        If the code hands over nothing.
    NotConforming
        If the giver may no longer give it, or the taker is no owner, or the giver himself.
    """
    if person.role != "owner":
        raise NotConforming(Message("adapters.people.takes_as_owner"))
    with people.guessing(address):
        offer = people.bonds.offered(code, now=now())
    if offer.person == person.id:
        raise NotConforming(Message("adapters.people.own_offer"))
    giver = people.store.person(offer.person)
    life = desk.life(offer.watch)
    _check(people, life, giver)
    offer = people.bonds.use(code, now=now())
    public = people.bonds.make_key(person.id, offer.watch, now=now())
    try:
        desk.write([_event(people, life, giver, offer, public)])
    except Exception:
        people.bonds.drop_key(public)
        raise
    people.tell(person.id, "taken_over", by=person.id, about=offer.watch)
    return desk.life(offer.watch)


def _check(people: People, life: Life, person: Person) -> None:
    standing = people.bonds.standing(person)
    if ("sell" if life.sale is None else "hand_over") not in standing.may(life.link, life.bonds, at=now()):
        raise NotConforming(Message("adapters.people.not_to_give"))
    if life.status in GOES_NOWHERE or not life.timeline:
        raise NotConforming(Message("adapters.people.goes_nowhere", state=Message(f"trace.passport.status.{life.status}")))
    if life.sale is not None and people.bonds.key(person.id, life.owner) is None:
        raise NotConforming(Message("adapters.people.key_elsewhere"))


def _event(people: People, life: Life, giver: Person, offer: Offer, public: str) -> Table:
    at = now()
    if life.sale is None:
        return sold(life.link, owner=public, at=at, warranty=offer.warranty, retailer=giver.party or life.maker)
    key = people.bonds.key(giver.id, life.owner)
    if key is None:
        raise NotConforming(Message("adapters.people.key_elsewhere"))
    return handed_over(sign_hand_over(key, watch=life.link, taker=public, at=at))
