# SPDX-License-Identifier: Apache-2.0
"""How much of each power law a clock has: a non-negative fit to its deviations, with uncertainties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message, TooFewSamples
from sichen.stability.families import statistic
from sichen.stability.noise.spectra import autocovariance, expected_mean_square, fast_length, power_spectrum
from sichen.stability.results import Deviations

Array = npt.NDArray[np.float64]

FIVE = (2, 1, 0, -1, -2)
MOST = 32  # averaging times: beyond, more of them add nothing but work


@dataclass(frozen=True)
class PowerLaws:
    """Levels of the power laws.

    Parameters
    ----------
    q : mapping of int to float
        Level of the phase spectrum q (2 sin πf)^(α−2) by exponent, s²; zero where none is seen.
    u : mapping of int to float
        Standard uncertainty; for a level of zero the size that could hide.
    tau0 : float
        Seconds.
    """

    q: Mapping[int, float]
    u: Mapping[int, float]
    tau0: float

    def deviation(self, name: str, factors: Sequence[int]) -> Array:
        """Return the deviation that the fit predicts at averaging factors."""
        row = statistic(name)
        m = np.asarray(factors, dtype=np.float64)
        square = sum(
            (
                level * np.array([expected_mean_square(row.kind, m=int(f), alpha=alpha) for f in m])
                for alpha, level in self.q.items()
            ),
            start=np.zeros(m.size),
        )
        return np.asarray(np.sqrt(square * row.scale(m, self.tau0)))

    def coefficients(self) -> dict[int, float]:
        """Return h_α of the one-sided spectrum S_y(f) = Σ h_α f^α, f in hertz, valid well below 1 / (2 tau0).

        q (2 sin πf tau0)^(α−2) · 2 tau0 for the phase, times (2πf)² for the frequency.
        """
        return {alpha: 2.0 * q * self.tau0 * (2.0 * np.pi) ** alpha * self.tau0 ** (alpha - 2) for alpha, q in self.q.items()}


def fit_power_laws(result: Deviations, *, alphas: Sequence[int] = FIVE) -> PowerLaws:
    """Fit power laws to the deviations of a record.

    Parameters
    ----------
    result : Deviations
        ADEV, OADEV, MDEV, TDEV, HDEV, OHDEV or PDEV, several averaging times.
    alphas : sequence of int
        Exponents to consider.

    Returns
    -------
    PowerLaws

    Raises
    ------
    DataError
        If the expectation of the statistic has no closed form.
    TooFewSamples
        If there are fewer averaging times than two.

    Notes
    -----
    Non-negative least squares of the variances, each weighted by its predicted standard deviation, twice: first by
    the degrees of freedom, then by the prediction of the first fit. The uncertainty takes into account that the
    variances at different times come from the same samples: their covariance is that of the fitted noise.
    """
    from scipy.optimize import nnls

    row = statistic(result.statistic)
    if row.kind not in {"allan", "modified", "hadamard", "parabolic"}:
        raise DataError(Message("stability.no_expectation", name=row.title))
    keep = np.flatnonzero(~np.isnan(result.edf) & (result.deviation > 0))
    if keep.size > MOST:
        keep = keep[np.unique(np.linspace(0, keep.size - 1, MOST).round().astype(int))]
    if keep.size < 2:  # noqa: PLR2004 - one slope
        raise TooFewSamples(got=int(keep.size), need=2)
    factors = result.factor[keep]
    scale = row.scale(factors.astype(np.float64), result.tau0)
    observed = result.deviation[keep] ** 2
    design = np.array([[expected_mean_square(row.kind, m=int(m), alpha=a) for a in alphas] for m in factors]) * scale[:, None]
    spread = observed
    for _ in range(3):
        weight = np.sqrt(0.5 * result.edf[keep]) / spread
        size = np.abs(design * weight[:, None]).max(axis=0)
        levels, _ = nnls(design * weight[:, None] / size, observed * weight)
        levels = levels / size
        spread = np.maximum(design @ levels, 1e-3 * observed)
    covariance = _covariance(row.kind, factors, result.n[keep], levels, alphas) * np.multiply.outer(scale, scale)
    u = _uncertainties(design, weight, levels, covariance)
    pairs = zip(alphas, levels.tolist(), strict=True)
    return PowerLaws(MappingProxyType(dict(pairs)), MappingProxyType(dict(zip(alphas, u.tolist(), strict=True))), result.tau0)


def _uncertainties(design: Array, weight: Array, levels: Array, covariance: Array) -> Array:
    """Return the standard uncertainties of the levels that are not zero, and of a zero level were it free."""
    active = levels > 0
    u = np.zeros(levels.size)
    for k in range(levels.size):
        chosen = np.flatnonzero(active | (np.arange(levels.size) == k))
        scaled = design[:, chosen] * weight[:, None]
        size = np.abs(scaled).max(axis=0)
        inverse = np.linalg.pinv(scaled / size) * weight / size[:, None]
        place = int(np.flatnonzero(chosen == k)[0])
        u[k] = np.sqrt(max(float(inverse[place] @ covariance @ inverse[place]), 0.0))
    return u


def _covariance(
    kind: str, factors: npt.NDArray[np.int64], terms: npt.NDArray[np.int64], levels: Array, alphas: Sequence[int]
) -> Array:
    """Return the covariance of the mean squares at all pairs of factors, under the fitted noise."""
    variances = np.zeros(factors.size)
    for k, (m, count) in enumerate(zip(factors.tolist(), terms.tolist(), strict=True)):
        lags = min(count, 64 * 4 * m)
        total = sum(
            (
                level * autocovariance(kind, m=m, alpha=a, lags=lags)
                for a, level in zip(alphas, levels, strict=True)
                if level > 0
            ),
            start=np.zeros(lags),
        )
        j = np.arange(1, lags)
        variances[k] = 2.0 / count * (total[0] ** 2 + 2.0 * np.dot(1.0 - j / count, total[1:] ** 2))
    shared = np.sqrt(np.minimum.outer(terms, terms) / np.maximum.outer(terms, terms))
    spread = np.sqrt(np.multiply.outer(variances, variances))
    return np.asarray(spread * shared * _likeness(kind, factors, levels, alphas))


def _likeness(kind: str, factors: npt.NDArray[np.int64], levels: Array, alphas: Sequence[int]) -> Array:
    """Return the correlation of mean squares of equal length.

    Their covariance is twice the sum of the squared cross-covariances of the differences, which by Parseval is the
    product of their two power spectra, summed over frequency.
    """
    largest = int(factors[-1])
    length = fast_length(min(16 * largest, max(1 << 20, 4 * largest)))
    powers = np.array(
        [
            sum(
                (level * power_spectrum(kind, int(m), a, length) for a, level in zip(alphas, levels, strict=True) if level > 0),
                start=np.zeros(length // 2 + 1),
            )
            for m in factors
        ]
    )
    gram = powers @ powers.T
    size = np.sqrt(np.maximum(np.diag(gram), np.finfo(float).tiny))
    return np.asarray(gram / np.multiply.outer(size, size))
