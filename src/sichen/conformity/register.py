# SPDX-License-Identifier: Apache-2.0
"""The register of standards: which exist, how old they are, what they cover, and how we know."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources

from sichen.core import JSON, ConfigError, Message, NotFound

GRADES = {"A": 3, "B": 2, "C": 1, "none": 0}
STATUSES = ("in force", "in use", "replaced", "withdrawn", "to verify", "not found")
_LETTERS = r"[A-Z]+"
_KEY = re.compile(
    rf"({_LETTERS})(?:[ /.\-]*({_LETTERS})(?=[ /.\-]*\d))?[ /.\-]*(\d+(?:[.\-]\d{{1,2}}(?!\d))*)(?:[ :\-]*((?:19|20)\d\d))?"
)
# People leave out the T of recommended standards and the partner of joint ones.
_LOOSE = ({"GB", "GBT"}, {"QB", "QBT"}, {"ISO", "ISOIEC"})
_SPOKEN = {"国标": "GB", "轻标": "QB", "行标": "QB", "推荐性国标": "GB/T"}


@dataclass(frozen=True)
class Standard:
    """One document of the register.

    Parameters
    ----------
    number : str
        As it is written on the document; `also` holds the others of the same row.
    title_en, title_zh : str
        Empty where no source gave one: a title is never made up.
    year : int or None
        Of the edition; None where no source gave one.
    edition : str
        As the sources say it: editions, dates of issue and of force.
    status : str
        One of `STATUSES`; `status_note` says it in full.
    scope, criteria : str
        What it covers, and its numbers. No text of a standard stands here.
    source, grade, graded : str
        Where this was read; A primary or two independent sources, B one secondary, C recalled, none not found;
        what exactly the grade is for.
    verified : bool
        Whether everything in `criteria` is of grade A.
    equivalent, replaces : tuple of str
        Numbers of the same content, and of earlier editions.
    replaced_by : str
        Empty while it stands.
    """

    number: str
    title_en: str
    title_zh: str
    edition: str
    status: str
    status_note: str
    scope: str
    criteria: str
    source: str
    grade: str
    graded: str
    verified: bool
    year: int | None = None
    also: tuple[str, ...] = ()
    equivalent: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    replaced_by: str = ""

    def __post_init__(self) -> None:
        if not self.source.strip() or self.grade not in GRADES or self.status not in STATUSES:
            raise ConfigError(Message("conformity.register.unsourced", number=self.number))

    @property
    def numbers(self) -> tuple[str, ...]:
        """All numbers of the row, the main one first."""
        return (self.number, *self.also)

    @property
    def flagged(self) -> bool:
        """Whether a page must say that the numbers were not verified."""
        return not self.verified

    def age(self, *, year: int) -> int | None:
        """Return the age of the edition (标龄) in whole years, or None when its year is not known."""
        return None if self.year is None else year - self.year

    def to_json(self) -> dict[str, JSON]:
        """Return the row as plain JSON."""
        row: dict[str, JSON] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            row[field.name] = list(value) if isinstance(value, tuple) else value
        return row


@dataclass(frozen=True)
class Overlap:
    """Two documents of the register that cover the same thing, and why we say so."""

    left: str
    right: str
    reason: str


@cache
def standards() -> tuple[Standard, ...]:
    """Return all standards of the register.

    Examples
    --------
    >>> len(standards()) >= 80
    True
    """
    text = resources.files("sichen.conformity").joinpath("data/standards.toml").read_text(encoding="utf-8")
    return read_register(text)


def read_register(text: str) -> tuple[Standard, ...]:
    """Read a register from TOML.

    Raises
    ------
    ConfigError
        If a row has an unknown key, no source or no grade, or a number comes twice.
    """
    rows = tuple(_row(row) for row in tomllib.loads(text)["standard"])
    seen: set[str] = set()
    for row in rows:
        for number in row.numbers:
            if number in seen:
                raise ConfigError(Message("conformity.register.twice", number=number))
            seen.add(number)
    return rows


def standard(number: str) -> Standard:
    """Return one standard by its number, written in any usual way.

    Parameters
    ----------
    number : str
        ``ISO 3159:2009``, ``iso3159``, ``GB/T4032－2013``, ``gbt 4032`` and the like; without a year the
        edition in force.

    Raises
    ------
    NotFound
        If the register has no such number.

    Examples
    --------
    >>> standard("gbt4032").number
    'GB/T 4032-2013'
    """
    found = [row for row in standards() if any(_same(number, own) for own in row.numbers)]
    found.sort(key=lambda row: (row.status != "in force", -(row.year or 0)))
    if not found:
        raise NotFound(Message("conformity.register.unknown", number=number))
    return found[0]


def search(words: str, *, status: str | None = None) -> tuple[Standard, ...]:
    """Find standards by number or by words of either language.

    Parameters
    ----------
    words : str
        A number in any usual form, or words that must all occur in number, titles, scope or criteria; all standards
        when it is empty.
        Case, full-width letters and accents do not matter.
    status : str, optional
        One of `STATUSES`.

    Returns
    -------
    tuple of Standard
        Exact numbers first, then by how early the words occur.

    Examples
    --------
    >>> [row.number for row in search("防磁")][:2]
    ['ISO 764:2020', 'GB/T 26716-2023']
    """
    wanted = _plain(words).split()
    found: list[tuple[int, int, Standard]] = []
    for order, row in enumerate(standards()):
        if status is not None and row.status != status:
            continue
        if any(_same(words, number) for number in (*row.numbers, *row.replaces)):
            found.append((0, order, row))
            continue
        places = [_place(word, row) for word in wanted]
        if all(place is not None for place in places):
            found.append((1 + max((place or 0 for place in places), default=0), order, row))
    return tuple(row for _, _, row in sorted(found, key=lambda entry: entry[:2]))


def superseding(number: str) -> tuple[str, ...]:
    """Return the chain of numbers that replaced this one, oldest first; empty while it stands.

    Examples
    --------
    >>> superseding("QB/T 1903-1993")
    ('QB/T 1249-2004', 'QB/T 1249-2013')
    """
    chain: list[str] = []
    current = number
    while (after := _successor(current)) is not None and after not in chain:
        chain.append(after)
        current = after
    return tuple(chain)


def overlaps() -> tuple[Overlap, ...]:
    """Return the pairs of documents in force that cover the same thing: declared equivalent, or of one title.

    An industry that counts its standards must not count such pairs twice.
    """
    living = [row for row in standards() if row.status in {"in force", "in use"}]
    pairs: dict[tuple[str, str], str] = {}
    for index, left in enumerate(living):
        for right in living[index + 1 :]:
            if _declared(left, right) or _declared(right, left):
                pairs[left.number, right.number] = "equivalent"
            elif left.title_zh and left.title_zh == right.title_zh:
                pairs[left.number, right.number] = "same title"
    return tuple(Overlap(left, right, reason) for (left, right), reason in pairs.items())


def _row(row: Mapping[str, object]) -> Standard:
    known = {field.name for field in fields(Standard)}
    for key in row:
        if key not in known:
            raise ConfigError(Message("conformity.unknown_key", place=str(row.get("number", "?")), name=key))
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    try:
        return Standard(**values)  # type: ignore[arg-type]
    except TypeError as error:
        raise ConfigError(Message("conformity.register.unsourced", number=str(row.get("number", "?")))) from error


def _declared(left: Standard, right: Standard) -> bool:
    return any(_same(name, own) for name in left.equivalent for own in right.numbers)


def _successor(number: str) -> str | None:
    for row in standards():
        if row.number == number and row.replaced_by:
            return row.replaced_by
    return next((row.number for row in standards() if number in row.replaces), None)


def _plain(text: str) -> str:
    """Fold case, width and accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def _place(word: str, row: Standard) -> int | None:
    texts = (" ".join(row.numbers), row.title_zh + " " + row.title_en, row.scope, row.criteria, row.status_note)
    return next((rank for rank, text in enumerate(texts) if word in _plain(text)), None)


def _key(number: str) -> tuple[str, str, str | None] | None:
    """Take a number apart: letters of the series, digits, year."""
    text = unicodedata.normalize("NFKC", number).upper()
    for spoken, written in _SPOKEN.items():
        text = text.replace(spoken, written)
    text = re.sub(r"[‐-―－_]", "-", text)
    match = _KEY.search(text)
    if match is None:
        return None
    first, second, digits, year = match.groups()
    series = first + (second or "")
    # A year written with a hyphen or a dot looks like a part: the last group of four digits is the year.
    if year is None and (tail := re.fullmatch(r"(\d+(?:[.\-]\d+)*?)[.\-]((?:19|20)\d\d)", digits)):
        digits, year = tail.groups()
    return series, digits.replace(".", "-"), year


def _same(asked: str, own: str) -> bool:
    left, right = _key(asked), _key(own)
    if left is None or right is None:
        return _plain(asked) == _plain(own)
    same_series = left[0] == right[0] or {left[0], right[0]} in _LOOSE
    return same_series and left[1] == right[1] and (left[2] is None or left[2] == right[2])
