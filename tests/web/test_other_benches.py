# SPDX-License-Identifier: Apache-2.0
"""Quartz, lists of beats and the teaching watch over REST, and the pages that show them."""

import io

import numpy as np
import pytest
import soundfile
from tests.web.conftest import Call

from sichen.adapters import DataFolder
from sichen.web.bench.quartz import SAMPLE

NAN = float("nan")


@pytest.fixture(scope="module")
def coil() -> bytes:
    """Record a quartz watch for six inhibition periods."""
    from sichen.bench.quartz import synthesise_quartz

    sound, _ = synthesise_quartz(SAMPLE, duration=62.0, sample_rate=12_000.0, seed=5)
    buffer = io.BytesIO()
    soundfile.write(buffer, sound.samples, 12_000, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def test_a_coil_is_measured_kept_with_its_pulses_and_shown_again(call: Call, coil: bytes, folder: DataFolder) -> None:
    answer = call(
        "POST", "/api/bench/quartz?save=true&detail=true", files={"file": ("coil.wav", coil)}, data={"watch": "Q1"}
    ).json()

    assert answer["rate_s_per_d"] == pytest.approx(SAMPLE.net_rate, abs=5 * answer["rate_u_s_per_d"])
    assert (answer["inhibition_period_s"], answer["inhibition_cycles"], answer["missed_pulses"]) == (10.0, 20, 1)
    record = folder.records.read(answer["digest"])
    assert [entry.role for entry in record.inputs] == ["audio", "pulses"]
    drawn = call("GET", f"/bench/quartz/{record.digest}/view").json()["steps"]
    assert drawn == answer["plots"]["steps"]
    apart = np.array(drawn["rows"])[:, 1] - np.array(drawn["fit"])[:, 1]
    assert np.abs(apart).max() < 0.05  # ms: jitter and sampling, not a step of the saw-tooth
    page = call("GET", f"/bench/quartz/{record.digest}").text
    assert f"/records/{record.digest}#rate" in page
    for listed in ("/bench/quartz", "/bench/readings", "/bench/watches/Q1"):
        assert record.digest in call("GET", listed).text


def test_a_silent_coil_is_refused_and_not_kept(call: Call, folder: DataFolder) -> None:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(80_000), 8000, format="WAV")
    answer = call("POST", "/api/bench/quartz?save=true&detail=true", files={"file": buffer.getvalue()}).json()

    assert answer["status"] == "refused"
    assert "notice" in answer["html"]
    assert answer["plots"] == {}
    assert not folder.records.count()


@pytest.mark.parametrize(("field", "value"), [("inhibition", "soon"), ("inhibition", "nan"), ("reference", "ntp:/etc/passwd")])
def test_a_quartz_field_that_cannot_be_is_refused(call: Call, field: str, value: str) -> None:
    answer = call("POST", "/api/bench/quartz", files={"file": b"x"}, data={field: value})

    assert answer.status_code == 422


def test_the_sample_coil_is_a_recording(call: Call) -> None:
    sound, rate = soundfile.read(io.BytesIO(call("GET", "/api/bench/quartz/sample").content))

    assert (rate, sound.shape) == (12_000, (744_000,))


def test_what_comes_back_in_the_sample_list_is_named_by_its_wheel(call: Call) -> None:
    listed = call("GET", "/api/bench/events/sample").content
    answer = call(
        "POST",
        "/api/bench/events?detail=true",
        files={"file": ("beats.csv", listed)},
        data={"escape_teeth": "20", "wheels": "84/7, 75/10"},
    ).json()

    assert answer["rate_s_per_d"] == pytest.approx(5.2, abs=0.02)
    assert {wave["wheel"] for wave in answer["periodicities"]} == {"escape_wheel", "fourth_wheel", "third_wheel"}
    assert answer["run"]["steadiness"]["verdict"] == "periodic"
    assert set(answer["plots"]) == {"residuals", "tick", "tock", "rate", "amplitude", "allan"}
    tooth = max(answer["plots"]["tick"]["rows"], key=lambda row: row[1])
    assert tooth[1] == pytest.approx(45 * 19 / 20, abs=6)  # one tooth in twenty, against their mean
    assert "Fourth wheel" in answer["html"]


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (b"0.1\n0.2\n0.3\n", {"escape_teeth": "20", "wheels": "84-7"}),
        (b"0.1\n0.2\n0.3\n", {"lift_angle": "flat"}),
        (b"\x00\x01\x02", {}),
        (b"", {}),
    ],
)
def test_a_list_or_a_train_that_cannot_be_read_is_refused_in_a_sentence(
    call: Call, content: bytes, fields: dict[str, str]
) -> None:
    answer = call("POST", "/api/bench/events", files={"file": ("beats.csv", content)}, data=fields)

    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_a_list_without_a_beat_says_so_on_the_page(call: Call) -> None:
    noise = "\n".join(f"{time:.4f}" for time in np.sort(np.random.default_rng(1).uniform(0, 60, 200)))
    answer = call("POST", "/api/bench/events?detail=true", files={"file": noise.encode()}).json()

    assert answer["status"] == "refused"
    assert answer["run"] is None
    assert "notice" in answer["html"]


def test_the_teaching_watch_comes_as_sound_and_as_truth_of_the_same_sound(call: Call) -> None:
    said = {"rate": "12", "duration": "3", "snr_db": "30", "seed": "4"}

    first, again = (call("POST", "/api/bench/synthesise", data=said) for _ in range(2))
    truth = call("POST", "/api/bench/synthesise?truth=true", data=said).json()

    sound, rate = soundfile.read(io.BytesIO(first.content))
    assert first.content == again.content
    assert (rate, sound.shape) == (48_000, (144_000,))
    assert truth["rate_s_per_d"] == 12.0


def test_the_teaching_watch_is_measured_beside_its_truth(call: Call) -> None:
    answer = call("POST", "/api/bench/synthesise/measured?detail=true", data={"duration": "4", "rate": "4.7"}).json()

    assert answer["truth"] == {"rate": 4.7, "amplitude": 272.0, "beat_error": 0.4}
    assert answer["status"] == "ok"
    assert "True" in answer["html"]
    assert answer["view"]["beats"]


@pytest.mark.parametrize("said", [{"duration": "1e9"}, {"escapement": "none"}, {"amplitude": "nan"}, {"noise": "loud"}])
def test_a_watch_that_cannot_be_made_is_refused(call: Call, said: dict[str, str]) -> None:
    assert call("POST", "/api/bench/synthesise", data=said).status_code == 422
