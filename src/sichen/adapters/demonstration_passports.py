# SPDX-License-Identifier: Apache-2.0
"""Passports in the demonstration: lives of the workshop's watches, from lots of parts to owners, sealed in a ledger."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from sichen.adapters.clock import now
from sichen.adapters.data_folder import DataFolder
from sichen.adapters.ledger import desk as ledgers
from sichen.adapters.passport_desk import PassportDesk
from sichen.core import Duration, Instant, Record
from sichen.trace.epcis import Table
from sichen.trace.passport import (
    Part,
    RepairSheet,
    Replacement,
    assembled,
    commissioned,
    handed_over,
    installed,
    marked,
    owner_key,
    passed_on,
    public_text,
    serviced,
    sign_hand_over,
    sold,
)

DAYS_OF_LIFE = 12
_DAY = 86_400 * 10**9
_OWNER, _NEXT = b"the demonstration's first owner.", b"the demonstration's next owner. "


def keep_demonstration_passports(folder: DataFolder, *, after: Record | None) -> int:
    """Write the lives of the workshop's watches and seal what the workshop knows; one that stands stays as it is.

    Parameters
    ----------
    folder : DataFolder
        With the workshop's readings.
    after : Record or None
        The reading of the serviced watch after its service.

    Returns
    -------
    int
        How many events were written.
    """
    table = lives()
    with PassportDesk(folder) as desk:
        first = _link(table["gtin"], table["watch"][0]["serial"])
        readings = {row["serial"]: next(folder.records.find(subject=f"watch:{row['serial']}"), None) for row in table["watch"]}
        known = [record for record in readings.values() if record is not None]
        if desk.is_known(first) or not known:
            return 0
        born = min(record.instant for record in known) - Duration(_DAY * 6)
        if (born + Duration(_DAY * DAYS_OF_LIFE)).ns > now().ns:
            return 0  # a clock that stands before the example's days must not write about the future
        events = [event for row in table["watch"] for event in _life(folder, table, row, born, after)]
        desk.write(events)
        desk.remember(first)
        noticed = born + Duration(_DAY * (DAYS_OF_LIFE - 1))
        desk.write(desk.recall_events(table["recalled_lot"], note=table["recall_note"], at=noticed))
        ledgers.seal(folder, desk.events.store.ledger)
    return len(events) + 1


@cache
def lives() -> Mapping[str, Any]:
    """Return what became of the watches."""
    text = resources.files("sichen.adapters").joinpath("data/watch_lives.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _link(gtin: str, serial: str) -> str:
    return f"https://id.gs1.org/01/{gtin}/21/{serial}"


def _life(
    folder: DataFolder, table: Mapping[str, Any], row: Mapping[str, Any], born: Instant, after: Record | None
) -> Iterator[Table]:
    def day(number: float) -> Instant:
        return born + Duration(int(number * _DAY))

    watch, movement = _link(table["gtin"], row["serial"]), _link(table["movement_gtin"], f"M-{row['serial']}"[:20])
    lots = [f"https://id.gs1.org/01/{table['movement_gtin']}/10/{lot}" for lot in row["lots"]]
    yield commissioned(movement, at=day(0), product={"calibre": row["calibre"]}, maker=table["maker"])
    yield assembled(movement, lots, at=day(0.1))
    product = {name: row[name] for name in ("brand", "name", "calibre")}
    yield commissioned(watch, at=day(1), product=product, maker=table["maker"])
    hands = Part(f"https://id.gs1.org/01/{table['gtin']}/10/H-31", "hands", lot=True)
    yield installed(watch, [Part(movement, "movement"), hands], at=day(1.2))
    yield passed_on(watch, to=table["shop"], kind="retailer", at=day(6.5))
    if "sold" not in row:
        return
    owner = owner_key(_OWNER, watch)
    yield sold(watch, owner=public_text(owner), at=day(7), warranty=row["sold"], retailer=table["shop"])
    if row.get("handed_over"):
        taker = public_text(owner_key(_NEXT, watch))
        yield handed_over(sign_hand_over(owner, watch=watch, taker=taker, at=day(9)))
    if "service" in row:
        yield passed_on(watch, to=table["workshop"], kind="service", at=day(7.5))
        yield from serviced(watch, _sheet(folder, table, row, after), at=day(10), by=table["workshop"])
    if "stolen" in row:
        yield marked([watch], "stolen", at=day(10), note=row["stolen"])


def _sheet(folder: DataFolder, table: Mapping[str, Any], row: Mapping[str, Any], after: Record | None) -> RepairSheet:
    told = row["service"]
    stem = f"https://id.gs1.org/01/{table['movement_gtin']}/10/"
    later = () if after is None else (after.digest,)
    found = folder.records.find(kind="bench.reading", subject=f"watch:{row['serial']}")
    return RepairSheet(
        told["sheet"],
        told["state"],
        told["fault"],
        told["work"],
        tuple(record.digest for record in found if record.digest not in later),
        later,
        (Replacement(told["part"], told["old"], stem + told["new_lot"]),),
        told["water_test"],
        told["technician"],
        told["warranty_months"],
        accepted=True,
    )
