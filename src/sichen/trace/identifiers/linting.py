# SPDX-License-Identifier: Apache-2.0
"""The tests that the parts of a field must pass."""

import re
from collections.abc import Callable, Mapping

from sichen.core import Message
from sichen.trace.identifiers.calendar_tests import TESTS as CALENDAR_TESTS
from sichen.trace.identifiers.check_digits import CHARACTERS, check_pair, has_check_digit
from sichen.trace.identifiers.coupon_tests import coupon, coupon_offer
from sichen.trace.identifiers.table import Identifier, Part, codes

Test = Callable[[str], str | None]

KINDS: Mapping[str, re.Pattern[str]] = {
    "N": re.compile(r"[0-9]*"),
    "X": re.compile(f"[{re.escape(CHARACTERS)}]*"),
    "Y": re.compile(r"[#\-/0-9A-Z]*"),
    "Z": re.compile(r"[A-Za-z0-9_-]*={0,2}"),
}
SHORTEST_PREFIX = 4
LONGEST_PAIRED = 25
QUARTER_TURN = 900_000_000
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{1,30}")
IMPORTER_INDEX = re.compile(r"[-0-9A-Z_a-z]")
PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
POSITION = re.compile(r"([0-9]+)/([0-9]+)")


def find_fault(entry: Identifier, value: str) -> Message | None:
    """Test the value of one field.

    Parameters
    ----------
    entry : Identifier
    value : str

    Returns
    -------
    Message or None
        What is wrong first, or None.

    Examples
    --------
    >>> from sichen.trace.identifiers import identifiers
    >>> print(find_fault(identifiers()["01"], "09520123456789").text())
    (01) '09520123456789': the check digit is wrong
    """
    fault = _fault(entry, value)
    return None if fault is None else Message(f"trace.identifiers.lint.{fault}", ai=entry.ai, value=value)


def _fault(entry: Identifier, value: str) -> str | None:
    rest = value
    for part in entry.parts:
        if not rest and part.optional:
            break
        piece, rest = rest[: part.most], rest[part.most :]
        if len(piece) < part.least:
            return "too_short"
        if KINDS[part.kind].fullmatch(piece) is None:
            return f"kind_{part.kind.lower()}"
        fault = _first(part, piece)
        if fault is not None:
            return fault
    return "too_long" if rest else None


def _first(part: Part, piece: str) -> str | None:
    return next((fault for test in part.tests if (fault := TESTS[test](piece)) is not None), None)


def _unless(good: Callable[[str], bool], fault: str) -> Test:
    return lambda value: None if good(value) else fault


def _member(name: str, fault: str) -> Test:
    return lambda value: None if value in codes(name) else fault


def _company_prefix(value: str) -> str | None:
    head = value[:SHORTEST_PREFIX]
    return None if len(head) == SHORTEST_PREFIX and head.isascii() and head.isdigit() else "company_prefix"


def _check_pair(value: str) -> str | None:
    if not 2 < len(value) <= LONGEST_PAIRED:  # noqa: PLR2004 - the pair and at least one character
        return "check_pair"
    return None if check_pair(value[:-2]) == value[-2:] else "check_pair"


def _iban(value: str) -> str | None:
    if IBAN.fullmatch(value) is None or value[:2] not in codes("country_letters") | {"XK"}:
        return "iban"
    # ISO 7064 MOD 97-10: letters count from 10, the first four characters go to the end.
    number = int("".join(str(int(character, 36)) for character in value[4:] + value[:4]))
    return None if number % 97 == 1 else "iban"


def _piece_of_total(value: str) -> str | None:
    piece, total = value[:2], value[2:]
    return None if "00" < piece <= total else "piece_of_total"


def _position_of_total(value: str) -> str | None:
    match = POSITION.fullmatch(value)
    if match is None or "0" in (match[1][0], match[2][0]):
        return "position_of_total"
    return None if int(match[1]) <= int(match[2]) else "position_of_total"


TESTS: Mapping[str, Test] = {
    **CALENDAR_TESTS,
    "check-digit": _unless(has_check_digit, "check_digit"),
    "check-pair": _check_pair,
    "company-prefix": _company_prefix,
    "company-prefix-2": lambda value: _company_prefix(value[1:]),
    "coupon": coupon,
    "coupon-offer": coupon_offer,
    "country": _member("countries", "country"),
    "country-or-999": _unless(lambda value: value == "999" or value in codes("countries"), "country"),
    "country-letters": _member("country_letters", "country"),
    "currency": _member("currencies", "currency"),
    "has-non-digit": _unless(lambda value: not (value.isascii() and value.isdigit()), "has_non_digit"),
    "iban": _iban,
    "importer-index": _unless(lambda value: IMPORTER_INDEX.fullmatch(value) is not None, "importer_index"),
    "latitude": _unless(lambda value: int(value) <= 2 * QUARTER_TURN, "latitude"),
    "longitude": _unless(lambda value: int(value) <= 4 * QUARTER_TURN, "longitude"),
    "media-type": _member("media_types", "media_type"),
    "minus": _unless(lambda value: value == "-", "minus"),
    "no-leading-zero": _unless(lambda value: value == "0" or not value.startswith("0"), "leading_zero"),
    "not-zero": _unless(lambda value: int(value) > 0, "zero"),
    "package-type": _member("package_types", "package_type"),
    "percent-encoded": _unless(lambda value: PERCENT.search(value) is None, "percent_encoded"),
    "piece-of-total": _piece_of_total,
    "position-of-total": _position_of_total,
    "sex": _unless(lambda value: value in {"0", "1", "2", "9"}, "sex"),
    "winding": _unless(lambda value: value in {"0", "1", "9"}, "winding"),
    "yes-no": _unless(lambda value: value in {"0", "1"}, "yes_no"),
    "zero": _unless(lambda value: set(value) <= {"0"}, "not_zero"),
}
