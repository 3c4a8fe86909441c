# SPDX-License-Identifier: Apache-2.0
"""The noise of single clocks from comparisons of pairs: Groslambert covariance, three- and N-cornered hat.

References
----------
.. [1] J. E. Gray, D. W. Allan, "A method for estimating the frequency stability of an individual oscillator", 1974.
.. [2] F. Vernotte et al., "Three-cornered hat versus Allan covariance", IFCS 2016; E. Lantz et al., IEEE UFFC 66 (2019).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message
from sichen.stability.averaging import Taus, averaging_factors
from sichen.stability.moments import differences
from sichen.stability.series import PhaseSeries

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Covariances:
    """The Groslambert codeviation of two comparisons.

    Parameters
    ----------
    tau : ndarray of float64, shape (k,)
        Seconds.
    covariance : ndarray of float64, shape (k,)
        Allan covariance; it may be negative.
    deviation : ndarray of float64, shape (k,)
        Its root, with the sign of the covariance.
    n : ndarray of int64, shape (k,)
    """

    tau: Array
    covariance: Array
    deviation: Array
    n: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Hat:
    """What each clock contributes.

    Parameters
    ----------
    tau : ndarray of float64, shape (k,)
    clocks : tuple of str
    variance : ndarray of float64, shape (clocks, k)
        Allan variance of each; negative where the clock is too good, or the clocks are correlated.
    deviation : ndarray of float64, shape (clocks, k)
        NaN where the variance is negative: refused, not clipped.
    advice : tuple of Message
    """

    tau: Array
    clocks: tuple[str, ...]
    variance: Array
    deviation: Array
    advice: tuple[Message, ...]


def gcodev(one: PhaseSeries, other: PhaseSeries, *, taus: Taus = "octave") -> Covariances:
    """Compute the Groslambert codeviation: the noise of the clock that two comparisons share.

    Parameters
    ----------
    one, other : PhaseSeries
        Comparisons sampled together, such as A − B and A − C: noise of the counters, and of B and C, averages out.
    taus : averaging times

    Raises
    ------
    DataError
        If the two were not sampled together.
    """
    from sichen.stability.kernels import products_of_differences

    _check_alike([one, other])
    factors = averaging_factors(taus, tau0=one.tau0, largest=(one.size - 1) // 2)
    found = [products_of_differences(one.phase, other.phase, int(m)) for m in factors]
    total = np.array([total for total, _ in found])
    terms = np.array([count for _, count in found], np.int64)
    if (terms == 0).any():
        raise DataError(Message("stability.gaps_leave_nothing", tau=f"{factors[terms == 0][0] * one.tau0:g}"))
    covariance = total / terms / (2.0 * (factors * one.tau0) ** 2)
    return Covariances(
        np.asarray(factors * one.tau0, np.float64), covariance, np.sign(covariance) * np.sqrt(np.abs(covariance)), terms
    )


def cornered_hat(pairs: Mapping[tuple[str, str], PhaseSeries], *, taus: Taus = "octave") -> Hat:
    """Separate the noise of three or more clocks from comparisons of pairs.

    Parameters
    ----------
    pairs : mapping of (str, str) to PhaseSeries
        Every pair that was compared, sampled together.
    taus : averaging times

    Returns
    -------
    Hat
        Least squares of σ²(A−B) = σ²(A) + σ²(B); with three clocks that is the three-cornered hat.

    Raises
    ------
    DataError
        If the pairs do not fix every clock, or were not sampled together.

    Examples
    --------
    >>> from sichen.stability import simulate_noise
    >>> a, b, c = (simulate_noise(4001, alpha=0, seed=s, deviation=d).phase for s, d in ((1, 1.0), (2, 2.0), (3, 3.0)))
    >>> hat = cornered_hat({("A", "B"): PhaseSeries.from_phase(a - b, tau0=1.0),
    ...                     ("B", "C"): PhaseSeries.from_phase(b - c, tau0=1.0),
    ...                     ("A", "C"): PhaseSeries.from_phase(a - c, tau0=1.0)}, taus=[1.0])
    >>> [round(float(d)) for d in hat.deviation[:, 0]]
    [1, 2, 3]
    """
    compared = list(pairs.values())
    _check_alike(compared)
    clocks = tuple(dict.fromkeys(name for pair in pairs for name in pair))
    design = np.zeros((len(pairs), len(clocks)))
    for row, pair in enumerate(pairs):
        for name in pair:
            design[row, clocks.index(name)] += 1.0
    if np.linalg.matrix_rank(design) < len(clocks):
        raise DataError(Message("stability.hat_open", clocks=", ".join(clocks)))
    factors = averaging_factors(taus, tau0=compared[0].tau0, largest=(compared[0].size - 1) // 2)
    tau = np.asarray(factors * compared[0].tau0, np.float64)
    rows = []
    for series in compared:
        found = differences(series.phase, factors, order=2, overlapping=True)
        rows.append(found.total / np.maximum(found.terms, 1) / (2.0 * tau**2))
    variance = np.asarray(np.linalg.pinv(design) @ np.array(rows), np.float64)
    with np.errstate(invalid="ignore"):
        deviation = np.sqrt(variance)
    negative = [name for name, row in zip(clocks, variance, strict=True) if (row < 0).any()]
    advice = (Message("stability.hat_negative", clocks=", ".join(negative)),) if negative else ()
    return Hat(tau, clocks, variance, deviation, advice)


def differences_of_clocks(readings: Mapping[str, PhaseSeries]) -> dict[tuple[str, str], PhaseSeries]:
    """Return every pair of clocks that were read against one reference.

    The noise of the reference cancels in each pair.
    """
    _check_alike(list(readings.values()))
    return {
        (a, b): PhaseSeries(readings[a].phase - readings[b].phase, readings[a].tau0, readings[a].segments)
        for a, b in combinations(readings, 2)
    }


def _check_alike(several: Sequence[PhaseSeries]) -> None:
    first = several[0]
    for other in several[1:]:
        if other.size != first.size or other.segments != first.segments:
            raise DataError(Message("stability.mixed_lengths", left=first.size, right=other.size))
        if abs(other.tau0 - first.tau0) > 1e-12 * first.tau0:
            raise DataError(Message("stability.mixed_intervals", left=f"{first.tau0:g}", right=f"{other.tau0:g}"))
