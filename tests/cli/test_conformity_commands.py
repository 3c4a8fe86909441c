# SPDX-License-Identifier: Apache-2.0
"""Conformity on the command line: verdicts, certificates, verification, and bad input that keeps nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sichen.adapters import DataFolder, write_wav
from sichen.bench import Scene, WatchSound, synthesise
from sichen.cli.__main__ import run

RATES = ["2.1", "2.5", "1.0", "0.6", "-0.4", "0.2", "4.1", "4.5", "3.9", "3.5", "0.2", "3.0", "5.9", "2.4", "2.6"]
POSITIONS = ["6H", "6H", "3H", "3H", "9H", "9H", "FH", "FH", "CH", "CH", "CH", "CH", "CH", "6H", "6H"]
ISO = ["--plan", "iso3159", "--category", "1"]
NAMES = ["--laboratory", "Lab", "--tested-by", "Li", "--reviewed-by", "Wang", "--released-by", "Zhao", "--release"]


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep everything in this test's own folder, in English."""
    monkeypatch.setenv("SICHEN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SICHEN_LANGUAGE", "en")


def rows(watch: str = "A-1", *, column: str = "rate_s_per_d") -> list[str]:
    """Return a good table with every column that is checked."""
    head = f"watch,day,{column},position,date,instrument,instrument_valid_until,unit"
    body = [
        f"{watch},{day},{rate},{position},2026-01-{day + 1:02d},T-1,2030-01-01,s/d"
        for day, (rate, position) in enumerate(zip(RATES, POSITIONS, strict=True), 1)
    ]
    return [head, *body]


def file(tmp_path: Path, lines: list[str], name: str = "days.csv") -> str:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def kept(tmp_path: Path) -> tuple[int, int]:
    with DataFolder.open(tmp_path / "data") as folder:
        return folder.records.count(), folder.records.count_artifacts()


def certified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, str], str]:
    """Issue one certificate and return its files and its record."""
    code = run(["conformity", "certify", *ISO, *NAMES, "--out", str(tmp_path / "out"), "--json", file(tmp_path, rows())])
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    return told["files"], told["record"]


def test_a_plan_with_categories_asks_for_one_and_lists_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["conformity", "judge", "--plan", "iso3159", file(tmp_path, rows())]) == 2
    said = capsys.readouterr().err
    assert "needs a category: choose one of 1, 2" in said
    assert "None" not in said


def test_judging_prints_the_promised_object_and_keeps_it_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["conformity", "judge", *ISO, "--json", "--save", file(tmp_path, rows())]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"watch", "criteria", "verdict", "consumer_risk", "producer_risk"} <= told.keys()
    assert told["criteria"]["mean_daily_rate"].keys() >= {"value", "u", "limit_low", "limit_high", "pass"}
    assert kept(tmp_path) == (1, 2)  # the verdict; the table and the plan


def test_one_command_goes_from_a_table_to_a_certificate_that_verifies_offline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, record = certified(tmp_path, capsys)
    assert set(files) == {"xml", "pdf", "html"}
    assert run(["conformity", "trust", "--out", str(tmp_path / "trust.json")]) == 0
    elsewhere = ["--data", str(tmp_path / "elsewhere"), "--trust", str(tmp_path / "trust.json")]
    assert run(["conformity", "verify", *elsewhere, files["xml"]]) == 0
    assert not (tmp_path / "elsewhere").exists()
    assert run(["why", record]) == 0
    assert "days.csv" in capsys.readouterr().out


def test_one_changed_byte_and_a_revocation_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files, _ = certified(tmp_path, capsys)
    changed = Path(files["xml"]).read_bytes().replace(b"A-1", b"A-2", 1)
    (tmp_path / "changed.xml").write_bytes(changed)
    assert run(["conformity", "verify", str(tmp_path / "changed.xml")]) == 1
    assert "tampered" in capsys.readouterr().out
    assert run(["conformity", "revoke", "S-1999-0001", "--by", "Zhao", "--reason", "mix-up"]) == 2
    capsys.readouterr()
    number = Path(files["xml"]).stem
    assert run(["conformity", "revoke", number, "--by", "Zhao", "--reason", "mix-up"]) == 0
    assert run(["conformity", "verify", files["xml"]]) == 1
    said = capsys.readouterr()
    assert "revoked" in said.out
    assert "mix-up" in said.err


def test_recordings_of_one_watch_become_a_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place, position in enumerate(("CH", "9H", "6H")):
        sound, _ = synthesise(WatchSound(rate=4.0 + place), duration=8.0, scene=Scene(snr_db=20.0), seed=place)
        write_wav(tmp_path / f"B-7_{position}.wav", sound)
    recordings = [str(path) for path in sorted(tmp_path.glob("*.wav"))]
    stations = file(tmp_path, ["watch,quantity,value,u", "B-7,power_reserve,41,0.2"], "stations.csv")
    asked = ["--plan", "qbt1903-1993", "--category", "I-excellent", "--stations", stations, "--json"]

    assert run(["conformity", "certify", *asked, *NAMES, *recordings[:2]]) == 2
    assert "CH, 9H, 6H" in capsys.readouterr().err
    assert kept(tmp_path) == (0, 0)
    assert run(["conformity", "certify", *asked, *NAMES, *recordings]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["watch"], told["stage"], told["verdict"]) == ("B-7", "released", "accept")
    assert run(["why", told["record"]]) == 0
    assert "B-7_9H.wav" in capsys.readouterr().out
    assert run(["verify", "--all"]) == 0


def test_a_draft_is_reviewed_and_released_by_two_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["conformity", "house", "--name-en", "Lab", "--name-zh", "检测室"]) == 0
    assert run(["conformity", "certify", *ISO, "--tested-by", "Li", "--json", file(tmp_path, rows())]) == 0
    number = json.loads(capsys.readouterr().out.splitlines()[-1])["number"]
    assert run(["conformity", "review", number, "--by", "Li"]) == 2
    assert "two roles" in capsys.readouterr().err
    assert run(["conformity", "review", number, "--by", "Wang"]) == 0
    assert run(["conformity", "release", number, "--by", "Wang"]) == 2
    assert run(["conformity", "release", number, "--by", "Zhao", "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / f"{number}.xml").exists()
    assert run(["conformity", "certificates", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["stage"] == "released"


def test_releasing_at_once_needs_three_names_and_a_laboratory_before_anything_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    days = file(tmp_path, rows())
    assert run(["conformity", "certify", *ISO, "--tested-by", "Li", "--release", days]) == 2
    assert "three names" in capsys.readouterr().err
    assert run(["conformity", "certify", *ISO, *NAMES[2:], days]) == 2
    assert "which laboratory" in capsys.readouterr().err
    assert kept(tmp_path) == (0, 0)


BAD: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "a missing day": (lambda lines: [*lines[:8], *lines[9:]], "(last row 15) lacks day 8"),
    "swapped positions": (lambda lines: [*lines[:3], lines[3].replace("3H", "9H"), *lines[4:]], "row 4"),
    "a serial that stands twice": (lambda lines: [*lines, lines[5]], "row 17"),
    "another unit in a cell": (lambda lines: [*lines[:6], lines[6].replace("s/d", "ms"), *lines[7:]], "row 7"),
    "another unit in the heading": (lambda lines: [lines[0].replace("rate_s_per_d", "rate_ppm"), *lines[1:]], "rate_ppm"),
    "a date in the future": (lambda lines: [*lines[:9], lines[9].replace("2026-01-10", "2126-01-10"), *lines[10:]], "row 10"),
    "an expired instrument": (lambda lines: [*lines[:4], lines[4].replace("2030", "2025"), *lines[5:]], "row 5"),
    "a stopped watch": (lambda lines: [*lines[:4], lines[4].replace(",0.6,", ",stopped,"), *lines[5:]], "row 5"),
}


@pytest.mark.parametrize("verb", [["judge", "--save"], ["certify", "--tested-by", "Li"]], ids=["judge", "certify"])
@pytest.mark.parametrize("fault", BAD)
def test_bad_input_is_refused_with_its_row_and_nothing_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str, verb: list[str]
) -> None:
    change, complaint = BAD[fault]
    days = file(tmp_path, [*change(rows()), *rows("B-2")[1:]] if "heading" not in fault else change(rows()))

    assert run(["conformity", verb[0], *ISO, *verb[1:], days]) == 2
    assert complaint in capsys.readouterr().err
    assert kept(tmp_path) == (0, 0)


def test_reversed_limits_an_expired_list_and_a_doubled_watch_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    days = file(tmp_path, rows())
    limits = file(tmp_path, ["criterion,low,high", "mean_daily_rate,6,-4"], "limits.csv")
    tools = file(tmp_path, ["id,name,valid_until", "T-1,timer,2025-01-01"], "tools.csv")
    watches = file(tmp_path, ["watch,brand", "A-1,x", "A-1,y"], "watches.csv")
    for option, path, complaint in (
        ("--limits", limits, "row 2"),
        ("--instruments", tools, "row 2"),
        ("--watches", watches, "row 3"),
    ):
        assert run(["conformity", "certify", *ISO, option, path, days]) == 2
        assert complaint in capsys.readouterr().err
    assert kept(tmp_path) == (0, 0)


def test_the_supplied_samples_are_told_apart(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = {}
    for path in sorted((shared / "quality/dcc").glob("*.xml")):
        assert run(["conformity", "verify", "--json", str(path)]) == 1
        told[path.name] = json.loads(capsys.readouterr().out)
    signed = told["dcc_gp_temperature_typical_v12_signed.xml"]
    forged = told["dcc_gp_temperature_typical_v12_signed_manipulated.xml"]
    assert signed["status"] == "unknown_signer"
    assert all(one["holds"] for one in signed["digests"])
    assert forged["status"] == "tampered"
    assert forged["signature"]  # the signature over the references holds: it is the digest that tells
    assert told["dcc_gp_humidity_v1.0.xml"]["status"] == "unsigned"


def test_a_scanned_code_verifies_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import pypdfium2
    import zxingcpp

    files, _ = certified(tmp_path, capsys)
    document = pypdfium2.PdfDocument(files["pdf"])
    pictures = [document[place].render(scale=3).to_pil() for place in range(len(document))]
    [code] = [one.text for picture in pictures for one in zxingcpp.read_barcodes(picture)]

    assert run(["conformity", "verify", "--stamp", code]) == 0
    assert "A-1" in capsys.readouterr().out
    assert run(["conformity", "verify", "--stamp", code[:-4], "--json"]) == 1
    assert run(["conformity", "verify"]) == 2


def test_brands_are_ranked_laboratories_scored_and_budgets_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    brands = file(tmp_path, ["brand,watch,value,u", "A,1,0.1,0.2", "A,2,0.3,0.2", "B,3,5,0.2", "B,4,6,0.2"], "b.csv")
    assert run(["conformity", "compare", brands, "--json", "--save"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["name"], second["name"]) == ("A", "B")
    laboratories = [
        "laboratory,value,u",
        *(f"L{place},{value},0.1" for place, value in enumerate((4.9, 5.0, 5.1, 4.8, 5.2, 9))),
    ]
    scores = file(tmp_path, laboratories, "l.csv")
    assert run(["conformity", "proficiency", scores]) == 1
    assert "unsatisfactory" in capsys.readouterr().out
    assert run(["conformity", "budget", "daily_rate", "--set", "temperature=0:0.1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["u"] < 0.1
    assert run(["conformity", "budget"]) == 0
    assert run(["conformity", "compare", brands, "--merit", "cheap"]) == 2
    assert run(["conformity", "budget", "daily_rate", "--set", "temperature"]) == 2
    assert run(["conformity", "overlaps", "--json"]) == 0


def test_brands_are_ranked_by_a_criterion_of_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    watches = ["W1", "W2", "W3", "W4"]
    lines = [rows()[0], *(line for watch in watches for line in rows(watch)[1:])]
    makers = ["watch,brand,price", "W1,A,10", "W2,A,10", "W3,B,20", "W4,B,20"]
    asked = ["conformity", "compare", *ISO, file(tmp_path, lines), "--json"]
    assert run(asked) == 2
    assert "column" in capsys.readouterr().err
    assert run([*asked, "--brands", file(tmp_path, makers, "m.csv")]) == 0
    assert [one["price"] for one in json.loads(capsys.readouterr().out)] == [10.0, 20.0]
