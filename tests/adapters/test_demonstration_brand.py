# SPDX-License-Identifier: Apache-2.0
"""The invented brand of the demonstration opens from its value down to the readings of the workshop's watches."""

from pathlib import Path

from sichen.adapters import DataFolder
from sichen.adapters.demonstration_brand import keep_demonstration_brand
from sichen.core import JSON, Figure, Instant, Record, why

START = Instant.parse("2026-11-02T01:00:00Z")


def test_a_value_opens_to_the_strength_and_the_strength_to_the_readings(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path) as folder:
        for number in range(4):
            body: dict[str, JSON] = {"rate": Figure(2.0 * number, 0.3, "s/d").to_json(), "beats_per_hour": 28800}
            folder.records.append(Record("bench.reading", f"watch:W-{number}", body, "bench.acoustic", "1", START))
        kept = keep_demonstration_brand(folder, at=START)
        value = next(one for one in kept if one.kind == "brand.value")
        kinds = {node.record.kind for _, node in why(value.digest, folder.records).walk() if node.record is not None}
        assert {"brand.value", "brand.strength", "brand.survey", "brand.hedonic", "bench.reading"} <= kinds
        assert folder.verify() == (folder.records.count() + folder.records.count_artifacts(), ())


def test_making_it_twice_keeps_it_once(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path) as folder:
        first = keep_demonstration_brand(folder, at=START)
        count = folder.records.count()
        assert [one.digest for one in keep_demonstration_brand(folder, at=START)] == [one.digest for one in first]
        assert folder.records.count() == count
