# SPDX-License-Identifier: Apache-2.0
"""Numbers as text: exact decimals, one spelling for each value."""

import re
from decimal import Context, Decimal

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
LARGEST_EXPONENT = 400
"""Beyond 1e±400 a text stays as it is: nobody measured it, and written out it would fill a page."""
LONGEST = 1000
"""Text longer than this is not taken for a number."""


def looks_numeric(text: str) -> bool:
    """Tell whether a text could be read as a decimal number.

    Examples
    --------
    >>> [looks_numeric(text) for text in ("0012", "1e3", "1_000", "infinity")]
    [True, True, False, False]
    """
    return len(text) <= LONGEST and _NUMBER.fullmatch(text) is not None


def plain(value: Decimal) -> str:
    """Write a decimal without exponent, needless zeros or a negative zero.

    Examples
    --------
    >>> plain(Decimal("1.50e1")), plain(Decimal("-0.0")), plain(Decimal("0.00001"))
    ('15', '0', '0.00001')
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", "0"} else text


def number_text(text: str) -> str:
    """Write text that looks like a number in its one spelling; other text comes back as it is.

    Examples
    --------
    >>> number_text("+012.50"), number_text("12345678901234567"), number_text("1e3"), number_text("AB-12")
    ('12.5', '12345678901234567', '1000', 'AB-12')
    """
    if not text or text[0] not in "0123456789+-." or not looks_numeric(text):
        return text
    if text.isdecimal():
        return text.lstrip("0") or "0"
    exponent = text.lower().partition("e")[2]
    if exponent and (len(exponent) > 5 or abs(int(exponent)) > LARGEST_EXPONENT):  # noqa: PLR2004 - digits
        return text
    return plain(Decimal(text, Context(prec=2 * LONGEST)))


def fits_double(text: str) -> bool:
    """Tell whether a double holds a decimal so that it prints back with the same value.

    Examples
    --------
    >>> fits_double("0.1"), fits_double("12345678901234567")
    (True, False)
    """
    try:
        return Decimal(repr(float(text))) == Decimal(text)
    except (OverflowError, ArithmeticError):
        return False
