# SPDX-License-Identifier: Apache-2.0
"""One step of the composite clock, compiled."""

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

HALF = 0.5
TAPER, GONE = 4.0, 6.0  # deviations between which a clock's weight falls to nothing
AGAIN = 3  # times in a row after which a clock is taken to have changed its frequency


@numba.njit(cache=True)
def predict(  # noqa: PLR0917 - a kernel takes its arrays by place
    tau: float,
    root: int,
    q1: Array,
    q2: Array,
    x: Array,
    y: Array,
    covariance: Array,
) -> None:
    """Let `tau` seconds pass; state k is time, n + k frequency, both beside clock `root`, whose rows stay nought."""
    n = x.size
    for k in range(n):
        x[k] += tau * y[k]
    for i in range(n):
        for j in range(2 * n):
            covariance[i, j] += tau * covariance[n + i, j]
    for i in range(2 * n):
        for j in range(n):
            covariance[i, j] += tau * covariance[i, n + j]
    for k in range(n):
        for j in range(n):
            if root in (k, j):
                continue
            white = q1[root] + (q1[k] if k == j else 0.0)
            walk = q2[root] + (q2[k] if k == j else 0.0)
            covariance[k, j] += white * tau + walk * tau**3 / 3.0
            covariance[k, n + j] += walk * tau * tau / 2.0
            covariance[n + k, j] += walk * tau * tau / 2.0
            covariance[n + k, n + j] += walk * tau


@numba.njit(cache=True)
def doubt(
    k: int,
    root: int,
    time: float,
    frequency: float,
    covariance: Array,
) -> None:
    """Admit that clock `k` may have jumped; if it is the root, everything beside it may have."""
    n = covariance.shape[0] // 2
    for i in range(n):
        for j in range(n):
            if (k == root and root not in (i, j)) or (k != root and i == k and j == k):
                covariance[i, j] += time
                covariance[n + i, n + j] += frequency


@numba.njit(cache=True)
def settle(  # noqa: PLR0917 - a kernel takes its arrays by place
    old: Array,
    y: Array,
    frequency: Array,
    q2: Array,
    age: Integers,
    warm: int,
) -> None:
    """Give each clock a frequency of its own: of all that fit the differences, the one that asks least of their noise.

    The increments then add up to nought when each is divided by its q2, whoever comes or goes.
    """
    moved, total = 0.0, 0.0
    for k in range(y.size):
        if age[k] >= warm and q2[k] > 0.0:
            moved += (old[k] - y[k]) / q2[k]
            total += 1.0 / q2[k]
    common = moved / total if total > 0.0 else 0.0
    for k in range(y.size):
        frequency[k] = y[k] + common


@numba.njit(cache=True)
def absorb(  # noqa: PLR0917 - a kernel takes its arrays by place
    k: int,
    pivot: int,
    difference: float,
    variance: float,
    x: Array,
    y: Array,
    covariance: Array,
    gain: Array,
    row: Array,
) -> None:
    """Take in one reading of clock `k` minus clock `pivot`."""
    n = x.size
    for i in range(2 * n):
        row[i] = covariance[k, i] - covariance[pivot, i]
    spread = row[k] - row[pivot] + variance
    surprise = difference - (x[k] - x[pivot])
    for i in range(2 * n):
        gain[i] = row[i] / spread
    for i in range(n):
        x[i] += gain[i] * surprise
        y[i] += gain[n + i] * surprise
    for i in range(2 * n):
        for j in range(i, 2 * n):
            value = covariance[i, j] - gain[i] * row[j]
            covariance[i, j] = value
            covariance[j, i] = value


@numba.njit(cache=True)
def combine(  # noqa: PLR0917 - a kernel takes its arrays by place
    heard: Flags,
    readings: Array,
    forecast: Array,
    suspect: Array,
    weight: Array,
    scale: Array,
) -> None:
    """Place every clock beside the weighted mean of what all forecast; a clock in doubt has less weight."""
    for k in range(weight.size):
        weight[k] *= min(max((GONE - suspect[k]) / (GONE - TAPER), 0.0), 1.0)
    total = weight.sum()
    if total == 0.0:
        scale[:] = forecast
        return
    weight /= total
    common = 0.0
    for k in range(weight.size):
        if weight[k] > 0.0:
            common += weight[k] * (forecast[k] - readings[k])
    for k in range(weight.size):
        scale[k] = readings[k] + common if heard[k] else forecast[k]


@numba.njit(cache=True)
def step(  # noqa: PLR0917 - a kernel takes its arrays by place
    tau: float,
    readings: Array,
    variance: float,
    root: int,
    q1: Array,
    q2: Array,
    age: Integers,
    warm: int,
    strikes: Integers,
    x: Array,
    y: Array,
    frequency: Array,
    covariance: Array,
    scale: Array,
    weight: Array,
) -> None:
    """Advance by one interval with readings of each clock against a common pivot.

    `scale` is each clock minus the ensemble, `frequency` its estimate; a clock whose reading is NaN coasts.
    """
    n = x.size
    gain = np.empty(2 * n)
    row = np.empty(2 * n)
    heard = ~np.isnan(readings)
    forecast = scale + tau * frequency
    for k in range(n):
        weight[k] = 1.0 / (q1[k] + q2[k] * tau * tau / 3.0) if heard[k] and age[k] >= warm else 0.0
    suspect = surprises(tau, readings, variance, q1, q2, heard, forecast, weight)
    combine(heard, readings, forecast, suspect, weight, scale)
    old = frequency.copy()
    predict(tau, root, q1, q2, x, y, covariance)
    pivot = -1
    for k in range(n):
        if heard[k] and pivot < 0 and suspect[k] < GONE:
            pivot = k
    for k in range(n):
        if not heard[k]:
            continue
        age[k] += 1
        if suspect[k] >= GONE and age[k] > warm:
            strikes[k] += 1
            again = strikes[k] >= AGAIN
            time = suspect[k] ** 2 * (q1[k] * tau + 2.0 * variance)
            doubt(k, root, time, time / tau**2 if again else 0.0, covariance)
            if again:
                strikes[k], age[k] = 0, 0
        elif strikes[k] > 0:
            strikes[k] -= 1
    for k in range(n):
        if heard[k] and pivot >= 0 and k != pivot:
            absorb(k, pivot, readings[k] - readings[pivot], variance, x, y, covariance, gain, row)
    settle(old, y, frequency, q2, age, warm)


@numba.njit(cache=True)
def surprises(  # noqa: PLR0917 - a kernel takes its arrays by place
    tau: float,
    readings: Array,
    variance: float,
    q1: Array,
    q2: Array,
    heard: Flags,
    forecast: Array,
    weight: Array,
) -> Array:
    """Return by how many deviations each clock leaves the (weighted) median of all forecasts."""
    n = readings.size
    apart = np.empty(n)
    for k in range(n):
        apart[k] = readings[k] - forecast[k] if heard[k] else np.inf
    order = np.argsort(apart)
    total, middle = 0.0, 0.0
    share = np.minimum(weight, 0.49)  # one clock alone never is the median
    if share.sum() == 0.0:
        share = heard.astype(np.float64)
    share = share / share.sum()
    for k in order:
        if heard[k] and total < HALF:
            middle = apart[k]
            total += share[k]
    found = np.zeros(n)
    for k in range(n):
        if heard[k]:
            own = q1[k] * tau + q2[k] * tau**3 / 3.0
            least = np.inf
            for j in range(n):
                if heard[j] and j != k:
                    least = min(least, q1[j] * tau + q2[j] * tau**3 / 3.0)
            found[k] = abs(apart[k] - middle) / np.sqrt(own + min(least, own) + 2.0 * variance)
    return found


@numba.njit(cache=True)
def run(  # noqa: PLR0917 - a kernel takes its arrays by place
    tau: float,
    readings: Array,
    variance: float,
    root: int,
    q1: Array,
    q2: Array,
    age: Integers,
    warm: int,
    strikes: Integers,
    x: Array,
    y: Array,
    frequency: Array,
    covariance: Array,
    scale: Array,
    weight: Array,
    written: Array,
) -> None:
    """Advance through many steps; ``written[t]`` becomes each clock minus the ensemble."""
    for t in range(readings.shape[0]):
        step(tau, readings[t], variance, root, q1, q2, age, warm, strikes, x, y, frequency, covariance, scale, weight)
        written[t] = scale
