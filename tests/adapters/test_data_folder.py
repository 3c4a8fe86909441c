# SPDX-License-Identifier: Apache-2.0
"""Records and artifacts stand in one folder, which is found, made and opened in one step."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

import sichen.adapters
from sichen.adapters import DataFolder, now
from sichen.core import Input, Record, why


def test_a_new_folder_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path / "a" / "sichen") as folder:
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        assert folder.records.count() == 0


def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path) as folder:
        recording = folder.keep(b"tick tock", media_type="audio/wav", name="watch.wav", expected=None)
        note = Record("bench.note", "watch:1", {}, "manual", "1", now(), inputs=(Input("recording", recording.digest),))
        digest = folder.records.append(note)

    with DataFolder.open(tmp_path) as folder:
        evidence = why(digest, folder.records)
        assert evidence.rests_on[0].artifact == recording
        assert folder.artifacts.path(recording.digest).read_bytes() == b"tick tock"
        assert list(folder.records.verify_all()) == []


def test_the_environment_names_the_folder_and_the_database(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SICHEN_DATA", str(tmp_path / "表厂"))
    monkeypatch.setenv("SICHEN_DATABASE", address)
    with DataFolder.open() as folder:
        folder.records.append(Record("bench.note", "watch:1", {}, "manual", "1", now()))
        assert folder.path == tmp_path / "表厂"
        assert not (folder.path / "records.sqlite").exists()

    with DataFolder.open(tmp_path / "elsewhere", database=address) as folder:
        assert folder.records.count() == 1
    with DataFolder.open(tmp_path / "elsewhere") as folder:
        assert folder.records.count() == 0


def test_the_public_names_are_all_there_and_no_others() -> None:
    assert sorted(sichen.adapters._HOME_OF) == sichen.adapters.__all__
    for name in sichen.adapters.__all__:
        assert getattr(sichen.adapters, name)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = sichen.adapters.nothing  # type: ignore[attr-defined] # that is the point


def test_reading_the_settings_loads_nothing_heavy() -> None:
    script = (
        "import sys, sichen.adapters as a; a.read_configuration; print(*{'numpy', 'sqlalchemy', 'alembic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert done.stdout.split() == []
