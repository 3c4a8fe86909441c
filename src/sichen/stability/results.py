# SPDX-License-Identifier: Apache-2.0
"""What a statistic says: arrays over averaging time, and the conventions they were computed by."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.core import JSON, DataError, Message, convert
from sichen.stability.freedom.intervals import chi_square_ratios
from sichen.stability.noise.names import noise_name

Array = npt.NDArray[np.float64]
Factors = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Deviations:
    """One statistic over averaging times. All arrays have the shape (k,).

    Parameters
    ----------
    statistic, title : str
        As asked for (``oadev``) and as printed (``OADEV``).
    tau0 : float
        Seconds between samples.
    tau : ndarray of float64
        Averaging times, seconds.
    factor : ndarray of int64
        Averaging factors.
    deviation : ndarray of float64
        Dimensionless, or seconds for TDEV, TTOTDEV, TIE rms and MTIE; bias already corrected.
    lower, upper : ndarray of float64
        Ends of the interval; NaN where the statistic has no χ² law or the noise is not known.
    n : ndarray of int64
        Terms actually averaged (windows for MTIE).
    alpha : ndarray of float64
        Exponent of the noise, not rounded when identified; NaN when not known.
    alpha_source : tuple of str
        ``lag1``, ``carried``, ``given`` or ``none``, for each time.
    edf : ndarray of float64
        Equivalent degrees of freedom.
    bias : str
        Convention of the correction; `bias_ratio` is the variance ratio that was divided out.
    edf_model : str
    confidence : float
        Content of the interval.
    unit : {"1", "s"}
    advice : tuple of Message
        What the reader should know about this result.
    """

    statistic: str
    title: str
    tau0: float
    tau: Array
    factor: Factors
    deviation: Array
    lower: Array
    upper: Array
    n: Factors
    alpha: Array
    alpha_source: tuple[str, ...]
    edf: Array
    bias_ratio: Array
    bias: str
    edf_model: str
    confidence: float
    unit: str
    advice: tuple[Message, ...] = ()

    @property
    def noise(self) -> tuple[str, ...]:
        """Name of the noise at each averaging time."""
        return tuple(noise_name(alpha) for alpha in self.alpha.tolist())

    def at(self, tau: float) -> int:
        """Return the index of an averaging time.

        Raises
        ------
        DataError
            If it was not computed.
        """
        found = np.flatnonzero(np.isclose(self.tau, tau, rtol=1e-9, atol=0.0))
        if found.size == 0:
            raise DataError(Message("stability.no_such_tau", tau=f"{tau:g}"))
        return int(found[0])

    def bounds(self, confidence: float) -> tuple[Array, Array]:
        """Return the ends of the interval of another content, shape (k,) each.

        Parameters
        ----------
        confidence : float, 0 < confidence < 1
        """
        low, high = chi_square_ratios(self.edf, confidence)
        return self.deviation * low, self.deviation * high

    def rates(self, unit: str = "s/d") -> Array:
        """Return the deviation as a rate, e.g. in seconds a day.

        Raises
        ------
        DataError
            If the statistic is a time and not a rate.
        """
        if self.unit != "1":
            raise DataError(Message("stability.not_a_rate", statistic=self.title))
        return self.deviation * convert(1.0, unit="s/s", to=unit)

    def to_json(self) -> dict[str, JSON]:
        """Return the result with the keys that the command line promises; what is not known is null."""
        return {
            "statistic": self.statistic,
            "unit": self.unit,
            "tau0_s": self.tau0,
            "tau_s": plain(self.tau),
            "deviation": plain(self.deviation),
            "lower": plain(self.lower),
            "upper": plain(self.upper),
            "n": [int(count) for count in self.n],
            "noise": list(self.noise),
            "alpha": plain(self.alpha),
            "alpha_source": list(self.alpha_source),
            "edf": plain(self.edf),
            "confidence": self.confidence,
            "bias": self.bias,
            "bias_ratio": plain(self.bias_ratio),
            "edf_model": self.edf_model,
            "advice": [message.text("en") for message in self.advice],
        }

    def to_csv(self) -> str:
        """Return the result as CSV text with a header."""
        lines = ["tau_s,deviation,lower,upper,n,noise,alpha,edf"]
        columns = (self.tau, self.deviation, self.lower, self.upper)
        for k in range(self.tau.size):
            numbers = ",".join(_digits(column[k]) for column in columns)
            lines.append(f"{numbers},{self.n[k]},{self.noise[k]},{_digits(self.alpha[k])},{_digits(self.edf[k])}")
        return "\n".join(lines) + "\n"


def plain(values: Array) -> Sequence[JSON]:
    """Return numbers as JSON, null for what is not finite."""
    return [value if math.isfinite(value) else None for value in values.tolist()]


def _digits(value: float) -> str:
    return f"{value:.9g}" if math.isfinite(value) else ""
