# SPDX-License-Identifier: Apache-2.0
"""Amounts in the cells of a table, as offices type them: full-width digits, thousands, per cent signs, powers of ten."""

import re
import unicodedata

from sichen.industry.values import NUMBER, number, step

_SPACED = re.compile(r"(?<=\d)[ '](?=\d{3}(?!\d))")
_POWER = re.compile(rf"({NUMBER})[eE]([+\-]?\d{{1,2}})")


def plain_amount(text: str) -> str:
    """Return an amount in plain digits: narrow forms, a real minus sign, thousands joined, no per cent sign.

    Examples
    --------
    >>> plain_amount("１，２３４．５"), plain_amount("1 234 567"), plain_amount("−30 %")
    ('1,234.5', '1234567', '-30')
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace("–", "-")
    return _SPACED.sub("", plain).removesuffix("%").strip()


def read_amount(text: str) -> float | None:
    """Read one number of a cell; None where it is none.

    Parameters
    ----------
    text : str

    Returns
    -------
    float or None
        With a per cent sign the number before it: 30 for ``30%``.

    Examples
    --------
    >>> read_amount("２，３４５"), read_amount("3E+03"), read_amount("30%"), read_amount("1.234,5"), read_amount("n/a")
    (2345.0, 3000.0, 30.0, None, None)
    """
    plain = plain_amount(text)
    if re.fullmatch(NUMBER, plain):
        return number(plain)
    if match := _POWER.fullmatch(plain):
        return number(match.group(1)) * 10.0 ** int(match.group(2))
    return None


def is_percent(text: str) -> bool:
    """Tell whether a cell carries a per cent sign."""
    return unicodedata.normalize("NFKC", text).strip().endswith("%")


def half_step(text: str) -> float:
    """Return half the step of the last written digit of an amount; 0 where it is none."""
    plain = plain_amount(text)
    if not re.fullmatch(NUMBER, plain):
        return 0.0
    return step(plain) / 2 if "." in plain else 0.5
