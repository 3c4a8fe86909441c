# SPDX-License-Identifier: Apache-2.0
"""Where unlock, impulse and drop begin on the mean packet of each side.

A landmark is the onset of a sound: the beginning of its rise, by a fit of rise and decay to the mean energy, so that
sounds of unlike sharpness are timed alike. The drop is the last of the strong sounds, not always the loudest; the
unlock is the first that stands out of the noise. What the noise could hide is weighed before an unlock is believed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.timing import Profile

F64 = npt.NDArray[np.float64]

SMOOTH = 60e-6
"""Seconds of smoothing before sounds are told apart."""
STRONG = 0.20
"""A sound of this part of the loudest one's power may be the drop."""
STAND_OUT = 6.0
"""Standard deviations of the noise by which a sound must stand out."""
SILENCE = 1e-9
"""The least spread of the noise, which digital silence does not have."""
SMALLEST, LARGEST = 70.0, 360.0
"""Amplitudes in degrees between which an unlock is looked for."""
CLEAR = 60.0
"""A sound this many standard deviations above the noise needs no more smoothing to be laid over another."""
PASSED = (0.22, 0.52)
"""Part of the way from unlock to drop at which the impulse of a lever watch is heard; 0.38 on average."""
TELLING = 0.3
"""An impulse has at least this part of the unlock's power; what is fainter is no third sound."""
FAINT = 0.05
"""When the sides do not look alike, a drop of this part of the loudest sound's power is tried."""
ALIKE = 1e-3
"""Seconds within which both sides have their drop, seen from the references that the line follows."""


@dataclass(frozen=True)
class Onset:
    """The beginning of a sound: seconds from the reference of the packet, uncertainty, peak power over the noise."""

    time: float
    u: float
    power: float


@dataclass(frozen=True)
class Side:
    """The sounds of one side of the escapement.

    Parameters
    ----------
    drop : Onset or None
    first : Onset or None
        The first sound before the drop that stands out; the unlock, when it is believed.
    impulse : Onset or None
        The loudest sound between the two.
    floor : float
        Peak power that a sound needs to stand out.
    buried : bool
        There is sound already where the unlock of the smallest amplitude would be.
    """

    drop: Onset | None
    first: Onset | None = None
    impulse: Onset | None = None
    floor: float = 0.0
    buried: bool = False

    @property
    def lift_time(self) -> float | None:
        """Seconds from the first sound to the drop."""
        return None if self.drop is None or self.first is None else self.drop.time - self.first.time

    @property
    def threefold(self) -> bool:
        """Whether an impulse stands where it should between the first sound and the drop, so that the first is the unlock."""
        if self.first is None or self.impulse is None or self.lift_time is None:
            return False
        passed = (self.impulse.time - self.first.time) / self.lift_time
        return PASSED[0] <= passed <= PASSED[1] and self.impulse.power >= TELLING * self.first.power


def swing_times(lift_angle: float, period: float) -> tuple[float, float]:
    """Return the shortest and the longest time from unlock to drop, in seconds, of any amplitude looked for."""
    reach = np.arcsin(np.minimum(lift_angle / 2 / np.array([LARGEST, SMALLEST]), 0.95)) * period / np.pi
    return float(reach[0]), float(reach[1])


def find_sounds(profile: Profile, *, shape: float, lift_angle: float, period: float) -> tuple[Side, Side]:
    """Find the sounds in the mean packet of each side.

    Parameters
    ----------
    profile : Profile
    shape : float
        Half the degrees of freedom of a bin of noise.
    lift_angle : float
        Degrees.
    period : float
        Seconds of an oscillation.

    Returns
    -------
    tuple of Side
        Tick and tock. Without drops when the sides are so unlike that the drop of one may be the impulse of the other.
    """
    window = swing_times(lift_angle, period)
    for strong in (STRONG, FAINT):
        tick, tock = (_sounds_of(profile, side, shape=shape, window=window, strong=strong) for side in (0, 1))
        if tick.drop is None or tock.drop is None or _alike(tick, tock):
            return tick, tock
    return replace(tick, drop=None), replace(tock, drop=None)


def filled(power: F64, count: F64) -> F64:
    """Return the mean energy with empty cells bridged: a beat in step with the bins leaves every other cell empty."""
    heard = count > 0
    if heard.all() or not heard.any():
        return power
    cells = np.arange(power.size)
    return np.asarray(np.interp(cells, cells[heard], power[heard]), np.float64)


def _alike(tick: Side, tock: Side) -> bool:
    """Tell whether the drops of the sides are the same sound: at the same place, or after the same first sound."""
    if tick.drop is None or tock.drop is None:
        return False
    if abs(tick.drop.time - tock.drop.time) < ALIKE:
        return True
    if tick.lift_time is None or tock.lift_time is None:
        return False
    return abs(tick.lift_time - tock.lift_time) < 0.1 * tick.lift_time


def _sounds_of(profile: Profile, side: int, *, shape: float, window: tuple[float, float], strong: float) -> Side:
    """Find the sounds of one side; `window` are the shortest and the longest time from unlock to drop."""
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks

    power = filled(profile.wide[side], profile.count[side])
    soft = gaussian_filter1d(power, max(SMOOTH / profile.cell, 0.5), mode="nearest")
    time = np.asarray((np.arange(power.size) + 0.5) * profile.cell - profile.lead, np.float64)
    shortest, longest = window
    loudest = int(np.argmax(soft))
    quiet = (time < time[loudest] - 1.1 * longest) | (time > time[loudest] + 0.8 * (time[-1] - time[loudest]))
    if np.count_nonzero(quiet) < 20:  # noqa: PLR2004 - no noise to compare with
        return Side(None)
    level = float(np.median(soft[quiet]))
    spread = max(1.4826 * float(np.median(np.abs(soft[quiet] - level))), level / np.sqrt(shape * 1e6), SILENCE)
    floor = STAND_OUT * spread
    above = np.maximum(soft - level, 0.3 * spread)
    tops, _ = find_peaks(np.log(above), height=np.log(floor), prominence=np.log(2.0), distance=max(1, int(2e-4 / profile.cell)))
    if not tops.size:
        return Side(None, floor=floor)
    drop = int(tops[above[tops] >= strong * above[tops].max()][-1])
    edge = _Edge(power, np.asarray(profile.count[side], np.float64), time, level, shape)
    found = Side(edge.fit(drop, above), floor=floor)
    early = tops[(time[tops] > time[drop] - 1.05 * longest) & (time[tops] < time[drop] - 0.9 * shortest)]
    if not early.size:
        return found
    first = int(early[0])
    start = int(np.searchsorted(time, time[drop] - 1.05 * longest))
    between = tops[(tops > first) & (tops < drop)]
    impulse = None
    if between.size:
        top = int(between[np.argmax(above[between])])
        impulse = edge.half(top, above)
    return Side(found.drop, edge.fit(first, above), impulse, floor, buried=bool(above[start : start + 5].max() > floor))


@dataclass(frozen=True)
class _Edge:
    """Fits the onset of a sound on one profile."""

    power: F64
    count: F64
    time: F64
    level: float
    shape: float

    def half(self, top: int, above: F64) -> Onset:
        """Return where the rise into `top` is half high: good enough to say which sound it is."""
        at = top
        while at > 0 and above[at] > 0.5 * above[top]:
            at -= 1
        return Onset(float(self.time[at]), float("nan"), float(above[top]))

    def fit(self, top: int, above: F64) -> Onset | None:
        """Fit rise and decay to the points from before the rise into `top` to just after it."""
        from sichen.bench.acoustic.kernels import packet_misfit

        height = above[top]
        foot = top
        while foot > 0 and above[foot] > 0.08 * height and above[foot - 1] < 1.15 * above[foot]:
            foot -= 1
        half = top
        while half > foot and above[half] > 0.5 * height:
            half -= 1
        first, last = max(0, foot - 8), min(self.power.size, top + 5)
        time, power = self.time[first:last], self.power[first:last]
        rise = max(self.time[top] - self.time[half], 30e-6)
        base = float(np.median(self.power[first : max(foot - 1, first + 3)]))
        weight = np.sqrt(self.shape * self.count[first:last])
        cell = float(self.time[1] - self.time[0])

        spare = max(0.3 * self.level, 0.05 * height)
        time, power = np.ascontiguousarray(time), np.ascontiguousarray(power)

        def misfit(thetas: F64) -> F64:
            return packet_misfit(time, power, weight, thetas, cell, spare)

        guess = np.array([self.time[half] - 0.7 * rise, np.log(0.7 * rise), np.log(8 * rise), np.log(1.5 * height), base])
        low = np.array([self.time[first] - 2e-3, np.log(5e-6), np.log(50e-6), np.log(0.2 * height), 0.0])
        high = np.array([self.time[top], np.log(5e-3), np.log(0.1), np.log(1e3 * height), max(base * 3, height)])
        steps = np.array([1e-7, 1e-4, 1e-4, 1e-4, 1e-4 * max(self.level, base)])
        theta, slopes, cost = least_misfit(misfit, np.clip(guess, low, high), (low, high), steps)
        inverse = np.linalg.pinv(slopes.T @ slopes)
        inflation = max(1.0, cost / max(power.size - guess.size, 1))
        return Onset(float(theta[0]), float(np.sqrt(max(inverse[0, 0], 0.0) * inflation)), float(height))


def least_misfit(
    misfit: Callable[[F64], F64], guess: F64, limits: tuple[F64, F64], steps: F64, *, turns: int = 60
) -> tuple[F64, F64, float]:
    """Find the parameters of least squared misfit, by Levenberg's and Marquardt's rule.

    A general solver spends most of its time on its own book-keeping here; a live page cannot.

    Parameters
    ----------
    misfit : callable
        Takes parameters of shape (k, m), returns residuals of shape (k, n).
    guess : ndarray of float64, shape (m,)
    limits : tuple of ndarray of float64, shape (m,)
    steps : ndarray of float64, shape (m,)
        For the differences that stand for slopes.
    turns : int

    Returns
    -------
    ndarray of float64, shape (m,)
    ndarray of float64, shape (n, m)
        Slopes of the residuals.
    float
        Sum of the squares.
    """
    theta, damping = guess, 1e-2
    here, slopes = _slopes(misfit, theta, steps)
    cost = float(here @ here)
    for _ in range(turns):
        curvature = slopes.T @ slopes
        damped = curvature + damping * np.diag(np.maximum(np.diag(curvature), 1e-12))
        trial = np.clip(theta - np.linalg.solve(damped, slopes.T @ here), *limits)
        there = misfit(trial[None, :])[0]
        after = float(there @ there)
        if after >= cost:
            damping *= 5.0
            if damping > 1e6:  # noqa: PLR2004 - no step is short enough: this is the bottom
                break
            continue
        small = cost - after < 1e-6 * cost
        theta, cost, damping = trial, after, max(0.2 * damping, 1e-9)
        here, slopes = _slopes(misfit, theta, steps)
        if small:
            break
    return theta, slopes, cost


def _slopes(misfit: Callable[[F64], F64], theta: F64, steps: F64) -> tuple[F64, F64]:
    rows = misfit(np.vstack([theta, theta + np.diag(steps)]))
    return rows[0], (rows[1:] - rows[0]).T / steps


def _height(power: F64, cell: float) -> F64:
    """Return the root of the power that stands out of the noise, smoothed the more, the fainter the sound is."""
    from scipy.ndimage import gaussian_filter1d

    for width in (30e-6, 80e-6, 200e-6):
        soft = gaussian_filter1d(power, width / cell, mode="nearest")
        level = float(np.median(soft))
        spread = 1.4826 * float(np.median(np.abs(soft - level)))
        if soft.max() - level > CLEAR * spread:
            break
    return np.asarray(np.sqrt(np.maximum(soft - level - 2 * spread, 0.0)), np.float64)


def shift_between(profile: Profile, times: tuple[float, float], *, span: tuple[float, float] = (-3e-4, 1.2e-3)) -> float:
    """Return by how much the sound of the tock comes later than that of the tick, by laying one over the other.

    Parameters
    ----------
    profile : Profile
    times : tuple of float
        Onset of the sound in the tick and in the tock, in seconds from the reference.
    span : tuple of float
        Seconds before and after the onset that belong to the sound.

    Returns
    -------
    float
        Seconds; at the end of what was tried when the two sounds are too unlike.
    """
    shifts, likeness = _laid_over(profile, times, span)
    best = int(np.argmax(likeness))
    if best in {0, len(shifts) - 1}:
        return float(shifts[best])
    left, here, right = likeness[best - 1 : best + 2]
    return float(shifts[best] + 0.5 * profile.cell * 0.5 * (left - right) / (left - 2 * here + right))


def likeness_of_sides(profile: Profile, times: tuple[float, float], *, span: tuple[float, float] = (-1e-3, 4e-3)) -> float:
    """Return how much alike tick and tock are about a sound of both: 1 when one is a multiple of the other.

    Parameters
    ----------
    profile : Profile
    times : tuple of float
        Onset of the sound in the tick and in the tock, in seconds from the reference.
    span : tuple of float
        Seconds before and after the onset that are compared; wide enough for a sound that only one side has.

    Returns
    -------
    float
        From 0 to 1, at the best of the shifts that are tried.
    """
    return float(np.max(_laid_over(profile, times, span)[1]))


def _laid_over(profile: Profile, times: tuple[float, float], span: tuple[float, float]) -> tuple[F64, F64]:
    """Return shifts of the tock against the tick, in seconds, and how much alike the two are at each."""
    rough = times[1] - times[0]
    grid = np.arange(span[0], span[1], profile.cell)
    centres = (np.arange(profile.wide.shape[1]) + 0.5) * profile.cell - profile.lead
    heights = [_height(filled(*row), profile.cell) for row in zip(profile.wide, profile.count, strict=True)]
    middle = 0.5 * (times[0] + times[1])
    shifts = rough + np.arange(-14, 15) * 0.5 * profile.cell
    likeness: list[float] = []
    for shift in shifts:
        tick = np.interp(middle + grid - shift / 2, centres, heights[0])
        tock = np.interp(middle + grid + shift / 2, centres, heights[1])
        likeness.append(float(tick @ tock / np.sqrt(max(tick @ tick * (tock @ tock), 1e-30))))
    return np.asarray(shifts, np.float64), np.array(likeness)
