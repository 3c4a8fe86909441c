# SPDX-License-Identifier: Apache-2.0
"""Events and the documents that carry them, in the form they have in JSON-LD."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, TypeAlias, Union

Value: TypeAlias = Union[bool, int, float, Decimal, str, "Sequence[Value]", "Mapping[str, Value]", None]
Table: TypeAlias = Mapping[str, Value]
Kind: TypeAlias = Literal["EPCISDocument", "EPCISQueryDocument"]
Form: TypeAlias = Literal["json", "xml"]

EVENT_TYPES = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")
EMPTY: Table = MappingProxyType({})


@dataclass(frozen=True)
class Document:
    """Events with what surrounds them, however they were written.

    Parameters
    ----------
    events : tuple of mapping
        Each event as JSON-LD has it; a name with a colon is an extension, its prefix stands in `prefixes` or in
        the event's own ``@context``.
    prefixes : mapping of str to str
        Prefix to namespace, as the document declared them.
    kind : {"EPCISDocument", "EPCISQueryDocument"}
    schema_version : str
    created : str
        Time at which the document was made; empty when it does not say.
    envelope : mapping
        The remaining members of the document: id, sender, receiver, instanceIdentifier, epcisHeader, extensions.
    query : str
        Name of the query a query document answers.
    subscription : str
        The subscription it was sent for.
    form : {"json", "xml"}
        How it was written: XML lets pass what JSON does not, a measurement without type and a key listed twice.
    """

    events: tuple[Table, ...]
    prefixes: Mapping[str, str] = field(default_factory=dict)
    kind: Kind = "EPCISDocument"
    schema_version: str = "2.0"
    created: str = ""
    envelope: Table = field(default_factory=dict)
    query: str = ""
    subscription: str = ""
    form: Form = "json"


def text_of(table: Table, name: str) -> str:
    """Return a member that is text; empty when it is missing or something else."""
    value = table.get(name)
    return value if isinstance(value, str) else ""


def table_of(value: Value) -> Table:
    """Return the value when it is a table, else an empty one."""
    return value if isinstance(value, Mapping) else EMPTY


def items_of(value: Value) -> Sequence[Value]:
    """Return the members of a list; one value that stands alone is a list of one, none is empty."""
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def texts_of(table: Table, name: str) -> Iterator[str]:
    """Yield the texts of a list; a text alone is a list of one."""
    return (item for item in items_of(table.get(name)) if isinstance(item, str))


def tables_of(table: Table, name: str) -> Iterator[Table]:
    """Yield the tables of a list."""
    return (item for item in items_of(table.get(name)) if isinstance(item, Mapping))


def is_plain(event: Table) -> bool:
    """Tell whether an event that was judged has only texts, in the fields that nearly every event has.

    Such an event has no numbers, no extensions and no depth, so that much of what is asked of others needs no answer.
    """
    if not event.keys() <= _PLAIN:
        return False
    for name in ("readPoint", "bizLocation"):
        place = event.get(name)
        if place is not None and not (isinstance(place, dict) and len(place) == 1):
            return False
    return event.get("type") in EVENT_TYPES


_PLAIN = frozenset(
    {
        *("type", "eventID", "eventTime", "eventTimeZoneOffset", "recordTime", "action", "bizStep", "disposition", "readPoint"),
        *("bizLocation", "epcList", "parentID", "childEPCs", "inputEPCList", "outputEPCList", "transformationID"),
        *("bizTransactionList", "sourceList", "destinationList", "persistentDisposition", "certificationInfo"),
    }
)


def is_extension(name: str) -> bool:
    """Tell whether a member belongs to an extension: its name has a prefix."""
    return ":" in name
