# SPDX-License-Identifier: Apache-2.0
"""Figures read back out of the body of a record."""

from collections.abc import Iterator, Mapping

from sichen.core import JSON, Figure, glossary, is_figure

SIGNED = {
    "beat_error": True,
    "beat_error_unlock": True,
    "instability": False,
    "rate.D": False,
    "poise.DVm": False,
    "poise.a": False,
    "isochronism.N_witschi": False,
    "inhibition_step": False,
}
"""Figures whose plus sign is shown, or not shown, against the custom of their unit."""


def figures(body: Mapping[str, JSON], prefix: str = "") -> Iterator[tuple[str, Figure]]:
    """Yield the figures that a record's body holds, by dotted name, at any depth, in the order of the glossary.

    Examples
    --------
    >>> [(name, figure.text()) for name, figure in figures({"of": {"rate": {"value": 4.7, "u": 0.2, "unit": "s/d"}}})]
    [('of.rate', '+4.70 ± 0.20 s/d')]
    """
    for name, value in sorted(body.items(), key=_place):
        if not isinstance(value, Mapping):
            continue
        if is_figure(value):
            yield f"{prefix}{name}", Figure.from_json(value)
        else:
            yield from figures(value, f"{prefix}{name}.")


def _place(entry: tuple[str, JSON]) -> int:
    """Return where a name stands in the glossary, which begins with what people ask first; others come last."""
    names = list(glossary())
    return names.index(entry[0]) if entry[0] in names else len(names)
