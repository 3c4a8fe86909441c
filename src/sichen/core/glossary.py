# SPDX-License-Identifier: Apache-2.0
"""The terms of the trade in both languages: pages, reports and guides use these and no others."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sichen.core.errors import NotFound
from sichen.core.message import Language, Message


@dataclass(frozen=True)
class Term:
    """One term: how it is called, where the name comes from, what it means, what it must not be called."""

    en: str
    zh: str
    source: str
    meaning_en: str
    meaning_zh: str
    never: tuple[str, ...] = ()

    def text(self, language: Language) -> str:
        """Return the term in one language."""
        return self.zh if language == "zh" else self.en

    def meaning(self, language: Language) -> str:
        """Return what the term means, in one sentence."""
        return self.meaning_zh if language == "zh" else self.meaning_en


@cache
def glossary() -> Mapping[str, Term]:
    """Return all terms by their identifier."""
    text = resources.files("sichen.core").joinpath("glossary.toml").read_text(encoding="utf-8")
    return {name: Term(**{**row, "never": tuple(row.get("never", ()))}) for name, row in tomllib.loads(text).items()}


def term(name: str) -> Term:
    """Return one term.

    Raises
    ------
    NotFound
        If the glossary has no such term.

    Examples
    --------
    >>> term("amplitude").zh
    '摆幅'
    """
    try:
        return glossary()[name]
    except KeyError:
        raise NotFound(Message("core.unknown_term", name=name)) from None
