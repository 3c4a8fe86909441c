# SPDX-License-Identifier: Apache-2.0
"""What of an event can be asked for: its index row, made once when it is captured."""

import contextlib
import math
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, cast

from sichen.trace.epcis.context import prefixes_of
from sichen.trace.epcis.event import Table, Value, is_extension, is_plain, items_of, table_of, tables_of, text_of, texts_of
from sichen.trace.epcis.hash_text import value_text
from sichen.trace.epcis.keys import canonical_key, remembered_key
from sichen.trace.epcis.moments import microseconds
from sichen.trace.epcis.vocabularies import shortened

COLUMNS = (
    *("event_id", "type", "event_time", "record_time", "action", "biz_step", "disposition", "read_point"),
    *("biz_location", "transformation_id", "error_time"),
)
"""What an event has at most once."""

KEY_LISTS = {"epcList": "epc", "childEPCs": "child", "inputEPCList": "input", "outputEPCList": "output"}
CLASS_LISTS = {
    "quantityList": "epcClass",
    "childQuantityList": "childClass",
    "inputQuantityList": "inputClass",
    "outputQuantityList": "outputClass",
}
CONTEXTS = {
    "bizTransactionList": ("bizTransaction", "bizTransaction.type"),
    "sourceList": ("source", "source.type"),
    "destinationList": ("destination", "destination.type"),
}
DEVICE = ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
REPORT_TEXTS = (*DEVICE, "microorganism", "chemicalSubstance", "stringValue", "booleanValue", "hexBinaryValue", "uriValue")
REPORT_NUMBERS = ("value", "minValue", "maxValue", "meanValue", "sDev", "percValue", "percRank")
SENSOR_TIMES = ("time", "startTime", "endTime")


class IndexRow(NamedTuple):
    """One event as the index knows it. Thousands are made a second: a tuple takes a third of the time of a frozen class.

    Parameters
    ----------
    columns : tuple
        In the order of `COLUMNS`; times in microseconds since 1970, terms and keys in their canonical spelling.
    keys : tuple of (str, str)
        What an event may have many of: name and value.
    numbers : tuple of (str, float)
        What is compared by size: numbers, and times under a name that ends in ``@``.
    """

    columns: tuple[str | int | None, ...]
    keys: tuple[tuple[str, str], ...] = ()
    numbers: tuple[tuple[str, float], ...] = ()

    def column(self, name: str) -> str | int | None:
        """Return one column by its name."""
        return self.columns[COLUMNS.index(name)]


def index_row(event: Table, *, record_time: int, plain: bool = False) -> IndexRow:
    """Make the index row of an event.

    Parameters
    ----------
    event : mapping
        Self-contained: its own ``@context`` declares the prefixes it uses.
    record_time : int
        Microseconds since 1970.
    plain : bool
        Whether the event is known to be plain (`is_plain`).

    Returns
    -------
    IndexRow

    Examples
    --------
    >>> row = index_row({"type": "ObjectEvent", "eventTime": "1970-01-01T00:00:01Z", "epcList": ["urn:a:1"]}, record_time=2)
    >>> row.column("event_time"), row.keys
    (1000000, (('epc', 'urn:a:1'),))
    """
    if plain or is_plain(event):
        return IndexRow(_plain_columns(event, record_time), _keys(event))
    declaration = event.get("errorDeclaration")
    columns = (
        text_of(event, "eventID") or None,
        text_of(event, "type"),
        microseconds(text_of(event, "eventTime")),
        record_time,
        text_of(event, "action") or None,
        shortened("bizStep", text_of(event, "bizStep")) or None,
        shortened("disposition", text_of(event, "disposition")) or None,
        _place(event.get("readPoint")),
        _place(event.get("bizLocation")),
        remembered_key(text_of(event, "transformationID")) or None,
        microseconds(text_of(declaration, "declarationTime")) if isinstance(declaration, Mapping) else None,
    )
    further = _Further(prefixes_of(event, {}))
    further.event(event)
    keys = dict.fromkeys((*_keys(event), *further.keys))
    return IndexRow(columns, tuple(keys), tuple(dict.fromkeys(further.numbers)))


def _plain_columns(event: Table, record_time: int) -> tuple[str | int | None, ...]:
    """Return the columns of an event that was judged and has texts only, without asking for each whether it is one."""
    found = cast("Mapping[str, str]", event)
    get = found.get
    step, disposition, transformation = get("bizStep"), get("disposition"), get("transformationID")
    return (
        get("eventID"),
        found["type"],
        microseconds(found["eventTime"]),
        record_time,
        get("action"),
        None if step is None else shortened("bizStep", step),
        None if disposition is None else shortened("disposition", disposition),
        _place(event.get("readPoint")),
        _place(event.get("bizLocation")),
        None if transformation is None else remembered_key(transformation),
        None,
    )


def _place(value: Value) -> str | None:
    return None if value is None else remembered_key(text_of(table_of(value), "id")) or None


def _keys(event: Table) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for field, value in event.items():
        if field in KEY_LISTS:
            name = KEY_LISTS[field]
            found += [(name, canonical_key(epc)) for epc in items_of(value) if isinstance(epc, str)]
        elif field in CONTEXTS:
            member = CONTEXTS[field][0]
            for item in items_of(value):
                if isinstance(item, Mapping):
                    found.append((_label(field, text_of(item, "type")), remembered_key(text_of(item, member))))
    if "parentID" in event:
        found.append(("parent", canonical_key(text_of(event, "parentID"))))
    if "persistentDisposition" in event:
        terms = table_of(event["persistentDisposition"])
        found += [(key, shortened("disposition", term)) for key in ("set", "unset") for term in texts_of(terms, key)]
    return tuple(found) if len(found) < 2 else tuple(dict.fromkeys(found))  # noqa: PLR2004 - one cannot repeat itself


@lru_cache(maxsize=1024)
def _label(field: str, kind: str) -> str:
    """Return the name under which the index has a paper, an owner or a place of a kind."""
    member, words = CONTEXTS[field]
    return f"{member}_{shortened(words, kind)}"


class _Further:
    """Collects what only some events have: quantities, sensors, declarations, extensions."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.keys: list[tuple[str, str]] = []
        self.numbers: list[tuple[str, float]] = []
        self._known = known

    def event(self, event: Table) -> None:
        for field, name in CLASS_LISTS.items():
            for item in tables_of(event, field):
                self.keys.append((name, canonical_key(text_of(item, "epcClass"))))
                self._number("quantity", item.get("quantity"))
        declaration = table_of(event.get("errorDeclaration"))
        if "reason" in declaration:
            self.keys.append(("errorReason", shortened("reason", text_of(declaration, "reason"))))
        self.keys += [("correctiveEventID", item) for item in texts_of(declaration, "correctiveEventIDs")]
        for element in tables_of(event, "sensorElementList"):
            self._sensor(element)
        for place, scope in _SCOPES.items():
            self._extensions(event if place is None else table_of(event.get(place)), scope)

    def _sensor(self, element: Table) -> None:
        self.keys.append(("sensor", ""))
        self._extensions(element, "SENSORELEMENT")
        self._measured(table_of(element.get("sensorMetadata")), "SENSORMETADATA")
        for report in tables_of(element, "sensorReport"):
            for name, field in _REPORT_WORDS.items():
                if name in report:
                    self.keys.append((name, shortened(field, text_of(report, name))))
            for name in REPORT_NUMBERS:
                self._number(name, report.get(name))
                self._number(f"{name}_{text_of(report, 'uom')}", report.get(name))
            self._measured(report, "SENSORREPORT")

    def _measured(self, part: Table, scope: str) -> None:
        self.keys += [(name, value_text(part[name], self._known)) for name in REPORT_TEXTS if name in part]
        for name in SENSOR_TIMES:
            moment = microseconds(text_of(part, name))
            if moment is not None:
                self.numbers.append((f"{name}@", float(moment)))
        self._extensions(part, scope)

    def _extensions(self, holder: Table, scope: str) -> None:
        for name, value in holder.items():
            if is_extension(name):
                self._leaves(name, value, scope)

    def _leaves(self, name: str, value: Value, scope: str) -> None:
        label = extension_label(scope, address(name, self._known))
        inner = scope if scope.startswith("INNER") else f"INNER_{scope}" if scope else "INNER"
        for item in items_of(value) or ("",):
            if isinstance(item, Mapping):
                self.keys.append((label, ""))
                for below, found in item.items():
                    self._leaves(below, found, inner)
            else:
                self._leaf(label, value_text(item, self._known))

    def _leaf(self, label: str, text: str) -> None:
        self.keys.append((label, text))
        moment = microseconds(text)
        if moment is None:
            self._number(label, text)
        else:
            self.numbers.append((f"{label}@", float(moment)))

    def _number(self, name: str, value: Value) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
            return
        with contextlib.suppress(ValueError, OverflowError):
            number = float(value)
            if math.isfinite(number):
                self.numbers.append((name, number))


_REPORT_WORDS = {"type": "sensorReport.type", "exception": "exception", "component": "component"}
_SCOPES: Mapping[str | None, str] = {
    None: "",
    "ilmd": "ILMD",
    "errorDeclaration": "ERROR_DECLARATION",
    "readPoint": "READPOINT",
    "bizLocation": "BIZLOCATION",
}


def extension_label(scope: str, name: str) -> str:
    """Return the name under which the index has an extension: where it stands, then its full name."""
    return f"{scope}|{name}"


def address(name: str, known: Mapping[str, str]) -> str:
    """Return the full name of an extension: its namespace and its own name."""
    prefix, colon, local = name.partition(":")
    return known[prefix] + local if colon and prefix in known else name
