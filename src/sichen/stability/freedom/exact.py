# SPDX-License-Identifier: Apache-2.0
"""Degrees of freedom from the actual correlations of the differences that were squared."""

import numpy as np

from sichen.stability.noise.spectra import autocovariance


def exact_edf(kind: str, *, alpha: float, m: int, terms: int, stride: int = 1) -> float:
    """Return the degrees of freedom of a mean of squared Gaussian differences.

    Parameters
    ----------
    kind : {"allan", "modified", "hadamard", "parabolic"}
        Which differences.
    alpha : float
        Exponent of the noise.
    m : int >= 1
        Averaging factor.
    terms : int >= 1
        Number of squares.
    stride : int >= 1
        Samples between the starts of two differences: 1 when they overlap, m when they do not.

    Returns
    -------
    float > 0
        M / (1 + 2 Σ (1 − k/M) ρ_k²), ρ_k the correlation of differences k strides apart: the χ² approximation with
        the true mean and variance of the estimate, for the discrete noise whose spectrum is (2 sin πf)^(α−2).

    Examples
    --------
    >>> round(exact_edf("allan", alpha=0, m=1, terms=999), 1)
    666.2
    """
    covariance = autocovariance(kind, m=m, alpha=alpha, lags=(terms - 1) * stride + 1)[::stride]
    k = np.arange(1, terms)
    rho = covariance[1:terms] / covariance[0]
    return float(terms / (1.0 + 2.0 * np.dot(1.0 - k / terms, rho**2)))
