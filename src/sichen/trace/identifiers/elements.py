# SPDX-License-Identifier: Apache-2.0
"""Element strings: fields of application identifiers, written and read in every usual form.

Inside, FNC1 is written ``^`` as the trade does on paper; a scanner sends the group separator (ASCII 29) instead.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sichen.core import JSON, DataError, Message
from sichen.trace.identifiers.linting import find_fault
from sichen.trace.identifiers.table import Identifier, find_identifier, leading_identifier

FNC1 = "^"
GROUP_SEPARATOR = "\x1d"
MOST_ELEMENTS = 64
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)((?:[^(\\]|\\\(|\\(?!\())*)")


@dataclass(frozen=True)
class Element:
    """One field: an application identifier and its value."""

    ai: str
    value: str
    known: bool = True

    @property
    def identifier(self) -> Identifier:
        """The entry of the table."""
        entry = find_identifier(self.ai, permit_unknown=not self.known)
        if entry is None:
            raise DataError(Message("trace.identifiers.unknown_ai", ai=self.ai))
        return entry


@dataclass(frozen=True)
class ElementString:
    """Fields in the order in which they were given.

    Parameters
    ----------
    elements : tuple of Element

    Examples
    --------
    >>> fields = read_bracketed("(01)09520123456788(10)LOT7(21)00042")
    >>> fields.unbracketed()
    '^010952012345678810LOT7^2100042'
    >>> fields["21"]
    '00042'
    """

    elements: tuple[Element, ...]

    def __iter__(self) -> Iterator[Element]:
        return iter(self.elements)

    def __getitem__(self, ai: str) -> str:
        value = self.get(ai)
        if value is None:
            raise DataError(Message("trace.identifiers.absent", ai=ai))
        return value

    def get(self, ai: str) -> str | None:
        """Return the value of a field, or None."""
        return next((element.value for element in self.elements if element.ai == ai), None)

    def unbracketed(self) -> str:
        """Write the form that codes carry: FNC1 first, and after each field whose length is not predefined."""
        pieces: list[str] = [FNC1]
        for place, element in enumerate(self.elements):
            if place and not self.elements[place - 1].identifier.predefined_length:
                pieces.append(FNC1)
            pieces.append(element.ai + element.value)
        return "".join(pieces) if self.elements else ""

    def bracketed(self) -> str:
        r"""Write the form for people; a bracket inside a value is written ``\(``."""
        return "".join(f"({element.ai})" + element.value.replace("(", "\\(") for element in self.elements)

    def to_json(self) -> JSON:
        """Return a list of fields with their titles."""
        return [{"ai": e.ai, "title": e.identifier.title, "value": e.value} for e in self.elements]


def read_bracketed(text: str, *, permit_unknown: bool = False) -> ElementString:
    r"""Read ``(01)…(21)…``.

    Parameters
    ----------
    text : str
        A bracket inside a value is written ``\(``.
    permit_unknown : bool
        Whether numbers that are not assigned may stand there.

    Returns
    -------
    ElementString

    Raises
    ------
    DataError
        If the form is wrong, an identifier unknown, or a value not allowed; the message names the field.
    """
    position = 0
    found: list[Element] = []
    while position < len(text) or not found:
        match = _BRACKETED.match(text, position)
        if match is None:
            raise DataError(Message("trace.identifiers.not_bracketed", text=text))
        found.append(checked(match[1], match[2].replace("\\(", "("), permit_unknown=permit_unknown))
        position = match.end()
    return _limited(found)


def read_unbracketed(text: str) -> ElementString:
    """Read the form that codes carry, with ``^`` for FNC1.

    Parameters
    ----------
    text : str
        Begins with ``^``. Numbers that are not assigned cannot be read: nothing tells how long they are.

    Returns
    -------
    ElementString

    Raises
    ------
    DataError
        As for `read_bracketed`.
    """
    if not text.startswith(FNC1) or len(text) == 1:
        raise DataError(Message("trace.identifiers.no_fnc1", text=text))
    rest = text[1:]
    found: list[Element] = []
    while rest:
        entry = leading_identifier(rest)
        if entry is None:
            raise DataError(Message("trace.identifiers.unknown_ai", ai=rest[:4]))
        rest = rest[len(entry.ai) :]
        length = _field_length(entry, rest)
        found.append(checked(entry.ai, rest[:length]))
        # A separator where none is needed does no harm, and scanners send them.
        rest = rest[length:].removeprefix(FNC1)
    return _limited(found)


def checked(ai: str, value: str, *, permit_unknown: bool = False) -> Element:
    """Make a field whose value has passed the tests of its identifier.

    Raises
    ------
    DataError
        If the identifier is unknown or the value not allowed.
    """
    entry = find_identifier(ai, permit_unknown=permit_unknown)
    if entry is None:
        raise DataError(Message("trace.identifiers.unknown_ai", ai=ai))
    fault = find_fault(entry, value)
    if fault is not None:
        raise DataError(fault)
    return Element(ai, value, entry.known)


def _field_length(entry: Identifier, rest: str) -> int:
    # A field whose length is known for ever ends there; any other ends at the separator, and the tests say if that is right.
    if entry.predefined_length:
        return entry.most
    end = rest.find(FNC1)
    return len(rest) if end < 0 else end


def _limited(found: list[Element]) -> ElementString:
    if len(found) > MOST_ELEMENTS:
        raise DataError(Message("trace.identifiers.too_many", count=len(found), most=MOST_ELEMENTS))
    return ElementString(tuple(found))
