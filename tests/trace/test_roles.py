# SPDX-License-Identifier: Apache-2.0
"""The rules of access against a second telling of them, on random histories."""

import os
from random import Random

import pytest
from tests.trace.role_model import SHOPS, WATCH, key_of, may_now, moment, random_life, random_question, standing_of

from sichen.core import ConfigError
from sichen.trace.passport import fold
from sichen.trace.roles import RELATIONS, ROLES, WHATS, Bond, allowed, may, needs_two
from sichen.trace.standing import Standing, party_of

HISTORIES = int(os.environ.get("SICHEN_HISTORIES", "3000"))
"""The long form, 100 000, takes a minute: SICHEN_HISTORIES=100000."""


def test_random_histories_give_nobody_more_or_less_than_the_model() -> None:
    random = Random(7)
    for number in range(HISTORIES):
        told = random_life(random)
        person, role, what, at = random_question(random)
        bonds = fold(WATCH, told.events, at=moment(at)).bonds
        given = what in standing_of(told, person, role).may(WATCH, bonds, at=moment(at))
        assert given == may_now(told, person, role, what, at), (number, told.steps, person, role, what, at)


def test_without_a_relation_nobody_sees_more_than_the_public() -> None:
    assert all(allowed(role, {"none"}) == {"public"} for role in ROLES)


def test_the_public_and_the_witness_see_no_more_whatever_they_claim() -> None:
    for role in ("public", "witness"):
        assert not any(may(role, relation, what) for relation in RELATIONS for what in WHATS if what != "public")


def test_what_cannot_be_undone_needs_two_persons_of_the_house() -> None:
    assert needs_two("brand_admin", "recall", sold=True)
    assert needs_two("brand_admin", "correct", sold=True)
    assert not needs_two("brand_admin", "correct", sold=False)
    assert not needs_two("owner", "lose", sold=True)


def test_an_owners_key_opens_nothing_where_an_event_calls_it_a_shop_and_a_shop_is_no_owner() -> None:
    named_like_a_key = Bond(key_of("lin"), "holder", moment(0))
    named_like_a_shop = Bond(party_of(SHOPS[0]), "owner", moment(0))
    lin, shop = Standing("owner", keys=frozenset({key_of("lin")})), Standing("retailer", party_of(SHOPS[0]))
    assert lin.relations(WATCH, [named_like_a_key], at=moment(1)) == {"none"}
    assert shop.relations(WATCH, [named_like_a_shop], at=moment(1)) == {"none"}


@pytest.mark.parametrize("text", ["9520123450019", "lin", "952012345001", "javascript:alert(1)", "urn:a b", "x" * 300])
def test_what_names_no_organisation_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        party_of(text)
