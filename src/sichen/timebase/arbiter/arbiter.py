# SPDX-License-Identifier: Apache-2.0
"""The arbiter: from many sources and one oscillator to one time, a state, and the reasons for both."""

import math
from collections import deque
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from sichen.core import Instant, Message
from sichen.timebase.arbiter.intervals import intersect
from sichen.timebase.arbiter.learner import SUSPECT, Learner
from sichen.timebase.arbiter.seat import SETTLED, Seat
from sichen.timebase.arbiter.settings import ArbiterSettings
from sichen.timebase.arbiter.state import Decision, State
from sichen.timebase.arbiter.verdicts import Culprit, Verdict, judge, recent_slope, recent_steps
from sichen.timebase.clockmodel import Array, NoiseModel
from sichen.timebase.detector import CONSIDER, FREQUENCY_SPREAD, FULL, Alarm, Observer, Traits
from sichen.timebase.memory import Memory
from sichen.timebase.oscillator import oscillators
from sichen.timebase.source import Sample

PATIENCE = 4  # ticks without a reading before a source is called lost
GATHER = 8  # ticks of listening before the first agreement
WARM = 32  # ticks after it before the time is called locked
DAY = 86400.0
PERSIST = 3  # ticks that an alarm must last: the readings after it tell a jump from a slope
ROWS = 10
WILD = 10.0  # deviations: one reading beside the level moves it by no more
SUREST = 1e-13  # of a frequency that is only remembered
K = 3.0
AGEING = 30.0  # times the drift of the class, and no less than that of any class: the oscillator may be of a worse one


class Arbiter:
    """Judge sources, tick by tick.

    Parameters
    ----------
    settings : ArbiterSettings
    interval : float > 0
        Seconds between two ticks; each source is asked once a tick.
    remembered : tuple of (float, float), optional
        Frequency and its standard uncertainty from a former run, as `Memory.aged` gives them.
    learned : NoiseModel, optional
        The oscillator's noise as a former run learned it: what `learned` returned.

    Examples
    --------
    >>> from sichen.timebase import SourceSettings
    >>> arbiter = Arbiter(ArbiterSettings((SourceSettings("GPS", 1e-7, 2e-8),)), interval=16.0)
    >>> for k in range(60):
    ...     decision = arbiter.decide(16.0 * k, {"GPS": Sample(16.0 * k, 0.25)})
    >>> decision.state.value, round(decision.offset, 6)
    ('locked', 0.25)
    """

    def __init__(
        self,
        settings: ArbiterSettings,
        *,
        interval: float,
        remembered: tuple[float, float] | None = None,
        learned: NoiseModel | None = None,
    ) -> None:
        self.settings, self.interval, self._remembered = settings, interval, remembered
        kind = settings.kind()
        traits = [Traits(source.u, source.jitter) for source in settings.sources]
        worst = max(abs(known.ageing) for known in oscillators().values())
        spread = max(AGEING * abs(kind.ageing), worst) / DAY
        declared = kind.model(room=settings.room)
        self._learner = Learner(declared, drift_spread=spread, learned=learned)
        model = self._learner.bank.model()
        self.observer = Observer(model, traits, drift_spread=spread, threshold=settings.threshold, interval=interval)
        self.seats = [Seat(source, settings.probation / 2) for source in settings.sources]
        self.followed: tuple[int, ...] = ()
        self._last_priority = min(source.priority for source in settings.sources)
        self._last_u = settings.sources[0].u
        self._alone_since = 0.0
        self._began = 0.0
        self._gathered: list[Array] = []
        self._rows: deque[Array] = deque(maxlen=ROWS)
        self._alarmed = 0
        self._notes: tuple[Message, ...] = ()
        self._noted_until = -math.inf

    def decide(self, local: float, samples: Mapping[str, Sample | None]) -> Decision:
        """Take in what the sources say at one tick and decide.

        Parameters
        ----------
        local : float
            Reading of the counter in s; must rise from call to call.
        samples : mapping of str to Sample or None
            By name; a source that is missing or None had nothing to say.

        Returns
        -------
        Decision
        """
        patience = PATIENCE * self.interval
        heard = [seat.hear(samples.get(seat.name), local, patience=patience) for seat in self.seats]
        values = np.array(heard, dtype=np.float64)
        if not self.observer.ready:
            self._gather(local, values)
            return self._decision(local)
        self.observer.before[[seat.doubt is not None for seat in self.seats]] = np.nan
        self.observer.tick(local, values, self._use())
        self._shift_levels(float(self.observer.found[-1, 4]))
        self._compare(local, values)
        self._learner.hear(local, values, self.seats, self.observer)
        self._heed(local)
        self._vote()
        self._follow(local)
        self._doubt_the_start(local)
        return self._decision(local)

    def remember(self, instant: Instant) -> Memory:
        """Return what a next run should know.

        Parameters
        ----------
        instant : Instant
            The time now.
        """
        mean, covariance = self.observer.mean, self.observer.covariance
        u = math.sqrt(float(covariance[1, 1]))
        return Memory(instant, self.settings.oscillator, float(mean[1]), float(mean[2]), u, self.learned())

    def learned(self) -> NoiseModel | None:
        """Return the oscillator's noise as it was learned so far; None before an hour of trusted readings.

        Nothing is learned while a source is rejected, while two independent sources part, or from a single source that
        the oscillator contradicts.
        """
        return self._learner.bank.learned()

    def _use(self) -> npt.NDArray[np.int64]:
        """Say of each source whether it steers, is only followed along, or is not listened to.

        With nobody steering nobody is followed along: a source's offset must not take up what the oscillator lost.
        """
        if not self.followed:
            return np.zeros(len(self.seats), dtype=np.int64)
        return np.array(
            [0 if not seat.good else FULL if k in self.followed else CONSIDER for k, seat in enumerate(self.seats)],
            dtype=np.int64,
        )

    def _gather(self, local: float, values: Array) -> None:
        """Listen until most sources agree, then begin."""
        self._gathered.append(values)
        if len(self._gathered) < GATHER:
            return
        recent = np.array(self._gathered[-GATHER:])
        self._gathered = self._gathered[-GATHER:]
        spoken = np.isfinite(recent[-PATIENCE:]).sum(axis=0)
        present = [k for k, seat in enumerate(self.seats) if seat.good and spoken[k] >= PATIENCE // 2]
        if not present:
            return
        levels = {k: float(np.nanmean(recent[-PATIENCE:, k])) for k in present}
        widths = {k: self._width(k) + 2 * float(self.observer.sigma[k]) for k in present}
        agreed = intersect([(levels[k] - widths[k], levels[k] + widths[k]) for k in present])
        if agreed is None or 2 * len(agreed.members) <= len(present):
            self._notes = (Message("timebase.reason.no_majority", count=len(present)),)
            return
        members = [present[m] for m in agreed.members]
        self._begin(local, members, levels, widths)

    def _begin(self, local: float, members: list[int], levels: Mapping[int, float], widths: Mapping[int, float]) -> None:
        for k, level in levels.items():
            if k not in members:
                self._outside(k, level - levels[members[0]])
        best = min(members, key=lambda k: widths[k])
        frequency, spread = self._remembered or (0.0, FREQUENCY_SPREAD)
        self.observer.begin(
            local, levels[best], max(widths.values()), frequency=frequency, frequency_spread=max(spread, SUREST)
        )
        self._began, self._notes = local, ()
        self._follow(local)

    def _width(self, k: int) -> float:
        """Half the interval that a source claims to hold the truth in."""
        return K * (self.seats[k].settings.u + self.seats[k].wider)

    def _compare(self, local: float, values: Array) -> None:
        """Follow how far each source is from the estimate; hear again those that have served their probation."""
        offset, spread = float(self.observer.mean[0]), math.sqrt(self.observer.covariance[0, 0])
        self._rows.append(values - offset)
        for k, seat in enumerate(self.seats):
            if math.isnan(values[k]):
                continue
            seat.compare(float(values[k]) - offset, wild=WILD * math.hypot(float(self.observer.sigma[k]), spread))
            if seat.rejected is None:
                continue
            noise = float(self.observer.sigma[k]) / 2
            bound = self._width(k) + K * spread + noise
            if seat.rehabilitated(local, bound=bound, still=2 * noise + spread):
                seat.rejected, seat.good_since = None, local
                self.observer.forget(k, doubt=seat.level)

    def _shift_levels(self, moved: float) -> None:
        """Keep the levels of the sources beside an estimate that was corrected by so much."""
        for seat in self.seats:
            seat.shift(moved)

    def _rewind(self, to: float) -> None:
        before = float(self.observer.mean[0])
        self.observer.rewind(to, self._use())
        self._shift_levels(float(self.observer.mean[0]) - before)

    def _heed(self, local: float) -> None:
        """Act on the worst alarm of the tick."""
        alarms = [alarm for alarm in self.observer.alarms() if self._both_good(alarm)]
        self._alarmed = self._alarmed + 1 if alarms else 0
        if self._alarmed < PERSIST:
            return
        self._alarmed = 0
        heard = [k for k, seat in enumerate(self.seats) if seat.good]
        steps = recent_steps(np.array(self._rows), self.observer.sigma)
        if steps.keys() < set(heard):
            steps = {}
        accused = alarms[0].source
        own = np.array(self._rows)[:, accused]
        verdict = judge(
            alarms[0],
            self.observer,
            heard,
            self.settings.sources,
            steps=steps,
            of_late=recent_slope(own, float(self.observer.sigma[accused]), self.interval),
            jump=self.settings.plausible_jump,
        )
        if verdict.culprit is Culprit.OSCILLATOR:
            self._own_up(local, verdict)
            return
        back_to = self.observer.onset(alarms[0].mark)
        for k in verdict.sources:
            self._reject(k, _accusation(self.seats[k].name, verdict))
        self._follow(local)
        self._learner.bank.unlearn(back_to)
        self._rewind(back_to)

    def _own_up(self, local: float, verdict: Verdict) -> None:
        """Take it that the oscillator moved: believe the sources, and be unsure for a while."""
        self._learner.bank.restart()
        for seat in self.seats:
            seat.readings = 0
        size = verdict.size
        if verdict.kind == "step":
            known = self._rows[-1][[seat.good for seat in self.seats]]
            size = float(np.nanmedian(known))
            self.observer.shift(size, float(np.nanmax(known) - np.nanmin(known)) + float(self.observer.sigma.max()))
            self._rows.clear()
        else:
            self.observer.widen(offset=abs(size) * DAY / 24, frequency=abs(size))
        self._notes = (Message(f"timebase.reason.oscillator_{verdict.kind}", size=_short(size)),)
        self._noted_until = local + 3600.0

    def _doubt_the_start(self, local: float) -> None:
        """Listen anew when whoever the time was begun from is rejected before it was ever locked: then the start was wrong."""
        rejected = [seat for seat in self.seats if seat.rejected is not None]
        if self.followed or not rejected or local - self._began >= WARM * self.interval:
            return
        for seat in rejected:
            seat.rejected = None
        for seat in self.seats:
            seat.readings, seat.probation = 0, self.settings.probation / 2
        self.observer.ready = False
        self._gathered.clear()
        self._rows.clear()
        self._learner.bank.unlearn(-math.inf)

    def _both_good(self, alarm: Alarm) -> bool:
        return self.seats[alarm.source].good and (alarm.other < 0 or self.seats[alarm.other].good)

    def _reject(self, k: int, reason: Message) -> None:
        self.seats[k].reject(reason)
        if self.followed == (k,):
            self._alone_since = self.observer.now
        self.followed = tuple(other for other in self.followed if other != k)

    def _outside(self, k: int, offset: float) -> None:
        self._reject(k, Message("timebase.source.outside", source=self.seats[k].name, offset=_short(offset)))

    def _vote(self) -> None:
        """Reject whoever is outside what most sources and the oscillator can agree on."""
        settled = [k for k, seat in enumerate(self.seats) if seat.good and seat.readings >= SETTLED]
        if not settled:
            return
        own = K * math.sqrt(self.observer.covariance[0, 0])
        claims = [(-own, own)]
        for k in settled:
            width = self._width(k) + self.observer.threshold * float(self.observer.sigma[k]) * self.seats[k].spread
            claims.append((self.seats[k].level - width, self.seats[k].level + width))
        agreed = intersect(claims)
        alone = intersect(claims[1:])
        if agreed is None or alone is None:
            return
        if len(agreed.members) == 1 and len(settled) > 1:
            liars = settled  # nobody agrees with anybody, not even with the oscillator: nobody is believed
        elif len(agreed.members) > len(alone.members):
            liars = [k for place, k in enumerate(settled, start=1) if place not in agreed.members]
        else:
            return
        for k in liars:
            self._outside(k, self.seats[k].level)
        if liars:
            # When this lie began nobody can tell: forget it as far back as there are marks.
            self._learner.bank.unlearn(-math.inf)
            self._rewind(-math.inf)

    def _follow(self, local: float) -> None:
        """Choose who steers: the best priority, after its time of waiting."""
        good = [k for k, seat in enumerate(self.seats) if seat.good]
        followed = tuple(k for k in self.followed if k in good)
        if self.followed and not followed:
            self._alone_since = local
        self.followed = followed
        if not good:
            return
        now = self._priority(followed) if followed else self._last_priority
        ready = [k for k in good if self._may_follow(k, now, local)]
        if not ready:
            return
        best = self._priority(ready)
        if followed and best > now:
            return
        chosen = tuple(k for k in ready if self.seats[k].settings.priority == best)
        for k in chosen:
            if k not in self.followed and self.observer.take_at_its_word(k):
                self._rows.clear()
        self.followed = chosen
        self._last_priority = best
        self._last_u = min(self.seats[k].settings.u for k in self.followed)

    def _may_follow(self, k: int, now: int, local: float) -> bool:
        seat = self.seats[k]
        if k in self.followed or local - self._began < WARM * self.interval:
            return True
        priority = seat.settings.priority
        if self.followed:
            return priority <= now and local - seat.good_since >= self.settings.back_after
        if priority <= now:
            return True
        wait = self.settings.waiting * seat.settings.u / self._last_u
        surely = math.sqrt(self.observer.covariance[0, 0])
        return local - self._alone_since >= wait or surely > seat.settings.u

    def _priority(self, sources: tuple[int, ...] | list[int]) -> int:
        return min(self.seats[k].settings.priority for k in sources)

    def _decision(self, local: float) -> Decision:
        if local > self._noted_until and self.observer.ready:
            self._notes = ()
        rejected = {seat.name: reason for seat in self.seats if (reason := seat.rejected or seat.doubt) is not None}
        if not self.observer.ready:
            reasons = self._notes or (Message("timebase.reason.gathering"),)
            return Decision(local, State.UNUSABLE, 0.0, 0.0, math.inf, 0.0, (), rejected, reasons)
        u = self._uncertainty()
        soon, ahead = self.observer.ahead(self.interval)
        growth = max(ahead - math.sqrt(self.observer.covariance[0, 0]), 0.0) / self.interval
        mean = self.observer.mean
        names = tuple(self.seats[k].name for k in self.followed)
        state, reasons = self._state(local, u)
        frequency = (soon - float(mean[0])) / self.interval
        worse = self._learner.notes()
        return Decision(local, state, float(mean[0]), frequency, u, growth, names, rejected, (*reasons, *self._notes, *worse))

    def _uncertainty(self) -> float:
        """Return u of the estimate, with what a lie not yet proved may have moved it by."""
        observer = self.observer
        moved = 0.0
        for k in self.followed:
            for column in (0, 2):
                if observer.found[k, column] > SUSPECT:
                    mark = int(observer.found[k, column + 1])
                    before = observer.mark_level[mark, k] - observer.mark_mean[mark, observer.clock + k]
                    moved = max(moved, abs(float(observer.mean[0] - before)))
        wider = min((self.seats[k].wider for k in self.followed), default=0.0)
        return math.hypot(math.sqrt(observer.covariance[0, 0]), moved) + wider

    def _state(self, local: float, u: float) -> tuple[State, tuple[Message, ...]]:
        if u > self.settings.usable or local - self._began < WARM * self.interval:
            return State.UNUSABLE, (Message("timebase.reason.unsure", u=_short(u), limit=_short(self.settings.usable)),)
        liars = [seat for seat in self.seats if seat.rejected is not None]
        if liars and 2 * len(liars) > len(self.seats):
            kept = " ".join(self.seats[k].name for k in self.followed)
            key = "witness" if kept else "witness_alone"
            return State.REJECTED, (Message(f"timebase.reason.{key}", count=len(liars), of=len(self.seats), kept=kept or "—"),)
        if not self.followed:
            return State.HOLDOVER, (Message("timebase.reason.held", seconds=f"{local - self._alone_since:.0f}"),)
        first = min(seat.settings.priority for seat in self.seats)
        return (State.LOCKED if self._priority(self.followed) == first else State.BACKUP), ()


def _accusation(name: str, verdict: Verdict) -> Message:
    return Message(f"timebase.source.{verdict.kind}", source=name, size=_short(verdict.size))


def _short(value: float) -> str:
    return f"{value:.2g}"
