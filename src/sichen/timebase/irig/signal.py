# SPDX-License-Identifier: Apache-2.0
"""IRIG-B as a signal: pulses of 2, 5 and 8 ms, bare or as the strength of a 1 kHz carrier; made, and heard again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sichen.timebase.irig.code import MARK, SIZE, Form, IrigTime, read_frame

F64 = NDArray[np.float64]
WIDTHS = {"0": 0.002, "1": 0.005, MARK: 0.008}
CELL = 0.010
CARRIER = 1000.0
DEPTH = 10.0 / 3.0
"""Strength of the carrier in a pulse over that beside it, nominal."""
TOLERANCE = 0.0015
LEAST = 0.2
"""Of its scatter, that a signal must swing between pulse and pause: a carrier that was not rectified does not."""
FEWEST = 2
"""Frames that must follow each other by one second before any is believed."""


@dataclass(frozen=True)
class IrigFrame:
    """A frame as heard.

    Parameters
    ----------
    start : float
        Sample, with fraction, of the reference marker's leading edge: there the second begins.
    time : IrigTime
    """

    start: float
    time: IrigTime


@dataclass(frozen=True)
class Heard:
    """What was heard of a recording.

    Parameters
    ----------
    frames : tuple of IrigFrame
        Those that agree with a neighbour.
    modulated : bool
        On a carrier.
    inverted : bool
        Pulses are low.
    doubtful : int
        Frames that were whole but agree with no neighbour, or whose parity is wrong.
    """

    frames: tuple[IrigFrame, ...]
    modulated: bool
    inverted: bool
    doubtful: int


def widths(symbols: str) -> F64:
    """Return the lengths of the pulses of symbols, in s."""
    return np.array([WIDTHS[symbol] for symbol in symbols])


def pulses(symbols: str, *, sample_rate: float) -> F64:
    """Return symbols as pulses, 1 while high and 0 else.

    Examples
    --------
    >>> pulses("1", sample_rate=1000.0)
    array([1., 1., 1., 1., 1., 0., 0., 0., 0., 0.])
    """
    size = round(len(symbols) * CELL * sample_rate)
    at = np.arange(size) / sample_rate
    # A little grace: an edge that falls on a sample belongs to it whatever the last bit of its double says.
    cell = np.minimum(((at + 5e-4 / sample_rate) / CELL).astype(np.int64), len(symbols) - 1)
    return np.where(at - cell * CELL < widths(symbols)[cell] - 0.25 / sample_rate, 1.0, 0.0)


def tone(symbols: str, *, sample_rate: float, depth: float = DEPTH) -> F64:
    """Return symbols as the strength of a 1 kHz carrier whose zero crossings fall on the edges of the pulses."""
    level = pulses(symbols, sample_rate=sample_rate)
    at = np.arange(level.size) / sample_rate
    return np.asarray(np.sin(2 * np.pi * CARRIER * at) * (1 / depth + (1 - 1 / depth) * level), np.float64)


def mu_law(data: bytes) -> F64:
    """Return samples of ITU-T G.711 µ-law, between −1 and 1."""
    codes = ~np.frombuffer(data, np.uint8)
    exponent, mantissa = (codes >> 4) & 7, codes & 15
    size = (((mantissa.astype(np.int64) << 3) + 132) << exponent) - 132
    return np.where(codes & 128, -size, size) / 32_124.0


def hear(samples: ArrayLike, *, sample_rate: float, form: Form) -> Heard:
    """Find the frames of a recording, whatever its polarity and whether it has a carrier.

    Parameters
    ----------
    samples : array_like of shape (n,)
    sample_rate : float
        In Hz; 4 kHz or more.
    form : Form

    Returns
    -------
    Heard
        Of the ways to listen the one that yields most; no frames of a recording that is empty or holds what is no number.
    """
    sound = np.asarray(samples, np.float64)
    if sound.size == 0 or not np.all(np.isfinite(sound)):
        return Heard((), modulated=False, inverted=False, doubtful=0)
    ways = ((sound, False, False), (-sound, False, True), (np.abs(sound - sound.mean()), True, False))
    found = [_heard(level, sample_rate, form, modulated, inverted) for level, modulated, inverted in ways]
    return max(found, key=lambda one: (len(one.frames), one.doubtful))


def _heard(level: F64, sample_rate: float, form: Form, modulated: bool, inverted: bool) -> Heard:
    starts, lengths = _pulses(level, sample_rate)
    symbols = _symbols(lengths)
    places = np.arange(SIZE) * CELL
    # Every pulse of a frame tells where its second began: their mean is ten times as sure as one.
    whole = [
        (float(np.mean(starts[at : at + SIZE] - places)) * sample_rate, read_frame(symbols[at : at + SIZE], form=form))
        for at in _references(starts, symbols)
    ]
    told = [IrigFrame(start, time) for start, time in whole if time is not None]
    kept = tuple(
        one for one in told if any(_follows(one, other, sample_rate) or _follows(other, one, sample_rate) for other in told)
    )
    return Heard(kept, modulated, inverted, len(whole) - len(kept))


def _pulses(level: F64, sample_rate: float) -> tuple[F64, F64]:
    """Return begin and length of each pulse in s, between the crossings of the middle level of the smoothed signal."""
    width = max(round(sample_rate / CARRIER), 1)
    summed = np.concatenate([[0.0], np.cumsum(level)])
    smooth = (summed[width:] - summed[:-width]) / width
    low, high = np.quantile(smooth, [0.1, 0.9]) if smooth.size else (0.0, 0.0)
    if high - low < LEAST * float(np.std(level)) or smooth.size == 0:
        return np.empty(0), np.empty(0)
    lower, upper = low + 0.35 * (high - low), low + 0.65 * (high - low)
    above = _above(smooth, lower, upper)
    up, down = np.flatnonzero(~above[:-1] & above[1:]), np.flatnonzero(above[:-1] & ~above[1:])
    cut = bool(above.size and above[0])
    if cut:
        up = np.concatenate([[0], up])
    count = min(up.size, down.size)
    begins = _crossing(smooth, up[:count], lower, upper) + width / 2
    ends = _crossing(-smooth, down[:count], -upper, -lower) + width / 2
    if cut and count > 1:
        # The recording begins with a pulse: its edge is one cell before the next one.
        begins[0] = begins[1] - CELL * sample_rate
    return begins / sample_rate, (ends - begins) / sample_rate


def _above(smooth: F64, low: float, high: float) -> NDArray[np.bool_]:
    """Tell where the signal is up: from where it passes the higher level to where it falls below the lower one."""
    told = np.where(smooth > high, 1, np.where(smooth < low, -1, 0))
    last = np.maximum.accumulate(np.where(told != 0, np.arange(told.size), 0))
    return np.asarray(told[last] > 0, np.bool_)


def _crossing(smooth: F64, before: NDArray[np.int64], lower: float, upper: float) -> F64:
    """Return where an edge is: between where the signal was last below the lower level and where it first passed the upper one.

    Noise makes the one late and the other early by the same: their mean is not moved.
    """
    left = np.flatnonzero(smooth[:-1] <= lower)
    began = left[np.maximum(np.searchsorted(left, before, side="right") - 1, 0)] if left.size else before
    return (_between(smooth, began, lower) + _between(smooth, before, upper)) / 2


def _between(smooth: F64, before: NDArray[np.int64], level: float) -> F64:
    step = smooth[before + 1] - smooth[before]
    return np.asarray(before + np.clip((level - smooth[before]) / np.where(step == 0, 1.0, step), 0.0, 1.0), np.float64)


def _symbols(lengths: F64) -> str:
    known = np.array(list(WIDTHS.values()))
    nearest = np.argmin(np.abs(lengths[:, None] - known[None, :]), axis=1)
    good = np.abs(lengths - known[nearest]) <= TOLERANCE
    names = list(WIDTHS)
    return "".join(names[place] if fits else "?" for place, fits in zip(nearest.tolist(), good.tolist(), strict=True))


def _references(starts: F64, symbols: str) -> Sequence[int]:
    """Return the pulses that begin a frame: the second of two markers, with a hundred cells of even spacing behind."""
    found = []
    for at in range(len(symbols) - SIZE + 1):
        begins = symbols[at] == MARK and symbols[at + SIZE - 1] == MARK and (at == 0 or symbols[at - 1] == MARK)
        if begins and np.all(np.abs(np.diff(starts[at : at + SIZE]) - CELL) <= TOLERANCE):
            found.append(at)
    return found


def _follows(one: IrigFrame, other: IrigFrame, sample_rate: float) -> bool:
    """Tell whether a frame lies one second behind another, by the recording and by what it says."""
    if abs((one.start - other.start) / sample_rate - 1) > TOLERANCE:
        return False
    left, right = one.time, other.time
    now, before = ((time.hour * 60 + time.minute) * 60 + time.second for time in (left, right))
    inside = left.day == right.day and now - before in {1, 3601, -3599}
    # At midnight, and about a leap second: 23:59:58 or :60 may be followed by 00:00:00, 23:59:59 by :60.
    night = left.day != right.day and now == 0 and before >= 86_398  # noqa: PLR2004 - the last seconds of a day
    return inside or night or (right.second == 60 and left.second == 0)  # noqa: PLR2004 - a leap second
