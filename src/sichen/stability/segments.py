# SPDX-License-Identifier: Apache-2.0
"""A statistic for each position or temperature, and one for all of them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy.typing as npt

from sichen.core import DataError, Message
from sichen.stability.estimate import deviations
from sichen.stability.results import Deviations
from sichen.stability.series import PhaseSeries, Segment


@dataclass(frozen=True)
class BySegment:
    """Results by name of segment, what could not be computed with its reason, and the pooled result."""

    parts: Mapping[str, Deviations]
    refused: Mapping[str, Message]
    pooled: Deviations


def label_segments(labels: Sequence[str]) -> tuple[Segment, ...]:
    """Turn a label for each sample into segments: a new one wherever the label changes.

    Examples
    --------
    >>> [(part.name, part.start, part.stop) for part in label_segments(["CH", "CH", "6H", "CH"])]
    [('CH', 0, 2), ('6H', 2, 3), ('CH', 3, 4)]
    """
    segments: list[Segment] = []
    start = 0
    for name, run in groupby(labels):
        stop = start + sum(1 for _ in run)
        segments.append(Segment(start, stop, name))
        start = stop
    return tuple(segments)


def rates_by_position(rates: npt.ArrayLike, labels: Sequence[str], *, tau0: float, unit: str = "s/d") -> PhaseSeries:
    """Make a series of rates measured in several positions or at several temperatures.

    Parameters
    ----------
    rates : array_like of float, shape (n,)
        Each a mean over `tau0`; NaN where missing.
    labels : sequence of str, length n
        Position (``CH``, ``6H`` …) or temperature of each rate.
    tau0 : float > 0
        Seconds.
    unit : str, default s/d

    Raises
    ------
    DataError
        If there is not one label for each rate.
    """
    segments = label_segments(labels)
    size = len(rates) if isinstance(rates, Sequence) else getattr(rates, "size", len(labels))
    if size != len(labels):
        raise DataError(Message("stability.mixed_lengths", left=int(size), right=len(labels)))
    return PhaseSeries.from_frequency(rates, tau0=tau0, unit=unit, segments=segments)


def deviations_by_segment(series: PhaseSeries, name: str = "oadev", **options: Any) -> BySegment:  # noqa: ANN401 - as `deviations`
    """Compute a statistic for each name of segment and pooled over all.

    Parameters
    ----------
    series : PhaseSeries
    name : str
    **options
        As `deviations`.

    Returns
    -------
    BySegment
        No difference crosses from one segment into another, not even between two of one name: the watch stood
        in another position meanwhile.
    """
    parts: dict[str, Deviations] = {}
    refused: dict[str, Message] = {}
    for label in series.names():
        try:
            parts[label] = deviations(series.only(label), name, **options)
        except DataError as error:
            refused[label] = error.message
    return BySegment(parts, refused, deviations(series, name, **options))
