# SPDX-License-Identifier: Apache-2.0
"""The model of a clock: time, frequency and drift as states driven by noise, with exact transition and covariance."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FIRST_EXTRA = 3  # states before: time x, frequency y, drift d


@dataclass(frozen=True)
class ClockModel:
    """How a clock wanders.

    Parameters
    ----------
    q1 : float >= 0
        White frequency noise, in s: the variance of time grows by ``q1 * t``.
    q2 : float >= 0
        Random walk of frequency, in 1/s.
    q3 : float >= 0, default 0
        Random walk of drift, in 1/s³.
    flicker : float >= 0, default 0
        h₋₁, the level of flicker frequency noise: its Allan variance is ``2 ln 2 h₋₁`` at every averaging time.
    constants : tuple of float, default ()
        Time constants in seconds, in geometric progression, of the Markov states that stand for the flicker; two
        or more where `flicker` is positive.
    heated : bool, default False
        Whether a state holds the sensitivity of the frequency to a measured temperature, in 1/K.
    thermal : float >= 0, default 0
        Standard deviation of the frequency through a temperature that nobody measures: one more Markov state.
    thermal_time : float > 0, default 20 000
        Its time constant in seconds: what a room's day looks like to a first-order process.

    Notes
    -----
    F = [[1, τ, τ²/2], [0, 1, τ], [0, 0, 1]]; the covariance of one step is the integral of F(s)·diag(q)·F(s)ᵀ.
    First-order Markov processes of equal variance σ² whose time constants step by a factor r add up to the spectrum
    h₋₁/f between the first and the last of them when σ² = h₋₁ ln r [1]_.

    References
    ----------
    .. [1] C. Greenhall, in J. Davis, C. Greenhall, P. Stacey, "A Kalman filter clock algorithm for use in the
       presence of flicker frequency modulation noise", Metrologia 42 (2005).

    Examples
    --------
    >>> ClockModel(q1=1e-22, q2=8.7e-26).allan_deviation(86400.0) < 5.1e-11
    True
    """

    q1: float
    q2: float
    q3: float = 0.0
    flicker: float = 0.0
    constants: tuple[float, ...] = ()
    heated: bool = False
    thermal: float = 0.0
    thermal_time: float = 2e4

    @property
    def size(self) -> int:
        """Number of states."""
        return FIRST_EXTRA + int(self.heated) + len(self.markov)

    @property
    def markov_variance(self) -> float:
        """Variance of each Markov state of the flicker, dimensionless."""
        if len(self.constants) < 2:  # noqa: PLR2004 - the step between constants needs two of them
            return 0.0
        return self.flicker * math.log(self.constants[1] / self.constants[0])

    @cached_property
    def markov(self) -> tuple[tuple[float, float], ...]:
        """Variance and time constant of each Markov state, in the order of the states."""
        shared = tuple((self.markov_variance, constant) for constant in self.constants)
        return shared + (((self.thermal**2, self.thermal_time),) if self.thermal > 0 else ())

    @cached_property
    def times(self) -> Array:
        """Time constants of the Markov states, in s."""
        return np.array([constant for _, constant in self.markov], dtype=np.float64)

    def decays(self, tau: float) -> Array:
        """Return by what each extra state is multiplied over `tau` seconds, shape (size − 3,)."""
        return np.concatenate([np.ones(int(self.heated)), np.exp(-tau / self.times)])

    def couplings(self, tau: float, *, heat: float = 0.0) -> Array:
        """Return how much time each extra state adds over `tau` seconds, shape (size − 3,).

        Parameters
        ----------
        tau : float >= 0
        heat : float, default 0
            Integral over `tau` of temperature minus its reference, in K·s.
        """
        return np.concatenate([np.full(int(self.heated), heat), -self.times * np.expm1(-tau / self.times)])

    def transition(self, tau: float, *, heat: float = 0.0) -> Array:
        """Return F over `tau` seconds, shape (size, size)."""
        matrix = np.eye(self.size)
        matrix[0, 1] = matrix[1, 2] = tau
        matrix[0, 2] = tau * tau / 2
        matrix[0, FIRST_EXTRA:] = self.couplings(tau, heat=heat)
        matrix[range(FIRST_EXTRA, self.size), range(FIRST_EXTRA, self.size)] = self.decays(tau)
        return matrix

    def noise(self, tau: float) -> Array:
        """Return Q, the covariance of what `tau` seconds add, shape (size, size)."""
        matrix = np.zeros((self.size, self.size))
        matrix[:3, :3] = three_state_noise(self.q1, self.q2, self.q3, tau)
        for k, (variance, constant) in enumerate(self.markov, start=FIRST_EXTRA + int(self.heated)):
            integral, cross, own = markov_noise(variance, constant, tau)
            matrix[0, 0] += integral
            matrix[0, k] = matrix[k, 0] = cross
            matrix[k, k] = own
        return matrix

    def allan_deviation(self, tau: float) -> float:
        """Return the Allan deviation without drift; the flicker as an ideal one."""
        variance = self.q1 / tau + self.q2 * tau / 3 + self.q3 * tau**3 / 20 + 2 * math.log(2) * self.flicker
        return math.sqrt(variance)


def three_state_noise(q1: float, q2: float, q3: float, tau: float) -> Array:
    """Return the covariance that `tau` seconds of the three noises add to x, y, d, shape (3, 3)."""
    t2, t3, t4, t5 = tau**2, tau**3, tau**4, tau**5
    return np.array(
        [
            [q1 * tau + q2 * t3 / 3 + q3 * t5 / 20, q2 * t2 / 2 + q3 * t4 / 8, q3 * t3 / 6],
            [q2 * t2 / 2 + q3 * t4 / 8, q2 * tau + q3 * t3 / 3, q3 * t2 / 2],
            [q3 * t3 / 6, q3 * t2 / 2, q3 * tau],
        ]
    )


def markov_noise(variance: float, constant: float, tau: float) -> tuple[float, float, float]:
    """Return variance of the integral, covariance, and variance that a Markov state gains over `tau` seconds.

    Parameters
    ----------
    variance : float >= 0
        Stationary variance of the state.
    constant : float > 0
        Its time constant, in seconds.
    tau : float >= 0
    """
    lost = -math.expm1(-tau / constant)
    ratio = tau / constant
    # Below, 2r − 2(1−φ) − (1−φ)² cancels to its third order for short steps: 2r³/3 − r⁴/2.
    shape = 2 * ratio - 2 * lost - lost * lost if ratio > 1e-3 else 2 * ratio**3 / 3 - ratio**4 / 2  # noqa: PLR2004
    own = variance * (-math.expm1(-2 * ratio))
    return variance * constant**2 * shape, variance * constant * lost**2, own


@dataclass(frozen=True, eq=False)
class ClockState:
    """What is known of a clock at one instant.

    Parameters
    ----------
    mean : ndarray of float64, shape (size,)
        Time error in s (positive: ahead), frequency, drift in 1/s, then the model's extra states.
    covariance : ndarray of float64, shape (size, size)
    """

    mean: Array
    covariance: Array

    def after(self, tau: float, model: ClockModel, *, heat: float = 0.0) -> "ClockState":
        """Return the optimal prediction `tau` seconds later, with its covariance.

        Examples
        --------
        >>> now = ClockState(np.array([0.0, 1e-9, 0.0]), np.zeros((3, 3)))
        >>> round(float(now.after(1000.0, ClockModel(q1=0.0, q2=0.0)).mean[0]), 9)
        1e-06
        """
        moved = model.transition(tau, heat=heat)
        return ClockState(moved @ self.mean, moved @ self.covariance @ moved.T + model.noise(tau))
