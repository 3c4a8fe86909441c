# SPDX-License-Identifier: Apache-2.0
"""Signing in with a passkey: one challenge, one answer, from the right place, by somebody who showed himself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from tests.adapters.software_passkey import PRESENT, SoftwarePasskey

from sichen.adapters import DataFolder
from sichen.adapters.people.desk import People, SignInRefused
from sichen.adapters.people.passkeys import Passkeys, Place
from sichen.core import DataError, Duration, Instant

HERE = Place("localhost", "http://localhost:8117")


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = Instant.parse("2026-11-23T08:00:00Z")

    def __call__(self) -> Instant:
        self.at += Duration(1)
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(tmp_path: Path, clock: Clock) -> Iterator[People]:
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with DataFolder.open(tmp_path) as folder, People(folder, hasher=hasher, clock=clock) as opened:
        opened.add("ada", "brand_admin", name="Ada", password="four blue hands wound")
        yield opened


@pytest.fixture
def passkeys(people: People, clock: Clock) -> Passkeys:
    return Passkeys(people, clock=clock)


@pytest.fixture
def phone(people: People, passkeys: Passkeys) -> SoftwarePasskey:
    """Give a phone with a passkey that is registered."""
    phone, ada = SoftwarePasskey(HERE.origin, HERE.host), people.named("ada")
    passkeys.register(ada, phone.make(passkeys.begin_registration(ada, HERE)), HERE, label="phone")
    return phone


def test_a_passkey_signs_in_once_for_one_challenge(people: People, passkeys: Passkeys, phone: SoftwarePasskey) -> None:
    answer = phone.sign(passkeys.begin_sign_in(HERE))
    found = people.visitor(passkeys.sign_in(answer, HERE))
    assert found is not None
    assert found.person.account == "ada"
    with pytest.raises(SignInRefused):
        passkeys.sign_in(answer, HERE)


def test_an_answer_that_comes_late_or_to_a_question_nobody_asked_is_refused(
    passkeys: Passkeys, phone: SoftwarePasskey, clock: Clock
) -> None:
    asked = passkeys.begin_sign_in(HERE)
    clock.at += Duration.of_seconds(301)
    for question in (asked, '{"challenge": "AAAAAAAAAAAAAAAAAAAAAA"}'):
        with pytest.raises(SignInRefused):
            passkeys.sign_in(phone.sign(question), HERE)


def test_a_page_elsewhere_or_a_person_who_did_not_show_himself_gets_nowhere(
    people: People, passkeys: Passkeys, phone: SoftwarePasskey
) -> None:
    elsewhere = SoftwarePasskey("http://evil.example", HERE.host, key=phone.key, name=phone.name)
    unseen = SoftwarePasskey(HERE.origin, HERE.host, flags=PRESENT, key=phone.key, name=phone.name)
    other = SoftwarePasskey(HERE.origin, HERE.host, name=phone.name)
    for wrong in (elsewhere, unseen, other):
        with pytest.raises(SignInRefused):
            passkeys.sign_in(wrong.sign(passkeys.begin_sign_in(HERE)), HERE)


def test_a_copied_key_that_counts_backwards_is_noticed(passkeys: Passkeys, phone: SoftwarePasskey) -> None:
    for _ in range(3):
        passkeys.sign_in(phone.sign(passkeys.begin_sign_in(HERE)), HERE)
    copy = SoftwarePasskey(HERE.origin, HERE.host, key=phone.key, name=phone.name, uses=1)
    with pytest.raises(SignInRefused):
        passkeys.sign_in(copy.sign(passkeys.begin_sign_in(HERE)), HERE)


def test_the_answer_of_one_person_registers_for_nobody_else(people: People, passkeys: Passkeys) -> None:
    bo, _ = people.add("bo", "qc")
    phone = SoftwarePasskey(HERE.origin, HERE.host)
    made = phone.make(passkeys.begin_registration(people.named("ada"), HERE))
    with pytest.raises(DataError):
        passkeys.register(bo, made, HERE, label="phone")


def test_a_removed_or_reset_passkey_lets_nobody_in(people: People, passkeys: Passkeys, phone: SoftwarePasskey) -> None:
    passkeys.remove(people.named("ada"), phone.name)
    with pytest.raises(SignInRefused):
        passkeys.sign_in(phone.sign(passkeys.begin_sign_in(HERE)), HERE)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_browsers_make_no_passkey_for_a_bare_address(passkeys: Passkeys, host: str) -> None:
    with pytest.raises(DataError, match="localhost"):
        passkeys.begin_sign_in(Place(host, f"http://{host}"))
