# SPDX-License-Identifier: Apache-2.0
"""What an indicator is: its basis belongs to its identity, and two bases never stand in one series."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sichen.core import ConfigError, DataError, Language, Message

AS_STATED = "as stated"


@dataclass(frozen=True)
class Indicator:
    """A measure of the industry.

    Parameters
    ----------
    identifier : str
    basis : str
        What is counted; part of the identity.
    unit : str
        Dimension that its figures have.
    definition, definition_zh, edition, source : str
    verified : bool
        Whether the definition was read in a primary text.
    words : tuple of str
        By which a row is recognised.
    """

    identifier: str
    en: str
    zh: str
    basis: str
    unit: str
    definition: str
    definition_zh: str
    edition: str
    source: str
    verified: bool
    words: tuple[str, ...] = ()

    def name(self, language: Language) -> str:
        """Return what it is called."""
        return self.zh if language == "zh" else self.en


@cache
def indicators() -> tuple[Indicator, ...]:
    """Return the indicators that Sichen knows, the narrower before the wider.

    Examples
    --------
    >>> sorted({entry.basis for entry in indicators() if entry.unit == "ratio"})
    ['output_value_all', 'sales_own_brand']
    """
    text = resources.files("sichen.industry").joinpath("data/indicators.toml").read_text(encoding="utf-8")
    try:
        return tuple(
            Indicator(identifier=name, **{**row, "words": tuple(row["words"])}) for name, row in tomllib.loads(text).items()
        )
    except TypeError as error:
        raise ConfigError(Message("industry.indicator.file", why=str(error))) from error


def identify(name: str, *, dimension: str) -> Indicator:
    """Return the indicator that a row's name and unit mean; one that nobody defined is itself, with basis "as stated".

    Examples
    --------
    >>> identify("own-brand sales ratio high:mid:low", dimension="ratio").identifier
    'product_structure_sales'
    >>> identify("文献中的产值比例", dimension="ratio").basis
    'output_value_all'
    """
    plain = plain_name(name)
    if dimension == "ratio" and (basis := basis_of(name)):
        return next(entry for entry in indicators() if entry.unit == "ratio" and entry.basis == basis)
    for entry in indicators():
        if entry.unit == dimension and all(word in plain for word in entry.words):
            return entry
    slug = re.sub(r"[^0-9a-z\u4e00-\u9fff]+", "_", plain).strip("_")
    return Indicator(
        f"{slug}_{dimension.lower()}".replace("/", "_per_"), name, name, AS_STATED, dimension, "", "", "", "", verified=False
    )


def basis_of(text: str) -> str:
    """Return the basis that words name, or an empty text; words that name both are refused.

    Raises
    ------
    DataError
        If both bases are named.
    """
    plain = plain_name(text)
    sales = any(word in plain for word in ("own-brand", "own brand", "sales_own_brand", "销售额", "自主品牌", "final"))
    output = any(word in plain for word in ("output", "产值", "draft", "征求意见稿"))
    if sales and output:
        raise DataError(Message("industry.basis.both", text=text))
    return "sales_own_brand" if sales else "output_value_all" if output else ""


def same_basis(bases: Iterable[str]) -> str:
    """Return the one basis of a series.

    Raises
    ------
    DataError
        If there are several: figures of different bases answer different questions.

    Examples
    --------
    >>> same_basis(["sales_own_brand", "sales_own_brand"])
    'sales_own_brand'
    """
    found = sorted(set(bases))
    if len(found) > 1:
        raise DataError(Message("industry.basis.mixed", bases=", ".join(found)))
    return found[0] if found else ""


def plain_name(text: str) -> str:
    """Fold width, case, quotation marks and runs of space."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold().replace('"', "")).strip()
