# SPDX-License-Identifier: Apache-2.0
"""The composite clock (KPW): frequencies from a Kalman filter of all clocks, time from a weighted mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message
from sichen.timebase.clockmodel import Array, ClockModel

FREQUENCY_SPREAD = 1e-7
WARM = 256  # steps before a new clock has weight: its frequency is known by then
FIELDS = ("_q1", "_q2", "_age", "_strikes", "_x", "_y", "_frequency", "_scale", "_weight")


@dataclass(frozen=True)
class Member:
    """A clock of the ensemble as it stands.

    Parameters
    ----------
    name : str
    offset : float
        Clock minus ensemble, in s.
    frequency : float
        Its estimated frequency beside the ensemble.
    weight : float
        In the last step, 0 to 1.
    """

    name: str
    offset: float
    frequency: float
    weight: float


class Ensemble:
    """Several clocks as one that is better than each.

    Parameters
    ----------
    models : mapping of str to ClockModel
        By name; `q1` and `q2` of each are used.
    interval : float > 0
        Seconds between two steps.
    reading : float > 0, default 1e-24
        Variance of one comparison with the pivot, in s².

    Notes
    -----
    KPW [1]_: the plain Kalman scale sacrifices short-term stability; here the filter gives only the frequencies, and
    the time is the mean of the clocks' forecasts weighted by 1/(q1 + q2 τ²/3). The filter works on differences of clocks,
    so nothing in it grows without bound; of the frequencies that fit them, the increments with Σ Δy/q2 = 0 are the
    likeliest. A clock that leaves the median of all forecasts by four to six deviations loses its weight.

    References
    ----------
    .. [1] C. Greenhall, "Kalman plus weights: a time scale algorithm", PTTI 33 (2001).

    Examples
    --------
    >>> clocks = Ensemble({"A": ClockModel(1e-22, 1e-28), "B": ClockModel(1e-22, 1e-28)}, interval=60.0)
    >>> clocks.step({"A": 0.0, "B": 2e-9})
    >>> [round(member.offset * 1e9, 3) for member in clocks.members]
    [-1.0, 1.0]
    """

    def __init__(
        self,
        models: Mapping[str, ClockModel],
        *,
        interval: float,
        reading: float = 1e-24,
    ) -> None:
        if not models:
            raise DataError(Message("timebase.ensemble.empty"))
        self.interval, self.reading = interval, reading
        self.names: list[str] = []
        self._steps = 0
        self._q1, self._q2 = np.empty(0), np.empty(0)
        self._age, self._strikes = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        self._x, self._y, self._frequency, self._scale, self._weight = (np.empty(0) for _ in range(5))
        self._covariance = np.empty((0, 0))
        for name, model in models.items():
            self._place(name, model, WARM)

    @property
    def members(self) -> tuple[Member, ...]:
        """The clocks and their places."""
        rows = zip(self.names, self._scale, self._frequency, self._weight, strict=True)
        return tuple(Member(name, float(x), float(y), float(w)) for name, x, y, w in rows)

    def step(self, readings: Mapping[str, float]) -> None:
        """Advance by one interval.

        Parameters
        ----------
        readings : mapping of str to float
            Each clock minus one pivot common to all, in s; a clock that is missing coasts.
        """
        from sichen.timebase.ensemble.kernels import step

        values = np.array([readings.get(name, np.nan) for name in self.names], dtype=np.float64)
        if self._steps == 0:
            self._start(values)
            return
        step(self.interval, values, self.reading, 0, *self._arrays())
        self._steps += 1

    def run(self, readings: npt.ArrayLike) -> Array:
        """Advance through many intervals.

        Parameters
        ----------
        readings : array_like of float, shape (steps, clocks)
            In the order of `names`; NaN where one is missing.

        Returns
        -------
        ndarray of float64, shape (steps, clocks)
            Each clock minus the ensemble.
        """
        from sichen.timebase.ensemble.kernels import run

        values = np.ascontiguousarray(readings, dtype=np.float64)
        written = np.empty_like(values)
        first = 0
        if self._steps == 0:
            self._start(values[0])
            written[0], first = self._scale, 1
        run(self.interval, values[first:], self.reading, 0, *(*self._arrays(), written[first:]))
        self._steps += values.shape[0] - first
        return written

    def add(self, name: str, model: ClockModel, *, reading: float, beside: str) -> None:
        """Take in a clock. It has no weight until its frequency is known: the ensemble does not move.

        Parameters
        ----------
        name : str
        model : ClockModel
        reading : float
            The new clock minus the clock `beside`, now, in s.
        beside : str
        """
        k = self._index(beside)
        self._place(name, model, 0)
        self._scale[-1], self._x[-1] = self._scale[k] + reading, self._x[k] + reading
        self._frequency[-1], self._y[-1] = self._frequency[k], self._y[k]

    def remove(self, name: str) -> None:
        """Let a clock go; the forecasts of the others carry on.

        Raises
        ------
        DataError
            If no clock has that name or it is the last.
        """
        k = self._index(name)
        if len(self.names) == 1:
            raise DataError(Message("timebase.ensemble.empty"))
        if k == 0:
            self._root_at_next()
        keep = np.arange(len(self.names)) != k
        both = np.concatenate([keep, keep])
        for field in FIELDS:
            setattr(self, field, getattr(self, field)[keep])
        self._covariance = np.ascontiguousarray(self._covariance[np.ix_(both, both)])
        del self.names[k]

    def _root_at_next(self) -> None:
        """Count times and frequencies beside the second clock instead of the first."""
        n = len(self.names)
        beside = np.eye(n)
        beside[:, 1] -= 1.0
        both = np.kron(np.eye(2), beside)
        self._covariance = both @ self._covariance @ both.T
        self._x, self._y = self._x - self._x[1], self._y - self._y[1]

    def _index(self, name: str) -> int:
        if name not in self.names:
            raise DataError(Message("timebase.ensemble.unknown", name=name, known=" ".join(self.names)))
        return self.names.index(name)

    def _place(self, name: str, model: ClockModel, age: int) -> None:
        n = len(self.names)
        if name in self.names:
            raise DataError(Message("timebase.ensemble.twice", name=name))
        wider = np.zeros((2 * n + 2, 2 * n + 2))
        old = np.concatenate([np.arange(n), n + 1 + np.arange(n)])
        wider[np.ix_(old, old)] = self._covariance
        if n > 0:  # the first clock is the root: nothing is known beside it but itself
            wider[n, n], wider[2 * n + 1, 2 * n + 1] = 4 * self.reading, FREQUENCY_SPREAD**2
        self._covariance = wider
        self.names.append(name)
        values = (model.q1, model.q2, age, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
        for field, value in zip(FIELDS, values, strict=True):
            held = getattr(self, field)
            setattr(self, field, np.append(held, np.array(value, dtype=held.dtype)))

    def _start(self, values: Array) -> None:
        """Begin where the weighted mean of all clocks is nought."""
        weight = np.where(np.isfinite(values), 1.0 / self._q1, 0.0)
        if not weight.any():
            raise DataError(Message("timebase.ensemble.empty"))
        self._weight = weight / weight.sum()
        self._scale = np.where(np.isfinite(values), values - np.nansum(self._weight * np.nan_to_num(values)), 0.0)
        self._x = self._scale - self._scale[0]
        self._steps = 1

    def _arrays(self) -> tuple[Any, ...]:
        return (
            self._q1, self._q2, self._age, WARM, self._strikes, self._x, self._y, self._frequency, self._covariance,
            self._scale, self._weight,
        )  # fmt: skip


def ideal_deviation(models: Sequence[ClockModel], tau: float) -> float:
    """Return the Allan deviation of the ideal mean of clocks at one averaging time: weighted by inverse variances."""
    return float(np.sum([model.allan_deviation(tau) ** -2.0 for model in models]) ** -0.5)
