# SPDX-License-Identifier: Apache-2.0
"""Accounts: who gets in, how long, what two persons do together, and what is left of somebody who was erased."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from argon2 import PasswordHasher

from sichen.adapters import DataFolder
from sichen.adapters.databases import open_database
from sichen.adapters.migrating import prepare
from sichen.adapters.people.desk import People, SignInRefused, TooManyAttempts, audit_log
from sichen.adapters.people.store import restore_people
from sichen.adapters.people.tables import PEOPLE_METADATA
from sichen.adapters.schema import PEOPLE
from sichen.core import ConfigError, DataError, Duration, Instant, NotConforming, NotFound

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "four blue hands wound"
HOUR = Duration.of_seconds(3600)


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
def folder(address: str, tmp_path: Path) -> Iterator[DataFolder]:
    with DataFolder.open(tmp_path / "house", database=address) as opened:
        yield opened


@pytest.fixture
def people(folder: DataFolder, clock: Clock) -> Iterator[People]:
    with People(folder, hasher=QUICK, clock=clock) as opened:
        yield opened


def staff(people: People) -> None:
    people.add("ada", "brand_admin", name="Ada Lovelace", password=PASSWORD)
    people.add("bo", "brand_admin", name="Bo Zhang", password=PASSWORD)
    people.add("chen", "factory_line", name="Chen Wei", password=PASSWORD)


def test_the_tables_are_those_that_queries_see(address: str) -> None:
    database = open_database(address)
    prepare(database, PEOPLE)

    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": PEOPLE.version_table, "compare_type": True})
        differences = compare_metadata(context, PEOPLE_METADATA)

    database.close()
    assert differences == []


def test_nobody_has_an_account_at_first_and_the_first_one_is_an_admin(people: People) -> None:
    assert not people.is_used()
    with pytest.raises(ConfigError, match="first account"):
        people.add("chen", "factory_line", password=PASSWORD)
    people.add("ada", "brand-admin", password=PASSWORD)
    assert people.is_used()
    with pytest.raises(ConfigError, match="taken"):
        people.add("ADA", "qc", password=PASSWORD)


def test_a_password_that_was_made_up_has_to_be_changed(people: People) -> None:
    person, made = people.add("ada", "brand_admin")
    token = people.sign_in("Ada", made)
    found = people.visitor(token)
    assert found is not None
    assert found.person.must_change

    people.change_password(person, made, PASSWORD)

    assert people.visitor(token) is None, "a new password ends all sessions"
    after = people.visitor(people.sign_in("ada", PASSWORD))
    assert after is not None
    assert not after.person.must_change
    with pytest.raises(DataError, match="old one"):
        people.change_password(person, PASSWORD, PASSWORD)


def test_an_unknown_account_and_a_wrong_password_are_told_alike(people: People) -> None:
    staff(people)
    told = []
    for account in ("ada", "nobody"):
        with pytest.raises(SignInRefused) as refused:
            people.sign_in(account, "x" * 20)
        told.append(str(refused.value))
    assert told[0] == told[1]


def test_guessing_waits_longer_each_time_and_the_owner_gets_in_again(people: People, clock: Clock) -> None:
    staff(people)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            people.sign_in("ada", "wrong", address="192.0.2.1")
    with pytest.raises(TooManyAttempts) as waiting:
        people.sign_in("ada", PASSWORD, address="192.0.2.2")
    assert 1 <= waiting.value.seconds <= 2

    clock.at += Duration.of_seconds(2)
    with pytest.raises(SignInRefused):
        people.sign_in("ada", "wrong", address="192.0.2.1")
    clock.at += Duration.of_seconds(3)
    with pytest.raises(TooManyAttempts):
        people.sign_in("ada", PASSWORD)
    clock.at += Duration.of_seconds(2)
    assert people.visitor(people.sign_in("ada", PASSWORD)) is not None


def test_one_address_that_tries_many_accounts_is_stopped(people: People) -> None:
    staff(people)
    for number in range(20):
        with pytest.raises(SignInRefused):
            people.sign_in(f"made-up-{number}", "wrong", address="192.0.2.1")
    with pytest.raises(TooManyAttempts):
        people.sign_in("ada", PASSWORD, address="192.0.2.1")
    assert people.sign_in("ada", PASSWORD, address="192.0.2.9")


@pytest.mark.parametrize(("steps", "alive"), [([0.4, 0.4, 0.4], True), ([0.4, 0.6], False), ([0.4] * 31, False)])
def test_a_session_ends_after_half_an_hour_away_or_twelve_hours(
    people: People, clock: Clock, steps: list[float], alive: bool
) -> None:
    staff(people)
    token = people.sign_in("ada", PASSWORD)
    for step in steps:
        clock.at += Duration.of_seconds(3600 * step)
        found = people.visitor(token)
    assert (found is not None) is alive


def test_signing_in_again_ends_the_session_that_the_browser_had(people: People) -> None:
    staff(people)
    first = people.sign_in("ada", PASSWORD)
    second = people.sign_in("ada", PASSWORD, old=first)
    assert first != second
    assert people.visitor(first) is None
    people.sign_out(second)
    assert people.visitor(second) is None


def test_a_token_stands_nowhere_in_the_store(people: People, tmp_path: Path) -> None:
    staff(people)
    token = people.sign_in("ada", PASSWORD)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert token.encode() not in held
            assert PASSWORD.encode() not in held


def test_another_role_and_a_reset_end_all_sessions(people: People) -> None:
    staff(people)
    for change in (lambda: people.set_role("chen", "qc"), lambda: people.reset("chen")):
        token = people.token_for("chen", label="line 1")
        assert people.visitor(token) is not None
        change()
        assert people.visitor(token) is None


def test_the_last_admin_stays(people: People) -> None:
    staff(people)
    people.remove("bo")
    for leave in (lambda: people.remove("ada"), lambda: people.set_role("ada", "auditor")):
        with pytest.raises(NotConforming, match="last brand_admin"):
            leave()
    people.remove("chen")
    people.remove("ada")
    assert not people.is_used()


def test_an_act_of_two_persons_needs_the_second_one_and_is_done_once(people: People) -> None:
    staff(people)
    ada, bo, chen = (people.named(name) for name in ("ada", "bo", "chen"))
    done: list[str] = []
    request = people.ask(ada, "key_ceremony", "log:house", "new year")

    def rotate() -> None:
        done.append("rotated")

    refusals: list[Callable[[], object]] = [
        lambda: people.carry_out(ada, request.number, "key_ceremony", "log:house", rotate),
        lambda: people.approve(ada, request.number),
        lambda: people.approve(chen, request.number),
        lambda: people.ask(chen, "key_ceremony", "log:house", "I would like to"),
    ]
    for refused in refusals:
        with pytest.raises(NotConforming):
            refused()
    people.approve(bo, request.number)
    with pytest.raises(NotConforming, match="nothing else"):
        people.carry_out(ada, request.number, "recall", "log:house", rotate)
    with pytest.raises(NotConforming, match="somebody else"):
        people.carry_out(bo, request.number, "key_ceremony", "log:house", rotate)
    people.carry_out(ada, request.number, "key_ceremony", "log:house", rotate)
    with pytest.raises(NotConforming, match="done"):
        people.carry_out(ada, request.number, "key_ceremony", "log:house", rotate)
    assert done == ["rotated"]
    with pytest.raises(NotFound):
        people.approve(bo, "00000000")


def test_requests_and_approvals_grow_old(people: People, clock: Clock) -> None:
    staff(people)
    ada, bo = people.named("ada"), people.named("bo")
    late, used_late, taken_back = (people.ask(ada, "recall", "lot:L7", "rust") for _ in range(3))
    people.approve(bo, used_late.number)
    people.refuse(ada, taken_back.number)
    clock.at += HOUR * 73
    with pytest.raises(NotConforming, match="expired"):
        people.approve(bo, late.number)
    with pytest.raises(NotConforming, match="expired"):
        people.carry_out(ada, used_late.number, "recall", "lot:L7", lambda: None)
    assert [one.stage for one in people.requests()] == ["refused", "expired", "expired"]


def test_the_audit_log_tells_every_act_and_no_name(people: People, folder: DataFolder) -> None:
    staff(people)
    with pytest.raises(SignInRefused):
        people.sign_in("chen", "wrong")
    token = people.sign_in("chen", PASSWORD)
    people.sign_out(token)
    people.reset("chen", by=people.named("ada").id)
    people.remove("chen")

    lines = audit_log(folder)[::-1]

    assert [line.body["act"] for line in lines] == [
        "added", "added", "added", "refused", "signed_in", "signed_out", "reset", "erased",
    ]  # fmt: skip
    assert not any(word in line.canonical for line in lines for word in (b"Chen", b"Ada", b"Lovelace", PASSWORD.encode()))
    assert folder.verify() == (len(lines), ())


def test_erasing_a_person_leaves_no_bytes_in_the_database_its_log_or_its_backups(tmp_path: Path, clock: Clock) -> None:
    traces = [b"zhuge.kongming", "诸葛孔明".encode(), b"wolong phone"]
    with DataFolder.open(tmp_path / "house") as folder, People(folder, hasher=QUICK, clock=clock) as people:
        staff(people)
        person, _ = people.add("zhuge.kongming", "qc", name="诸葛孔明", password=PASSWORD)
        for _ in range(30):
            people.sign_in("zhuge.kongming", PASSWORD, label="wolong phone")
        request = people.ask(person, "recall", "lot:L7", "rust on the stems")
        backup = people.store.back_up(tmp_path / "people.backup")
        restore_people(backup.path, tmp_path / "elsewhere", keys=people.store.folder)
        assert b"zhuge.kongming" in (tmp_path / "elsewhere/people/people.sqlite").read_bytes()
        (tmp_path / "elsewhere/people/people.sqlite").unlink()
        assert any(traces[0] in path.read_bytes() for path in (tmp_path / "house").rglob("*") if path.is_file())

        left, shredded = people.remove("zhuge.kongming")

        assert (left, shredded) == (0, (backup.name,))
        assert people.requests()[0].asked_by == request.asked_by
        assert request.asked_by not in people.names()
        for path in (path for path in tmp_path.rglob("*") if path.is_file()):
            assert not any(trace in path.read_bytes() for trace in traces), path
        with pytest.raises(ConfigError, match="key of backup"):
            restore_people(backup.path, tmp_path / "again", keys=people.store.folder)
