# SPDX-License-Identifier: Apache-2.0
"""The small parts of a measurement file as JSON, and a reader that names the place where one is wrong."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.core import JSON, DataError, Figure, Message


def bad(path: str, needed: str) -> DataError:
    """Make the error that says where a file is wrong and what belongs there."""
    return DataError(Message("bench.file.wrong", path=path, needed=needed))


def sentence_json(message: Message | None) -> JSON:
    """Write a sentence by key, with its English text for readers who do not have ours."""
    if message is None:
        return None
    values: dict[str, JSON] = {
        blank: value.text("en") if isinstance(value, Message) else value for blank, value in message.values
    }
    return {"key": message.key, "values": values, "en": message.text("en")}


def figure_json(figure: Figure) -> dict[str, JSON]:
    """Write a figure so that it reads back equal."""
    return {"value": figure.value, "u": figure.u, "unit": figure.unit, "reason": sentence_json(figure.reason)}


def times_json(times: npt.NDArray[np.float64]) -> list[JSON]:
    """Write times with all their digits, null where there is none."""
    return [time if math.isfinite(time) else None for time in times.tolist()]


def numbers_json(numbers: npt.NDArray[np.int64]) -> list[JSON]:
    """Write whole numbers."""
    return [int(number) for number in numbers]


@dataclass(frozen=True)
class Node:
    """A value in a file, with the path that leads to it."""

    value: JSON
    path: str

    def __getitem__(self, key: str) -> "Node":
        if not isinstance(self.value, Mapping):
            raise bad(self.path, "a table")
        if key not in self.value:
            raise bad(f"{self.path}.{key}", "a value: it is missing")
        return Node(self.value[key], f"{self.path}.{key}")

    def maybe(self, key: str) -> "Node | None":
        """Return what stands under a key, None where it is absent or null."""
        if not isinstance(self.value, Mapping):
            raise bad(self.path, "a table")
        return None if self.value.get(key) is None else self[key]

    def items(self) -> Iterator["Node"]:
        """Yield the entries of a list."""
        if not isinstance(self.value, list):
            raise bad(self.path, "a list")
        for index, entry in enumerate(self.value):
            yield Node(entry, f"{self.path}[{index}]")

    def text(self) -> str:
        """Return a text."""
        if not isinstance(self.value, str):
            raise bad(self.path, "a text")
        return self.value

    def choice(self, *words: str) -> str:
        """Return one of some words."""
        for word in words:
            if self.value == word:
                return word
        raise bad(self.path, " / ".join(words))

    def number(self) -> float:
        """Return a finite number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or not math.isfinite(self.value):
            raise bad(self.path, "a number")
        return self.value

    def number_or_none(self, key: str) -> float | None:
        """Return the number under a key, None where it is absent or null."""
        node = self.maybe(key)
        return None if node is None else node.number()

    def pair(self) -> tuple[float | None, float | None]:
        """Return two numbers, None for null."""
        entries = list(self.items())
        if len(entries) != 2:  # noqa: PLR2004 - the tick's and the tock's
            raise bad(self.path, "two numbers")
        first, second = (None if node.value is None else node.number() for node in entries)
        return first, second

    def keys(self) -> tuple[str, ...]:
        """Return the names in a table."""
        if not isinstance(self.value, Mapping):
            raise bad(self.path, "a table")
        return tuple(self.value)

    def times(self) -> npt.NDArray[np.float64]:
        """Return a row of times, NaN for null."""
        return np.array([math.nan if node.value is None else node.number() for node in self.items()], dtype=np.float64)

    def whole_numbers(self) -> npt.NDArray[np.int64]:
        """Return a row of whole numbers."""
        row = []
        for node in self.items():
            if isinstance(node.value, bool) or not isinstance(node.value, int) or abs(node.value) > 2**53:
                raise bad(node.path, "a whole number")
            row.append(node.value)
        return np.array(row, dtype=np.int64)

    def sentence(self) -> Message:
        """Return a sentence; one whose key we do not know keeps its English text."""
        key, values = self["key"].text(), self["values"].value
        if not isinstance(values, Mapping) or not all(isinstance(value, str | int | float) for value in values.values()):
            raise bad(f"{self.path}.values", "a table of texts and numbers")
        try:
            message = Message(key, **values)  # type: ignore[arg-type]
            message.text("zh")
        except (KeyError, ImportError, OSError, ValueError, IndexError, TypeError):
            return Message.plain(self["en"].text())
        return message

    def figure(self, unit: str) -> Figure:
        """Return a figure of a unit."""
        if self["unit"].text() != unit:
            raise bad(f"{self.path}.unit", unit)
        reason = self.maybe("reason")
        return Figure(
            self.number_or_none("value"), self.number_or_none("u"), unit, None if reason is None else reason.sentence()
        )
