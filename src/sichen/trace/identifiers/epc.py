# SPDX-License-Identifier: Apache-2.0
"""EPC names (``urn:epc:…``) and Digital Links, each from the other.

A name says where the company prefix ends; a link does not. So a link needs the length of the prefix to become a name.
"""

import re
from dataclasses import dataclass
from typing import Literal

from sichen.core import DataError, Message
from sichen.trace.identifiers.check_digits import check_digit
from sichen.trace.identifiers.digital_link import CANONICAL_STEM, DigitalLink, build_link
from sichen.trace.identifiers.elements import ElementString, checked
from sichen.trace.identifiers.escaping import unescape

PREFIX_LENGTHS = range(4, 13)
_NAME = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):([!-~]+)")
_RESERVED = re.compile(r'["%&/<>?#]')


@dataclass(frozen=True)
class _Scheme:
    """How a name is laid out.

    `layout`: "indicator" moves the first digit behind the prefix, "digits" does not, both end in a check digit;
    "open" is a prefix and free text. `digits` counts the key without check digit; `qualifier` is the field of the
    serial number; `joined` says that the serial follows the key in the same field, as `lead` stands before it.
    """

    family: str
    key: str
    layout: Literal["indicator", "digits", "open"]
    digits: int = 0
    qualifier: str = ""
    joined: bool = False
    lead: str = ""
    pieces: int = 0


_SCHEMES = {
    "sgtin": _Scheme("id", "01", "indicator", 13, "21"),
    "upui": _Scheme("id", "01", "indicator", 13, "235"),
    "itip": _Scheme("id", "8006", "indicator", 13, "21", pieces=2),
    "lgtin": _Scheme("class", "01", "indicator", 13, "10"),
    "sscc": _Scheme("id", "00", "indicator", 17),
    "sgln": _Scheme("id", "414", "digits", 12, "254"),
    "pgln": _Scheme("id", "417", "digits", 12),
    "grai": _Scheme("id", "8003", "digits", 12, joined=True, lead="0"),
    "gdti": _Scheme("id", "253", "digits", 12, joined=True),
    "sgcn": _Scheme("id", "255", "digits", 12, joined=True),
    "gsrn": _Scheme("id", "8018", "digits", 17),
    "gsrnp": _Scheme("id", "8017", "digits", 17),
    "gsin": _Scheme("id", "402", "digits", 16),
    "giai": _Scheme("id", "8004", "open"),
    "ginc": _Scheme("id", "401", "open"),
    "cpi": _Scheme("id", "8010", "open", qualifier="8011"),
}
_ANY = "*"
_NO_EXTENSION = "0"


def link_from_epc(name: str, *, stem: str = CANONICAL_STEM) -> DigitalLink:
    """Turn an EPC name into a Digital Link.

    Parameters
    ----------
    name : str
        ``urn:epc:id:…``, ``urn:epc:class:lgtin:…``, or ``urn:epc:idpat:…`` that ends in ``*`` for a whole class.
    stem : str

    Returns
    -------
    DigitalLink

    Raises
    ------
    DataError
        If the name is none of GS1, or its digits do not add up to a key.

    Examples
    --------
    >>> link_from_epc("urn:epc:id:sgtin:9520123.045678.00042").uri()
    'https://id.gs1.org/01/09520123456788/21/00042'
    """
    match = _NAME.fullmatch(name)
    scheme = None if match is None else _SCHEMES.get(match[2])
    if match is None or scheme is None or match[1] not in (scheme.family, "idpat"):
        raise DataError(Message("trace.identifiers.no_epc", name=name))
    pieces = match[3].split(".", _dots(scheme))
    if len(pieces) != _dots(scheme) + 1 or not _is_prefix(pieces[0]):
        raise DataError(Message("trace.identifiers.no_epc", name=name))
    key = _key(scheme, pieces[0], pieces[1])
    serial = unescape(pieces[-1]) if _has_serial(scheme) else ""
    if match[1] == "idpat" and serial == _ANY:
        serial = ""
    elif not serial and _has_serial(scheme):
        raise DataError(Message("trace.identifiers.no_epc", name=name))
    key += "".join(pieces[2 : 2 + scheme.pieces]) + (serial if scheme.joined else "")
    fields = [checked(scheme.key, key)]
    if scheme.qualifier and serial and not (scheme.key == "414" and serial == _NO_EXTENSION):
        fields.append(checked(scheme.qualifier, serial))
    return build_link(ElementString(tuple(fields)), stem=stem)


def epc_from_link(link: DigitalLink, *, prefix_length: int) -> str:
    """Turn a Digital Link into an EPC name.

    Parameters
    ----------
    link : DigitalLink
    prefix_length : int, 4 to 12
        Digits of the GS1 company prefix, which only its holder and GS1 know.

    Returns
    -------
    str
        The finest name: of the piece if the link has a serial number, else of the lot, else of the class.

    Raises
    ------
    DataError
        If no name exists for such a link or the length is impossible.

    Examples
    --------
    >>> from sichen.trace.identifiers import parse_link
    >>> epc_from_link(parse_link("https://id.gs1.org/01/09520123456788/21/00042"), prefix_length=7)
    'urn:epc:id:sgtin:9520123.045678.00042'
    """
    if prefix_length not in PREFIX_LENGTHS:
        raise DataError(Message("trace.identifiers.prefix_length", length=prefix_length))
    word, scheme, serial = _choose(link)
    value = link.key.value.removeprefix(scheme.lead)
    if scheme.layout == "open":
        head, tail = value[:prefix_length], _escape(value[prefix_length:])
        if not tail or not _is_prefix(head):
            raise DataError(Message("trace.identifiers.prefix_too_long", value=value, length=prefix_length))
    else:
        body = value[: scheme.digits]
        turned = body[1 : prefix_length + 1] + body[0] + body[prefix_length + 1 :] if scheme.layout == "indicator" else body
        head, tail = turned[:prefix_length], turned[prefix_length:]
    extra = value[scheme.digits + 1 :]
    pieces = [head, tail, *(extra[2 * place : 2 * place + 2] for place in range(scheme.pieces))]
    if not _has_serial(scheme):
        return f"urn:epc:id:{word}:{'.'.join(pieces)}"
    family = scheme.family if serial else "idpat"
    return f"urn:epc:{family}:{word}:{'.'.join([*pieces, _escape(serial) if serial else _ANY])}"


def _choose(link: DigitalLink) -> tuple[str, _Scheme, str]:
    candidates = [(word, scheme) for word, scheme in _SCHEMES.items() if scheme.key == link.key.ai]
    if not candidates:
        raise DataError(Message("trace.identifiers.no_epc", name=link.uri()))
    for word, scheme in candidates:
        serial = link.fields.get(scheme.qualifier) if scheme.qualifier else None
        if scheme.joined:
            serial = link.key.value[len(scheme.lead) + scheme.digits + 1 :]
        if serial:
            return word, scheme, serial
    word, scheme = candidates[0]
    return word, scheme, _NO_EXTENSION if scheme.key == "414" else ""


def _dots(scheme: _Scheme) -> int:
    return 1 + scheme.pieces + _has_serial(scheme)


def _has_serial(scheme: _Scheme) -> bool:
    return scheme.joined or bool(scheme.qualifier)


def _is_prefix(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) in PREFIX_LENGTHS


def _key(scheme: _Scheme, prefix: str, reference: str) -> str:
    if scheme.layout == "open":
        return prefix + unescape(reference)
    digits = reference[:1] + prefix + reference[1:] if scheme.layout == "indicator" else prefix + reference
    if len(digits) != scheme.digits or not (digits.isascii() and digits.isdigit()):
        raise DataError(Message("trace.identifiers.epc_digits", prefix=prefix, reference=reference, digits=scheme.digits))
    return scheme.lead + digits + check_digit(digits)


def _escape(text: str) -> str:
    return _RESERVED.sub(lambda match: f"%{ord(match.group()):02X}", text)
