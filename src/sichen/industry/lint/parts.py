# SPDX-License-Identifier: Apache-2.0
"""Which figures are the parts of which: by a plus sign, by a colon after the whole, by the areas of a country."""

import re
from collections.abc import Sequence

from sichen.industry.lint.facts import Fact, stemmed

_TOTAL = re.compile(r"^(?:total|sum of|all)\s+|[ ,(]+total\)?$|合计$|总计$|^合计|^总")
_TRADE = {
    "total trade": ("exports", "imports"),
    "foreign trade": ("exports", "imports"),
    "进出口": ("出口", "进口"),
    "进出口额": ("出口额", "进口额"),
    "进出口总额": ("出口额", "进口额"),
}
_PLUS = re.compile(r"\s*\+\s*|\s+and\s+(?=\w+$)")


def parts_of(total: Fact, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return the figures that the name of a sum lists, all of them or none; one a part.

    Notes
    -----
    ``exports+imports`` is made of exports and imports; ``clocks+watches made`` of clocks made and watches made.
    """
    here = [one for one in facts if one.same_place(total) and one.row != total.row and one.dimension == total.dimension]
    words = list(_TRADE.get(total.name, ())) or _PLUS.split(total.name)
    if len(words) > 1:
        tail = words[-1].partition(" ")[2]
        found = []
        for word in words:
            names = {word.strip(), f"{word.strip()} {tail}".strip()}
            part = next((one for one in here if one.name in names), None)
            if part is None:
                return ()
            found.append(part)
        return tuple(found)
    return ()


def labelled_parts(total: Fact, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return the parts of a figure called a total: rows named "whole: part", "whole, part" or "part whole"."""
    whole = _TOTAL.sub("", total.name).strip()
    if whole == total.name or not whole:
        return ()
    here = [one for one in facts if one.same_place(total) and one.row != total.row and one.dimension == total.dimension]
    marked = [one for one in here if re.match(rf"{re.escape(whole)}\s*[:,：，(]\s*\S", one.name)]
    if marked:
        return tuple(marked)
    last = stemmed(whole.split()[-1])
    return tuple(
        one for one in here if one.name != whole and stemmed(one.name.split()[-1]) == last and one.stem > total_stem(total)
    )


def total_stem(total: Fact) -> frozenset[str]:
    """Return the words of a whole without the word that calls it a total."""
    return frozenset(total.stem - {"total", "sum", "all"})


def sub_areas(whole: Fact, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return the same figure of areas that belong to the area of the whole; areas named together are left out."""
    return tuple(
        one
        for one in facts
        if one.name == whole.name
        and one.dimension == whole.dimension
        and one.parent == whole.area
        and "+" not in one.area
        and one.seen.period.same_time(whole.seen.period)
    )
