# SPDX-License-Identifier: Apache-2.0
"""People, their sessions and passkeys, and requests for acts of two persons."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_WHOLE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "people_person",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("added_ns", _WHOLE, nullable=False),
    )
    op.create_table(
        "people_session",
        sa.Column("sealed", sa.LargeBinary, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("person", sa.Text, sa.ForeignKey("people_person.id"), nullable=False, index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("begun_ns", _WHOLE, nullable=False),
        sa.Column("seen_ns", _WHOLE, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
    )
    op.create_table(
        "people_passkey",
        sa.Column("credential", sa.LargeBinary, primary_key=True),
        sa.Column("person", sa.Text, sa.ForeignKey("people_person.id"), nullable=False, index=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("uses", _WHOLE, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("added_ns", _WHOLE, nullable=False),
    )
    op.create_table(
        "people_request",
        sa.Column("number", sa.Text, primary_key=True),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_ns", _WHOLE, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_ns", _WHOLE),
    )
