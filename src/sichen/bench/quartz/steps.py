# SPDX-License-Identifier: Apache-2.0
"""From pulses to steps: the step period, which pulse is which step, and which pulses do not belong."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.bench.quartz.facts import DAY, quartz_facts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NOMINALS = tuple(1.0 / n for n in (64, 32, 16, 12, 10, 8, 6, 5)) + tuple(n / 4.0 for n in range(1, 241))
"""Step periods that a drive can have: 1/64 s to 60 s."""

GATE = 0.2
"""How far from its place a step may come, in step periods: a long inhibition moves it by up to 0.11 s at once."""

CORRECTION = (4e-3, 0.25)
"""A correction pulse follows its step after 4 to 250 ms: while the rotor swings back or soon after."""


@dataclass(frozen=True)
class Steps:
    """Pulses put in order.

    Parameters
    ----------
    period : float
        Nominal step period in seconds.
    index : ndarray of int64, shape (n,)
        Which pulses are steps.
    number : ndarray of int64, shape (n,)
        Which step each is.
    corrections, doubles : ndarray of int64
        Which pulses are correction pulses, and which are steps too many.
    strays : int
        Pulses that are none of these.
    missed : ndarray of float64
        When steps should have come that did not.
    log10_false_alarm : float
        Decimal logarithm of the chance that pulses at random would look as regular.
    """

    period: float
    index: Ints
    number: Ints
    corrections: Ints
    doubles: Ints
    strays: int
    missed: Floats
    log10_false_alarm: float


def order_steps(times: Floats, polarity: Floats | None = None) -> Steps | None:
    """Find the step period and give every pulse its place.

    Parameters
    ----------
    times : ndarray, shape (n,)
        When pulses began, in seconds, rising.
    polarity : ndarray, shape (n,), optional
        +1 or −1; tells a correction pulse (same polarity as its step) from a double step (opposite).

    Returns
    -------
    Steps or None
        None when nothing steps regularly.

    Examples
    --------
    >>> steps = order_steps(np.array([0.0, 5.0, 10.0, 10.06, 20.0]))
    >>> steps.period, steps.missed.tolist(), steps.corrections.tolist()
    (5.0, [15.0], [3])
    """
    best: Steps | None = None
    for period in _periods(times):
        steps = _ordered(times, polarity, period)
        if steps is not None and (best is None or steps.log10_false_alarm < best.log10_false_alarm - 1e-9):
            best = steps
    return best


def _periods(times: Floats) -> list[float]:
    """Return nominal periods near the usual distance of neighbours, and of next neighbours, longest first."""
    if times.size < 3:  # noqa: PLR2004 - two intervals are the least that can agree
        return []
    found = set()
    for apart in (1, 2, 3):
        gaps = times[apart:] - times[:-apart]
        for gap in np.quantile(gaps, [0.25, 0.5, 0.75]) if gaps.size else []:
            nearest = min(NOMINALS, key=lambda nominal: abs(math.log(nominal / max(float(gap), 1e-6))))
            if abs(gap / nearest - 1.0) < 0.02:  # noqa: PLR2004 - jitter and jumps; the fit decides
                found.add(nearest)
    return sorted(found, reverse=True)


def _ordered(times: Floats, polarity: Floats | None, period: float) -> Steps | None:
    number, off = _places(times, period)
    role = _roles(times, polarity, number, off, period)
    index = np.flatnonzero(role == STEP)
    if index.size < 4:  # noqa: PLR2004 - a slope and a scatter need more than three
        return None
    used = number[index] - number[index[0]]
    absent = np.setdiff1d(np.arange(used[-1] + 1), used)
    return Steps(
        period=period,
        index=index,
        number=used,
        corrections=np.flatnonzero(role == CORRECTED),
        doubles=np.flatnonzero(role == DOUBLE),
        strays=int(np.count_nonzero(role == STRAY)),
        missed=np.interp(absent, used, times[index]),
        log10_false_alarm=_false_alarm(times[index], used, period, absent.size + int(np.count_nonzero(role == STRAY))),
    )


STEP, CORRECTED, DOUBLE, STRAY = range(4)


def _places(times: Floats, period: float) -> tuple[Ints, Floats]:
    """Return the step number of each pulse and how far off its place it is, in periods.

    The place follows the steps from one to the next, so that rate and inhibition do not add up; a pulse that is
    off does not move it.
    """
    number = np.zeros(times.size, dtype=np.int64)
    off = np.zeros(times.size)
    anchor, count = times[_first(times, period)], 0
    for index, time in enumerate(times.tolist()):
        ahead = (time - anchor) / period
        whole = round(ahead)
        number[index], off[index] = count + whole, ahead - whole
        if abs(off[index]) <= GATE and whole > 0:
            anchor, count = time, count + whole
    return number, off


def _first(times: Floats, period: float) -> int:
    """Return a pulse that has followers at whole periods: the first one may be a stray."""
    for index in range(min(times.size, 8)):
        away = (times[index + 1 : index + 40] - times[index]) / period
        near = np.abs(away - np.round(away)) < 0.02  # noqa: PLR2004 - regular enough to begin with
        if near.size and np.count_nonzero(near & (away > 0.5)) >= 0.5 * near.size:  # noqa: PLR2004 - more than half agree
            return index
    return 0


def _roles(times: Floats, polarity: Floats | None, number: Ints, off: Floats, period: float) -> Ints:
    role = np.full(times.size, STRAY, dtype=np.int64)
    last = -1
    for index in range(times.size):
        new = last < 0 or number[index] > number[last]
        if abs(off[index]) <= GATE and new:
            role[index], last = STEP, index
            continue
        if last < 0:
            continue
        after = times[index] - times[last]
        same = polarity is None or polarity[index] == polarity[last]
        if CORRECTION[0] <= after <= min(CORRECTION[1], 0.45 * period) and same:
            role[index] = CORRECTED
        elif polarity is None or not same:
            role[index] = DOUBLE
    return role


def _false_alarm(times: Floats, number: Ints, period: float, odd: int) -> float:
    """Return log10 of the chance that as many random pulses keep step as well.

    Each pulse after the first two falls within ± 3 scatters of its place with chance 6 s / P; misses and strays
    are paid for by the ways to choose them.
    """
    error = times - times[0] - number * period
    bend = np.diff(error, 2) if error.size > 2 else np.zeros(1)  # noqa: PLR2004 - second differences
    scatter = max(float(np.median(np.abs(bend))) / 0.6745 / math.sqrt(6.0), 1e-7)
    chance = min(6.0 * scatter / period, 1.0)
    tries = math.log10(len(NOMINALS)) + math.log10(2.0 * quartz_facts()["greatest_rate"].value / DAY / 1e-6)
    choices = 0.301 * (times.size + odd) * _entropy(odd / (times.size + odd))
    return min(0.0, tries + choices + (times.size - 2) * math.log10(chance))


def _entropy(share: float) -> float:
    if share <= 0.0 or share >= 1.0:
        return 0.0
    return -share * math.log2(share) - (1.0 - share) * math.log2(1.0 - share)
