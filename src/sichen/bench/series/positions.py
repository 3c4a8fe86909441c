# SPDX-License-Identifier: Apache-2.0
"""Test positions: their names, the guided sequence, and what the positions say together."""

import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Literal

from sichen.bench.reading import Reading
from sichen.core import JSON, DataError, Figure, Message

Plane = Literal["horizontal", "vertical"]


@dataclass(frozen=True)
class Position:
    """An attitude of the watch.

    Parameters
    ----------
    code : str
        After ISO 3158, e.g. ``CH`` or ``6H``; also the name of the glossary term.
    plane : {"horizontal", "vertical"}
    up : float or None
        Hour that points up, for vertical positions.
    also : tuple of str
        Codes of other makers for the same.
    aliases : tuple of str
        Words for it in file names.
    source : str
    verified : bool
    """

    code: str
    plane: Plane
    up: float | None
    also: tuple[str, ...]
    aliases: tuple[str, ...]
    source: str
    verified: bool

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that means this position, that of ISO 3158 first."""
        return (self.code, *self.also)

    @property
    def angle(self) -> float | None:
        """Angle of the upper side on the dial, degrees clockwise from 12; None for horizontal positions."""
        return None if self.up is None else (30 * self.up) % 360


@cache
def positions() -> Mapping[str, Position]:
    """Return all positions by code."""
    text = resources.files("sichen.bench").joinpath("data/positions.toml").read_text(encoding="utf-8")
    return {
        code: Position(
            code, row["plane"], row.get("up"), tuple(row.get("also", ())), tuple(row["aliases"]), row["source"], row["verified"]
        )
        for code, row in tomllib.loads(text).items()
    }


def position(code: str) -> Position:
    """Return one position.

    Raises
    ------
    DataError
        If there is no such position.

    Examples
    --------
    >>> position("6H").angle, position("CB").code
    (180.0, 'FH')
    """
    for entry in positions().values():
        if code in entry.codes:
            return entry
    raise DataError(Message("bench.positions.unknown", code=code, known=" ".join(positions())))


def position_in_name(name: str) -> str | None:
    """Find the position in a file name.

    Parameters
    ----------
    name : str
        A code in capitals standing alone, or words such as ``crown up``.

    Returns
    -------
    str or None
        Code, or None when the name holds none or more than one.

    Examples
    --------
    >>> position_in_name("0042_6H_full.wav"), position_in_name("0042_2h.wav"), position_in_name("ETA 2650 - Crown Up.csv")
    ('6H', None, '3H')
    """
    spoken = re.sub(r"[\W_]+", " ", name.lower())
    pieces = re.split(r"[\W_]+", name)
    found = {
        code
        for code, entry in positions().items()
        if any(word in pieces for word in entry.codes)
        or any(re.search(rf"(?<![a-z0-9]){re.escape(alias)}(?![a-z0-9])", spoken) for alias in entry.aliases)
    }
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True)
class PositionReading:
    """What was read in one position."""

    position: Position
    rate: Figure
    amplitude: Figure
    beat_error: Figure

    @classmethod
    def of(cls, code: str, reading: Reading) -> "PositionReading":
        """Take the figures of a reading."""
        return cls(position(code), reading.rate, reading.amplitude, reading.beat_error)

    @classmethod
    def from_body(cls, body: Mapping[str, JSON]) -> "PositionReading":
        """Take the figures out of the body of a kept ``bench.reading``.

        Raises
        ------
        DataError
            If it was kept without a position, or holds no such figures.
        """
        code = body.get("position")
        if not isinstance(code, str):
            raise DataError(Message("bench.positions.no_position"))
        tables = (body.get(name) for name in ("rate", "amplitude", "beat_error"))
        return cls(position(code), *(Figure.from_json(table if isinstance(table, Mapping) else {}) for table in tables))


@dataclass(frozen=True)
class Summary:
    """What the positions say together, for one quantity.

    Parameters
    ----------
    mean : Figure
        X, over all positions.
    horizontal, vertical : Figure
        XH and XV.
    spread : Figure
        D, largest minus smallest.
    vertical_minus_horizontal : Figure
        DVH.
    """

    mean: Figure
    horizontal: Figure
    vertical: Figure
    spread: Figure
    vertical_minus_horizontal: Figure

    def to_json(self) -> dict[str, JSON]:
        """Return the figures by their letters."""
        return {
            "X": self.mean.to_json(),
            "XH": self.horizontal.to_json(),
            "XV": self.vertical.to_json(),
            "D": self.spread.to_json(),
            "DVH": self.vertical_minus_horizontal.to_json(),
        }


@dataclass(frozen=True)
class Series:
    """One round of positions.

    Parameters
    ----------
    readings : mapping of str to PositionReading
        By code, in the order of measuring.
    rate, amplitude : Summary
    di : Figure, s/d
        6H minus CH: the position of wearing against the position of the night.
    """

    readings: Mapping[str, PositionReading]
    rate: Summary
    amplitude: Summary
    di: Figure

    def to_json(self) -> dict[str, JSON]:
        """Return the series as plain JSON."""
        rows = {
            code: {"rate": one.rate.to_json(), "amplitude": one.amplitude.to_json(), "beat_error": one.beat_error.to_json()}
            for code, one in self.readings.items()
        }
        return {
            "readings": rows,
            "rate": self.rate.to_json(),
            "amplitude": self.amplitude.to_json(),
            "Di": self.di.to_json(),
        }


def summarise(readings: Iterable[PositionReading]) -> Series:
    """Sum up one round of positions.

    Parameters
    ----------
    readings : iterable of PositionReading
        One a position.

    Returns
    -------
    Series
        A figure is refused where its positions were not measured.

    Raises
    ------
    DataError
        If a position comes twice, or none was given.

    Notes
    -----
    Uncertainties are those of sums and differences of independent readings. That of D holds when the extreme
    positions stand clear of the others; when all are alike, D is at least as large as their scatter makes it.
    """
    rows = list(readings)
    by_code = {row.position.code: row for row in rows}
    if not rows:
        raise DataError(Message("bench.positions.none"))
    if len(by_code) < len(rows):
        codes = [row.position.code for row in rows]
        raise DataError(Message("bench.positions.twice", code=next(code for code in codes if codes.count(code) > 1)))
    return Series(
        readings=by_code,
        rate=_summary(rows, lambda row: row.rate, "s/d"),
        amplitude=_summary(rows, lambda row: row.amplitude, "°"),
        di=_difference(by_code, "6H", "CH"),
    )


def _summary(rows: list[PositionReading], of: Callable[[PositionReading], Figure], unit: str) -> Summary:
    flat = [of(row) for row in rows if row.position.plane == "horizontal"]
    upright = [of(row) for row in rows if row.position.plane == "vertical"]
    mean, lying, standing = (_mean(group, unit) for group in (flat + upright, flat, upright))
    return Summary(mean, lying, standing, _spread(flat + upright, unit), minus(standing, lying))


def _mean(figures: list[Figure], unit: str) -> Figure:
    values = [(figure.value, figure.u or 0.0) for figure in figures if figure.value is not None]
    if not values or len(values) < len(figures):
        return Figure.refused(unit, _why(figures))
    u = math.sqrt(sum(spread**2 for _, spread in values)) / len(values)
    return Figure(sum(value for value, _ in values) / len(values), u, unit)


def _spread(figures: list[Figure], unit: str) -> Figure:
    values = [(figure.value, figure.u or 0.0) for figure in figures if figure.value is not None]
    if len(values) < max(2, len(figures)):
        return Figure.refused(unit, _why(figures))
    (low, low_u), (high, high_u) = min(values), max(values)
    return Figure(high - low, math.hypot(low_u, high_u), unit)


def _why(figures: list[Figure]) -> Message:
    return next((figure.reason for figure in figures if figure.reason is not None), Message("bench.positions.missing"))


def minus(left: Figure, right: Figure) -> Figure:
    """Return the difference of two independent figures, refused where one of them is."""
    if left.value is None or right.value is None:
        return Figure.refused(left.unit, left.reason or right.reason or Message("bench.positions.missing"))
    return Figure(left.value - right.value, math.hypot(left.u or 0.0, right.u or 0.0), left.unit)


def _difference(rows: Mapping[str, PositionReading], left: str, right: str) -> Figure:
    if left not in rows or right not in rows:
        return Figure.refused("s/d", Message("bench.positions.needs", codes=f"{left}, {right}"))
    return minus(rows[left].rate, rows[right].rate)


@dataclass(frozen=True)
class Step:
    """What to do now in a guided sequence."""

    position: Position | None
    phase: Literal["stabilise", "measure", "done"]
    remaining: float
    number: int


@dataclass(frozen=True)
class Plan:
    """A guided sequence.

    Parameters
    ----------
    codes : tuple of str
        Positions in order.
    stabilisation : float, 2 to 120
        Seconds of rest after a turn; the trade's default is 20.
    measuring : float >= 40
        Seconds of listening in each.

    Examples
    --------
    >>> step = Plan(("CH", "6H")).at(25.0)
    >>> step.phase, step.remaining
    ('measure', 35.0)
    """

    codes: tuple[str, ...] = field(default=("CH", "FH", "9H", "6H", "3H", "12H"))
    stabilisation: float = 20.0
    measuring: float = 40.0

    def __post_init__(self) -> None:
        for code in self.codes:
            position(code)
        if not 2 <= self.stabilisation <= 120 or not self.measuring >= 40:  # noqa: PLR2004 - the trade's limits, said in the message
            times = {"rest": f"{self.stabilisation:g}", "listen": f"{self.measuring:g}"}
            raise DataError(Message("bench.positions.times", **times))

    @property
    def duration(self) -> float:
        """Seconds of the whole sequence."""
        return len(self.codes) * (self.stabilisation + self.measuring)

    def at(self, elapsed: float) -> Step:
        """Return what to do so many seconds after the start."""
        each = self.stabilisation + self.measuring
        number = int(max(elapsed, 0.0) // each)
        if number >= len(self.codes):
            return Step(None, "done", 0.0, len(self.codes))
        inside = max(elapsed, 0.0) - number * each
        if inside < self.stabilisation:
            return Step(position(self.codes[number]), "stabilise", self.stabilisation - inside, number)
        return Step(position(self.codes[number]), "measure", each - inside, number)
