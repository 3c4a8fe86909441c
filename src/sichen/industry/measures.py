# SPDX-License-Identifier: Apache-2.0
"""Units of published figures: scale, what is counted, in which currency, and what the writer adds in brackets."""

import re
import unicodedata
from dataclasses import dataclass

SCALES = {
    "bn": 1e9,
    "billion": 1e9,
    "十亿": 1e9,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "百万": 1e6,
    "thousand": 1e3,
    "k": 1e3,
    "千": 1e3,
    "万": 1e4,
    "100m": 1e8,
    "亿": 1e8,
    "crore": 1e7,
}
CURRENCIES = {
    "CNY": "CNY",
    "RMB": "CNY",
    "元": "CNY",
    "人民币": "CNY",
    "USD": "USD",
    "US$": "USD",
    "美元": "USD",
    "HKD": "HKD",
    "港元": "HKD",
    "CHF": "CHF",
    "瑞士法郎": "CHF",
    "EUR": "EUR",
    "欧元": "EUR",
    "JPY": "JPY",
    "INR": "INR",
}
_PIECES = {"", "piece", "pieces", "pcs", "units", "unit", "watches", "clocks", "只", "块", "件", "台"}
_QUALIFIER = re.compile(r"\((about|at least|more than|nearly|two thirds|约|以上)\)")
_ABOUT = {"about", "nearly", "two thirds", "约"}


@dataclass(frozen=True)
class Measure:
    """A unit taken apart.

    Parameters
    ----------
    text : str
        As it was written.
    scale : float
        What a written 1 stands for in units of `dimension`.
    dimension : str
        A currency, ``%``, ``piece``, ``currency/piece``, or the noun that was counted.
    about, at_least : bool
        What the brackets say.
    """

    text: str
    scale: float
    dimension: str
    about: bool = False
    at_least: bool = False

    @property
    def currency(self) -> str:
        """The currency, or an empty text."""
        head = self.dimension.partition("/")[0]
        return head if head in CURRENCIES.values() else ""

    @property
    def is_amount(self) -> bool:
        """Whether it is a quantity that adds up over parts: money or pieces, not a price, share or index."""
        return self.dimension == "piece" or (bool(self.currency) and "/" not in self.dimension)

    @property
    def is_price(self) -> bool:
        """Whether it is money per piece."""
        return bool(self.currency) and self.dimension.endswith("/piece")


def read_unit(text: str) -> Measure:
    """Take a unit apart; an unknown noun is its own dimension.

    Examples
    --------
    >>> read_unit("bn CNY"), read_unit("USD/piece").is_price, read_unit("million").dimension
    (Measure(text='bn CNY', scale=1000000000.0, dimension='CNY', about=False, at_least=False), True, 'piece')
    >>> read_unit("亿元").scale, read_unit("brands (more than)").at_least
    (100000000.0, True)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    said = _QUALIFIER.search(plain)
    plain = re.sub(r"\s*\([^)]*\)", "", plain).strip()
    about = said is not None and said.group(1) in _ABOUT
    at_least = said is not None and not about
    if plain.startswith("%"):
        return Measure(text, 1.0, "%", about, at_least)
    head, _, per = plain.partition("/")
    scale, rest = _scaled(head.strip())
    currency = next((code for word, code in CURRENCIES.items() if rest.upper() == word or rest.startswith(word)), "")
    if currency:
        over = "/piece" if per and (per.strip().lower() in _PIECES) else f"/{per.strip()}" if per else ""
        return Measure(text, scale, currency + over, about, at_least)
    noun = rest.lower()
    if (noun in _PIECES and (noun or scale > 1)) and not per:
        return Measure(text, scale, "piece", about, at_least)
    return Measure(text, scale, (noun + ("/" + per.strip() if per else "")) or "1", about, at_least)


def _scaled(text: str) -> tuple[float, str]:
    """Split a leading scale from what it scales."""
    for word in sorted(SCALES, key=len, reverse=True):
        if text.lower().startswith(word):
            rest = text[len(word) :]
            if not word.isascii() or rest == "" or rest.startswith(" "):
                return SCALES[word], rest.strip()
    return 1.0, text
