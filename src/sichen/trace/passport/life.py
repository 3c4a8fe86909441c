# SPDX-License-Identifier: Apache-2.0
"""A passport as it was folded: what a watch is, what is in it, who had it, what was done, and what does not fit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sichen.core import Instant, Message, Record
from sichen.trace.passport.happening import Happening
from sichen.trace.passport.repair import RepairSheet
from sichen.trace.passport.warranty import Warranty
from sichen.trace.passport.writing import Mark, Part
from sichen.trace.roles import Bond

Status: TypeAlias = Literal["unknown", "made", "sold", "in_service", "lost", "stolen", "recalled", "retired"]


@dataclass(frozen=True)
class Fitting:
    """A part in the watch, from when until when; None while it is there.

    It is in the watch itself, or in the part of it that `within` names: a balance staff is in the movement.
    """

    part: Part
    start: Instant
    end: Instant | None
    event: str
    within: str = ""


@dataclass(frozen=True)
class Custody:
    """Who had the watch: a party and what it was to it (retailer, service, owner, shipment)."""

    party: str
    kind: str
    start: Instant
    end: Instant | None
    event: str


@dataclass(frozen=True)
class Sale:
    """The first sale."""

    at: Instant
    retailer: str
    warranty: Warranty | None
    event: str


@dataclass(frozen=True)
class Service:
    """An entry of the service book.

    Parameters
    ----------
    at : Instant
    by : str
    sheet : RepairSheet
    before, after : tuple of Record
        The readings that it names, as far as they are there.
    warranty_until : Instant or None
        Of the repair.
    event : str
    """

    at: Instant
    by: str
    sheet: RepairSheet
    before: tuple[Record, ...]
    after: tuple[Record, ...]
    warranty_until: Instant | None
    event: str


@dataclass(frozen=True)
class Conflict:
    """Something that cannot all be true.

    Parameters
    ----------
    at : Instant
    message : Message
    events : tuple of str
        Identifiers of the events that contradict each other.
    """

    at: Instant
    message: Message
    events: tuple[str, ...]


@dataclass(frozen=True)
class Life:
    """The passport of a watch at a moment.

    Parameters
    ----------
    link : str
        Digital Link of the watch.
    serial : str
    at : Instant
    product : mapping of str to str
        Brand, reference, name, calibre.
    maker : str
    commissioned : Instant or None
    fittings : tuple of Fitting
        Parts that were put in, in order.
    lots : tuple of Fitting
        Lots that went into its parts, at any depth that was told.
    readings, certificates, others : tuple of Record
        Records about it, oldest first.
    sale : Sale or None
    owner : str
        The owner's key; empty before the sale.
    custody : tuple of Custody
    services : tuple of Service
    marks : mapping of Mark to Happening
        What holds at the moment: stolen, lost, recalled.
    retired : Happening or None
    timeline : tuple of Happening
    conflicts : tuple of Conflict
    """

    link: str
    serial: str
    at: Instant
    product: Mapping[str, str] = field(default_factory=dict)
    maker: str = ""
    commissioned: Instant | None = None
    fittings: tuple[Fitting, ...] = ()
    lots: tuple[Fitting, ...] = ()
    readings: tuple[Record, ...] = ()
    certificates: tuple[Record, ...] = ()
    others: tuple[Record, ...] = ()
    sale: Sale | None = None
    owner: str = ""
    custody: tuple[Custody, ...] = ()
    services: tuple[Service, ...] = ()
    marks: Mapping[Mark, Happening] = field(default_factory=dict)
    retired: Happening | None = None
    timeline: tuple[Happening, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def status(self) -> Status:
        """What somebody who holds the watch must know first."""
        if self.retired is not None:
            return "retired"
        for mark in ("stolen", "lost", "recalled"):
            if mark in self.marks:
                return mark
        if self.custody and self.custody[-1].kind == "service" and self.custody[-1].end is None:
            return "in_service"
        if self.sale is not None:
            return "sold"
        return "unknown" if self.commissioned is None and not self.readings and not self.certificates else "made"

    @property
    def inside(self) -> tuple[Fitting, ...]:
        """What is in the watch at the moment."""
        return tuple(one for one in self.fittings if one.end is None)

    @property
    def places(self) -> Mapping[str, str]:
        """What each part is in at the moment: the watch itself, or one of its parts."""
        now_inside = (one for one in (*self.lots, *self.fittings) if one.end is None)
        return {one.part.link: one.within or self.link for one in now_inside}

    def lot_inside(self, name: str) -> str:
        """Return the full name of the lot in the watch that ends with a name; empty where there is none, or not one alone."""
        found = [link for link in self.places if link.endswith(f"/10/{name}")]
        return found[0] if len(found) == 1 else ""

    @property
    def movement(self) -> Fitting | None:
        """The movement in the watch at the moment."""
        return next((one for one in reversed(self.inside) if one.part.role == "movement"), None)

    @property
    def bonds(self) -> tuple[Bond, ...]:
        """Who is related to the watch when, as the rules of access ask."""
        made = (Bond(self.maker, "maker", self.commissioned),) if self.maker and self.commissioned else ()
        held = (Bond(c.party, "owner" if c.kind == "owner" else "holder", c.start, c.end) for c in self.custody)
        return (*made, *held, *self._seller)

    @property
    def _seller(self) -> tuple[Bond, ...]:
        """Who sold the watch answers to the first owner, until that one hands it on."""
        if self.sale is None or not self.sale.retailer:
            return ()
        first = next(c for c in self.custody if c.kind == "owner")
        return (Bond(self.sale.retailer, "seller", self.sale.at, first.end),)
