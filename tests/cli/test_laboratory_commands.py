# SPDX-License-Identifier: Apache-2.0
"""``sichen laboratory``: a case from the front desk to its end, and what leaves with which exit code."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sichen.adapters import DataFolder, RecordStore
from sichen.cli.__main__ import run

Ask = Callable[..., tuple[int, Any]]


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep everything in this test's own folder, in English, done by Li."""
    monkeypatch.setenv("SICHEN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SICHEN_LANGUAGE", "en")
    monkeypatch.setenv("SICHEN_PERSON", "Li")


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run a command of the laboratory with --json; return its exit code and answer."""

    def asked(*words: object) -> tuple[int, Any]:
        code = run(["laboratory", *map(str, words), "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return asked


@pytest.fixture
def case(ask: Ask) -> str:
    """Bring one watch to the coil, with one good and one expired instrument there."""
    for name, until in (("T-1", "2099-01-01"), ("T-0", "2021-01-01")):
        words = ("--certificate", "C-1", "--calibrated", "2020-01-01", "--valid-until", until)
        assert ask("instrument", "add", name, *words)[0] == 0
    number = str(ask("case", "open", "Maker Ltd.", "--customer-zh", "某表厂")[1]["case"])
    assert ask("sample", "register", number, "A-1", "--brand", "Sinan", "--state", "as new")[0] == 0
    assert ask("case", "accept", number, "--plan", "iso764:mechanical")[0] == 0
    assert ask("case", "move", number, "begin")[0] == 0
    return number


def test_a_case_goes_from_the_front_desk_to_its_end(ask: Ask, case: str, tmp_path: Path) -> None:
    code, tasks = ask("tasks", "--station", "magnetic")
    assert (code, [task["quantity"] for task in tasks]) == (0, ["stops", "rate_after"])
    first = ("--plan", "iso764", "--instrument", "T-1", "--serial", "A-1", "--quantity", "rate_before", "--value", "-2.1")
    assert ask("capture", case, *first, "--unit", "s/d")[0] == 0
    table = tmp_path / "coil.csv"
    table.write_text("watch,quantity,value\nA-1,stops,0\nA-1,rate_after,5.0\n")
    assert ask("capture", case, table, "--plan", "iso764", "--instrument", "T-1")[1]["tasks"] == []
    assert ask("case", "move", case, "finish")[1]["stage"] == "tested"
    shown = ask("case", "show", case)[1]
    assert [row["verdict"] for row in shown["verdicts"]] == ["accept"]
    assert (
        ask("case", "reopen", case, "--reason", "coil was off", "--repeat", "A-1:rate_after")[1]["tasks"][0]["serial"] == "A-1"
    )
    assert ask("capture", case, *first[:6], "--quantity", "rate_after", "--value", "4.0")[0] == 0
    assert ask("case", "move", case, "finish")[0] == 0
    assert ask("case", "move", case, "close")[1]["stage"] == "closed"

    assert [row["subject"] for row in ask("retention", "list")[1]] == [f"{case}/A-1"]
    assert ask("retention", "dispose", f"{case}/A-1", "--how", "returned")[0] == 2
    code, trails = ask("trail")
    assert (code, all(row["ok"] for row in trails)) == (0, True)
    assert ask("case", "list", "--stage", "closed")[1][0]["case"] == case


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--instrument", "T-0", "--quantity", "rate_before", "--value", "2.1"), "2021-01-01"),
        (("--instrument", "T-1", "--quantity", "rate_before", "--value", "2.1", "--at", "2098-01-01"), "not come yet"),
        (("--instrument", "T-1", "--quantity", "rate_before", "--value", "2.1", "--unit", "ms"), "convert"),
        (("--instrument", "T-1", "--quantity", "rate_before", "--value", "2100"), "plausible"),
        (("--instrument", "T-1", "--quantity", "stops", "--value", "0"), "rate_before first"),
        (("--instrument", "T-9", "--quantity", "rate_before", "--value", "2.1"), "T-9"),
        (("--instrument", "T-1"), "one source"),
    ],
)
def test_bad_input_leaves_with_two_a_remedy_and_nothing_kept(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], complaint: str
) -> None:
    with DataFolder.open(tmp_path / "data") as folder:
        before = folder.records.count()
    assert run(["laboratory", "capture", case, "--plan", "iso764", "--serial", "A-1", *words]) == 2
    assert complaint in capsys.readouterr().err
    with DataFolder.open(tmp_path / "data") as folder:
        assert folder.records.count() == before


def test_refused_rows_are_all_named(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "coil.csv"
    table.write_text("watch,quantity,value\nA-1,rate_before,2.1\nA-1,stops,many\nA-7,stops,0\n")
    assert run(["laboratory", "capture", case, str(table), "--plan", "iso764", "--instrument", "T-1"]) == 2
    said = capsys.readouterr().err
    assert "row 3" in said
    assert "row 4" in said


def test_instruments_that_have_expired_and_charts_that_alarm_leave_with_one(ask: Ask, case: str) -> None:
    code, rows = ask("instrument", "due")
    assert (code, [row["instrument"] for row in rows]) == (1, ["T-0"])
    for place in range(12):
        assert ask("check", "add", "T-1", f"{4 + 0.1 * (place % 3):.1f}")[0] == 0
    assert ask("check", "baseline", "T-1")[0] == 0
    assert ask("check", "add", "T-1", "6.0")[0] == 1
    code, chart = ask("check", "chart", "T-1")
    assert (code, chart["alarms"][0]["check"], chart["state"]) == (1, 13, "alarm")
    assert ask("check", "answer", "T-1", "--finding", "microphone loose")[0] == 0
    assert ask("check", "chart", "T-1")[0] == 0
    again = ("--certificate", "C-2", "--calibrated", "2024-01-01", "--valid-until", "2099-01-01")
    assert ask("instrument", "calibrate", "T-0", *again)[1]["state"] == "valid"
    assert ask("instrument", "withdraw", "T-0", "--reason", "dropped")[1]["state"] == "withdrawn"
    assert {row["instrument"] for row in ask("instrument", "list")[1]} == {"T-0", "T-1"}


def test_surroundings_and_work_that_went_wrong(ask: Ask, case: str, tmp_path: Path) -> None:
    log = tmp_path / "room.csv"
    rows = "\n".join(f"2026-01-02T0{hour}:00:00Z,{29.5 if hour == 3 else 23},50" for hour in range(8))
    log.write_text("time,temperature_c,humidity_percent\n" + rows)
    assert ask("environment", "place", "room", "--temperature", "18", "28", "--humidity", "30", "70")[0] == 0
    assert ask("environment", "import", "room", log)[0] == 0
    assert ask("environment", "import", "room", log)[0] == 2
    code, found = ask("environment", "excursions", "room", "--since", "2026-01-01", "--until", "2026-01-03")
    assert (code, found[0]["worst"]) == (1, 29.5)

    value = ("--plan", "iso764", "--instrument", "T-1", "--serial", "A-1", "--quantity", "rate_before", "--value", "2.1")
    ask("capture", case, *value)
    assert ask("nonconforming", "affected", "T-1", "--since", "2020-01-01")[0] == 1
    report = ask("nonconforming", "report", "microphone loose", "--instrument", "T-1", "--since", "2020-01-01")[1]
    assert report["affected"] == [{"case": case, "serial": "A-1", "quantity": "rate_before"}]
    assert ask("nonconforming", "list")[0] == 1
    for action in ("evaluated", "corrected", "closed"):
        assert ask("nonconforming", "advance", report["report"], action, "--note", "seen")[0] == 0
    assert ask("nonconforming", "list")[0] == 0
    assert ask("retention", "keep", "box 7", "--years", "6")[0] == 0
    assert ask("retention", "hold", "box 7", "--reason", "complaint")[1]["hold"] == "complaint"


def test_a_declined_case_is_told_in_words_and_a_missing_one_is_bad_input(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    number = ask("case", "open", "Maker")[1]["case"]
    assert ask("case", "decline", number, "--reason", "no chamber free")[1]["stage"] == "declined"
    assert ask("case", "show", "C-9")[0] == 2
    for words in (
        ["case", "list"],
        ["case", "show", number],
        ["tasks"],
        ["trail"],
        ["instrument", "list"],
        ["retention", "list"],
    ):
        assert run(["laboratory", *words]) == 0
    assert number in capsys.readouterr().out
    assert run(["laboratory", "tasks", "--station", "kitchen"]) == 2


def test_a_trail_that_was_tampered_with_leaves_with_one(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = ask("case", "open", "Maker")[1]["case"]
    kept = RecordStore.since

    def doctored(self: RecordStore, *words: Any, **more: Any) -> Any:
        return [(place, record) for place, record in kept(self, *words, **more) for _ in range(2)]

    monkeypatch.setattr(RecordStore, "since", doctored)
    code, rows = ask("trail", f"case:{number}")
    assert (code, rows[0]["ok"]) == (1, False)
    assert ask("case", "list")[0] == 1


def test_a_stopped_watch_is_waived_and_the_other_certified_released_and_closed(
    ask: Ask, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    number = str(ask("case", "open", "Maker Ltd.")[1]["case"])
    for serial in ("B-1", "B-2"):
        assert ask("sample", "register", number, serial, "--brand", "Sinan", "--state", "as new")[0] == 0
    assert ask("case", "accept", number, "--plan", "iso764:mechanical")[0] == 0
    assert ask("case", "move", number, "begin")[0] == 0
    head = ("--plan", "iso764", "--instrument", "T-1", "--serial", "B-1")
    for quantity, value in (("rate_before", "2.1"), ("stops", "0"), ("rate_after", "5.0")):
        assert ask("capture", number, *head, "--quantity", quantity, "--value", value, "--u", "0.2")[0] == 0
    assert ask("case", "move", number, "finish")[0] == 2
    code, told = ask("case", "waive", number, "B-2", "--plan", "iso764", "--reason", "stopped in the field")
    assert (code, told["tasks"], len(told["waived"])) == (0, [], 3)
    assert run(["laboratory", "case", "show", number]) == 0
    assert "stopped in the field" in capsys.readouterr().out
    assert ask("case", "move", number, "finish")[0] == 0

    assert run(["conformity", "house", "--name-en", "Lab"]) == 0
    capsys.readouterr()
    code, made = ask("case", "certify", number)
    assert (code, made["watch"], made["tested_by"], made["stage"]) == (0, "B-1", "Li", "draft")
    assert run(["conformity", "review", made["number"], "--by", "LI"]) == 2
    assert run(["conformity", "review", made["number"], "--by", "Wang"]) == 0
    assert run(["conformity", "release", made["number"], "--by", "Zhao"]) == 0
    capsys.readouterr()
    assert ask("case", "certify", number)[0] == 2
    assert ask("case", "move", number, "close")[0] == 0
    assert ask("trail")[0] == 0
