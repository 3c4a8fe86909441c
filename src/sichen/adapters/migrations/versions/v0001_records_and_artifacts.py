# SPDX-License-Identifier: Apache-2.0
"""Records, what they rest on, and artifacts; all of it kept for ever."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_WHOLE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_DIGEST = sa.String(71).with_variant(sa.String(71, collation="C"), "postgresql")

# SQLite: INSERT OR REPLACE removes a row without asking the trigger on DELETE, so the insertion is asked.
_SQLITE = """
CREATE TRIGGER event_follows BEFORE INSERT ON event
WHEN NEW.position <> (SELECT coalesce(max(position) + 1, 0) FROM event)
  OR EXISTS (SELECT 1 FROM event WHERE digest = NEW.digest)
BEGIN SELECT RAISE(ABORT, 'a record follows the last one and is kept once'); END;
CREATE TRIGGER input_is_new BEFORE INSERT ON input
WHEN EXISTS (SELECT 1 FROM input WHERE position = NEW.position AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'what was kept is not replaced'); END;
CREATE TRIGGER artifact_is_new BEFORE INSERT ON artifact
WHEN EXISTS (SELECT 1 FROM artifact WHERE digest = NEW.digest)
BEGIN SELECT RAISE(ABORT, 'what was kept is not replaced'); END;
"""
_SQLITE_EACH = """
CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'what was kept is not changed'); END;
CREATE TRIGGER {table}_remains BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, 'what was kept is not removed'); END;
"""
_POSTGRESQL = """
CREATE FUNCTION sichen_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'what was kept is not changed or removed'; END $$;
"""
_POSTGRESQL_EACH = """
CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION sichen_refuse();
"""


def upgrade() -> None:
    """Make the tables and the triggers that keep them append-only."""
    op.create_table(
        "event",
        sa.Column("position", _WHOLE, primary_key=True, autoincrement=False),
        sa.Column("digest", _DIGEST, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("at_ns", _WHOLE, nullable=False),
        sa.Column("scale", sa.String(3), nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("canonical", sa.LargeBinary, nullable=False),
    )
    op.create_index("event_by_kind", "event", ["kind", "position"])
    op.create_index("event_by_subject", "event", ["subject", "position"])
    op.create_table(
        "input",
        sa.Column("position", _WHOLE, sa.ForeignKey("event.position"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
    )
    op.create_index("input_by_digest", "input", ["digest"])
    op.create_table(
        "artifact",
        sa.Column("digest", _DIGEST, primary_key=True),
        sa.Column("size", _WHOLE, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("added_ns", _WHOLE, nullable=False),
    )
    _make_append_only()


def _make_append_only() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    each = _SQLITE_EACH if sqlite else _POSTGRESQL_EACH
    text = (_SQLITE if sqlite else _POSTGRESQL) + "".join(each.format(table=table) for table in ("event", "input", "artifact"))
    ending = "END;\n" if sqlite else ";\n\n"
    for statement in (part for part in text.split(ending) if part.strip()) if sqlite else [text]:
        op.execute(statement + ending if sqlite else statement)
