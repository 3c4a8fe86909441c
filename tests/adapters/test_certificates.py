# SPDX-License-Identifier: Apache-2.0
"""Certificates as they are kept: steps, keys, trust, evidence down to the recording."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from sichen.adapters import DataFolder
from sichen.adapters.bench_desk import Wish, keep_reading, measure_sound
from sichen.adapters.certificate_desk import (
    Docket,
    Particulars,
    article_of,
    docket,
    dockets,
    draft_certificates,
    form_of,
    release_certificate,
    return_certificate,
    review_certificate,
    revoke_certificate,
)
from sichen.adapters.conformity_desk import (
    BenchRate,
    Order,
    RowsRefused,
    Source,
    judge_bench,
    judge_source,
    keep_bench_verdicts,
    keep_table_verdicts,
    kept_rates,
)
from sichen.adapters.demonstration_conformity import keep_demonstration_conformity
from sichen.adapters.issuing_house import KEY, KEYS, House, house, own_trust, read_trust, set_house, signing_key
from sichen.bench import Scene, WatchSound, synthesise
from sichen.conformity.certificate import Party, read_dcc, verify
from sichen.core import ConfigError, DataError, Duration, Figure, Instant, NotFound, why

AT = Instant.parse("2026-11-23T08:00:00Z")
LATER = AT + Duration.of_seconds(3600)
RATES = ["2.1", "2.5", "1.0", "0.6", "-0.4", "0.2", "4.1", "4.5", "3.9", "3.5", "0.2", "3.0", "5.9", "2.4", "2.6"]
ORDER = Order("iso3159", category="1")
PEOPLE = Particulars(tested_by="Li", begun="2026-11-01", ended="2026-11-16")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    """Open an empty data folder whose laboratory has a name."""
    with DataFolder.open(tmp_path / "data") as opened:
        set_house(opened.path, House(Party("Laboratory", "检测中心"), "https://lab.example"))
        yield opened


def table(*watches: str, rates: list[str] = RATES) -> Source:
    rows = [f"{watch},{day},{rate}" for watch in watches for day, rate in enumerate(rates, 1)]
    return Source("\n".join(["watch,day,rate_s_per_d", *rows]).encode(), "days.csv")


def drafted(folder: DataFolder, *watches: str, said: Particulars = PEOPLE) -> tuple[Docket, ...]:
    source = table(*(watches or ("A-1",)))
    judged = judge_source(ORDER, source, now=AT)
    records = keep_table_verdicts(folder, judged, ORDER, source, at=AT)
    return draft_certificates(folder, judged.verdicts, records, said, at=AT)


def released(folder: DataFolder) -> Docket:
    number = drafted(folder)[0].certificate.number
    review_certificate(folder, number, person="Wang", at=AT)
    return release_certificate(folder, number, person="Zhao", at=AT)


def everything(folder: DataFolder) -> tuple[int, int]:
    return folder.records.count(), folder.records.count_artifacts()


def test_a_certificate_goes_from_its_table_to_a_file_that_verifies_offline(folder: DataFolder, tmp_path: Path) -> None:
    one = released(folder)
    file = form_of(folder, one, "xml")
    (tmp_path / "trust.json").write_bytes((folder.path / "trust.json").read_bytes())

    found = verify(file, trust=read_trust(tmp_path / "trust.json"), now=LATER)
    assert found.intact
    assert found.certificate == one.certificate
    assert (one.certificate.reviewed_by, one.certificate.released_by) == ("Wang", "Zhao")
    assert read_dcc(file).laboratory == "Laboratory"
    assert form_of(folder, one, "pdf").startswith(b"%PDF")
    assert "S-2026-0001" in article_of(folder, one)
    assert folder.verify()[1] == ()


def test_a_certificate_opens_down_to_its_table_and_its_plan(folder: DataFolder) -> None:
    one = released(folder)
    assert one.issued is not None
    names = {node.artifact.name for _, node in why(one.issued.digest, folder.records).walk() if node.artifact is not None}
    assert {"days.csv", "iso3159.plan.json", "S-2026-0001.xml", "S-2026-0001.pdf", "S-2026-0001.html"} <= names


def test_a_certificate_from_the_bench_opens_down_to_the_recording(folder: DataFolder) -> None:
    digests = []
    for place, position in enumerate(("CH", "9H", "6H")):
        sound, _ = synthesise(WatchSound(rate=4.0 + place), duration=12.0, scene=Scene(snr_db=20.0), seed=place)
        kept = folder.keep(f"sound in {position}".encode(), media_type="audio/wav", name=f"B-7_{position}.wav")
        found = measure_sound(sound, Wish())
        digests.append(keep_reading(folder, found, sound=kept, subject="watch:B-7", instant=AT, position=position).digest)
    asked = Order("qbt1903-1993", category="I-excellent", stations="watch,quantity,value,u\nB-7,power_reserve,41,0.2\n")
    rates = kept_rates(folder, digests[::-1])  # the plan's order is found whatever the order of the readings

    judged = judge_bench(asked, rates)
    [record] = keep_bench_verdicts(folder, judged, asked, rates, at=AT)
    [one] = draft_certificates(folder, judged.verdicts, [record], PEOPLE, at=AT)

    assert judged.verdicts[0].measurand == "acoustic_rate"
    assert judged.verdicts[0].criterion("greatest_rate").u == pytest.approx(max(one.rate.u or 0.0 for one in rates), rel=0.3)
    names = {node.artifact.name for _, node in why(one.steps[0].digest, folder.records).walk() if node.artifact is not None}
    assert {"B-7_CH.wav", "B-7_9H.wav", "B-7_6H.wav", "stations.csv"} <= names
    assert len(one.certificate.inputs) == 4  # three recordings and the table of the stations


def test_readings_that_do_not_fill_the_plan_are_refused_with_what_is_missing() -> None:
    figure = Figure(4.0, 0.2, "s/d")
    rows = [BenchRate("B-7", position, figure) for position in ("CH", "6H", "6H")]
    with pytest.raises(RowsRefused, match="CH, 9H, 6H"):
        judge_bench(Order("qbt1903-1993", category="I-excellent"), rows)
    with pytest.raises(DataError, match="name recordings"):
        judge_bench(Order("qbt1903-1993", category="I-excellent"), [])


def test_one_bad_row_keeps_nothing_at_all(folder: DataFolder) -> None:
    before = everything(folder)
    bad = Source(table("A-1", "A-2").content.replace(b"A-2,7,4.1\n", b""), "days.csv")
    judged = judge_source(ORDER, bad, now=AT)

    assert [one.watch for one in judged.verdicts] == ["A-1"]
    with pytest.raises(RowsRefused, match="A-2"):
        keep_table_verdicts(folder, judged, ORDER, bad, at=AT)
    assert everything(folder) == before


def test_nobody_holds_two_roles_and_a_refused_step_keeps_nothing(folder: DataFolder) -> None:
    number = drafted(folder)[0].certificate.number
    before = everything(folder)
    with pytest.raises(DataError, match="two roles"):
        review_certificate(folder, number, person="Li", at=AT)
    with pytest.raises(DataError, match="cannot become released"):
        release_certificate(folder, number, person="Zhao", at=AT)
    with pytest.raises(DataError, match="reason"):
        return_certificate(folder, number, person="Wang", at=AT, reason=" ")
    assert everything(folder) == before
    review_certificate(folder, number, person="Wang", at=AT)
    with pytest.raises(DataError, match="two roles"):
        release_certificate(folder, number, person="Wang", at=AT)
    with pytest.raises(DataError, match="two roles"):
        Particulars(tested_by="Li", reviewed_by="Li")


def test_a_certificate_without_a_tester_is_not_released(folder: DataFolder) -> None:
    number = drafted(folder, said=Particulars())[0].certificate.number
    review_certificate(folder, number, person="Wang", at=AT)
    with pytest.raises(DataError, match="nobody who tested"):
        release_certificate(folder, number, person="Zhao", at=AT)


def test_a_draft_says_that_it_is_none_yet_and_has_no_signed_file(folder: DataFolder) -> None:
    [one] = drafted(folder)
    assert form_of(folder, one, "pdf").startswith(b"%PDF")
    with pytest.raises(NotFound, match="not released"):
        form_of(folder, one, "xml")
    with pytest.raises(NotFound, match="pdf"):
        form_of(folder, one, "docx")


def test_a_returned_draft_stays_with_its_reason(folder: DataFolder) -> None:
    number = drafted(folder)[0].certificate.number
    moved = return_certificate(folder, number, person="Wang", at=AT, reason="wrong calibre")
    assert (moved.stage, moved.steps[-1].body["note"]) == ("returned", "wrong calibre")
    assert docket(folder, number).stage == "returned"


def test_a_revoked_certificate_fails_for_whoever_has_the_new_file_of_trust(folder: DataFolder) -> None:
    one = released(folder)
    old = own_trust(folder.path)
    revoke_certificate(folder, one.certificate.number, person="Zhao", at=LATER, reason="wrong watch")

    file = form_of(folder, docket(folder, one.certificate.number), "xml")
    assert verify(file, trust=own_trust(folder.path), now=LATER).status == "revoked"
    assert verify(file, trust=old, now=LATER).intact  # it cannot know


def test_the_key_is_closed_to_others_and_an_open_one_is_refused(folder: DataFolder) -> None:
    released(folder)
    key = folder.path / KEYS / KEY
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    key.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        signing_key(folder.path, at=LATER)


def test_a_house_with_another_name_signs_with_another_key_and_the_old_files_stay_good(folder: DataFolder) -> None:
    first = released(folder)
    set_house(folder.path, House(Party("Another laboratory", "另一机构")))
    number = drafted(folder, "A-2")[0].certificate.number
    review_certificate(folder, number, person="Wang", at=LATER)
    second = release_certificate(folder, number, person="Zhao", at=LATER)

    trust = own_trust(folder.path)
    found = [verify(form_of(folder, one, "xml"), trust=trust, now=LATER) for one in (first, second)]
    assert [one.signer for one in found] == ["Laboratory", "Another laboratory"]
    assert all(one.intact for one in found)


def test_a_house_without_a_name_or_with_a_strange_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="which laboratory"):
        set_house(tmp_path, House())
    with pytest.raises(ConfigError, match="https"):
        set_house(tmp_path, House(Party("L", "室"), "javascript:alert(1)"))
    (tmp_path / "house.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="damaged"):
        house(tmp_path)
    (tmp_path / "trust.json").write_text("[", encoding="utf-8")
    with pytest.raises(ConfigError, match="no file of trust"):
        own_trust(tmp_path)


def test_a_laboratory_that_is_named_late_stands_on_what_it_releases(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path / "data") as folder:
        number = drafted(folder)[0].certificate.number
        review_certificate(folder, number, person="Wang", at=AT)
        before = everything(folder)
        with pytest.raises(ConfigError, match="which laboratory"):
            release_certificate(folder, number, person="Zhao", at=AT)
        assert everything(folder) == before
        set_house(folder.path, House(Party("Laboratory", "检测中心")))
        assert release_certificate(folder, number, person="Zhao", at=AT).certificate.laboratory.name_en == "Laboratory"


def test_numbers_follow_each_other_and_the_list_begins_with_the_latest_work(folder: DataFolder) -> None:
    first = [one.certificate.number for one in drafted(folder, "A-1", "A-2", "A-3")]
    second = [one.certificate.number for one in drafted(folder, "A-4")]
    assert [*first, *second] == [f"S-2026-000{count}" for count in (1, 2, 3, 4)]
    assert next(dockets(folder)).certificate.number == "S-2026-0004"
    with pytest.raises(NotFound, match="S-2026-0099"):
        docket(folder, "S-2026-0099")


def test_a_certificate_without_dates_says_whose_they_are(folder: DataFolder) -> None:
    [one] = drafted(folder, said=Particulars(tested_by="Li"))
    assert one.certificate.begun == "2026-11-23"
    assert any("no dates" in remark.en for remark in one.certificate.remarks)


def test_the_demonstration_has_one_of_each_and_is_made_once(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path / "data") as folder:
        made = keep_demonstration_conformity(folder)  # without the workshop's recordings: the daily rates alone
        assert {(one.certificate.verdict, one.stage) for one in made} == {
            ("accept", "released"),
            ("reject", "released"),
            ("undecided", "reviewed"),
        }
        count = folder.records.count()
        assert keep_demonstration_conformity(folder) == ()
        assert folder.records.count() == count
        assert folder.verify()[1] == ()
