# SPDX-License-Identifier: Apache-2.0
"""GS1 Digital Link: fields as a web address, read and built."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sichen.core import DataError, Message
from sichen.trace.identifiers.elements import Element, ElementString, checked
from sichen.trace.identifiers.escaping import escape, unescape
from sichen.trace.identifiers.rules import find_repeats
from sichen.trace.identifiers.table import find_identifier, identifiers

CANONICAL_STEM = "https://id.gs1.org"
GTIN = "01"
GTIN_DIGITS = 14
SHORT_GTINS = frozenset({8, 12, 13})
# Words that stood for numbers before version 1.2 of the standard; read on request, never written.
NAMES = {
    "cpid": "8010", "cpsn": "8011", "cpv": "22", "exp": "17", "gcn": "255", "gdti": "253", "giai": "8004", "ginc": "401",
    "gln": "414", "glnx": "254", "gmn": "8013", "grai": "8003", "gsin": "402", "gsrn": "8018", "gsrnp": "8017", "gtin": "01",
    "itip": "8006", "lot": "10", "party": "417", "payTo": "415", "refNo": "8020", "refno": "8020", "ser": "21", "srin": "8019",
    "sscc": "00", "tpx": "235",
}  # fmt: skip
_CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*")
_ADDRESS = re.compile(
    r"(?P<head>(?:https?|HTTPS?)://[A-Za-z0-9.:\[\]_-]+)(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<end>.*))?"
)
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class DigitalLink:
    """A Digital Link in its parts.

    Parameters
    ----------
    stem : str
        Scheme, host and what stands before the key, without a slash at the end.
    path : tuple of Element
        The key, then its qualifiers.
    attributes : tuple of Element
        Fields of the query.
    parameters : tuple of str
        Other parts of the query, as they were written.
    fragment : str
        What stands behind ``#``.

    Examples
    --------
    >>> link = parse_link("https://example.com/watch/01/09520123456788/21/00042?17=301231&lang=zh")
    >>> link.fields.bracketed()
    '(01)09520123456788(21)00042(17)301231'
    >>> link.canonical()
    'https://id.gs1.org/01/09520123456788/21/00042?17=301231'
    """

    stem: str
    path: tuple[Element, ...]
    attributes: tuple[Element, ...] = ()
    parameters: tuple[str, ...] = ()
    fragment: str = ""

    @property
    def key(self) -> Element:
        """The key, such as the GTIN."""
        return self.path[0]

    @property
    def fields(self) -> ElementString:
        """All fields in the order of the address."""
        return ElementString(self.path + self.attributes)

    def uri(self) -> str:
        """Write the address."""
        path = "".join(f"/{element.ai}/{escape(element.value)}" for element in self.path)
        query = "&".join([f"{e.ai}={escape(e.value, query=True)}" for e in self.attributes] + list(self.parameters))
        return self.stem + path + (f"?{query}" if query else "") + (f"#{self.fragment}" if self.fragment else "")

    def canonical(self) -> str:
        """Write the one address that all addresses of the same fields share."""
        ordered = tuple(sorted(self.attributes, key=lambda element: element.ai))
        return replace(self, stem=CANONICAL_STEM, attributes=ordered, parameters=(), fragment="").uri()


def parse_link(
    uri: str, *, permit_short_gtin: bool = False, permit_names: bool = False, permit_unknown: bool = False
) -> DigitalLink:
    """Read an uncompressed Digital Link.

    Parameters
    ----------
    uri : str
    permit_short_gtin : bool
        Whether a GTIN may come with 8, 12 or 13 digits; zeros are put before it.
    permit_names : bool
        Whether the old words such as ``gtin`` may stand for numbers.
    permit_unknown : bool
        Whether the query may hold identifiers that are not assigned.

    Returns
    -------
    DigitalLink

    Raises
    ------
    DataError
        If the address is none, has no key, or a field is not allowed where it stands.
    """
    match = _ADDRESS.fullmatch(uri) if _CHARACTERS.fullmatch(uri) else None
    if match is None:
        raise DataError(Message("trace.identifiers.no_address", uri=uri))
    reader = _Reader(permit_short_gtin, permit_names, permit_unknown)
    stem, pairs = reader.split(match["path"], uri)
    path = tuple(reader.field(number, unescape(value)) for number, value in pairs)
    _check_order(path)
    attributes, parameters = reader.query(match["query"] or "")
    check_attributes(path, attributes)
    return DigitalLink(match["head"] + stem, path, attributes, parameters, match["end"] or "")


def build_link(fields: ElementString, *, stem: str = CANONICAL_STEM) -> DigitalLink:
    """Make a Digital Link of fields.

    Parameters
    ----------
    fields : ElementString
        The first that may be a key becomes the key; a field given twice alike counts once.
    stem : str

    Returns
    -------
    DigitalLink
        Qualifiers in their order; in the query first the fields whose length is predefined.

    Raises
    ------
    DataError
        If there is no key, fields contradict each other, or one may not stand in a Digital Link.

    Examples
    --------
    >>> from sichen.trace.identifiers import read_bracketed
    >>> build_link(read_bracketed("(21)XYZ(01)12312312312333(99)A+B"), stem="https://example.com").uri()
    'https://example.com/01/12312312312333/21/XYZ?99=A%2BB'
    """
    for message in find_repeats(fields):
        raise DataError(message)
    once = list(dict.fromkeys(fields))
    key = next((element for element in once if element.identifier.link_key is not None), None)
    if key is None:
        raise DataError(Message("trace.identifiers.no_key", fields=fields.bracketed()))
    by_number = {element.ai: element for element in once}
    order = max(key.identifier.link_key or ((),), key=lambda qualifiers: sum(ai in by_number for ai in qualifiers), default=())
    path = (key, *(by_number[ai] for ai in order if ai in by_number))
    rest = [element for element in once if element not in path]
    attributes = tuple(sorted(rest, key=lambda element: not element.identifier.predefined_length))
    for element in attributes:
        if not element.known or not element.identifier.link_attribute:
            raise DataError(Message("trace.identifiers.no_attribute", ai=element.ai))
    check_attributes(path, attributes)
    return DigitalLink(_checked_stem(stem), path, attributes)


@dataclass(frozen=True)
class _Reader:
    short_gtin: bool
    names: bool
    unknown: bool

    def number(self, word: str) -> str:
        return NAMES.get(word, word) if self.names else word

    def split(self, path: str, uri: str) -> tuple[str, list[tuple[str, str]]]:
        """Take pairs from the end until one is a key; what remains belongs to the stem."""
        pieces = path.split("/")
        pairs: list[tuple[str, str]] = []
        while len(pieces) > 2:  # noqa: PLR2004 - a pair, and the empty piece before the first slash
            number, value = self.number(pieces[-2]), pieces[-1]
            entry = identifiers().get(number)
            if entry is None:
                break
            pieces = pieces[:-2]
            pairs.insert(0, (number, value))
            if entry.link_key is not None:
                return "/".join(pieces), pairs
        raise DataError(Message("trace.identifiers.no_key", fields=uri))

    def field(self, number: str, value: str) -> Element:
        if self.short_gtin and number == GTIN and len(value) in SHORT_GTINS:
            value = value.zfill(GTIN_DIGITS)
        return checked(number, value, permit_unknown=self.unknown)

    def query(self, query: str) -> tuple[tuple[Element, ...], tuple[str, ...]]:
        attributes: list[Element] = []
        parameters: list[str] = []
        for piece in filter(None, query.split("&")):
            word, equals, value = piece.partition("=")
            number = self.number(word)
            if equals and _NUMBER.fullmatch(number):
                attributes.append(self.attribute(number, unescape(value, query=True)))
            else:
                parameters.append(piece)
        return tuple(attributes), tuple(parameters)

    def attribute(self, number: str, value: str) -> Element:
        entry = find_identifier(number, permit_unknown=self.unknown)
        if entry is None:
            raise DataError(Message("trace.identifiers.unknown_ai", ai=number))
        if not entry.link_attribute:
            raise DataError(Message("trace.identifiers.no_attribute", ai=number))
        return self.field(number, value)


def _check_order(path: Sequence[Element]) -> None:
    if not is_sequence(tuple(element.ai for element in path)):
        raise DataError(Message("trace.identifiers.qualifiers", path="/".join(element.ai for element in path)))


@lru_cache(maxsize=1024)
def is_sequence(numbers: tuple[str, ...]) -> bool:
    """Tell whether numbers are a key and some of its qualifiers, in order."""
    for order in identifiers()[numbers[0]].link_key or ((),):
        remaining = iter(order)
        if all(number in remaining for number in numbers[1:]):
            return True
    return len(numbers) == 1


def check_attributes(path: Sequence[Element], attributes: Sequence[Element]) -> None:
    """Refuse attributes given twice, and those that belong into the path.

    Raises
    ------
    DataError
    """
    numbers = tuple(element.ai for element in path)
    seen = set(numbers)
    for element in attributes:
        if element.ai in seen:
            raise DataError(Message("trace.identifiers.repeated", ai=element.ai))
        seen.add(element.ai)
        places = range(1, len(numbers) + 1)
        if any(is_sequence((*numbers[:place], element.ai, *numbers[place:])) for place in places):
            raise DataError(Message("trace.identifiers.belongs_in_path", ai=element.ai, primary=numbers[0]))


def _checked_stem(stem: str) -> str:
    trimmed = stem.rstrip("/")
    if _CHARACTERS.fullmatch(trimmed) is None or _ADDRESS.fullmatch(trimmed + "/") is None or "?" in trimmed or "#" in trimmed:
        raise DataError(Message("trace.identifiers.no_address", uri=stem))
    return trimmed
