# SPDX-License-Identifier: Apache-2.0
"""Quality and service of a brand from what the desks of bench, conformity and trace really write, opened by `sichen why`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sichen.adapters import DataFolder
from sichen.adapters.audio_files import open_recording
from sichen.adapters.audio_writing import write_wav
from sichen.adapters.bench_desk import Wish, keep_reading, measure_sound
from sichen.adapters.certificate_desk import draft_certificates, release_certificate, review_certificate
from sichen.adapters.certificate_particulars import Particulars
from sichen.adapters.conformity_desk import Order, Source, judge_source, keep_table_verdicts
from sichen.adapters.issuing_house import House, set_house
from sichen.adapters.passport_desk import PassportDesk
from sichen.bench import Scene, WatchSound, synthesise
from sichen.cli.__main__ import run
from sichen.conformity.certificate import Item, Party
from sichen.core import Duration, Instant, Record, why
from sichen.trace.epcis import Table
from sichen.trace.passport import RepairSheet, commissioned, owner_key, passed_on, public_text, serviced, sold

STEM, SHOP, WORKSHOP = "https://id.gs1.org/01/09520123456788/21", "https://id.gs1.org/417/952012345001", "urn:workshop"
WATCHES = tuple(f"SN-{number}" for number in range(12))
DAY = Duration.of_seconds(86_400.0)
BORN = Instant.parse("2024-01-10T08:00:00Z")
STRENGTH = '[brand]\nname = "Sinan"\nyear = 2026\n[evidence]\nwatches = ["SN-*"]\n[indicators]\n'
"""One typed indicator where records say nothing: the strength needs every element."""
TYPED = "".join(
    f'{name} = {{ value = 5.0, source = "accounts", grade = "A" }}\n' for name in ("sales_growth", "research", "registrations")
)
FROM_RECORDS = {"conforming", "chronometer", "certified", "rate_spread", "traceable", "warranty_returns", "repair_time",
                "repair_success"}  # fmt: skip
GOOD = (2.1, 2.5, 1.0, 0.6, -0.4, 0.2, 4.1, 4.5, 3.9, 3.5, 0.2, 3.0, 5.9, 2.4, 2.6)


def live(desk: PassportDesk) -> None:
    """Twelve watches are sold with a year's warranty; six come back, two of them within it, one of those twice."""
    events: list[Table] = []
    for number, serial in enumerate(WATCHES):
        watch = f"{STEM}/{serial}"
        events += [
            commissioned(watch, at=BORN, product={"brand": "Sinan"}, maker="urn:maker"),
            sold(
                watch,
                owner=public_text(owner_key(bytes([number + 1] * 32), watch)),
                at=BORN + DAY * 10,
                warranty="cn-sanbao",
                retailer=SHOP,
            ),
        ]
    for number, serial in enumerate(WATCHES[:6]):
        events += repair(serial, day=100 if number < 2 else 450, stay=4 + number, sheet=f"R-{number}")
    desk.write([*events, *repair(WATCHES[0], day=130, stay=9, sheet="R-0b")])


def repair(serial: str, *, day: int, stay: int, sheet: str) -> Iterator[Table]:
    watch = f"{STEM}/{serial}"
    yield passed_on(watch, to=WORKSHOP, kind="service", at=BORN + DAY * day)
    entry = RepairSheet(sheet, fault="stops", warranty_months=3, accepted=True)
    yield from serviced(watch, entry, at=BORN + DAY * (day + stay), by=WORKSHOP)


def judge(folder: DataFolder) -> None:
    """Five watches are judged by ISO 3159; four pass and get a certificate."""
    set_house(folder.path, House(Party("Sinan laboratory", "司南检测室", "Tianjin")))
    rows = [f"{watch},{day},{rate:.2f}" for watch in WATCHES[:4] for day, rate in enumerate(GOOD, 1)]
    rows += [f"{WATCHES[4]},{day},{rate + (day % 3) * 9:.2f}" for day, rate in enumerate(GOOD, 1)]
    order = Order("iso3159", category="1", decision="simple")
    source = Source("\n".join(["watch,day,rate_s_per_d", *rows, ""]).encode(), "days.csv")
    at = BORN + DAY * 5
    judged = judge_source(order, source, now=at)
    records = keep_table_verdicts(folder, judged, order, source, at=at)
    passed = [(one, record) for one, record in zip(judged.verdicts, records, strict=True) if one.verdict == "accept"]
    said = Particulars(customer=Party("Sinan", "司南"), items={one.watch: Item(serial=one.watch, brand="Sinan") for one, _ in passed},
                       tested_by="Li", begun="2024-01-01", ended="2024-01-15")  # fmt: skip
    for one in draft_certificates(folder, [one for one, _ in passed], [record for _, record in passed], said, at=at):
        review_certificate(folder, one.certificate.number, person="Wang", at=at)
        release_certificate(folder, one.certificate.number, person="Zhao", at=at)


def hear(folder: DataFolder, place: Path) -> None:
    for number, serial in enumerate(WATCHES[:3]):
        sound, _ = synthesise(WatchSound(rate=3.0 * number), duration=12.0, sample_rate=48_000, scene=Scene(), seed=number)
        path = place / f"{serial}.wav"
        write_wav(path, sound)
        kept = folder.keep(path, media_type="audio/wav", name=path.name)
        found = measure_sound(open_recording(path), Wish())
        keep_reading(folder, found, sound=kept, subject=f"watch:{serial}", instant=BORN + DAY * 2, position="CH")


@pytest.mark.slow
def test_a_strength_opens_down_to_sound_verdict_certificate_and_event(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sinan.toml"
    file.write_text(STRENGTH + TYPED, encoding="utf-8")
    with DataFolder.open(tmp_path / "data") as folder:
        hear(folder, tmp_path)
        judge(folder)
        with PassportDesk(folder) as desk:
            live(desk)

    options = ["brand", "strength", str(file), "--evidence", "--save", "--json", "--data", str(tmp_path / "data")]
    assert run(options) == 0

    said = json.loads(capsys.readouterr().out)
    told = {one["indicator"]: one for element in said["elements"] for one in element["indicators"] if one["records"]}
    assert set(told) == FROM_RECORDS
    assert told["conforming"]["value"] == pytest.approx(80.0)
    assert told["certified"]["value"] == pytest.approx(80.0)
    assert told["repair_time"]["value"] == pytest.approx(7.0)  # of 4, 5, 6, 7, 8, 9 and 9 days
    assert told["repair_success"]["value"] == pytest.approx(100 * 6 / 7)  # one of seven came back within its three months
    with DataFolder.open(tmp_path / "data") as folder:
        record = next(folder.records.find(kind="brand.strength"))
        nodes = [node for _, node in why(record.digest, folder.records).walk()]
        kinds = {node.record.kind for node in nodes if isinstance(node.record, Record)}
        types = {node.artifact.media_type for node in nodes if node.artifact is not None}
        assert {"bench.reading", "conformity.verdict", "conformity.certificate"} <= kinds
        assert {"trace.passport", "trace.sale", "trace.service"} <= kinds
        assert {"audio/wav", "text/csv", "application/json"} <= types
        assert not [node for node in nodes if node.record is None and node.artifact is None]
        assert folder.verify() == (folder.records.count() + folder.records.count_artifacts(), ())
    assert run(["why", record.digest, "--data", str(tmp_path / "data")]) == 0
