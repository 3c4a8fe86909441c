# SPDX-License-Identifier: Apache-2.0
"""One event of EPCIS 1.2 or 2.0 in XML, read into the form it has in JSON-LD."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from sichen.trace.epcis.event import EVENT_TYPES, Table, Value
from sichen.trace.epcis.vocabularies import of_field
from sichen.trace.epcis.xml_extensions import Prefixes, extension_members, extension_value, number_of
from sichen.trace.epcis.xml_forms import (
    CONTEXT_LISTS,
    JSON_MARKS,
    KEY_LISTS,
    OWN,
    PLACES,
    QUANTITY_LISTS,
    REPORT_NUMBERS,
    REPORT_WORDS,
    WRAPPERS,
    XSI,
)

if TYPE_CHECKING:
    from lxml import etree

Reader: TypeAlias = Callable[["etree._Element"], Value]  # noqa: SLF001 - the name lxml's own stubs give it

_WORDS = frozenset({"bizStep", "disposition"})
_NAMED = f"{{{JSON_MARKS}}}name"


class EventReader:
    """Reads the events of one document.

    Parameters
    ----------
    exact : bool
        Whether numbers keep all their digits, as `Decimal`.
    """

    def __init__(self, *, exact: bool) -> None:
        self.prefixes = Prefixes()
        self._exact = exact
        self._readers = self._every_reader()

    def events(self, event_list: "etree._Element") -> Iterator[Table]:
        """Yield the events of an EventList; what a later edition wrapped is taken out of its wrapper."""
        for element in event_list:
            if local(element) in WRAPPERS and _own(element):
                yield from self.events(element)
            else:
                yield self.event(element)

    def event(self, element: "etree._Element") -> Table:
        """Read one event."""
        kind = self.prefixes.name(element, str(element.tag))
        if kind == "QuantityEvent":
            return self._quantity_event(element)
        event: dict[str, Value] = {"type": kind}
        self._fields(element, event)
        self._further(element, event)
        return event

    def _fields(self, element: "etree._Element", event: dict[str, Value]) -> None:
        for child in element:
            if not _own(child):
                continue
            name = local(child)
            if name in WRAPPERS:
                self._fields(child, event)
                self._further(child, event)
            elif name == "certificationInfo" and name in event:
                before = event[name]
                event[name] = [*(before if isinstance(before, list) else [before]), _text(child)]
            else:
                event[name] = self._field(name, child)

    def _further(self, element: "etree._Element", event: dict[str, Value]) -> None:
        standard = frozenset(local(child) for child in element if _own(child))
        event.update(extension_members(element, self.prefixes, exact=self._exact, skip=standard))

    def _field(self, name: str, element: "etree._Element") -> Value:
        read = self._readers.get(name)
        if read is not None:
            return read(element)
        if len(element):  # not a field of the standard: keep it whole, and let the judge name it
            return extension_value(element, self.prefixes, exact=self._exact)
        return of_field(name).shorten(_text(element)) if name in _WORDS else _text(element)

    def _every_reader(self) -> dict[str, Reader]:
        def members(read: Reader) -> Reader:
            return lambda element: [read(child) for child in element]

        def context(member: str, field: str) -> Reader:
            return members(lambda child: _context(child, member, field))

        return {
            **dict.fromkeys(KEY_LISTS, members(_text)),
            **dict.fromkeys(QUANTITY_LISTS, members(self._quantity)),
            **dict.fromkeys(PLACES, self._place),
            **{name: context(member, field) for name, (member, field) in CONTEXT_LISTS.items()},
            "persistentDisposition": _dispositions,
            "sensorElementList": members(self._sensor),
            "errorDeclaration": self._declaration,
            "ilmd": self._unwrapped,
        }

    def _unwrapped(self, element: "etree._Element", skip: frozenset[str] = frozenset()) -> dict[str, Value]:
        found = extension_members(element, self.prefixes, exact=self._exact, skip=skip | WRAPPERS)
        for child in element:
            if local(child) in WRAPPERS and _own(child):
                found.update(self._unwrapped(child))
        return found

    def _quantity(self, element: "etree._Element") -> Value:
        found: dict[str, Value] = {local(child): _text(child) for child in element if child.get(f"{{{XSI}}}nil") != "true"}
        if isinstance(found.get("quantity"), str):
            found["quantity"] = number_of(str(found["quantity"]), exact=self._exact)
        return found

    def _place(self, element: "etree._Element") -> Value:
        name = next((_text(child) for child in element if local(child) == "id" and _own(child)), None)
        return {**({} if name is None else {"id": name}), **self._unwrapped(element, frozenset({"id"}))}

    def _declaration(self, element: "etree._Element") -> Value:
        found: dict[str, Value] = {}
        for child in element:
            name = local(child)
            if not _own(child) or name in WRAPPERS:
                continue
            if name == "correctiveEventIDs":
                found[name] = [_text(inner) for inner in child]
            else:
                found[name] = of_field("reason").shorten(_text(child)) if name == "reason" else _text(child)
        return {**found, **self._unwrapped(element, frozenset(found))}

    def _sensor(self, element: "etree._Element") -> Value:
        found: dict[str, Value] = {}
        reports: list[Value] = []
        for child in element:
            if _own(child) and local(child) == "sensorMetadata":
                found["sensorMetadata"] = self._attributes(child)
            elif _own(child) and local(child) == "sensorReport":
                reports.append(self._attributes(child))
        if reports:
            found["sensorReport"] = reports
        return {**found, **self._unwrapped(element, frozenset({"sensorMetadata", "sensorReport"}))}

    def _attributes(self, element: "etree._Element") -> Value:
        found: dict[str, Value] = {}
        for key, raw in element.attrib.items():
            if str(key).startswith(f"{{{XSI}}}"):
                continue
            name, text = self.prefixes.name(element, str(key)), str(raw).strip()
            if name in REPORT_NUMBERS:
                found[name] = number_of(text, exact=self._exact)
            elif name == "booleanValue":
                found[name] = {"true": True, "1": True, "false": False, "0": False}.get(text, text)
            elif name in REPORT_WORDS:
                found[name] = of_field(REPORT_WORDS[name]).shorten(text)
            else:
                found[name] = text
        return {**found, **extension_members(element, self.prefixes, exact=self._exact)}

    def _quantity_event(self, element: "etree._Element") -> Table:
        """Read the quantity event of EPCIS 1.0, which 1.1 replaced by an observation with a quantity list [1]_.

        References
        ----------
        .. [1] EPCIS 1.2, section 7.4.4.
        """
        fields: dict[str, Value] = {}
        self._fields(element, fields)
        amount = number_of(str(fields.pop("quantity", "")), exact=self._exact)
        quantity: Value = {"epcClass": fields.pop("epcClass", ""), "quantity": amount}
        event: dict[str, Value] = {"type": "ObjectEvent", **fields, "action": "OBSERVE", "quantityList": [quantity]}
        self._further(element, event)
        return event


def local(element: "etree._Element") -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def is_event(element: "etree._Element") -> bool:
    """Tell whether an element is an event of the standard."""
    return local(element) in {*EVENT_TYPES, "QuantityEvent"} and _own(element)


def _own(element: "etree._Element") -> bool:
    """Tell whether an element belongs to the standard: of its namespaces or of none, and not marked by our writer."""
    tag = str(element.tag)
    return _NAMED not in element.attrib and (not tag.startswith("{") or tag[1:].partition("}")[0] in OWN)


def _text(element: "etree._Element") -> str:
    return (element.text or "").strip()


def _context(element: "etree._Element", member: str, field: str) -> Value:
    kind = (element.get("type") or "").strip()
    return {**({"type": of_field(field).shorten(kind)} if kind else {}), member: _text(element)}


def _dispositions(element: "etree._Element") -> Value:
    found: dict[str, list[Value]] = {}
    for child in element:
        found.setdefault(local(child), []).append(of_field("disposition").shorten(_text(child)))
    return dict(found)
