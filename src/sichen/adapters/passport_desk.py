# SPDX-License-Identifier: Apache-2.0
"""Passports of watches for both faces: found, written on, recalled, reported missing, handed out in other forms."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sichen.adapters.certificate_desk import CERTIFICATE, docket
from sichen.adapters.clock import now
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.epcis.desk import EventDesk
from sichen.adapters.genealogy_desk import FILE
from sichen.adapters.genealogy_store import GenealogyStore
from sichen.adapters.named_files import write_named
from sichen.adapters.passport_lineage import catch_up, events_about, family
from sichen.core import JSON, ConfigError, DataError, Instant, Message, NotFound, Record, SichenError
from sichen.trace.epcis import Document, Table
from sichen.trace.genealogy import Recall
from sichen.trace.identifiers import CANONICAL_STEM, has_check_digit, parse_link
from sichen.trace.passport import (
    PREFIXES,
    Life,
    RegisterEntry,
    check_prefix,
    fold,
    happenings,
    marked,
    matching,
    prefix_length,
    register_hash,
)

SETTINGS = "passport.json"
QUERY = "trace.register_query"
_MARKS = ("stolen", "https://sichen.org/voc/lost")
_AT_ONCE = 500
_MOST_RECORDS = 1000
_LONGEST_SERIAL = 20
_TRADE = 10_000_000
"""Watches of a year's production of a large house: the crowd in which a question to the register hides."""


@dataclass(frozen=True)
class Found:
    """What the register answers.

    Parameters
    ----------
    prefix : str
    entries : tuple of RegisterEntry
    longest : int
        The longest prefix that may be asked.
    """

    prefix: str
    entries: tuple[RegisterEntry, ...]
    longest: int


class PassportDesk:
    """The passports of a data folder; use it in a ``with`` block.

    Parameters
    ----------
    folder : DataFolder
    events : EventDesk, optional
        Opened already by somebody who closes it.
    """

    def __init__(self, folder: DataFolder, events: EventDesk | None = None) -> None:
        self.folder = folder
        self._own = events is None
        self.events = events or EventDesk(folder)
        self.genealogy = GenealogyStore(folder.path / FILE)
        self._missing: tuple[int, tuple[tuple[str, RegisterEntry], ...]] = (-1, ())
        self._lock = threading.Lock()

    def link(self, name: str, *, gtin: str = "") -> str:
        """Return the Digital Link of a watch or a part.

        Parameters
        ----------
        name : str
            A Digital Link with a serial number, or a serial number.
        gtin : str, optional
            Of the model; by default the ones that the house has used, the one that knows the serial first.

        Raises
        ------
        ConfigError
            If nobody said a GTIN yet.
        DataError
            If it is no serial number.
        """
        if "://" in name:
            return self._canonical(name)
        known = [gtin] if gtin else self.gtins()
        if not known:
            raise ConfigError(Message("adapters.passport.no_gtin"))
        if gtin and not has_check_digit(gtin.zfill(14)):
            raise DataError(Message("adapters.passport.bad_gtin", found=gtin))
        if not 0 < len(name) <= _LONGEST_SERIAL or not all(c.isascii() and (c.isalnum() or c in "-._") for c in name):
            raise DataError(Message("adapters.passport.bad_serial", found=name[:60]))
        links = [f"{CANONICAL_STEM}/01/{one.zfill(14)}/21/{name}" for one in known]
        return next((one for one in links if self.events.store.has("epc", one)), links[0])

    def known(self, name: str) -> str:
        """Return the Digital Link of a watch that events tell of; the name as it stands where none does."""
        try:
            link = self.link(name)
        except SichenError:
            return name
        return link if self.is_known(link) else name

    def lot(self, name: str) -> str:
        """Return what genealogy calls a lot: its full name, or the only one that ends so.

        Raises
        ------
        NotFound
            If nothing, or more than one thing, is called so.
        """
        if self.genealogy.knows(name) or "://" in name:
            return name
        found = self.genealogy.named_like(f"/10/{name}") or self.genealogy.named_like(f"/21/{name}")
        if len(found) != 1:
            raise NotFound(Message("adapters.passport.no_lot", name=name, count=len(found)))
        return found[0]

    def gtins(self) -> list[str]:
        """Return the GTINs that the house has used, the latest first."""
        path = self.folder.path / SETTINGS
        return list(json.loads(path.read_bytes()).get("gtins", [])) if path.exists() else []

    def remember(self, link: str) -> None:
        """Remember the GTIN of a link, so that its serial numbers alone are enough from now on."""
        gtin = parse_link(link).key.value
        known = self.gtins()
        if gtin not in known:
            write_named(self.folder.path / SETTINGS, json.dumps({"gtins": [gtin, *known]}))

    def write(self, events: Sequence[Table]) -> None:
        """Capture events and bring genealogy up to them.

        Raises
        ------
        DataError
            If one of them was refused; then none was kept.
        """
        if not events:
            return
        job = self.events.capture(Document(tuple(events), PREFIXES))
        if not job.success:
            raise DataError(Message("adapters.passport.refused", problem=str(job.errors[0]["detail"])))
        self.catch_up()

    def catch_up(self) -> None:
        """Make links of the events that came since."""
        with self._lock:
            catch_up(self.events.store, self.genealogy)

    def life(self, name: str, *, at: Instant | None = None) -> Life:
        """Return the passport of a watch.

        Parameters
        ----------
        name : str
            Serial number or Digital Link.
        at : Instant, optional
            As of when; now by default.

        Raises
        ------
        NotFound
            If neither an event nor a record is about it.
        """
        link = self.link(name)
        events = family(self.events.store, link)
        records = self.records(link)
        if not events and not records:
            raise NotFound(Message("adapters.passport.unknown", name=name))
        return fold(link, events, records, at=at or now())

    def is_known(self, link: str) -> bool:
        """Tell whether an event names a watch."""
        return self.events.store.has("epc", link)

    def records(self, link: str) -> list[Record]:
        """Return the records about a watch: the bench knows it by its serial number."""
        serial = link.rpartition("/21/")[2]
        found = self.folder.records.find(subject=f"watch:{serial}", limit=_MOST_RECORDS)
        # A certificate that was taken back, or that nobody released, is no news for a passport.
        return [record for record in found if record.kind != CERTIFICATE or self._stands(record)]

    def watches(self, *, limit: int = 100) -> list[str]:
        """Return the links of watches that were commissioned, the latest first; movements in watches are none."""
        self.catch_up()
        page = self.events.store.ask({"EQ_bizStep": ["commissioning"], "perPage": str(2 * limit)})
        told = happenings(page.events)
        found = list(dict.fromkeys(watch for one in reversed(told) for watch in one.watches))
        parts = self.genealogy.inside_something(found)
        return [link for link in found if link not in parts][:limit]

    def recall(self, lot: str, *, at: Instant | None = None) -> Recall[str]:
        """Return everything that contains a lot, and who has it."""
        self.catch_up()
        return self.genealogy.recall(self.lot(lot), at=at or now())

    def recall_events(self, lot: str, *, note: str, at: Instant) -> list[Table]:
        """Return the events that mark every watch that contains a lot as recalled.

        Raises
        ------
        NotFound
            If nothing contains it.
        """
        watches = sorted(row.item for row in self.recall(lot, at=at).rows if row.contains)
        if not watches:
            raise NotFound(Message("adapters.passport.nothing_contains", lot=lot))
        return [
            marked(watches[start : start + _AT_ONCE], "recalled", at=at, note=note)
            for start in range(0, len(watches), _AT_ONCE)
        ]

    def is_sold(self, link: str) -> bool:
        """Tell whether a watch has, or had, an owner."""
        return fold(link, events_about(self.events.store, [link]), at=now()).sale is not None

    def missing(self) -> tuple[tuple[str, RegisterEntry], ...]:
        """Return the watches that are lost or stolen: link and entry of the register."""
        last = self.events.store.ask({"perPage": "1"}).last
        if self._missing[0] != last:
            self._missing = last, tuple(self._find_missing())
        return self._missing[1]

    def longest_prefix(self) -> int:
        """Return how many digits of a hash the register lets somebody give away."""
        return prefix_length(_TRADE)

    def ask_register(self, prefix: str, *, who: str = "public") -> Found:
        """Answer a question to the register; that it was asked is kept.

        Raises
        ------
        DataError
            If the prefix is none, or so long that it would tell the watch.
        """
        longest = self.longest_prefix()
        checked = check_prefix(prefix, longest=longest)
        entries = matching((entry for _, entry in self.missing()), checked)
        body: dict[str, JSON] = {"prefix": checked, "answered": len(entries), "who": who}
        self.folder.records.append(Record(QUERY, "register:missing", body, "trace.register", "1", now()))
        return Found(checked, entries, longest)

    def close(self) -> None:
        """Let go of the databases."""
        self.genealogy.close()
        if self._own:
            self.events.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _stands(self, certificate: Record) -> bool:
        try:
            return docket(self.folder, str(certificate.body["number"])).stage == "released"
        except NotFound:
            return False

    def _find_missing(self) -> list[tuple[str, RegisterEntry]]:
        told: list[Table] = []
        for name in ("EQ_persistentDisposition_set", "EQ_persistentDisposition_unset"):
            token = ""
            while True:
                more = {"nextPageToken": token} if token else {}
                page = self.events.store.ask({name: list(_MARKS), "perPage": "1000", **more})
                told += page.events
                token = page.token
                if not token:
                    break
        found: dict[str, RegisterEntry] = {}
        for one in happenings(told):
            for watch in one.watches:
                serial = watch.rpartition("/21/")[2]
                if one.kind in {"stolen", "lost"}:
                    found[watch] = RegisterEntry(register_hash(serial), one.kind, one.at.isoformat()[:10])
                elif one.kind == "found":
                    found.pop(watch, None)
        return list(found.items())

    def _canonical(self, name: str) -> str:
        link = parse_link(name)
        serial = next((element.value for element in link.path if element.ai == "21"), "")
        if link.key.ai != "01" or not serial:
            raise DataError(Message("adapters.passport.no_serial", found=name[:200]))
        return f"{CANONICAL_STEM}/01/{link.key.value}/21/{serial}"
