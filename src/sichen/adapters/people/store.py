# SPDX-License-Identifier: Apache-2.0
"""Accounts, sessions, passkeys and requests in a database of their own, so that a person can be erased from it."""

import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from sichen.adapters.databases import open_database
from sichen.adapters.ledger.backups import Backup, restore, seal_file, shred_backups
from sichen.adapters.migrating import prepare
from sichen.adapters.people.tables import MANDATE, OFFER, OWNED, PASSKEY, PERSON, REQUEST, SESSION
from sichen.adapters.schema import PEOPLE
from sichen.core import ConfigError, Instant, Message, NotFound
from sichen.trace.people import Request, Role, Session, new_token, role_of, sealed

FILE = "people.sqlite"
_PERSONAL = ("people_session", "people_passkey", "people_owned", "people_offer", "people_mandate", "people_person")


@dataclass(frozen=True)
class Person:
    """An account.

    Parameters
    ----------
    id : str
        Random; what the audit log knows of the person.
    account : str
        What is typed to sign in.
    name : str
        What people call the person.
    role : Role
    must_change : bool
        The password was made up by somebody else.
    added : Instant
    party : str
        Of the organisation for which the person acts; empty for the house's own people and for owners.
    """

    id: str
    account: str
    name: str
    role: Role
    must_change: bool
    added: Instant
    party: str = ""


@dataclass(frozen=True)
class Passkey:
    """A passkey that a person registered."""

    credential: bytes
    person: str
    public_key: bytes
    uses: int
    label: str


class PeopleStore:
    """Where people are kept; use it in a ``with`` block.

    Parameters
    ----------
    folder : Path
        Of the data; the SQLite file is in ``people`` below it, away from records that are kept for ever.
    database : str, optional
        URL of a PostgreSQL server, which has the tables beside those of records.
    """

    def __init__(self, folder: Path, *, database: str | None = None) -> None:
        self.folder = folder / "people"
        on_server = database is not None and database.startswith("postgres")
        self._database = open_database(database if on_server and database is not None else self.folder / FILE)
        self._ready = False

    def is_empty(self) -> bool:
        """Tell whether nobody has an account; cheap while there is no file."""
        return not self._database.exists() or self.count() == 0

    def count(self) -> int:
        """Return how many accounts there are."""
        with self.reading() as connection:
            return int(connection.scalar(select(func.count()).select_from(PERSON)) or 0)

    def add(self, account: str, *, name: str, role: Role, hashed: str, must_change: bool, now: Instant) -> Person:
        """Add an account.

        Raises
        ------
        ConfigError
            If somebody has it.
        """
        made = Person(f"p-{secrets.token_hex(8)}", account, name, role, must_change, now)
        with self.writing() as connection:
            if connection.scalar(select(PERSON.c.id).where(PERSON.c.account == account)) is not None:
                raise ConfigError(Message("adapters.people.taken", account=account))
            row = {"id": made.id, "account": account, "name": name, "role": role, "hash": hashed}
            connection.execute(insert(PERSON), [{**row, "must_change": must_change, "added_ns": now.ns}])
        return made

    def people(self) -> tuple[Person, ...]:
        """Return everybody, by account."""
        with self.reading() as connection:
            return tuple(_person(row) for row in connection.execute(select(PERSON).order_by(PERSON.c.account)))

    def find(self, account: str) -> tuple[Person, str] | None:
        """Return a person by account, with the hash of the password; None when there is nobody."""
        return self._one(PERSON.c.account == account)

    def person(self, identifier: str) -> Person:
        """Return a person by random name.

        Raises
        ------
        NotFound
            If there is nobody.
        """
        found = self._one(PERSON.c.id == identifier)
        if found is None:
            raise NotFound(Message("adapters.people.nobody", account=identifier))
        return found[0]

    def change(self, person: str, **values: str | bool) -> None:
        """Change columns of an account; a new password, role or party ends all its sessions."""
        with self.writing() as connection:
            connection.execute(update(PERSON).where(PERSON.c.id == person).values(**values))
            if {"hash", "role", "party"} & set(values):
                connection.execute(delete(SESSION).where(SESSION.c.person == person))

    def begin_session(self, person: str, *, kind: str, label: str, now: Instant) -> str:
        """Begin a session and return its token, which is kept nowhere; dead sessions of the person go."""
        token = new_token()
        with self.writing() as connection:
            rows = connection.execute(select(SESSION).where(SESSION.c.person == person)).all()
            dead = [row.sealed for row in rows if not _session(row).is_alive(now)]
            if dead:
                connection.execute(delete(SESSION).where(SESSION.c.sealed.in_(dead)))
            row = {"sealed": sealed(token), "name": secrets.token_hex(6), "person": person, "kind": kind}
            connection.execute(insert(SESSION), [{**row, "begun_ns": now.ns, "seen_ns": now.ns, "label": label}])
        return token

    def session(self, token: str) -> tuple[Session, Person] | None:
        """Return the session of a token and its person, alive or not; None when there is none."""
        with self.reading() as connection:
            row = connection.execute(select(SESSION).where(SESSION.c.sealed == sealed(token))).one_or_none()
            if row is None:
                return None
            person = connection.execute(select(PERSON).where(PERSON.c.id == row.person)).one()
        return _session(row), _person(person)

    def sessions(self, person: str) -> tuple[Session, ...]:
        """Return the sessions of a person, latest first."""
        query = select(SESSION).where(SESSION.c.person == person).order_by(SESSION.c.begun_ns.desc())
        with self.reading() as connection:
            return tuple(_session(row) for row in connection.execute(query))

    def touch(self, token: str, now: Instant) -> None:
        """Note that a session was used."""
        with self.writing() as connection:
            connection.execute(update(SESSION).where(SESSION.c.sealed == sealed(token)).values(seen_ns=now.ns))

    def end_session(self, *, token: str | None = None, person: str | None = None, name: str | None = None) -> int:
        """End the session of a token, or those of a person, all of them or the one with a name; return how many."""
        query = delete(SESSION)
        query = query.where(SESSION.c.sealed == sealed(token)) if token is not None else query.where(SESSION.c.person == person)
        if name is not None:
            query = query.where(SESSION.c.name == name)
        with self.writing() as connection:
            return int(connection.execute(query).rowcount)

    def add_passkey(self, passkey: Passkey, now: Instant) -> None:
        """Keep a passkey."""
        row = {"credential": passkey.credential, "person": passkey.person, "public_key": passkey.public_key}
        with self.writing() as connection:
            connection.execute(insert(PASSKEY), [{**row, "uses": passkey.uses, "label": passkey.label, "added_ns": now.ns}])

    def passkeys(self, person: str) -> tuple[Passkey, ...]:
        """Return the passkeys of a person."""
        with self.reading() as connection:
            rows = connection.execute(select(PASSKEY).where(PASSKEY.c.person == person).order_by(PASSKEY.c.added_ns))
            return tuple(_passkey(row) for row in rows)

    def passkey(self, credential: bytes) -> Passkey | None:
        """Return a passkey by its identifier."""
        with self.reading() as connection:
            row = connection.execute(select(PASSKEY).where(PASSKEY.c.credential == credential)).one_or_none()
        return None if row is None else _passkey(row)

    def used_passkey(self, credential: bytes, uses: int) -> None:
        """Note how often a passkey says that it was used."""
        with self.writing() as connection:
            connection.execute(update(PASSKEY).where(PASSKEY.c.credential == credential).values(uses=uses))

    def remove_passkey(self, person: str, credential: bytes) -> None:
        """Forget a passkey of a person."""
        with self.writing() as connection:
            connection.execute(delete(PASSKEY).where(PASSKEY.c.credential == credential, PASSKEY.c.person == person))

    def keep_request(self, request: Request) -> None:
        """Keep a new request."""
        with self.writing() as connection:
            connection.execute(insert(REQUEST), [_request_row(request)])

    def advance(self, number: str, step: Callable[[Request], Request]) -> Request:
        """Take a request one step on, in one transaction, so that no step is taken twice.

        Raises
        ------
        NotFound
            If there is no such request.
        """
        with self.writing() as connection:
            row = connection.execute(select(REQUEST).where(REQUEST.c.number == number)).one_or_none()
            if row is None:
                raise NotFound(Message("adapters.people.no_request", number=number))
            after = step(_request(row))
            connection.execute(update(REQUEST).where(REQUEST.c.number == number).values(**_request_row(after)))
        return after

    def requests(self, *, limit: int = 100) -> tuple[Request, ...]:
        """Return requests, latest first."""
        with self.reading() as connection:
            rows = connection.execute(select(REQUEST).order_by(REQUEST.c.asked_ns.desc()).limit(limit))
            return tuple(_request(row) for row in rows)

    def erase(self, person: str) -> tuple[int, tuple[str, ...]]:
        """Erase a person; what he asked for and approved stays, under a random name that means nobody.

        Returns
        -------
        left : int
            Traces that can still be found in the files; 0 is wanted.
        backups : tuple of str
            Backups that can no longer be opened, because they held the person too.
        """
        with self.writing() as connection:
            row = connection.execute(select(PERSON).where(PERSON.c.id == person)).one()
            held = connection.scalars(select(OWNED.c.secret).where(OWNED.c.person == person)).all()
            for table in (SESSION, PASSKEY, OWNED, OFFER, MANDATE):
                connection.execute(delete(table).where(table.c.person == person))
            connection.execute(delete(PERSON).where(PERSON.c.id == person))
        # The hash occurs nowhere else; a short name may be part of another word.
        traces = [
            row.hash.encode(),
            *map(bytes, filter(None, held)),
            *(text.encode() for text in (row.account, row.name) if self._is_alone(text)),
        ]
        left = self._database.remove_traces(traces, tables=_PERSONAL)
        return left, shred_backups(self.folder)

    def back_up(self, target: Path) -> Backup:
        """Copy all of it, while it is in use, into one sealed file; its key goes into ``people/backup-keys``.

        Raises
        ------
        ConfigError
            If it is on a server, which has tools of its own, or nobody has an account.
        """
        if self._database.file is None or self.is_empty():
            raise ConfigError(Message("adapters.people.no_backup"))
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            self._database.copy_to(Path(scratch) / "copy")
            return seal_file(Path(scratch) / "copy", target, folder=self.folder)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _is_alone(self, text: str) -> bool:
        return len(text) > 3 and not any(text in f"{one.account} {one.name}" for one in self.people())  # noqa: PLR2004 - shorter is chance

    def _one(self, condition: ColumnElement[bool]) -> tuple[Person, str] | None:
        with self.reading() as connection:
            row = connection.execute(select(PERSON).where(condition)).one_or_none()
        return None if row is None else (_person(row), str(row.hash))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that reads."""
        self._prepare()
        with self._database.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection that writes, all or nothing."""
        self._prepare()
        with self._database.writing() as connection:
            yield connection

    def _prepare(self) -> None:
        if not self._ready:
            prepare(self._database, PEOPLE)
            self._ready = True


def restore_people(source: Path, folder: Path, *, keys: Path | None = None) -> None:
    """Open a backup of people into a data folder that has none.

    Parameters
    ----------
    source : Path
    folder : Path
        The data folder.
    keys : Path, optional
        Folder that holds ``backup-keys``; the one of the data folder by default.
    """
    home = folder / "people"
    restore(source, home / FILE, folder=keys or home)


def _person(row: Row[Any]) -> Person:
    return Person(row.id, row.account, row.name, role_of(row.role), bool(row.must_change), Instant(row.added_ns), row.party)


def _session(row: Row[Any]) -> Session:
    return Session(row.name, row.person, row.kind, Instant(row.begun_ns), Instant(row.seen_ns), row.label)


def _passkey(row: Row[Any]) -> Passkey:
    return Passkey(bytes(row.credential), row.person, bytes(row.public_key), row.uses, row.label)


def _request(row: Row[Any]) -> Request:
    decided = None if row.decided_ns is None else Instant(row.decided_ns)
    asked = (row.number, row.act, row.subject, row.reason, row.asked_by, Instant(row.asked_ns))
    return Request(*asked, stage=row.stage, decided_by=row.decided_by, decided_at=decided)


def _request_row(request: Request) -> dict[str, object]:
    names = ("number", "act", "subject", "reason", "asked_by", "stage", "decided_by")
    decided = None if request.decided_at is None else request.decided_at.ns
    return {**{name: getattr(request, name) for name in names}, "asked_ns": request.asked_at.ns, "decided_ns": decided}
