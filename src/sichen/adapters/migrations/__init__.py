# SPDX-License-Identifier: Apache-2.0
"""The history of the tables, one step a file; steps that have been released are never edited."""

from importlib import import_module

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from sichen.adapters.schema import RECORDS, Line


def known_versions(line: Line = RECORDS) -> tuple[str, ...]:
    """Return every version that this program can start from, newest first."""
    return tuple(script.revision for script in _scripts(line).walk_revisions())


def upgrade(connection: Connection, line: Line = RECORDS) -> None:
    """Bring a database to the newest version, inside the transaction of the connection.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction that holds the database for itself. Either all steps are taken or none.
    line : Line
        Which tables.
    """
    scripts = _scripts(line)

    def steps(heads: tuple[str, ...], _: MigrationContext) -> list[RevisionStep]:
        wanted = reversed(list(scripts.iterate_revisions(line.head, heads, implicit_base=True)))
        return [MigrationStep.upgrade_from_script(scripts.revision_map, script) for script in wanted]

    context = MigrationContext.configure(connection, opts={"fn": steps, "version_table": line.version_table})
    with Operations.context(context):
        context.run_migrations()


def _scripts(line: Line) -> ScriptDirectory:
    # Straight from the package: neither alembic.ini nor env.py is needed, and none is installed.
    return ScriptDirectory(import_module(line.package).__path__[0])
