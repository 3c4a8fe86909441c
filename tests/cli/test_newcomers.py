# SPDX-License-Identifier: Apache-2.0
"""What people get wrong who use the commands for the first time: each mistake has a sentence that says what to do."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sichen.adapters import write_wav
from sichen.bench import Scene, WatchSound, synthesise
from sichen.bench.quartz import QuartzWatch, synthesise_quartz
from sichen.cli.__main__ import run


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep everything in this test's own folder, in English."""
    monkeypatch.setenv("SICHEN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SICHEN_LANGUAGE", "en")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of a watch at 28 800 an hour."""
    path = tmp_path_factory.mktemp("sound") / "watch.wav"
    write_wav(path, synthesise(WatchSound(rate=4.0), duration=10.0, scene=Scene(snr_db=20.0), seed=3)[0])
    return path


def beats(rows: list[str]) -> str:
    """Write a beat list and return its name."""
    Path("beats.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return "beats.csv"


@pytest.mark.parametrize(
    ("option", "value", "bound"),
    [
        ("--amplitude", "5000", "0 to 360°"),
        ("--lift-angle", "400", "0.5 to 90°"),
        ("--bits", "3", "8 to 32 bit"),
        ("--jitter", "-1", "0 to 0.1 s"),
        ("--snr-db", "nan", "−60 to 150 dB"),
        ("--sample-rate", "1e9", "4000 to 768000 Hz"),
        ("--second-watch.amplitude", "900", "0 to 360°"),
    ],
)
def test_an_impossible_watch_is_refused_with_the_range_that_exists(
    option: str, value: str, bound: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", "synth", "--out", "made.wav", option, value]) == 2
    assert bound in capsys.readouterr().err
    assert not Path("made.wav").exists()


def test_knocks_do_not_silence_the_bench() -> None:
    assert run(["bench", "synth", "--out", "made.wav", "--duration", "2", "--knocks-per-second", "1"]) == 0
    assert json.loads(Path("made.truth.json").read_text())["snr_db"] == 20.0


def test_the_recording_of_somebody_is_not_replaced_unless_told(watch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.wav").write_bytes(watch.read_bytes())

    assert run(["bench", "synth", "--out", "mine.wav", "--duration", "1"]) == 2
    assert "--force" in capsys.readouterr().err
    assert Path("mine.wav").read_bytes() == watch.read_bytes()
    assert run(["bench", "synth", "--out", "mine.wav", "--duration", "1", "--force"]) == 0
    assert run(["bench", "synth", "--out", "mine.wav", "--duration", "1"]) == 0  # made here: may be made again
    assert run(["bench", "measure", str(watch), "--out", str(watch)]) == 2


def test_a_beat_rate_that_the_watch_has_not_is_refused(watch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "measure", "--json", "--beats-per-hour", "18000", str(watch)]) == 2
    found = json.loads(capsys.readouterr().out)
    assert found["reason_key"] == "bench.events.other_nominal"
    assert found["rate_s_per_d"] is None


def test_a_quartz_motor_is_sent_to_the_quartz_bench(capsys: pytest.CaptureFixture[str]) -> None:
    write_wav(Path("motor.wav"), synthesise_quartz(QuartzWatch(), duration=20.0)[0])
    run(["bench", "measure", "motor.wav"])
    assert "bench quartz" in capsys.readouterr().err


@pytest.mark.parametrize(("told", "says"), [("0", "every 60 s"), ("10", "every 60 s")])
def test_a_wrong_inhibition_is_told_from_what_the_steps_show(told: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_wav(Path("motor.wav"), synthesise_quartz(QuartzWatch(), duration=190.0, sample_rate=8000.0)[0])
    assert run(["bench", "quartz", "--inhibition", told, "motor.wav"]) == 2
    assert says in capsys.readouterr().out


def test_half_an_inhibition_period_gives_no_net_rate(capsys: pytest.CaptureFixture[str]) -> None:
    """30 s of a watch inhibited once a minute show the crystal, 3 s/d, and not the net rate, 0.01."""
    write_wav(Path("motor.wav"), synthesise_quartz(QuartzWatch(), duration=30.0, sample_rate=8000.0)[0])
    run(["bench", "quartz", "--json", "--inhibition", "60", "motor.wav"])
    assert json.loads(capsys.readouterr().out)["rate_s_per_d"] is None
    run(["bench", "quartz", "motor.wav"])
    assert "record 3 min" in capsys.readouterr().err


TICKS = 0.125 * np.arange(60)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["0.125"] * 60, "row 2: the values stay near 0.125"),
        ([f"{0.125 + 1e-4 * (k % 3):.6f}" for k in range(60)], "intervals between beats"),
        ([f"{time:.0f}" for time in TICKS], "repeats the time of the row before"),
        (["nan"] * 60, "rows 1 to 60"),
        (["p1,p3", *(f"{time + 0.008:.6f},{time:.6f}" for time in TICKS)], "row 2"),
        (["1.0"], "one beat time was given"),
    ],
)
def test_a_list_that_is_no_list_of_beats_says_which_row_and_why(
    rows: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", "events", beats(rows)]) == 2
    assert says in capsys.readouterr().out


def test_wheels_without_the_escape_wheel_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "events", "--wheel", "84/7", beats([f"{time:.6f}" for time in TICKS])]) == 2
    assert "--escape-teeth" in capsys.readouterr().err


def test_exact_beats_are_not_called_rounded(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "events", "--json", beats([f"{time:.6f}" for k, time in enumerate(TICKS) if k % 7])]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["grid_s"] == 0.0
    assert 0.0 < found["rate_u_s_per_d"] < 0.01


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--reference", "ppm:1e9"], "±2000 ppm"),
        (["--reference", "ppm:3:0"], "above 0"),
    ],
)
def test_an_impossible_clock_error_names_its_bound(
    words: list[str], says: str, watch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", "measure", *words, str(watch)]) == 2
    assert says in capsys.readouterr().out


def test_the_clock_is_told_beside_the_rate_in_words(watch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["bench", "measure", str(watch)])
    assert "with the clock" in capsys.readouterr().out
    run(["bench", "measure", "--reference", "ppm:-3:0.5", str(watch)])
    assert "calibrated by what was typed, −3" in capsys.readouterr().err


def test_listening_for_less_than_nothing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "live", "--seconds", "-5"]) == 2
    assert "−5 s" in capsys.readouterr().err


def test_a_sound_beyond_reason_is_no_sound(capsys: pytest.CaptureFixture[str]) -> None:
    """Squares of 3e38 overflow: every warning is an error here."""
    soundfile.write("loud.wav", np.full(96_000, 3e38, np.float32), 48_000, subtype="FLOAT")
    assert run(["bench", "measure", "loud.wav"]) == 2
    assert "not numbers" in capsys.readouterr().out


def test_a_run_prints_a_screenful_with_instability_and_wheels(capsys: pytest.CaptureFixture[str]) -> None:
    """An hour at 28 800 with 120 µs once a minute: a wheel, not a fault of the measurement."""
    k = np.arange(28_800)
    late = 120e-6 * np.sin(2 * np.pi * k / 480) + np.random.default_rng(1).normal(0, 50e-6, k.size)
    assert run(["bench", "run", "--escape-teeth", "20", "--wheel", "84/7", beats([f"{t:.7f}" for t in 0.125 * k + late])]) == 0
    told = capsys.readouterr()
    assert "periodic" in told.err
    assert "Allan deviation" in told.out
    assert "fourth wheel" in told.out
    assert len(told.out.splitlines()) < 60


def test_a_figure_is_called_by_its_chinese_name_in_why(
    watch: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(["bench", "measure", "--save", str(watch)])
    kept = capsys.readouterr().err
    assert "Z" in kept.splitlines()[-1]
    run(["records", "--json"])
    digest = json.loads(capsys.readouterr().out)["digest"]
    monkeypatch.setenv("SICHEN_LANGUAGE", "zh")
    run(["why", digest])
    assert "解锁偏振" in capsys.readouterr().out


@pytest.mark.parametrize("limit", ["0", "-1", "99999999999999999999"])
def test_a_list_of_no_records_is_no_list(limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["records", "--limit", limit]) == 2
    assert "limit" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words", "says"),
    [
        (b"\0\1\2" * 50, ["--tau0", "1"], "no text"),
        (b"1e300\n2e300\n-1e300\n5e300\n", ["--tau0", "1"], "no clock does"),
        (b"1\n2\n5\n", ["--tau0", "1e300"], "1e-12 to 1e12"),
        (b"time,x\n1,1\n2,4\n1,2\n3,1\n", ["--tau0", "1"], "row 3"),
    ],
)
def test_a_series_that_cannot_be_is_refused(
    content: bytes, words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("clock.txt").write_bytes(content)
    assert run(["stability", "oadev", *words, "clock.txt"]) == 2
    assert says in capsys.readouterr().err


def test_a_pause_in_the_time_tags_is_a_gap(capsys: pytest.CaptureFixture[str]) -> None:
    """Two stretches of a ramp with a pause of 50 s: taken without a gap the pause would be a step of frequency."""
    at = [k if k < 60 else k + 50 for k in range(120)]
    noise = np.random.default_rng(2).normal(0, 1e-9, 120)
    Path("clock.csv").write_text("time,x\n" + "\n".join(f"{t},{1e-6 * t + x}" for t, x in zip(at, noise, strict=True)))
    assert run(["stability", "oadev", "--tau0", "1", "clock.csv"]) == 0
    told = capsys.readouterr()
    assert "50 of 170 samples are missing" in told.err
    assert float(told.out.splitlines()[1].split()[1]) < 5e-9
