# SPDX-License-Identifier: Apache-2.0
"""Theo1: averaging times up to three quarters of the record, and the factor that removes its bias."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Factors = npt.NDArray[np.int64]


def theo1_sums(x: Array, factors: Factors) -> Array:
    """Sum Theo1's weighted squares over its n − m windows.

    Parameters
    ----------
    x : ndarray of float64, shape (n,)
        Phase without gaps.
    factors : ndarray of int64, shape (k,), even, m < n

    Returns
    -------
    ndarray of float64, shape (k,)
        Σ over i of Σ over 1 <= k <= m/2 of (x[i] − x[i+k] − x[i+m−k] + x[i+m])² / k.
    """
    from sichen.stability.total.kernels import theo1

    return np.array([theo1(x, int(m)) for m in factors])


def theo1_with_gaps(x: Array, m: int) -> tuple[float, int]:
    """Sum over the terms that exist; see the kernel."""
    from sichen.stability.total import kernels

    return kernels.theo1_with_gaps(x, m)
