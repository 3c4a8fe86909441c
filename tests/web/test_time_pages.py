# SPDX-License-Identifier: Apache-2.0
"""The pages of standard time: what runs, what was served, situations; and the same by REST."""

import json
import re
import threading
import time
from collections.abc import Iterator

import pytest
from tests.web.conftest import Call

from sichen.adapters import DataFolder
from sichen.adapters.demonstration_time import keep_demonstration_time
from sichen.adapters.time_service_desk import state_folder, statuses
from sichen.adapters.timebase import TimeService
from sichen.adapters.timebase.service import STATUS
from sichen.core import JSON, Instant, Record
from sichen.timebase.arbiter import State
from sichen.timebase.service import OutputStatus, Status, broken_links, read_plan
from sichen.timebase.virtual import ready_situations
from sichen.web.time.live import _now
from sichen.web.time.shown import seconds, span

ENGLISH = {"accept-language": "en"}
WRITING = {"origin": "http://127.0.0.1", **ENGLISH}
PLAN = """
name = "hall"
tick = 0.25
evidence = false
[[source]]
name = "SYS<b>"
kind = "system"
u = 1e-4
jitter = 1e-4
"""


@pytest.fixture
def day(folder: DataFolder) -> tuple[Record, ...]:
    return keep_demonstration_time(folder)


@pytest.fixture
def running(folder: DataFolder) -> Iterator[TimeService]:
    service = TimeService(read_plan(PLAN), state=state_folder(folder, "hall"))
    stop = threading.Event()
    thread = threading.Thread(target=service.run, args=(stop,))
    thread.start()
    deadline = time.monotonic() + 20
    while not statuses(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    yield service
    stop.set()
    thread.join()


def test_empty_page_teaches_how_to_start_a_service(call: Call) -> None:
    answer = call("GET", "/time", headers=ENGLISH)
    assert answer.status_code == 200
    assert "sichen time run" in answer.text
    assert call("GET", "/api/time/status").json() == []


@pytest.mark.slow
def test_course_of_a_kept_day_is_shown_and_every_second_can_be_asked_for(call: Call, day: tuple[Record, ...]) -> None:
    text = call("GET", "/time", headers=ENGLISH).text
    for said in ("GPS reports jamming", "BDS runs away", "holdover", "TDEV", "MTIE"):
        assert said in text
    assert broken_links(day) == []
    second = str(day[5].body["from"])
    found = call("GET", "/api/time/why", params={"instant": second}).json()
    assert found["record"] == day[5].digest
    assert "± " in call("GET", "/time", params={"at": second[:19]}, headers=ENGLISH).text
    assert call("GET", "/time", params={"at": "yesterday"}, headers=ENGLISH).status_code == 422
    assert call("GET", "/api/time/why", params={"instant": "2020-01-01T00:00:00Z"}).status_code == 404


@pytest.mark.slow
def test_plots_have_their_rows_and_none_for_a_clock_nobody_knows(call: Call, day: tuple[Record, ...]) -> None:
    rows = call("GET", "/time/course.json", params={"clock": "demonstration", "source": "GPS"}).json()["rows"]
    assert 100 < len(rows) <= 1200
    # The lie of BDS, ten microseconds over three hours, is in the course of BDS and not of GPS.
    assert max(abs(offset) for _, offset in rows) < 1.0
    lied = call("GET", "/time/course.json", params={"clock": "demonstration", "source": "BDS"}).json()["rows"]
    assert max(offset for _, offset in lied) == pytest.approx(10.8, abs=0.5)
    assert call("GET", "/time/course.json", params={"clock": "x", "source": "y"}).json() == {"rows": []}
    assert call("GET", "/time/uncertainty.json", params={"clock": "x"}).json() == {"rows": []}


def test_short_history_says_why_its_stability_is_not_plotted(call: Call, folder: DataFolder) -> None:
    body: dict[str, JSON] = {
        "from": "2026-11-23T08:00:00.000000000Z",
        "seconds": [0, 1, 50],
        "system_offset_s": [0.0, 0.0, 0.0],
        "u_s": [1e-3, 1e-3, 1e-3],
        "states": [{"second": 0, "state": "locked", "followed": ["GPS"], "rejected": {}, "reasons": [], "leap": "none"}],
        "readings": {"GPS": [[0, 1e-6], [1, 2e-6]]},
    }
    folder.records.append(Record("timebase.served", "clock:new", body, "test", "1", Instant.parse("2026-11-23T08:00:00Z")))
    for language, said in (("en", "GPS gave 2 readings; its stability needs 16"), ("zh", "GPS 只有 2 个读数")):
        assert said in call("GET", "/time", headers={"accept-language": language}).text
    rows = call("GET", "/time/uncertainty.json", params={"clock": "new"}).json()["rows"]
    assert [value is None for _, value in rows] == [
        False,
        False,
        True,
        False,
    ]  # no line across 49 s in which nothing was served


def test_clocks_that_wait_are_marked_otherwise_than_an_output_that_failed(folder: DataFolder) -> None:
    words = {"en": "they wait", "zh": "等待"}
    outputs = (
        OutputStatus("hall", "slave_clocks", 5, words, {"works": True}),
        OutputStatus("tower", "slave_clocks", 0, words),
        OutputStatus("web", "http", 3),
    )
    at = Instant.parse("2026-11-23T08:00:00Z")
    status = Status("x", "", at, State.LOCKED, 1e-3, 0.0, 0.0, (), (), outputs, "none", None, (), 1.0)
    place = state_folder(folder, "x")
    place.mkdir(parents=True)
    (place / STATUS).write_text(json.dumps(status.to_json()))
    listed = _now(folder, "en").partition('class="outputs"')[2]
    assert re.findall(r'class="mark (\w+)"', listed) == ["care", "wrong", "good"]


@pytest.mark.slow
def test_running_service_is_told_in_both_languages_and_names_cannot_break_the_page(
    call: Call, folder: DataFolder, running: TimeService
) -> None:
    answer = call("GET", "/time", headers=ENGLISH)
    assert "SYS&lt;b&gt;" in answer.text
    assert "SYS<b>" not in answer.text
    assert "守时余量" in _now(folder, "zh")
    assert call("GET", "/api/time/status").json()[0]["name"] == "hall"
    assert "unusable" in call("GET", "/", headers=ENGLISH).text or "locked" in call("GET", "/", headers=ENGLISH).text


@pytest.mark.slow
def test_situation_is_run_and_the_page_says_which_limits_held(call: Call) -> None:
    text = ready_situations()["a-day"]
    page = call("POST", "/time/situations", data={"name": "a-day", "text": text}, headers=WRITING).text
    assert "every limit held" in page
    rows = json.loads(page.split('id="trace-rows">')[1].split("</script>")[0])["rows"]
    assert len(rows) > 100
    told = call("POST", "/api/time/simulate", content=text.replace("2e-6", "1e-12"), headers=WRITING).json()
    assert [one["ok"] for one in told["limits"]] == [False, True]


@pytest.mark.parametrize("text", ["sauce = 1", "=", 'title = "x"\nhours = 80000\ntick = 1.0\nsource = []', "#" * 30_000])
def test_situation_with_a_mistake_is_refused_in_words(call: Call, text: str) -> None:
    answer = call("POST", "/time/situations", data={"name": "", "text": text}, headers=WRITING)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("name", sorted(ready_situations()))
def test_ready_situations_have_titles_in_both_languages(call: Call, name: str) -> None:
    for language in ("en", "zh"):
        assert call("GET", f"/time/situations?name={name}&lang={language}").status_code == 200


def test_times_are_written_with_a_unit_that_fits() -> None:
    assert [seconds(value, signed=True) for value in (1.5, -2.5e-3, 3.21e-6, 4e-9, None)] == [
        "+1.50 s", "−2.50 ms", "+3.21 µs", "+4.00 ns", "—",
    ]  # fmt: skip
    assert [span(value, "en") for value in (30.0, 600.0, 3600.0, 43_200.0, 86_400.0, None)] == [
        "30 s", "10 min", "1 h", "12 h", "1 d", "—",
    ]  # fmt: skip
