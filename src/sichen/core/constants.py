# SPDX-License-Identifier: Apache-2.0
"""Constants of nature, of definition and of the trade, each with unit, uncertainty and source."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sichen.core.errors import DataError
from sichen.core.message import Message


@dataclass(frozen=True)
class Constant:
    """One fact: value, unit, standard uncertainty, source, and whether the source was read."""

    name: Mapping[str, str]
    symbol: str
    value: float
    unit: str
    uncertainty: float
    source: str
    verified: bool


@cache
def constants() -> Mapping[str, Constant]:
    """Return all constants by name."""
    text = resources.files("sichen.core").joinpath("data/constants.toml").read_text(encoding="utf-8")
    return {name: Constant(**row) for name, row in tomllib.loads(text).items()}


def constant(name: str) -> Constant:
    """Return one constant.

    Raises
    ------
    DataError
        If there is no such constant.

    Examples
    --------
    >>> constant("day").value
    86400
    """
    try:
        return constants()[name]
    except KeyError:
        raise DataError(Message("core.unknown_constant", name=name, known=", ".join(constants()))) from None
