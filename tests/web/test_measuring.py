# SPDX-License-Identifier: Apache-2.0
"""Recordings that are sent, readings that are kept."""

import io

import numpy as np
import pytest
import soundfile
from tests.web.conftest import Call

from sichen.adapters import DataFolder


def wav(seconds: float) -> bytes:
    """Make a quiet recording at 8 kHz."""
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(round(8000 * seconds)), 8000, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def send(call: Call, sound: bytes, query: str = "", **fields: str) -> dict[str, object]:
    """Send a recording and return the answer."""
    answer = call("POST", f"/api/bench/measure{query}", files={"file": ("a b.wav", sound)}, data=fields)
    return {"status_code": answer.status_code, **answer.json()}


def test_a_recording_is_measured_and_nothing_is_kept(call: Call, folder: DataFolder) -> None:
    answer = send(call, wav(12.0))

    assert answer["status_code"] == 200
    assert answer["file"] == "a b.wav"
    assert answer["rate_s_per_d"] == 4.73
    assert answer["duration_s"] == 12.0
    assert not folder.records.count()
    assert not folder.records.count_artifacts()


def test_a_kept_reading_rests_on_the_very_bytes_that_were_sent(call: Call, folder: DataFolder) -> None:
    sound = wav(12.0)

    answer = send(call, sound, "?save=true", watch="海鸥 1963", position="CH", lift_angle="48")

    assert answer["status_code"] == 201
    record = folder.records.read(str(answer["digest"]))
    assert record.subject == "watch:海鸥 1963"
    assert record.body["position"] == "CH"
    inputs = {entry.role: entry.digest for entry in record.inputs}
    assert folder.artifacts.path(inputs["audio"]).read_bytes() == sound
    assert record.body["lift_angle_deg"] == 48.0
    assert record.body["rate"] == {"value": 4.73, "u": pytest.approx(2 / 12), "unit": "s/d", "status": "ok"}


def test_a_refused_reading_is_not_kept(call: Call, folder: DataFolder) -> None:
    answer = send(call, wav(0.5), "?save=true")

    assert answer["status_code"] == 200
    assert answer["status"] == "refused"
    assert answer["reason"] == "no watch is heard"
    assert not folder.records.count()


@pytest.mark.parametrize("sound", [b"", b"not a sound at all", wav(1.0)[:20]])
def test_what_is_no_sound_is_refused_with_a_sentence(call: Call, sound: bytes) -> None:
    answer = send(call, sound, "?save=true")

    assert answer["status_code"] in {422, 503}
    assert answer["detail"]
    assert "Traceback" not in str(answer)


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("lift_angle", "4", "web.bench.error.lift_angle"),
        ("lift_angle", "nan", "web.bench.error.lift_angle"),
        ("position", "2H", "web.bench.error.position"),
        ("watch", "x" * 81, "web.bench.error.watch"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(call: Call, field: str, value: str, key: str) -> None:
    answer = send(call, wav(1.0), **{field: value})

    assert answer["status_code"] == 422
    assert answer["key"] == key


def test_a_kept_reading_has_its_page_its_pictures_and_its_line(call: Call, folder: DataFolder) -> None:
    digest = send(call, wav(12.0), "?save=true", watch="A/7", position="9H")["digest"]

    text = call("GET", f"/bench/readings/{digest}").text
    view = call("GET", f"/bench/readings/{digest}/view").json()

    assert "A/7" in text
    assert ">+0.400<" in text
    assert f'href="/records/{digest}#rate"' in text
    assert len(view["beats"]) == 96
    assert view["interval"] == 0.125
    assert len(view["scope"]["tick"]) <= 240
    assert max(view["scope"]["tick"]) == pytest.approx(1.0, abs=0.1)
    assert "crown down" in call("GET", "/bench/readings").text
    assert [row["position"] for row in call("GET", "/api/bench/readings?watch=A/7").json()] == ["9H"]


def test_a_reading_kept_in_one_language_is_read_in_the_other(call: Call) -> None:
    digest = send(call, wav(12.0), "?save=true")["digest"]

    assert "未测量" in call("GET", f"/bench/readings/{digest}", headers={"accept-language": "zh"}).text


def test_the_rates_of_a_watch_are_drawn_over_time(call: Call) -> None:
    for _ in range(2):
        send(call, wav(12.0), "?save=true", watch="A")

    assert len(call("GET", "/bench/history?watch=A").json()["rows"]) in {1, 2}
    assert call("GET", "/bench/history?watch=nobody").json()["rows"] == []


def test_another_record_is_no_reading(call: Call, folder: DataFolder) -> None:
    from sichen.core import Instant, Record

    note = Record("bench.note", "watch:1", {}, "manual", "1", Instant(0))
    folder.records.append(note)

    assert call("GET", f"/bench/readings/{note.digest}").status_code == 404
    assert "bench.note" in call("GET", f"/bench/readings/{note.digest}").json()["detail"]


def test_the_page_s_detail_is_in_the_reader_s_language(call: Call) -> None:
    answer = call("POST", "/api/bench/measure?detail=true", files={"file": wav(12.0)}, headers={"accept-language": "zh"})

    assert answer.json()["shown"]["figures"]["rate"] == {
        "ok": True,
        "value": "+4.73",
        "u": "0.17",
        "unit": "秒/日",
        "reason": None,
    }


def test_a_typed_clock_and_a_round_go_into_the_record(call: Call, folder: DataFolder) -> None:
    answer = send(call, wav(12.0), "?save=true", series="24 h", reference="ppm:12.5:0.4")

    assert folder.records.read(str(answer["digest"])).body["series"] == "24 h"


def test_a_frame_log_is_kept_behind_the_reading(call: Call, folder: DataFolder) -> None:
    log = b"unix_s,frames\n" + b"".join(b"%d,%d\n" % (60 * row, 8000 * 60 * row) for row in range(6))
    answer = call("POST", "/api/bench/measure?save=true", files={"file": wav(12.0), "frame_log": ("f.csv", log)}).json()

    inputs = {entry.role: entry.digest for entry in folder.records.read(answer["digest"]).inputs}
    assert folder.artifacts.path(inputs["frame log"]).read_bytes() == log


@pytest.mark.parametrize("reference", ["ntp:/etc/hosts", "ppm:", "pps:9", "gnss", "ppm:1e999:1"])
def test_no_page_may_name_a_file_or_a_clock_that_is_none(call: Call, reference: str) -> None:
    assert send(call, wav(2.0), reference=reference)["status_code"] == 422
