# SPDX-License-Identifier: Apache-2.0
"""A watch, its parts and its people, for tests of passports."""

from sichen.core import JSON, Duration, Instant, Record
from sichen.trace.epcis.event import Table
from sichen.trace.passport import (
    Part,
    RepairSheet,
    assembled,
    commissioned,
    installed,
    owner_key,
    passed_on,
    public_text,
    serviced,
    sold,
)

STEM = "https://id.gs1.org/01/09520123456788"
WATCH, MOVEMENT, OTHER_WATCH, OTHER_MOVEMENT = (f"{STEM}/21/{name}" for name in ("W-1", "M-1", "W-2", "M-2"))
BALANCES = f"{STEM}/10/BAL-7"
SHOP, WORKSHOP, MAKER = "https://id.gs1.org/417/952012345001", "https://id.gs1.org/417/952012345002", "urn:maker"
LIN, CHEN = bytes([1] * 32), bytes([2] * 32)
MOVEMENT_PART = Part(MOVEMENT, "movement")


def day(number: int) -> Instant:
    """Return noon of a day of 2026, counted from the first of January."""
    return Instant.parse("2026-01-01T12:00:00Z") + Duration(number * 86_400 * 10**9)


def key_of(secret: bytes, watch: str = WATCH) -> str:
    """Return somebody's public key for a watch."""
    return public_text(owner_key(secret, watch))


def reading(number: int, *, watch: str = "W-1", rate: float = 4.0) -> Record:
    """Return a reading of the bench."""
    figure: dict[str, JSON] = {"value": rate, "u": 0.2, "unit": "s/d"}
    return Record("bench.reading", f"watch:{watch}", {"rate": figure, "position": "CH"}, "bench.acoustic", "1", day(number))


def birth() -> list[Table]:
    """Return the events up to the cased watch."""
    return [
        assembled(MOVEMENT, [BALANCES], at=day(0)),
        commissioned(WATCH, at=day(2), product={"brand": "Haiyan", "reference": "H1"}, maker=MAKER),
        installed(WATCH, [MOVEMENT_PART], at=day(3)),
    ]


def sale(*, at: int = 10) -> list[Table]:
    """Return shipment to the shop and sale to Lin."""
    bought = sold(WATCH, owner=key_of(LIN), at=day(at), warranty="cn-sanbao", retailer=SHOP)
    return [passed_on(WATCH, to=SHOP, kind="retailer", at=day(5)), bought]


def repair(sheet: RepairSheet, *, at: int) -> list[Table]:
    """Return the arrival at the workshop and the entry of the service book."""
    return [
        passed_on(WATCH, to=WORKSHOP, kind="service", at=day(at)),
        *serviced(WATCH, sheet, at=day(at + 2), by=WORKSHOP),
    ]
