# SPDX-License-Identifier: Apache-2.0
"""Whom an account stands for: the party of an organisation, the keys of an owner, mandates; hand-overs that wait."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_WHOLE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the column and make the tables."""
    op.add_column("people_person", sa.Column("party", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "people_owned",
        sa.Column("owned_key", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, sa.ForeignKey("people_person.id"), nullable=False, index=True),
        sa.Column("watch", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("since_ns", _WHOLE, nullable=False),
    )
    op.create_table(
        "people_offer",
        sa.Column("sealed", sa.LargeBinary, primary_key=True),
        sa.Column("person", sa.Text, sa.ForeignKey("people_person.id"), nullable=False, index=True),
        sa.Column("watch", sa.Text, nullable=False),
        sa.Column("warranty", sa.Text, nullable=False),
        sa.Column("until_ns", _WHOLE, nullable=False),
    )
    op.create_table(
        "people_mandate",
        sa.Column("number", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, sa.ForeignKey("people_person.id"), nullable=False, index=True),
        sa.Column("watch", sa.Text, nullable=False),
        sa.Column("relation", sa.Text, nullable=False),
        sa.Column("start_ns", _WHOLE, nullable=False),
        sa.Column("end_ns", _WHOLE, nullable=False),
    )
