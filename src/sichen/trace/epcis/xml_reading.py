# SPDX-License-Identifier: Apache-2.0
"""Read EPCIS documents in XML, editions 1.0 to 2.0."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sichen.core import Message
from sichen.trace.epcis.event import Document, Kind, Value
from sichen.trace.epcis.faults import Fault, InvalidDocument
from sichen.trace.epcis.xml_events import EventReader, is_event, local
from sichen.trace.epcis.xml_extensions import Prefixes, extension_value
from sichen.trace.epcis.xml_forms import EPCIS_1, JSON_MARKS, MASTER_1, OWN, QUERY_1, SBDH
from sichen.trace.epcis.xml_parsing import LARGEST, parse_xml

if TYPE_CHECKING:
    from lxml import etree


def read_xml(data: bytes, *, exact: bool = False, largest: int = LARGEST) -> Document:
    """Read an XML document, or one event that stands alone.

    Parameters
    ----------
    data : bytes
    exact : bool
        Whether numbers keep all their digits, as `Decimal`.
    largest : int
        Most bytes.

    Returns
    -------
    Document
        Its events are not judged yet.

    Raises
    ------
    InvalidDocument
        If the root is no EPCIS document or something it needs is missing.
    DataError
        If it is no XML, or XML with entities.
    """
    root = parse_xml(data, largest=largest)
    reader = EventReader(exact=exact)
    if is_event(root):
        return Document((reader.event(root),), reader.prefixes.declared, form="xml")
    kind, space = local(root), str(root.tag)[1:].partition("}")[0]
    if kind not in {"EPCISDocument", "EPCISQueryDocument", "EPCISMasterDataDocument"} or space not in OWN:
        raise InvalidDocument([Fault("", Message("trace.epcis.fault.root", found=str(root.tag)[:100]))])
    _check_head(root)
    answer = next(_named(root, "QueryResults"), None)
    holder = root if answer is None else answer
    event_list = next(_named(holder, "EventList"), None)
    events = tuple(reader.events(event_list)) if event_list is not None else ()
    older = space in {EPCIS_1, QUERY_1, MASTER_1}
    return Document(
        events=events,
        prefixes=reader.prefixes.declared,
        kind=_kind(kind),
        schema_version="2.0" if older else (root.get("schemaVersion") or "2.0"),
        created=(root.get("creationDate") or "").strip(),
        envelope=_envelope(root, reader.prefixes, exact=exact),
        query=_first_text(holder, "queryName"),
        subscription=_first_text(holder, "subscriptionID"),
        form="xml",
    )


def _kind(name: str) -> Kind:
    return "EPCISQueryDocument" if name == "EPCISQueryDocument" else "EPCISDocument"


def _check_head(root: "etree._Element") -> None:
    for name in ("schemaVersion", "creationDate"):
        if not (root.get(name) or "").strip():
            raise InvalidDocument([Fault(name, Message("trace.epcis.fault.missing", name=name))])
    if not any(local(child) == "EPCISBody" for child in root):
        raise InvalidDocument([Fault("EPCISBody", Message("trace.epcis.fault.missing", name="EPCISBody"))])


def _named(element: "etree._Element", name: str) -> Iterator["etree._Element"]:
    """Yield the elements of a name, looking through wrappers and containers of the standard only."""
    for child in element:
        if local(child) == name:
            yield child
        elif local(child) in _CONTAINERS:
            yield from _named(child, name)


_CONTAINERS = frozenset({"EPCISBody", "EPCISHeader", "extension", "resultsBody", "EPCISMasterData"})


def _first_text(element: "etree._Element", name: str) -> str:
    return next(((found.text or "").strip() for found in _named(element, name)), "")


def _envelope(root: "etree._Element", prefixes: Prefixes, *, exact: bool) -> dict[str, Value]:
    found: dict[str, Value] = {}
    identifier = (root.get(f"{{{JSON_MARKS}}}id") or "").strip()
    if identifier:
        found["id"] = identifier
    for name, way in _SBDH_PARTS.items():
        text = next(
            (element.text or "" for element in root.iter(f"{{{SBDH}}}{way[-1]}") if _inside(element, way[0])), ""
        ).strip()
        if text:
            found[name] = text
    vocabularies = next(_named(root, "VocabularyList"), None)
    if vocabularies is not None:
        lists: list[Value] = [_vocabulary(item, prefixes, exact=exact) for item in vocabularies if local(item) == "Vocabulary"]
        found["epcisHeader"] = {"epcisMasterData": {"vocabularyList": lists}}
    for child in root:
        space = str(child.tag)[1:].partition("}")[0]
        if str(child.tag).startswith("{") and space not in OWN:
            found[prefixes.name(child, str(child.tag))] = extension_value(child, prefixes, exact=exact)
    return found


_SBDH_PARTS = {
    "sender": ("Sender", "Identifier"),
    "receiver": ("Receiver", "Identifier"),
    "instanceIdentifier": ("DocumentIdentification", "InstanceIdentifier"),
}


def _inside(element: "etree._Element", name: str) -> bool:
    above = element.getparent()
    return above is not None and local(above) == name


def _vocabulary(element: "etree._Element", prefixes: Prefixes, *, exact: bool) -> Value:
    elements: list[Value] = []
    for item in element.iter():
        if local(item) != "VocabularyElement":
            continue
        entry: dict[str, Value] = {"id": (item.get("id") or "").strip()}
        attributes = [_attribute(child, prefixes, exact=exact) for child in item if local(child) == "attribute"]
        if attributes:
            entry["attributes"] = attributes
        children: list[Value] = [(inner.text or "").strip() for child in item if local(child) == "children" for inner in child]
        if children:
            entry["children"] = children
        elements.append(entry)
    found: dict[str, Value] = {"type": (element.get("type") or "").strip()}
    if elements:
        found["vocabularyElementList"] = elements
    return found


def _attribute(element: "etree._Element", prefixes: Prefixes, *, exact: bool) -> Value:
    name = (element.get("id") or "").strip()
    if "id" in element.attrib:
        del element.attrib["id"]
    return {"id": name, "attribute": extension_value(element, prefixes, exact=exact)}
