# SPDX-License-Identifier: Apache-2.0
"""Tables come into being once, on both kinds of database, and a database that is not ours is left alone."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from sichen.adapters import RecordStore
from sichen.adapters.databases import open_database
from sichen.adapters.migrating import prepare, version_of
from sichen.adapters.migrations import known_versions, upgrade
from sichen.adapters.schema import HEAD, METADATA, VERSION_TABLE
from sichen.core import ConfigError


def test_an_empty_database_is_brought_to_the_newest_version_once(address: str) -> None:
    database = open_database(address)
    for _ in range(3):
        prepare(database)
        with database.reading() as connection:
            assert version_of(connection, "") == HEAD
    with database.writing() as connection:
        upgrade(connection)
    database.close()


def test_the_newest_migration_is_the_one_that_the_program_knows() -> None:
    assert known_versions()[0] == HEAD


def test_the_migrations_make_exactly_the_tables_that_queries_see(address: str) -> None:
    database = open_database(address)
    prepare(database)

    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        differences = compare_metadata(context, METADATA)

    database.close()
    assert differences == []


def test_a_database_of_another_program_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "photos.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE photo (x)")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(ConfigError, match="tables of another program"):
        RecordStore(path)
    assert path.read_bytes() == before


def test_tables_of_a_newer_sichen_are_refused(address: str) -> None:
    RecordStore(address).close()
    database = open_database(address)
    with database.writing() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    database.close()

    with pytest.raises(ConfigError, match="tables 9999, this one knows up to"):
        RecordStore(address)


def interrupted_upgrade(connection: Connection) -> None:
    upgrade(connection)
    raise KeyboardInterrupt


def test_an_upgrade_that_is_interrupted_leaves_nothing(address: str) -> None:
    database = open_database(address)
    with pytest.raises(KeyboardInterrupt), database.writing() as connection:
        interrupted_upgrade(connection)
    with database.writing() as connection:
        assert version_of(connection, "") is None
    prepare(database)
    database.close()


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    path.write_bytes(b"")
    with RecordStore(path) as store:
        assert store.count() == 0


def test_sqlite_runs_with_the_settings_that_keep_records_through_a_power_cut(tmp_path: Path) -> None:
    database = open_database(tmp_path / "records.sqlite")
    prepare(database)
    with database.writing() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    database.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
