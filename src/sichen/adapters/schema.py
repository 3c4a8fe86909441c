# SPDX-License-Identifier: Apache-2.0
"""The tables of the record store, as queries see them. What makes them is in ``migrations``.

Records stand in the order in which they were kept: `position` counts 0, 1, 2 … without a gap, so that it can
serve as the leaf index of a Merkle log over them.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

HEAD = "0001"
"""The newest migration: what this program reads and writes."""

VERSION_TABLE = "sichen_version"


@dataclass(frozen=True)
class Line:
    """A line of migrations: tables that come into being together.

    Parameters
    ----------
    package : str
        Where its steps are, in ``versions``.
    head : str
        The newest step.
    version_table : str
        Where a database notes how far it came.
    """

    package: str
    head: str
    version_table: str


RECORDS = Line("sichen.adapters.migrations", HEAD, VERSION_TABLE)
PEOPLE = Line("sichen.adapters.people.migrations", "0002", "people_version")

METADATA = MetaData()

# PostgreSQL compares text by its locale unless told otherwise; digests are compared by their digits.
_Digest = String(71).with_variant(String(71, collation="C"), "postgresql")
_Whole = BigInteger().with_variant(Integer, "sqlite")

EVENT = Table(
    "event",
    METADATA,
    Column("position", _Whole, primary_key=True, autoincrement=False),
    Column("digest", _Digest, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("at_ns", _Whole, nullable=False),
    Column("scale", String(3), nullable=False),
    Column("method", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("canonical", LargeBinary, nullable=False),
    Index("event_by_kind", "kind", "position"),
    Index("event_by_subject", "subject", "position"),
)

INPUT = Table(
    "input",
    METADATA,
    Column("position", _Whole, ForeignKey("event.position"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("role", Text, nullable=False),
    Column("digest", _Digest, nullable=False),
    Index("input_by_digest", "digest"),
)

ARTIFACT = Table(
    "artifact",
    METADATA,
    Column("digest", _Digest, primary_key=True),
    Column("size", _Whole, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("added_ns", _Whole, nullable=False),
)
