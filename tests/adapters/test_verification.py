# SPDX-License-Identifier: Apache-2.0
"""Whatever is changed behind our back is found."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sichen.adapters import DataFolder
from sichen.core import Input, Instant, Record, digest_of_bytes

TRIGGERS = [f"{table}_{end}" for table in ("event", "input", "artifact") for end in ("stays", "remains")]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    """Give a data folder with a recording and three records on it."""
    with DataFolder.open(tmp_path / "data") as opened:
        recording = opened.keep(b"tick tock" * 1000, media_type="audio/wav", name="watch.wav")
        digest = recording.digest
        for number in range(3):
            record = Record("bench.note", "watch:1", {"n": number}, "m", "1", Instant(number), inputs=(Input("from", digest),))
            digest = opened.records.append(record)
        yield opened


def tamper(folder: DataFolder, statement: str) -> None:
    """Do what a person with the file and a will can do."""
    with closing(sqlite3.connect(folder.path / "records.sqlite")) as connection, connection:
        for trigger in TRIGGERS:
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(statement)


def found(folder: DataFolder) -> list[str]:
    return [problem.message.key.removeprefix("adapters.") for problem in folder.records.verify_all()]


def test_a_whole_folder_has_no_problem(folder: DataFolder) -> None:
    assert found(folder) == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE event SET canonical = replace(canonical, '\"n\":1', '\"n\":7') WHERE position = 1", ["verify.changed"]),
        ("UPDATE event SET canonical = '' WHERE position = 1", ["verify.changed"]),
        ("UPDATE event SET subject = 'watch:2' WHERE position = 1", ["verify.index"]),
        ("UPDATE event SET at_ns = at_ns + 1 WHERE position = 2", ["verify.index"]),
        ("UPDATE input SET role = 'by' WHERE position = 1", ["verify.index"]),
        ("DELETE FROM input WHERE position = 1", ["verify.index"]),
        ("DELETE FROM event WHERE position = 0", ["verify.gap", "verify.missing_input"]),
        ("DELETE FROM event WHERE position = 1", ["verify.gap", "verify.missing_input"]),
        ("DELETE FROM artifact", ["verify.missing_input"]),
    ],
)
def test_a_change_in_the_database_is_named(folder: DataFolder, statement: str, expected: list[str]) -> None:
    tamper(folder, statement)

    assert found(folder) == expected


def test_bytes_that_were_never_a_record_are_named(folder: DataFolder) -> None:
    for number, content in enumerate((b"{}", b"\xff", b"[" * 100_000)):
        row = f"({3 + number}, '{digest_of_bytes(content)}', 'k', 's', 0, 'UTC', 'm', '1', x'{content.hex()}')"
        with closing(sqlite3.connect(folder.path / "records.sqlite")) as connection, connection:
            connection.execute(f"INSERT INTO event VALUES {row}")

    assert found(folder) == ["verify.unreadable"] * 3


def test_an_artifact_that_was_changed_or_removed_is_named(folder: DataFolder) -> None:
    (digest,) = folder.artifacts.digests()
    path = folder.artifacts.path(digest)
    path.chmod(0o600)
    path.write_bytes(b"tick tack" * 1000)
    assert found(folder) == ["artifact.changed"]

    path.unlink()
    assert found(folder) == ["artifact.missing"]

    folder.artifacts.keep(b"tick tock" * 1000, media_type="audio/wav")
    assert found(folder) == []


def test_a_page_that_was_overwritten_is_named(folder: DataFolder) -> None:
    fill = "x" * 200
    folder.records.append_all(Record("bench.note", "watch:1", {"n": n, "fill": fill}, "m", "1", Instant(n)) for n in range(400))
    folder.close()
    path = folder.path / "records.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[-8192:-4096] = bytes(4096)
    path.write_bytes(content)

    with DataFolder.open(folder.path) as again:
        assert found(again)[0] == "verify.broken_page"


def test_some_things_are_checked_alone(folder: DataFolder) -> None:
    (recording,) = folder.artifacts.digests()
    first, second, third = (record.digest for record in reversed(list(folder.records.find())))
    everything = [first, second, third, recording]
    assert folder.verify(everything) == folder.verify() == (4, ())
    tamper(folder, "UPDATE event SET subject = 'watch:2' WHERE position = 1")
    folder.artifacts.path(recording).unlink()

    assert folder.verify([first, third]) == (2, ())
    for checked in (everything, None):
        count, problems = folder.verify(checked)
        assert (count, {problem.digest for problem in problems}) == (4, {second, recording})

    absent = digest_of_bytes(b"absent")
    assert [problem.message.key for problem in folder.verify([absent, absent])[1]] == ["core.no_record"]


def test_more_records_than_fit_one_page_are_all_checked(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path) as folder:
        folder.records.append_all(Record("bench.note", "watch:1", {"n": n}, "m", "1", Instant(n)) for n in range(1203))
        for number in range(3):
            folder.keep(bytes([number]), media_type="text/plain")
        assert found(folder) == []

        tamper(folder, "UPDATE event SET kind = 'x' WHERE position IN (499, 500, 1202)")

        assert found(folder) == ["verify.index"] * 3
