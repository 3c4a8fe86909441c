# SPDX-License-Identifier: Apache-2.0
"""Published numbers as they are written: a bound, a range, a ratio, a list; never only what ``float`` accepts."""

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from sichen.core import JSON

Kind = Literal["number", "bound", "range", "ratio", "list", "text"]
NUMBER = r"[+\-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[+\-]?\.\d+"
_ONE = re.compile(rf"({NUMBER})\s*%?")
_BOUND = re.compile(
    rf"(>=|<=|>|<|at least|at most|more than|over|under|less than|超过|不少于|不低于|不超过|至少|少于)\s*({NUMBER})\s*%?"
)
_AFTER = re.compile(rf"({NUMBER})\s*%?\s*(以上|以下|余|多|\+)")
_RANGE = re.compile(rf"({NUMBER})\s*(?:-|\.\.|~|to|至)\s*((?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)\s*%?")
_ABOUT = re.compile(
    r"^(?:about|around|approx\.?|nearly|~|约|近|大约)\s*|\s*\((?:about|nearly|approx\.?)\)$|\s*左右$", re.IGNORECASE
)
_COUNTED = re.compile(rf"(?:{NUMBER})\s+[^\d+/;]+(?:[+/;]\s*(?:{NUMBER})\s+[^\d+/;]+)+")
_RELATIONS = {
    "at least": ">=",
    "不少于": ">=",
    "不低于": ">=",
    "至少": ">=",
    "more than": ">",
    "over": ">",
    "超过": ">",
    "at most": "<=",
    "不超过": "<=",
    "under": "<",
    "less than": "<",
    "少于": "<",
    "以上": ">=",
    "以下": "<=",
    "余": ">",
    "多": ">",
    "+": ">",
}
SURE_DIGITS = 2  # of a whole number that ends in zeros, at least two digits are taken as meant


@dataclass(frozen=True)
class Value:
    """A published value.

    Parameters
    ----------
    text : str
        As it was written.
    kind : {"number", "bound", "range", "ratio", "list", "text"}
    numbers : tuple of float
        One for a number or bound, two for a range, all terms of a ratio or list; empty for text.
    relation : str
        ``>``, ``>=``, ``<`` or ``<=`` for a bound.
    steps : tuple of float
        For each number the step of its last written digit.
    about : bool
        Whether the writer says it is approximate.
    """

    text: str
    kind: Kind
    numbers: tuple[float, ...] = ()
    relation: str = ""
    steps: tuple[float, ...] = ()
    about: bool = False

    @property
    def point(self) -> float | None:
        """The value where it is a single number, also one that is only approximate; None otherwise."""
        return self.numbers[0] if self.kind == "number" else None

    @property
    def total(self) -> float | None:
        """The point, or the sum of a list written with plus signs; None where neither is meant."""
        if self.kind == "list" and "+" in self.text and self.numbers:
            return math.fsum(self.numbers)
        return self.point

    def interval(self) -> tuple[float, float]:
        """Return what the written value leaves open, by rounding or by its bound.

        Returns
        -------
        lower, upper : float
            Infinite on an open side. Approximate values are open by five per cent.

        Examples
        --------
        >>> read_value("4.7").interval(), read_value("2-3").interval(), read_value(">300").interval()
        ((4.65, 4.75), (2.0, 3.0), (300.0, inf))
        """
        if self.kind == "bound":
            return (self.numbers[0], math.inf) if self.relation.startswith(">") else (-math.inf, self.numbers[0])
        if self.kind == "range":
            return self.numbers[0], self.numbers[1]
        if self.kind != "number":
            return -math.inf, math.inf
        half = max(self.steps[0] / 2, 0.05 * abs(self.numbers[0]) if self.about else 0.0)
        return round(self.numbers[0] - half, 12), round(self.numbers[0] + half, 12)

    def to_json(self) -> dict[str, JSON]:
        """Return the value as plain JSON."""
        return {
            "text": self.text,
            "kind": self.kind,
            "numbers": list(self.numbers),
            "relation": self.relation,
            "about": self.about,
        }


def read_value(text: str) -> Value:
    """Read a published value; nothing is refused, what holds no number is text.

    Parameters
    ----------
    text : str
        ``61.4``, ``1,030``, ``>=15``, ``2-3``, ``1:14:85``, ``1100+648``, ``564 / 73563``, ``约20`` and the like;
        full-width digits and signs are read as their plain forms.

    Returns
    -------
    Value

    Examples
    --------
    >>> [read_value(text).kind for text in ("61.4", ">=15", "2-3", "1:14:85", "1100+648", "564 / 73563", "list")]
    ['number', 'bound', 'range', 'ratio', 'list', 'list', 'text']
    >>> read_value("1:14:85").numbers
    (1.0, 14.0, 85.0)
    """
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-").replace("：", ":").strip()
    plain = plain.replace("≥", ">=").replace("≧", ">=").replace("≤", "<=").replace("≦", "<=")
    about = _ABOUT.search(plain) is not None
    plain = _ABOUT.sub("", plain).strip()
    return _single(text, plain, about=about) or _several(text, plain, about=about) or Value(text, "text")


def _single(text: str, plain: str, *, about: bool) -> Value | None:
    """Read a number, a bound or a range."""
    if match := _ONE.fullmatch(plain):
        return _made(text, "number", match.group(1), about=about)
    if match := _BOUND.fullmatch(plain):
        return _made(text, "bound", match.group(2), relation=_RELATIONS.get(match.group(1), match.group(1)))
    if match := _AFTER.fullmatch(plain):
        return _made(text, "bound", match.group(1), relation=_RELATIONS[match.group(2)])
    if (match := _RANGE.fullmatch(plain)) and number(match.group(1)) <= number(match.group(2)):
        return _made(text, "range", *match.groups(), about=about)
    return None


def _several(text: str, plain: str, *, about: bool) -> Value | None:
    """Read a ratio or a list."""
    for kind, sign in (("ratio", ":"), ("list", "/"), ("list", "+"), ("list", ";")):
        parts = [part.strip() for part in plain.split(sign)]
        if len(parts) > 1 and all(_ONE.fullmatch(part) for part in parts):
            return _made(text, "ratio" if kind == "ratio" else "list", *(part.rstrip("% ") for part in parts), about=about)
    if _COUNTED.fullmatch(plain):
        return _made(text, "list", *re.findall(rf"({NUMBER})\s+[^\d+/;]+", plain))
    return Value(text, "list") if ";" in plain else None


def number(text: str) -> float:
    """Return a written number; thousands commas and a real minus sign are allowed."""
    return float(text.replace(",", "").replace("−", "-"))


def step(text: str) -> float:
    """Return the step of the last digit that was meant.

    Examples
    --------
    >>> step("4.70"), step("15500"), step("1030"), step("10000")
    (0.01, 100.0, 10.0, 1000.0)
    """
    digits = text.replace(",", "").lstrip("+-−")
    if "." in digits:
        return float(f"1e-{len(digits.partition('.')[2])}")
    zeros = len(digits) - len(digits.rstrip("0"))
    return 10.0 ** max(min(zeros, len(digits) - SURE_DIGITS), 0)


def _made(text: str, kind: Kind, *written: str, relation: str = "", about: bool = False) -> Value:
    return Value(text, kind, tuple(map(number, written)), relation, tuple(map(step, written)), about)
