# SPDX-License-Identifier: Apache-2.0
"""The ledger behaves alike on SQLite and on PostgreSQL."""

import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from sichen.adapters import ArtifactStore, RecordStore, databases
from sichen.adapters.schema import ARTIFACT, EVENT, INPUT
from sichen.core import (
    JSON,
    Artifact,
    ConfigError,
    DataError,
    Duration,
    Input,
    Instant,
    Ledger,
    NotFound,
    Record,
    Scale,
    SourceError,
    digest_of_bytes,
    why,
)

NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
BODIES: st.SearchStrategy[JSON] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
RECORDS = st.builds(
    Record,
    kind=NAMES,
    subject=NAMES,
    body=st.dictionaries(TEXTS, BODIES, max_size=4),
    method=NAMES,
    version=NAMES,
    instant=st.builds(Instant, st.integers(-9_000_000_000_000_000_000, 9_000_000_000_000_000_000), st.sampled_from(Scale)),
    instant_u=st.none() | st.builds(Duration, st.integers(0, 10**15)),
    inputs=st.lists(st.builds(Input, NAMES, st.binary(max_size=4).map(digest_of_bytes)), max_size=3).map(tuple),
)


def note(number: int, *, kind: str = "bench.note", subject: str = "watch:1", inputs: tuple[Input, ...] = ()) -> Record:
    return Record(kind, subject, {"number": number}, "manual", "1", Instant(number), inputs=inputs)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=RECORDS)
def test_what_is_appended_is_read_back_to_the_byte(store: RecordStore, record: Record) -> None:
    digest = store.append(record)

    found = store.read(digest)

    assert found.canonical == record.canonical
    assert digest == found.digest == record.digest


def test_the_store_is_a_ledger(store: RecordStore) -> None:
    ledger: Ledger = store

    digest = ledger.append(note(1))

    assert why(digest, ledger).record == note(1)


def test_a_record_kept_twice_is_kept_once(store: RecordStore) -> None:
    first = store.append(note(1))
    store.append(note(2))
    again = store.append_all([note(1), note(3), note(3)])

    assert again[0] == first
    assert store.count() == 3
    assert [record.body["number"] for record in store.find()] == [3, 2, 1]


def test_find_gives_the_newest_first_by_kind_and_subject(store: RecordStore) -> None:
    store.append_all(note(number, kind=f"bench.{number % 2}", subject=f"watch:{number % 3}") for number in range(30))

    assert [record.body["number"] for record in store.find(limit=3)] == [29, 28, 27]
    assert [record.body["number"] for record in store.find(kind="bench.0", limit=2)] == [28, 26]
    assert [record.body["number"] for record in store.find(kind="bench.1", subject="watch:0")] == [27, 21, 15, 9, 3]
    assert list(store.find(kind="bench.2")) == []
    assert list(store.find(limit=0)) == []


def test_kinds_are_counted(store: RecordStore) -> None:
    assert store.count() == 0
    store.append_all([note(1), note(2), note(3, kind="bench.reading")])

    assert store.kinds() == {"bench.note": 2, "bench.reading": 1}
    assert store.count(kind="bench.note") == 2
    assert store.count(kind="bench.none") == 0


def test_a_shortened_digest_is_completed(store: RecordStore) -> None:
    digest = store.append(note(1))
    store.register(Artifact("sha256:" + "ab" * 32, 1, "audio/wav", "a.wav"))

    assert store.resolve(digest) == digest
    assert store.resolve(digest.removeprefix("sha256:")[:8]) == digest
    assert store.resolve("SHA256:" + "AB" * 5) == "sha256:" + "ab" * 32


def test_a_digest_that_fits_nothing_or_too_much_is_refused(store: RecordStore) -> None:
    for last in "0fab":
        store.register(Artifact("sha256:" + "ab" * 31 + "c" + last, 1, "audio/wav", ""))

    with pytest.raises(DataError, match="4 records begin with"):
        store.resolve("abababab")
    with pytest.raises(NotFound, match="abababac"):
        store.resolve("abababac")
    with pytest.raises(DataError, match="is not a digest"):
        store.resolve("rate")


def test_what_is_not_kept_is_not_found(store: RecordStore) -> None:
    absent = digest_of_bytes(b"absent")

    with pytest.raises(NotFound):
        store.read(absent)
    with pytest.raises(NotFound):
        store.artifact(absent)


def test_a_recording_leads_to_the_readings_that_rest_on_it(store: RecordStore) -> None:
    recording = digest_of_bytes(b"tick tock")
    reading = store.append(note(1, inputs=(Input("recording", recording), Input("again", recording))))
    verdict = store.append(note(2, inputs=(Input("reading", reading),)))

    assert store.used_by(recording) == (reading,)
    assert store.used_by(reading) == (verdict,)
    assert store.used_by(verdict) == ()


def test_an_artifact_keeps_its_first_name(store: RecordStore) -> None:
    first = Artifact(digest_of_bytes(b"x"), 1, "audio/wav", "钟.wav")
    store.register(first)
    store.register(Artifact(first.digest, 1, "audio/wav", "copy.wav"))

    assert store.artifact(first.digest) == first


@pytest.mark.parametrize("table", [EVENT, INPUT, ARTIFACT], ids=lambda table: str(table.name))
def test_the_database_itself_refuses_to_change_or_remove(store: RecordStore, table: Table) -> None:
    store.append(note(1, inputs=(Input("recording", digest_of_bytes(b"")),)))
    store.register(Artifact(digest_of_bytes(b""), 0, "audio/wav", ""))

    for statement in (update(table).values(digest="sha256:" + "0" * 64), delete(table)):
        with pytest.raises(SourceError, match="what was kept is not"), store._database.writing() as connection:
            connection.execute(statement)
    assert store.read(note(1, inputs=(Input("recording", digest_of_bytes(b"")),)).digest)


def test_sqlite_refuses_to_replace_and_to_leave_a_gap(tmp_path: Path) -> None:
    with RecordStore(tmp_path / "records.sqlite") as store:
        store.append(note(1))
        with store._database.reading() as connection:
            row = dict(connection.execute(EVENT.select()).mappings().one())

        for change in ({"position": 0}, {"position": 1}, {"position": 2, "digest": "sha256:" + "0" * 64}):
            with pytest.raises(SourceError, match="a record follows the last one"), store._database.writing() as connection:
                connection.execute(insert(EVENT).prefix_with("OR REPLACE"), [row | change])


def test_a_reader_of_sqlite_cannot_write(tmp_path: Path) -> None:
    with RecordStore(tmp_path / "records.sqlite") as store:
        store.append(note(1))
        with pytest.raises(SourceError, match="readonly"), store._database.reading() as connection:
            connection.execute(text("CREATE TABLE mine (x)"))


def test_a_batch_with_one_impossible_record_keeps_none_of_it(store: RecordStore) -> None:
    far = Record("bench.note", "watch:1", {}, "manual", "1", Instant.parse("1066-10-14T09:00:00Z"))

    with pytest.raises(DataError, match="1678 to 2261"):
        store.append_all([note(1), far])
    with pytest.raises(DataError, match="character zero"):
        store.append_all([note(1), note(2, subject="watch:\0")])
    assert store.count() == 0


def test_threads_append_side_by_side(store: RecordStore) -> None:
    def work(writer: int) -> None:
        for number in range(20):
            store.append(note(100 * writer + number))
            list(store.find(limit=5))

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.count() == 80
    assert [problem.message.text() for problem in store.verify_all()] == []


def test_a_writer_that_waits_too_long_says_so(store: RecordStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "PATIENCE", 0.2)

    with (
        store._database.writing(),
        pytest.raises(SourceError, match="another process has been writing"),
    ):
        store.append(note(1))
    assert store.append(note(1))


def test_an_address_of_no_known_kind_is_refused_without_its_password() -> None:
    for bad in ("mysql://me:secret@here/db", "sqlite://", "sqlite:///:memory:", "nonsense", "://me:secret@here"):
        with pytest.raises(ConfigError) as caught:
            RecordStore(bad)
        assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_is_a_source_that_failed(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        RecordStore(f"postgresql://me:secret@/sichen?host={tmp_path}")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 500])
def test_a_file_that_is_no_database_is_left_as_it_was(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "records.sqlite"
    path.write_bytes(content)

    with pytest.raises(SourceError, match="check that it is there, whole"):
        RecordStore(path)
    assert path.read_bytes() == content


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        RecordStore(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SourceError):
        RecordStore(tmp_path / "file" / "records.sqlite")


def test_a_name_with_every_odd_character_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a b?mode=ro#%41&钟" / "记录.sqlite"
    with RecordStore(path) as store:
        store.append(note(1))

    assert path.is_file()


def test_the_triggers_speak_to_other_programs_too(store: RecordStore) -> None:
    store.append(note(1))
    with pytest.raises(DBAPIError), store._database._writer.begin() as connection:
        connection.execute(text("DELETE FROM event"))
    assert store.count() == 1


def test_the_bytes_may_be_elsewhere(address: str, artifacts: ArtifactStore) -> None:
    with RecordStore(address) as first:
        first.append(note(1))
    with RecordStore(address, artifacts=artifacts) as second:
        assert second.count() == 1
