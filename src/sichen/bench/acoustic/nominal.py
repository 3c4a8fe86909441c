# SPDX-License-Identifier: Apache-2.0
"""Which beat rate a watch was made for. The measured beat interval comes first; no nominal is ever forced on it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

Origin = Literal["given", "listed", "rounded", "measured"]

DAY = 86_400.0
WATCH = 11_900.0
"""Beats an hour from which one expects the rate of a watch; below, that of a clock."""
WATCH_REACH = 900.0
CLOCK_REACH = 0.002 * DAY
ROUND_REACH = 60.0
ROUND_STEPS = (3600, 1800, 1200, 900, 720, 600, 360, 300, 240, 180, 120, 100)


@dataclass(frozen=True)
class Nominal:
    """A beat rate to which a rate refers, and where it comes from."""

    beats_per_hour: float
    origin: Origin


@cache
def listed() -> tuple[float, ...]:
    """Return the nominals of the list, rising."""
    text = resources.files("sichen.bench.acoustic").joinpath("data/nominals.toml").read_text(encoding="utf-8")
    return tuple(sorted(float(value) for group in tomllib.loads(text)["nominal"] for value in group["beats_per_hour"]))


def nominal_for(measured: float, *, given: float | None = None) -> Nominal:
    """Choose the nominal for a measured beat rate.

    Parameters
    ----------
    measured : float > 0
        Beats an hour.
    given : float, optional
        What the user says.

    Returns
    -------
    Nominal
        The given one; else the nearest of the list, within 900 s/d for watches and 0.2 % for clocks; else, for
        watches, the roundest number within 60 s/d; else the measured one.

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
        return Nominal(given, "given")
    nearest = min(listed(), key=lambda value: abs(value - measured))
    if abs(rate_against(measured, nearest)) <= (WATCH_REACH if measured >= WATCH else CLOCK_REACH):
        return Nominal(nearest, "listed")
    if measured >= WATCH:
        for step in ROUND_STEPS:
            near = step * round(measured / step)
            if near and abs(rate_against(measured, near)) <= ROUND_REACH:
                return Nominal(float(near), "rounded")
    return Nominal(measured, "measured")


def rate_against(measured: float, nominal: float) -> float:
    """Return the rate in s/d of a watch that beats `measured` times an hour instead of `nominal` times."""
    return (measured / nominal - 1.0) * DAY
