# SPDX-License-Identifier: Apache-2.0
"""The command line as people and programs use it: exit codes, JSON, both languages."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sichen.adapters import write_wav
from sichen.bench import Recording, Scene, WatchSound, synthesise
from sichen.cli.__main__ import run

# The keys that the command line promises.
KEYS = {
    "file",
    "status",
    "reason",
    "beats_per_hour",
    "rate_s_per_d",
    "rate_u_s_per_d",
    "amplitude_deg",
    "amplitude_u_deg",
    "beat_error_ms",
    "beat_error_unlock_ms",
    "snr_db",
    "false_alarm_probability",
    "duration_s",
    "reference",
}


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep everything in this test's own folder, in English."""
    monkeypatch.setenv("SICHEN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SICHEN_LANGUAGE", "en")


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds of a watch 12 s/d fast."""
    path = tmp_path_factory.mktemp("sound") / "0042_6H.wav"
    sound, _ = synthesise(WatchSound(rate=12.0, beat_error=0.5), duration=8.0, scene=Scene(snr_db=20.0), seed=3)
    write_wav(path, sound)
    return path


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """Return what was printed as JSON, a line each."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_measure_prints_one_object_a_file_with_every_promised_key(watch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["bench", "measure", "--json", "--lift-angle", "52", str(watch), str(watch)])

    first, second = lines(capsys)
    assert code == 0
    assert first == second
    assert first.keys() >= KEYS
    assert first["status"] == "ok"
    assert first["beats_per_hour"] == 28_800
    assert first["rate_s_per_d"] == pytest.approx(12.0, abs=0.2)


def test_a_file_that_is_no_sound_is_refused_without_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    poem = tmp_path / "poem.txt"
    poem.write_text("tick tock " * 100)

    assert run(["bench", "measure", "--json", str(poem), str(tmp_path / "missing.wav")]) == 3

    first, second = lines(capsys)
    assert (first["status"], second["status"]) == ("refused", "refused")
    assert first.keys() >= KEYS
    assert "poem.txt" in str(first["reason"])


@pytest.mark.parametrize("samples", [np.zeros(48_000), np.full(48_000, 0.5), np.full(48_000, np.nan), np.zeros(1)])
def test_silence_and_nonsense_are_refused_with_exit_code_two(
    samples: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "nothing.wav"
    soundfile.write(path, samples.astype(np.float32), 48_000, subtype="FLOAT")

    assert run(["bench", "measure", "--json", str(path)]) == 2
    (found,) = lines(capsys)
    assert found["status"] == "refused"
    assert found["rate_s_per_d"] is None


def test_a_kept_reading_opens_down_to_the_recording_and_is_proved(watch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "measure", "--save", "--subject", "0042", str(watch)]) == 0
    capsys.readouterr()
    assert run(["records", "--json"]) == 0
    (record,) = lines(capsys)
    digest = str(record["digest"])

    assert run(["why", digest[7:17]]) == 0
    told = capsys.readouterr().out
    assert "audio: 0042_6H.wav" in told
    assert run(["verify", digest]) == 0
    assert run(["verify", "--all", "--json"]) == 0
    assert record["subject"] == "watch:0042"


def test_one_changed_byte_is_found(watch: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["bench", "measure", "--save", str(watch)])
    kept = next(path for path in (tmp_path / "data/artifacts").rglob("*") if path.is_file() and path.stat().st_size > 10**5)
    kept.chmod(0o600)
    content = bytearray(kept.read_bytes())
    content[1000] ^= 1
    kept.write_bytes(content)
    capsys.readouterr()

    assert run(["verify", "--all", "--json"]) == 1
    (found,) = lines(capsys)
    assert len(found["problems"]) == 1  # type: ignore[arg-type] # a list in the JSON


def test_chinese_readers_get_chinese(watch: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SICHEN_LANGUAGE", "zh")

    run(["bench", "measure", str(watch)])

    assert "日差 +12" in capsys.readouterr().out


def test_a_measurement_file_is_written_and_read_back_by_the_series_command(
    watch: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "series.json"
    assert run(["bench", "measure", "--out", str(out), "--subject", "0042", str(watch)]) == 0
    capsys.readouterr()

    assert run(["bench", "series", "--json", str(out)]) == 0
    (found,) = lines(capsys)
    assert list(found["readings"]) == ["6H"]  # type: ignore[call-overload] # a table in the JSON


def test_a_pulse_of_the_second_calibrates_the_clock(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "calibrated.wav"
    scene = Scene(snr_db=20.0, clock_ppm=30.0, pps=True, pps_jitter=1e-6)
    sound, _ = synthesise(WatchSound(rate=4.0), duration=20.0, scene=scene, seed=5)
    write_wav(path, sound)

    run(["bench", "measure", "--json", str(path)])
    run(["bench", "measure", "--json", "--reference", "pps", str(path)])

    plain, calibrated = lines(capsys)
    # 30 ppm are 2.59 s/d; a fast sample clock makes the watch look slow.
    assert plain["rate_s_per_d"] == pytest.approx(4.0 - 2.59, abs=0.1)
    assert calibrated["rate_s_per_d"] == pytest.approx(4.0, abs=0.1)
    assert calibrated["reference"]["kind"] == "pps"  # type: ignore[index] # a table in the JSON


def test_synth_writes_the_truth_beside_the_sound_and_measure_finds_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "made.wav"
    words = ["--rate", "-7.5", "--amplitude", "255", "--beat-error", "0.8", "--beats-per-hour", "21600", "--snr-db", "18"]
    assert run(["bench", "synth", "--out", str(out), "--duration", "12", *words]) == 0
    truth = json.loads(out.with_suffix(".truth.json").read_text())
    capsys.readouterr()

    assert run(["bench", "measure", "--json", "--lift-angle", "52", str(out)]) == 0
    (found,) = lines(capsys)
    assert found["rate_s_per_d"] == pytest.approx(truth["rate_heard_s_per_d"], abs=0.2)
    assert found["beat_error_ms"] == pytest.approx(truth["beat_error_ms"], abs=0.03)


def test_events_keep_the_same_keys_and_name_the_bad_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("\n".join(f"{0.125 * n * (1 - 5 / 86400):.6f}" for n in range(400)))
    bad.write_text("time\n0.1\n0.2\nnoon\n")

    assert run(["bench", "events", "--json", str(good), str(bad)]) == 2
    first, second = lines(capsys)
    assert KEYS | {"periodicities"} <= first.keys() & second.keys()
    assert first["rate_s_per_d"] == pytest.approx(5.0, abs=0.05)
    assert "4" in str(second["reason"])


def test_a_quartz_watch_is_measured_over_whole_inhibition_periods(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "quartz.wav"
    words = ["--inhibition-period", "10", "--inhibition-cycles", "11", "--sample-rate", "16000"]
    assert run(["bench", "synth-quartz", "--out", str(out), "--duration", "62", *words]) == 0
    truth = json.loads(out.with_suffix(".truth.json").read_text())
    capsys.readouterr()

    assert run(["bench", "quartz", "--json", str(out)]) == 0
    (found,) = lines(capsys)
    assert found["inhibition_period_s"] == 10.0
    assert found["rate_s_per_d"] == pytest.approx(truth["rate_s_per_d"], abs=0.05)


@pytest.mark.parametrize(
    "words",
    [
        ["--lift-angle", "-5"],
        ["--lift-angle", "nan"],
        ["--beats-per-hour", "-1"],
        ["--beats-per-hour", "nan"],
        ["--position", "XX"],
        ["--reference", "pps:1"],
        ["--reference", "ppm:many"],
    ],
)
def test_an_impossible_wish_is_refused_and_the_watch_is_not_blamed(
    words: list[str], watch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", "measure", *words, str(watch)]) == 2
    told = capsys.readouterr()
    assert "microphone" not in told.err + told.out


@pytest.mark.parametrize(
    "words",
    [["--out", "made.xyz"], ["--out", "made.wav", "--duration", "1e9"], ["--out", "made.wav", "--jitter", "nan"]],
)
def test_a_recording_that_cannot_be_made_leaves_nothing_behind(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run(["bench", "synth", *words]) == 2
    assert not list(tmp_path.glob("made*"))


def test_too_few_frames_a_second_are_refused_for_what_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "slow.wav"
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.1, 3000), 100)

    assert run(["bench", "measure", "--json", str(path)]) == 2
    (found,) = lines(capsys)
    assert "100 frames a second" in str(found["reason"])


def test_a_quartz_reading_is_printed_for_people_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "quartz.wav"
    assert run(["bench", "synth-quartz", "--out", str(out), "--duration", "25", "--inhibition-period", "10"]) == 0
    assert run(["bench", "quartz", str(out)]) == 0
    assert "pulse width" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [["bench", "measure"], ["bench", "measure", "--lift-angle", "wide", "a.wav"], ["nonsense"], ["verify"], ["why", "xyz"]],
)
def test_misuse_leaves_with_two_and_says_so(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    told = capsys.readouterr()
    assert told.err + told.out


def test_an_unknown_key_in_the_configuration_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sichen.toml"
    path.write_text('lift_angel = 52\nhost = "127.0.0.1"\n')

    assert run(["config", "check", str(path)]) == 2
    assert "lift_angel" in capsys.readouterr().err


def test_a_watch_recorded_in_one_channel_of_eight_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound, _ = synthesise(WatchSound(rate=-3.0), duration=8.0, scene=Scene(snr_db=18.0), seed=8)
    eight = np.random.default_rng(1).normal(0, 1e-3, (sound.frames, 8)).astype(np.float32)
    eight[:, 5] += sound.samples[:, 0]
    path = tmp_path / "eight.wav"
    write_wav(path, Recording(eight, sound.sample_rate))

    assert run(["bench", "measure", "--json", str(path)]) == 0
    (found,) = lines(capsys)
    assert found["rate_s_per_d"] == pytest.approx(-3.0, abs=0.3)
