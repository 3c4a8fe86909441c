# SPDX-License-Identifier: Apache-2.0
"""One step of the composite clock, compiled."""

import numba
import numpy as np

TAPER, GONE = 4.0, 6.0  # deviations between which a clock's weight falls to nothing
AGAIN = 3  # times in a row after which a clock is taken to have changed its frequency
REDUCE = 64  # steps between reductions of the common part of the covariance


@numba.njit(cache=True)
def predict(tau, q1, q2, drift, alive, x, y, covariance):  # type: ignore[no-untyped-def]
    """Let `tau` seconds pass for every clock; state k is time, state n + k frequency."""
    n = x.size
    for k in range(n):
        if alive[k]:
            x[k] += tau * y[k] + 0.5 * tau * tau * drift[k]
            y[k] += tau * drift[k]
    for i in range(n):
        for j in range(2 * n):
            covariance[i, j] += tau * covariance[n + i, j]
    for i in range(2 * n):
        for j in range(n):
            covariance[i, j] += tau * covariance[i, n + j]
    for k in range(n):
        if alive[k]:
            covariance[k, k] += q1[k] * tau + q2[k] * tau**3 / 3.0
            covariance[k, n + k] += q2[k] * tau * tau / 2.0
            covariance[n + k, k] += q2[k] * tau * tau / 2.0
            covariance[n + k, n + k] += q2[k] * tau


@numba.njit(cache=True)
def absorb(k, pivot, difference, variance, x, y, covariance, gain, row):  # type: ignore[no-untyped-def]
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
def step(count, tau, readings, variance, q1, q2, drift, alive, age, warm, strikes, x, y, covariance, scale, weight):  # type: ignore[no-untyped-def]
    """Advance by one interval with readings of each clock against a common pivot; `scale` is each clock minus the ensemble.

    A clock whose reading is NaN coasts without weight. `weight` is written.
    """
    n = x.size
    gain = np.empty(2 * n)
    row = np.empty(2 * n)
    forecast = scale + tau * y + 0.5 * tau * tau * drift
    heard = alive & ~np.isnan(readings)
    total = 0.0
    for k in range(n):
        weight[k] = 1.0 / (q1[k] + q2[k] * tau * tau / 3.0) if heard[k] and age[k] >= warm else 0.0
        total += weight[k]
    if total == 0.0:
        for k in range(n):
            weight[k] = 1.0 if heard[k] else 0.0
        total = max(weight.sum(), 1.0)
    weight /= total
    suspect = surprises(tau, readings, variance, q1, q2, heard, forecast, weight)
    for k in range(n):
        weight[k] *= min(max((GONE - suspect[k]) / (GONE - TAPER), 0.0), 1.0)
    if weight.sum() > 0.0:
        weight /= weight.sum()
        common = 0.0
        for k in range(n):
            if weight[k] > 0.0:
                common += weight[k] * (forecast[k] - readings[k])
        for k in range(n):
            scale[k] = readings[k] + common if heard[k] else forecast[k]
    else:
        scale[:] = forecast
    predict(tau, q1, q2, drift, alive, x, y, covariance)
    pivot = -1
    for k in range(n):
        if heard[k] and suspect[k] < GONE and pivot < 0:
            pivot = k
    for k in range(n):
        if not heard[k]:
            continue
        age[k] += 1
        if suspect[k] >= GONE:
            strikes[k] += 1
            covariance[k, k] += (suspect[k] ** 2) * (q1[k] * tau + 2.0 * variance)
            if strikes[k] >= AGAIN:
                covariance[n + k, n + k] += (suspect[k] ** 2) * (q1[k] / tau + 2.0 * variance / tau**2)
                strikes[k], age[k] = 0, 0
        elif strikes[k] > 0:
            strikes[k] -= 1
        if pivot >= 0 and k != pivot:
            absorb(k, pivot, readings[k] - readings[pivot], variance, x, y, covariance, gain, row)
    if count % REDUCE == 0:
        reduce_common(alive, x, covariance)


@numba.njit(cache=True)
def surprises(tau, readings, variance, q1, q2, heard, forecast, weight):  # type: ignore[no-untyped-def]
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
        if heard[k] and total < 0.5:
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
def reduce_common(alive, x, covariance):  # type: ignore[no-untyped-def]
    """Take away the doubt about the time of all clocks together, which no difference of theirs can ever lessen."""
    n = x.size
    live = np.flatnonzero(alive)
    m = live.size
    block = np.empty((2 * m, 2 * m))
    for i in range(m):
        for j in range(m):
            block[i, j] = covariance[live[i], live[j]]
            block[m + i, j] = covariance[n + live[i], live[j]]
            block[i, m + j] = covariance[live[i], n + live[j]]
            block[m + i, m + j] = covariance[n + live[i], n + live[j]]
    ones = np.zeros(2 * m)
    ones[:m] = 1.0
    common = 0.999 / (ones @ np.linalg.solve(block, ones))
    if common > 0.0:
        for i in live:
            for j in live:
                covariance[i, j] -= common


@numba.njit(cache=True)
def run(tau, readings, variance, q1, q2, drift, alive, age, warm, strikes, x, y, covariance, scale, weight, written):  # type: ignore[no-untyped-def]
    """Advance through many steps; ``written[t]`` becomes each clock minus the ensemble."""
    for t in range(readings.shape[0]):
        step(t + 1, tau, readings[t], variance, q1, q2, drift, alive, age, warm, strikes, x, y, covariance, scale, weight)
        written[t] = scale
