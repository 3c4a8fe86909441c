# SPDX-License-Identifier: Apache-2.0
"""The tables of people, as queries see them. What makes them is in ``migrations``.

Unlike records these rows change and go. Everything that tells who somebody is stands in them alone: the audit log and the
requests know a person by a random name, which means nothing any more when the row of the person is gone.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, MetaData, Table, Text

PEOPLE_METADATA = MetaData()
_Whole = BigInteger().with_variant(Integer, "sqlite")

PERSON = Table(
    "people_person",
    PEOPLE_METADATA,
    Column("id", Text, primary_key=True),
    Column("account", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("added_ns", _Whole, nullable=False),
    Column("party", Text, nullable=False, server_default=""),
)

SESSION = Table(
    "people_session",
    PEOPLE_METADATA,
    Column("sealed", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("person", Text, ForeignKey("people_person.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("begun_ns", _Whole, nullable=False),
    Column("seen_ns", _Whole, nullable=False),
    Column("label", Text, nullable=False),
)

PASSKEY = Table(
    "people_passkey",
    PEOPLE_METADATA,
    Column("credential", LargeBinary, primary_key=True),
    Column("person", Text, ForeignKey("people_person.id"), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("uses", _Whole, nullable=False),
    Column("label", Text, nullable=False),
    Column("added_ns", _Whole, nullable=False),
)

REQUEST = Table(
    "people_request",
    PEOPLE_METADATA,
    Column("number", Text, primary_key=True),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_ns", _Whole, nullable=False),
    Column("stage", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_ns", _Whole),
)

OWNED = Table(
    "people_owned",
    PEOPLE_METADATA,
    Column("owned_key", Text, primary_key=True),
    Column("person", Text, ForeignKey("people_person.id"), nullable=False, index=True),
    Column("watch", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("how", Text, nullable=False),
    Column("since_ns", _Whole, nullable=False),
)

OFFER = Table(
    "people_offer",
    PEOPLE_METADATA,
    Column("sealed", LargeBinary, primary_key=True),
    Column("person", Text, ForeignKey("people_person.id"), nullable=False, index=True),
    Column("watch", Text, nullable=False),
    Column("warranty", Text, nullable=False),
    Column("until_ns", _Whole, nullable=False),
)

MANDATE = Table(
    "people_mandate",
    PEOPLE_METADATA,
    Column("number", Text, primary_key=True),
    Column("person", Text, ForeignKey("people_person.id"), nullable=False, index=True),
    Column("watch", Text, nullable=False),
    Column("relation", Text, nullable=False),
    Column("start_ns", _Whole, nullable=False),
    Column("end_ns", _Whole, nullable=False),
)
