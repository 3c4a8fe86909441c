# SPDX-License-Identifier: Apache-2.0
"""Amounts and ranges as people read them."""

import math

from sichen.brand.valuation.inputs import Case
from sichen.core import Language

THOUSAND = 1000
_SCALES = {
    1.0: ("", ""),
    1e3: ("thousand ", "千"),
    1e4: ("ten thousand ", "万"),
    1e6: ("million ", "百万"),
    1e8: ("hundred million ", "亿"),
    1e9: ("billion ", "十亿"),
}


def money(number: float) -> str:
    """Write an amount with thin spaces, or four digits where it is small; infinity and what is no number as ∞.

    Examples
    --------
    >>> money(12345.6).replace(chr(0x202F), " "), money(0.51239), money(float("inf"))
    ('12 346', '0.5124', '∞')
    """
    if not abs(number) < float("inf"):
        return "∞"
    text = f"{number:,.0f}".replace(",", "\u202f") if abs(number) >= THOUSAND else f"{number:.4g}"
    return text.replace("-", "−")


def rounded(number: float, low: float, high: float | None) -> str:
    """Write an amount with only the digits that its interval allows; four where it has none.

    Examples
    --------
    >>> rounded(811.53, 496.5, 1121.4), rounded(811.53, 811.53, 811.53)
    ('810', '811.5')
    """
    u = (high - low) / 3.29 if high is not None else low / 3.29
    if not u > 0:
        return money(number)
    exponent = math.floor(math.log10(u))
    decimals = -exponent + (1 if u / 10.0**exponent < 2.95 else 0)  # noqa: PLR2004 - as `Figure` rounds
    return f"{round(number, decimals):,.{max(decimals, 0)}f}".replace(",", "\u202f").replace("-", "−")


def span(low: float, high: float | None, *, digits: int = 0) -> str:
    """Write a range; a dash where both ends are one.

    Examples
    --------
    >>> span(-0.0094, 0.0894, digits=3), span(1.0, None), span(2.0, 2.0)
    ('−0.0094 … 0.0894', '1 … ∞', '—')
    """
    if high is not None and low == high:
        return "—"
    ends = (low, float("inf") if high is None else high)
    return " … ".join(
        f"{end:.{digits}g}".replace("-", "−") if digits and abs(end) < float("inf") else money(end) for end in ends
    )


def unit_of(case: Case, language: Language) -> str:
    """Return the money unit of a case in words."""
    words = _SCALES.get(case.scale, (f"{case.scale:g} × ", f"{case.scale:g} × "))
    return f"{words[language == 'zh']}{case.currency}"
