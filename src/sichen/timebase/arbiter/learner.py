# SPDX-License-Identifier: Apache-2.0
"""When the oscillator is learned from, and from whom: only while its sources are trusted."""

import math
from collections.abc import Sequence

from sichen.core import Message
from sichen.timebase.arbiter.seat import SETTLED, Seat
from sichen.timebase.clockmodel import Array, ClockModel, NoiseBank, NoiseModel
from sichen.timebase.detector import Observer

SUSPECT = 3.5  # deviations: well below any alarm, but nothing is learned meanwhile
KNOWN = 12 * 3600.0  # s of trusted readings: from then on the oscillator bears witness against a single source
CHANGED = 0.1  # relative change of a noise level that is worth a new model
WORSE, SURELY = 10.0, 0.99  # times the class, belief: then the operator is told
PREFER = 0.5  # ratio of jitters at which another source is better to learn from


class Learner:
    """Learns the noise of the oscillator behind an observer.

    Parameters
    ----------
    declared : ClockModel
    drift_spread : float
        As `Observer` takes it.
    learned : NoiseModel, optional
        From a former run.
    """

    def __init__(self, declared: ClockModel, *, drift_spread: float, learned: NoiseModel | None) -> None:
        self.bank = NoiseBank(declared, drift_spread=drift_spread, learned=learned)
        self._from: int | None = None

    def hear(self, now: float, values: Array, seats: Sequence[Seat], observer: Observer) -> None:
        """Take in the readings of one tick and hand the observer a better model when there is one.

        Parameters
        ----------
        now : float
        values : ndarray of float64, shape (sources,)
            Readings in s; NaN where there is none.
        seats : sequence of Seat
        observer : Observer
            Ticked with the same readings.
        """
        chosen = self._choose(seats, observer)
        if chosen is None or not self._trusted(chosen, seats, observer):
            self.bank.step(now, math.nan, 1.0)
        else:
            if self._from is not None and chosen != self._from:
                self.bank.widen(3.0 * math.hypot(seats[self._from].settings.u, seats[chosen].settings.u))
            self._from = chosen
            self.bank.step(now, float(values[chosen]), float(observer.sigma[chosen]) ** 2)
        model = self.bank.model()
        if _differs(model, observer.model):
            observer.adopt(model)

    def notes(self) -> tuple[Message, ...]:
        """Say when the oscillator is surely worse than its class."""
        if self.bank.worse(WORSE) < SURELY:
            return ()
        model, declared = self.bank.model(), self.bank.declared
        times = max(model.q1 / declared.q1, model.q2 / declared.q2) if declared.q1 > 0.0 < declared.q2 else math.inf
        return (Message("timebase.reason.oscillator_worse", times=f"{math.sqrt(times):.0f}"),)

    def _choose(self, seats: Sequence[Seat], observer: Observer) -> int | None:
        """Take the steadiest source that is believed; leave one for another only when that is much steadier."""
        able = [k for k, seat in enumerate(seats) if seat.good and seat.readings >= SETTLED]
        if not able:
            return None
        best = min(able, key=lambda k: float(observer.sigma[k]))
        if self._from in able and observer.sigma[best] > PREFER * observer.sigma[self._from]:
            return self._from
        return best

    def _trusted(self, chosen: int, seats: Sequence[Seat], observer: Observer) -> bool:
        """Tell whether what moves can only be the oscillator.

        Two independent witnesses that go together are enough. A single one must go along with what is known of the
        oscillator, once that is known from more than its label. While anybody is rejected nobody is trusted.
        """
        if any(seat.rejected is not None for seat in seats):
            return False
        heard = {seat.settings.witness for seat in seats if seat.good and seat.readings >= SETTLED}
        if len(heard) > 1:
            return bool(observer.found[-1, 0] < SUSPECT)
        known = self.bank.seconds >= KNOWN
        return not known or bool(max(observer.found[chosen, 0], observer.found[chosen, 2]) < SUSPECT)


def _differs(found: ClockModel, used: ClockModel) -> bool:
    return any(abs(a - b) > CHANGED * b for a, b in ((found.q1, used.q1), (found.q2, used.q2)))
