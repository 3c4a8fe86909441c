# SPDX-License-Identifier: Apache-2.0
"""The ledger on a disk, SQLite and PostgreSQL alike: nothing twice, nothing lost, nothing changed unnoticed."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw
import pytest

from sichen.adapters.ledger.backups import back_up, restore
from sichen.adapters.ledger.erasing import erase
from sichen.adapters.ledger.opening import HouseLedger
from sichen.adapters.ledger.publishing import publish, read_published_checkpoint
from sichen.adapters.ledger.reader import read_head
from sichen.adapters.ledger.side_tables import PlainTables
from sichen.adapters.ledger.sqlite import SqliteBackend
from sichen.adapters.ledger.statements import Statements, create
from sichen.adapters.ledger.verifying import damages
from sichen.adapters.ledger.witnessing import Witness, cosign
from sichen.core import ConfigError, DataError, Instant, NotConforming, Record, SourceError
from sichen.trace.ledger import (
    Entry,
    Policy,
    Tile,
    Trust,
    leaf_hash,
    root_of,
    verify_bundle,
    verify_consistency,
    verify_inclusion,
    write_bundle,
)

ORIGIN = "watches.example/log"


def entry(number: int, *, subject: str = "watch:0042") -> Entry:
    return Entry.of_record(Record("bench.note", subject, {"n": number}, "manual", "1", Instant(number)))


class Colours(PlainTables):
    """A kind of entries with one row each, as an event store would have."""

    def __init__(self) -> None:
        super().__init__("colour")

    def create(self, statements: Statements) -> None:
        create(statements, "CREATE TABLE IF NOT EXISTS colour (leaf {whole} PRIMARY KEY, name {text} NOT NULL)")

    def keep(self, statements: Statements, kept: Sequence[tuple[int, Entry]]) -> None:
        for leaf, one in kept:
            if b"beige" in one.body:
                raise DataError("beige is no colour")
            statements.run("INSERT INTO colour (leaf, name) VALUES (?, ?)", (leaf, one.body.decode()))

    def forget(self, statements: Statements, leaves: Sequence[int]) -> None:
        for leaf in leaves:
            statements.run("DELETE FROM colour WHERE leaf = ?", (leaf,))


@pytest.fixture
def ledger(address: str, tmp_path: Path) -> Iterator[HouseLedger]:
    """Give a log that has begun, on each kind of database in turn."""
    with HouseLedger(tmp_path / "ledger", database=address, tables=[Colours()]) as opened:
        opened.begin(ORIGIN)
        yield opened


def wrong(ledger: HouseLedger) -> list[str]:
    return [one.message.key for one in damages(ledger.backend, ledger.reader.tables)]


def test_what_was_acknowledged_is_there_with_its_proof(ledger: HouseLedger) -> None:
    receipt = ledger.writer.append([entry(1), entry(2)])
    note, proved = ledger.reader.prove(receipt.leaves)

    assert (receipt.leaves, receipt.new, receipt.size) == ((1, 2), (True, True), 3)
    assert note.text == receipt.note
    for one in proved:
        verify_inclusion(leaf_hash(one.commitment), one.index, receipt.size, one.path, receipt.root)
    assert wrong(ledger) == []


def test_the_same_thing_is_kept_once_whoever_brings_it(ledger: HouseLedger) -> None:
    first = ledger.writer.append([entry(1), entry(1), entry(2)])
    again = ledger.writer.append([entry(2), entry(3)])

    assert (first.leaves, first.new) == ((1, 1, 2), (True, False, True))
    assert (again.leaves, again.new) == ((2, 3), (False, True))


def test_many_who_append_at_once_get_leaves_without_gaps_and_one_history(ledger: HouseLedger) -> None:
    receipts = [ledger.writer.append([entry(0)])]

    def append(writer: int) -> None:
        receipts.extend(ledger.writer.append([entry(100 * writer + number), entry(number)]) for number in range(10))

    threads = [threading.Thread(target=append, args=(number,)) for number in range(1, 17)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    final = ledger.reader.checkpoint()
    assert final is not None
    assert final.size == 1 + 160 + 10
    assert {leaf for receipt in receipts for leaf in receipt.leaves} == set(range(1, final.size))
    for receipt in receipts:
        path = ledger.reader.prove_consistency(receipt.size, final.size)
        verify_consistency(receipt.size, final.size, path, receipt.root, final.root)
    assert wrong(ledger) == []


def test_full_tiles_are_those_of_the_leaves_across_three_levels_of_restarts(ledger: HouseLedger, address: str) -> None:
    sizes = (200, 55, 1, 300, 512)
    first = 0
    for size in sizes:
        ledger.writer.append([entry(first + number) for number in range(size)])
        first += size
        ledger.writer.close()
        ledger._writer = None
    final = ledger.reader.checkpoint()
    assert final is not None
    leaves = [leaf_hash(one.commitment) for one in ledger.reader.entries(range(final.size))]

    assert final.root == root_of(leaves)
    assert ledger.reader.tile(Tile(0, 1)) == b"".join(leaves[256:512])
    assert ledger.reader.tile(Tile(1, 0, 4)) == b"".join(root_of(leaves[start : start + 256]) for start in range(0, 1024, 256))
    assert wrong(ledger) == []


def test_rows_beside_the_entries_are_kept_or_refused_with_them(ledger: HouseLedger) -> None:
    blue = Entry.of_json("colour", {"name": "blue"})
    with pytest.raises(DataError, match="beige"):
        ledger.writer.append([Entry.of_json("colour", {"name": "green"}), Entry.of_json("colour", {"name": "beige"})])
    receipt = ledger.writer.append([blue])

    with ledger.backend.reading() as statements:
        assert statements.run("SELECT leaf, name FROM colour") == [(receipt.leaves[0], '{"name":"blue"}')]
    assert receipt.size == 2


def test_one_refused_submission_does_not_harm_those_that_wait_with_it(ledger: HouseLedger) -> None:
    bad = [ledger.writer.submit([Entry.of_json("colour", {"name": f"beige {number}"})]) for number in range(5)]
    good = [ledger.writer.submit([entry(number)]) for number in range(20)]

    assert [one.result().new for one in good] == [(True,)] * 20
    assert all(isinstance(one.exception(), DataError) for one in bad)
    assert wrong(ledger) == []


def test_a_second_process_that_writes_continues_the_same_log(address: str, tmp_path: Path) -> None:
    with HouseLedger(tmp_path / "ledger", database=address) as one:
        one.begin(ORIGIN)
        with HouseLedger(tmp_path / "ledger", database=address) as other:
            for number in range(0, 20, 2):
                one.writer.append([entry(number)])
                other.writer.append([entry(number + 1)])
            assert wrong(other) == []
            assert read_size(other) == 21


def read_size(ledger: HouseLedger) -> int:
    with ledger.backend.reading() as statements:
        return read_head(statements)[0]


def test_an_erased_entry_is_gone_and_its_place_still_proved(ledger: HouseLedger) -> None:
    secret = entry(7, subject="owner:Wang Xiaoming")
    ledger.writer.append([entry(number) for number in range(40)])
    (leaf,) = ledger.writer.append([secret]).leaves
    done = erase(ledger.writer, [leaf], reason="asked by the person concerned", folder=ledger.folder)
    note, (proved,) = ledger.reader.prove([leaf])
    checkpoint = ledger.reader.checkpoint()

    assert done.left == 0
    assert ledger.reader.leaves_about("owner:Wang Xiaoming") == []
    assert (proved.body, proved.salt) == (None, b"")
    assert checkpoint is not None
    verify_inclusion(leaf_hash(proved.commitment), leaf, checkpoint.size, proved.path, checkpoint.root)
    _, keys = ledger.reader.prove(ledger.reader.key_leaves())
    trust = Trust(Policy(logs=ledger.key_log().periods[0].keys))
    assert verify_bundle(write_bundle(note, [proved], keys=keys), trust=trust).intact
    assert wrong(ledger) == []


@pytest.mark.parametrize("records", [1, 60, 400])
def test_no_byte_of_an_erased_entry_is_left_in_any_file(tmp_path: Path, records: int) -> None:
    with HouseLedger(tmp_path / "ledger") as ledger:
        ledger.begin(ORIGIN)
        kept = [entry(number, subject=f"owner:secret-{number:06}-name") for number in range(records)]
        for start in range(0, records, 7):
            ledger.writer.append(kept[start : start + 7])
        publish(ledger.reader, ledger.folder / "published")
        back_up(ledger.writer, tmp_path / "ledger/backup", folder=ledger.folder)
        erase(ledger.writer, range(1, records + 1, 2), reason="asked", folder=ledger.folder)
        files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

        gone = [f"secret-{number:06}-name".encode() for number in range(0, records, 2)]
        assert [str(path) for path, data in files.items() for name in gone if name in data] == []
        assert [str(path) for path, data in files.items() for one in kept[::2] if one.salt in data] == []
        assert wrong(ledger) == []


def test_a_backup_opens_to_the_same_log_and_not_after_one_changed_bit_or_an_erasure(tmp_path: Path) -> None:
    with HouseLedger(tmp_path / "ledger") as ledger:
        ledger.begin(ORIGIN)
        receipt = ledger.writer.append([entry(1)])
        back_up(ledger.writer, tmp_path / "backup", folder=ledger.folder)
        whole = (tmp_path / "backup").read_bytes()
        restore(tmp_path / "backup", tmp_path / "again/ledger.sqlite", folder=ledger.folder)
        for place in (3, 20, 30, len(whole) // 2, len(whole) - 1):
            (tmp_path / "bad").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with pytest.raises((DataError, ConfigError)):
                restore(tmp_path / "bad", tmp_path / "never/ledger.sqlite", folder=ledger.folder)
        with pytest.raises(ConfigError, match="exists"):
            restore(tmp_path / "backup", tmp_path / "again/ledger.sqlite", folder=ledger.folder)
        erase(ledger.writer, [1], reason="asked", folder=ledger.folder)
        with pytest.raises(ConfigError, match="shredded"):
            restore(tmp_path / "backup", tmp_path / "later/ledger.sqlite", folder=ledger.folder)

    with HouseLedger(tmp_path / "again") as again:
        checkpoint = again.reader.checkpoint()
        assert checkpoint is not None
        assert (checkpoint.size, checkpoint.root) == (receipt.size, receipt.root)
        assert wrong(again) == []
    assert not (tmp_path / "never/ledger.sqlite").exists()


def test_keys_rotate_and_stolen_ones_are_replaced_out_of_the_safe(ledger: HouseLedger) -> None:
    first = ledger.key_log().periods[0].keys
    ledger.writer.append([entry(1)])
    ledger.rotate()
    ledger.writer.append([entry(2)])
    size = read_size(ledger)
    ledger.writer.append([entry(3)])
    ledger.declare_compromise(since=size)
    ledger.writer.append([entry(4)])

    log = ledger.key_log()
    assert [log.is_void(one) for one in (size, size + 1, read_size(ledger))] == [False, True, False]
    assert not ledger.keys.has(first)
    assert ledger.keys.has(log.periods[-1].keys)
    assert wrong(ledger) == []


def test_static_files_grow_with_the_log_and_no_tile_is_written_twice(ledger: HouseLedger, tmp_path: Path) -> None:
    ledger.writer.append([entry(number) for number in range(300)])
    first = publish(ledger.reader, tmp_path / "static")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "static/tile").rglob("*") if path.is_file()}
    ledger.writer.append([entry(number) for number in range(300, 600)])
    second = publish(ledger.reader, tmp_path / "static")

    assert (first.size, second.size) == (301, 601)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert read_published_checkpoint(tmp_path / "static") == ledger.reader.note()
    found = damages(ledger.backend, ledger.reader.tables, published=tmp_path / "static")
    assert list(found) == []


def test_a_witness_signs_a_log_that_grew_and_refuses_one_that_was_turned_back(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "witness", name="institute.example/w")
    with HouseLedger(tmp_path / "ledger") as ledger:
        ledger.begin(ORIGIN)
        ledger.writer.append([entry(1)])
        witness.watch(ledger.key_log().keys_for(1))
        back_up(ledger.writer, tmp_path / "backup", folder=ledger.folder)
        for number in (2, 3):
            ledger.writer.append([entry(number)])
            note = cosign(ledger.writer, ledger.reader, witness.add_checkpoint, witness.keys)
        assert len(note.lines) == 4
    (tmp_path / "ledger/ledger.sqlite").unlink()
    restore(tmp_path / "backup", tmp_path / "ledger/ledger.sqlite", folder=tmp_path / "ledger")
    with HouseLedger(tmp_path / "ledger") as turned:
        turned.writer.append([entry(8), entry(9), entry(10)])
        with pytest.raises(NotConforming, match=r"409|422"):
            cosign(turned.writer, turned.reader, witness.add_checkpoint, witness.keys)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entry SET commitment = zeroblob(32) WHERE leaf = 1",
        "DELETE FROM entry WHERE leaf = 3",
        "DELETE FROM payload WHERE leaf = 1",
        "UPDATE payload SET body = CAST('{}' AS BLOB) WHERE leaf = 1",
        "UPDATE entry SET kind = 'erasure' WHERE leaf = 2",
        "UPDATE entry SET identity = NULL WHERE leaf = 2",
        "UPDATE record_subject SET subject = 'watch:1' WHERE leaf = 2",
        "UPDATE head SET size = 3",
        "UPDATE head SET note = replace(note, '4', '3')",
        "INSERT INTO tile (level, number, hashes) VALUES (0, 0, zeroblob(8192))",
        "INSERT INTO payload (leaf, salt, body) VALUES (77, zeroblob(16), zeroblob(4))",
        "DELETE FROM head",
    ],
)
def test_a_hand_in_the_tables_is_found(tmp_path: Path, change: str) -> None:
    with HouseLedger(tmp_path / "ledger") as ledger:
        ledger.begin(ORIGIN)
        ledger.writer.append([entry(1), entry(2), entry(3)])
        hand = apsw.Connection(str(tmp_path / "ledger/ledger.sqlite"))
        hand.execute(change)
        hand.close()

        assert wrong(ledger) != []


def test_a_writer_does_not_start_on_a_ledger_whose_parts_disagree(tmp_path: Path) -> None:
    with HouseLedger(tmp_path / "ledger") as ledger:
        ledger.begin(ORIGIN)
        ledger.writer.append([entry(1)])
        ledger.backend.writing()
    hand = apsw.Connection(str(tmp_path / "ledger/ledger.sqlite"))
    hand.execute("UPDATE entry SET commitment = zeroblob(32) WHERE leaf = 1")
    hand.close()
    with HouseLedger(tmp_path / "ledger") as ledger, pytest.raises(SourceError, match="do not agree"):
        _ = ledger.writer


def test_an_old_sqlite_lets_one_writer_in_and_a_new_one_several(tmp_path: Path) -> None:
    """SQLite before 3.51.3 can lose pages when two connections write."""
    first = SqliteBackend(tmp_path / "old.sqlite", library="3.40.1")
    with pytest.raises(SourceError, match=r"3\.40\.1"):
        SqliteBackend(tmp_path / "old.sqlite", library="3.40.1")
    first.close()
    SqliteBackend(tmp_path / "old.sqlite", library="3.40.1").close()

    one, other = (SqliteBackend(tmp_path / "new.sqlite", library="3.51.3") for _ in range(2))
    one.close()
    other.close()
    assert tuple(map(int, apsw.sqlite_lib_version().split("."))) >= (3, 51, 3)


def test_a_ledger_without_its_keys_says_what_to_do(tmp_path: Path) -> None:
    with HouseLedger(tmp_path / "ledger") as ledger:
        ledger.begin(ORIGIN)
        ledger.keys.destroy(ledger.key_log().periods[0].keys)
    with HouseLedger(tmp_path / "ledger") as ledger, pytest.raises(ConfigError, match="recovery"):
        _ = ledger.writer


def test_a_closed_writer_refuses_and_an_unknown_kind_is_named(ledger: HouseLedger) -> None:
    writer = ledger.writer
    with pytest.raises(DataError, match="smell"):
        writer.append([Entry.of_json("smell", {"of": "oil"})])
    writer.close()
    with pytest.raises(SourceError, match="closed"):
        writer.append([entry(1)])
