# SPDX-License-Identifier: Apache-2.0
"""A day of a test centre, on both databases: what is kept, what is refused, what stands behind a verdict."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sichen.adapters import DataFolder
from sichen.adapters import laboratory_capture as stations
from sichen.adapters import laboratory_desk as desk
from sichen.adapters import laboratory_equipment as equipment
from sichen.adapters import laboratory_keeping as keeping
from sichen.adapters.certificate_desk import review_certificate
from sichen.adapters.laboratory_book import Book, world_of
from sichen.adapters.laboratory_capture import Result, Slot
from sichen.adapters.laboratory_certificates import certify_case, dockets_of
from sichen.adapters.laboratory_journal import JOURNAL
from sichen.adapters.laboratory_steps import RowsRefused
from sichen.conformity import laboratory as lab
from sichen.conformity import plan
from sichen.conformity.certificate import Item, Party
from sichen.core import DataError, Figure, Instant, Message, NotFound, Record, why

CUSTOMER = Party("Maker Ltd.", "某表厂", city="Tianjin")
WATCH = Item("A-1", "海鸥", "1963", "ST19", "as new")
MAGNETIC = plan("iso764").choose(category="mechanical")
CHRONOMETER = plan("iso3159").choose(category="1")
LONG_AGO, FAR_AHEAD = Instant.parse("2020-01-01T00:00:00Z"), Instant.parse("2099-01-01T00:00:00Z")
JPEG = b"\xff\xd8\xff\xe0 a photograph of a watch"
RATES = ["2.1", "2.5", "1.0", "0.6", "-0.4", "0.2", "4.1", "4.5", "3.9", "3.5", "0.2", "3.0", "5.9", "2.4", "2.6"]


@pytest.fixture
def folder(address: str, tmp_path: Path) -> Iterator[DataFolder]:
    """Open a data folder on each kind of database, with a calibrated timer and one whose calibration has ended."""
    with DataFolder.open(tmp_path / "data", database=address) as opened:
        for name, until in (("T-1", FAR_AHEAD), ("T-0", Instant.parse("2021-01-01T00:00:00Z"))):
            timer = lab.Instrument(name, "timer", "校表仪", "C-1", LONG_AGO, until)
            equipment.add_instrument(opened, timer, person="Li")
        yield opened


def case_at_the_stations(folder: DataFolder, *protocols: "object", serial: str = "A-1") -> str:
    """Open a case with one watch and send it to the stations."""
    number = desk.open_case(folder, CUSTOMER, person="Li").number
    watch = Item(serial, WATCH.brand, WATCH.model, WATCH.calibre, WATCH.state)
    desk.register_sample(folder, number, watch, person="Li", photographs=[("front.jpg", JPEG)])
    desk.accept_case(folder, number, protocols or [MAGNETIC], person="Wang")  # type: ignore[arg-type]
    return desk.begin_case(folder, number, person="Li").number


def typed(folder: DataFolder, number: str, quantity: str, text: str, **more: object) -> lab.Case:
    result = Result("A-1", quantity, text, instrument=str(more.pop("instrument", "T-1")), **more)  # type: ignore[arg-type]
    return stations.capture(folder, number, "iso764", result, person="Li")


def test_a_case_is_read_back_as_it_was_left(folder: DataFolder) -> None:
    number = case_at_the_stations(folder)
    typed(folder, number, "rate_before", "2.1", u=0.2)
    left = typed(folder, number, "stops", "0")

    again = Book(folder.records, folder.artifacts).world()
    assert again.case(number) == left
    assert again.case(number).customer == CUSTOMER
    assert again.case(number).protocols == (MAGNETIC,)
    assert [one.subject for one in keeping.trails(folder) if one.faults] == []
    assert list(folder.records.verify_all()) == []


def test_a_verdict_leads_to_its_results_their_calibration_and_the_file(folder: DataFolder) -> None:
    number = case_at_the_stations(folder)
    table = "watch,quantity,value,u\nA-1,rate_after,5.0,0.2\nA-1,rate_before,2.1,0.2\nA-1,stops,0,\n"
    stations.capture_file(folder, number, "iso764", table.encode(), name="coil.csv", instrument="T-1", person="Li")
    case = desk.finish_case(folder, number, person="Li")

    [verdict] = desk.verdicts_of(folder, case)
    assert verdict.body["verdict"] == "accept"
    tree = list(why(verdict.digest, folder.records).walk())
    roles = [node.role for _, node in tree]
    assert roles.count("result") == roles.count("raw data") == roles.count("calibration") == 3
    assert all(node.record or node.artifact for _, node in tree)  # no hole: the plan is there too
    assert next(node.artifact for _, node in tree if node.role == "raw data").name == "coil.csv"  # type: ignore[union-attr]

    closed = desk.close_case(folder, number, person="Wang", years=6)
    assert closed.stage == "closed"
    assert list(world_of(folder).retained) == [f"{number}/A-1"]


def test_fifteen_days_from_a_file_are_judged_with_their_own_uncertainty(folder: DataFolder) -> None:
    number = case_at_the_stations(folder, CHRONOMETER)
    rows = "".join(f"A-1,{day},{rate},0.05\n" for day, rate in enumerate(RATES, 1))
    table = ("watch,day,rate_s_per_d,u\n" + rows).encode()
    stations.capture_file(folder, number, "iso3159", table, name="days.csv", instrument="T-1", person="Li")
    case = desk.finish_case(folder, number, person="Li")

    [verdict] = desk.verdicts_of(folder, case)
    mean: Any = dict(verdict.body)["criteria"]
    mean = mean["mean_daily_rate"]
    assert mean["value"] == pytest.approx(2.2)
    # ten daily rates share their states: u of the mean is √2/10 of a state's u, and a rate has √2 of it
    assert mean["u"] == pytest.approx(0.05 / 10, rel=0.05)


def test_a_kept_reading_of_the_bench_becomes_a_result_and_is_named_by_it(folder: DataFolder) -> None:
    number = case_at_the_stations(folder)
    reading = Record(
        "bench.reading", "watch:A-1", {"rate": Figure(4.7312, 0.2, "s/d").to_json(), "position": "CH"}, "m", "1", LONG_AGO
    )
    other = Record("bench.reading", "watch:A-2", dict(reading.body), "m", "1", LONG_AGO)
    crown = Record("bench.reading", "watch:A-1", {**reading.body, "position": "3H"}, "m", "1", LONG_AGO)
    folder.records.append_all([reading, other, crown])
    slot = Slot(number, "iso764", "A-1", "rate_before")
    for wrong, complaint in ((other, "A-2"), (crown, "3H")):
        with pytest.raises(DataError, match=complaint):
            stations.capture_reading(folder, slot, wrong, instrument="T-1", person="Li")

    case = stations.capture_reading(folder, slot, reading, instrument="T-1", person="Li")
    assert stations.fitting_readings(folder, MAGNETIC, "A-1", "rate_before") == (reading,)
    assert (str(case.captures[0].reading.value), case.captures[0].reading.u) == ("4.7312", 0.2)
    assert [link.role for link in folder.records.read(case.last).inputs] == ["previous step", "reading", "calibration"]


def test_what_a_bench_hears_in_seconds_is_no_daily_rate(folder: DataFolder) -> None:
    number = case_at_the_stations(folder, CHRONOMETER)
    reading = Record("bench.reading", "watch:A-1", {"rate": Figure(4.7, 0.2, "s/d").to_json()}, "m", "1", LONG_AGO)
    with pytest.raises(DataError, match="measurand"):
        stations.capture_reading(folder, Slot(number, "iso3159", "A-1", "day 1"), reading, instrument="T-1", person="Li")


@pytest.mark.parametrize(
    ("quantity", "text", "more", "complaint"),
    [
        ("rate_before", "2.1", {"instrument": "T-0"}, "2021-01-01"),
        ("rate_before", "2.1", {"at": Instant.parse("2098-01-01T00:00:00Z")}, "not come yet"),
        ("rate_before", "2.1", {"unit": "ms"}, "convert"),
        ("rate_before", "2100", {}, "plausible"),
        ("stops", "0", {}, "rate_before first"),
        ("rate_after", "2.1", {}, "rate_before first"),
    ],
)
def test_bad_input_at_a_station_is_refused_and_leaves_no_trace(
    folder: DataFolder, quantity: str, text: str, more: dict[str, object], complaint: str
) -> None:
    number = case_at_the_stations(folder)
    before = folder.records.count()
    with pytest.raises(DataError, match=complaint):
        typed(folder, number, quantity, text, **more)
    assert folder.records.count() == before


def test_a_destructive_plan_waits_for_a_milder_one(folder: DataFolder) -> None:
    number = case_at_the_stations(folder, MAGNETIC, plan("iso22810").choose())
    with pytest.raises(DataError, match="rate_before first"):
        stations.capture(folder, number, "iso22810", Result("A-1", "air_leak", "3", instrument="T-1"), person="Li")


def test_one_bad_row_refuses_the_whole_file_by_its_number(folder: DataFolder) -> None:
    number = case_at_the_stations(folder)
    table = b"watch,quantity,value,unit\nA-1,rate_before,2.1,s/d\nA-1,stops,0,1\nA-1,rate_after,5,ms\nA-9,stops,0,1\n"
    before = folder.records.count(), folder.records.count_artifacts()
    with pytest.raises(RowsRefused) as caught:
        stations.capture_file(folder, number, "iso764", table, name="coil.csv", instrument="T-1", person="Li")
    assert sorted(refusal.row or 0 for refusal in caught.value.refusals) == [4, 5]
    assert "第 4 行" in next(one for one in caught.value.refusals if one.row == 4).message.text("zh")
    assert (folder.records.count(), folder.records.count_artifacts()) == before


def test_samples_of_a_table_are_registered_all_or_none(folder: DataFolder) -> None:
    number = desk.open_case(folder, CUSTOMER, person="Li").number
    good = b"serial,brand,state\nB-1,Sinan,new\nB-2,Sinan,new\n"
    with pytest.raises(RowsRefused, match="row 4"):
        desk.register_samples(folder, number, good + b"B-1,Sinan,new\n", name="samples.csv", person="Li")
    assert world_of(folder).case(number).samples == {}
    assert list(desk.register_samples(folder, number, good, name="samples.csv", person="Li").samples) == ["B-1", "B-2"]


def test_a_watch_is_in_one_case_at_a_time(folder: DataFolder) -> None:
    case_at_the_stations(folder)
    other = desk.open_case(folder, CUSTOMER, person="Li").number
    with pytest.raises(DataError, match="A-1"):
        desk.register_sample(folder, other, WATCH, person="Li")


def test_what_is_no_photograph_is_not_kept(folder: DataFolder) -> None:
    number = desk.open_case(folder, CUSTOMER, person="Li").number
    before = folder.records.count_artifacts()
    with pytest.raises(DataError, match="no photograph"):
        desk.register_sample(folder, number, WATCH, person="Li", photographs=[("front.jpg", JPEG), ("x.exe", b"MZ")])
    assert folder.records.count_artifacts() == before
    assert world_of(folder).case(number).samples == {}


def test_a_case_nobody_opened_and_an_instrument_nobody_entered_are_missing(folder: DataFolder) -> None:
    with pytest.raises(NotFound, match="C-9"):
        desk.begin_case(folder, "C-9", person="Li")
    number = case_at_the_stations(folder)
    with pytest.raises(NotFound, match="T-9"):
        typed(folder, number, "rate_before", "2.1", instrument="T-9")
    with pytest.raises(DataError, match="nobody"):
        desk.open_case(folder, CUSTOMER, person=" ")
    with pytest.raises(DataError, match="exists"):
        desk.open_case(folder, CUSTOMER, person="Li", number=number)


def test_an_instrument_s_life_is_read_back_with_its_chart(folder: DataFolder) -> None:
    for place in range(12):
        equipment.check(folder, "T-1", f"{4.0 + 0.1 * (place % 3):.1f}", person="Li")
    equipment.fix_baseline(folder, "T-1", person="Li")
    equipment.check(folder, "T-1", "4.1", person="Li")
    jumped = equipment.check(folder, "T-1", "6.0", person="Li")
    assert [one.place for one in jumped.open_alarms] == [13]

    answered = equipment.answer_alarm(folder, "T-1", finding="microphone loose; mended", person="Wang")
    assert answered.open_alarms == ()
    renewed = equipment.calibrate(
        folder, "T-1", certificate="C-2", calibrated=Instant.parse("2024-01-01T00:00:00Z"), valid_until=FAR_AHEAD, person="Li"
    )
    assert Book(folder.records, folder.artifacts).world().instrument("T-1") == renewed
    gone = equipment.withdraw(folder, "T-1", reason="dropped", person="Li")
    assert gone.instrument.withdrawn
    for calibrated, until in ((FAR_AHEAD, FAR_AHEAD), (LONG_AGO, LONG_AGO), (Instant.parse("2023-01-01T00:00:00Z"), FAR_AHEAD)):
        with pytest.raises(DataError):
            equipment.calibrate(folder, "T-1", certificate="C-3", calibrated=calibrated, valid_until=until, person="Li")


def log_of(*rows: str) -> bytes:
    return ("time,temperature_c,humidity_percent\n" + "\n".join(rows)).encode()


def test_a_log_is_imported_once_and_whole_and_tells_when_the_room_was_too_warm(folder: DataFolder) -> None:
    equipment.add_place(folder, lab.Place("room", "test room", "检测室", (18.0, 28.0), (30.0, 70.0)), person="Li")
    good = log_of(*(f"2026-01-02T0{hour}:00:00Z,{29.5 if hour in (3, 4) else 23},50" for hour in range(8)))
    place = equipment.import_log(folder, "room", good, file="room.csv", person="Li")
    log = equipment.log_of(folder, place)
    assert len(log) == 8
    [episode] = lab.places.episodes(log, place)
    assert (episode.quantity, episode.worst, episode.first.at.isoformat()[11:13]) == ("temperature", 29.5, "03")

    before = folder.records.count()
    for bad, complaint in [
        (good, "before"),
        (log_of("2026-01-02T06:30:00Z,23,50"), "cut off"),
        (log_of("2026-02-01T00:00:00Z,73.4F,50"), "row 2"),
        (log_of("2026-02-01T00:00:00Z,23,50", "2026-02-01T00:00:00Z,23,50"), "row 3"),
        (log_of("2098-02-01T00:00:00Z,23,50"), "row 2"),
        (b"time,temperature_f,humidity_percent\n", "temperature_c"),
        (b"\xff\xfe\x00", "text"),
        (log_of(), "no reading"),
    ]:
        with pytest.raises(DataError, match=complaint):
            equipment.import_log(folder, "room", bad, file="room.csv", person="Li")
    assert folder.records.count() == before


def test_a_warm_night_shows_on_the_case_whose_watch_ran_in_it(folder: DataFolder) -> None:
    equipment.add_place(folder, lab.Place("room", "test room", "检测室", (18.0, 28.0), (30.0, 70.0)), person="Li")
    night = log_of(*(f"2026-01-02T0{hour}:00:00Z,{25.5 if hour == 3 else 23},50" for hour in range(8)))
    equipment.import_log(folder, "room", night, file="room.csv", person="Li")
    number = case_at_the_stations(folder, CHRONOMETER)
    days = Result("A-1", "day 1", "2.1", instrument="T-1", at=Instant.parse("2026-01-02T08:00:00Z"))
    case = stations.capture(folder, number, "iso3159", days, person="Li")

    [excursion] = equipment.excursions_of(folder, world_of(folder), case)
    assert "25.5" in excursion.message.text("en")


def test_a_doubtful_instrument_leads_to_its_results_and_the_report_is_closed_in_order(folder: DataFolder) -> None:
    number = case_at_the_stations(folder)
    typed(folder, number, "rate_before", "2.1")
    report = keeping.report(folder, "microphone loose", person="Li", instrument="T-1", since=LONG_AGO)
    assert report.affected == (lab.Affected(number, "A-1", "rate_before"),)
    with pytest.raises(DataError, match="evaluated"):
        keeping.advance(folder, report.number, "closed", note="x", person="Li")
    for action in keeping.ACTIONS:
        report = keeping.advance(folder, report.number, action, note="seen", person="Wang", recall=False)
    assert report == Book(folder.records, folder.artifacts).world().nonconformity(report.number)
    assert report.stage == "closed"


def test_what_is_kept_goes_only_when_its_time_is_over_and_nobody_holds_it(folder: DataFolder) -> None:
    keeping.shelve(folder, "C-1/A-1", years=6, person="Li")
    with pytest.raises(DataError, match="until"):
        keeping.dispose(folder, "C-1/A-1", how="returned", person="Li")
    keeping.hold(folder, "C-1/A-1", reason="complaint", person="Li")
    with pytest.raises(DataError, match="complaint"):
        keeping.dispose(folder, "C-1/A-1", how="returned", person="Li")
    assert Book(folder.records, folder.artifacts).world().kept("C-1/A-1").kept.hold == "complaint"


def test_a_plan_of_the_laboratory_s_own_is_kept_with_the_case(folder: DataFolder) -> None:
    own = plan("iso764").with_limits({"residual_effect": plan("iso764").criterion("residual_effect").limits["quartz"]})
    number = case_at_the_stations(folder, own.choose(category="mechanical"))
    assert Book(folder.records, folder.artifacts).world().case(number).protocols[0].plan == own


def test_a_step_cut_out_of_the_database_breaks_its_trail_and_no_other(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path / "data") as folder:
        first = desk.open_case(folder, CUSTOMER, person="Li").number
        desk.register_sample(folder, first, WATCH, person="Li")
        desk.decline_case(folder, first, reason="no chamber free", person="Li")
        second = desk.open_case(folder, CUSTOMER, person="Li").number
    with sqlite3.connect(tmp_path / "data" / "records.sqlite") as raw:
        raw.execute("DROP TRIGGER event_remains")
        raw.execute("DELETE FROM event WHERE position = 1")
    with DataFolder.open(tmp_path / "data") as folder:
        assert [one.subject for one in keeping.trails(folder) if one.faults] == [f"case:{first}"]
        world = world_of(folder)
        assert list(world.broken) == [f"case:{first}"]
        assert world.case(second).stage == "opened"
        with pytest.raises(DataError):
            world.case(first)


@pytest.mark.parametrize("gone", [2, 3])
def test_the_last_step_cut_off_is_noticed_though_no_other_names_it(tmp_path: Path, gone: int) -> None:
    """Step 2 is the last of its trail, step 3 the whole of the other, and the last of the database."""
    with DataFolder.open(tmp_path / "data") as folder:
        first = desk.open_case(folder, CUSTOMER, person="Li").number
        desk.register_sample(folder, first, WATCH, person="Li")
        desk.decline_case(folder, first, reason="no chamber free", person="Li")
        second = desk.open_case(folder, CUSTOMER, person="Li").number
    with sqlite3.connect(tmp_path / "data" / "records.sqlite") as raw:
        raw.execute("DROP TRIGGER event_remains")
        raw.execute("DELETE FROM event WHERE position = ?", [gone])
    with DataFolder.open(tmp_path / "data") as folder:
        [bad] = [one for one in keeping.trails(folder) if one.faults]
        assert bad.subject == f"case:{second if gone == 3 else first}"
        assert [fault.key for fault in bad.faults] == ["conformity.trail.cut"]


def test_a_line_that_a_crash_tore_is_no_fault_of_the_trail(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path / "data") as folder:
        desk.open_case(folder, CUSTOMER, person="Li")
        with (folder.path / JOURNAL).open("ab") as file:
            file.write(b'["conformity.case", "case:2026-0')
        assert [one for one in keeping.trails(folder) if one.faults] == []


def test_a_watch_that_stopped_is_waived_with_a_reason_and_the_case_ends(folder: DataFolder) -> None:
    number = desk.open_case(folder, CUSTOMER, person="Li").number
    for serial in ("A-1", "A-2"):
        desk.register_sample(folder, number, Item(serial, "海鸥", "1963", "ST19", "as new"), person="Li")
    desk.accept_case(folder, number, [CHRONOMETER], person="Wang")
    desk.begin_case(folder, number, person="Li")
    good = "".join(f"A-1,{day},{rate}\n" for day, rate in enumerate(RATES, 1))
    stopped = Result("A-2", "day 1", "2.0", instrument="T-1")
    table = ("watch,day,rate_s_per_d\n" + good).encode()
    stations.capture_file(folder, number, "iso3159", table, name="days.csv", instrument="T-1", person="Li")
    stations.capture(folder, number, "iso3159", stopped, person="Li")
    with pytest.raises(DataError, match="reason"):
        desk.waive_result(folder, number, "A-2", "iso3159", reason=" ", person="Li")
    with pytest.raises(DataError, match="lacks no result"):
        desk.waive_result(folder, number, "A-1", "iso3159", reason="stopped", person="Li")

    left = desk.waive_result(folder, number, "A-2", "iso3159", reason="stopped on day 2", person="Li")
    assert [one.quantity for one in left.waived] == [f"day {day}" for day in range(2, 16)]
    assert Book(folder.records, folder.artifacts).world().case(number) == left
    again = desk.repeat_result(folder, number, "A-2", "day 2", reason="it runs again", person="Li")
    assert lab.tasks(again)[0].quantities == ("day 2",)
    desk.waive_result(folder, number, "A-2", "iso3159", "day 2", reason="stopped for good", person="Li")
    case = desk.finish_case(folder, number, person="Li")
    assert [str(one.body["watch"]) for one in desk.verdicts_of(folder, case)] == ["A-1"]
    assert [one.subject for one in keeping.trails(folder) if one.faults] == []


def test_a_tested_case_becomes_certificates_that_know_who_measured_when_and_with_what(folder: DataFolder) -> None:
    number = case_at_the_stations(folder)
    table = "watch,quantity,value,u\nA-1,rate_after,5.0,0.2\nA-1,rate_before,2.1,0.2\nA-1,stops,0,\n"
    stations.capture_file(folder, number, "iso764", table.encode(), name="coil.csv", instrument="T-1", person="Li")
    with pytest.raises(DataError, match="have not ended"):
        certify_case(folder, number)
    case = desk.finish_case(folder, number, person="Li")

    [one] = certify_case(folder, number)
    own = one.certificate
    assert (own.customer, own.item.brand, own.tested_by, own.equipment[0].id) == (CUSTOMER, "海鸥", "Li", "T-1")
    assert own.begun == own.ended == case_day(case)
    beneath = why(one.steps[0].digest, folder.records).walk()
    assert [node.artifact for _, node in beneath if node.role == "raw data"] != []
    assert len(own.inputs) == 1
    with pytest.raises(DataError, match="already"):
        certify_case(folder, number)
    with pytest.raises(DataError, match="two roles"):
        review_certificate(folder, own.number, person="li", at=Instant.parse("2027-01-01T00:00:00Z"))
    assert [found.certificate.number for found in dockets_of(folder, case)] == [own.number]


def case_day(case: lab.Case) -> str:
    return case.captures[0].at[:10]


def test_a_sentence_within_a_sentence_is_said_in_the_same_language() -> None:
    said = Message("adapters.laboratory.row", row=3, why=Message("conformity.laboratory.nothing"))
    assert said.text("zh").startswith("第 3 行：受理前")
