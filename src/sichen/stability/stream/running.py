# SPDX-License-Identifier: Apache-2.0
"""Stability while the recording runs: constant work for each sample and octave, the same answer as the whole record."""

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message, TooFewSamples
from sichen.stability.assemble import Conventions, known_or_identified, with_intervals
from sichen.stability.families import statistic
from sichen.stability.moments import Moments
from sichen.stability.results import Deviations

Array = npt.NDArray[np.float64]

_ROWS = {"tierms": 0, "oadev": 1, "ohdev": 2, "mdev": 3, "tdev": 3}


class RunningStability:
    """Octave statistics of one or many clocks, fed sample by sample.

    Parameters
    ----------
    tau0 : float > 0
        Seconds between samples.
    octaves : int, 1 … 24
        Averaging factors 1, 2, 4 … 2^(octaves − 1).
    clocks : int >= 1
        Series that are fed side by side.

    Raises
    ------
    DataError
        If a parameter is out of range.

    Notes
    -----
    Memory is 4 · 2^(octaves − 1) samples a clock, rounded up to a power of two. Squares are added up with
    compensation, so that months of samples lose no digits. NaN marks a missing sample, as in a record.

    Examples
    --------
    >>> running = RunningStability(tau0=1.0, octaves=2)
    >>> running.push([0.0, 892.0, 1701.0, 2524.0, 3322.0, 3993.0, 4637.0, 5520.0, 6423.0, 7100.0])
    >>> round(float(running.result("oadev", alpha=0).deviation[1]), 5)
    85.95287
    """

    def __init__(self, *, tau0: float, octaves: int = 16, clocks: int = 1) -> None:
        if not (tau0 > 0 and np.isfinite(tau0)):
            raise DataError(Message("stability.bad_interval", found=f"{tau0:g}"))
        if not (1 <= octaves <= 24 and clocks >= 1):  # noqa: PLR2004 - a ring of 64 million samples
            raise DataError(Message("stability.bad_stream", octaves=octaves, clocks=clocks))
        self.tau0 = tau0
        self.octaves = octaves
        self._ring = np.zeros((clocks, 4 << (octaves - 1)))
        self._state = np.zeros((clocks, 2), np.int64)
        self._sums = np.zeros((clocks, 4, octaves, 2))
        self._terms = np.zeros((clocks, 4, octaves), np.int64)
        self._carry = np.zeros((clocks, octaves, 2))

    @property
    def taken(self) -> int:
        """Number of samples taken from each clock."""
        return int(self._state[0, 0])

    def push(self, samples: npt.ArrayLike) -> None:
        """Take new samples of phase.

        Parameters
        ----------
        samples : array_like of float, shape (new,) or (clocks, new)
            Seconds.

        Raises
        ------
        DataError
            If the shape does not fit the number of clocks, or a value is infinite.
        """
        from sichen.stability.stream.kernels import push

        rows = np.atleast_2d(np.ascontiguousarray(samples, dtype=np.float64))
        if rows.ndim != 2 or rows.shape[0] != self._ring.shape[0]:  # noqa: PLR2004 - clocks and samples
            raise DataError(Message("stability.mixed_lengths", left=int(rows.shape[0]), right=self._ring.shape[0]))
        if np.isinf(rows).any():
            raise DataError(Message("stability.infinite", row=int(np.isinf(rows).any(axis=0).argmax()) + 1))
        push(rows, self._ring, self._state, self._sums, self._terms, self._carry)

    def result(
        self, name: str = "oadev", *, clock: int = 0, alpha: int | None = None, conventions: Conventions | None = None
    ) -> Deviations:
        """Return a statistic of all samples so far.

        Parameters
        ----------
        name : {"oadev", "mdev", "tdev", "ohdev", "tierms"}
        clock : int
        alpha : int, optional
            Exponent of the noise; otherwise identified from the samples still in memory.
        conventions : Conventions, optional

        Raises
        ------
        TooFewSamples
            If no averaging time has a term yet.
        DataError
            If the statistic does not stream.
        """
        if name not in _ROWS:
            raise DataError(Message("stability.does_not_stream", name=name, known=" ".join(_ROWS)))
        row = statistic(name)
        terms = self._terms[clock, _ROWS[name]]
        ready = int(np.count_nonzero(terms))
        if ready == 0:
            raise TooFewSamples(got=self.taken, need=row.order + 1)
        factors = np.int64(1) << np.arange(ready, dtype=np.int64)
        moments = Moments(self._sums[clock, _ROWS[name], :ready].sum(axis=1), terms[:ready].copy())
        return with_intervals(
            row,
            factors=factors,
            pieces=[(self.taken, moments)],
            found=known_or_identified(row, (self._latest(clock),), factors, alpha),
            tau0=self.tau0,
            conventions=conventions or Conventions(),
        )

    def _latest(self, clock: int) -> Array:
        ring: Array = self._ring[clock]
        if self.taken <= ring.size:
            return ring[: self.taken].copy()
        start = self.taken % ring.size
        return np.concatenate([ring[start:], ring[:start]])
