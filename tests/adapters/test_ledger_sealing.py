# SPDX-License-Identifier: Apache-2.0
"""Records go into the log without anybody's asking, and out of every file where the law asks for it."""

import time
from pathlib import Path

import pytest

from sichen.adapters import DataFolder, RecordStore
from sichen.adapters.ledger import desk
from sichen.adapters.ledger.publishing import publish
from sichen.adapters.ledger.sealing import Sealer
from sichen.core import Input, Instant, NotFound, Record

AT = Instant(1_795_000_000_000_000_000)


def record(name: str, *inputs: Input) -> Record:
    body = {"owner": f"OWNER-{name}-OWNER", "remarks": "; ".join(f"PAGE{number:03}-{name}" for number in range(600))}
    return Record("service.note", f"watch:{name}", body, "test", "1", AT, inputs=inputs)


def waiting(folder: DataFolder) -> int:
    with desk.open_ledger(folder) as ledger:
        return desk.awaiting(folder, ledger)


def test_a_house_with_a_log_has_every_record_sealed_when_the_folder_is_closed(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path) as folder:
        folder.records.append(record("first"))
    with DataFolder.open(tmp_path) as folder:
        assert waiting(folder) == 1  # there was no log yet, and beginning it is left to people
        assert desk.seal_what_waits(folder) == 0
        with desk.open_ledger(folder) as ledger:
            ledger.begin("watches.example/log")
        assert desk.seal_what_waits(folder) == 1
        folder.records.append(record("second"))
        assert waiting(folder) == 1
    with DataFolder.open(tmp_path) as folder:
        assert waiting(folder) == 0


def test_while_the_workbench_runs_a_kept_record_is_sealed_within_seconds(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path) as folder, desk.open_ledger(folder) as ledger:
        ledger.begin()
    with DataFolder.open(tmp_path) as folder, Sealer(folder, pause=0.02):
        folder.records.append(record("first"))
        until = time.monotonic() + 30
        while waiting(folder) and time.monotonic() < until:
            time.sleep(0.05)
        assert waiting(folder) == 0


def test_without_the_private_keys_records_wait_and_nothing_breaks(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path) as folder, desk.open_ledger(folder) as ledger:
        ledger.begin()
    (tmp_path / "ledger/keys").rename(tmp_path / "elsewhere")
    with DataFolder.open(tmp_path) as folder:
        folder.records.append(record("first"))
    with DataFolder.open(tmp_path) as folder:
        assert waiting(folder) == 1


def test_no_byte_of_an_erased_record_or_of_its_raw_data_is_left_in_any_file(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path) as folder:
        raw = folder.keep(b"SOUND-OF-ERASED" * 5000, media_type="audio/wav")
        shared = folder.keep(b"SOUND-OF-BOTH" * 5000, media_type="audio/wav")
        rests = [Input("sound", one.digest) for one in (raw, shared)]
        gone = folder.records.append(record("ERASED", *rests))
        stays = folder.records.append(record("STAYS", rests[1]))
        for number in range(30):
            folder.records.append(record(f"OTHER{number}"))
        with desk.open_ledger(folder) as ledger:
            desk.seal(folder, ledger)
            publish(ledger.reader, ledger.folder / desk.PUBLISHED)
            leaf = ledger.reader.leaf_of(bytes.fromhex(gone.removeprefix("sha256:")))
            assert leaf is not None
            done = desk.erase(folder, ledger, [leaf], reason="asked by the person concerned")
            assert done.left == 0
            assert desk.inclusion(ledger, stays) is not None
            assert list(desk.verify_ledger(ledger)) == []
        assert folder.records.read(stays).subject == "watch:STAYS"
        assert folder.records.count(kind="record.erasure") == 1
        assert folder.verify()[1] == ()
        held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        marks = [b"OWNER-ERASED-OWNER", b"SOUND-OF-ERASED", b"watch:ERASED", gone.encode(), bytes.fromhex(gone[7:])]
        marks += [f"PAGE{number:03}-ERASED".encode() for number in range(600)]
        assert [mark for mark in marks if mark in held] == []
        assert b"OWNER-STAYS-OWNER" in held
        assert b"SOUND-OF-BOTH" in held
    with DataFolder.open(tmp_path) as folder:
        folder.records.append(record("AFTER"))
        assert waiting(folder) == 1  # a record that follows is not given the place of an erased one


def test_an_erased_record_leaves_no_unexplained_gap_and_no_open_guard(store: RecordStore) -> None:
    first, second = store.append_all([record("first"), record("second")])
    assert store.erase([second], reason="asked") == 1
    assert store.erase([second], reason="asked") == 0
    with pytest.raises(NotFound):
        store.read(second)
    assert list(store.verify_all()) == []
    store.append(record("third"))
    assert [position for position, _ in store.since(0)] == [0, 2, 3]
    assert store.read(first).subject == "watch:first"
    with pytest.raises(Exception, match="what was kept is not"), store._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM event")
