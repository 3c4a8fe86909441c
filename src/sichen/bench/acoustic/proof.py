# SPDX-License-Identifier: Apache-2.0
"""A timekeeper or a rhythm? The chance that hands, feet, throats or drops come as near to an even row as this.

Whatever repeats itself repeats from the last time: each interval scatters, and the scatters add up. Whoever follows a
beat that somebody else keeps strays about it, and makes good what was missed. The null distribution is a population
of both; see ``docs/explanation/acoustic-timing.md``. A machine that is even by itself cannot be told from a clock.
"""

from dataclasses import dataclass
from math import lgamma, log, log10

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.combine import Sound
from sichen.bench.acoustic.evenness import Row, row_of
from sichen.bench.acoustic.timing import Fit
from sichen.bench.nominal import HOUR, familiarity

F64 = npt.NDArray[np.float64]

FROM_THE_LAST = np.geomspace(0.02, 0.15, 7)
"""Scatter of the intervals of a rhythm, as a part of them: trained hands tap at 2 to 4 %."""
ABOUT_A_BEAT = np.geomspace(0.025, 0.15, 7)
"""Scatter about a beat that somebody else keeps, as a part of it: 10 to 30 ms."""
RESOLUTION = 3e-5
"""Seconds: no residual is known better."""
OUTLIERS = 0.3
"""Part of the beats that may be left out, when the chance is counted as often as there are ways to choose them."""
ENOUGH = -9.0
"""A chance so small need not be made smaller."""
FEWEST = 4
FEW = 5
JUMP_FROM = 9
"""Beats from which a jump of the recording is looked for."""
NEAR_THE_MEAN = -1e-3
"""Closer to its mean, in standard deviations, the approximation divides nothing by nothing."""
MANY = 12.0
"""The mean of more beats than this is even even when they stray; but a packet so smeared would not be found as faint."""
CLEARLY = 1.0
"""A jump must make the chance smaller by so many powers of ten."""


@dataclass(frozen=True)
class Proof:
    """How sure it is that these are the beats of a timekeeper.

    Parameters
    ----------
    log10_chance : float
        Decimal logarithm of the chance that a rhythm, as rhythms are, gave as much.
    jump : float or None
        Number of the first beat after a place where the recording jumps.
    """

    log10_chance: float
    jump: float | None = None


def prove(sound: Sound, fit: Fit) -> Proof:
    """Weigh the beats of a fit.

    Parameters
    ----------
    sound : Sound
    fit : Fit
        Of this sound.

    Returns
    -------
    Proof
        The chance takes in how far the beat interval is that of a known clock or watch.
    """
    known = log10(familiarity(HOUR / fit.line.interval))
    proof = proof_of(row_of(sound, fit), interval=fit.line.interval)
    if proof.log10_chance > ENOUGH and fit.single:
        other = proof_of(row_of(sound, fit, logarithmic=False), interval=fit.line.interval)
        small, large = sorted((proof, other), key=lambda entry: entry.log10_chance)
        # the better of two counts twice, unless the worse is a smaller chance by itself: they look at the same beats
        proof = Proof(min(small.log10_chance + log10(2), large.log10_chance), small.jump)
    return Proof(min(0.0, proof.log10_chance - known), proof.jump)


def proof_of(row: Row, *, interval: float) -> Proof:
    """Return the chance that a rhythm comes as near to an even row as this one, known beat or not.

    Parameters
    ----------
    row : Row
    interval : float > 0
        Seconds; only the resolution is counted in it.

    Returns
    -------
    Proof
    """
    kept = np.isfinite(row.late)
    row = Row(row.numbers[kept], row.late[kept], row.together)
    if row.numbers.size < FEWEST:
        return Proof(0.0)
    floor = RESOLUTION / interval
    best = Proof(_without_outliers(row, None, floor))
    if row.numbers.size < JUMP_FROM or best.log10_chance < ENOUGH or row.together > 1:
        return best
    jump = _jump(row)
    chance = min(0.0, _without_outliers(row, jump, floor) + log10(2 * row.numbers.size))
    return Proof(chance, jump) if chance < best.log10_chance - CLEARLY else best


def _columns(row: Row, jump: float | None) -> F64:
    """Return an orthonormal basis of what a line explains: offset, interval, sides, and perhaps a jump."""
    columns = [np.ones(row.numbers.size), row.numbers - row.numbers.mean()]
    if row.together == 1:
        columns.append(1.0 - 2.0 * (row.numbers % 2))
    if jump is not None:
        columns.append(np.where(row.numbers >= jump, 1.0, 0.0))
    basis, sizes, _ = np.linalg.svd(np.stack(columns, axis=1), full_matrices=False)
    return np.asarray(basis[:, sizes > 1e-9 * sizes[0]], np.float64)


def _without_outliers(row: Row, jump: float | None, floor: float) -> float:
    """Return the chance, some beats left out as if a knock had hidden them, and counted for every such choice."""
    total = row.numbers.size
    best = _chance(row, jump, floor)
    for left_out in range(1, int(OUTLIERS * total) + 1):
        if best < ENOUGH or row.numbers.size <= FEW:
            break
        basis = _columns(row, jump)
        rest = row.late - basis @ (basis.T @ row.late)
        worst = int(np.argmax(rest**2 / np.maximum(1.0 - (basis**2).sum(axis=1), 1e-6)))
        row = Row(np.delete(row.numbers, worst), np.delete(row.late, worst), row.together)
        ways = (lgamma(total + 1) - lgamma(left_out + 1) - lgamma(total - left_out + 1)) / log(10)
        best = min(best, _chance(row, jump, floor) + ways + log10(2 * left_out))
    return min(best, 0.0)


def _chance(row: Row, jump: float | None, floor: float) -> float:
    """Return the decimal logarithm of the chance that a rhythm leaves residuals as small as these."""
    basis = _columns(row, jump)
    free = row.numbers.size - basis.shape[1]
    if free < 1:
        return 0.0
    rest = row.late - basis @ (basis.T @ row.late)
    squares = float(rest @ rest) + free * floor**2
    start = row.numbers - row.numbers[0]
    walk = np.minimum(start[:, None], start[None, :])
    across = walk - basis @ (basis.T @ walk)
    across -= (across @ basis) @ basis.T
    spread = np.maximum(np.linalg.eigvalsh(across)[-free:], 1e-9)
    from_the_last = log10_lower_tail(spread, squares / FROM_THE_LAST**2)
    about_a_beat = log10_lower_tail(np.ones(free), squares * row.together / ABOUT_A_BEAT**2)
    if row.together > MANY:
        return _mean(from_the_last)
    return max(_mean(from_the_last), _mean(about_a_beat))


def _mean(logs: F64) -> float:
    top = float(logs.max())
    return top + float(np.log10(np.mean(10 ** np.maximum(logs - top, -300.0))))


def _jump(row: Row) -> float:
    """Return the first beat after the likeliest jump."""
    best, found = np.inf, row.numbers[0]
    most = max(FEWEST, round((1 - OUTLIERS / 2) * row.numbers.size))
    for number in row.numbers[3:-2]:
        basis = _columns(row, float(number))
        rest = row.late - basis @ (basis.T @ row.late)
        misfit = float(np.sort(rest**2)[:most].sum())
        if misfit < best:
            best, found = misfit, number
    return float(found)


def log10_lower_tail(weights: F64, values: F64) -> F64:
    """Return the decimal logarithm of the chance that a weighted sum of squares stays below a value.

    Parameters
    ----------
    weights : ndarray of float64 > 0, shape (m,)
        Of the squares of independent standard normal variables.
    values : ndarray of float64 > 0, shape (k,)

    Returns
    -------
    ndarray of float64, shape (k,)

    Notes
    -----
    Saddlepoint approximation of R. Lugannani and S. Rice, *Adv. Appl. Probab.* 12 (1980) 475; within some percent,
    far into the tail.

    Examples
    --------
    Two squares of equal weight have an exponential sum: 1 - exp(-0.02 / 2) is 0.00995.

    >>> round(float(10 ** log10_lower_tail(np.ones(2), np.array([0.02]))[0]), 3)
    0.01
    """
    from scipy.special import ndtr

    below = values < weights.sum()
    x = np.where(below, values, 0.5 * weights.sum())
    low, high = -0.5 * weights.size / x, np.zeros(x.size)
    for _ in range(50):
        middle = 0.5 * (low + high)
        above = (weights / (1 - 2 * weights * middle[:, None])).sum(axis=1) > x
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    t = 0.5 * (low + high)
    scaled = 1 - 2 * weights * t[:, None]
    cumulant = -0.5 * np.log(scaled).sum(axis=1)
    curvature = (2 * (weights / scaled) ** 2).sum(axis=1)
    root = -np.sqrt(np.maximum(2 * (t * x - cumulant), 1e-12))
    slope = np.minimum(t * np.sqrt(curvature), -1e-9)
    density = -0.5 * root**2 / np.log(10) - 0.5 * log10(2 * np.pi)
    far = density + np.log10(-1 / slope)
    near = ndtr(root) + 10**density * (1 / root - 1 / slope)
    tail = np.where(root < -4, far, np.log10(np.clip(near, 1e-300, 1.0)))  # noqa: PLR2004 - there the two agree
    middling = np.where(below, log10(0.5), 0.0)
    return np.asarray(np.where(below & (root < NEAR_THE_MEAN), np.minimum(tail, 0.0), middling), np.float64)
