# SPDX-License-Identifier: Apache-2.0
"""Extensions between XML and JSON: any table, list, number or name survives the way there and back."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from lxml import etree

from sichen.core import DataError, Message
from sichen.trace.epcis.context import STANDARD
from sichen.trace.epcis.decimals import fits_double, looks_numeric
from sichen.trace.epcis.event import Value
from sichen.trace.epcis.xml_forms import JSON_MARKS, OWN, XSI

_MDA = "urn:epcglobal:cbv:mda"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9._\-]*")
_ATTRIBUTE = re.compile(r"@[A-Za-z_][A-Za-z0-9._\-]*")
_NUMBERS = frozenset({"integer", "int", "long", "short", "decimal", "double", "float", "nonNegativeInteger", "positiveInteger"})
_MARK = f"{{{JSON_MARKS}}}"


class Prefixes:
    """The prefixes of one document as it is read: one for each namespace, whatever the elements called it."""

    def __init__(self) -> None:
        self._of = {namespace: prefix for prefix, namespace in STANDARD.items()}
        self._of[_MDA] = "cbvmda"
        self.declared: dict[str, str] = {}

    def name(self, element: "etree._Element", tag: str) -> str:
        """Return the name of an element or attribute as JSON has it."""
        space, brace, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
        if not brace or space in OWN:
            return local
        if space not in self._of:
            self._declare(space, next((short for short, full in element.nsmap.items() if full == space and short), "ns"))
        return f"{self._of[space]}:{local}"

    def _declare(self, namespace: str, wanted: str) -> None:
        prefix, count = wanted, 1
        while prefix in self.declared or prefix in STANDARD:
            prefix, count = f"{wanted}{count}", count + 1
        self._of[namespace] = prefix
        self.declared[prefix] = namespace


def number_of(text: str, *, exact: bool) -> Value:
    """Read a number; text that is none comes back as it is, for the judge to name.

    Raises
    ------
    DataError
        If it has more digits than a double holds and `exact` is not asked for.
    """
    if not looks_numeric(text):
        return text
    if exact:
        return Decimal(text)
    if not fits_double(text):
        raise DataError(Message("trace.epcis.long_number", found=text[:60]))
    return int(text) if text.lstrip("+-").isdecimal() else float(text)


def extension_value(element: "etree._Element", prefixes: Prefixes, *, exact: bool) -> Value:
    """Read one extension element."""
    if element.get(f"{{{XSI}}}nil") == "true":
        return None
    kind = element.get(_MARK + "kind")
    if kind == "list":
        return [extension_value(child, prefixes, exact=exact) for child in element]
    # An attribute with a namespace is a member like any other; one without would be taken for one of the standard.
    members: dict[str, Value] = {
        prefixes.name(element, name) if name.startswith("{") else f"@{name}": value
        for name, value in attributes_of(element)
        if not name.startswith((f"{{{XSI}}}", _MARK))
    }
    text = (element.text or "").strip()
    if kind == "table" or len(element) or members:
        inner = extension_members(element, prefixes, exact=exact)
        return {**members, **({"#text": text} if text else {}), **inner}
    return _typed(element, text, exact=exact)


def attributes_of(element: "etree._Element") -> Iterator[tuple[str, str]]:
    """Yield names and values of attributes, as text."""
    return ((str(name), str(value)) for name, value in element.attrib.items())


def extension_members(
    element: "etree._Element", prefixes: Prefixes, *, exact: bool, skip: frozenset[str] = frozenset()
) -> dict[str, Value]:
    """Read the extension elements inside an element; those that repeat become a list."""
    found: dict[str, list[Value]] = {}
    alone: set[str] = set()
    for child in element:
        name = child.get(_MARK + "name") or prefixes.name(child, str(child.tag))
        if name not in skip:
            found.setdefault(name, []).append(extension_value(child, prefixes, exact=exact))
            if child.get(_MARK + "list") == "one":
                alone.add(name)
    return {name: values if len(values) > 1 or name in alone else values[0] for name, values in found.items()}


def write_extensions(parent: "etree._Element", members: Iterable[tuple[str, Value]], known: Mapping[str, str]) -> None:
    """Write extensions as elements; a list repeats the element."""
    for name, value in members:
        if _ATTRIBUTE.fullmatch(name) and isinstance(value, str):
            parent.set(name[1:], value)
        elif name == "#text" and isinstance(value, str):
            parent.text = value
        elif isinstance(value, list | tuple):
            _write_list(parent, name, value, known)
        else:
            _write_value(_element(parent, name, known), value, known)


def split_name(name: str, known: Mapping[str, str]) -> str | None:
    """Return the XML name of a member, ``{namespace}local``; None when XML cannot say it."""
    prefix, colon, local = name.partition(":")
    if not colon:
        return name if _NAME.fullmatch(name) else None
    namespace = known.get(prefix, "")
    if not namespace or not _NAME.fullmatch(local) or not _NAME.fullmatch(prefix):
        return None
    return f"{{{namespace}}}{local}"


def _typed(element: "etree._Element", text: str, *, exact: bool) -> Value:
    kind = (element.get(f"{{{XSI}}}type") or "").rpartition(":")[2]
    if kind == "boolean" and text in {"true", "false", "1", "0"}:
        return text in {"true", "1"}
    if kind in _NUMBERS:
        return number_of(text, exact=exact)
    # Space around a text means nothing in the event hash; a text that our own writer marked keeps it.
    return (element.text or "") if element.get(_MARK + "kind") == "text" else text


def _element(parent: "etree._Element", name: str, known: Mapping[str, str]) -> "etree._Element":
    tag = split_name(name, known)
    if tag is not None:
        return etree.SubElement(parent, tag)
    made = etree.SubElement(parent, _MARK + "member")
    made.set(_MARK + "name", name)
    return made


def _write_list(parent: "etree._Element", name: str, items: Sequence[Value], known: Mapping[str, str]) -> None:
    if not items:
        _element(parent, name, known).set(_MARK + "kind", "list")
    for item in items:
        element = _element(parent, name, known)
        if len(items) == 1:
            element.set(_MARK + "list", "one")
        _write_value(element, item, known)


def _write_value(element: "etree._Element", value: Value, known: Mapping[str, str]) -> None:
    if value is None:
        element.set(f"{{{XSI}}}nil", "true")
    elif isinstance(value, Mapping):
        write_extensions(element, value.items(), known)
        if not len(element):
            element.set(_MARK + "kind", "table")
    elif isinstance(value, list | tuple):
        element.set(_MARK + "kind", "list")
        for item in value:
            _write_value(etree.SubElement(element, _MARK + "member"), item, known)
    elif isinstance(value, bool):
        element.set(f"{{{XSI}}}type", "xsd:boolean")
        element.text = "true" if value else "false"
    elif isinstance(value, int | float | Decimal):
        element.set(f"{{{XSI}}}type", "xsd:integer" if isinstance(value, int) else "xsd:double")
        element.text = number_in_xml(value)
    elif isinstance(value, str):
        _write_text(element, value)


def _write_text(element: "etree._Element", text: str) -> None:
    try:
        element.text = text
    except ValueError as error:
        raise DataError(Message("trace.epcis.xml_text", found=repr(text)[:60])) from error
    if text != text.strip():
        element.set(_MARK + "kind", "text")


def number_in_xml(value: float | Decimal) -> str:
    """Write a number so that reading it gives the same value."""
    return str(value) if isinstance(value, int | Decimal) else repr(value)
