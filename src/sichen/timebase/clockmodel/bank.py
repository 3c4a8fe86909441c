# SPDX-License-Identifier: Apache-2.0
"""Learn an oscillator's noise while it is in use: many filters side by side, each with its own noise, scored by their surprises."""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from sichen.core import JSON, DataError, Message
from sichen.timebase.clockmodel.model import Array, ClockModel

Q1 = tuple(10.0 ** (power / 2.0) for power in range(-48, -35))  # s: 1e-24 … 1e-18
Q2 = tuple(10.0 ** (power / 2.0) for power in range(-60, -39))  # 1/s: 1e-30 … 1e-20
DOUBT_Q1, DOUBT_Q2 = 0.4, 0.8  # decades: how fast the belief in a declared class falls away from it
FLATTERED = 0.1  # share of belief spread over everything worse than the label: only readings can rule that out
STRANGER = 0.002  # share of belief kept for an oscillator that is not the one that was learned: less than `BEYOND`
BEYOND = 0.0027  # of all errors may be larger than three standard uncertainties
GRAIN = 0.5 * math.log(10.0) / math.sqrt(12.0)  # of ln q: the grid knows no more
AGE = 0.5  # of ln q: an oscillator remembered may have changed by so much
FORGET = 30 * 86400.0  # s: what was seen so long ago counts 1/e
FEWEST_SECONDS = 3600.0  # of trusted readings before anything counts as learned
FREQUENCY_SPREAD = 1e-6
KEEP_EVERY, KEPT = 1800.0, 12  # s and number of snapshots: what was learned from a lie is unlearned
HALF_STEP = 0.25  # decades of the grid
FINE, LEAST = 8, 1e-300  # points a step of the grid; a probability whose logarithm is still a number
FORM = ("q1", "q2", "u1", "u2", "seconds")


@dataclass(frozen=True)
class NoiseModel:
    """The noise of one oscillator, as its own readings told it.

    Parameters
    ----------
    q1 : float > 0
        White frequency noise, in s; the mean over what the readings leave possible.
    q2 : float > 0
        Random walk of frequency, in 1/s; likewise.
    u1, u2 : float > 0
        Standard deviations of their natural logarithms.
    seconds : float
        Time of trusted readings behind it.

    Raises
    ------
    DataError
        If a value is not finite and positive.

    Examples
    --------
    >>> kept = NoiseModel(1e-22, 9e-26, 0.7, 0.4, 86400.0)
    >>> NoiseModel.from_json(kept.to_json()) == kept
    True
    """

    q1: float
    q2: float
    u1: float
    u2: float
    seconds: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) and value > 0.0 for value in asdict(self).values()):
            raise DataError(Message("timebase.memory.damaged"))

    def to_json(self) -> dict[str, JSON]:
        """Return it as plain JSON."""
        return dict(asdict(self))

    @staticmethod
    def from_json(data: Mapping[str, JSON]) -> "NoiseModel":
        """Read what `to_json` wrote.

        Raises
        ------
        DataError
            If a value is missing, no number, or not positive.
        """
        values = [data.get(key) for key in FORM]
        if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
            raise DataError(Message("timebase.memory.damaged"))
        return NoiseModel(*(float(value) for value in values if isinstance(value, int | float)))


class NoiseBank:
    """Many filters for one oscillator, and how well each foretells it.

    Parameters
    ----------
    declared : ClockModel
        Of its class; the flicker and what a room does to it are taken as told, q1 and q2 are learned.
    drift_spread : float
        Standard deviation of the drift before anything is known, in 1/s.
    learned : NoiseModel, optional
        From a former run.

    Notes
    -----
    The belief in a pair (q1, q2) is its prior times the likelihood of all readings under it. The prior falls
    exponentially with the decades between it and the class, a tenth of it lies evenly over all that is worse; or it is normal about what was learned before, a share kept
    for the case that the oscillator was changed. An error then is a mixture of normal ones. The model in use has the
    q1 and q2 under which one error in 370 is larger than three deviations, as in the mixture: while little is known it is
    the worse classes that decide, and once much is known the steps of the grid.
    """

    def __init__(self, declared: ClockModel, *, drift_spread: float, learned: NoiseModel | None = None) -> None:
        self.declared, self._drift = declared, drift_spread
        self.levels = np.array([(a, b) for a in Q1 for b in Q2])
        self._prior = _prior(self.levels, declared, learned)
        self._scores = np.zeros(len(self.levels))
        self.seconds = 0.0 if learned is None else learned.seconds
        self._means = np.zeros((len(self.levels), declared.size))
        self._covariances = np.zeros((len(self.levels), declared.size, declared.size))
        self._blank, self._at, self._kept_at = True, 0.0, -math.inf
        self._kept: deque[tuple[float, Array, float]] = deque(maxlen=KEPT)

    def step(self, now: float, reading: float, variance: float) -> None:
        """Let time pass to `now` and take in a reading, in s; NaN where none is to be trusted.

        Parameters
        ----------
        now : float
            In s; must not go back.
        reading : float
            True time minus the counter, as one source says it.
        variance : float > 0
            Of its jitter, in s².
        """
        from sichen.timebase.clockmodel.kernels import step_bank

        if self._blank:
            if math.isfinite(reading):
                self._begin(now, reading, variance)
            return
        tau = now - self._at
        self._at = now
        self._scores *= math.exp(-tau / FORGET)
        model = replace(self.declared, q1=0.0, q2=0.0)
        step_bank(tau, reading, variance, self.levels, model.noise(tau), model.decays(tau), model.couplings(tau), self._means,
                  self._covariances, self._scores)  # fmt: skip
        if math.isfinite(reading):
            self.seconds += tau
        if now - self._kept_at >= KEEP_EVERY:
            self._kept.append((now, self._scores.copy(), self.seconds))
            self._kept_at = now

    def widen(self, spread: float) -> None:
        """Admit that the next readings may be so much, in s, beside the last: another source speaks."""
        self._covariances[:, 0, 0] += spread**2

    def restart(self) -> None:
        """Forget where the oscillator is, because it jumped; its noise is kept."""
        self._blank = True

    def unlearn(self, since: float) -> None:
        """Forget what was learned since then, or since the oldest snapshot, and where the oscillator is: somebody lied."""
        while len(self._kept) > 1 and self._kept[-1][0] > since:
            self._kept.pop()
        if self._kept:
            _, scores, self.seconds = self._kept[-1]
            self._scores = scores.copy()
        self.restart()

    def belief(self) -> Array:
        """Return how likely each pair of levels is, shape (pairs,); they add up to one."""
        total = self._prior + self._scores
        weights = np.exp(total - total.max())
        return np.asarray(weights / weights.sum(), dtype=np.float64)

    def model(self) -> ClockModel:
        """Return the model to work with: its uncertainty is that of the whole mixture."""
        table = self.belief().reshape(len(Q1), len(Q2))
        q1, q2 = _tail_level(table.sum(axis=1), Q1), _tail_level(table.sum(axis=0), Q2)
        return replace(self.declared, q1=q1, q2=q2)

    def learned(self) -> NoiseModel | None:
        """Return what the readings told so far; None before an hour of them."""
        if self.seconds < FEWEST_SECONDS:
            return None
        belief, logs = self.belief(), np.log(self.levels)
        q1, q2 = belief @ self.levels
        u1, u2 = np.sqrt(belief @ (logs - belief @ logs) ** 2 + GRAIN**2)
        return NoiseModel(float(q1), float(q2), float(u1), float(u2), self.seconds)

    def worse(self, factor: float) -> float:
        """Return the belief that q1 or q2 is more than so many times what the class says."""
        told = factor * np.array([self.declared.q1, self.declared.q2])
        return float(self.belief()[(self.levels > told).any(axis=1)].sum())

    def _begin(self, now: float, reading: float, variance: float) -> None:
        own = np.zeros(self.declared.size)
        own[:3] = variance, FREQUENCY_SPREAD**2, self._drift**2
        own[3:] = [spread for spread, _ in self.declared.markov]
        self._means[:], self._covariances[:] = 0.0, np.diag(own)
        self._means[:, 0] = reading
        self._blank, self._at = False, now


def _prior(levels: Array, declared: ClockModel, learned: NoiseModel | None) -> npt.NDArray[np.float64]:
    """Return the logarithm of the belief before any reading, without its constant."""
    told = np.array([max(declared.q1, Q1[0]), max(declared.q2, Q2[0])])
    away = np.log10(levels / told)
    near = np.exp(-np.abs(away / np.array([DOUBT_Q1, DOUBT_Q2])))
    worse = away > -HALF_STEP
    each = (1.0 - FLATTERED) * near / near.sum(axis=0) + FLATTERED * worse / np.maximum(worse.sum(axis=0), 1)
    plain = each.prod(axis=1)
    plain /= plain.sum()
    if learned is None:
        return np.asarray(np.log(plain), dtype=np.float64)
    spread = np.hypot([learned.u1, learned.u2], AGE)
    normal = np.exp(-0.5 * ((np.log(levels / [learned.q1, learned.q2]) / spread) ** 2).sum(axis=1))
    total = normal.sum()
    known = normal / total if total > 0.0 else plain
    return np.asarray(np.log((1.0 - STRANGER) * known + STRANGER * plain), dtype=np.float64)


def _tail_level(belief: Array, levels: tuple[float, ...]) -> float:
    """Return the level whose three deviations as many errors exceed as those of the mixture, `BEYOND` of them."""
    candidates, beyond = _tails(levels)
    # The share falls with the level; np.interp asks for rising abscissae.
    found = np.interp(math.log(BEYOND), np.log(belief @ beyond)[::-1], candidates[::-1])
    return float(math.exp(found))


@cache
def _tails(levels: tuple[float, ...]) -> tuple[Array, Array]:
    """Return logarithms of candidates, and how often errors of each level exceed three deviations of each candidate.

    A level stands for all within half a step of the grid.
    """
    from scipy.special import erfc

    logs = np.log(levels)
    step = logs[1] - logs[0]
    candidates = np.arange(logs[0] - 2.0 * step, logs[-1] + 2.0 * step, step / FINE)
    within = (np.arange(FINE) + 0.5) / FINE * step - step / 2.0
    ratio = np.exp(0.5 * (candidates[None, :, None] - logs[:, None, None] - within))
    return candidates, np.maximum(erfc(3.0 / math.sqrt(2.0) * ratio).mean(axis=2), LEAST)
