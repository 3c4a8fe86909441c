# SPDX-License-Identifier: Apache-2.0
"""What passports say of a brand, as records: its passports, sales and services, each resting on the events of the ledger.

A passport is folded from events, and an event is no record. Here each entry that a rule of strength asks for becomes one:
beside what it says stand the identifiers of its events, and it rests on their text as the ledger keeps it, on the readings that
the repair sheet names and on the certificates. Reading changes nothing; what a kept strength rests on is kept with it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from sichen.adapters.certificate_desk import CERTIFICATE, docket
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.epcis.desk import FOLDER
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.passport_lineage import events_about
from sichen.brand import ObservedBrand, belongs, evidence_kinds
from sichen.core import JSON, Input, Instant, NotFound, Record, canonical, digest_of_bytes
from sichen.trace.epcis import Table
from sichen.trace.passport import Life

PASSPORT, SALE, SERVICE = "trace.passport", "trace.sale", "trace.service"
FROM_EVENTS = (PASSPORT, SALE, SERVICE)
METHOD, VERSION = "brand.evidence", "1"
EVENT_TYPE = "application/json"
LATEST = 100_000
"""Records of a kind, and passports, that are looked at, the latest ones."""
NS_PER_DAY = 86_400 * 10**9


@dataclass(frozen=True)
class Evidence:
    """The records of a brand and its watches, and the text of events that some of them rest on, by digest."""

    records: tuple[Record, ...]
    events: Mapping[str, bytes]

    def keep(self, folder: DataFolder, wanted: Iterable[str]) -> None:
        """Keep those of the wanted records that are not kept yet, with their events."""
        asked = set(wanted)
        new = [one for one in self.records if one.kind in FROM_EVENTS and one.digest in asked]
        for digest in dict.fromkeys(entry.digest for one in new for entry in one.inputs if entry.digest in self.events):
            folder.keep(self.events[digest], media_type=EVENT_TYPE, name="event.json")
        if new:
            folder.records.append_all(new)


def evidence_of(folder: DataFolder, brand: ObservedBrand, *, at: Instant) -> Evidence:
    """Gather the records of a brand and its watches that a rule of strength looks at, and what their passports say.

    Parameters
    ----------
    folder : DataFolder
    brand : ObservedBrand
    at : Instant
        What happened later does not count, and a warranty that runs still has no outcome.
    """
    kept = [
        record
        for kind in evidence_kinds()
        if kind not in FROM_EVENTS
        for record in folder.records.find(kind=kind, limit=LATEST)
        if record.instant.ns <= at.ns
        and belongs(record.subject, brand=brand.name, watches=brand.watches)
        and _counts(folder, record)
    ]
    texts: dict[str, bytes] = {}
    told = list(_told(folder, brand, at, texts))
    return Evidence((*kept, *told), texts)


def _counts(folder: DataFolder, record: Record) -> bool:
    """Tell whether a record still stands: a certificate that was taken back, or that nobody released, does not."""
    if record.kind != CERTIFICATE:
        return True
    try:
        return docket(folder, str(record.body["number"])).stage == "released"
    except NotFound:
        return False


def _told(folder: DataFolder, brand: ObservedBrand, at: Instant, texts: dict[str, bytes]) -> Iterator[Record]:
    if not (folder.path / FOLDER).exists():
        return
    with PassportDesk(folder) as desk:
        for link in desk.watches(limit=LATEST):
            if belongs(f"watch:{link.rpartition('/21/')[2]}", brand=brand.name, watches=brand.watches):
                life = desk.life(link, at=at)
                yield from _Telling(life, events_about(desk.events.store, [link]), texts).records()


class _Telling:
    """The records of one passport."""

    def __init__(self, life: Life, events: Iterable[Table], texts: dict[str, bytes]) -> None:
        self._life, self._subject = life, f"watch:{life.serial}"
        self._events = {str(event.get("eventID")): event for event in events if "errorDeclaration" not in event}
        self._texts = texts

    def records(self) -> Iterator[Record]:
        """Yield the passport, its sale and its services; nothing where nobody told of the watch."""
        life = self._life
        if life.timeline:
            yield self._passport()
        if life.sale is not None:
            covered = life.sale.warranty
            body: dict[str, JSON] = {
                "event": life.sale.event,
                "retailer": life.sale.retailer,
                "warranty_until": None if covered is None else covered.end.isoformat(),
            }
            yield self._record(SALE, body, life.sale.at, self._inputs([life.sale.event]))
        for number in range(len(life.services)):
            yield self._service(number)

    def _passport(self) -> Record:
        life = self._life
        events = [one.event for one in life.timeline]
        body: dict[str, JSON] = {
            "link": life.link,
            "product": dict(life.product),
            "events": list(events),
            "readings": len(life.readings),
            "certificates": len(life.certificates),
            "conflicts": len(life.conflicts),
            "tested": bool(life.readings or life.certificates),
        }
        behind = [Input("reading", one.digest) for one in life.readings]
        behind += [Input("certificate", one.digest) for one in life.certificates]
        return self._record(PASSPORT, body, life.timeline[0].at, [*self._inputs(events), *behind])

    def _service(self, number: int) -> Record:
        life = self._life
        one = life.services[number]
        came = [held for held in life.custody if held.kind == "service" and held.start.ns <= one.at.ns]
        arrived = came[-1] if came else None
        start = one.at if arrived is None else arrived.start
        earlier = [before.warranty_until for before in life.services[:number] if before.warranty_until is not None]
        bought = life.sale is not None and life.sale.warranty is not None and life.sale.warranty.covers(start)
        body: dict[str, JSON] = {
            "event": one.event,
            "sheet": one.sheet.number,
            "by": one.by,
            "fault": one.sheet.fault,
            "reason": "warranty" if bought else "repair warranty" if any(start.ns < end.ns for end in earlier) else "paid",
            "days": None if arrived is None else (one.at.ns - start.ns) / NS_PER_DAY,
            "again": self._again(number),
        }
        told = [one.event] if arrived is None else [one.event, arrived.event]
        behind = [Input("before", record.digest) for record in one.before]
        behind += [Input("after", record.digest) for record in one.after]
        return self._record(SERVICE, body, one.at, [*self._inputs(told), *behind])

    def _again(self, number: int) -> bool | None:
        """Tell whether a repair was followed by another within its warranty; None while the warranty runs or where there is none."""
        until = self._life.services[number].warranty_until
        if until is None or until.ns > self._life.at.ns:
            return None
        return any(later.at.ns < until.ns for later in self._life.services[number + 1 :])

    def _inputs(self, events: Iterable[str]) -> list[Input]:
        found = []
        for name in dict.fromkeys(events):
            if name in self._events:
                text = canonical(cast("JSON", dict(self._events[name])))
                digest = digest_of_bytes(text)
                self._texts[digest] = text
                found.append(Input("event", digest))
        return found

    def _record(self, kind: str, body: Mapping[str, JSON], at: Instant, behind: Iterable[Input]) -> Record:
        return Record(kind, self._subject, body, METHOD, VERSION, at, inputs=tuple(behind))
