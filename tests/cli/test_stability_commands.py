# SPDX-License-Identifier: Apache-2.0
"""``sichen stability`` as the command contract promises it: keys, choices, exit codes, pictures, both languages."""

import gzip
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sichen.adapters import DataFolder
from sichen.cli.__main__ import run
from sichen.stability import PhaseSeries, deviations, masks, simulate_noise

VERBS = ["adev", "oadev", "mdev", "tdev", "hdev", "ohdev", "totdev", "mtotdev", "ttotdev", "htotdev", "theo1", "pdev", "mtie"]
PROMISED = ["tau_s", "deviation", "lower", "upper", "n", "noise", "edf"]
PHASE = simulate_noise(401, alpha=0, seed=2, tau0=2.0, deviation=3e-9).phase

Ask = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep everything in this test's own folder, in English."""
    monkeypatch.setenv("SICHEN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SICHEN_LANGUAGE", "en")


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Write 401 readings of a clock, two seconds apart, with white frequency noise."""
    path = tmp_path / "clock.txt"
    path.write_text("\n".join(f"{value:.17g}" for value in PHASE))
    return path


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Ask as ``ask("oadev", file, "--taus", "octave")``; return the exit code and the object that was printed."""

    def asked(verb: str, file: Path, *words: str, tau0: str = "2") -> tuple[int, dict[str, Any]]:
        code = run(["stability", verb, "--json", "--tau0", tau0, *words, str(file)])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else {}

    return asked


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_prints_one_object_with_arrays_of_one_length(ask: Ask, record: Path, verb: str) -> None:
    code, found = ask(verb, record)

    assert code == 0
    assert {len(found[key]) for key in PROMISED} == {len(found["tau_s"])}
    assert found["statistic"] == verb
    assert all(value > 0 for value in found["deviation"])
    if verb != "mtie":
        assert found["lower"][0] < found["deviation"][0] < found["upper"][0]
        assert set(found["noise"]) <= {"white PM", "flicker PM", "white FM", "flicker FM", "random walk FM"}


def test_the_numbers_are_those_of_the_package(ask: Ask, record: Path) -> None:
    _, found = ask("mdev", record, "--ci", "0.95")
    own = deviations(PhaseSeries.from_phase(PHASE, tau0=2.0), "mdev", confidence=0.95)

    np.testing.assert_array_equal(found["deviation"], own.deviation)
    np.testing.assert_array_equal(found["upper"], own.upper)
    assert found["n"] == own.n.tolist()
    assert found["edf"] == own.edf.tolist()


@pytest.mark.parametrize(
    ("taus", "expected"),
    [
        ("octave", [2.0, 4, 8, 16, 32, 64, 128, 256]),
        ("decade", [2.0, 4, 8, 20, 40, 80, 200, 400]),
        ("all", [2.0 * m for m in range(1, 201)]),
        ("4,20 100", [4.0, 20.0, 100.0]),
    ],
)
def test_averaging_times_are_octaves_all_or_a_list(ask: Ask, record: Path, taus: str, expected: list[float]) -> None:
    assert ask("oadev", record, "--taus", taus)[1]["tau_s"] == expected


def test_phase_and_its_frequency_give_the_same(ask: Ask, record: Path, tmp_path: Path) -> None:
    rates = tmp_path / "rates.txt"
    rates.write_text("\n".join(f"{value:.17g}" for value in np.diff(PHASE) / 2.0 * 86400.0))

    by_rate = ask("oadev", rates, "--input", "frequency", "--unit", "s/d")[1]

    np.testing.assert_allclose(by_rate["deviation"], ask("oadev", record)[1]["deviation"], rtol=1e-9)
    assert by_rate["input"] == "frequency"


def test_a_compressed_file_and_a_column_of_a_table_are_read(ask: Ask, record: Path, tmp_path: Path) -> None:
    packed = tmp_path / "clock.txt.gz"
    packed.write_bytes(gzip.compress(record.read_bytes()))
    table = tmp_path / "clock.csv"
    table.write_text("time,phase,temperature\n" + "".join(f"{k},{value:.17g},23\n" for k, value in enumerate(PHASE)))

    plain = ask("oadev", record)[1]["deviation"]

    assert ask("oadev", packed)[1]["deviation"] == plain
    assert ask("oadev", table, "--column", "phase")[1]["deviation"] == plain
    assert ask("oadev", table, "--column", "2")[1]["deviation"] == plain


def test_the_file_may_say_its_interval(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record.write_text("# tau: 2\n" + record.read_text())

    assert run(["stability", "oadev", "--json", str(record)]) == 0
    assert json.loads(capsys.readouterr().out)["tau0_s"] == 2.0


@pytest.mark.parametrize(
    ("content", "words", "says"),
    [
        ("tick tock\ntick", [], "no number"),
        ("0.5\ntick\n0.7\n", [], "line 2 is not a reading: 'tick'"),
        ("7\n" * 40, [], "constant"),
        ("1\n2\n", [], "got 2 samples"),
        ("nan\nnan\nnan\n", [], "no number"),
        ("", [], "no number"),
        ("1\n2 3\n4\n", [], "line 2"),
        (None, ["--tau0", "-1"], "must be a positive"),
        (None, ["--taus", "weekly"], "'weekly' is not a choice"),
        (None, ["--taus", "3"], "not a multiple"),
        (None, ["--ci", "95"], "between 0 and 1"),
        (None, ["--unit", "furlong"], "furlong"),
        (None, ["--mask", "G.000"], "no mask"),
        (None, ["--mask", "G.811-TDEV"], "limits tdev"),
        (None, ["--column", "9"], "no column"),
        (None, ["--inhibition", "3"], "inhibition period 3 s"),
        (None, ["--edf", "guess"], ""),
        (None, ["--plot", "picture.gif"], ".svg or .png"),
    ],
)
def test_what_cannot_be_answered_ends_with_two_and_a_sentence(
    record: Path, capsys: pytest.CaptureFixture[str], content: str | None, words: list[str], says: str
) -> None:
    if content is not None:
        record.write_text(content)
    tau0 = [] if "--tau0" in words else ["--tau0", "2"]

    assert run(["stability", "oadev", "--json", *tau0, *words, str(record)]) == 2

    heard = capsys.readouterr()
    assert not heard.out.startswith("{")
    assert says in heard.err
    assert "Traceback" not in heard.err


def test_a_file_that_is_not_there_is_a_failed_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stability", "oadev", "--tau0", "1", str(tmp_path / "no.txt")]) == 3
    assert "no.txt" in capsys.readouterr().err


def test_a_mask_that_is_broken_ends_with_one(ask: Ask, record: Path) -> None:
    """3 ns over two seconds is inside no wander limit of a primary clock; scaled down a thousandfold it is."""
    code, found = ask("tdev", record, "--mask", "G.811-TDEV", "--unit", "s")
    assert code == 1
    assert found["mask"]["passed"] is False
    assert found["mask"]["worst_tau_s"] > 0

    code, found = ask("tdev", record, "--mask", "G.811-TDEV", "--unit", "ms")
    assert code == 0
    assert found["mask"]["passed"] is True
    assert "recalled" in found["mask"]["advice"][0]


def test_the_masks_are_listed_with_their_sources(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["stability", "masks"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in masks())

    monkeypatch.setenv("SICHEN_LANGUAGE", "zh")
    assert run(["stability", "masks"]) == 0
    assert "基准参考时钟" in capsys.readouterr().out


def test_a_table_for_people_has_intervals_and_seconds_a_day(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stability", "oadev", "--tau0", "2", str(record)]) == 0
    heard = capsys.readouterr()
    header, *rows = heard.out.splitlines()

    assert header.split()[:2] == ["τ", "/"]
    assert "s/d" in header
    assert len(rows) == 8
    assert "white FM" in rows[0]


def test_advice_and_refusals_come_in_chinese(
    record: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SICHEN_LANGUAGE", "zh")

    assert run(["stability", "mtie", "--tau0", "2", str(record)]) == 0
    assert "MTIE 含固定频率偏差" in capsys.readouterr().err
    record.write_text("7\n" * 40)
    assert run(["stability", "oadev", "--tau0", "2", str(record)]) == 2
    assert "常数没有不稳定度可言" in capsys.readouterr().err


def test_what_was_taken_away_is_told_with_the_result(ask: Ask, record: Path) -> None:
    """A rate of 1e-6 in the record: MTIE is the rate times the time until it is taken away."""
    drifting = PHASE + 1e-6 * 2.0 * np.arange(PHASE.size)
    record.write_text("\n".join(f"{value:.17g}" for value in drifting))

    kept = ask("mtie", record)[1]
    removed = ask("mtie", record, "--remove", "offset")[1]

    assert kept["deviation"][-1] > 100 * removed["deviation"][-1]
    assert "offset of 9.999e-07 s/s was removed" in removed["advice"][0]


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_a_plot_is_drawn_into_the_file_that_was_named(record: Path, tmp_path: Path, ending: str) -> None:
    if ending == "png":
        pytest.importorskip("matplotlib")
    picture = tmp_path / f"plot.{ending}"

    assert run(["stability", "tdev", "--tau0", "2", "--mask", "G.811-TDEV", "--plot", str(picture), str(record)]) == 1

    content = picture.read_bytes()
    if ending == "svg":
        words = [element.text or "" for element in ET.fromstring(content).iter() if element.tag.endswith("text")]
        assert any("primary reference clock" in text for text in words)
    else:
        assert content.startswith(b"\x89PNG")


def test_a_kept_result_rests_on_its_file_and_says_how_it_was_read(
    record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["stability", "oadev", "--tau0", "2", "--save", "--subject", "maser", "--unit", "ns", "--remove", "drift"]
    assert run([*words, str(record)]) == 0
    assert "sha256:" in capsys.readouterr().err

    with DataFolder.open(tmp_path / "data") as folder:
        (kept,) = folder.records.find(kind="stability.deviations")
        content = folder.artifacts.path(kept.inputs[0].digest).read_bytes()
    assert kept.subject == "clock:maser"
    assert content == record.read_bytes()
    assert kept.body["read"] == {
        "input": "phase", "unit": "ns", "column": None, "remove": "drift", "taus": "octave", "alpha_given": None, "inhibition_s": None,
    }  # fmt: skip
