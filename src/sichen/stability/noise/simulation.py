# SPDX-License-Identifier: Apache-2.0
"""Phase records of the five power laws, whose true deviations are known."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message
from sichen.stability.noise.spectra import expected_deviation

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Simulated:
    """A simulated phase record and its truth.

    Parameters
    ----------
    phase : ndarray of float64, shape (n,)
        Seconds.
    alpha : int
    tau0 : float
        Seconds.
    q : float
        Level of the phase spectrum q (2 sin πf)^(α−2), s².
    """

    phase: Array
    alpha: int
    tau0: float
    q: float

    def truth(self, name: str, m: int) -> float:
        """Return the exact deviation at an averaging factor."""
        return expected_deviation(name, m=m, alpha=self.alpha, tau0=self.tau0, q=self.q)


def simulate_noise(n: int, *, alpha: int, seed: int, tau0: float = 1.0, deviation: float = 1.0) -> Simulated:
    """Simulate the phase of a clock with one power law.

    Parameters
    ----------
    n : int >= 2
        Number of phase points.
    alpha : {2, 1, 0, -1, -2}
        White PM, flicker PM, white FM, flicker FM, random walk FM.
    seed : int
        The same seed gives the same record on every machine.
    tau0 : float > 0
        Seconds.
    deviation : float > 0
        True Allan deviation at `tau0`.

    Returns
    -------
    Simulated

    Raises
    ------
    DataError
        If `alpha` is none of the five.

    Notes
    -----
    White noise is summed zero, one or two times. Flicker noise is summed from its increments, fractional noise
    of order −1/2 with autocovariance γ(0) = 4/π, γ(k) = γ(k−1) (k − 3/2) / (k + 1/2), which circulant embedding
    draws exactly: no start-up transient, no cut-off at low frequency [1]_.

    References
    ----------
    .. [1] J. R. M. Hosking, Biometrika 68 (1981) 165; R. B. Davies, D. S. Harte, Biometrika 74 (1987) 95.

    Examples
    --------
    >>> record = simulate_noise(1000, alpha=0, seed=1, deviation=1e-9)
    >>> round(record.truth("oadev", 100) * 1e10, 6)
    1.0
    """
    if alpha not in {2, 1, 0, -1, -2}:
        raise DataError(Message("stability.unknown_noise", found=alpha))
    rng = np.random.default_rng(seed)
    white = rng.standard_normal(n) if alpha % 2 == 0 else np.cumsum(_flicker_increments(n, rng))
    phase = white
    for _ in range((2 - alpha) // 2):
        phase = np.cumsum(phase)
    q = (deviation / expected_deviation("oadev", m=1, alpha=alpha, tau0=tau0)) ** 2
    return Simulated(phase * np.sqrt(q), alpha, tau0, q)


def _flicker_increments(n: int, rng: np.random.Generator) -> Array:
    """Draw the first differences of flicker noise of unit level, as a stationary Gaussian series."""
    k = np.arange(1, n + 1)
    gamma = 4.0 / np.pi * np.concatenate([[1.0], np.cumprod((k - 1.5) / (k + 0.5))])
    power = np.fft.rfft(np.concatenate([gamma, gamma[-2:0:-1]])).real  # period 2n
    amplitude = np.sqrt(np.maximum(power, 0.0) * (2 * n))
    parts = rng.standard_normal((2, n + 1)) * np.sqrt(0.5)
    parts[:, [0, n]] *= [[np.sqrt(2.0)], [0.0]]
    return np.fft.irfft(amplitude * (parts[0] + 1j * parts[1]), 2 * n)[:n]
