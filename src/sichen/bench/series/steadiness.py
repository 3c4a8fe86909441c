# SPDX-License-Identifier: Apache-2.0
"""Whether a rate is steady, and if not, in what way."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.core import JSON, Message

Values = npt.NDArray[np.float64]
Verdict = Literal["steady", "periodic", "two_states", "measurement", "step", "drift", "wander", "too_short"]

_FEWEST = 20  # stretches
_CUSUM_LIMIT = 1.36  # 5 % point of the largest excursion of a Brownian bridge
_GAIN, _LEAST_GAIN = 3.0, 15.0  # a change must gain more than 3 ln n, and 15
_SHORTEST = 5  # stretches between two changes
_DOUBT = 1e-3  # chance below which white noise is no longer believed
_SPIKE = 8.0  # standard deviations of one stretch from its neighbours
_JUMP = 6.0  # standard uncertainties that the phase leaps between two stretches
_RHYTHM = 0.5  # of the power of the leaps in one line and its neighbours
_PERIODIC_SHARE = 0.4  # of the variance in one line and its neighbours
_TURNS = 4
_TWO_LEVELS = 0.9  # of the variance between levels that two of them explain


@dataclass(frozen=True)
class Steadiness:
    """A verdict with the statistics that led to it.

    Parameters
    ----------
    verdict : str
        ``steady``, ``periodic``, ``two_states``, ``measurement`` (the landmark hops), ``step``, ``drift``,
        ``wander`` or ``too_short``.
    changes : tuple of int
        Stretches at which a new level begins.
    levels : tuple of float
        Mean rate between the changes, s/d.
    ljung_box_p : float
        Chance of correlations as large in white rates (Ljung–Box).
    cusum : float
        Largest excursion of the summed rates over σ√n; 1.36 is passed by white ones in 5 %.
    drift, drift_u : float
        Slope in s/d a day, and what white rates would make it.
    excess : float
        Scatter of the rates over what the jitter of the beats explains.
    period : float or None
        Stretches after which the rate comes back.
    jumps : int
        Leaps of phase that no rate explains: between stretches, or within one, which then stands alone.
    """

    verdict: Verdict
    changes: tuple[int, ...] = ()
    levels: tuple[float, ...] = ()
    ljung_box_p: float = 1.0
    cusum: float = 0.0
    drift: float = 0.0
    drift_u: float = 0.0
    excess: float = 1.0
    period: float | None = None
    jumps: int = 0

    @property
    def message(self) -> Message:
        """The verdict in words."""
        return Message(f"bench.steadiness.{self.verdict}")

    def to_json(self) -> dict[str, JSON]:
        """Return verdict and statistics as plain JSON."""
        return {
            "verdict": self.verdict,
            "changes": list(self.changes),
            "levels_s_per_d": list(self.levels),
            "ljung_box_p": self.ljung_box_p,
            "cusum": self.cusum,
            "drift_s_per_d_per_d": self.drift,
            "drift_u_s_per_d_per_d": self.drift_u,
            "excess": self.excess,
            "period_stretches": self.period,
            "jumps": self.jumps,
        }


def judge_steadiness(
    rate: npt.ArrayLike, *, u: npt.ArrayLike, stretch: float, leaps: npt.ArrayLike = (), gaps: npt.ArrayLike = ()
) -> Steadiness:
    """Judge the rates of successive stretches of equal length.

    Parameters
    ----------
    rate : array_like of float, shape (n,)
        s/d.
    u : array_like of float, shape (n,)
        What white beat jitter leaves in each, s/d.
    stretch : float > 0
        Length of a stretch in seconds.
    leaps : array_like of float, shape (m,), optional
        Leaps of phase between stretches that no change of rate explains, over their uncertainties.
    gaps : array_like of float, shape (m,), optional
        The same with their signs, and with what a change of rate would explain.

    Returns
    -------
    Steadiness

    Examples
    --------
    >>> rates = np.random.default_rng(1).normal(4.0, 0.1, 200)
    >>> judge_steadiness(rates, u=np.full(200, 0.1), stretch=30.0).verdict
    'steady'
    """
    r, own = np.asarray(rate, dtype=np.float64), np.asarray(u, dtype=np.float64)
    good = np.isfinite(r)
    r, own = r[good], own[good]
    if r.size < _FEWEST:
        return Steadiness("too_short")
    noise = max(float(np.median(np.abs(np.diff(r)))) / (0.6745 * math.sqrt(2)), 1e-12)
    changes = find_changes(r, noise=noise)
    levels = tuple(float(part.mean()) for part in np.split(r, changes))
    drift, drift_u, gain = _drift(r, noise)
    torn = np.asarray(leaps, dtype=np.float64)
    regular = bool(np.sum(np.abs(torn) > _JUMP) > 1) and _come_regularly(np.asarray(gaps, dtype=np.float64))
    jumps = (0 if regular else int(np.sum(np.abs(torn) > _JUMP))) + _spikes(r, noise)
    rest = r - np.repeat(levels, np.diff([0, *changes, r.size]))
    statistics = Steadiness(
        verdict="steady",
        changes=tuple(changes),
        levels=levels,
        ljung_box_p=ljung_box(r),
        cusum=cusum(r),
        drift=drift * 86400 / stretch,
        drift_u=drift_u * 86400 / stretch,
        excess=float(np.std(r)) / max(float(np.sqrt(np.mean(own**2))), 1e-12),
        period=_period(r - np.polyval(np.polyfit(np.arange(r.size), r, 1), np.arange(r.size))),
        jumps=jumps,
    )
    stepped = float(np.sum((r - r.mean()) ** 2) - np.sum(rest**2)) / noise**2
    verdict = "periodic" if regular and jumps <= 1 else _verdict(statistics, rest, line_gain=gain, step_gain=stepped)
    return Steadiness(**{**statistics.__dict__, "verdict": verdict})


def _verdict(seen: Steadiness, rest: Values, *, line_gain: float, step_gain: float) -> Verdict:
    if seen.jumps > 1:
        return "measurement"
    if seen.period is not None:
        return "periodic"
    # A line costs one number, each change two: Schwarz's criterion compares them.
    cost = math.log(rest.size)
    if line_gain > max(_GAIN * cost, _LEAST_GAIN) and line_gain - cost >= step_gain - 2 * cost * len(seen.changes):
        return "drift"
    if seen.changes:
        return _stepped(seen, rest)
    return "wander" if seen.ljung_box_p < _DOUBT or seen.cusum > 2 * _CUSUM_LIMIT else "steady"


def _stepped(seen: Steadiness, rest: Values) -> Verdict:
    """Tell one or two steps from a to and fro, and both from wander."""
    if len(seen.changes) >= 3:  # noqa: PLR2004 - there and back and there again
        return "two_states" if _two_levels(seen.levels) else "wander"
    return "step" if ljung_box(rest) > _DOUBT else "wander"


def _come_regularly(gaps: Values) -> bool:
    """Tell whether the gaps are those of a wheel that turns in a few stretches: in a steady rhythm all along.

    Such a wheel bends the phase within every stretch. A landmark that hops does so now and then: its leaps are few
    and fill the whole spectrum.
    """
    if gaps.size < _FEWEST:
        return False
    power = np.abs(np.fft.rfft(gaps)) ** 2
    power[1:] *= 2.0
    if gaps.size % 2 == 0:
        power[-1] /= 2.0
    best = int(np.argmax(power))
    return bool(power[max(0, best - 1) : best + 2].sum() > _RHYTHM * power.sum())


def _spikes(row: Values, noise: float) -> int:
    """Count single stretches far from the two before and after: a leap of phase within a stretch tilts only that one."""
    views = np.lib.stride_tricks.sliding_window_view(row, 5)
    return int(np.sum(np.abs(row[2:-2] - np.median(views, axis=1)) > _SPIKE * noise))


def find_changes(rate: Values, *, noise: float) -> list[int]:
    """Find where the level of a row changes.

    Parameters
    ----------
    rate : ndarray of float64, shape (n,)
    noise : float > 0
        Standard deviation about the level.

    Returns
    -------
    list of int
        First places of new levels, ascending.

    Notes
    -----
    Binary segmentation: the split that lowers the sum of squares most is kept when it gains more than 3 ln n and
    15 noise variances, and both parts are searched again.
    """
    limit = max(_GAIN * math.log(rate.size), _LEAST_GAIN)
    found, open_parts = [], [(0, rate.size)]
    while open_parts:
        start, stop = open_parts.pop()
        part = rate[start:stop]
        if part.size < 2 * _SHORTEST:
            continue
        left = np.arange(_SHORTEST, part.size - _SHORTEST + 1)
        total = np.cumsum(part - part.mean())[left - 1]
        gain = total**2 * part.size / (left * (part.size - left)) / noise**2
        best = int(np.argmax(gain))
        if gain[best] > limit:
            middle = start + int(left[best])
            found.append(middle)
            open_parts += [(start, middle), (middle, stop)]
    return sorted(found)


def ljung_box(row: Values) -> float:
    """Return the chance that white values would be as correlated over a fifth of their length (at most 20 lags)."""
    from scipy.special import chdtrc

    rest = row - row.mean()
    lags = max(1, min(20, row.size // 5))
    square = float(rest @ rest)
    if square <= 0:
        return 1.0
    shares = [float(rest[lag:] @ rest[:-lag]) / square for lag in range(1, lags + 1)]
    total = row.size * (row.size + 2) * sum(share**2 / (row.size - lag) for lag, share in enumerate(shares, start=1))
    return float(chdtrc(lags, total))


def cusum(row: Values) -> float:
    """Return the largest excursion of the summed deviations over σ√n."""
    spread = float(row.std())
    return float(np.max(np.abs(np.cumsum(row - row.mean())))) / (spread * math.sqrt(row.size)) if spread > 0 else 0.0


def _drift(row: Values, noise: float) -> tuple[float, float, float]:
    """Return slope a stretch, its white uncertainty, and what a line gains in noise variances."""
    place = np.arange(row.size) - (row.size - 1) / 2
    leverage = float(place @ place)
    slope = float(place @ row) / leverage
    return slope, noise / math.sqrt(leverage), slope**2 * leverage / noise**2


def _period(rest: Values) -> float | None:
    """Return the period of the strongest line when it holds most of the variance."""
    power = np.abs(np.fft.rfft(rest)) ** 2
    lines = power[_TURNS:]
    if lines.size < 4 or power[1:].sum() <= 0:  # noqa: PLR2004 - too few lines to stand out of
        return None
    best = _TURNS + int(np.argmax(lines))
    share = float(power[max(1, best - 1) : best + 2].sum() / power[1:].sum())
    z = float(power[best] / max(float(np.median(lines)), 1e-300)) * math.log(2)
    if share < _PERIODIC_SHARE or lines.size * math.exp(-min(z, 700.0)) > _DOUBT:
        return None
    near = power[best - 1 : best + 2] if best + 1 < power.size else np.array([0.0, power[best], 0.0])
    centre = best + float((near[2] - near[0]) / near.sum()) / 2
    return rest.size / centre


def _two_levels(levels: tuple[float, ...]) -> bool:
    """Tell whether two levels explain the many: the best cut between sorted ones."""
    row = np.sort(np.asarray(levels))
    square = float(np.sum((row - row.mean()) ** 2))
    left = min(
        float(np.sum((row[:cut] - row[:cut].mean()) ** 2) + np.sum((row[cut:] - row[cut:].mean()) ** 2))
        for cut in range(1, row.size)
    )
    return left < (1 - _TWO_LEVELS) * square
