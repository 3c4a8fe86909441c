# SPDX-License-Identifier: Apache-2.0
"""What names in records are called: terms of the glossary, indicators of strength, criteria of plans, words of the workbench."""

import re
from functools import cache

from sichen.brand import indicator_set
from sichen.core import Language, Message, catalogue, glossary

_ROW = re.compile(r"row (\d+)")


def figure_words(name: str, language: Language) -> str:
    """Return what a figure of a record is called: its term, the word of its letter, or its own name.

    Parameters
    ----------
    name : str
        A dotted name says of what: ``rate.DVH`` is the DVH of the rate.
    language : Language

    Examples
    --------
    >>> figure_words("rate", "en"), figure_words("somebody_s_own_name", "en")
    ('rate', 'somebody s own name')
    """
    *of, last = name.split(".")
    before = [glossary()[part].text(language) for part in of if part in glossary()]
    return " · ".join([*before, _called(last, language)])


def role_words(role: str, language: Language) -> str:
    """Return what a thing is for the record that rests on it; ``value: Sinan`` is the value of somebody.

    Examples
    --------
    >>> role_words("row 12", "en"), role_words("brand_strategy: Sinan", "zh")
    ('row 12', '品牌战略：Sinan')
    """
    row = _ROW.fullmatch(role)
    if row is not None:
        return Message("web.records.role_row", row=row[1]).text(language)
    what, _, whose = role.partition(": ")
    words = worded(f"records.role.{what}", language) or _called(what, language)
    return f"{words}{'：' if language == 'zh' else ': '}{whose}" if whose else words


def worded(key: str, language: Language) -> str | None:
    """Return a phrase of the workbench, None where it has none."""
    return catalogue("web")[key][language] if key in catalogue("web") else None


def _called(name: str, language: Language) -> str:
    if name in glossary():
        return glossary()[name].text(language)
    indicators = indicator_set().indicators
    if name in indicators:
        return indicators[name].title(language)
    return worded(f"figure.names.{name}", language) or _criteria().get(name, {}).get(language) or name.replace("_", " ")


@cache
def _criteria() -> dict[str, dict[Language, str]]:
    """Return the criteria of all plans by id; where plans differ in words, the first plan's."""
    from sichen.conformity import plans

    found: dict[str, dict[Language, str]] = {}
    for plan in plans().values():
        for one in plan.criteria:
            found.setdefault(one.id, {"en": one.title_en, "zh": one.title_zh})
    return found
