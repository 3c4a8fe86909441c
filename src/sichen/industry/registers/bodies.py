# SPDX-License-Identifier: Apache-2.0
"""Training bases, masters' studios, test bodies, museums and fairs: who they are, where, until when, and how we know."""

from dataclasses import dataclass

from sichen.core import JSON, Message
from sichen.industry.tables import Refusal, Table

KINDS = ("training", "studio", "test body", "museum", "fair", "platform")
ALIASES = {"类别": "kind", "名称": "name", "地点": "place", "有效期": "valid_until", "来源": "source", "备注": "note"}


@dataclass(frozen=True)
class Body:
    """A training base, studio, test body, museum, fair or trading platform."""

    kind: str
    name: str
    place: str
    source: str
    valid_until: str = ""
    note: str = ""
    row: int = 0

    def to_json(self) -> dict[str, JSON]:
        """Return the body as plain JSON."""
        return dict(vars(self))


def read_bodies(table: Table) -> tuple[tuple[Body, ...], tuple[Refusal, ...]]:
    """Read bodies from a table: kind, name, place, source, valid_until, note; each needs a kind we know and a source."""
    table.require("kind", "name", "source")
    found: list[Body] = []
    refusals = list(table.refusals)
    for row in table.rows:
        missing = next((column for column in ("kind", "name", "source") if not row.text(column)), None)
        if missing is not None:
            why = Message("industry.registry.empty", column=missing)
            refusals.append(Refusal(row.number, missing, why, tuple(row.cells.values())))
        elif row.text("kind") not in KINDS:
            why = Message("industry.bodies.kind", kind=row.text("kind"), known=", ".join(KINDS))
            refusals.append(Refusal(row.number, "kind", why, tuple(row.cells.values())))
        else:
            cells = {name: row.text(name) for name in ("kind", "name", "place", "source", "valid_until", "note")}
            found.append(Body(**cells, row=row.number))
    return tuple(found), tuple(refusals)
