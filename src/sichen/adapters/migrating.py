# SPDX-License-Identifier: Apache-2.0
"""Tables made or brought up to date when a store is opened; a database that is not ours is left alone."""

from sqlalchemy import Connection, column, inspect, select, table

from sichen.adapters.databases import Database
from sichen.adapters.schema import PEOPLE, RECORDS, Line
from sichen.core import ConfigError, Message


def prepare(database: Database, line: Line = RECORDS) -> None:
    """Bring a database to the newest version, all steps or none.

    Parameters
    ----------
    database : Database
    line : Line
        Which tables; a server's database may have those of several lines.

    Raises
    ------
    ConfigError
        If the database belongs to another program, or to a newer Sichen.
    SourceError
        If it cannot be opened or written.
    """
    if database.exists():
        with database.reading() as connection:
            if version_of(connection, database.name, line) == line.head:
                return
    # alembic takes a quarter of a second to load and is needed once in the life of a database.
    from sichen.adapters.migrations import known_versions, upgrade

    with database.writing() as connection:
        version = version_of(connection, database.name, line)
        if version is not None and version not in known_versions(line):
            raise ConfigError(Message("adapters.store.unknown_version", name=database.name, version=version, known=line.head))
        upgrade(connection, line)
    # A reader is connected from here on. Without one each writer would be the last to leave SQLite, and the last
    # one copies the whole log back and removes it: four waits for the disk instead of one.
    with database.reading() as connection:
        version_of(connection, database.name, line)


def version_of(connection: Connection, name: str, line: Line = RECORDS) -> str | None:
    """Return the version of the tables, None where there are none yet; refuse a database that is not ours."""
    tables = inspect(connection).get_table_names()
    if line.version_table in tables:
        version = connection.scalar(select(column("version_num")).select_from(table(line.version_table)))
        return None if version is None else str(version)
    if tables and not {RECORDS.version_table, PEOPLE.version_table} & set(tables):
        raise ConfigError(Message("adapters.store.foreign", name=name))
    return None
