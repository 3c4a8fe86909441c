# SPDX-License-Identifier: Apache-2.0
"""The rules of access against a second telling of them, on random histories."""

from random import Random

from tests.trace.role_model import may_now, random_life, random_question

from sichen.core import Instant
from sichen.trace.roles import RELATIONS, ROLES, WHATS, allowed, may, needs_two, relations


def test_random_histories_give_nobody_more_or_less_than_the_model() -> None:
    random = Random(7)
    for _ in range(3000):
        told = random_life(random)
        person, role, what, at = random_question(random)
        held = relations(told.bonds, person, at=Instant(at))
        assert (what in allowed(role, held)) == may_now(told, person, role, what, at), (told, person, role, what, at)


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
