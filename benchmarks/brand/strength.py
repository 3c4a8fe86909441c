# SPDX-License-Identifier: Apache-2.0
"""A strength whose quality and service come from verdicts, readings and repairs, opened down to them."""

import tempfile

from benchmarks.brand.table import row
from sichen.adapters import DataFolder
from sichen.adapters.brand_desk import Sent, keep_strength, score_brand
from sichen.adapters.passport_desk import PassportDesk
from sichen.adapters.sample_brands import sample_file
from sichen.core import JSON, Duration, Figure, Input, Instant, Record, why
from sichen.trace.epcis import Table
from sichen.trace.passport import RepairSheet, commissioned, owner_key, passed_on, public_text, serviced, sold

AT = Instant.parse("2026-01-05T08:00:00Z")
FROM_RECORDS = {"conforming", "chronometer", "rate_spread", "traceable", "warranty_returns", "repair_time", "repair_success"}
WATCHES = 12
YEAR = Duration.of_seconds(365.25 * 86_400.0)


def strength() -> int:
    """Print the table of evidence."""
    print("\nStrength from records")
    with tempfile.TemporaryDirectory() as place, DataFolder.open(place) as folder:
        raw = folder.keep(b"a recording", media_type="audio/wav", name="w.wav")
        for number in range(WATCHES):
            _watch(folder, number, raw.digest)
        with PassportDesk(folder) as desk:
            desk.write([event for number in range(WATCHES) for event in _life(number)])
        sent = Sent(sample_file("strength.toml"), "strength.toml")
        scored = score_brand(sent, folder)
        record = keep_strength(folder, scored, sent, at=AT)
        told = {one.indicator for one in scored.gathered if one.observed is not None}
        nodes = [node for _, node in why(record.digest, folder.records).walk()]
        kinds = {node.record.kind for node in nodes if node.record is not None}
        holes = sum(node.record is None and node.artifact is None for node in nodes)
    wanted = {"brand.strength", "conformity.verdict", "bench.reading", "trace.passport", "trace.sale", "trace.service"}
    missed = row("indicators of quality and service from records", len(told & FROM_RECORDS), len(FROM_RECORDS), least=True)
    missed += row("kinds of record that `why` opens, of six", len(kinds & wanted), 6, least=True)
    return missed + row("holes in the tree", holes, 0)


def _watch(folder: DataFolder, number: int, raw: str) -> None:
    subject = f"watch:W-{number}"
    rate = Figure(2.0 + 0.5 * number, 0.2, "s/d").to_json()
    body: dict[str, JSON] = {"rate": rate, "beats_per_hour": 28800}
    reading = Record("bench.reading", subject, body, "bench.acoustic", "1", AT, inputs=(Input("audio", raw),))
    verdict: dict[str, JSON] = {"verdict": "accept" if number else "reject", "protocol": {"plan": "iso3159"}}
    judged = Record(
        "conformity.verdict", subject, verdict, "conformity.judge", "1", AT, inputs=(Input("reading", reading.digest),)
    )
    folder.records.append_all((reading, judged))


def _life(number: int) -> list[Table]:
    """Return how a watch is made and sold, and two years later is a week or two in the workshop."""
    watch, born = f"https://id.gs1.org/01/09520123456788/21/W-{number}", AT - YEAR * 4
    came, sheet = born + YEAR * 2, RepairSheet(f"R-{number}", fault="stops", warranty_months=3, accepted=True)
    owner = public_text(owner_key(bytes([number + 1] * 32), watch))
    return [
        commissioned(watch, at=born, product={"brand": "Sinan"}, maker="urn:maker"),
        sold(watch, owner=owner, at=born, warranty="cn-sanbao", retailer="urn:shop"),
        passed_on(watch, to="urn:workshop", kind="service", at=came),
        *serviced(watch, sheet, at=came + Duration.of_seconds(86_400.0 * (5 + number)), by="urn:workshop"),
    ]
