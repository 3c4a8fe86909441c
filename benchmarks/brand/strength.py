# SPDX-License-Identifier: Apache-2.0
"""A strength whose quality and service come from verdicts, readings and repairs, opened down to them."""

import tempfile

from benchmarks.brand.table import row
from sichen.adapters import DataFolder
from sichen.adapters.brand_desk import Sent, keep_strength, score_brand
from sichen.adapters.sample_brands import sample_file
from sichen.core import JSON, Figure, Input, Instant, Record, why

AT = Instant.parse("2026-01-05T08:00:00Z")
FROM_RECORDS = {"conforming", "chronometer", "rate_spread", "traceable", "repair_time", "repair_success"}
WATCHES = 12


def strength() -> int:
    """Print the table of evidence."""
    print("\nStrength from records")
    with tempfile.TemporaryDirectory() as place, DataFolder.open(place) as folder:
        raw = folder.keep(b"a recording", media_type="audio/wav", name="w.wav")
        for number in range(WATCHES):
            _watch(folder, number, raw.digest)
        sent = Sent(sample_file("strength.toml"), "strength.toml")
        scored = score_brand(sent, folder)
        record = keep_strength(folder, scored, sent, at=AT)
        told = {one.indicator for one in scored.gathered if one.observed is not None}
        nodes = [node for _, node in why(record.digest, folder.records).walk()]
        kinds = {node.record.kind for node in nodes if node.record is not None}
        holes = sum(node.record is None and node.artifact is None for node in nodes)
    wanted = {"brand.strength", "conformity.verdict", "bench.reading", "trace.passport", "trace.service"}
    missed = row("indicators of quality and service from records", len(told & FROM_RECORDS), len(FROM_RECORDS), least=True)
    missed += row("kinds of record that `why` opens, of five", len(kinds & wanted), 5, least=True)
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
    passport = Record("trace.passport", subject, {}, "trace.passport", "1", AT, inputs=(Input("verdict", judged.digest),))
    service = Record("trace.service", subject, {"reason": "wear", "days": 5 + number, "again": False}, "trace.service", "1", AT)
    folder.records.append_all((reading, judged, passport, service))
