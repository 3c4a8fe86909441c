# SPDX-License-Identifier: Apache-2.0
"""Which nominal beat rate a measured beat interval belongs to: the interval comes first, the nominal second."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, cast

Origin = Literal["given", "listed", "rounded", "measured"]

DAY = 86400.0
HOUR = 3600.0


@dataclass(frozen=True)
class NominalList:
    """The nominals of the trade and how far a watch may be from one."""

    bph: tuple[float, ...]
    fast_from: float
    fast: float
    slow: float
    round_to: float
    round_within: float


@cache
def nominals() -> NominalList:
    """Return the packaged list of nominal beat rates."""
    text = resources.files("sichen.bench").joinpath("data/nominals.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    values = tuple(float(bph) for entry in table["nominal"] for bph in cast("list[int]", entry["bph"]))
    return NominalList(bph=tuple(sorted(values)), **table["tolerance"])


def nominal_beat_rate(beat_interval: float, *, given: float | None = None) -> tuple[float, Origin]:
    """Name the nominal that the rate of a watch refers to.

    Parameters
    ----------
    beat_interval : float > 0
        Measured mean time between two beats, in seconds.
    given : float, optional
        Beats an hour that the user names; it always wins.

    Returns
    -------
    beats_per_hour : float
    origin : {"given", "listed", "rounded", "measured"}
        ``measured`` means that no nominal is near, so that no rate can be stated.

    Examples
    --------
    >>> nominal_beat_rate(0.125 * (1 - 20 / 86400))
    (28800.0, 'listed')
    >>> nominal_beat_rate(3600 / 6915.0)
    (6915.0, 'measured')
    """
    if given is not None:
        return float(given), "given"
    known = nominals()
    measured = HOUR / beat_interval
    nearest = min(known.bph, key=lambda bph: abs(measured / bph - 1))
    allowed = known.fast / DAY if nearest >= known.fast_from else known.slow
    if abs(measured / nearest - 1) <= allowed:
        return nearest, "listed"
    rounded = known.round_to * round(measured / known.round_to)
    # Where the round values lie closer than ten windows, one of them is always near and says nothing.
    telling = 10 * known.round_within * measured < known.round_to
    if telling and rounded and abs(measured / rounded - 1) <= known.round_within:
        return float(rounded), "rounded"
    return measured, "measured"


def rate_of(beat_interval: float, *, beats_per_hour: float) -> float:
    """Return the rate in s/d, positive when the watch gains.

    Examples
    --------
    >>> round(rate_of(0.124990, beats_per_hour=28800), 3)
    6.913
    """
    return (HOUR / (beats_per_hour * beat_interval) - 1) * DAY
