# SPDX-License-Identifier: Apache-2.0
"""From step times to rates: the slope of the crystal, and the saw-tooth that inhibition cuts into it.

The time error ``t_k - k P`` of a watch with inhibition is a saw-tooth: it falls with the fast crystal and jumps
back by n cycles of 32 768 Hz every T. Written as *net slope minus height × (phase in T)*, the slope of the trend is
the net rate itself, and whole periods need not be cut out.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from sichen.bench.quartz.facts import CYCLE, DAY, quartz_facts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LONGEST = 3600.0
"""Longest inhibition period that is looked for, in seconds."""

CERTAIN = 0.99
"""Posterior probability above which a period counts as found."""

HIGHEST_TREND = 12
"""Highest polynomial that the trend may need: temperature bends the slope."""

SLOWEST_BEND = 240.0
"""Seconds for each further order: the temperature of a watch takes minutes to move."""

SEARCHED = 16_384
"""Most points that the search for a period looks at; the fit then takes all."""

RESOLUTION = 2e-9
"""Scatter below which step times are taken as exact, in seconds: double precision over a day gives 1e-11."""


@dataclass(frozen=True)
class RateFit:
    """What step times say about the rates.

    Parameters
    ----------
    net, u_net : float
        Mean rate over the recording with inhibition included, s/d.
    crystal, u_crystal : float
        Rate between inhibitions, s/d; equals `net` when no inhibition is seen.
    period : float or None
        Inhibition period found, in seconds.
    jump, u_jump : float
        How much each inhibition holds the watch back, in seconds.
    cycles : int or None
        The jump in whole cycles of 32 768 Hz; None when they cannot be told apart.
    probability : float
        Posterior probability of what is stated about inhibition.
    longer : bool
        A jump was seen, but its period is longer than half the recording.
    ambiguous : bool
        A saw-tooth was seen whose period cannot be told.
    scatter : float
        Standard deviation of a step about the fit, in seconds.
    drift : float
        Change of the rate from beginning to end, s/d; 0 when not significant.
    residuals : ndarray
        What the fit left over, in seconds.
    span : float
        Seconds from the first step to the last.
    """

    net: float
    u_net: float
    crystal: float
    u_crystal: float
    period: float | None
    jump: float
    u_jump: float
    cycles: int | None
    probability: float
    longer: bool
    ambiguous: bool
    scatter: float
    drift: float
    residuals: Floats
    span: float


@dataclass(frozen=True)
class _Found:
    """The outcome of the search: a ratio of periods and a phase, or nothing."""

    ratio: Fraction | None
    phase: int
    probability: float
    longer: bool
    ambiguous: bool


NOTHING = _Found(None, 0, 1.0, longer=False, ambiguous=False)


def fit_rate(number: Ints, times: Floats, *, step: float, period: float | None = None, blurred: bool = False) -> RateFit:
    """Fit crystal rate, inhibition and net rate to step times.

    Parameters
    ----------
    number : ndarray of int64, shape (n,), n >= 4
        Which step each time belongs to; gaps are allowed.
    times : ndarray, shape (n,)
        Seconds.
    step : float > 0
        Nominal step period in seconds.
    period : float, optional
        The inhibition period when it is known (0: the watch has none); found from the times when None.
    blurred : bool
        Each time is a mean over its step, so that those on both sides of a jump are in between: leave them out.

    Returns
    -------
    RateFit

    Examples
    --------
    >>> number = np.arange(240)
    >>> late = number - number * 5.0 / 86400 + np.floor((number + 0.5) / 60) * 100 / 32768
    >>> fit = fit_rate(number, late, step=1.0)
    >>> fit.period, fit.cycles, round(fit.crystal, 3), round(fit.net, 3)
    (60.0, 100, 5.0, 0.605)
    """
    number = number - number[0]
    error = times - times[0] - number * step
    group = max(1, round(1.0 / step)) if step < 1.0 else 1
    found = NOTHING
    whole, rest, unit = _grouped(number, error, step=step, group=group)
    order = 1
    for _ in range(4):
        found = _search(whole[:SEARCHED], rest[:SEARCHED], order, unit=unit, period=period)
        needed = _needed_order(whole, rest, order, found, unit=unit)
        if needed == order:
            break
        order = needed
    return _final(number, error, step=step, group=group, order=order, found=found, blurred=blurred)


def _grouped(number: Ints, error: Floats, *, step: float, group: int) -> tuple[Ints, Floats, float]:
    """Average the steps of each second, so that a sweeping hand costs no more than a ticking one."""
    if group == 1:
        return number, error, step
    slope = np.polyfit(number.astype(np.float64), error, 1)
    flat = error - np.polyval(slope, number)
    second = number // group
    slots, where = np.unique(second, return_inverse=True)
    mean = np.bincount(where, weights=flat) / np.bincount(where)
    return slots.astype(np.int64), mean + slope[0] * slots * group, step * group


def _trend(number: Ints, order: int) -> Floats:
    """Return an orthonormal polynomial basis, shape (n, order + 1)."""
    scaled = 2.0 * number / max(int(number[-1]), 1) - 1.0
    basis: Floats = np.linalg.qr(np.polynomial.legendre.legvander(scaled, order))[0]
    return np.ascontiguousarray(basis)


def _search(number: Ints, error: Floats, order: int, *, unit: float, period: float | None) -> _Found:
    """Weigh every candidate period against every other and against no inhibition at all."""
    from sichen.bench.quartz.kernels import saw_search

    basis = _trend(number, order)
    ratios, prior = _candidates(int(number[-1]) + 1, unit=unit, period=period)
    if not ratios:
        return NOTHING
    rest = error - basis @ (basis.T @ error)
    rest -= basis @ (basis.T @ rest)
    tops = np.array([ratio.numerator for ratio in ratios], dtype=np.int64)
    bottoms = np.array([ratio.denominator for ratio in ratios], dtype=np.int64)
    floor = RESOLUTION**2 * number.size
    table = saw_search(number, rest, basis, tops, bottoms, floor, period is not None)
    weight = table[:, 0] + np.log(prior) - 0.5 * math.log(number.size)
    return _weighed(ratios, table, weight, steps=int(number[-1]) + 1)


def _candidates(steps: int, *, unit: float, period: float | None) -> tuple[list[Fraction], Floats]:
    """Return the periods to try, in steps, with their prior odds against no inhibition.

    Usual periods share most of the weight; every other multiple of the step shares the rest.
    """
    if period is not None:
        ratio = Fraction(period / unit).limit_denominator(64)
        return ([ratio], np.array([1.0])) if ratio > 1 else ([], np.array([]))
    most = min(int(LONGEST / unit), steps)
    odds = {Fraction(m): OTHER_ODDS / most for m in range(2, most + 1)}
    for seconds, chance in _listed().items():
        ratio = Fraction(seconds / unit).limit_denominator(64)
        if 1 < ratio <= max(most, 2 * steps) and ratio.numerator <= 4 * steps:
            odds[ratio] = chance
    return list(odds), np.array(list(odds.values()))


USUAL_ODDS, LISTED_ODDS, RARE_ODDS, OTHER_ODDS = 0.2, 0.04, 0.002, 0.2
"""Prior odds of a usual period, a listed one, a listed one below the usual, and of all others together."""


def _listed() -> dict[float, float]:
    """Return the listed periods in seconds with their prior odds."""
    usual = quartz_facts()["usual_inhibition_periods"].values
    least = min(usual)
    return {
        seconds: USUAL_ODDS if seconds in usual else LISTED_ODDS if seconds > least else RARE_ODDS
        for seconds in quartz_facts()["inhibition_periods"].values
    }


def has_double(period: float, step: float) -> bool:
    """Whether an inhibition faster than the steps would show the same saw-tooth as `period`, and is likely enough.

    Steps of 12 s with an inhibition every 10 s jump by one more every 60 s, as with one every 60 s.

    Examples
    --------
    >>> has_double(60.0, 12.0), has_double(60.0, 1.0)
    (True, False)
    """
    seen = Fraction(period / step).limit_denominator(4096)
    own = _listed().get(period, RARE_ODDS)
    for seconds, chance in _listed().items():
        ratio = Fraction(seconds / step).limit_denominator(64)
        if ratio >= 1 or ratio.numerator == 1:
            continue
        same = ratio.numerator == seen.numerator and (ratio.denominator - seen.denominator) % ratio.numerator == 0
        if same and chance > 0.05 * own:
            return True
    return False


def _weighed(ratios: list[Fraction], table: Floats, weight: Floats, *, steps: int) -> _Found:
    """Decide between one period, none, a longer one, and several that fit."""
    top = max(float(weight.max()), 0.0)
    mass = np.exp(weight - top)
    none = math.exp(-top)
    total = float(mass.sum()) + none
    long = np.array([2 * ratio > steps + 1 for ratio in ratios])
    best = int(np.argmax(np.where(long, -np.inf, weight))) if not long.all() else -1
    chance = float(mass[best]) / total if best >= 0 else 0.0
    if chance >= CERTAIN:
        return _Found(ratios[best], int(table[best, 1]), chance, longer=False, ambiguous=False)
    if none / total >= 1.0 - CERTAIN:
        return _Found(None, 0, none / total, longer=False, ambiguous=False)
    longer = float(mass[long].sum()) / total > 0.5  # noqa: PLR2004 - likelier than not
    most = int(np.argmax(weight))
    return _Found(ratios[most], int(table[most, 1]), float(mass[most]) / total, longer=longer, ambiguous=not longer)


def _saw(number: Ints, ratio: Fraction, phase: int) -> Floats:
    """Return the phase in the inhibition period, 0 … 1."""
    return ((number * ratio.denominator - phase) % ratio.numerator) / ratio.numerator


def _needed_order(number: Ints, error: Floats, order: int, found: _Found, *, unit: float) -> int:
    """Return one more than the highest order whose share stands out by three standard deviations; `order` if none does.

    One more, because the next term of a bent slope is just below what can be seen and would not be in u.
    """
    # A trend that bends faster than the temperature of a watch, or as fast as the inhibition, would eat the saw-tooth.
    highest = min(HIGHEST_TREND, number.size // 4 - 1, 1 + int(number[-1] * unit / SLOWEST_BEND))
    if found.ratio is not None:
        highest = min(highest, 1 + int(number[-1] / found.ratio))
    if highest <= order:
        return order
    basis = _trend(number, highest)
    columns = basis if found.ratio is None else np.column_stack([basis, _saw(number, found.ratio, found.phase)])
    share = np.linalg.lstsq(columns, error, rcond=None)[0]
    rest = error - columns @ share
    scatter = math.sqrt(max(float(np.dot(rest, rest)) / max(rest.size - columns.shape[1], 1), RESOLUTION**2))
    inverse = np.sqrt(np.diag(np.linalg.pinv(columns.T @ columns)))
    sure = np.flatnonzero(np.abs(share[: highest + 1]) > 3.0 * scatter * _redness(rest) * inverse[: highest + 1])
    return min(highest, int(sure[-1]) + 1) if sure.size and sure[-1] > order else order


def _final(number: Ints, error: Floats, *, step: float, group: int, order: int, found: _Found, blurred: bool) -> RateFit:
    """Fit trend and saw-tooth once more to all steps, with whole cycles where they are certain."""
    unit = step * group
    span = float(number[-1]) * step
    saw = None
    if found.ratio is not None:
        fine = found.ratio * group
        phase = found.phase if group == 1 else _phase(number, error, fine, order=order)
        saw = _saw(number, fine, phase)
        if blurred:
            clear = (saw > 0.0) & (saw < (fine.numerator - 1.0) / fine.numerator)
            number, error, saw = number[clear], error[clear], saw[clear]
    fit = _least_squares(number, error, order=order, saw=saw, span=span)
    jump, u_jump, cycles = fit.jump, fit.u_jump, None
    if saw is not None and 5.0 * u_jump < 0.5 * CYCLE:
        cycles = round(jump / CYCLE)
        # A fast crystal makes its cycles shorter: the jump is n of its own cycles.
        jump, u_jump = cycles * CYCLE * (1.0 + fit.slope - jump / (float(found.ratio or 1) * unit)), 0.0
        fit = _least_squares(number, error + jump * saw, order=order, saw=None, span=span)
    period = None if found.ratio is None else float(found.ratio) * unit
    # The crystal needs `lost` more time a period than the display shows.
    lost = 0.0 if period is None else jump * (1.0 - fit.slope + jump / period) / period
    u_lost = 0.0 if period is None else u_jump / period
    certain = not (found.longer or found.ambiguous)
    return RateFit(
        net=as_rate(fit.slope),
        u_net=DAY * fit.u_slope,
        crystal=as_rate((1.0 + fit.slope) / (1.0 + lost) - 1.0),
        u_crystal=DAY * math.hypot(fit.u_slope, u_lost),
        period=period if certain else None,
        jump=jump,
        u_jump=u_jump,
        cycles=cycles if certain else None,
        probability=found.probability,
        longer=found.longer,
        ambiguous=found.ambiguous,
        scatter=fit.scatter,
        drift=-DAY * fit.bend if order > 1 else 0.0,
        residuals=fit.rest,
        span=span,
    )


def _phase(number: Ints, error: Floats, ratio: Fraction, *, order: int) -> int:
    """Find again, to a single step, where the inhibition of a sweeping hand comes."""
    from sichen.bench.quartz.kernels import saw_search

    basis = _trend(number, order)
    rest = error - basis @ (basis.T @ error)
    top, bottom = (np.array([part], dtype=np.int64) for part in (ratio.numerator, ratio.denominator))
    table = saw_search(number, rest, basis, top, bottom, RESOLUTION**2 * number.size, True)
    return int(table[0, 1])


def as_rate(slope: float) -> float:
    """Turn the slope of the time error (s/s, late is positive) into a rate in s/d, fast is positive."""
    return DAY * (1.0 / (1.0 + slope) - 1.0)


@dataclass(frozen=True)
class _Line:
    """Least squares of a polynomial trend, with or without a saw-tooth."""

    slope: float
    u_slope: float
    jump: float
    u_jump: float
    bend: float
    scatter: float
    rest: Floats


def _least_squares(number: Ints, error: Floats, *, order: int, saw: Floats | None, span: float) -> _Line:
    scaled = 2.0 * (number - number[0]) / max(int(number[-1] - number[0]), 1) - 1.0
    columns = np.polynomial.legendre.legvander(scaled, order)
    if saw is not None:
        columns = np.column_stack([columns, -saw])
    found = np.linalg.lstsq(columns, error, rcond=None)[0]
    rest = error - columns @ found
    degrees = max(rest.size - columns.shape[1], 1)
    scatter = math.sqrt(max(float(np.dot(rest, rest)) / degrees, (RESOLUTION / 10) ** 2))
    spread = scatter * _redness(rest) * _student(degrees)
    cover = spread**2 * np.linalg.pinv(columns.T @ columns)
    # Mean slope = (trend at the end − trend at the beginning) / span; Legendre polynomials are ±1 there.
    ends = np.array([1.0 - (-1.0) ** degree for degree in range(order + 1)] + [0.0] * (saw is not None)) / span
    turn = np.polynomial.legendre.legder(found[: order + 1])
    bend = float(np.diff(np.polynomial.legendre.legval([-1.0, 1.0], turn))[0]) * 2.0 / span
    jump = float(found[-1]) if saw is not None else 0.0
    u_jump = math.sqrt(float(cover[-1, -1])) if saw is not None else 0.0
    return _Line(float(ends @ found), math.sqrt(float(ends @ cover @ ends)), jump, u_jump, bend, scatter, rest)


def _student(degrees: int) -> float:
    """Widen u for the few degrees of freedom that the scatter was estimated from."""
    return math.sqrt(degrees / (degrees - 2)) if degrees > 2 else 3.0  # noqa: PLR2004 - the variance of Student's t


def _redness(rest: Floats) -> float:
    """How much more slow noise there is than white noise of the same scatter would give; at least 1."""
    blocks = 16
    length = rest.size // blocks
    if length < 4:  # noqa: PLR2004 - too short to tell slow from fast
        return 1.0
    means = rest[: blocks * length].reshape(blocks, length).mean(axis=1)
    ratio = float(np.var(means)) * length / max(float(np.var(rest)), 1e-30)
    return math.sqrt(ratio) if ratio > 2.2 else 1.0  # noqa: PLR2004 - 16 white blocks exceed this once in 200
