# SPDX-License-Identifier: Apache-2.0
"""Conditions on index rows: each can judge a row itself, and say the same in SQL."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias

from sichen.trace.epcis.query.patterns import Pattern
from sichen.trace.epcis.query.rows import IndexRow

Dialect: TypeAlias = Literal["sqlite", "postgresql"]
Blank: TypeAlias = str | int | float | None
Comparison: TypeAlias = Literal["=", "<", "<=", ">", ">="]

_COMPARE: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)
EVENTS, KEYS, NUMBERS = "epcis_event", "epcis_key", "epcis_number"
"""The tables of the index; the first one is called ``e`` in every condition."""


class Condition(Protocol):
    """What an event must be like."""

    def holds(self, row: IndexRow) -> bool:
        """Judge a row."""
        ...

    def sql(self, dialect: Dialect) -> tuple[str, tuple[Blank, ...]]:
        """Say it in SQL, with question marks for values."""
        ...


@dataclass(frozen=True)
class ColumnIn:
    """A column has one of some values."""

    column: str
    values: tuple[str, ...]

    def holds(self, row: IndexRow) -> bool:
        """Judge a row."""
        return row.column(self.column) in self.values

    def sql(self, dialect: Dialect) -> tuple[str, tuple[Blank, ...]]:  # noqa: ARG002 - all dialects say it alike
        """Say it in SQL."""
        if not self.values:
            return "1 = 0", ()
        return f"e.{self.column} IN ({', '.join('?' * len(self.values))})", self.values


@dataclass(frozen=True)
class ColumnCompared:
    """A time lies before or after another."""

    column: str
    comparison: Comparison
    value: int

    def holds(self, row: IndexRow) -> bool:
        """Judge a row."""
        found = row.column(self.column)
        return isinstance(found, int) and _COMPARE[self.comparison](found, self.value)

    def sql(self, dialect: Dialect) -> tuple[str, tuple[Blank, ...]]:  # noqa: ARG002 - all dialects say it alike
        """Say it in SQL."""
        return f"e.{self.column} {self.comparison} ?", (self.value,)


@dataclass(frozen=True)
class ColumnExists:
    """A column has a value."""

    column: str
    wanted: bool = True

    def holds(self, row: IndexRow) -> bool:
        """Judge a row."""
        return (row.column(self.column) is not None) == self.wanted

    def sql(self, dialect: Dialect) -> tuple[str, tuple[Blank, ...]]:  # noqa: ARG002 - all dialects say it alike
        """Say it in SQL."""
        return f"e.{self.column} IS {'NOT ' if self.wanted else ''}NULL", ()


@dataclass(frozen=True)
class KeyFits:
    """One of the keys with some names fits one of some patterns."""

    names: tuple[str, ...]
    patterns: tuple[Pattern, ...]

    def holds(self, row: IndexRow) -> bool:
        """Judge a row."""
        return any(name in self.names and any(one.fits(value) for one in self.patterns) for name, value in row.keys)

    def sql(self, dialect: Dialect) -> tuple[str, tuple[Blank, ...]]:
        """Say it in SQL."""
        exact = [one.glob for one in self.patterns if not one.wild]
        globs = [one for one in self.patterns if one.wild]
        choices = [f"k.value IN ({', '.join('?' * len(exact))})"] if exact else []
        # LIKE of SQLite does not tell capitals from small letters.
        choices += ["k.value GLOB ?" if dialect == "sqlite" else r"k.value LIKE ? ESCAPE '\'"] * len(globs)
        if not choices:
            return "1 = 0", ()
        blanks = tuple(one.glob if dialect == "sqlite" else one.like for one in globs)
        text = f"{_in_names(self.names)} AND ({' OR '.join(choices)})"
        return f"e.leaf IN (SELECT k.leaf FROM {KEYS} k WHERE {text})", (*self.names, *exact, *blanks)  # noqa: S608 - values are blanks


@dataclass(frozen=True)
class KeyExists:
    """There is a key with one of some names."""

    names: tuple[str, ...]
    wanted: bool = True

    def holds(self, row: IndexRow) -> bool:
        """Judge a row."""
        return any(name in self.names for name, _ in row.keys) == self.wanted

    def sql(self, dialect: Dialect) -> tuple[str, tuple[Blank, ...]]:  # noqa: ARG002 - all dialects say it alike
        """Say it in SQL."""
        word = "IN" if self.wanted else "NOT IN"
        return f"e.leaf {word} (SELECT k.leaf FROM {KEYS} k WHERE {_in_names(self.names)})", self.names  # noqa: S608 - values are blanks


@dataclass(frozen=True)
class NumberCompared:
    """One of the numbers with some names compares so with a value."""

    names: tuple[str, ...]
    comparison: Comparison
    value: float

    def holds(self, row: IndexRow) -> bool:
        """Judge a row."""
        return any(name in self.names and _COMPARE[self.comparison](found, self.value) for name, found in row.numbers)

    def sql(self, dialect: Dialect) -> tuple[str, tuple[Blank, ...]]:  # noqa: ARG002 - all dialects say it alike
        """Say it in SQL."""
        text = f"{_in_names(self.names)} AND k.number {self.comparison} ?"
        return f"e.leaf IN (SELECT k.leaf FROM {NUMBERS} k WHERE {text})", (*self.names, self.value)  # noqa: S608 - values are blanks


def _in_names(names: tuple[str, ...]) -> str:
    return "k.name = ?" if len(names) == 1 else f"k.name IN ({', '.join('?' * len(names))})"
