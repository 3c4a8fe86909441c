# SPDX-License-Identifier: Apache-2.0
"""Compressed Digital Links: the fields as bits, the bits as 64 safe characters, nothing lost.

The bits are those of the standard's own method, so that other programs read them; leading zeros of a serial number
are kept because every number carries its count of digits.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sichen.core import DataError, Message
from sichen.trace.identifiers.digital_link import DigitalLink, check_attributes, is_sequence, parse_link
from sichen.trace.identifiers.elements import Element, checked
from sichen.trace.identifiers.table import Identifier, identifiers, lengths_by_prefix

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_HEXADECIMAL = "0123456789ABCDEF"
# Pairs and triples so usual that one byte announces them (GS1 Digital Link 1.1, compression, table Opt).
_GROUPS = {
    "0A": "01 22", "0B": "01 10", "0C": "01 21", "0D": "01 17", "0E": "01 7003", "0F": "01 30", "1A": "01 10 21 17",
    "1B": "01 15", "1C": "01 11", "1D": "01 16", "1E": "01 91", "1F": "01 10 15",
    **{f"2{'ABCDEF'[n]}": f"01 310{n}" for n in range(6)}, **{f"3{'ABCDEF'[n]}": f"01 320{n}" for n in range(6)},
    "9A": "8010 8011", "9B": "8017 8019", "9C": "8018 8019", "9D": "414 254",
    **{f"A{n}": f"01 392{n}" for n in range(10)}, **{f"C{n}": f"255 390{n}" for n in range(10)},
    **{f"C{'ABCD'[n]}": f"255 394{n}" for n in range(4)},
}  # fmt: skip
_BY_NUMBERS = {tuple(numbers.split()): code for code, numbers in _GROUPS.items()}
_SHORTEST = 8
_SEGMENT = re.compile(r"(?P<stem>[^?#]*)/(?P<bits>[A-Za-z0-9_-]+)(?P<rest>(?:\?[^#]*)?(?:#.*)?)")
_FORMS = (
    (0, re.compile(r"[0-9]+")),
    (2, re.compile(r"[0-9A-F]+")),
    (1, re.compile(r"[0-9a-f]+")),
    (3, re.compile(r"[A-Za-z0-9_-]+")),
)


def compress_link(link: DigitalLink) -> str:
    """Write a Digital Link in its shortest form.

    Parameters
    ----------
    link : DigitalLink

    Returns
    -------
    str
        The stem, one segment of safe characters, and the parameters and fragment that are no fields, unchanged.

    Notes
    -----
    The short codes for usual groups are taken only where the fields come back in the same order, so that
    `decompress_link` returns an equal link.

    Examples
    --------
    >>> compress_link(parse_link("https://id.gs1.org/01/09520123456788/21/00042"))
    'https://id.gs1.org/DBFRJydaKAoAKg'
    """
    bits = "".join(_encode(link.path + link.attributes))
    return _join(link.stem, _characters(bits), link)


def decompress_link(uri: str) -> DigitalLink:
    """Read a compressed Digital Link; one that is not compressed is read as it is.

    Parameters
    ----------
    uri : str
        Also with the key in full and only the rest compressed, ``…/01/09520123456788/IQ…``.

    Returns
    -------
    DigitalLink

    Raises
    ------
    DataError
        If it is neither.

    Examples
    --------
    >>> decompress_link("https://id.gs1.org/DBFRJydaKAoAKg").uri()
    'https://id.gs1.org/01/09520123456788/21/00042'
    """
    try:
        return parse_link(uri)
    except DataError as error:
        match = _SEGMENT.fullmatch(uri)
        if match is None:
            raise
        try:
            return _read_segment(match)
        except DataError:
            raise error from None


def _read_segment(match: re.Match[str]) -> DigitalLink:
    elements = _decode(match["bits"])
    try:
        begun = parse_link(match["stem"] + match["rest"])
    except DataError:
        # The rest of the address is read as if a key stood there: parameters and fragment come out the same.
        begun = replace(parse_link(match["stem"] + "/01/09520123456788" + match["rest"]), path=())
    merged = [*begun.path, *elements]
    length = max(count for count in range(1, len(merged) + 1) if is_sequence(tuple(element.ai for element in merged[:count])))
    path, attributes = tuple(merged[:length]), (*merged[length:], *begun.attributes)
    if path[0].identifier.link_key is None:
        raise DataError(Message("trace.identifiers.no_key", fields=match.group()))
    check_attributes(path, attributes)
    return replace(begun, path=path, attributes=attributes)


def _join(stem: str, segment: str, link: DigitalLink) -> str:
    query = "&".join(link.parameters)
    return f"{stem}/{segment}" + (f"?{query}" if query else "") + (f"#{link.fragment}" if link.fragment else "")


def _encode(elements: Sequence[Element]) -> Iterable[str]:
    """Yield bits; a group is used where its fields stand side by side in its own order."""
    place = 0
    while place < len(elements):
        for length in (4, 3, 2):
            numbers = tuple(element.ai for element in elements[place : place + length])
            if numbers in _BY_NUMBERS and len(numbers) == length:
                yield f"{int(_BY_NUMBERS[numbers], 16):08b}"
                break
        else:
            length = 1
            yield "".join(f"{int(digit):04b}" for digit in elements[place].ai)
        for element in elements[place : place + length]:
            yield from _encode_value(element)
        place += length


def _shape(entry: Identifier) -> list[tuple[str, int, int]]:
    """Join parts as the standard does: neighbours of one kind and fixed length, and whatever may be absent."""
    shape: list[tuple[str, int, int]] = []
    for part in entry.parts:
        kind = "N" if part.kind == "N" else "X"
        least = 0 if part.optional else part.least
        least, most = (least, part.most) if least == part.most else (0, part.most)
        if shape and shape[-1][0] == kind and (shape[-1][1] == least == 0 or (least and shape[-1][1]) or kind == "X"):
            previous = shape.pop()
            least, most = (previous[1] + least if previous[1] and least else 0), previous[2] + most
        shape.append((kind, least, most))
    return shape


def _encode_value(element: Element) -> Iterable[str]:
    rest = element.value
    for kind, least, most in _shape(element.identifier):
        piece, rest = rest[:most], rest[most:]
        form = 0 if kind == "N" else next((code for code, pattern in _FORMS if pattern.fullmatch(piece)), 4)
        if kind == "X":
            yield f"{form:03b}"
        if not least:
            yield f"{len(piece):0{_length_bits(most)}b}"
        yield _piece_bits(form, piece)


def _piece_bits(form: int, piece: str) -> str:
    if form == 0:
        return f"{int(piece or '0'):0{_value_bits(len(piece))}b}"
    if form in (1, 2):
        return "".join(f"{_HEXADECIMAL.index(character.upper()):04b}" for character in piece)
    if form == 3:  # noqa: PLR2004 - the code of the safe alphabet
        return "".join(f"{ALPHABET.index(character):06b}" for character in piece)
    return "".join(f"{ord(character):07b}" for character in piece)


def _value_bits(digits: int) -> int:
    # The standard adds a hundredth before rounding up, so that no power of two falls on the edge.
    return math.ceil(digits * math.log2(10) + 0.01)


def _length_bits(most: int) -> int:
    return math.ceil(math.log2(most) + 0.01)


def _characters(bits: str) -> str:
    padded = bits + "0" * (-len(bits) % 6)
    return "".join(ALPHABET[int(padded[place : place + 6], 2)] for place in range(0, len(padded), 6))


class _Bits:
    def __init__(self, segment: str) -> None:
        self.rest = "".join(f"{ALPHABET.index(character):06b}" for character in segment)

    def take(self, count: int) -> str:
        if len(self.rest) < count:
            raise DataError(Message("trace.identifiers.not_compressed"))
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def number(self, count: int) -> int:
        return int(self.take(count) or "0", 2)


def _decode(segment: str) -> list[Element]:
    bits = _Bits(segment)
    found: list[Element] = []
    while len(bits.rest) >= _SHORTEST:
        for ai in _numbers(bits):
            entry = identifiers().get(ai)
            if entry is None:
                raise DataError(Message("trace.identifiers.not_compressed"))
            found.append(checked(ai, _decode_value(entry, bits)))
    if "1" in bits.rest or not found:
        raise DataError(Message("trace.identifiers.not_compressed"))
    return found


def _numbers(bits: _Bits) -> list[str]:
    code = f"{bits.number(8):02X}"
    if code in _GROUPS:
        return _GROUPS[code].split()
    length = lengths_by_prefix().get(code)
    if length is None:
        raise DataError(Message("trace.identifiers.not_compressed"))
    return [code + "".join(f"{bits.number(4):X}" for _ in range(length - 2))]


def _decode_value(entry: Identifier, bits: _Bits) -> str:
    pieces: list[str] = []
    for kind, least, most in _shape(entry):
        form = bits.number(3) if kind == "X" else 0
        length = least or bits.number(_length_bits(most))
        pieces.append(_read_piece(form, length, bits))
    return "".join(pieces)


def _read_piece(form: int, length: int, bits: _Bits) -> str:
    if form == 0:
        value = bits.number(_value_bits(length))
        text = str(value).zfill(length) if length else ""
        if len(text) > length:
            raise DataError(Message("trace.identifiers.not_compressed"))
        return text
    if form in (1, 2):
        digits = "".join(_HEXADECIMAL[bits.number(4)] for _ in range(length))
        return digits.lower() if form == 1 else digits
    if form == 3:  # noqa: PLR2004 - the code of the safe alphabet
        return "".join(ALPHABET[bits.number(6)] for _ in range(length))
    if form == 4:  # noqa: PLR2004 - the code of seven-bit characters
        return "".join(chr(bits.number(7)) for _ in range(length))
    raise DataError(Message("trace.identifiers.not_compressed"))
