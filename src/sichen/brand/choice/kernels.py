# SPDX-License-Identifier: Apache-2.0
"""The one loop of the hierarchical model that must be fast: the likelihood of every person at a proposed taste."""

import numba
import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@numba.njit(cache=True)
def likelihoods(contrasts: F64, starts: I64, cases: I64, tastes: F64, out: F64) -> None:
    """Fill in the log-likelihood of each person.

    Parameters
    ----------
    contrasts : ndarray of shape (rows, coefficients)
    starts : ndarray of shape (cases + 1,)
        First row of each case, and the number of rows.
    cases : ndarray of shape (people + 1,)
        First case of each person, and the number of cases.
    tastes : ndarray of shape (people, coefficients)
    out : ndarray of shape (people,)
    """
    width = tastes.shape[1]
    for person in range(tastes.shape[0]):
        total = 0.0
        for case in range(cases[person], cases[person + 1]):
            share = 1.0
            for row in range(starts[case], starts[case + 1]):
                utility = 0.0
                for column in range(width):
                    utility += contrasts[row, column] * tastes[person, column]
                share += np.exp(min(utility, 600.0))
            total -= np.log(share)
        out[person] = total
