# SPDX-License-Identifier: Apache-2.0
"""The Kalman filter of one clock, compiled: the transition is nearly a band, so each step costs n² and not n³."""

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

WILD = 4.0  # deviations: beyond, a reading counts by its size and no longer by its square


@numba.njit(cache=True)
def propagate(  # noqa: PLR0917 - a kernel takes its arrays by place
    tau: float,
    noise: Array,
    decay: Array,
    pull: Array,
    mean: Array,
    covariance: Array,
    row: Array,
) -> None:
    """Let `tau` seconds pass: F m, F P F' + Q, in place; `row` is scratch of one row."""
    n = mean.size
    extra = n - 3
    mean[0] += tau * mean[1] + 0.5 * tau * tau * mean[2]
    mean[1] += tau * mean[2]
    for j in range(extra):
        mean[0] += pull[j] * mean[3 + j]
        mean[3 + j] *= decay[j]
    for i in range(n):  # rows of F P
        row[i] = covariance[0, i] + tau * covariance[1, i] + 0.5 * tau * tau * covariance[2, i]
        for j in range(extra):
            row[i] += pull[j] * covariance[3 + j, i]
    for i in range(n):
        covariance[0, i] = row[i]
        covariance[1, i] += tau * covariance[2, i]
        for j in range(extra):
            covariance[3 + j, i] *= decay[j]
    for i in range(n):  # columns of (F P) F'
        value = covariance[i, 0] + tau * covariance[i, 1] + 0.5 * tau * tau * covariance[i, 2]
        for j in range(extra):
            value += pull[j] * covariance[i, 3 + j]
        covariance[i, 0] = value
        covariance[i, 1] += tau * covariance[i, 2]
        for j in range(extra):
            covariance[i, 3 + j] *= decay[j]
    for i in range(n):
        for j in range(n):
            covariance[i, j] += noise[i, j]


@numba.njit(cache=True)
def run_filter(  # noqa: PLR0917 - a kernel takes its arrays by place
    phase: Array,
    tau: float,
    noise: Array,
    decay: Array,
    coupling: Array,
    heat: Array,
    reading: float,
    mean: Array,
    covariance: Array,
) -> float:
    """Filter evenly spaced readings of phase; `mean` and `covariance` are changed in place.

    States are x, y, d, then the sensitivity to temperature (only when `heat` has values), then the Markov states.
    `decay` and `coupling` belong to the states from the fourth on. A reading that is NaN only lets time pass.

    Returns
    -------
    float
        The log-likelihood of the readings from the second on, without its constant.
    """
    n = mean.size
    heated = heat.size > 0
    pull = coupling.copy()
    row = np.empty(n)
    gain = np.empty(n)
    total = 0.0
    for k in range(phase.size):
        if k > 0:
            if heated:
                pull[0] = heat[k - 1]
            propagate(tau, noise, decay, pull, mean, covariance, row)
        if np.isnan(phase[k]):
            continue
        spread = covariance[0, 0] + reading
        surprise = phase[k] - mean[0]
        if k > 0:
            total -= 0.5 * (np.log(spread) + surprise * surprise / spread)
        for i in range(n):
            gain[i] = covariance[i, 0] / spread
            row[i] = covariance[0, i]
        for i in range(n):
            mean[i] += gain[i] * surprise
        for i in range(n):
            for j in range(i, n):
                value = 0.5 * (covariance[i, j] - gain[i] * row[j] + covariance[j, i] - gain[j] * row[i])
                covariance[i, j] = value
                covariance[j, i] = value
    return total


@numba.njit(cache=True)
def step_bank(  # noqa: PLR0917 - a kernel takes its arrays by place
    tau: float,
    reading: float,
    variance: float,
    levels: Array,
    shared: Array,
    decay: Array,
    pull: Array,
    means: Array,
    covariances: Array,
    scores: Array,
) -> None:
    """Let `tau` seconds pass for many filters that differ in q1 and q2 alone, and score each by how much a reading surprises it.

    `levels` holds q1 and q2 of each, `shared` the noise that all have. A reading that is NaN only lets time pass.
    """
    states = means.shape[1]
    noise, row, gain = np.empty((states, states)), np.empty(states), np.empty(states)
    square, cube = tau * tau / 2.0, tau**3 / 3.0
    for h in range(levels.shape[0]):
        q1, q2 = levels[h, 0], levels[h, 1]
        noise[:] = shared
        noise[0, 0] += q1 * tau + q2 * cube
        noise[0, 1] += q2 * square
        noise[1, 0] += q2 * square
        noise[1, 1] += q2 * tau
        mean, covariance = means[h], covariances[h]
        propagate(tau, noise, decay, pull, mean, covariance, row)
        if np.isnan(reading):
            continue
        spread = covariance[0, 0] + variance
        surprise = reading - mean[0]
        deviation = np.sqrt(spread)
        size = abs(surprise) / deviation
        scores[h] -= 0.5 * (np.log(spread) + (size * size if size < WILD else WILD * (2.0 * size - WILD)))
        surprise = min(max(surprise, -WILD * deviation), WILD * deviation)
        for i in range(states):
            row[i] = covariance[0, i]
            gain[i] = row[i] / spread
        for i in range(states):
            mean[i] += gain[i] * surprise
            for j in range(states):
                covariance[i, j] -= gain[i] * row[j]
