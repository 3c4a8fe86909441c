# SPDX-License-Identifier: Apache-2.0
"""A certificate that the tests of certificates share."""

from sichen.conformity import WatchVerdict, batch_of_rates, judge, plan
from sichen.conformity.certificate import (
    Certificate,
    Condition,
    Equipment,
    Item,
    Party,
    Signer,
    Trust,
    certificate_of,
    public_key,
)
from sichen.conformity.uncertainty import budget
from sichen.core import Instant

EXAMPLE = ["2.1", "2.5", "1.0", "0.6", "-0.4", "0.2", "4.1", "4.5", "3.9", "3.5", "0.2", "3.0", "5.9", "2.4", "2.6"]
SIGNED = Instant.parse("2026-11-23T08:00:00Z")
NOW = Instant.parse("2026-11-24T08:00:00Z")


def certificate(serial: str = "A-1001 <测>", rates: list[str] = EXAMPLE) -> Certificate:
    """Make the certificate of the worked example."""
    [verdict] = judge(batch_of_rates([rates], u=0.02, watches=[serial]), plan("iso3159").choose(category="1"))
    return certificate_like(verdict, serial=serial)


def certificate_like(verdict: WatchVerdict, *, serial: str = "", reviewed_by: str = "Wang") -> Certificate:
    """Make the certificate of any verdict."""
    return certificate_of(
        verdict,
        number="S-2026-0001",
        issued=SIGNED,
        begun="2026-11-01",
        ended="2026-11-16",
        laboratory=Party(
            "Watch Laboratory & Co.", "钟表检测中心", "Tianjin", email="lab@example.org", accreditation="CNAS L0000"
        ),
        customer=Party("Maker Ltd.", "某表厂"),
        item=Item(serial or verdict.watch, "海鸥", "M-1", "ST-1", "as new", ("sha256:" + "0" * 64,)),
        equipment=(Equipment("T-1", "optical state reader", "光学读数仪", "2027-06-30"),),
        conditions=(Condition("temperature", "°C", 22.6, 23.3), Condition("humidityRelative", "%", 45, 55)),
        tested_by="Li",
        reviewed_by=reviewed_by,
        released_by="Zhao",
        inputs=("sha256:" + "1" * 64,),
        budgets=[budget("daily_rate")],
    )


def trust(private: bytes, *, revoked: Instant | None = None, withdrawn: dict[str, str] | None = None) -> Trust:
    """Trust one key for the year 2026."""
    start, end = Instant.parse("2026-01-01T00:00:00Z"), Instant.parse("2026-12-31T23:59:59Z")
    return Trust((Signer("Watch Laboratory", public_key(private), start, end, revoked),), withdrawn or {})
