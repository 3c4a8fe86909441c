# SPDX-License-Identifier: Apache-2.0
"""The laboratory's pages and interface: a case walked through by forms, refusals with their status, nothing half stored."""

from typing import Any
from urllib.parse import quote

import pytest
from tests.web.conftest import Call

from sichen.adapters import DataFolder
from sichen.adapters.demonstration_laboratory import BASELINE, LATER, keep_demonstration_laboratory
from sichen.adapters.laboratory_book import world_of
from sichen.adapters.laboratory_keeping import trails
from sichen.conformity import laboratory as lab
from sichen.core import Figure, Instant, Record

PERSON = {"cookie": f"sichen-person={quote('李明')}", "accept": "text/html"}
PAGES = [
    "/laboratory",
    "/laboratory/cases/2026-001",
    "/laboratory/cases/2026-002",
    "/laboratory/cases/2026-003",
    "/laboratory/stations",
    "/laboratory/stations/look",
    "/laboratory/stations/magnetic",
    "/laboratory/stations/water",
    "/laboratory/instruments",
    "/laboratory/instruments/T-1",
    "/laboratory/instruments/M-1",
    "/laboratory/environment",
    "/laboratory/nonconforming?instrument=T-1&since=2026-01-01",
    "/laboratory/trail",
    "/laboratory/trail?subject=case:2026-002",
]
STOPS = {"case": "2026-002", "plan": "iso764", "serial": "XH-311", "quantity": "stops", "instrument": "T-1"}


@pytest.fixture
def lab_folder(folder: DataFolder) -> DataFolder:
    """Give the folder with the demonstration's laboratory."""
    keep_demonstration_laboratory(folder)
    return folder


@pytest.fixture
def send(call: Call, lab_folder: DataFolder) -> Call:
    """Send a form as Li Ming."""

    def sender(path: str, data: dict[str, Any] | None = None, **how: Any) -> Any:
        return call("POST", path, data=data or {}, headers=PERSON, **how)

    return sender


def test_the_demonstration_has_what_a_laboratory_meets_and_is_made_once(lab_folder: DataFolder) -> None:
    world = world_of(lab_folder)
    assert [case.stage for case in world.cases.values()] == ["tested", "testing", "opened"]
    assert len(world.instruments) == 5
    assert [alarm.place for alarm in world.instrument("T-1").open_alarms] == [BASELINE + LATER - 2]
    assert [one for one in trails(lab_folder) if one.faults] == []
    assert list(lab_folder.records.verify_all()) == []
    before = lab_folder.records.count()
    keep_demonstration_laboratory(lab_folder)
    assert lab_folder.records.count() == before


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_opens_in_both_languages(call: Call, lab_folder: DataFolder, path: str, language: str) -> None:
    mark = "&" if "?" in path else "?"
    answer = call("GET", f"{path}{mark}lang={language}", headers=PERSON)
    assert answer.status_code == 200
    assert "李明" in answer.text


@pytest.mark.parametrize("path", ["/laboratory", "/laboratory/stations/rate", "/laboratory/trail", "/laboratory/environment"])
def test_an_empty_laboratory_teaches(call: Call, path: str) -> None:
    assert call("GET", path, headers=PERSON).status_code == 200
    assert "front desk" in call("GET", "/laboratory", headers=PERSON).text


def test_the_first_page_warns_of_what_the_demonstration_hides(call: Call, lab_folder: DataFolder) -> None:
    said = call("GET", "/laboratory?lang=en", headers=PERSON).text
    for warning in ("M-1: the calibration ended on 2026-09-28", "T-1: the check watch raised an alarm", "room: outside"):
        assert warning in said
    assert "3 cases" in call("GET", "/?lang=en", headers=PERSON).text


def test_a_case_is_walked_from_the_front_desk_to_its_end_by_forms(send: Call, call: Call, lab_folder: DataFolder) -> None:
    opened = send("/laboratory/cases", {"customer": "Maker Ltd.", "customer_zh": "某表厂"})
    home = opened.headers["location"]
    assert (opened.status_code, home) == (303, "/laboratory/cases/2026-004")
    photo = {"photographs": ("front.png", b"\x89PNG\r\n\x1a\n dial", "image/png")}
    sample = {"serial": "P-1", "brand": "海鸥", "state": "as new"}
    assert send(f"{home}/samples", sample, files=photo).status_code == 303
    assert send(f"{home}/accept", {"plan": ["iso764:mechanical", ""]}).status_code == 303
    assert send(f"{home}/begin").status_code == 303
    for quantity, value in (("rate_before", "2.1"), ("stops", "0"), ("rate_after", "-1.0")):
        station = lab.quantity_of(world_of(lab_folder).case("2026-004").protocols[0], quantity).station
        form = {**STOPS, "case": "2026-004", "serial": "P-1", "quantity": quantity, "value": value}
        kept = send(f"/laboratory/stations/{station}", form)
        assert kept.status_code == 303
        assert "P-1" in call("GET", kept.headers["location"], headers=PERSON).text
    assert send(f"{home}/repeat", {"repeat": "rate_after@P-1", "reason": "watch had slipped"}).status_code == 303
    assert send("/laboratory/stations/magnetic", {**form, "value": "-1.1", "u": "0.2"}).status_code == 303
    assert send(f"{home}/finish").status_code == 303
    assert "accepted" in call("GET", f"{home}?lang=en", headers=PERSON).text
    assert send(f"{home}/reopen", {"repeat": "stops@P-1", "reason": "coil was off"}).status_code == 303
    assert send("/laboratory/stations/magnetic", {**form, "quantity": "stops", "value": "0"}).status_code == 303
    assert send(f"{home}/finish").status_code == send(f"{home}/close").status_code == 303

    world = world_of(lab_folder)
    assert world.case("2026-004").stage == "closed"
    assert list(world.retained) == ["2026-004/P-1"]
    assert send("/laboratory/kept", {"subject": "2026-004/P-1", "action": "hold", "reason": "complaint"}).status_code == 303
    assert send("/laboratory/kept", {"subject": "2026-004/P-1", "action": "dispose", "reason": "x"}).status_code == 422
    assert send("/laboratory/kept", {"subject": "2026-004/P-1", "action": "free"}).status_code == 303
    assert [one for one in trails(lab_folder) if one.faults] == []


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"instrument": "M-1", "value": "0"}, 422, "2026-09-28"),
        ({"value": "1000"}, 422, "plausible"),
        ({"value": "many"}, 422, "plausible"),
        ({"quantity": "rate_after", "plan": "iso22810", "value": "1"}, 422, "list of tasks"),
        ({"plan": "iso22810", "quantity": "air_leak", "instrument": "W-1", "value": "3"}, 422, "stops first"),
        ({"instrument": "T-9", "value": "0"}, 404, "T-9"),
        ({"case": "2026-999", "value": "0"}, 404, "2026-999"),
        ({"value": "0", "u": "-1"}, 422, "above 0"),
    ],
)
def test_a_station_refuses_on_its_own_page_with_the_remedy_and_keeps_nothing(
    send: Call, lab_folder: DataFolder, change: dict[str, str], status: int, said: str
) -> None:
    before = lab_folder.records.count()
    answer = send("/laboratory/stations/magnetic?lang=en", {**STOPS, **change})
    assert (answer.status_code, said in answer.text) == (status, True)
    assert lab_folder.records.count() == before


def test_a_form_without_a_name_is_refused(call: Call, lab_folder: DataFolder) -> None:
    answer = call("POST", "/laboratory/cases?lang=en", data={"customer": "Maker"}, headers={"accept": "text/html"})
    assert answer.status_code == 422
    assert "say who" in answer.text
    named = call("POST", "/laboratory/who", data={"person": "王芳", "back": "https://elsewhere.example/"})
    assert named.headers["location"] == "/laboratory"
    assert quote("王芳") in named.headers["set-cookie"]


def test_a_file_with_a_bad_row_is_refused_by_row_and_a_good_one_is_kept_whole(send: Call, lab_folder: DataFolder) -> None:
    bad = b"watch,quantity,value,unit\nXH-311,stops,0,1\nXH-312,stops,0,s/d\nXX-9,stops,0,1\n"
    before = lab_folder.records.count(), lab_folder.records.count_artifacts()
    refused = send("/laboratory/stations/magnetic?lang=en", STOPS, files={"file": ("coil.csv", bad, "text/csv")})
    assert refused.status_code == 422
    assert "row 3" in refused.text
    assert "row 4" in refused.text
    assert (lab_folder.records.count(), lab_folder.records.count_artifacts()) == before
    good = b"watch,quantity,value\nXH-311,stops,0\nXH-312,stops,0\nXH-311,rate_after,7\nXH-312,rate_after,-2\n"
    assert send("/laboratory/stations/magnetic", STOPS, files={"file": ("coil.csv", good, "text/csv")}).status_code == 303
    assert len(world_of(lab_folder).case("2026-002").captures) == 6


def test_a_reading_that_the_bench_kept_is_offered_and_taken(send: Call, call: Call, lab_folder: DataFolder) -> None:
    at = Instant.parse("2026-11-01T05:00:00Z")
    reading = Record(
        "bench.reading", "watch:XH-311", {"rate": Figure(5.25, 0.2, "s/d").to_json(), "position": "CH"}, "m", "1", at
    )
    lab_folder.records.append(reading)
    send("/laboratory/stations/magnetic", {**STOPS, "value": "0"})
    shown = call("GET", "/laboratory/stations/magnetic?lang=en", headers=PERSON).text
    assert reading.digest in shown
    taken = send("/laboratory/stations/magnetic", {**STOPS, "quantity": "rate_after", "reading": reading.digest})
    assert taken.status_code == 303
    assert str(world_of(lab_folder).case("2026-002").captures[-1].reading.value) == "5.25"


def test_instruments_rooms_and_reports_are_served_by_forms(send: Call, call: Call, lab_folder: DataFolder) -> None:
    good = {"name": "T-2", "name_zh": "校表仪", "certificate": "C-9", "calibrated": "2026-01-05", "valid_until": "2099-01-04"}
    assert send("/laboratory/instruments", good).status_code == 303
    assert send("/laboratory/instruments", good).status_code == 422
    assert send("/laboratory/instruments", {**good, "name": "T-3", "calibrated": "2098-01-05"}).status_code == 422
    assert send("/laboratory/instruments/T-1/answer", {"reason": "microphone loose"}).status_code == 303
    assert send("/laboratory/instruments/T-1/check", {"value": "4.2"}).status_code == 303
    assert send("/laboratory/instruments/T-1/check", {"value": "soon"}).status_code == 422
    assert send("/laboratory/instruments/T-1/baseline").status_code == 422
    assert send("/laboratory/instruments/T-1/paint").status_code == 422
    renewed = {"certificate": "C-10", "calibrated": "2026-11-01", "valid_until": "2099-10-31"}
    assert send("/laboratory/instruments/M-1/calibrate", renewed).status_code == 303
    assert send("/laboratory/instruments/K-1/withdraw", {"reason": "door leaks"}).status_code == 303
    chart = call("GET", "/laboratory/instruments/T-1/chart").json()
    assert (len(chart["rows"]), len(chart["limits"])) == (BASELINE + LATER + 1, 3)

    place = {"name": "cold", "name_en": "cold chamber", "coldest": "7", "warmest": "9"}
    assert send("/laboratory/environment", place).status_code == 303
    assert send("/laboratory/environment", {**place, "name": "x", "coldest": "9", "warmest": "7"}).status_code == 422
    assert send("/laboratory/environment", {**place, "name": "x", "coldest": "cold"}).status_code == 422
    log = b"time,temperature_c,humidity_percent\n2026-11-01T00:00:00Z,8.1,40\n2026-11-01T01:00:00Z,9.6,40\n"
    assert send("/laboratory/environment/cold", files={"file": ("cold.csv", log, "text/csv")}).status_code == 303
    assert send("/laboratory/environment/cold", files={"file": ("cold.csv", log, "text/csv")}).status_code == 422
    assert send("/laboratory/environment/cold").status_code == 422
    course = call("GET", "/laboratory/environment/cold/temperature").json()
    assert [row[:2] for row in course["rows"]] == [[-1.0, 8.1], [0.0, 9.6]]

    assert send("/laboratory/nonconforming", {"what": "coil weak", "instrument": "T-1"}).status_code == 422
    assert (
        send("/laboratory/nonconforming", {"what": "coil weak", "instrument": "T-1", "since": "2026-01-01"}).status_code == 303
    )
    [report] = world_of(lab_folder).nonconformities.values()
    assert len(report.affected) == 2
    for action in ("evaluated", "corrected", "closed"):
        assert send(f"/laboratory/nonconforming/{report.number}", {"action": action, "note": "seen"}).status_code == 303
    assert send(f"/laboratory/nonconforming/{report.number}", {"action": "closed", "note": "again"}).status_code == 422


def test_a_page_that_is_not_there_is_missing_in_words(call: Call, lab_folder: DataFolder) -> None:
    for path in (
        "/laboratory/stations/kitchen",
        "/laboratory/cases/x",
        "/laboratory/instruments/x",
        "/laboratory/trail?subject=x",
    ):
        assert call("GET", path, headers=PERSON).status_code == 404


def test_a_program_walks_the_same_way_and_is_refused_by_the_same_rules(call: Call, lab_folder: DataFolder) -> None:
    api, who = "/api/laboratory", {"person": "robot"}

    def post(path: str, data: dict[str, Any], **how: Any) -> Any:
        return call("POST", api + path, data={**who, **data}, **how)

    number = post("/cases", {"customer": "Maker"}).json()["case"]
    table = {"table": ("s.csv", b"serial,brand,state\nR-1,Haihe,new\nR-1,Haihe,new\n", "text/csv")}
    refused = post(f"/cases/{number}/samples", {}, files=table)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert "row 3" in refused.json()["detail"]
    assert post(f"/cases/{number}/samples", {"serial": "R-1", "brand": "Haihe", "state": "new"}).status_code == 201
    assert post(f"/cases/{number}/accept", {"plan": "iso764:mechanical"}).json()["stage"] == "accepted"
    assert post(f"/cases/{number}/begin", {}).json()["stage"] == "testing"
    result = {"plan": "iso764", "instrument": "T-1", "serial": "R-1", "quantity": "rate_before", "value": "2.1"}
    assert post(f"/cases/{number}/results", {**result, "unit": "ms"}).status_code == 422
    assert post(f"/cases/{number}/results", {**result, "at": "2098-01-01"}).status_code == 422
    assert post(f"/cases/{number}/results", {**result, "instrument": "M-1"}).json()["key"].endswith("not_calibrated")
    assert post(f"/cases/{number}/results", {**result, "unit": "s/d", "u": "0.2"}).status_code == 201
    tasks = call("GET", f"{api}/tasks?station=magnetic").json()
    assert {"R-1", "XH-311"} <= {task["serial"] for task in tasks}
    assert post(f"/cases/{number}/decline", {"reason": "late"}).status_code == 422

    assert [case["case"] for case in call("GET", f"{api}/cases?stage=testing").json()] == [number, "2026-002"]
    assert call("GET", f"{api}/cases/{number}").json()["results"][0]["u"] == 0.2
    assert post("/instruments/T-1/checks", {"value": "4.2"}).json()["state"] == "alarm"
    assert len(call("GET", f"{api}/instruments").json()) == 5
    assert len(call("GET", f"{api}/environment/room/excursions").json()) == 1
    assert len(call("GET", f"{api}/affected?instrument=T-1&since=2026-01-01").json()) == 3
    report = post("/nonconforming", {"what": "weak", "instrument": "T-1", "since": "2026-01-01"}).json()["report"]
    assert post(f"/nonconforming/{report}", {"action": "evaluated", "note": "none"}).json()["stage"] == "evaluated"
    log = {"file": ("r.csv", b"time,temperature_c,humidity_percent\n2026-11-10T00:00:00Z,23,40\n", "text/csv")}
    assert post("/environment/room", {}, files=log).status_code == 201
    new = {"name": "T-7", "certificate": "C", "calibrated": "2026-01-01", "valid_until": "2099-01-01"}
    assert post("/instruments", new).json()["state"] == "valid"
    assert all(row["ok"] for row in call("GET", f"{api}/trail").json())
    assert call("GET", f"{api}/retention").json() == []
