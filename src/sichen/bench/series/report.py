# SPDX-License-Identifier: Apache-2.0
"""Everything that one watch in several positions says, put together once for every way in."""

from collections.abc import Iterable
from dataclasses import dataclass

from sichen.bench.series.classes import Limit, Verdict, WatchClass, classes, compare_with_class
from sichen.bench.series.isochronism import Isochronism, compare
from sichen.bench.series.poise import Poise, find_poise
from sichen.bench.series.positions import PositionReading, Series, summarise
from sichen.core import JSON, DataError, Message


@dataclass(frozen=True)
class SeriesReport:
    """A round of positions with what follows from it.

    Parameters
    ----------
    series : Series
    poise : Poise
    isochronism : Isochronism or None
        Against an earlier round, when there is one.
    class_name : str or None
        The class that it was held against.
    """

    series: Series
    poise: Poise
    isochronism: Isochronism | None = None
    class_name: str | None = None

    @property
    def watch_class(self) -> WatchClass | None:
        """The class behind `class_name`."""
        return None if self.class_name is None else classes()[self.class_name]

    @property
    def verdicts(self) -> tuple[tuple[Limit, str, Verdict], ...]:
        """Each limit of the class with the position and the verdict; empty without a class."""
        return () if self.watch_class is None else compare_with_class(self.series, self.watch_class)

    def to_json(self) -> dict[str, JSON]:
        """Return the report as plain JSON, figures by their letters."""
        verdicts: list[JSON] = [
            {"quantity": limit.quantity, "position": code, "low": limit.low, "high": limit.high, "verdict": verdict}
            for limit, code, verdict in self.verdicts
        ]
        return self.series.to_json() | {
            "poise": self.poise.to_json(),
            "isochronism": None if self.isochronism is None else self.isochronism.to_json(),
            "class": self.class_name,
            "verdicts": verdicts,
        }


def report(
    readings: Iterable[PositionReading], *, earlier: Iterable[PositionReading] = (), class_name: str | None = None
) -> SeriesReport:
    """Put a round of positions together.

    Parameters
    ----------
    readings : iterable of PositionReading
        One a position.
    earlier : iterable of PositionReading
        The same watch at another wind, for isochronism; empty when there is none.
    class_name : str, optional
        Name in ``classes()``.

    Returns
    -------
    SeriesReport

    Raises
    ------
    DataError
        If there are no readings, a position comes twice, the rounds share no position, or no class has this name.

    Examples
    --------
    >>> from sichen.bench.series import position
    >>> from sichen.core import Figure
    >>> rate = Figure(3.0, 0.1, "s/d")
    >>> flat = PositionReading(position("CH"), rate, Figure(280.0, 1.0, "°"), Figure(0.1, 0.01, "ms"))
    >>> found = report([flat], class_name="metas")
    >>> [verdict for _, _, verdict in found.verdicts]
    ['inside']
    """
    if class_name is not None and class_name not in classes():
        raise DataError(Message("bench.classes.unknown", name=class_name, known=", ".join(classes())))
    series, before = summarise(readings), list(earlier)
    across = compare(summarise(before), series) if before else None
    return SeriesReport(series, find_poise(series.readings.values()), across, class_name)
