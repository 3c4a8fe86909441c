# SPDX-License-Identifier: Apache-2.0
"""The stability page and its REST interface: the same numbers as the package, refusals in words, results kept."""

import csv
import gzip
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from tests.web.conftest import Call

from sichen.adapters import DataFolder
from sichen.adapters.bench_desk import Wish, keep_reading, measure_sound
from sichen.adapters.demonstration_clocks import keep_demonstration_stability
from sichen.adapters.sample_clocks import sample_clocks
from sichen.adapters.stability_desk import beats_of
from sichen.bench import Scene, WatchSound, synthesise
from sichen.cli.__main__ import run
from sichen.core import Instant, Record
from sichen.stability import PhaseSeries, deviations, simulate_noise

PHASE = simulate_noise(301, alpha=0, seed=3, tau0=1.0, deviation=2e-9).phase
TEXT = "\n".join(f"{value:.17g}" for value in PHASE).encode()
ENGLISH = {"accept-language": "en"}
START = Instant.parse("2026-11-23T08:00:00Z")


def ask(call: Call, statistic: str, *contents: bytes, **fields: str) -> tuple[int, object]:
    """Send files to the REST interface."""
    files = [("file", (f"{k}.txt", content)) for k, content in enumerate(contents)]
    answer = call("POST", f"/api/stability/{statistic}", files=files, data={"tau0": "1", **fields})
    return answer.status_code, answer.json()


@pytest.fixture
def reading(folder: DataFolder) -> Record:
    """Keep the reading of a watch that ticks 0.8 ms out of beat."""
    sound, _ = synthesise(WatchSound(rate=5.0, beat_error=0.8, jitter=30e-6), duration=12.0, scene=Scene(snr_db=25.0), seed=3)
    artifact = folder.keep(b"the sound itself does not matter here", media_type="audio/wav", name="a.wav")
    return keep_reading(folder, measure_sound(sound, Wish()), sound=artifact, subject="watch:42", instant=START)


@pytest.mark.parametrize("statistic", ["oadev", "tdev", "totdev", "mtie", "theoh"])
def test_the_interface_answers_with_the_object_of_the_command_line(
    call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str], statistic: str
) -> None:
    file = tmp_path / "0.txt"
    file.write_bytes(TEXT)
    code, answer = ask(call, statistic, TEXT)
    assert code == 200
    if statistic == "mtie":  # one of them also through the command line: it is the same function
        assert run(["stability", statistic, "--json", "--tau0", "1", str(file)]) == 0
        told = json.loads(capsys.readouterr().out)
        assert answer == {**told, "file": "0.txt"}
    own = deviations(PhaseSeries.from_phase(PHASE, tau0=1.0), statistic)
    assert isinstance(answer, dict)
    assert answer["deviation"] == own.deviation.tolist()


def test_several_files_give_a_list_and_a_packed_one_is_read(call: Call) -> None:
    code, answer = ask(call, "oadev", TEXT, gzip.compress(TEXT))

    assert code == 200
    assert isinstance(answer, list)
    assert answer[0]["deviation"] == answer[1]["deviation"]


@pytest.mark.parametrize(
    ("statistic", "content", "fields", "says"),
    [
        ("oadev", b"0.5\ntick\n", {}, "line 2"),
        ("oadev", b"7\n" * 30, {}, "constant"),
        ("oadev", b"1\n2\n", {}, "got 2 samples"),
        ("oadev", b"", {}, "no number"),
        ("oadev", TEXT, {"tau0": "-1"}, "tau0 is -1"),
        ("oadev", TEXT, {"tau0": "soon"}, "tau0"),
        ("oadev", TEXT, {"taus": "weekly"}, "weekly"),
        ("oadev", TEXT, {"mask": "G.811-TDEV"}, "limits tdev"),
        ("oadev", TEXT, {"edf": "guess"}, "edf"),
        ("variance", TEXT, {}, "known: adev"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_with_a_sentence(
    call: Call, statistic: str, content: bytes, fields: dict[str, str], says: str
) -> None:
    code, answer = ask(call, statistic, content, **fields)

    assert code == 422
    assert isinstance(answer, dict)
    assert says in answer["detail"]
    assert answer["status"] == 422


def test_three_clocks_are_told_apart_and_unlike_lengths_are_refused(call: Call) -> None:
    clocks = [sample_clocks()[f"clock_{name}"].content for name in "abc"]
    code, answer = ask(call, "hat", *clocks, tau0="10", taus="10")
    assert code == 200
    assert isinstance(answer, dict)
    np.testing.assert_allclose(np.ravel(answer["deviation"]), [2e-12, 4.03e-12, 8e-12], rtol=0.05)

    code, answer = ask(call, "hat", TEXT, TEXT, TEXT + b"\n0\n")
    assert code == 422
    assert isinstance(answer, dict)
    assert "301 and 302" in answer["detail"]


def test_a_sample_clock_shows_the_noise_that_it_was_made_of(call: Call) -> None:
    """White FM of 1.5e-5 over a minute: the table says so within its own interval, in s/d beside it."""
    text = call("GET", "/stability?sample=watch", headers=ENGLISH).text

    assert re.search(r"<th scope=\"row\" class=\"number\">60</th><td class=\"number\">1\.5\d·10⁻⁵", text)
    assert "white FM" in text
    assert "10\u202f080 samples every 60 s" in text
    assert "<loglog-plot" in text
    assert 'href="/stability/samples/watch.txt"' in text
    assert call("GET", "/stability/samples/watch.txt").content == sample_clocks()["watch"].content
    assert "style=" not in text


def test_three_sample_clocks_are_drawn_together_in_chinese(call: Call) -> None:
    text = call("GET", "/stability?sample=three&mask=G.811-TDEV", headers={"accept-language": "zh"}).text

    assert "OADEV · 钟 B" in text
    assert "TDEV · 钟 C" in text
    assert "限值未核实" in text
    assert "各钟分离" in text


def form(**fields: object) -> dict[str, object]:
    return {"reads": "phase s", "tau0": "1", "statistic": ["oadev", "mdev"], **fields}


def test_the_form_gives_every_value_as_csv(call: Call) -> None:
    files = [("file", ('a "b".txt', TEXT)), ("file", ("c.txt", TEXT))]
    answer = call("POST", "/stability", files=files, data=form(**{"as": "csv"}))
    rows = list(csv.DictReader(io.StringIO(answer.text)))

    assert answer.headers["content-type"].startswith("text/csv")
    assert {(row["series"], row["statistic"]) for row in rows} >= {("c.txt", "oadev"), ("c.txt", "mdev")}
    own = deviations(PhaseSeries.from_phase(PHASE, tau0=1.0), "oadev")
    found = [float(row["deviation"]) for row in rows if row["series"] == "c.txt" and row["statistic"] == "oadev"]
    np.testing.assert_allclose(found, own.deviation, rtol=1e-8)


def test_pasted_numbers_are_kept_with_the_way_they_were_read(call: Call, folder: DataFolder) -> None:
    answer = call(
        "POST", "/stability", data=form(numbers=TEXT.decode(), clock="maser", save="true", remove="drift"), headers=ENGLISH
    )
    kept = list(folder.records.find(kind="stability.deviations"))

    assert answer.status_code == 200
    assert {record.body["statistic"] for record in kept} == {"oadev", "mdev"}
    for record in kept:
        assert record.subject == "clock:maser"
        assert f'href="/records/{record.digest}"' in answer.text
        assert folder.artifacts.path(record.inputs[0].digest).read_bytes() == TEXT
        assert record.body["read"]["remove"] == "drift"  # type: ignore[index,call-overload]
    assert "maser · OADEV" in call("GET", "/").text
    assert call("GET", f"/records/{kept[0].digest}", headers={"accept-language": "zh"}).text.count("稳定度")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "nothing to compute"),
        ({"numbers": "1\nx\n2"}, "line 2"),
        ({"numbers": "1\n2\n4", "tau0": "one"}, "tau0 is &#39;one&#39;"),
        ({"numbers": "1\n2\n4", "remove": "all"}, "&#39;all&#39; cannot be taken away"),
        ({"numbers": "1\n2\n4", "mask": "G.000"}, "no mask is called"),
        ({"numbers": "1\n2\n4", "reads": "phase furlong"}, "furlong"),
        ({"numbers": "1\n2\n4", "statistic": "variance"}, "known: adev"),
        ({"sample": "sundial"}, "no sample clock &#39;sundial&#39;"),
        ({"reading": "00ff"}, "00ff"),
    ],
)
def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(call: Call, fields: dict[str, object], says: str) -> None:
    answer = call("POST", "/stability", data=form(**fields), headers=ENGLISH)

    assert answer.status_code in {404, 422}
    assert says in answer.text
    if "numbers" in fields and "mask" not in fields:
        assert "1\n" in answer.text.split("<textarea")[1]


def test_the_file_that_is_wrong_is_named(call: Call) -> None:
    files = [("file", ("good.txt", TEXT)), ("file", ("bad <i>.txt", b"1\nx\n2"))]

    assert "<b>bad &lt;i&gt;.txt</b>" in call("POST", "/stability", files=files, data=form()).text


def test_too_many_clocks_are_refused(call: Call) -> None:
    files = [("file", (f"{k}.txt", TEXT)) for k in range(13)]

    assert call("POST", "/stability", files=files, data=form()).status_code == 422


def test_thousands_of_averaging_times_are_thinned_on_the_page_only(call: Call) -> None:
    text = "\n".join(f"{value:.17g}" for value in simulate_noise(2001, alpha=0, seed=1).phase)
    data = form(numbers=text, taus="all", statistic="oadev")

    shown = re.search("([0-9]+) of 1\u202f000", call("POST", "/stability", data=data, headers=ENGLISH).text)
    assert shown is not None
    assert 50 < int(shown.group(1)) <= 100
    assert len(call("POST", "/stability", data={**data, "as": "csv"}).text.splitlines()) == 1001


def test_the_beats_of_a_reading_are_judged_without_their_beat_error(call: Call, folder: DataFolder, reading: Record) -> None:
    """0.8 ms of beat error would be a deviation of √3·0.8 ms/0.125 s = 0.011 at one beat; jitter of 30 µs is 4e-4."""
    assert f'href="/stability?reading={reading.digest}"' in call("GET", f"/bench/readings/{reading.digest}").text
    answer = call("GET", f"/stability?reading={reading.digest[7:19]}", headers=ENGLISH)
    series, said = beats_of(folder, reading)
    found = deviations(series, "oadev")

    assert answer.status_code == 200
    assert said.text("en")[1:] in answer.text
    assert float(str(dict(said.values)["milliseconds"])) == pytest.approx(0.8, abs=0.05)
    assert series.tau0 == 0.125
    assert found.deviation[0] < 1.2e-3
    call("POST", "/stability", data={"reading": reading.digest, "save": "true", "statistic": "oadev"})
    (kept,) = folder.records.find(kind="stability.deviations")
    assert [entry.digest for entry in kept.inputs] == [reading.digest]
    assert kept.subject == "watch:42"


def test_a_record_that_is_no_reading_has_no_beats(call: Call, folder: DataFolder) -> None:
    note = Record("bench.note", "watch:1", {}, "manual", "1", START)
    folder.records.append(note)

    assert call("GET", f"/stability?reading={note.digest}").status_code == 404


def test_the_demonstration_keeps_a_clock_and_a_watch_once(folder: DataFolder, reading: Record) -> None:
    first = list(keep_demonstration_stability(folder, reading=reading, instant=START))
    count = folder.records.count()

    assert list(keep_demonstration_stability(folder, reading=reading, instant=START)) == first
    assert folder.records.count() == count
    assert [record.subject for record in first] == ["clock:Oven quartz oscillator", "watch:42"]


@pytest.mark.parametrize("name", list(sample_clocks()))
def test_a_sample_clock_is_as_noisy_as_its_file_says(name: str) -> None:
    """At tau0 the variances of its power laws add up; 4000 samples tell a deviation to about 2 %."""
    clock = sample_clocks()[name]
    truth = sum(deviation**2 for _, deviation in clock.noise) ** 0.5
    found = clock.question.answer(clock.question.series(clock.content), "oadev")

    assert found.deviation[0] == pytest.approx(truth, rel=0.06)
    assert f"{clock.noise[0][1]:g}" in clock.content.decode().splitlines()[0]
