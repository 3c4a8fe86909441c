# SPDX-License-Identifier: Apache-2.0
"""Mandates: an insurer, officer or auditor sees a watch, or a laboratory tests it, for some days."""

from sichen.adapters.clock import now
from sichen.adapters.people.desk import People
from sichen.core import ConfigError, Duration, Message
from sichen.trace.roles import Relation
from sichen.trace.standing import MANDATED, Mandate

LONGEST = 366


def give_mandate(people: People, account: str, watch: str, *, relation: Relation, days: int, by: str = "") -> Mandate:
    """Let somebody see a watch, or test it, for some days.

    Parameters
    ----------
    people : People
    account : str
    watch : str
        Digital Link, or ``*`` for every watch.
    relation : {"mandate", "tester"}
    days : int, 1 to 366
    by : str
        Random name of who gives it; empty for whoever works at the computer itself.

    Raises
    ------
    ConfigError
        If it would hold for no time or too long, or is no mandate.
    """
    if relation not in MANDATED or not 0 < days <= LONGEST:
        raise ConfigError(Message("adapters.people.bad_mandate", most=LONGEST))
    person, at = people.named(account), now()
    made = Mandate(watch, relation, at, at + Duration.of_seconds(days * 86400))
    number = people.bonds.mandate(person.id, made)
    people.tell(person.id, "mandate", by=by, number=number, about=watch, what=relation)
    return made
