# SPDX-License-Identifier: Apache-2.0
"""The text whose SHA-256 is the event hash: fields in a fixed order, values in one spelling.

The order is that of the published reference vectors, which differs from the prose of the Core Business Vocabulary in
two places: `certificationInfo` and `parentID` come before the lists of objects, and the three lists of business
context stand among the extensions at the end, sorted by their bytes.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from sichen.trace.epcis.context import STANDARD, prefixes_of
from sichen.trace.epcis.decimals import number_text, plain
from sichen.trace.epcis.event import Table, Value, items_of, table_of, tables_of, text_of
from sichen.trace.epcis.keys import canonical_key
from sichen.trace.epcis.moments import milliseconds_text
from sichen.trace.epcis.vocabularies import Vocabulary, of_field

LEFT_OUT = frozenset({"type", "eventID", "recordTime", "errorDeclaration", "@context", "@type", "rdfs:comment", "comment"})
"""What does not belong to an event's identity: an error declaration repeats the event with its identifier."""

_DEVICE = ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod")
_METADATA = ("time", "startTime", "endTime", *_DEVICE, "bizRules")
_REPORT = (
    *("type", "exception", *_DEVICE, "bizRules", "time", "microorganism", "chemicalSubstance", "value", "component"),
    *("stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev"),
    *("percRank", "percValue", "uom", "coordinateReferenceSystem"),
)
_TIMES = frozenset({"time", "startTime", "endTime"})
_REPORT_WORDS = {"type": "sensorReport.type", "exception": "exception", "component": "component"}
_CBV_WEB = {"bizstep": "BizStep-", "disp": "Disp-", "btt": "BTT-", "sdt": "SDT-", "er": "ER-"}
_OWN = ("https://ref.gs1.org/", "https://gs1.org/")


def prehash(event: Table, prefixes: Mapping[str, str] | None = None) -> str:
    """Return the text that is hashed.

    Parameters
    ----------
    event : mapping
        As JSON-LD has it. Numbers may be `Decimal`, which keeps every digit.
    prefixes : mapping of str to str, optional
        Prefix to namespace, as the document declared them.

    Returns
    -------
    str
        ``key=value`` pairs without anything between them, so that two different events can, if somebody means
        them to, give the same text: see `ambiguities`.

    Examples
    --------
    >>> prehash({"type": "ObjectEvent", "eventTime": "2023-02-02T12:04:03.1415+01:00", "a:n": "0012"}, {"a": "urn:a:"})
    'eventType=ObjectEventeventTime=2023-02-02T11:04:03.142Z{urn:a:}n=12'
    """
    known = prefixes_of(event, prefixes or {})
    out = [f"eventType={qualified(text_of(event, 'type'), known)}"]
    seen = set(LEFT_OUT)
    for name, write in _HEAD:
        value = event.get(name)
        seen.add(name)
        if value is not None:
            out.append(write(name, value, known))
    tail = [piece for name, value in event.items() if name not in seen for piece in _tail(name, value, known)]
    out += _sorted(tail)
    return "".join(out)


def value_text(value: Value, known: Mapping[str, str] = STANDARD) -> str:
    """Write one value in its one spelling.

    Examples
    --------
    >>> value_text(26.0), value_text(True), value_text("gs1:Temperature")
    ('26', 'true', 'https://gs1.org/voc/Temperature')
    """
    if isinstance(value, str):
        text = value.strip()
        return canonical_key(_expanded(text, known)) if ":" in text else number_text(text)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value) if value.is_finite() else str(value)
    return number_text(repr(value)) if isinstance(value, int | float) else ""


def qualified(name: str, known: Mapping[str, str]) -> str:
    """Write the name of an extension with its namespace: ``{namespace}name``."""
    prefix, colon, local = name.partition(":")
    if not colon:
        return name
    namespace = known.get(prefix)
    return f"{{{namespace}}}{local}" if namespace is not None else name


def _expanded(text: str, known: Mapping[str, str]) -> str:
    """Write vocabulary of the standard by its web address, whichever way it was written."""
    if text.startswith("urn:epcglobal:cbv:"):
        kind, _, term = text[18:].partition(":")
        return f"https://ref.gs1.org/cbv/{_CBV_WEB[kind]}{term}" if kind in _CBV_WEB and term else text
    prefix, _, local = text.partition(":")
    namespace = known.get(prefix, "")
    if namespace.startswith(_OWN):
        return namespace + local
    return text


def _sorted(pieces: Iterable[str]) -> list[str]:
    return sorted((piece for piece in pieces if piece), key=str.encode)


def _pair(name: str, text: str) -> str:
    return f"{name}={text}" if text else ""


def _time(name: str, value: Value, known: Mapping[str, str]) -> str:
    text = value.strip() if isinstance(value, str) else ""
    return _pair(name, milliseconds_text(text) or value_text(value, known))


def _plain(name: str, value: Value, known: Mapping[str, str]) -> str:
    if isinstance(value, list | tuple):
        return "".join(_sorted(_pair(name, value_text(item, known)) for item in value))
    return _pair(name, value_text(value, known))


def _keys(name: str, value: Value, _: Mapping[str, str]) -> str:
    found = _sorted("epc=" + canonical_key(item.strip()) for item in items_of(value) if isinstance(item, str) and item.strip())
    return name + "".join(found) if found else ""


def _quantities(name: str, value: Value, known: Mapping[str, str]) -> str:
    found = []
    for item in items_of(value):
        fields = table_of(item)
        inner = "".join(_pair(key, value_text(fields.get(key), known)) for key in ("epcClass", "quantity", "uom"))
        found.append("quantityElement" + inner if inner else "")
    return name + "".join(_sorted(found)) if any(found) else ""


def _word(words: Vocabulary, value: Value, known: Mapping[str, str]) -> str:
    text = value.strip() if isinstance(value, str) else ""
    full = words.expand(text)
    return full if full != text else value_text(value, known)


def _term(field: str) -> Callable[[str, Value, Mapping[str, str]], str]:
    words = of_field(field)
    return lambda name, value, known: _pair(name, _word(words, value, known))


def _dispositions(name: str, value: Value, known: Mapping[str, str]) -> str:
    words, fields = of_field("disposition"), table_of(value)
    inner = "".join(
        "".join(_sorted(_pair(key, _word(words, item, known)) for item in items_of(fields.get(key))))
        for key in ("set", "unset")
    )
    return name + inner if inner else ""


def _place(name: str, value: Value, known: Mapping[str, str]) -> str:
    fields = table_of(value)
    inner = _pair("id", value_text(fields.get("id"), known))
    inner += "".join(_extensions(fields, frozenset({"id"}), known))
    return name + inner if inner else ""


def _sensors(name: str, value: Value, known: Mapping[str, str]) -> str:
    found = _sorted(_sensor(table_of(item), known) for item in items_of(value))
    return name + "".join(found) if found else ""


def _sensor(element: Table, known: Mapping[str, str]) -> str:
    metadata = _measured("sensorMetadata", table_of(element.get("sensorMetadata")), _METADATA, known)
    reports = _sorted(_measured("sensorReport", report, _REPORT, known) for report in tables_of(element, "sensorReport"))
    rest = _extensions(element, frozenset({"sensorMetadata", "sensorReport"}), known)
    inner = metadata + "".join(reports) + "".join(rest)
    return "sensorElement" + inner if inner else ""


def _measured(name: str, fields: Table, order: tuple[str, ...], known: Mapping[str, str]) -> str:
    inner = ""
    for key in order:
        if key not in fields:
            continue
        if key in _TIMES:
            inner += _time(key, fields[key], known)
        elif key in _REPORT_WORDS:
            inner += _pair(key, _word(of_field(_REPORT_WORDS[key]), fields[key], known))
        else:
            inner += _pair(key, value_text(fields[key], known))
    inner += "".join(_extensions(fields, frozenset(order), known))
    return name + inner if inner else ""


def _extensions(fields: Table, known_names: frozenset[str], known: Mapping[str, str]) -> list[str]:
    return _sorted(
        piece
        for name, value in fields.items()
        if name not in known_names and name not in LEFT_OUT
        for piece in _extension(name, value, known)
    )


def _extension(name: str, value: Value, known: Mapping[str, str]) -> list[str]:
    """Write one extension: a list repeats the name, a table puts its members behind the name."""
    label = qualified(name, known)
    return [_leaf(label, item, known) for item in items_of(value)]


def _leaf(label: str, value: Value, known: Mapping[str, str]) -> str:
    if isinstance(value, list | tuple):
        return label + "".join(_sorted(_leaf("", item, known) for item in value))
    if not isinstance(value, Mapping):
        text = value_text(value, known)
        return f"{label}={text}" if text else label
    own = value_text(value.get("#text"), known)
    inner = [piece for name, item in value.items() if name not in _MARKS for piece in _extension(name, item, known)]
    return label + (f"={own}" if own else "") + "".join(_sorted(inner))


_MARKS = frozenset({"#text", "rdfs:comment", "comment"})


def _tail(name: str, value: Value, known: Mapping[str, str]) -> list[str]:
    if name in _CONTEXTS:
        member, field = _CONTEXTS[name]
        pieces = _sorted(_context(item, member, field, known) for item in tables_of({"x": value}, "x"))
        return [name + "".join(pieces)] if pieces else []
    if name == "ilmd":
        inner = "".join(_extensions(table_of(value), frozenset(), known))
        return [name + inner] if inner else []
    return _extension(name, value, known)


def _context(item: Table, member: str, field: str, known: Mapping[str, str]) -> str:
    kind = _pair("type", _word(of_field(field), item.get("type"), known))
    return kind + _pair(member, value_text(item.get(member), known))


_CONTEXTS = {
    "bizTransactionList": ("bizTransaction", "bizTransaction.type"),
    "sourceList": ("source", "source.type"),
    "destinationList": ("destination", "destination.type"),
}
_HEAD: tuple[tuple[str, Callable[[str, Value, Mapping[str, str]], str]], ...] = (
    ("eventTime", _time),
    ("eventTimeZoneOffset", _plain),
    ("certificationInfo", _plain),
    ("parentID", _plain),
    ("epcList", _keys),
    ("inputEPCList", _keys),
    ("childEPCs", _keys),
    ("quantityList", _quantities),
    ("childQuantityList", _quantities),
    ("inputQuantityList", _quantities),
    ("outputEPCList", _keys),
    ("outputQuantityList", _quantities),
    ("action", _plain),
    ("transformationID", _plain),
    ("bizStep", _term("bizStep")),
    ("disposition", _term("disposition")),
    ("persistentDisposition", _dispositions),
    ("readPoint", _place),
    ("bizLocation", _place),
    ("sensorElementList", _sensors),
)
