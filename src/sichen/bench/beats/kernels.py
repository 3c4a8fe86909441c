# SPDX-License-Identifier: Apache-2.0
"""The loop that gives every detected beat its number, compiled."""

import numba
import numpy as np
import numpy.typing as npt

REJECTED = -1
DUPLICATE = -2

_TOLERANCE = 0.1  # of a beat: a peak further off is not this beat
_GAIN = 0.2  # of the phase loop
_RATE_GAIN = 0.01  # gain² / 4: critically damped
_HALF = 0.5  # of a beat: how far a side that is not known yet may lie from the middle
_FORGET = 8  # beats without a sound after which the phase of a side is learnt anew
_TAKEOVER = 5  # beats that a new phase must hold before it is believed
_BRIDGE = 0.05  # of a beat: how far the phase may have drifted unseen and still be counted across
_RATE_DOUBT = 3e-4  # 26 s/d: what the rate of a watch may change within a pause


# Where each part of a phase loop stands in its array: two numbers and two phases (tick, tock), pace, last beat.
_NUMBER, _PHASE, _PACE, _LAST, _LAST_TIME, _SIZE = 0, 2, 4, 5, 6, 7


@numba.njit(cache=True)
def _begin(loop: npt.NDArray[np.float64], time: float, pace: float) -> None:
    """Start a phase loop at its first beat."""
    loop[:] = np.array([0.0, -1.0, time, 0.0, pace, 0.0, time])


@numba.njit(cache=True)
def _place(loop: npt.NDArray[np.float64], time: float) -> tuple[float, float]:
    """Return the number of a time on a comb of two phases, and how far it is from its tooth, in beats."""
    pace = loop[_PACE]
    best, error = 0.0, 2.0
    for side in range(2):
        if loop[_NUMBER + side] < 0:
            # This side is not known yet: it lies somewhere around the middle of the other.
            other = 1 - side
            off = (time - loop[_PHASE + other]) / pace
            turns = np.floor(off / 2)
            if abs(off - 2 * turns - 1.0) < _HALF:
                return loop[_NUMBER + other] + 2 * turns + 1, 0.0
            continue
        off = (time - loop[_PHASE + side]) / pace
        turns = np.round(off / 2)
        if abs(off - 2 * turns) < abs(error):
            best, error = loop[_NUMBER + side] + 2 * turns, off - 2 * turns
    return best, error


@numba.njit(cache=True)
def _follow(loop: npt.NDArray[np.float64], time: float, count: float, error: float) -> None:
    """Move the comb towards an accepted beat."""
    side = int(count) % 2
    other = 1 - side
    pace = loop[_PACE]
    new = loop[_NUMBER + side] < 0
    loop[_PHASE + side] = time if new else time - (1 - _GAIN) * error * pace
    loop[_NUMBER + side] = count
    loop[_LAST], loop[_LAST_TIME] = count, time
    loop[_PACE] = pace * (1.0 + _RATE_GAIN * error)
    if loop[_NUMBER + other] < count - _FORGET:
        loop[_NUMBER + other] = -1.0
    else:
        loop[_PHASE + other] += (_GAIN / 2) * error * pace


@numba.njit(cache=True)
def _offer(loop: npt.NDArray[np.float64], time: float) -> int:
    """Let the loop take a time as a beat: its number, or why not."""
    if loop[_LAST] < 0:
        return REJECTED
    count, error = _place(loop, time)
    unseen = (time - loop[_LAST_TIME]) / loop[_PACE] * _RATE_DOUBT
    if abs(error) >= _TOLERANCE or unseen >= _BRIDGE or count < loop[_LAST]:
        return REJECTED
    if count == loop[_LAST]:
        return DUPLICATE
    _follow(loop, time, count, error)
    return int(count)


@numba.njit(cache=True)
def number_beats(times: npt.NDArray[np.float64], period: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Count beats along a phase loop that knows tick from tock.

    A time that does not fit waits in a second loop; when that one has held for some beats while nothing
    fitted the first, the phase has jumped and a new segment begins. The numbers of two segments share no
    origin.

    Parameters
    ----------
    times : ndarray of float64, shape (n,), ascending
    period : float > 0
        First guess of the beat interval, in seconds.

    Returns
    -------
    number, segment : ndarray of int64, shape (n,)
        `number` counts from 0 in each segment; `segment` is -1 where the time is no beat, -2 where it is a
        second detection of one.
    """
    numbers = np.zeros(times.size, dtype=np.int64)
    segments = np.full(times.size, REJECTED, dtype=np.int64)
    loop, rival = np.full(_SIZE, -1.0), np.full(_SIZE, -1.0)
    waiting = np.zeros(_TAKEOVER, dtype=np.int64)
    held, current = 0, -1
    for index in range(times.size):
        time = times[index]
        count = _offer(loop, time)
        if count == DUPLICATE:
            segments[index] = DUPLICATE
            continue
        if count != REJECTED:
            numbers[index], segments[index], held = count, current, 0
            continue
        count = _offer(rival, time) if held else REJECTED
        if count == DUPLICATE:
            continue
        if count == REJECTED:
            _begin(rival, time, loop[_PACE] if current >= 0 else period)
            held, count = 0, 0
        numbers[index], waiting[held] = count, index
        held += 1
        if held == _TAKEOVER:
            current += 1
            segments[waiting] = current
            loop[:] = rival
            held = 0
    return numbers, segments
