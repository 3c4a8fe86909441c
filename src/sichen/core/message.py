# SPDX-License-Identifier: Apache-2.0
"""Sentences for people, in both languages, chosen by key.

Every package keeps its sentences in ``messages.toml``: one table a key, ``en`` and ``zh`` side by side, so
that whoever corrects one sees the other. Errors, refusals, advice and pages all use them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_COUNTED, _ONE = ("count", "got"), {1, "1"}
"""Blanks that count things, and how one of them is written: a sentence may say so in its own words, under ``one``."""


@dataclass(frozen=True, init=False)
class Message:
    """A sentence by key, with its blanks filled in later.

    Parameters
    ----------
    key : str
        ``package.name``: the package owns the sentence, e.g. ``core.too_few_samples``; a name may have dots.
    **values : str, int, float or Message
        What goes into the blanks. Numbers arrive formatted: a sentence does not know about digits. A sentence
        within a sentence is said in the same language.

    Examples
    --------
    >>> Message("core.too_few_samples", got=2, need=3).text("en")
    'got 2 samples, need 3: record longer or ask for a shorter averaging time'
    """

    key: str
    values: tuple[tuple[str, "str | int | float | Message"], ...]

    def __init__(self, key: str, **values: "str | float | Message") -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "values", tuple(sorted(values.items())))

    @classmethod
    def plain(cls, text: str) -> "Message":
        """Wrap a sentence that has no key, such as one of another program."""
        return cls("core.plain", text=text)

    def text(self, language: Language = "en") -> str:
        """Return the sentence in one language.

        Parameters
        ----------
        language : {"en", "zh"}

        Returns
        -------
        str

        Raises
        ------
        KeyError
            If no package has this key: a mistake of the programmer, found by the catalogue test.
        """
        package, _, name = self.key.partition(".")
        values = {blank: value.text(language) if isinstance(value, Message) else value for blank, value in self.values}
        if any(values.get(blank) in _ONE for blank in _COUNTED) and f"{name}.one" in catalogue(package):
            name = f"{name}.one"
        return catalogue(package)[name][language].format(**values)


@cache
def catalogue(package: str) -> Mapping[str, Mapping[Language, str]]:
    """Read the sentences of one package.

    Parameters
    ----------
    package : str
        Name below ``sichen``, e.g. ``bench``.

    Returns
    -------
    mapping of str to mapping of {"en", "zh"} to str
        Keys are dotted when the file nests its tables; the singular of a sentence stands under ``….one``.
    """
    text = resources.files(f"sichen.{package}").joinpath("messages.toml").read_text(encoding="utf-8")
    return dict(_flatten(tomllib.loads(text), ""))


def _flatten(table: Mapping[str, object], prefix: str) -> list[tuple[str, Mapping[Language, str]]]:
    if "en" in table and isinstance(table["en"], str):
        words = {prefix: str(table["en"])} | ({f"{prefix}.one": str(table["one"])} if "one" in table else {})
        return [(name, {"en": english, "zh": str(table["zh"])}) for name, english in words.items()]
    found: list[tuple[str, Mapping[Language, str]]] = []
    for name, inner in table.items():
        if isinstance(inner, dict):
            found += _flatten(inner, f"{prefix}.{name}" if prefix else name)
    return found
