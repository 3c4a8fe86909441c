# SPDX-License-Identifier: Apache-2.0
"""The rules of access told a second time, as sentences with ifs, to hold the table of `sichen.trace.roles` against.

A history is a list of (moment, what happens, to whom). The model keeps only who has the watch now and answers by going
through the history up to the moment, so that it shares no code and no idea with the intervals of the product.
"""

from dataclasses import dataclass, field
from random import Random

from sichen.core import Instant
from sichen.trace.roles import ROLES, WHATS, Bond, Role, What

PEOPLE = ("maker", "shop", "shop2", "workshop", "lin", "chen", "insurer", "lab")
READING = {"timeline", "readings", "certificates", "service", "warranty", "evidence", "parts"}


@dataclass
class Told:
    """A random life: what happened, and the same as bonds."""

    steps: list[tuple[int, str, str]] = field(default_factory=list)
    bonds: list[Bond] = field(default_factory=list)


def random_life(random: Random) -> Told:
    """Make a life: made, with shops, owners and workshops one after the other, and mandates beside."""
    told = Told([(0, "make", "maker")], [Bond("maker", "maker", Instant(0))])
    clock, holder, owner = 0, "", ""
    began: dict[str, int] = {}
    for _ in range(random.randrange(1, 9)):
        clock += random.randrange(1, 5)
        step = random.choice(("hold", "own", "mandate", "test"))
        who = random.choice({"hold": PEOPLE[1:4], "own": PEOPLE[4:6], "mandate": PEOPLE[6:7], "test": PEOPLE[7:]}[step])
        told.steps.append((clock, step, who))
        if step in {"hold", "own"} and holder:
            told.bonds.append(Bond(holder, "holder", Instant(began["holder"]), Instant(clock)))
            holder = ""
        if step == "hold":
            holder, began["holder"] = who, clock
        elif step == "own":
            if owner:
                told.bonds.append(Bond(owner, "owner", Instant(began["owner"]), Instant(clock)))
            owner, began["owner"] = who, clock
        else:
            end = clock + random.randrange(1, 6)
            told.steps.append((end, f"end {step}", who))
            told.bonds.append(Bond(who, "mandate" if step == "mandate" else "tester", Instant(clock), Instant(end)))
    told.bonds += [Bond(holder, "holder", Instant(began["holder"]))] if holder else []
    told.bonds += [Bond(owner, "owner", Instant(began["owner"]))] if owner else []
    return told


def may_now(told: Told, person: str, role: Role, what: What, at: int) -> bool:  # noqa: C901, PLR0911, PLR0912 - an if a sentence
    """Answer by going through the history."""
    if what == "public":
        return True
    holder = owner = ""
    open_papers: dict[tuple[str, str], int] = {}
    for moment, step, who in told.steps:
        if step in {"mandate", "test"} and moment <= at:
            open_papers[step, who] = open_papers.get((step, who), 0) + 1
        elif step.startswith("end ") and moment <= at:
            open_papers[step[4:], who] -= 1
        elif step == "hold" and moment <= at:
            holder = who
        elif step == "own" and moment <= at:
            owner, holder = who, ""
    if role == "owner":
        return person == owner and (what in READING or what in {"hand_over", "lose", "find", "register_search"})
    if role == "retailer":
        shown = {"certificates", "warranty", "readings", "ship", "sell", "register_search"}
        return person == holder and what in shown
    if role == "service_centre":
        return person == holder and (what in READING or what in {"service_entry", "register_search"})
    if role == "brand_admin" and what == "service_entry":
        return person == holder
    if role in {"factory_line", "qc", "brand_admin"}:
        return person == "maker" and what in _of_the_maker(role)
    if role == "lab":
        return open_papers.get(("test", person), 0) > 0 and what in {"readings", "certificates", "evidence", "certify"}
    if role in {"insurer", "officer", "auditor"}:
        more = set() if role == "auditor" else {"register_search"}
        return open_papers.get(("mandate", person), 0) > 0 and what in READING | {"custody"} | more
    return False


def _of_the_maker(role: Role) -> set[str]:
    if role == "factory_line":
        return {"parts", "commission", "case"}
    if role == "qc":
        return READING - {"warranty"} | {"case"}
    acts = {"commission", "case", "ship", "recall", "correct", "retire", "extract", "lose", "find"}
    return READING | acts | {"custody", "register_search"}


def random_question(random: Random) -> tuple[str, Role, What, int]:
    """Return a person, a role, what is wanted, and when."""
    return random.choice(PEOPLE), random.choice(ROLES), random.choice(WHATS), random.randrange(0, 40)
