# SPDX-License-Identifier: Apache-2.0
"""Which nominal beat rate a measured one belongs to: the beat interval comes first, and no nominal is forced on it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import log
from typing import Literal, cast

from sichen.core import Message

Origin = Literal["given", "listed", "rounded", "measured"]

DAY = 86400.0
HOUR = 3600.0
NEAR = 0.05
"""Relative: a given nominal further off than this belongs to another watch."""


@dataclass(frozen=True)
class Nominal:
    """A beat rate to which a rate refers, and where it comes from."""

    beats_per_hour: float
    origin: Origin


@dataclass(frozen=True)
class NominalList:
    """The nominals of the trade and how far a watch may be from one; see `data/nominals.toml`."""

    beats_per_hour: tuple[float, ...]
    fast_from: float
    fast: float
    slow: float
    round_to: tuple[float, ...]
    round_within: float


@cache
def nominals() -> NominalList:
    """Return the packaged list of nominal beat rates, rising."""
    text = resources.files("sichen.bench").joinpath("data/nominals.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    tolerance = table["tolerance"]
    values = (float(value) for entry in table["nominal"] for value in cast("list[int]", entry["beats_per_hour"]))
    return NominalList(
        tuple(sorted(values)),
        float(tolerance["fast_from"]),
        float(tolerance["fast"]),
        float(tolerance["slow"]),
        tuple(float(step) for step in tolerance["round_to"]),
        float(tolerance["round_within"]),
    )


RANGE = (1_000.0, 80_000.0)
"""Beats an hour between which beats are looked for."""
SECONDS, LISTED = 0.15, 0.35
"""Of all timekeepers that somebody records, the parts that beat once a second, and at the other nominals of the list."""
AFLOAT = 0.005
"""Relative: how far a recorder's clock and a clock of the house together may put a slow beat off its nominal."""


@cache
def _densities() -> tuple[tuple[float, float, float], ...]:
    """Return of every nominal its place, half its width, and its weight against a rhythm of any tempo."""
    known = nominals()
    listed = [value for value in known.beats_per_hour if value <= RANGE[1]]
    span = log(RANGE[1] / RANGE[0])
    rows = []
    for value in listed:
        half = known.fast / DAY if value >= known.fast_from else AFLOAT
        share = SECONDS if value == HOUR else LISTED / (len(listed) - 1)
        rows.append((value, half, share * span / (2 * half)))
    return tuple(rows)


def familiarity(measured: float) -> float:
    """Return how much likelier a beat rate is for a timekeeper than for a rhythm, whose tempo may be any.

    Parameters
    ----------
    measured : float > 0
        Beats an hour.

    Returns
    -------
    float
        Its mean over the logarithm of all beat rates is 1, so that a chance divided by it remains a chance.

    Examples
    --------
    >>> round(familiarity(3_601.0)), round(familiarity(4_321.0), 1)
    (66, 0.5)
    """
    near = sum(weight for value, half, weight in _densities() if abs(log(measured / value)) <= half)
    return near + (1.0 - SECONDS - LISTED)


def nominal_for(measured: float, *, given: float | None = None) -> Nominal:
    """Choose the nominal for a measured beat rate.

    Parameters
    ----------
    measured : float > 0
        Beats an hour.
    given : float, optional
        What the user says; it always wins.

    Returns
    -------
    Nominal
        The given one; else the nearest of the list, within 900 s/d for watches and 0.2 % for clocks; else, for
        watches, the roundest number within 60 s/d; else the measured one, against which no rate can be stated.

    Examples
    --------
    >>> nominal_for(28_802.4)
    Nominal(beats_per_hour=28800.0, origin='listed')
    >>> nominal_for(23_401.5)
    Nominal(beats_per_hour=23400.0, origin='rounded')
    >>> nominal_for(9_160.0).origin
    'measured'
    """
    if given is not None:
        return Nominal(float(given), "given")
    known = nominals()
    nearest = min(known.beats_per_hour, key=lambda value: abs(measured / value - 1))
    allowed = known.fast / DAY if nearest >= known.fast_from else known.slow
    if abs(measured / nearest - 1) <= allowed:
        return Nominal(nearest, "listed")
    if measured >= known.fast_from:
        for step in known.round_to:
            near = step * round(measured / step)
            if near and abs(measured / near - 1) * DAY <= known.round_within:
                return Nominal(near, "rounded")
    return Nominal(measured, "measured")


def other_nominal(beat_interval: float, *, given: float | None) -> Message | None:
    """Say that the beats which were heard are not those that somebody expects; None where they may be.

    Examples
    --------
    >>> other_nominal(0.125, given=28_800) is None
    True
    >>> other_nominal(0.125, given=21_600).key
    'bench.events.other_nominal'
    """
    if given is None or abs(HOUR / beat_interval / given - 1) <= NEAR:
        return None
    return Message("bench.events.other_nominal", found=f"{HOUR / beat_interval:.0f}", given=f"{given:g}")


def rate_of(beat_interval: float, *, beats_per_hour: float) -> float:
    """Return the rate in s/d, positive when the watch gains.

    Examples
    --------
    >>> round(rate_of(0.124990, beats_per_hour=28800), 3)
    6.913
    """
    return (HOUR / (beats_per_hour * beat_interval) - 1) * DAY
