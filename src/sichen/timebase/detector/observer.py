# SPDX-License-Identifier: Apache-2.0
"""The observer: the oscillator and the offset of every source in one filter, and marks of what was known before."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.timebase.clockmodel import Array, ClockModel

MARKS = 128
EVERY = 8  # ticks between the youngest marks
USUAL = 16.0  # s: the tick for which the threshold is stated
SPAN = MARKS * EVERY * USUAL  # s: the oldest mark is at least so old, however short the tick
MOST_LEVELS = 8  # of the ladder of marks: to live 16 384 ticks again takes half a second
FREQUENCY_SPREAD = 1e-6
WANDER_TIME = 20 * 86400.0  # s: over this time a source forgets its systematic offset
BURST = 0.5  # of the last few readings' variance: only a jitter that has grown beyond chance widens the tests
FULL, CONSIDER = 1, 2
PAIR = -1
OVERDRAWN = 2.0  # times the variance that a source's u and its doubt stand for: more its offset cannot be

# Three fresh simulated years of honest sources polled each 16 s did not reach it (benchmarks/timebase counts them).
THRESHOLD = 6.6


@dataclass(frozen=True)
class Traits:
    """What is told of a source.

    Parameters
    ----------
    u : float > 0
        Standard uncertainty of what does not average out (path asymmetry, antenna cable), in s.
    jitter : float > 0
        Standard deviation of one reading, in s: the first guess; it is learned.
    """

    u: float
    jitter: float


@dataclass(frozen=True)
class Alarm:
    """A source moved in a way that neither its jitter nor the oscillator explains.

    Parameters
    ----------
    source : int
        Index; of a pair, the first.
    other : int
        The second of a pair; -1 when the witness is the oscillator.
    kind : {"slope", "step"}
    size : float
        Slope in s/s or step in s.
    deviations : float
    mark : int
        Against which frozen prediction.
    """

    source: int
    other: int
    kind: str
    size: float
    deviations: float
    mark: int


class Observer:
    """Follow an oscillator through several sources, remembering what was known before.

    Parameters
    ----------
    model : ClockModel
        The oscillator; must not be heated.
    traits : sequence of Traits
        One a source.
    drift_spread : float
        Standard deviation of the drift before anything is known, in 1/s.
    threshold : float
        In deviations, at a tick of 16 s; it rises with shorter ticks, which give chance more occasions in a year.
    interval : float > 0, default 16
        Seconds between two ticks.

    Notes
    -----
    Marks are set every eighth tick and kept as a ladder: with short ticks the old ones stand further apart, so that the
    oldest is hours old whatever the tick.

    The state is the clock's, then one offset a source: a Gauss–Markov process of standard deviation u. The time
    therefore never claims more than the sources' u allow, and a change of source does not move it.
    """

    def __init__(
        self,
        model: ClockModel,
        traits: Sequence[Traits],
        *,
        drift_spread: float,
        threshold: float = THRESHOLD,
        interval: float = USUAL,
    ) -> None:
        self.model, self.traits, self.threshold = model, tuple(traits), threshold_at(interval, threshold=threshold)
        self.levels = levels_at(interval)
        count, clock = len(traits), model.size
        size = clock + count
        self.clock, self.now, self.began, self.ready = clock, 0.0, 0.0, False
        self.mean, self.covariance = np.zeros(size), np.zeros((size, size))
        self.u = np.array([trait.u for trait in traits])
        self.doubted = np.zeros(count)
        self.sigma = np.array([trait.jitter for trait in traits])
        self.jitter = self.sigma**2
        self.burst, self.before = self.jitter.copy(), np.full((count, 2), np.nan)
        self.drift_spread = drift_spread
        self.marks = np.zeros((MARKS, 4))
        self.mark_mean, self.mark_cov = np.zeros((MARKS, size)), np.zeros((MARKS, size, size))
        self.mark_level, self.mark_doubt = np.zeros((MARKS, count)), np.zeros((MARKS, count))
        self.mark_pair, self.sums = np.zeros((MARKS, count, count)), np.zeros((count, MARKS, 6))
        # Of each source the last residual and when; of each two what they read together since each mark.
        self.recent, self.pair_used = np.full((count, 2), -np.inf), np.full((count, count), -np.inf)
        self.pair_sums = np.zeros((count, count, MARKS, 6))
        self.found = np.zeros((count + 1, 5))
        self.constants = model.times
        self.law = _law(model)
        self.wander = 2 * self.u**2 / WANDER_TIME
        self.log: deque[tuple[float, Array]] = deque(maxlen=span_of(self.levels))
        self.ticks = 0
        self._held: tuple[float, tuple[Array, Array, Array]] | None = None

    def begin(
        self,
        now: float,
        offset: float,
        spread: float,
        *,
        frequency: float = 0.0,
        frequency_spread: float = FREQUENCY_SPREAD,
    ) -> None:
        """Start from a first agreed offset, with what a former run remembers of the frequency, if anything."""
        self.now, self.began, self.ready = now, now, True
        self.mean[:] = 0.0
        self.mean[:2] = offset, frequency
        own = np.zeros(self.model.size)
        own[:3] = spread**2, frequency_spread**2, self.drift_spread**2
        own[3:] = [variance for variance, _ in self.model.markov]
        self.covariance[:] = np.diag(np.concatenate([own, self.u**2]))
        self.marks[:, 1] = 0.0
        self.log.clear()

    def tick(self, now: float, values: Array, use: npt.NDArray[np.int64]) -> None:
        """Let time pass to `now` and take in the readings that are not NaN from sources in use."""
        from sichen.timebase.detector.kernels import tick

        tau = now - self.now
        noise, decay, pull = self._step(tau)
        tick(now, tau, values, use, self.sigma, self.jitter, self.burst, self.before, self.wander, self.clock, noise, decay, pull,
             self.constants, self.law, self.mean, self.covariance, self.marks, self.mark_mean, self.mark_level,
             self.mark_doubt, self.mark_pair, self.sums, self.recent, self.pair_used, self.pair_sums, self.found)  # fmt: skip
        np.sqrt(np.maximum(self.jitter, BURST * self.burst), out=self.sigma)
        self.now = now
        self.log.append((now, values.copy()))
        self.ticks += 1
        if self.ticks % EVERY == 0:
            self._mark(use)

    def alarms(self) -> list[Alarm]:
        """Return what the last tick found beyond the threshold, the worst first."""
        found = []
        for k in range(len(self.traits)):
            for column, kind in ((0, "slope"), (2, "step")):
                if self.found[k, column] > self.threshold:
                    # A young mark may hold what is already moving: the mark of the slope is at least sixteen ticks old.
                    mark = int(self.found[k, 1 if self.found[k, 1] >= 0 else 3])
                    size = self.slope(k, mark)[0] if kind == "slope" else self.step(k, mark)
                    found.append(Alarm(k, PAIR, kind, size, float(self.found[k, column]), mark))
        worst = self.found[-1]
        if worst[0] > self.threshold:
            first, second, mark = int(worst[1]), int(worst[2]), int(worst[3])
            apart = self.slope(first, mark)[0] - self.slope(second, mark)[0]
            found.append(Alarm(first, second, "slope", apart, float(worst[0]), mark))
        return sorted(found, key=lambda alarm: -alarm.deviations)

    def slope(self, source: int, mark: int) -> tuple[float, float]:
        """Return the slope of a source since a mark against the frozen prediction, and its standard deviation."""
        from sichen.timebase.detector.kernels import slope_variance

        total = self.sums[source, mark]
        if total[3] <= 0.0 or math.isnan(self.mark_doubt[mark, source]):
            return 0.0, math.inf
        delta, doubt = self.now - self.marks[mark, 0], self.mark_doubt[mark, source]
        variance = slope_variance(total, delta, self.sigma[source], self.wander[source], self.marks[mark], doubt, self.law)
        return float(total[2] / total[3]), math.sqrt(variance)

    def step(self, source: int, mark: int) -> float:
        """Return the mean of a source since a mark against the frozen prediction."""
        total = self.sums[source, mark]
        return float(total[1] / total[0]) if total[0] else 0.0

    def onset(self, mark: int) -> float:
        """Return when to go back to so that nothing of what began after `mark` is believed."""
        began = float(self.marks[mark, 0])
        return began - 0.5 * (self.now - began)

    def rewind(self, to: float, use: npt.NDArray[np.int64]) -> None:
        """Forget what happened since `to`, and live it again with the sources now in use.

        Goes back to the newest mark not younger than `to`, or to the oldest there is.
        """
        live = np.flatnonzero(self.marks[:, 1] > 0)
        if live.size == 0:
            return
        times = self.marks[live, 0]
        older = live[times <= to]
        chosen = int(older[np.argmax(self.marks[older, 0])]) if older.size else int(live[np.argmin(times)])
        start = float(self.marks[chosen, 0])
        self.mean[:], self.covariance[:] = self.mark_mean[chosen], self.mark_cov[chosen]
        self.marks[self.marks[:, 0] > start, 1] = 0.0
        self._live_again(start, use)

    def widen(self, *, offset: float = 0.0, frequency: float = 0.0) -> None:
        """Admit that the oscillator may have jumped, by about so much."""
        self.covariance[0, 0] += offset**2
        self.covariance[1, 1] += frequency**2
        self.marks[:, 1] = 0.0

    def shift(self, offset: float, spread: float) -> None:
        """Take it that the local counter was set: true time minus it changed by `offset`, known to `spread`."""
        self.mean[0] += offset
        self.covariance[0, 0] += spread**2
        self.marks[:, 1] = 0.0
        self.before[:] = np.nan
        self.log.clear()

    def adopt(self, model: ClockModel) -> None:
        """Take another model of the same states: the oscillator's noise is known better now.

        A drift is the change of frequency over the time watched, and that walks by q2 a second: nobody knows it better.
        A model of too little noise made it look surer, and no reading would take that back.
        """
        self.model, self.law, self._held = model, _law(model), None
        if self.ready and self.now > self.began:
            least = min(model.q2 / (self.now - self.began), self.drift_spread**2)
            self.covariance[2, 2] = max(float(self.covariance[2, 2]), least)

    def forget(self, source: int, *, doubt: float = 0.0) -> None:
        """Forget the offset of a source, as if it were new, but doubted by so much."""
        b = self.clock + source
        self.mean[b] = 0.0
        self.covariance[b, :] = self.covariance[:, b] = 0.0
        self.covariance[b, b] = self.u[source] ** 2 + doubt**2
        self.doubted[source] = abs(doubt)
        self.mark_doubt[:, source] = np.nan
        self.sums[source] = 0.0
        self.pair_sums[source] = self.pair_sums[:, source] = 0.0

    def take_at_its_word(self, source: int) -> bool:
        """Begin to be steered by a source; return whether the estimate is about to be corrected by it.

        While it was only followed along its offset took up whatever the estimate was wrong by. As far as that is more
        than its own u allows, and than it was doubted by, it is the estimate's error and not the source's.
        """
        b, doubt = self.clock + source, float(self.doubted[source])
        if self.covariance[b, b] <= OVERDRAWN * (self.u[source] ** 2 + doubt**2):
            return False
        self.forget(source, doubt=doubt)
        return True

    def ahead(self, after: float) -> tuple[float, float]:
        """Return the predicted offset `after` seconds from the last tick, and its standard uncertainty."""
        path = self._path(after)
        own = self.covariance[: self.clock, : self.clock]
        variance = float(path @ own @ path + self._step(after)[0][0, 0])
        return float(path @ self.mean[: self.clock]), math.sqrt(max(variance, 0.0))

    def _path(self, after: float) -> Array:
        """Return what each state of the clock adds to its offset after so many seconds."""
        pull = self._step(after)[2]
        return np.concatenate([[1.0, after, after * after / 2], pull[: self.clock - 3]])

    def _mark(self, use: npt.NDArray[np.int64]) -> None:
        from sichen.timebase.detector.kernels import set_mark, slot

        place = slot(self.ticks // EVERY, self.levels, MARKS)
        set_mark(place, self.now, self.clock, self.mean, self.covariance, use, self.marks, self.mark_mean,
                 self.mark_cov, self.mark_doubt, self.mark_pair, self.sums, self.pair_sums)  # fmt: skip

    def _live_again(self, start: float, use: npt.NDArray[np.int64]) -> None:
        from sichen.timebase.clockmodel.kernels import propagate
        from sichen.timebase.detector.kernels import update

        row, gain, past = np.zeros((3, self.mean.size))
        at = start
        for now, values in self.log:
            if now <= start:
                continue
            propagate(now - at, *self._step(now - at), self.mean, self.covariance, row)
            at = now
            for k in np.flatnonzero(np.isfinite(values) & (use > 0)):
                variance = self.sigma[k] ** 2
                update(int(k), self.clock, values[k], variance, use[k], self.mean, self.covariance, past, gain, row)

    def _step(self, tau: float) -> tuple[Array, Array, Array]:
        """Return noise, decays and couplings of one step, the offsets of the sources included."""
        if self._held is not None and self._held[0] == tau:
            return self._held[1]
        count = self.u.size
        fading = math.exp(-tau / WANDER_TIME)
        noise = np.zeros((self.mean.size, self.mean.size))
        noise[: self.clock, : self.clock] = self.model.noise(tau)
        offsets = np.arange(self.clock, self.mean.size)
        noise[offsets, offsets] = self.u**2 * (1.0 - fading**2)
        decay = np.concatenate([self.model.decays(tau), np.full(count, fading)])
        pull = np.concatenate([self.model.couplings(tau), np.zeros(count)])
        self._held = (tau, (noise, decay, pull))
        return noise, decay, pull


def _law(model: ClockModel) -> Array:
    """Return q1, q2, q3 and the flicker floor with what an unmeasured temperature adds."""
    return np.array([model.q1, model.q2, model.q3, 2 * math.log(2) * model.flicker + model.thermal**2])


def threshold_at(interval: float, *, threshold: float = THRESHOLD) -> float:
    """Return the threshold at which a tick of `interval` seconds alarms falsely no more often in a year than one of 16 s.

    Notes
    -----
    The tail of the normal law falls by exp(−z²/2): n times as many occasions ask for z² greater by 2 ln n. Longer ticks
    keep the threshold.

    Examples
    --------
    >>> round(threshold_at(1.0), 2), threshold_at(60.0)
    (7.01, 6.6)
    """
    return math.sqrt(threshold**2 + 2.0 * math.log(max(USUAL / interval, 1.0)))


def span_of(levels: int) -> int:
    """Return how many ticks a ladder of so many levels reaches back."""
    return int(MARKS // levels * EVERY * 2 ** (levels - 1))


def levels_at(interval: float) -> int:
    """Return how many levels the ladder of marks needs to reach back `SPAN` at this tick.

    Examples
    --------
    >>> levels_at(1.0), levels_at(4.0), levels_at(60.0)
    (8, 6, 1)
    """
    enough = (levels for levels in range(1, MOST_LEVELS) if span_of(levels) * interval >= SPAN)
    return next(enough, MOST_LEVELS)


def watch_many(observer: Observer, values: Array, *, interval: float) -> Array:
    """Watch many ticks at once, all sources in use and nobody judged: for counting false alarms in simulated years.

    Parameters
    ----------
    observer : Observer
        Begun; ends at the last tick.
    values : ndarray of float64, shape (ticks, sources)
        Readings; NaN where one is missing.
    interval : float > 0
        Seconds between two ticks.

    Returns
    -------
    ndarray of float64, shape (ticks,)
        The greatest slope, pair or step at each tick, in deviations.
    """
    from sichen.timebase.detector.kernels import watch

    worst = np.zeros((values.shape[0], 2))
    use = np.full(values.shape[1], FULL, dtype=np.int64)
    noise, decay, pull = observer._step(interval)  # noqa: SLF001 - same module: the compiled loop needs the arrays themselves
    watch(observer.now + interval, interval, values, use, observer.sigma, observer.jitter, observer.burst, observer.before,
          observer.wander, observer.clock, noise, decay, pull, observer.constants, observer.law, observer.mean,
          observer.covariance, observer.marks, observer.mark_mean, observer.mark_level, observer.mark_cov,
          observer.mark_doubt, observer.mark_pair, observer.sums, observer.recent, observer.pair_used, observer.pair_sums, observer.found, EVERY,
          observer.levels, True, worst)  # fmt: skip
    observer.now += interval * values.shape[0]
    return np.asarray(worst.max(axis=1), dtype=np.float64)
