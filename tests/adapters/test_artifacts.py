# SPDX-License-Identifier: Apache-2.0
"""Bytes are kept whole under their digest, or not at all."""

import hashlib
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sichen.adapters import ArtifactStore, DataFolder
from sichen.adapters.whole_files import remove_leftovers, unfinished, write_whole
from sichen.core import DataError, NotFound, SourceError, digest_of_bytes


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=2000))
def test_what_is_kept_is_read_back_under_its_digest(artifacts: ArtifactStore, content: bytes) -> None:
    artifact = artifacts.keep(content, media_type="application/octet-stream", name="x")

    assert artifact.digest == "sha256:" + hashlib.sha256(content).hexdigest()
    assert artifact.size == len(content)
    with artifacts.open(artifact.digest) as file:
        assert file.read() == content
    artifacts.verify(artifact.digest)
    assert artifact.digest in list(artifacts.digests())


def test_a_file_keeps_its_name_and_stands_where_its_digest_says(artifacts: ArtifactStore, tmp_path: Path) -> None:
    (tmp_path / "钟声.wav").write_bytes(b"tick" * 500_000)

    artifact = artifacts.keep(tmp_path / "钟声.wav", media_type="audio/wav")

    digits = artifact.digest.removeprefix("sha256:")
    path = artifacts.folder / digits[:2] / digits[2:]
    assert artifact.name == "钟声.wav"
    assert path.stat().st_size == artifact.size == 2_000_000
    assert not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)


def test_the_same_bytes_are_kept_once(artifacts: ArtifactStore) -> None:
    first = artifacts.keep(b"tick", media_type="audio/wav", name="a")
    second = artifacts.keep(b"tick", media_type="audio/wav", name="b")

    assert first.digest == second.digest
    assert list(artifacts.digests()) == [first.digest]


def test_bytes_that_are_not_the_expected_ones_are_not_kept(artifacts: ArtifactStore) -> None:
    with pytest.raises(DataError, match="not the one that was measured"):
        artifacts.keep(b"tick", media_type="audio/wav", expected=digest_of_bytes(b"tock"))

    assert list(artifacts.digests()) == []
    assert leftovers(artifacts) == []


def test_keeping_again_mends_a_damaged_copy(artifacts: ArtifactStore) -> None:
    artifact = artifacts.keep(b"tick", media_type="audio/wav")
    path = artifacts.path(artifact.digest)
    path.chmod(0o600)
    path.write_bytes(b"tack")
    with pytest.raises(DataError, match="has changed"):
        artifacts.verify(artifact.digest)

    artifacts.keep(b"tick", media_type="audio/wav")

    artifacts.verify(artifact.digest)


def test_what_is_not_kept_is_not_found(artifacts: ArtifactStore) -> None:
    for act in (artifacts.open, artifacts.verify, artifacts.path):
        with pytest.raises(NotFound, match="restore it from a copy"):
            act(digest_of_bytes(b"absent"))
        with pytest.raises(DataError, match="is not a digest"):
            act("sha256:../../etc/passwd")


def test_a_source_that_cannot_be_read_leaves_nothing(artifacts: ArtifactStore, tmp_path: Path) -> None:
    for source in (tmp_path / "none.wav", tmp_path):
        with pytest.raises(SourceError):
            artifacts.keep(source, media_type="audio/wav")
    assert leftovers(artifacts) == []


def test_what_a_killed_writer_left_is_removed_and_what_a_living_one_writes_stays(tmp_path: Path) -> None:
    folder = tmp_path / "artifacts" / "incoming"
    folder.mkdir(parents=True)
    (folder / ".dead.part").write_bytes(b"half")
    with unfinished(folder) as alive:
        ArtifactStore(tmp_path / "artifacts")

        assert list(folder.iterdir()) == [alive.path]
    assert list(folder.iterdir()) == []


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), write_whole(tmp_path / "new.wav") as file:
        interrupted_after(file.write, b"half")
    assert list(tmp_path.iterdir()) == []

    with write_whole(tmp_path / "new.wav") as file:
        file.write(b"whole")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"whole"]
    assert remove_leftovers(tmp_path) == 0


def interrupted_after(act: Callable[[bytes], int], data: bytes) -> None:
    act(data)
    raise KeyboardInterrupt


FULL_DISK = """
import resource, sys
from sichen.adapters import DataFolder
from sichen.core import Instant, Record, SourceError

folder = DataFolder.open(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
try:
    folder.keep(bytes(1_000_000), media_type="audio/wav")
except SourceError as error:
    print(error.message.key)
kept = 0
try:
    while True:
        folder.records.append(Record("bench.note", "watch:1", {"n": kept, "fill": "x" * 20_000}, "m", "1", Instant(0)))
        kept += 1
except SourceError as error:
    print(error.message.key)
print(kept)
"""


def test_a_full_disk_stores_nothing_by_halves_and_loses_nothing(tmp_path: Path) -> None:
    """The system refuses to let any file grow beyond 400 kB, as a full disk would."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )

    artifact, store, kept = done.stdout.split()
    assert artifact == "adapters.artifact.disk_full"
    assert store == "adapters.store.disk_full"
    with DataFolder.open(tmp_path) as folder:
        assert leftovers(folder.artifacts) == []
        assert list(folder.artifacts.digests()) == []
        assert folder.records.count() == int(kept) > 5
        assert list(folder.records.verify_all()) == []


def test_a_folder_that_cannot_be_made_is_a_source_that_failed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SourceError, match="check its permissions"):
        ArtifactStore(tmp_path / "file" / "artifacts")
    with pytest.raises(SourceError, match="check its permissions"):
        DataFolder.open(tmp_path / "file" / "data")


def leftovers(store: ArtifactStore) -> list[Path]:
    return list((store.folder / "incoming").iterdir())
