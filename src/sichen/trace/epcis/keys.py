# SPDX-License-Identifier: Apache-2.0
"""GS1 keys as the event hash and the index want them: one canonical Digital Link for every way to write a key.

``urn:epc:id:sgtin:0614141.011111.987`` and ``https://shop.example/01/00614141111114/10/A/21/987?x=1`` name the same
thing. Its canonical form stands on ``id.gs1.org``, without query, at the finest level the key has.
"""

import re
from collections.abc import Callable
from functools import lru_cache

DOMAIN = "https://id.gs1.org/"

SHORT_NAMES = {
    "gtin": "01",
    "itip": "8006",
    "cpid": "8010",
    "gln": "414",
    "party": "417",
    "gsrnp": "8017",
    "gsrn": "8018",
    "gcn": "255",
    "sscc": "00",
    "gdti": "253",
    "ginc": "401",
    "gsin": "402",
    "grai": "8003",
    "giai": "8004",
    "cpv": "22",
    "lot": "10",
    "ser": "21",
}
"""Names that older Digital Links write instead of application identifiers."""

_LETTERS = r"[\x22\x25\x27\x2D\x2E0-9\x3B-\x3FA-Z_a-z]"
FINEST: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "00": (r"\d{18}", ()),
    "01": (r"\d{8}|\d{12,14}", (("235", _LETTERS + "{1,84}"), ("21", _LETTERS + "{1,60}"), ("10", _LETTERS + "{1,60}"))),
    "253": (r"\d{13}" + _LETTERS + "{0,51}", ()),
    "255": (r"\d{13,25}", ()),
    "401": (r"\d{4}" + _LETTERS + "{1,86}", ()),
    "402": (r"\d{17}", ()),
    "414": (r"\d{13}", (("254", _LETTERS + "{1,60}"),)),
    "417": (r"\d{13}", ()),
    "8003": (r"\d{14}" + _LETTERS + "{0,48}", ()),
    "8004": (r"\d{4}" + _LETTERS + "{1,86}", ()),
    "8006": (r"\d{18}", (("21", _LETTERS + "{1,60}"), ("10", _LETTERS + "{1,60}"))),
    "8010": (r"\d{4}(?:[0-9A-Z-]|%2[3FDfd]){1,90}", (("8011", r"\d{1,12}"),)),
    "8017": (r"\d{18}", ()),
    "8018": (r"\d{18}", ()),
}
"""Each key with what its value looks like, and its qualifiers, the finest first. A `%21` counts as three letters."""

_KEYS = {key: re.compile(value) for key, (value, _) in FINEST.items()}
_QUALIFIERS = {key: {name: re.compile(value) for name, value in inner} for key, (_, inner) in FINEST.items()}
_URN = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(\d{6,12})\.(.*)", re.DOTALL)
_SERIAL = re.compile(r"(?:[!')(*+,\-./0-9:;=A-Z_a-z]|%2[125-9A-Fa-f]|%3[0-9A-Fa-f]|%[4-7][0-9A-Fa-f])+")
_ESCAPED = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "!()*+,:"})
_GTIN = 14


@lru_cache(maxsize=65536)
def check_digit(digits: str) -> str:
    """Return the check digit of a GS1 key.

    Examples
    --------
    >>> check_digit("0061414111111")
    '4'
    """
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-weighted % 10)


def canonical_key(uri: str) -> str:
    """Return the canonical Digital Link of a GS1 key; any other text comes back unchanged.

    Parameters
    ----------
    uri : str
        An EPC URN, EPC class URN, EPC pattern of one class, Digital Link, or anything else.

    Returns
    -------
    str

    Examples
    --------
    >>> canonical_key("urn:epc:id:sgtin:0614141.011111.987")
    'https://id.gs1.org/01/00614141111114/21/987'
    >>> canonical_key("https://shop.example/01/00614141111114/10/A/21/987?batch=1")
    'https://id.gs1.org/01/00614141111114/21/987'
    >>> canonical_key("http://transaction.acme.com/po/12345678")
    'http://transaction.acme.com/po/12345678'
    """
    if uri.startswith("urn:epc:"):
        stem, _, serial = uri.rpartition(".")
        # Of one model there are many serials, most of them without a sign that is written otherwise in a link.
        known = _before_serial(stem) if serial.isascii() and serial.isalnum() and serial != "0" else None
        return known + serial if known else _from_urn(uri) or uri
    if uri.startswith(("https://", "http://")):
        return _from_link(uri) or uri
    return uri


@lru_cache(maxsize=4096)
def remembered_key(uri: str) -> str:
    """Return what `canonical_key` does, for the places and papers that many events name."""
    return canonical_key(uri)


@lru_cache(maxsize=4096)
def _before_serial(stem: str) -> str | None:
    """Return what stands before any serial of letters and digits in the link; None where the key asks for digits alone."""
    letters = "x1"
    link = _from_urn(f"{stem}.{letters}")
    return None if link is None else link.removesuffix(letters)


def _from_urn(uri: str) -> str | None:
    match = _URN.fullmatch(uri)
    if match is None:
        return None
    space, scheme, prefix, rest = match.groups()
    make = _SCHEMES.get((space, scheme))
    path = None if make is None else make(prefix, rest)
    return None if path is None else DOMAIN + path


def _split(rest: str, prefix: str, digits: int) -> tuple[str, str] | None:
    """Part the digits that belong to the key from what follows the next dot."""
    reference, dot, tail = rest.partition(".")
    complete = len(prefix) + len(reference) == digits and (reference.isdecimal() or not reference)
    return (reference, tail) if complete and dot else None


def _serial(tail: str) -> str | None:
    return tail.translate(_ESCAPED) if _SERIAL.fullmatch(tail) else None


@lru_cache(maxsize=4096)
def _gtin(prefix: str, reference: str) -> str:
    raw = reference[:1] + prefix + reference[1:]
    return raw + check_digit(raw)


def _trade_item(qualifier: str) -> Callable[[str, str], str | None]:
    def make(prefix: str, rest: str) -> str | None:
        parts = _split(rest, prefix, 13)
        if parts is None:
            return None
        if not qualifier:
            return f"01/{_gtin(prefix, parts[0])}" if parts[1] == "*" else None
        serial = _serial(parts[1])
        return None if serial is None else f"01/{_gtin(prefix, parts[0])}/{qualifier}/{serial}"

    return make


def _thirteen(key: str, *, lead: str = "", join: str | None = "", pattern: bool = False) -> Callable[[str, str], str | None]:
    """Make a key of twelve digits and a check digit; `join` is what stands before the serial."""

    def make(prefix: str, rest: str) -> str | None:
        parts = _split(rest if join is not None else rest + ".", prefix, 12)
        if parts is None:
            return None
        raw = lead + prefix + parts[0]
        number = f"{key}/{raw}{check_digit(raw)}"
        if join is None or pattern:
            return number if parts[1] == ("*" if pattern else "") else None
        if key == "414" and parts[1] == "0":
            return number
        serial = _serial(parts[1])
        return None if serial is None else number + join + serial

    return make


def _digits(key: str, digits: int, *, first: bool = False) -> Callable[[str, str], str | None]:
    """Make a key of digits alone; the SSCC moves its extension digit to the front."""

    def make(prefix: str, rest: str) -> str | None:
        if not rest.isdecimal() or len(prefix) + len(rest) != digits:
            return None
        raw = rest[0] + prefix + rest[1:] if first else prefix + rest
        return f"{key}/{raw}{check_digit(raw)}"

    return make


def _free(key: str) -> Callable[[str, str], str | None]:
    def make(prefix: str, rest: str) -> str | None:
        serial = _serial(rest)
        return None if serial is None else f"{key}/{prefix}{serial}"

    return make


def _component(prefix: str, rest: str) -> str | None:
    reference, dot, serial = rest.rpartition(".")
    return f"8010/{prefix}{reference}/8011/{serial}" if dot and reference and serial.isdecimal() else None


def _component_class(prefix: str, rest: str) -> str | None:
    reference, dot, star = rest.rpartition(".")
    return f"8010/{prefix}{reference}" if dot and reference and star == "*" else None


def _piece(prefix: str, rest: str) -> str | None:
    parts = _split(rest, prefix, 13)
    pieces = parts[1].split(".", 2) if parts else []
    if parts is None or len(pieces) != 3 or not all(len(piece) == 2 and piece.isdecimal() for piece in pieces[:2]):  # noqa: PLR2004 - two digits each
        return None
    number = f"8006/{_gtin(prefix, parts[0])}{pieces[0]}{pieces[1]}"
    if pieces[2] == "*":
        return number
    serial = _serial(pieces[2])
    return None if serial is None else f"{number}/21/{serial}"


_SCHEMES: dict[tuple[str, str], Callable[[str, str], str | None]] = {
    ("id", "sgtin"): _trade_item("21"),
    ("id", "upui"): _trade_item("235"),
    ("class", "lgtin"): _trade_item("10"),
    ("idpat", "sgtin"): _trade_item(""),
    ("idpat", "upui"): _trade_item(""),
    ("id", "itip"): _piece,
    ("idpat", "itip"): _piece,
    ("id", "sscc"): _digits("00", 17, first=True),
    ("id", "sgln"): _thirteen("414", join="/254/"),
    ("id", "pgln"): _thirteen("417", join=None),
    ("id", "gsrn"): _digits("8018", 17),
    ("id", "gsrnp"): _digits("8017", 17),
    ("id", "gsin"): _digits("402", 16),
    ("id", "grai"): _thirteen("8003", lead="0"),
    ("id", "gdti"): _thirteen("253"),
    ("id", "sgcn"): _thirteen("255"),
    ("idpat", "grai"): _thirteen("8003", lead="0", pattern=True),
    ("idpat", "gdti"): _thirteen("253", pattern=True),
    ("idpat", "sgcn"): _thirteen("255", pattern=True),
    ("id", "giai"): _free("8004"),
    ("id", "ginc"): _free("401"),
    ("id", "cpi"): _component,
    ("idpat", "cpi"): _component_class,
}


def _from_link(uri: str) -> str | None:
    """Find the first key in the path of a web address and keep it with its finest qualifier."""
    parts = uri.partition("#")[0].partition("?")[0].split("/")[3:]
    names = [SHORT_NAMES.get(part, part) for part in parts]
    for place in range(len(parts) - 1):
        key = names[place]
        if key not in _KEYS or not _KEYS[key].fullmatch(parts[place + 1]):
            continue
        rest = zip(names[place + 2 :: 2], parts[place + 3 :: 2], strict=False)
        value = parts[place + 1].zfill(_GTIN) if key == "01" else parts[place + 1]
        return DOMAIN + f"{key}/{value}" + _finest(key, dict(rest))
    return None


def _finest(key: str, found: dict[str, str]) -> str:
    for name, pattern in _QUALIFIERS[key].items():
        if name in found and pattern.fullmatch(found[name]):
            return f"/{name}/{found[name]}"
    return ""
