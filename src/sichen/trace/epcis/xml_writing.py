# SPDX-License-Identifier: Apache-2.0
"""Write events and documents as XML of EPCIS 2.0."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from lxml import etree

from sichen.core import DataError, Message
from sichen.trace.epcis.context import STANDARD, declared
from sichen.trace.epcis.event import EVENT_TYPES, Document, Table, Value, items_of, table_of, tables_of, text_of, texts_of
from sichen.trace.epcis.vocabularies import of_field
from sichen.trace.epcis.xml_extensions import number_in_xml, split_name, write_extensions
from sichen.trace.epcis.xml_forms import (
    CONTEXT_LISTS,
    EPCIS_2,
    JSON_MARKS,
    KEY_LISTS,
    ORDER,
    PLACES,
    QUANTITY_LISTS,
    QUERY_2,
    REPORT_WORDS,
    SBDH,
    XSD,
    XSI,
)

_HEADER_ONLY = frozenset({"id", "sender", "receiver", "instanceIdentifier", "epcisHeader"})
_DECLARATION = ("declarationTime", "reason", "correctiveEventIDs")


def write_xml(document: Document) -> bytes:
    """Write a document as XML of EPCIS 2.0.

    Parameters
    ----------
    document : Document

    Returns
    -------
    bytes
        UTF-8. Reading them gives the same events; vocabulary is written as URN where the standard has one.

    Raises
    ------
    DataError
        If a text holds characters that XML cannot carry.
    """
    prefixes = {**STANDARD, **document.prefixes}
    query = document.kind == "EPCISQueryDocument"
    spaces: dict[str, str] = {
        **{prefix: space for prefix, space in document.prefixes.items() if split_name(f"{prefix}:a", document.prefixes)},
        ("epcisq" if query else "epcis"): QUERY_2 if query else EPCIS_2,
        "xsi": XSI,
        "xsd": XSD,
        "json": JSON_MARKS,
    }
    root = etree.Element(f"{{{QUERY_2 if query else EPCIS_2}}}{document.kind}", nsmap=spaces)
    root.set("schemaVersion", document.schema_version)
    root.set("creationDate", document.created)
    identifier = text_of(document.envelope, "id")
    if identifier:
        root.set(f"{{{JSON_MARKS}}}id", identifier)
    _write_header(root, document, prefixes)
    body = etree.SubElement(root, "EPCISBody")
    _write_events(_results(body, document) if query else etree.SubElement(body, "EventList"), document.events, prefixes)
    write_extensions(root, ((name, value) for name, value in document.envelope.items() if name not in _HEADER_ONLY), prefixes)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def write_event_xml(event: Table, prefixes: Mapping[str, str] | None = None) -> bytes:
    """Write one event that stands alone."""
    known = {**STANDARD, **(prefixes or {}), **declared(event.get("@context"))}
    kind = text_of(event, "type")
    root = etree.Element(
        f"{{{EPCIS_2}}}{kind}" if kind in EVENT_TYPES else "Event", nsmap={"epcis": EPCIS_2, "xsi": XSI, "xsd": XSD}
    )
    _fill(root, event, known)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _results(body: "etree._Element", document: Document) -> "etree._Element":
    answer = etree.SubElement(body, f"{{{QUERY_2}}}QueryResults")
    etree.SubElement(answer, "queryName").text = document.query
    if document.subscription:
        etree.SubElement(answer, "subscriptionID").text = document.subscription
    return etree.SubElement(etree.SubElement(answer, "resultsBody"), "EventList")


def _write_events(event_list: "etree._Element", events: Iterable[Table], prefixes: Mapping[str, str]) -> None:
    for event in events:
        own = declared(event.get("@context")) if "@context" in event else {}
        known = {**prefixes, **own}
        tag = split_name(text_of(event, "type"), known)
        if tag is None:
            raise DataError(Message("trace.epcis.xml_text", found=text_of(event, "type")))
        spaces: dict[str, str] = {
            prefix: space
            for prefix, space in own.items()
            if split_name(f"{prefix}:a", own) and prefix not in {"xsi", "xsd", "json"}
        }
        _fill(etree.SubElement(event_list, tag, nsmap=spaces), event, known)


def _fill(element: "etree._Element", event: Table, known: Mapping[str, str]) -> None:
    order = ORDER.get(text_of(event, "type"), ORDER["ObjectEvent"])
    for name in order:
        if name in event:
            _field(element, name, event[name], known)
    rest = ((name, value) for name, value in event.items() if name not in order and name not in {"type", "@context"})
    write_extensions(element, rest, known)


def _field(parent: "etree._Element", name: str, value: Value, known: Mapping[str, str]) -> None:
    if name == "certificationInfo":
        for item in items_of(value):
            _text(parent, name, str(item))
        return
    if name in {"bizStep", "disposition"}:
        _text(parent, name, of_field(name).name_in_xml(str(value)))
        return
    if isinstance(value, str):
        _text(parent, name, value)
        return
    write = _WRITERS.get(name)
    element = etree.SubElement(parent, name)
    if write is not None:
        write(element, value, known)
    else:
        write_extensions(element, table_of(value).items(), known)


def _text(parent: "etree._Element", name: str, text: str) -> None:
    try:
        etree.SubElement(parent, name).text = text
    except ValueError as error:
        raise DataError(Message("trace.epcis.xml_text", found=repr(text)[:60])) from error


def _keys(element: "etree._Element", value: Value, _: Mapping[str, str]) -> None:
    for item in items_of(value):
        _text(element, "epc", str(item))


def _dispositions(element: "etree._Element", value: Value, _: Mapping[str, str]) -> None:
    for key in ("unset", "set"):
        for item in texts_of(table_of(value), key):
            _text(element, key, of_field("disposition").name_in_xml(item))


def _quantities(element: "etree._Element", value: Value, _: Mapping[str, str]) -> None:
    for item in tables_of({"x": value}, "x"):
        inner = etree.SubElement(element, "quantityElement")
        for key in ("epcClass", "quantity", "uom"):
            if key in item:
                found = item[key]
                _text(inner, key, found if isinstance(found, str) else _number(found))


def _contexts(element: "etree._Element", value: Value, _: Mapping[str, str]) -> None:
    member, field = CONTEXT_LISTS[str(element.tag)]
    for item in tables_of({"x": value}, "x"):
        inner = etree.SubElement(element, member)
        inner.text = text_of(item, member)
        if "type" in item:
            inner.set("type", of_field(field).name_in_xml(text_of(item, "type")))


def _declaration(element: "etree._Element", value: Value, known: Mapping[str, str]) -> None:
    fields = table_of(value)
    _text(element, "declarationTime", text_of(fields, "declarationTime"))
    if "reason" in fields:
        _text(element, "reason", of_field("reason").name_in_xml(text_of(fields, "reason")))
    if "correctiveEventIDs" in fields:
        inner = etree.SubElement(element, "correctiveEventIDs")
        for item in texts_of(fields, "correctiveEventIDs"):
            _text(inner, "correctiveEventID", item)
    write_extensions(element, ((name, value) for name, value in fields.items() if name not in _DECLARATION), known)


def _place(element: "etree._Element", value: Value, known: Mapping[str, str]) -> None:
    fields = table_of(value)
    _text(element, "id", text_of(fields, "id"))
    write_extensions(element, ((name, inner) for name, inner in fields.items() if name != "id"), known)


def _sensors(element: "etree._Element", value: Value, known: Mapping[str, str]) -> None:
    for item in tables_of({"x": value}, "x"):
        inner = etree.SubElement(element, "sensorElement")
        if "sensorMetadata" in item:
            _attributes(etree.SubElement(inner, "sensorMetadata"), table_of(item["sensorMetadata"]), known)
        for report in tables_of(item, "sensorReport"):
            _attributes(etree.SubElement(inner, "sensorReport"), report, known)
        rest = ((name, value) for name, value in item.items() if name not in {"sensorMetadata", "sensorReport"})
        write_extensions(inner, rest, known)


def _attributes(element: "etree._Element", fields: Table, known: Mapping[str, str]) -> None:
    """Write what fits into attributes there; a table, list or number of an extension becomes an element."""
    further: list[tuple[str, Value]] = []
    for name, value in fields.items():
        tag = split_name(name, known)
        if ":" in name and (tag is None or not isinstance(value, str)):
            further.append((name, value))
        elif name in REPORT_WORDS:
            element.set(name, of_field(REPORT_WORDS[name]).name_in_xml(str(value)))
        else:
            try:
                element.set(tag or name, value if isinstance(value, str) else _number(value))
            except ValueError as error:
                raise DataError(Message("trace.epcis.xml_text", found=repr(value)[:60])) from error
    write_extensions(element, further, known)


def _number(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_in_xml(value) if isinstance(value, int | float | Decimal) else ""


_WRITERS: Mapping[str, Callable[["etree._Element", Value, Mapping[str, str]], None]] = {
    **dict.fromkeys(KEY_LISTS, _keys),
    **dict.fromkeys(QUANTITY_LISTS, _quantities),
    **dict.fromkeys(CONTEXT_LISTS, _contexts),
    **dict.fromkeys(PLACES, _place),
    "persistentDisposition": _dispositions,
    "sensorElementList": _sensors,
    "errorDeclaration": _declaration,
}


def _write_header(root: "etree._Element", document: Document, known: Mapping[str, str]) -> None:
    master = table_of(table_of(document.envelope.get("epcisHeader")).get("epcisMasterData"))
    parties = {name: text_of(document.envelope, name) for name in ("sender", "receiver", "instanceIdentifier")}
    if not master and not any(parties.values()):
        return
    header = etree.SubElement(root, "EPCISHeader")
    if any(parties.values()):
        _write_business_header(header, parties, document.created)
    if master:
        holder = etree.SubElement(etree.SubElement(header, "extension"), "EPCISMasterData")
        lists = etree.SubElement(holder, "VocabularyList")
        for vocabulary in tables_of(master, "vocabularyList"):
            _write_vocabulary(lists, vocabulary, known)


def _write_business_header(header: "etree._Element", parties: Mapping[str, str], created: str) -> None:
    def part(parent: "etree._Element", name: str, text: str = "") -> "etree._Element":
        made = etree.SubElement(parent, f"{{{SBDH}}}{name}")
        if text:
            made.text = text
        return made

    top = etree.SubElement(header, f"{{{SBDH}}}StandardBusinessDocumentHeader", nsmap={"sbdh": SBDH})
    part(top, "HeaderVersion", "1.0")
    for name in ("sender", "receiver"):
        part(part(top, name.capitalize()), "Identifier", parties[name])
    about = part(top, "DocumentIdentification")
    facts = {
        "Standard": "EPCglobal",
        "TypeVersion": "2.0",
        "InstanceIdentifier": parties["instanceIdentifier"],
        "Type": "Events",
    }
    for name, text in {**facts, "CreationDateAndTime": created}.items():
        part(about, name, text)


def _write_vocabulary(lists: "etree._Element", vocabulary: Table, known: Mapping[str, str]) -> None:
    element = etree.SubElement(lists, "Vocabulary", {"type": text_of(vocabulary, "type")})
    entries = list(tables_of(vocabulary, "vocabularyElementList"))
    holder = etree.SubElement(element, "VocabularyElementList") if entries else element
    for entry in entries:
        made = etree.SubElement(holder, "VocabularyElement", {"id": text_of(entry, "id")})
        for attribute in tables_of(entry, "attributes"):
            write_extensions(made, [("attribute", attribute.get("attribute"))], known)
            made[-1].set("id", text_of(attribute, "id"))
        children = list(texts_of(entry, "children"))
        if children:
            inner = etree.SubElement(made, "children")
            for child in children:
                _text(inner, "id", child)
