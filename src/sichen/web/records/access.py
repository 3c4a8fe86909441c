# SPDX-License-Identifier: Apache-2.0
"""Which records a visitor sees, and what of them: by role, and for those outside the house by relation to the watch."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from sichen.adapters import DataFolder, now
from sichen.adapters.certificate_desk import CERTIFICATE, REVIEW, docket
from sichen.adapters.passport_desk import PassportDesk
from sichen.core import Message, NotFound, Record, SichenError
from sichen.trace.people.record_rules import Shown, may_see_kind, shown_body
from sichen.trace.people.roles import Role
from sichen.trace.roles import What
from sichen.trace.standing import house_standing
from sichen.web.passport.desk import desk_of
from sichen.web.records.tree import Node
from sichen.web.visitor import standing_of

_PARTS: tuple[tuple[str, What], ...] = (("bench.", "readings"), (CERTIFICATE, "certificates"), (REVIEW, "certificates"))
_INDUSTRY = frozenset[Role]({"officer", "auditor"})
_OUT = frozenset({"released", "revoked"})


class Eyes:
    """What one visitor may see of records; made for one request.

    Parameters
    ----------
    connection : HTTPConnection
    """

    def __init__(self, connection: HTTPConnection) -> None:
        self._connection = connection
        self._standing = standing_of(connection)
        self._watches: dict[str, frozenset[What]] = {}
        self._certificates: dict[str, str] = {}
        self.everything = self._standing == house_standing()
        self.of_the_house = self._standing.whole
        self.role = self._standing.role

    def sees(self, record: Record) -> bool:
        """Tell whether the visitor may know of a record."""
        if self.everything:
            return True
        if not may_see_kind(self._standing.role, record.kind):
            return False
        if self._standing.whole or self._standing.sees_all_watches:
            return True
        if record.kind.startswith("industry."):
            return self._standing.role in _INDUSTRY
        needed = next((what for start, what in _PARTS if record.kind.startswith(start)), None)
        watch = self._certified(record.subject) if record.kind == REVIEW else record.subject
        return needed is not None and needed in self._of_watch(watch)

    def shown(self, record: Record) -> Shown:
        """Return the body of a record as the visitor may see it."""
        return Shown(record.body) if self.everything else shown_body(self._standing.role, record.body, kind=record.kind)

    def listed(self, folder: DataFolder, *, kind: str | None, subject: str | None, limit: int) -> Iterator[Record]:
        """Yield the latest records that the visitor may know of."""
        records = folder.records if self.everything else folder.records.seen_by(self.sees)
        yield from records.find(kind=kind, subject=subject, limit=limit)

    def read(self, folder: DataFolder, digest: str) -> Record:
        """Return a record.

        Raises
        ------
        NotFound
            If it is not there, or the visitor may not know of it: both are told alike.
        """
        record = folder.records.read(digest)
        if not self.sees(record):
            raise NotFound(Message("web.records.unseen", digest=digest[:19]))
        return record

    def nodes(self, found: Iterable[Node]) -> tuple[Node, ...]:
        """Return the nodes of a tree without what the visitor may not see; a branch ends where that stands."""
        out: list[Node] = []
        hidden_below: int | None = None
        for node in found:
            if hidden_below is not None and node.depth > hidden_below:
                continue
            hidden_below = None
            if node.record is not None and not self.sees(node.record):
                hidden_below = node.depth
                continue
            record = node.record
            out.append(node if record is None else replace(node, record=replace(record, body=self.shown(record).body)))
        return tuple(out)

    def may_open(self, folder: DataFolder, digest: str) -> bool:
        """Tell whether the visitor may have raw data: whole, so somebody must see whole what rests on them."""
        if self.everything:
            return True
        using = (folder.records.read(one) for one in folder.records.used_by(digest))
        return any(self.sees(record) and not self.shown(record).withheld for record in using)

    def _certified(self, subject: str) -> str:
        """Return which watch a certificate is about; nothing while it is not out of the house."""
        if subject not in self._certificates:
            whole: DataFolder = self._connection.app.state.folder
            found = docket(whole, subject.partition(":")[2])
            self._certificates[subject] = f"watch:{found.certificate.item.serial}" if found.stage in _OUT else ""
        return self._certificates[subject]

    def _of_watch(self, subject: str) -> frozenset[What]:
        if subject not in self._watches:
            self._watches[subject] = self._rights(subject)
        return self._watches[subject]

    def _rights(self, subject: str) -> frozenset[What]:
        about, _, serial = subject.partition(":")
        if about != "watch":
            return frozenset()
        try:
            life = self._desk.life(serial)
        except SichenError:
            return frozenset()
        return self._standing.may(life.link, life.bonds, at=now())

    @cached_property
    def _desk(self) -> PassportDesk:
        return desk_of(self._connection)


Looking = Annotated[Eyes, Depends(Eyes)]
