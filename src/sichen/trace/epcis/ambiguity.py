# SPDX-License-Identifier: Apache-2.0
"""Where the event hash cannot be trusted to tell two events apart, or two programs to agree.

The rules of the hash are the standard's and its reference's: values are joined without separators, text that looks
like a number is respelled because XML has no types. The strict mode refuses every event in which that could matter.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sichen.core import DataError, Message
from sichen.trace.epcis.context import prefixes_of
from sichen.trace.epcis.decimals import fits_double, looks_numeric, number_text
from sichen.trace.epcis.event import Table, Value, is_extension
from sichen.trace.epcis.hash_text import LEFT_OUT
from sichen.trace.epcis.keys import canonical_key
from sichen.trace.epcis.schema import event_schema

CLASSES = (
    "respelled",
    "many_digits",
    "special_number",
    "separator",
    "rounded_time",
    "escaped_key",
    "outer_space",
    "not_normalised",
    "undeclared",
)
"""The classes of ambiguity; each has its sentence under ``trace.epcis.ambiguity``."""

_SPECIAL = re.compile(r"[+-]?(?:inf(?:inity)?|nan|\d+(?:_\d+)+(?:\.\d+)?)", re.IGNORECASE | re.ASCII)
_FINE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}\.\d{3}\d*[1-9]\d*(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_ESCAPED = re.compile(r"[!()*+,:]|%[0-9A-Fa-f]{2}")


@dataclass(frozen=True)
class Ambiguity:
    """One place in an event that the hash may take for something else.

    Parameters
    ----------
    kind : str
        One of `CLASSES`.
    field : str
    found : str
    """

    kind: str
    field: str
    found: str

    @property
    def message(self) -> Message:
        """The sentence that says what is ambiguous."""
        shown = self.found if len(self.found) <= 60 else self.found[:60] + "…"  # noqa: PLR2004 - fits a line
        return Message(f"trace.epcis.ambiguity.{self.kind}", field=self.field, found=shown)


def ambiguities(event: Table, prefixes: Mapping[str, str] | None = None) -> tuple[Ambiguity, ...]:
    """Return every place where the event hash is ambiguous.

    Parameters
    ----------
    event : mapping
    prefixes : mapping of str to str, optional

    Returns
    -------
    tuple of Ambiguity
        Empty when two programs that follow the standard must agree, and no other event gives the same text.

    Examples
    --------
    >>> [(a.kind, a.field) for a in ambiguities({"type": "ObjectEvent", "a:serial": "0012"}, {"a": "urn:a:"})]
    [('respelled', 'a:serial')]
    """
    known = prefixes_of(event, prefixes or {})
    body = {name: value for name, value in event.items() if name not in LEFT_OUT}
    return tuple(_in_table(body, "", known, extended=False))


def refuse_ambiguous(event: Table, prefixes: Mapping[str, str] | None = None) -> None:
    """Refuse an event whose hash is ambiguous.

    Raises
    ------
    DataError
        Naming the first place.
    """
    found = ambiguities(event, prefixes)
    if found:
        raise DataError(found[0].message)


def _in_table(table: Table, path: str, known: Mapping[str, str], *, extended: bool) -> Iterator[Ambiguity]:
    for name, value in table.items():
        inside = extended or is_extension(name)
        here = f"{path}.{name}" if path else name
        if is_extension(name) and name.partition(":")[0] not in known:
            yield Ambiguity("undeclared", here, name)
        yield from _in_value(value, here, known, extended=inside)


def _in_value(value: Value, path: str, known: Mapping[str, str], *, extended: bool) -> Iterator[Ambiguity]:
    if isinstance(value, Mapping):
        yield from _in_table(value, path, known, extended=extended)
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _in_value(item, f"{path}[{place}]", known, extended=extended)
    elif isinstance(value, str):
        for kind in _kinds(value, path.rpartition(".")[2], extended=extended):
            yield Ambiguity(kind, path, value)
    elif not isinstance(value, bool) and value is not None and not fits_double(str(value)):
        yield Ambiguity("many_digits", path, str(value))


def _kinds(text: str, name: str, *, extended: bool) -> Iterator[str]:
    inner = text.strip()
    if inner != text:
        yield "outer_space"
    if unicodedata.normalize("NFC", text) != text:
        yield "not_normalised"
    if looks_numeric(inner):
        if number_text(inner) != inner:
            yield "respelled"
        if not fits_double(inner):
            yield "many_digits"
    elif _SPECIAL.fullmatch(inner):
        yield "special_number"
    if "{" in inner or "}" in inner or (extended and "=" in inner) or _names_field(inner):
        yield "separator"
    if name.lower().endswith("time") and _FINE_TIME.fullmatch(inner):
        yield "rounded_time"
    key = canonical_key(inner)
    if key.startswith("https://id.gs1.org/") and _ESCAPED.search(key.removeprefix("https://id.gs1.org/")):
        yield "escaped_key"


def _names_field(text: str) -> bool:
    """Tell whether a text holds a field of the standard with its equals sign."""
    return "=" in text and _FIELD.search(text) is not None


def _field_names(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        properties = value.get("properties")
        if isinstance(properties, Mapping):
            yield from properties
        for inner in value.values():
            yield from _field_names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _field_names(inner)


_KINDS = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent")
_FIELD = re.compile(
    "(?:" + "|".join(sorted({re.escape(name) for kind in _KINDS for name in _field_names(event_schema(kind))} | {"epc"})) + ")="
)
