# SPDX-License-Identifier: Apache-2.0
"""The table of application identifiers: what may stand in a field and beside which others."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

Kind = Literal["N", "X", "Y", "Z"]

# GS1 General Specifications, figure 7.8.5-2: numbers that begin so have a length fixed for ever and need no separator.
PREDEFINED = frozenset(f"{number:02d}" for number in (*range(5), *range(11, 21), *range(31, 37), 41))
LONGEST_UNKNOWN = 90
_KINDS: Mapping[str, Kind] = {"N": "N", "X": "X", "Y": "Y", "Z": "Z"}


@dataclass(frozen=True)
class Part:
    """One part of a field.

    Parameters
    ----------
    kind : {"N", "X", "Y", "Z"}
        Digits, the 82 characters of GS1, the 39 of component numbers, base64 for file names.
    least, most : int
        Lengths; equal when the length is fixed.
    optional : bool
        Whether the part may be absent.
    tests : tuple of str
        Names of the tests in `linting`.
    """

    kind: Kind
    least: int
    most: int
    optional: bool = False
    tests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identifier:
    """One application identifier.

    Parameters
    ----------
    ai : str
        Two to four digits.
    title : str
        As printed under a code; empty for one that the table does not know.
    parts : tuple of Part
    predefined_length : bool
        Whether no separator is needed after the field.
    link_attribute : bool
        Whether it may stand in the query of a Digital Link.
    needs, excludes : tuple of str
        Patterns of other identifiers.
    link_key : tuple of tuple of str, or None
        Orders of qualifiers when it may be the key of a Digital Link.
    known : bool
    """

    ai: str
    title: str
    parts: tuple[Part, ...]
    predefined_length: bool = False
    link_attribute: bool = False
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    link_key: tuple[tuple[str, ...], ...] | None = None
    known: bool = True

    @property
    def most(self) -> int:
        """The greatest length of the field."""
        return sum(part.most for part in self.parts)

    @property
    def least(self) -> int:
        """The least length of the field."""
        return sum(part.least for part in self.parts if not part.optional)


@cache
def identifiers() -> Mapping[str, Identifier]:
    """Return the whole table by number.

    Examples
    --------
    >>> identifiers()["21"].title
    'SERIAL'
    >>> len(identifiers())
    541
    """
    found: dict[str, Identifier] = {}
    for entry in tomllib.loads(_data("application_identifiers"))["identifier"]:
        first = entry["ai"]
        for number in range(int(first), int(entry.get("to", first)) + 1):
            found[f"{number:0{len(first)}d}"] = _read(entry, f"{number:0{len(first)}d}")
    return found


@cache
def codes(name: str) -> frozenset[str]:
    """Return a list of codes that fields refer to.

    Parameters
    ----------
    name : str
        A table of ``data/code_lists.toml``, e.g. ``countries``.
    """
    return frozenset(tomllib.loads(_data("code_lists"))[name]["codes"].split())


@cache
def lengths_by_prefix() -> Mapping[str, int]:
    """Return how many digits an identifier has, by its first two digits."""
    return {ai[:2]: len(ai) for ai in identifiers()}


def find_identifier(ai: str, *, permit_unknown: bool = False) -> Identifier | None:
    """Look an identifier up by its whole number.

    Parameters
    ----------
    ai : str
    permit_unknown : bool
        Whether a number of the right length that is not assigned counts as a field of up to 90 characters.

    Returns
    -------
    Identifier or None
    """
    entry = identifiers().get(ai)
    if entry is not None or not permit_unknown:
        return entry
    # str.isdigit alone would take digits of other scripts for numbers.
    if not (ai.isascii() and ai.isdigit() and len(ai) in {2, 3, 4}):
        return None
    if lengths_by_prefix().get(ai[:2], len(ai)) != len(ai):
        return None
    unknown = Part("X", 1, LONGEST_UNKNOWN)
    return Identifier(ai, "", (unknown,), predefined_length=ai[:2] in PREDEFINED, link_attribute=True, known=False)


def leading_identifier(text: str) -> Identifier | None:
    """Find the identifier with which a text begins; its length follows from the first two digits."""
    length = lengths_by_prefix().get(text[:2])
    return None if length is None else identifiers().get(text[:length])


def matches(ai: str, pattern: str) -> bool:
    """Tell whether a number fits a pattern such as ``31nn``, where n is any digit."""
    return len(ai) == len(pattern) and all(b in ("n", a) for a, b in zip(ai, pattern, strict=True))


def _data(name: str) -> str:
    return resources.files(__package__).joinpath("data", f"{name}.toml").read_text(encoding="utf-8")


def _read(entry: Mapping[str, object], ai: str) -> Identifier:
    keys = entry.get("link_key")
    return Identifier(
        ai=ai,
        title=str(entry["title"]),
        parts=tuple(_part(text) for text in _texts(entry["parts"])),
        predefined_length=bool(entry.get("predefined_length")),
        link_attribute=bool(entry.get("link_attribute")),
        needs=_texts(entry.get("needs", ())),
        excludes=_texts(entry.get("excludes", ())),
        link_key=None if keys is None else tuple(tuple(text.split()) for text in _texts(keys)),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()


def _part(text: str) -> Part:
    shape, *tests = text.split()
    optional = shape.endswith("?")
    kind, length = shape[0], shape[1:].rstrip("?")
    least, most = (1, int(length[2:])) if length.startswith("..") else (int(length), int(length))
    return Part(_KINDS[kind], least, most, optional, tuple(tests))
