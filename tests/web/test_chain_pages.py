# SPDX-License-Identifier: Apache-2.0
"""The page of the chain: stations, ways down, verification, and an empty house."""

import pytest
from tests.web.conftest import Call

from sichen.adapters import DataFolder
from sichen.core import Input, Instant, Record

NOON = Instant.parse("2026-03-01T12:00:00Z")


def keep(folder: DataFolder) -> Record:
    sound = folder.keep(b"tick", media_type="audio/wav", name="<b>watch</b>.wav")
    reading = Record("bench.reading", "watch:1", {}, "m", "1", NOON, inputs=(Input("audio", sound.digest),))
    top = Record("brand.strength", "brand:Sinan", {}, "m", "1", NOON, inputs=(Input("conforming", reading.digest),))
    folder.records.append_all([reading, top])
    return top


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_figure_is_shown_down_to_its_sound(call: Call, folder: DataFolder, language: str) -> None:
    top = keep(folder)
    text = call("GET", f"/chain?verify=true&digest={top.digest}", headers={"Accept-Language": language}).text
    assert top.digest in text
    assert "&lt;b&gt;watch" in text
    assert "<b>watch" not in text
    assert {"en": "All 3 digests hold", "zh": "3 个摘要全部相符"}[language] in text


def test_a_damaged_recording_is_told_on_the_page(call: Call, folder: DataFolder) -> None:
    top = keep(folder)
    digest = next(folder.records.find(kind="bench.reading", subject="watch:1")).inputs[0].digest
    path = folder.artifacts.path(digest)
    path.chmod(0o600)
    path.write_bytes(b"tock")
    try:
        assert "1 digests do not hold" in call("GET", f"/chain?verify=true&lang=en&digest={top.digest}").text
    finally:
        path.write_bytes(b"tick")


def test_a_program_gets_the_same_chain(call: Call, folder: DataFolder) -> None:
    top = keep(folder)
    found = call("GET", f"/api/chain?digest={top.digest}").json()
    assert found["digest"] == top.digest
    assert [step["station"] for step in found["ways"]["recording"]] == ["brand", "bench", ""]


def test_a_wrong_digest_is_told_and_nothing_breaks(call: Call) -> None:
    assert call("GET", "/chain?digest=ffffffffff").status_code == 404
    assert call("GET", "/api/chain?digest=ffffffffff").headers["content-type"] == "application/problem+json"
