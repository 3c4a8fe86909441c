# SPDX-License-Identifier: Apache-2.0
"""Which fields may, must and must not stand together on one thing."""

from collections.abc import Iterable

from sichen.core import DataError, Message
from sichen.trace.identifiers.elements import ElementString
from sichen.trace.identifiers.table import matches

# A signature proves one single thing, so these keys need their optional serial part beside it.
_BARE_LENGTHS = {"253": 13, "255": 13, "8003": 14}
_SIGNATURE = "8030"


def find_conflicts(fields: ElementString) -> list[Message]:
    """Return everything that speaks against the company of these fields; empty when nothing does.

    Examples
    --------
    >>> from sichen.trace.identifiers import read_bracketed
    >>> [message.text() for message in find_conflicts(read_bracketed("(21)ABC123"))]
    ['(21) needs one of 01, 03, 8006 beside it']
    """
    return [*find_repeats(fields), *find_exclusions(fields), *find_lacking(fields), *find_bare_signature(fields)]


def check_rules(fields: ElementString) -> None:
    """Raise a DataError with the first conflict, if there is any."""
    for message in find_conflicts(fields):
        raise DataError(message)


def find_repeats(fields: ElementString) -> list[Message]:
    """Return fields given more than once with different values."""
    values: dict[str, set[str]] = {}
    for element in fields:
        values.setdefault(element.ai, set()).add(element.value)
    return [Message("trace.identifiers.repeated", ai=ai) for ai, found in values.items() if len(found) > 1]


def find_exclusions(fields: ElementString) -> list[Message]:
    """Return pairs of fields that must not stand together."""
    present = _present(fields)
    return [
        Message("trace.identifiers.excluded", ai=element.ai, other=other)
        for element in fields
        for pattern in element.identifier.excludes
        for other in present
        if other != element.ai and matches(other, pattern)
    ]


def find_lacking(fields: ElementString) -> list[Message]:
    """Return fields whose necessary company is absent."""
    present = _present(fields)
    return [
        Message("trace.identifiers.lacking", ai=element.ai, needed=", ".join(element.identifier.needs))
        for element in fields
        if element.identifier.needs and not any(_fulfilled(group, present) for group in element.identifier.needs)
    ]


def find_bare_signature(fields: ElementString) -> list[Message]:
    """Return the keys beside a digital signature that lack their serial part."""
    if fields.get(_SIGNATURE) is None:
        return []
    return [
        Message("trace.identifiers.unserialised", ai=element.ai)
        for element in fields
        if len(element.value) <= _BARE_LENGTHS.get(element.ai, -1)
    ]


def _present(fields: ElementString) -> list[str]:
    return list(dict.fromkeys(element.ai for element in fields))


def _fulfilled(group: str, present: Iterable[str]) -> bool:
    there = list(present)
    return all(any(matches(ai, pattern) for ai in there) for pattern in group.split("+"))
