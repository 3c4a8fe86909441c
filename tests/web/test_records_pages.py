# SPDX-License-Identifier: Apache-2.0
"""A figure can be opened down to its raw data, and tampering shows."""

import hashlib

import pytest
from tests.web.conftest import Call

from sichen.adapters import DataFolder
from sichen.core import JSON, Figure, Input, Instant, Record

SOUND = b"tick tock " * 100


@pytest.fixture
def record(folder: DataFolder) -> Record:
    """Keep a note that rests on a sound and on something that is missing."""
    sound = folder.keep(SOUND, media_type="audio/wav", name="表 1.wav")
    body: dict[str, JSON] = {"rate": Figure(4.7, 0.2, "s/d").to_json(), "by": "<i>hand</i>", "deep": {"list": list(range(20))}}
    inputs = (Input("recording", sound.digest), Input("lost", "sha256:" + "0" * 64))
    made = Record("bench.note", "watch:1", body, "manual", "1", Instant.parse("2026-11-23T08:00:00Z"), inputs=inputs)
    folder.records.append(made)
    return made


def test_the_page_opens_a_record_down_to_raw_data(call: Call, record: Record) -> None:
    text = call("GET", f"/records/{record.digest}").text

    assert "23 Nov 2026, 08:00:00 UTC" in text
    assert "+4.7" in text
    assert "表 1.wav" in text
    assert "missing here" in text
    assert "&lt;i&gt;hand" in text


def test_a_shortened_digest_leads_to_the_record(call: Call, record: Record) -> None:
    short = record.digest[7:17]

    assert call("GET", f"/records/{short}").headers["location"] == f"/records/{record.digest}"
    assert call("GET", f"/search?q={short}").headers["location"] == f"/records/{record.digest}"


def test_the_record_comes_as_the_bytes_that_its_digest_names(call: Call, record: Record) -> None:
    answer = call("GET", f"/api/records/{record.digest}")

    assert "sha256:" + hashlib.sha256(answer.content).hexdigest() == record.digest


def test_a_hole_in_the_tree_is_shown(call: Call, record: Record) -> None:
    tree = call("GET", f"/api/records/{record.digest}/why").json()

    assert [below["role"] for below in tree["rests_on"]] == ["recording", "lost"]
    assert tree["rests_on"][0]["artifact"] == {"name": "表 1.wav", "media_type": "audio/wav", "size": len(SOUND)}
    assert tree["rests_on"][1]["record"] is tree["rests_on"][1]["artifact"] is None


def test_changed_raw_data_are_found_out(call: Call, record: Record, folder: DataFolder) -> None:
    digest = record.inputs[0].digest
    path = folder.artifacts.path(digest)
    path.chmod(0o600)
    path.write_bytes(b"new")

    checks = call("GET", f"/api/records/{record.digest}/verify").json()

    assert [check["state"] for check in checks["checks"]] == ["good", "wrong", "missing"]
    assert not checks["ok"]
    assert "2 digests do not hold" in call("GET", f"/records/{record.digest}?verify=true").text


def test_raw_data_come_as_they_were_and_never_as_a_page(call: Call, record: Record) -> None:
    answer = call("GET", f"/api/artifacts/{record.inputs[0].digest}")

    assert answer.content == SOUND
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E8%A1%A8%201.wav")


def test_the_panel_shows_the_figure_that_was_asked_for(call: Call, record: Record) -> None:
    text = call("GET", f"/records/{record.digest}/panel?of=rate", headers={"accept-language": "zh"}).text

    assert "日差" in text
    assert "秒/日" in text
    assert "<html" not in text


def test_records_are_listed_by_kind_and_subject(call: Call, record: Record) -> None:
    assert [row["digest"] for row in call("GET", "/api/records?kind=bench.note").json()] == [record.digest]
    assert call("GET", "/api/records?subject=watch:2").json() == []
    assert record.digest in call("GET", "/records?subject=watch:1").text
