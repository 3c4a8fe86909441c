# SPDX-License-Identifier: Apache-2.0
"""What a scanner sends: a symbology identifier (ISO/IEC 15424) and the data."""

import re
from dataclasses import dataclass
from typing import Literal

from sichen.core import DataError, Message
from sichen.trace.identifiers.check_digits import has_check_digit
from sichen.trace.identifiers.elements import FNC1, GROUP_SEPARATOR, ElementString, checked, read_unbracketed

Content = Literal["plain", "fields", "item"]

CARRIERS: dict[str, tuple[str, Content]] = {
    "]Q1": ("QR", "plain"),
    "]Q3": ("QR", "fields"),
    "]d1": ("DM", "plain"),
    "]d2": ("DM", "fields"),
    "]J0": ("DotCode", "plain"),
    "]J1": ("DotCode", "fields"),
    "]C1": ("GS1_128_CCA", "fields"),
    "]e0": ("DataBarExpanded", "fields"),
    "]E0": ("EAN13", "item"),
    "]E4": ("EAN8", "item"),
}
ITEM_DIGITS = {"EAN13": 13, "EAN8": 8}
COMPOSITE = "|]e0"
_LOOKS_LIKE_FIELDS = re.compile(r"\\*\^")


@dataclass(frozen=True)
class Scan:
    """One scan, understood.

    Parameters
    ----------
    symbology : str
        ``QR``, ``DM``, ``DotCode``, ``DataBarExpanded``, ``GS1_128_CCA``, ``EAN13`` or ``EAN8``.
    text : str
        The data with ``^`` for FNC1; plain text that begins like fields has a backslash before it.
    fields : ElementString or None
        The fields, where the carrier says that it has some.
    """

    symbology: str
    text: str
    fields: ElementString | None


def read_scan(data: str) -> Scan:
    r"""Understand what a scanner sent.

    Parameters
    ----------
    data : str
        Three characters of symbology identifier, then the data with ASCII 29 for FNC1.

    Returns
    -------
    Scan

    Raises
    ------
    DataError
        If the symbology is not one that carries GS1 data, or the fields are wrong.

    Examples
    --------
    >>> read_scan("]d20109520123456788" + "10LOT7" + chr(29) + "2100042").text
    '^010952012345678810LOT7^2100042'
    """
    carrier = CARRIERS.get(data[:3])
    if carrier is None:
        raise DataError(Message("trace.identifiers.unknown_symbology", found=data[:3]))
    symbology, content = carrier
    body = data[3:]
    if content == "plain":
        return Scan(symbology, f"\\{body}" if _LOOKS_LIKE_FIELDS.match(body) else body, None)
    if content == "fields":
        text, fields = _fields(body)
        return Scan(symbology, text, fields)
    return _item(symbology, body)


def _fields(body: str) -> tuple[str, ElementString]:
    if FNC1 in body:
        raise DataError(Message("trace.identifiers.no_fnc1", text=body))
    text = FNC1 + body.replace(GROUP_SEPARATOR, FNC1)
    return text, read_unbracketed(text)


def _item(symbology: str, body: str) -> Scan:
    digits, composite, rest = body.partition(COMPOSITE)
    if len(digits) != ITEM_DIGITS[symbology] or not has_check_digit(digits):
        raise DataError(Message("trace.identifiers.no_item_number", value=digits, digits=ITEM_DIGITS[symbology]))
    item = checked("01", digits.zfill(14))
    if not composite:
        return Scan(symbology, digits, ElementString((item,)))
    text, fields = _fields(rest)
    return Scan(symbology, f"{digits}|{text}", ElementString((item, *fields)))
