# SPDX-License-Identifier: Apache-2.0
"""The rules of access told a second time, as sentences with ifs, to hold the product against, from events to answers.

A history is a list of steps: (moment, what happens, who). The product gets it as EPCIS events, folds a passport from them
and asks its table. The model walks through the steps up to the moment and keeps only who has the watch now: it shares no
code and no idea with the intervals of the product.
"""

from dataclasses import dataclass, field
from functools import cache
from random import Random

from sichen.core import Duration, Instant
from sichen.trace.epcis.event import Table
from sichen.trace.passport import commissioned, handed_over, owner_key, passed_on, public_text, sign_hand_over, sold
from sichen.trace.roles import ROLES, WHATS, Role, What
from sichen.trace.standing import Mandate, Standing

WATCH = "https://id.gs1.org/01/09520123456788/21/W-1"
SHOPS = ("9520123450014", "9520123450021")
WORKSHOPS = ("9520123450038", "9520123450045")
OWNERS = ("lin", "chen", "wang")
AUTHORITIES = ("insurer", "officer")
PEOPLE = ("house", *SHOPS, *WORKSHOPS, *OWNERS, *AUTHORITIES, "stranger")
START = Instant.parse("2026-01-01T00:00:00Z")
READING = {"timeline", "readings", "certificates", "service", "warranty", "evidence", "parts"}
REPORTING = {"lose", "find"}


@dataclass
class Told:
    """A random life: what happened, the same as events, and the mandates that were given."""

    steps: list[tuple[int, str, str]] = field(default_factory=list)
    events: list[Table] = field(default_factory=list)
    mandates: dict[str, list[Mandate]] = field(default_factory=dict)


def moment(number: int) -> Instant:
    """Return the hour with a number."""
    return START + Duration.of_seconds(3600 * number)


@cache
def key_of(owner: str) -> str:
    """Return the public key of an owner."""
    return public_text(owner_key(owner.ljust(32).encode(), WATCH))


@cache
def _signed(giver: str, taker: str, number: int) -> Table:
    key = owner_key(giver.ljust(32).encode(), WATCH)
    return handed_over(sign_hand_over(key, watch=WATCH, taker=key_of(taker), at=moment(number)))


def random_life(random: Random) -> Told:
    """Make a life: made, in shops, sold, handed on by owners and by others who only say so, serviced."""
    told = Told([(0, "make", "house")], [commissioned(WATCH, at=moment(0), product={}, maker="urn:house")])
    clock = 0
    for _ in range(random.randrange(1, 9)):
        clock += random.randrange(1, 5)
        step = random.choice(("shop", "workshop", "sell", "sell", "hand over", "hand over", "mandate", "test"))
        _add(told, random, clock, step)
    random.shuffle(told.events)  # the ledger takes them in any order
    return told


def _add(told: Told, random: Random, clock: int, step: str) -> None:
    at = moment(clock)
    if step in {"shop", "workshop"}:
        who = random.choice(SHOPS if step == "shop" else WORKSHOPS)
        kind = "retailer" if step == "shop" else "service"
        place = random.choice(("417", "414"))
        told.events.append(passed_on(WATCH, to=f"https://id.gs1.org/{place}/{who}", kind=kind, at=at))  # type: ignore[arg-type] # one of the two
        told.steps.append((clock, step, who))
    elif step == "sell":
        who, shop = random.choice(OWNERS), random.choice(SHOPS)
        told.events.append(sold(WATCH, owner=key_of(who), at=at, retailer=f"https://id.gs1.org/417/{shop}"))
        told.steps.append((clock, step, f"{who} {shop}"))
    elif step == "hand over":
        giver, taker = random.sample(OWNERS, 2)
        told.events.append(_signed(giver, taker, clock))
        told.steps.append((clock, step, f"{giver} {taker}"))
    else:
        who, end = random.choice((*AUTHORITIES, *WORKSHOPS)), clock + random.randrange(1, 8)
        watch = random.choice((WATCH, "*", WATCH + "0"))
        relation = "mandate" if step == "mandate" else "tester"
        told.mandates.setdefault(who, []).append(Mandate(watch, relation, at, moment(end)))  # type: ignore[arg-type] # one of the two
        if watch != WATCH + "0":
            told.steps += [(clock, step, who), (end, f"end {step}", who)]


def standing_of(told: Told, person: str, role: Role) -> Standing:
    """Return somebody as the product knows him."""
    if person == "house":
        return Standing(role, whole=True)
    party = f"https://id.gs1.org/417/{person}" if person.isdigit() else ""
    keys = frozenset({key_of(person)}) if person in OWNERS else frozenset[str]()
    return Standing(role, party, keys, tuple(told.mandates.get(person, ())))


def may_now(told: Told, person: str, role: Role, what: What, at: int) -> bool:
    """Answer by walking through the history."""
    if what == "public":
        return True
    holders: set[str] = set()
    owner = owner_left = seller = ""
    papers: dict[tuple[str, str], int] = {}
    ever_sold = False
    for clock, step, who in sorted(told.steps, key=lambda one: one[0]):
        if clock > at:
            continue
        if step == "shop":
            holders, owner_left, seller = {who}, "gone", ""
        elif step == "workshop":
            holders = {who}
        elif step == "sell" and not ever_sold:
            owner, seller = who.split()
            ever_sold, holders, owner_left = True, set(), "has it"
        elif step == "hand over" and owner and who.split()[0] == owner:
            owner = who.split()[1]
            holders, owner_left, seller = set(), "has it", ""
        elif step in {"mandate", "test"}:
            papers[step, who] = papers.get((step, who), 0) + 1
        elif step.startswith("end "):
            papers[step[4:], who] -= 1
    is_owner = person == owner and owner_left == "has it"
    return _says(role, what, person, holder=person in holders, owner=is_owner, seller=person == seller, papers=papers)


def _says(
    role: Role, what: What, person: str, *, holder: bool, owner: bool, seller: bool, papers: dict[tuple[str, str], int]
) -> bool:
    """Answer from who has the watch now."""
    house = person == "house"
    holder, owner, seller = holder or house, owner or house, seller or house
    mandate = house or papers.get(("mandate", person), 0) > 0
    tester = house or papers.get(("test", person), 0) > 0
    shop = {"certificates", "warranty", "readings", "ship", "sell", "correct", "register_search"} | REPORTING
    workshop = READING | REPORTING | {"service_entry", "case", "certify", "ship", "correct", "extract", "register_search"}
    maker = {
        "brand_admin": READING
        | REPORTING
        | {"custody", "commission", "case", "certify", "ship", "sell", "recall", "correct", "retire", "extract"}
        | {"register_search", "service_entry"},
        "factory_line": {"parts", "commission", "case", "certify", "ship", "correct"},
        "qc": READING - {"warranty"} | {"case", "certify", "recall", "correct"},
    }
    answers = {
        "owner": owner and what in READING | REPORTING | {"hand_over", "retire", "register_search"},
        "retailer": (holder and what in shop)
        or (seller and what in {"certificates", "warranty", "correct", "register_search"}),
        "service_centre": holder and what in workshop,
        "lab": tester and what in {"readings", "certificates", "evidence", "certify"},
        "insurer": mandate and what in READING | {"custody", "register_search"},
        "officer": mandate and what in READING | REPORTING | {"custody", "extract", "register_search"},
        "auditor": mandate and what in READING | {"custody"},
        "brand_admin": (house and what in maker["brand_admin"]) or (holder and what == "service_entry"),
    }
    if role in {"factory_line", "qc"}:
        return house and what in maker[role]
    return bool(answers.get(role, False))


def random_question(random: Random) -> tuple[str, Role, What, int]:
    """Return a person, a role, what is wanted, and when."""
    return random.choice(PEOPLE), random.choice(ROLES), random.choice(WHATS), random.randrange(0, 40)
