# SPDX-License-Identifier: Apache-2.0
"""What both faces do with accounts: sign in, manage people, acts of two persons; each of it is told to the audit log."""

import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from sichen.adapters.clock import now
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.people.bonds import Bonds
from sichen.adapters.people.store import PeopleStore, Person
from sichen.core import JSON, ConfigError, DataError, Instant, Message, NotConforming, NotFound, Record
from sichen.trace.people import (
    ACCOUNT,
    ACTS,
    ADDRESS,
    Attempts,
    Request,
    Role,
    Session,
    approve,
    ask,
    carry_out,
    check_password,
    made_up_password,
    refuse,
    role_of,
)
from sichen.trace.people.sessions import TOUCHED_AFTER
from sichen.trace.standing import party_of

if TYPE_CHECKING:
    from argon2 import PasswordHasher

AUDIT = "people.audit"
METHOD, VERSION = "people.desk", "1"
LONGEST_NAME = 80
_ACCOUNT = re.compile(r"[\w.@+-]{1,64}")
_HASHING = threading.BoundedSemaphore(2)  # each takes 64 MiB: a flood of sign-ins must not take all memory

T = TypeVar("T")


class SignInRefused(DataError):
    """Account and password do not belong together."""


class TooManyAttempts(DataError):
    """The next attempt has to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(Message("adapters.people.wait", seconds=seconds))
        self.seconds = seconds


@dataclass(frozen=True)
class SignedIn:
    """Somebody who is known.

    Parameters
    ----------
    person : Person
    session : Session
    """

    person: Person
    session: Session


class People:
    """The accounts of a data folder; use it in a ``with`` block.

    Parameters
    ----------
    folder : DataFolder
        Its records take the audit log.
    hasher : argon2.PasswordHasher, optional
        With the second recommended choice of RFC 9106 by default: 64 MiB, three passes.
    clock : callable
        Tells the time.
    """

    def __init__(
        self, folder: DataFolder, *, hasher: "PasswordHasher | None" = None, clock: Callable[[], Instant] = now
    ) -> None:
        self.store = PeopleStore(folder.path, database=folder.database)
        self.bonds = Bonds(self.store)
        self._records = folder.records
        self._given_hasher = hasher
        self._clock = clock
        self._by_account, self._by_address = Attempts(ACCOUNT), Attempts(ADDRESS)

    def is_used(self) -> bool:
        """Tell whether anybody has an account."""
        return not self.store.is_empty()

    def add(self, account: str, role: str, *, name: str = "", password: str | None = None, by: str = "") -> tuple[Person, str]:
        """Add an account.

        Parameters
        ----------
        account : str
            Letters, digits and ``. @ + - _``; capitals make no difference.
        role : str
        name : str, optional
            Of the person; the account by default.
        password : str, optional
            Made up by default; then it has to be changed at the first sign-in.
        by : str
            Random name of who adds; empty for whoever works at the computer itself.

        Returns
        -------
        person : Person
        password : str
            The one that was made up, else empty.

        Raises
        ------
        ConfigError
            If the account is taken, cannot be, or the first one is no brand admin.
        DataError
            If the password is not good enough.
        """
        wanted, called = _account(account), name.strip() or account.strip()
        found = role_of(role)
        if len(called) > LONGEST_NAME:
            raise ConfigError(Message("adapters.people.long_name", most=LONGEST_NAME))
        if found != "brand_admin" and not self.is_used():
            raise ConfigError(Message("adapters.people.first"))
        made = made_up_password() if password is None else ""
        hashed = self._hash(made or check_password(password or "", about=(wanted, called)))
        person = self.store.add(wanted, name=called, role=found, hashed=hashed, must_change=bool(made), now=self._clock())
        self.tell(person.id, "added", by=by, role=found)
        return person, made

    def sign_in(self, account: str, password: str, *, address: str = "", label: str = "", old: str = "") -> str:
        """Check a password and begin a session; return its token.

        Parameters
        ----------
        account, password : str
        address : str
            Where it comes from; counted, never kept.
        label : str
            What the browser calls itself.
        old : str
            Token that the browser had before: it ends.

        Raises
        ------
        SignInRefused
            The same, after the same time, for an unknown account and a wrong password.
        TooManyAttempts
            If the account or the address has to wait; then the password is not looked at.
        """
        wanted = account.strip().casefold()[:64]
        self._check_waiting(wanted, address)
        found = self.store.find(wanted)
        person, hashed = found if found is not None else (None, self._nobody)
        if not self._fits(hashed, password) or person is None:
            raise self._failed(wanted, address, person)
        if self._hasher.check_needs_rehash(hashed):
            self.store.change(person.id, hash=self._hash(password))
        return self.admit(person, label=label, old=old)

    def admit(self, person: Person, *, label: str = "", old: str = "", how: str = "password") -> str:
        """Begin a session of somebody who has shown who he is; return its token."""
        self._by_account.succeeded(person.account)
        if old:
            self.store.end_session(token=old)
        token = self.store.begin_session(person.id, kind="screen", label=label[:LONGEST_NAME], now=self._clock())
        self.tell(person.id, "signed_in", by=person.id, how=how)
        return token

    def visitor(self, token: str) -> SignedIn | None:
        """Return whose session a token is; None when it is nobody's, or too old."""
        found = self.store.session(token) if token and self.is_used() else None
        if found is None:
            return None
        session, person = found
        at = self._clock()
        if not session.is_alive(at):
            self.store.end_session(token=token)
            return None
        if (at - session.seen).ns > TOUCHED_AFTER.ns:
            self.store.touch(token, at)
        return SignedIn(person, session)

    def sign_out(self, token: str) -> None:
        """End a session."""
        found = self.store.session(token)
        if found is not None:
            self.store.end_session(token=token)
            self.tell(found[1].id, "signed_out", by=found[1].id)

    def token_for(self, account: str, *, label: str, by: str = "") -> str:
        """Begin a session of a program, which holds for a quarter of a year; return its token."""
        person = self.named(account)
        token = self.store.begin_session(person.id, kind="program", label=label[:LONGEST_NAME], now=self._clock())
        self.tell(person.id, "token", by=by)
        return token

    def change_password(self, person: Person, current: str, new: str) -> None:
        """Change one's own password; all sessions end.

        Raises
        ------
        SignInRefused
            If the current one is wrong; it counts as a failed sign-in.
        DataError
            If the new one is not good enough, or is the old one.
        """
        before = self.confirm(person, current)
        good = check_password(new, about=(person.account, person.name))
        if self._fits(before, good):
            raise DataError(Message("adapters.people.same_password"))
        self.store.change(person.id, hash=self._hash(good), must_change=False)
        self.tell(person.id, "password", by=person.id)

    def confirm(self, person: Person, current: str) -> str:
        """Make sure that it is the person, and not whoever found the screen open; return the hash of the password.

        Raises
        ------
        SignInRefused
            If the password is wrong; it counts as a failed sign-in.
        """
        self._check_waiting(person.account, "")
        found = self.store.find(person.account)
        if found is None or not self._fits(found[1], current):
            raise self._failed(person.account, "", person)
        return found[1]

    def reset(self, account: str, *, by: str = "") -> str:
        """Make up a new password, to be changed at the next sign-in; sessions and passkeys end. Return it."""
        person = self.named(account)
        made = made_up_password()
        self.store.change(person.id, hash=self._hash(made), must_change=True)
        for passkey in self.store.passkeys(person.id):
            self.store.remove_passkey(person.id, passkey.credential)
        self._by_account.succeeded(person.account)
        self.tell(person.id, "reset", by=by)
        return made

    def set_role(self, account: str, role: str, *, by: str = "") -> None:
        """Give another role; all sessions of the person end."""
        person, found = self.named(account), role_of(role)
        self._keep_an_admin(person, leaving=found != "brand_admin")
        self.store.change(person.id, role=found)
        self.tell(person.id, "role", by=by, role=found, before=person.role)

    def set_party(self, account: str, party: str, *, by: str = "") -> None:
        """Say for which organisation somebody acts; all sessions of the person end.

        Parameters
        ----------
        account : str
        party : str
            GLN, Digital Link or URN; empty for a person of the house.

        Raises
        ------
        NotConforming
            If nobody would be left who manages the accounts of the house.
        """
        person, found = self.named(account), party_of(party)
        self._keep_an_admin(person, leaving=bool(found))
        self.store.change(person.id, party=found)
        self.tell(person.id, "party", by=by, party=found, before=person.party)

    def remove(self, account: str, *, by: str = "") -> tuple[int, tuple[str, ...]]:
        """Erase a person; see `PeopleStore.erase` for what it returns."""
        person = self.named(account)
        self._keep_an_admin(person, leaving=True)
        done = self.store.erase(person.id)
        self._by_account.succeeded(person.account)
        self.tell(person.id, "erased", by=by)
        return done

    def named(self, account: str) -> Person:
        """Return the person with an account.

        Raises
        ------
        NotFound
            If there is nobody.
        """
        found = self.store.find(account.strip().casefold())
        if found is None:
            raise NotFound(Message("adapters.people.nobody", account=account))
        return found[0]

    def ask(self, person: Person, act: str, subject: str, reason: str) -> Request:
        """Ask for an act of two persons."""
        made = ask(secrets.token_hex(4), act, subject, reason=reason, account=person.id, role=person.role, now=self._clock())
        self.store.keep_request(made)
        self._tell_request("asked", made, person)
        return made

    def approve(self, person: Person, number: str) -> Request:
        """Approve a request of somebody else."""
        return self._step("approved", person, number, approve)

    def refuse(self, person: Person, number: str) -> Request:
        """Refuse a request, or take one's own back."""
        return self._step("refused", person, number, refuse)

    def carry_out(self, person: Person, number: str, act: str, subject: str, work: Callable[[], T]) -> T:
        """Do what was approved. The approval is used up before the work begins, so that nothing is done twice.

        Raises
        ------
        NotConforming
            If it is not approved for this person, act and subject; then nothing is done.
        """

        def step(request: Request) -> Request:
            return carry_out(request, act=act, subject=subject, account=person.id, now=self._clock())

        self._tell_request("done", self.store.advance(number, step), person)
        return work()

    def needs_second(self, act: str) -> bool:
        """Tell whether there are two people who could ask for an act and approve it."""
        roles = [one.role for one in self.store.people()] if self.is_used() else []
        able = sum(role in ACTS[act].approves or role in ACTS[act].asks for role in roles)
        return able >= 2 and any(role in ACTS[act].approves for role in roles)  # noqa: PLR2004 - two persons

    def together(self, act: str, subject: str, number: str, work: Callable[[], T], *, person: Person | None = None) -> T:
        """Do an act of two persons, or do it alone where there is nobody else; the audit log says which.

        Parameters
        ----------
        act : str
        subject : str
        number : str
            Of the approved request. Nothing is asked for while there are not two people who could ask and approve.
        work : callable
        person : Person, optional
            Who does it; by default whoever asked, at the computer itself, where nobody signs in.

        Raises
        ------
        NotConforming
            If it is not approved for this person, act and subject; then nothing is done.
        """
        if not self.needs_second(act):
            done = work()
            self.tell(
                "" if person is None else person.id,
                "done_alone",
                by="" if person is None else person.id,
                what=act,
                about=subject,
            )
            return done
        if not number:
            raise NotConforming(Message("adapters.people.needs_approval", act=act, subject=subject))
        return self.carry_out(person or self.store.person(self.request(number).asked_by), number, act, subject, work)

    def request(self, number: str) -> Request:
        """Return a request as it stands now.

        Raises
        ------
        NotFound
            If there is no such request.
        """
        found = next((one for one in self.requests() if one.number == number), None)
        if found is None:
            raise NotFound(Message("adapters.people.no_request", number=number))
        return found

    def requests(self) -> tuple[Request, ...]:
        """Return the latest requests as they stand now."""
        return tuple(one.at(self._clock()) for one in self.store.requests())

    def names(self) -> Mapping[str, str]:
        """Return what people are called, by random name; who was erased is missing."""
        return {one.id: one.name for one in self.store.people()}

    def tell(self, person: str, act: str, *, by: str = "", **more: JSON) -> None:
        """Write a line of the audit log. It names people by their random names alone."""
        body: dict[str, JSON] = {"act": act, "by": by, **more}
        self._records.append(Record(AUDIT, f"person:{person or 'nobody'}", body, METHOD, VERSION, self._clock()))

    @contextmanager
    def guessing(self, address: str) -> Iterator[None]:
        """Let an address try a code; each one that is not there counts as a failed sign-in.

        Raises
        ------
        TooManyAttempts
            If it has to wait.
        """
        self._check_waiting("", address)
        try:
            yield
        except NotFound:
            self._by_address.failed(address, self._clock())
            raise

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher

        return self._given_hasher or PasswordHasher()

    @cached_property
    def _nobody(self) -> str:
        """A hash that takes as long as a real one, for accounts that do not exist."""
        return self._hash(made_up_password())

    def _hash(self, password: str) -> str:
        with _HASHING:
            return self._hasher.hash(password)

    def _fits(self, hashed: str, password: str) -> bool:
        import unicodedata

        from argon2.exceptions import InvalidHashError, VerificationError

        written = unicodedata.normalize("NFC", password[:1000])
        try:
            with _HASHING:
                return self._hasher.verify(hashed, written)
        except (VerificationError, InvalidHashError):
            return False

    def _check_waiting(self, account: str, address: str) -> None:
        at = self._clock()
        wait = max(self._by_account.remaining(account, at).ns, self._by_address.remaining(address, at).ns if address else 0)
        if wait:
            raise TooManyAttempts(-(-wait // 10**9))

    def _failed(self, account: str, address: str, person: Person | None) -> SignInRefused:
        at = self._clock()
        failures = self._by_account.failed(account, at)
        elsewhere = self._by_address.failed(address, at) if address else 0
        # One line a failure on an account that exists; a flood of made-up names leaves one line an address.
        if person is not None or elsewhere == ADDRESS.free:
            self.tell("" if person is None else person.id, "refused", failures=max(failures, elsewhere))
        return SignInRefused(Message("adapters.people.refused"))

    def _keep_an_admin(self, person: Person, *, leaving: bool) -> None:
        others = [one for one in self.store.people() if one.id != person.id]
        left = any(one.role == "brand_admin" and not one.party for one in others)
        if leaving and person.role == "brand_admin" and others and not left:
            raise NotConforming(Message("adapters.people.last_admin"))

    def _step(self, told: str, person: Person, number: str, how: Callable[..., Request]) -> Request:
        at = self._clock()
        done = self.store.advance(number, lambda request: how(request, account=person.id, role=person.role, now=at))
        self._tell_request(told, done, person)
        return done

    def _tell_request(self, act: str, request: Request, person: Person) -> None:
        more: dict[str, JSON] = {"number": request.number, "what": request.act, "about": request.subject}
        self.tell(person.id, act, by=person.id, reason=request.reason, **more)


def audit_log(folder: DataFolder, *, limit: int = 100) -> list[Record]:
    """Return the latest lines of the audit log, newest first."""
    return list(folder.records.find(kind=AUDIT, limit=limit))


def _account(text: str) -> str:
    found = text.strip().casefold()
    if not _ACCOUNT.fullmatch(found):
        raise ConfigError(Message("adapters.people.bad_account", found=text))
    return found


__all__ = ["AUDIT", "People", "Role", "SignInRefused", "SignedIn", "TooManyAttempts", "audit_log"]
