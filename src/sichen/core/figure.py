# SPDX-License-Identifier: Apache-2.0
"""Figures: a value, its standard uncertainty and unit, or a refusal with its reason."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import cast

from sichen.core.canonical import JSON
from sichen.core.errors import DataError
from sichen.core.message import Language, Message, catalogue


@dataclass(frozen=True)
class Unit:
    """A unit of measurement; `factor` leads to the base unit of its `kind`."""

    symbol: str
    kind: str
    factor: float
    zh: str


@cache
def units() -> Mapping[str, Unit]:
    """Return all units by symbol."""
    text = resources.files("sichen.core").joinpath("data/units.toml").read_text(encoding="utf-8")
    return {
        symbol: Unit(symbol, row["kind"], row["factor"], row.get("zh", symbol)) for symbol, row in tomllib.loads(text).items()
    }


def convert(value: float, *, unit: str, to: str) -> float:
    """Express a value in another unit of the same kind.

    Parameters
    ----------
    value : float
    unit, to : str
        Symbols in ``units()``.

    Returns
    -------
    float

    Raises
    ------
    DataError
        If a unit is unknown or the two measure different things.

    Examples
    --------
    >>> round(convert(1.0, unit="s/d", to="ppm"), 4)
    11.5741
    """
    left, right = _unit(unit), _unit(to)
    if left.kind != right.kind:
        raise DataError(Message("core.unlike_units", left=unit, right=to))
    return value * left.factor / right.factor


@dataclass(frozen=True)
class FigureParts:
    """A figure as it is written: value with sign, standard uncertainty (empty when not known), unit."""

    value: str
    u: str
    unit: str


@dataclass(frozen=True)
class Figure:
    """One figure that people read: a value with its standard uncertainty, or a refusal.

    Parameters
    ----------
    value : float or None
        None when refused.
    u : float or None
        Standard uncertainty (k = 1), same unit; None when it is not known, which a page must say.
    unit : str
        Symbol in ``units()``.
    reason : Message, optional
        Why there is no value.

    Examples
    --------
    >>> Figure(4.7312, 0.21, "s/d").text()
    '+4.73 ± 0.21 s/d'
    >>> Figure.refused("°", Message.plain("no unlock sound")).text()
    '—'
    """

    value: float | None
    u: float | None
    unit: str
    reason: Message | None = None

    def __post_init__(self) -> None:
        _unit(self.unit)
        # A NumPy scalar would print as one wherever the figure goes.
        object.__setattr__(self, "value", None if self.value is None else float(self.value))
        object.__setattr__(self, "u", None if self.u is None else float(self.u))

    @classmethod
    def refused(cls, unit: str, reason: Message) -> "Figure":
        """Make a figure that could not be measured."""
        return cls(None, None, unit, reason)

    @classmethod
    def from_json(cls, data: Mapping[str, JSON]) -> "Figure":
        """Read a figure back out of a record.

        Raises
        ------
        DataError
            If a key is missing or the unit is unknown.

        Examples
        --------
        >>> Figure.from_json({"value": 4.7, "u": 0.2, "unit": "s/d"}).text()
        '+4.70 ± 0.20 s/d'
        """
        if not is_figure(data):
            raise DataError(Message("core.not_a_figure", found=" ".join(data)))
        number, u = cast("float | None", data["value"]), cast("float | None", data["u"])
        return cls(number, u, str(data["unit"]), _reason(data))

    @property
    def ok(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    def to(self, unit: str) -> "Figure":
        """Return the figure in another unit of the same kind."""
        if self.value is None:
            return Figure(None, None, unit, self.reason)
        u = None if self.u is None else convert(self.u, unit=self.unit, to=unit)
        return Figure(convert(self.value, unit=self.unit, to=unit), u, unit)

    def text(self, language: Language = "en", *, signed: bool | None = None) -> str:
        """Write value, uncertainty and unit with only the digits that the uncertainty allows.

        Parameters
        ----------
        language : {"en", "zh"}
        signed : bool, optional
            Whether a positive value carries its plus sign; by default rates do.
        """
        parts = self.parts(language, signed=signed)
        if parts.unit == "1":
            return parts.value if not parts.u else f"{parts.value} ± {parts.u}"
        space = "" if parts.unit in {"", "°", "%"} else " "
        return f"{parts.value} ± {parts.u}{space}{parts.unit}" if parts.u else f"{parts.value}{space}{parts.unit}"

    def parts(self, language: Language = "en", *, signed: bool | None = None) -> "FigureParts":
        """Return the pieces that `text` joins, for pages that set them in different sizes.

        Examples
        --------
        >>> Figure(4.7312, 0.21, "s/d").parts("zh")
        FigureParts(value='+4.73', u='0.21', unit='秒/日')
        """
        if self.value is None:
            return FigureParts("—", "", "")
        show_plus = _unit(self.unit).kind == "rate" if signed is None else signed
        number, spread = _digits(self.value, self.u)
        sign = "+" if show_plus and self.value > 0 and float(number.replace("−", "-")) != 0 else ""
        symbol = _unit(self.unit).zh if language == "zh" else self.unit
        return FigureParts(f"{sign}{number}", spread, symbol)

    def to_json(self) -> dict[str, JSON]:
        """Return the figure as it stands in a record."""
        fields: dict[str, JSON] = {
            "value": self.value,
            "u": self.u,
            "unit": self.unit,
            "status": "ok" if self.ok else "refused",
        }
        if self.reason is not None:
            fields |= {"reason": self.reason.text("en"), "reason_key": self.reason.key}
        return fields


def is_figure(data: Mapping[str, JSON]) -> bool:
    """Tell whether a table of a record is a figure, as ``Figure.to_json()`` writes it."""
    return {"value", "u", "unit"} <= data.keys() and data["unit"] in units()


def _reason(data: Mapping[str, JSON]) -> Message | None:
    """Return why a figure was refused: by its key where the sentence has no blanks, else as it was written."""
    package, _, name = str(data.get("reason_key", "")).partition(".")
    if name and name in catalogue(package) and "{" not in catalogue(package)[name]["en"]:
        return Message(f"{package}.{name}")
    return Message.plain(str(data["reason"])) if "reason" in data else None


def _unit(symbol: str) -> Unit:
    try:
        return units()[symbol]
    except KeyError:
        raise DataError(Message("core.unknown_unit", unit=symbol, known=" ".join(units()))) from None


def _digits(value: float, u: float | None) -> tuple[str, str]:
    """Round to two digits of the uncertainty where it begins with 1 or 2, else to one."""
    if u is None or not math.isfinite(u) or u <= 0:
        return f"{value:.6g}".replace("-", "−"), ""
    exponent = math.floor(math.log10(u))
    leading = u / 10.0**exponent
    decimals = -exponent + (1 if leading < 2.95 else 0)  # noqa: PLR2004 - 0.21 keeps two digits, 0.3 one
    rounded = round(value, decimals)
    shown = max(decimals, 0)
    text = f"{rounded + 0.0:.{shown}f}".replace("-", "−")
    return text, f"{round(u, decimals):.{shown}f}"
