# SPDX-License-Identifier: Apache-2.0
"""The small triangles that are left when the pairs near the start of a block are cut into rectangles."""

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@numba.njit(cache=True)
def small_triangles(w: Array, signs: Array, low: int, step: int, reach: int, lag: int) -> Array:  # noqa: PLR0917 - numba takes no keywords
    """Sum w[i] w[i + lag·m] over reach·A <= i < reach·m, A being m rounded down to steps from `low`; rows by sign."""
    out = np.zeros(low)
    for row in range(w.shape[0]):
        line = w[row]
        for j in range(low):
            m = low + j
            total = 0.0
            for i in range(reach * (m - j % step), reach * m):
                total += line[i] * line[i + lag * m]
            out[j] += signs[row] * total
    return out
