# SPDX-License-Identifier: Apache-2.0
"""Units of published figures: scale, what is counted, in which currency, and what the writer adds in brackets."""

import re
import unicodedata
from dataclasses import dataclass

SCALES = {
    "trillion": 1e12, "万亿": 1e12, "billions": 1e9, "billion": 1e9, "bn": 1e9, "bln": 1e9, "mrd": 1e9, "mrd.": 1e9, "十亿": 1e9,
    "hundred million": 1e8, "100 million": 1e8, "100m": 1e8, "亿": 1e8, "千万": 1e7, "crore": 1e7, "millions": 1e6,
    "million": 1e6, "mln": 1e6, "mn": 1e6, "mio": 1e6, "mio.": 1e6, "m": 1e6, "百万": 1e6, "ten thousand": 1e4, "10 thousand": 1e4,
    "10,000": 1e4, "10000": 1e4, "10k": 1e4, "万": 1e4, "thousands": 1e3, "thousand": 1e3, "1,000": 1e3, "1000": 1e3, "'000": 1e3,
    "000": 1e3, "k": 1e3, "千": 1e3,
}  # fmt: skip
CURRENCIES = {
    "CNY": "CNY", "RMB": "CNY", "RENMINBI": "CNY", "YUAN": "CNY", "人民币元": "CNY", "人民币": "CNY", "元": "CNY", "USD": "USD",
    "US$": "USD", "US DOLLARS": "USD", "US DOLLAR": "USD", "DOLLARS": "USD", "美元": "USD", "美金": "USD", "HKD": "HKD", "HK$": "HKD",
    "港元": "HKD", "港币": "HKD", "CHF": "CHF", "SWISS FRANCS": "CHF", "瑞士法郎": "CHF", "瑞郎": "CHF", "EUR": "EUR", "EUROS": "EUR",
    "欧元": "EUR", "JPY": "JPY", "日元": "JPY", "INR": "INR",
}  # fmt: skip
_MONEY = re.compile(
    "|".join(rf"(?<![A-Z]){re.escape(word)}(?![A-Z])" if word.isascii() else re.escape(word) for word in sorted(CURRENCIES, key=len, reverse=True)),
    re.IGNORECASE,
)  # fmt: skip
_PIECES = {"", "piece", "pieces", "pcs", "pc", "units", "unit", "watch", "watches", "clock", "clocks", "items", "只", "块", "件", "台", "个", "支", "枚", "套", "座"}  # fmt: skip
_PERCENT = re.compile(r"%|per ?cent(?!age)\b|percentage(?! ?points?)|pct\b|百分比|百分之", re.IGNORECASE)
_POINTS = re.compile(r"percentage points?|个?百分点|\bpp\b|% ?points?", re.IGNORECASE)
_PER = re.compile(r"\s*/\s*|\s+per\s+|每", re.IGNORECASE)
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
    >>> read_unit("亿元").scale, read_unit("brands (more than)").at_least, read_unit("US$ million").scale
    (100000000.0, True, 1000000.0)
    >>> [read_unit(text).dimension for text in ("万只", "元/只", "个百分点", "percent", "USD per piece")]
    ['piece', 'CNY/piece', 'points', '%', 'USD/piece']
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    said = _QUALIFIER.search(plain)
    plain = re.sub(r"\s*\([^)]*\)", "", plain).strip()
    about = said is not None and said.group(1) in _ABOUT
    at_least = said is not None and not about
    if _POINTS.match(plain):
        return Measure(text, 1.0, "points", about, at_least)
    if _PERCENT.match(plain):
        return Measure(text, 1.0, "%", about, at_least)
    head, per = [*_PER.split(plain, maxsplit=1), ""][:2]
    money = _MONEY.search(head)
    scale, rest = _scaled(
        re.sub(r"\s+", " ", head if money is None else f"{head[: money.start()]} {head[money.end() :]}").strip()
    )
    if money is not None:
        over = "/piece" if per and (per.strip().lower() in _PIECES) else f"/{per.strip()}" if per else ""
        return Measure(text, scale, CURRENCIES[money.group(0).upper()] + over, about, at_least)
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
