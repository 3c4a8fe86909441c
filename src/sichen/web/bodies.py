# SPDX-License-Identifier: Apache-2.0
"""Figures read back out of the body of a record."""

from collections.abc import Iterator, Mapping
from typing import cast

from sichen.core import JSON, Figure, Message, catalogue, glossary, units

SIGNED = {"beat_error": True, "beat_error_unlock": True, "instability": False}
"""Figures whose plus sign is shown, or not shown, against the custom of their unit."""


def figures(body: Mapping[str, JSON]) -> Iterator[tuple[str, Figure]]:
    """Yield the figures that a record's body holds, by name, at any depth, in the order of the glossary.

    Examples
    --------
    >>> [(name, figure.text()) for name, figure in figures({"rate": {"value": 4.7, "u": 0.2, "unit": "s/d"}})]
    [('rate', '+4.70 ± 0.20 s/d')]
    """
    for name, value in sorted(body.items(), key=_place):
        if not isinstance(value, Mapping):
            continue
        if is_figure(value):
            number, u = cast("float | None", value["value"]), cast("float | None", value["u"])
            yield name, Figure(number, u, str(value["unit"]), _reason(value))
        else:
            yield from figures(value)


def _place(entry: tuple[str, JSON]) -> int:
    """Return where a name stands in the glossary, which begins with what people ask first; others come last."""
    names = list(glossary())
    return names.index(entry[0]) if entry[0] in names else len(names)


def is_figure(value: Mapping[str, JSON]) -> bool:
    """Tell whether a table of a body is a figure, as ``Figure.to_json()`` writes it."""
    return {"value", "u", "unit"} <= value.keys() and value["unit"] in units()


def _reason(value: Mapping[str, JSON]) -> Message | None:
    """Return why a figure was refused: by its key where the sentence has no blanks, else as it was written."""
    package, _, name = str(value.get("reason_key", "")).partition(".")
    if name and name in catalogue(package) and "{" not in catalogue(package)[name]["en"]:
        return Message(f"{package}.{name}")
    return Message.plain(str(value["reason"])) if "reason" in value else None
