# SPDX-License-Identifier: Apache-2.0
"""The loops over samples, bins and beats, compiled."""

import numba
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]

FULL_SCALE = 0.999
LARGEST = 3.4e38
"""Neither infinite nor no number."""


@numba.njit(cache=True)
def take_in(samples: F32, level: float, poles: F64, state: F64, counts: I64, extremes: F64, fine: F32, coarse: F32) -> None:  # noqa: PLR0917 - numba takes no keyword-only parameters, and locals are registers
    """Filter one channel through every band, square, and add up into fine and into coarse bins, in one go.

    What is no number is silence. Every section of a band is ``y[n] = x[n] - x[n-2] - a1 y[n-1] - a2 y[n-2]``; the
    wide band is one section of ``x[n] - 2 x[n-1] + x[n-2]``. All of them wait for their own feedback, so they take
    their steps side by side.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
    level : float
        Taken away from every sample.
    poles : ndarray of float64, shape (5, 5)
        For each of four bands a1, a2 of the first section, a1, a2 of the second, and the factor of the energy; the
        wide band is the last.
    state : ndarray of float64, shape (5, 8)
        Kept between calls, changed in place: per band the last two of the input or first section, of the first, of
        the second, the fine and the coarse energy that is not complete.
    counts : ndarray of int64, shape (6,)
        Changed in place: samples a bin, fine bins a coarse one, samples in the incomplete fine bin, fine bins in the
        incomplete coarse one, samples that were no numbers, samples at full scale.
    extremes : ndarray of float64, shape (2,)
        Lowest and highest number, changed in place.
    fine, coarse : ndarray of float32, shape (bands + 1, any)
        Written from the beginning; with fewer than four bands the others are left out.
    """
    factor, ratio, held, joined, broken, clipped = counts
    bands = fine.shape[0] - 1
    a1, a2, a3, a4, a5 = poles[0]
    b1, b2, b3, b4, b5 = poles[1]
    c1, c2, c3, c4, c5 = poles[2]
    d1, d2, d3, d4, d5 = poles[3]
    e1, e2, e5 = poles[4, 0], poles[4, 1], poles[4, 4]
    x1, x2 = state[4, 0], state[4, 1]
    p1, p2, p3, p4, ap, cp = state[0, 2], state[0, 3], state[0, 4], state[0, 5], state[0, 6], state[0, 7]
    q1, q2, q3, q4, aq, cq = state[1, 2], state[1, 3], state[1, 4], state[1, 5], state[1, 6], state[1, 7]
    r1, r2, r3, r4, ar, cr = state[2, 2], state[2, 3], state[2, 4], state[2, 5], state[2, 6], state[2, 7]
    s1, s2, s3, s4, sa, cs = state[3, 2], state[3, 3], state[3, 4], state[3, 5], state[3, 6], state[3, 7]
    w1, w2, aw, cw = state[4, 2], state[4, 3], state[4, 6], state[4, 7]
    lowest, highest = extremes
    row, line = 0, 0
    for i in range(samples.size):
        raw = float(samples[i])
        x = raw - level
        if not abs(raw) <= LARGEST:
            broken += 1
            x = 0.0
        else:
            lowest = min(lowest, raw)
            highest = max(highest, raw)
            if abs(raw) >= FULL_SCALE:
                clipped += 1
        across = x - x2
        bent = across - 2.0 * (x1 - x2)
        x2, x1 = x1, x
        y = across - a2 * p2 - a1 * p1
        z = y - p2 - a4 * p4 - a3 * p3
        p2, p1, p4, p3 = p1, y, p3, z
        ap += z * z
        y = across - b2 * q2 - b1 * q1
        z = y - q2 - b4 * q4 - b3 * q3
        q2, q1, q4, q3 = q1, y, q3, z
        aq += z * z
        y = across - c2 * r2 - c1 * r1
        z = y - r2 - c4 * r4 - c3 * r3
        r2, r1, r4, r3 = r1, y, r3, z
        ar += z * z
        y = across - d2 * s2 - d1 * s1
        z = y - s2 - d4 * s4 - d3 * s3
        s2, s1, s4, s3 = s1, y, s3, z
        sa += z * z
        y = bent - e2 * w2 - e1 * w1
        w2, w1 = w1, y
        aw += y * y
        held += 1
        if held == factor:
            held = 0
            ap, aq, ar, sa, aw = ap * a5, aq * b5, ar * c5, sa * d5, aw * e5
            fine[0, row] = ap
            if bands > 1:
                fine[1, row] = aq
            if bands > 2:  # noqa: PLR2004 - one line a band
                fine[2, row] = ar
            if bands > 3:  # noqa: PLR2004 - one line a band
                fine[3, row] = sa
            fine[bands, row] = aw
            row += 1
            cp, cq, cr, cs, cw = cp + ap, cq + aq, cr + ar, cs + sa, cw + aw
            ap, aq, ar, sa, aw = 0.0, 0.0, 0.0, 0.0, 0.0
            joined += 1
            if joined == ratio:
                joined = 0
                coarse[0, line] = cp
                if bands > 1:
                    coarse[1, line] = cq
                if bands > 2:  # noqa: PLR2004 - one line a band
                    coarse[2, line] = cr
                if bands > 3:  # noqa: PLR2004 - one line a band
                    coarse[3, line] = cs
                coarse[bands, line] = cw
                line += 1
                cp, cq, cr, cs, cw = 0.0, 0.0, 0.0, 0.0, 0.0
    state[0, 2:] = p1, p2, p3, p4, ap, cp
    state[1, 2:] = q1, q2, q3, q4, aq, cq
    state[2, 2:] = r1, r2, r3, r4, ar, cr
    state[3, 2:] = s1, s2, s3, s4, sa, cs
    state[4, :4] = x1, x2, w1, w2
    state[4, 6:] = aw, cw
    counts[2:] = held, joined, broken, clipped
    extremes[:] = lowest, highest


@numba.njit(cache=True)
def mix_bands(bands: F32, shifts: I64, weights: F32, energy: F32, wide: F32) -> None:
    """Add bands up, each shifted by some bins, into `energy`; scale the last one into `wide`.

    Parameters
    ----------
    bands : ndarray of float32, shape (k + 1, >= n + shifts.max())
    shifts : ndarray of int64, shape (k + 1,)
    weights : ndarray of float32, shape (k + 1,)
    energy, wide : ndarray of float32, shape (n,)
        Written.
    """
    last = bands.shape[0] - 1
    row = bands[0, shifts[0] :]
    for i in range(energy.size):
        energy[i] = weights[0] * row[i]
    for k in range(1, last):
        row = bands[k, shifts[k] :]
        if weights[k] != 0.0:
            for i in range(energy.size):
                energy[i] += weights[k] * row[i]
    row = bands[last, shifts[last] :]
    for i in range(wide.size):
        wide[i] = weights[last] * row[i]


@numba.njit(cache=True)
def comb_scan(power: I32, per_hz: float, frequencies: F64, tops: F64, out: I32) -> None:
    """Add the normalised power at all harmonics of every frequency, up to each of several highest frequencies.

    Parameters
    ----------
    power : ndarray of int32, shape (n,)
        Spectrum of the energy in whole steps: sums of integers do not depend on their order, so the processor may
        take several harmonics at once.
    per_hz : float
        Points of `power` a hertz; the highest of `tops` lies inside of it.
    frequencies : ndarray of float64, shape (k,)
    tops : ndarray of float64, shape (m,), rising
    out : ndarray of int32, shape (k, m)
        The sums.
    """
    for i in range(frequencies.size):
        step = frequencies[i] * per_hz
        total = np.int32(0)
        done = np.int32(1)
        for j in range(tops.size):
            last = np.int32(tops[j] / frequencies[i])
            for harmonic in range(done, last + 1):
                total += power[np.int32(harmonic * step + 0.5)]
            done = max(done, last + 1)
            out[i, j] = total


@numba.njit(cache=True)
def fold_both(energy: F32, wide: F32, good: npt.NDArray[np.bool_], starts: F64, cell: float, totals: F64, count: F64) -> None:  # noqa: PLR0917 - numba takes no keyword-only parameters
    """Lay the packets of two rows of energies over one another, as `fold` does.

    Parameters
    ----------
    energy, wide : ndarray of float32, shape (n,)
    good, starts, cell
        As for `fold`.
    totals : ndarray of float64, shape (2, cells)
    count : ndarray of float64, shape (cells,)
        Added to in place.
    """
    cells = count.size
    per_bin = 1.0 / cell
    for k in range(starts.size):
        first = max(0, int(np.ceil(starts[k] - 0.5)))
        last = min(energy.size - 1, int(np.floor(starts[k] + cells * cell - 0.5)))
        for i in range(first, last + 1):
            if good[i]:
                at = min(max(int((i + 0.5 - starts[k]) * per_bin), 0), cells - 1)
                totals[0, at] += energy[i]
                totals[1, at] += wide[i]
                count[at] += 1.0


@numba.njit(cache=True)
def fold(energy: F32, good: npt.NDArray[np.bool_], starts: F64, cell: float, total: F64, count: F64) -> None:  # noqa: PLR0917 - numba takes no keyword-only parameters
    """Lay the packets of sound that begin at `starts` over one another.

    Parameters
    ----------
    energy : ndarray of float32, shape (n,)
    good : ndarray of bool, shape (n,)
        Bins that may be used.
    starts : ndarray of float64, shape (k,)
        Beginning of every packet, in bins; the middle of bin i lies at i + 0.5.
    cell : float
        Width of a point of the profile, in bins.
    total, count : ndarray of float64, shape (cells,)
        Added to in place.
    """
    cells = total.size
    for k in range(starts.size):
        first = max(0, int(np.ceil(starts[k] - 0.5)))
        last = min(energy.size - 1, int(np.floor(starts[k] + cells * cell - 0.5)))
        for i in range(first, last + 1):
            if good[i]:
                at = int((i + 0.5 - starts[k]) / cell)
                if 0 <= at < cells:
                    total[at] += energy[i]
                    count[at] += 1.0


@numba.njit(cache=True)
def correlate(energy: F32, template: F64, cell: float, starts: F64, lags: int, out: F32) -> None:  # noqa: PLR0917 - numba takes no keyword-only parameters
    """Compare every packet with a template, at whole-bin shifts about the time where it is expected.

    Parameters
    ----------
    energy : ndarray of float32, shape (n,)
    template : ndarray of float64, shape (cells,)
        Weight of each point of the packet.
    cell : float
        Width of a point, in bins.
    starts : ndarray of float64, shape (k,)
        Expected beginnings, in bins.
    lags : int
        Shifts from -lags to +lags bins.
    out : ndarray of float32, shape (k, 2 * lags + 1)
        NaN where the part of a packet that has weight reaches beyond the sound.
    """
    length = int(template.size * cell) - 1
    weights = np.empty(length, np.float32)
    places = np.empty(length, np.int64)
    for k in range(starts.size):
        base = int(np.ceil(starts[k]))
        used = 0
        for j in range(length):
            at = (base + j + 0.5 - starts[k]) / cell - 0.5
            low = int(np.floor(at))
            part = at - low
            left = template[low] if low >= 0 else 0.0
            right = template[low + 1] if low + 1 < template.size else 0.0
            weight = left * (1.0 - part) + right * part
            if weight > 0.0:
                weights[used] = weight
                places[used] = base + j
                used += 1
        if used == 0 or places[0] < lags or places[used - 1] + lags >= energy.size:
            out[k, :] = np.nan
            continue
        out[k, :] = 0.0
        for j in range(used):
            weight = weights[j]
            first = places[j] - lags
            for lag in range(2 * lags + 1):
                out[k, lag] += weight * energy[first + lag]


@numba.njit(cache=True)
def normal_equations(place: F64, side: F64, residuals: F64, weights: F64) -> tuple[F64, F64]:
    """Return the normal matrix, shape (3, 3), and the right side, shape (3,), of a weighted fit of 1, place and side."""
    matrix = np.zeros((3, 3))
    right = np.zeros(3)
    for i in range(place.size):
        w = weights[i]
        p, s, r = w * place[i], w * side[i], residuals[i]
        matrix[0, 0] += w
        matrix[0, 1] += p
        matrix[0, 2] += s
        matrix[1, 1] += p * place[i]
        matrix[1, 2] += p * side[i]
        matrix[2, 2] += s * side[i]
        right[0] += w * r
        right[1] += p * r
        right[2] += s * r
    matrix[1, 0], matrix[2, 0], matrix[2, 1] = matrix[0, 1], matrix[0, 2], matrix[1, 2]
    return matrix, right


@numba.njit(cache=True)
def packet_misfit(time: F64, power: F64, weight: F64, thetas: F64, cell: float, spare: float) -> F64:  # noqa: PLR0917 - numba takes no keyword-only parameters
    """Compare a mean energy with that of one sound, as bins and cells see it: averaged over both widths.

    Parameters
    ----------
    time : ndarray of float64, shape (n,)
        Middles of the cells, in seconds.
    power, weight : ndarray of float64, shape (n,)
    thetas : ndarray of float64, shape (k, 5)
        Onset in seconds; logarithms of rise and decay in seconds and of the height; ground.
    cell : float > 0
        Seconds; a bin is two cells.
    spare : float > 0
        Added to both energies.

    Returns
    -------
    ndarray of float64, shape (k, n)
        Signed roots of the deviance: relative misfits would pull the model up, and every onset forward.

    Notes
    -----
    The envelope is ``(1 - exp(-t/rise)) exp(-t/decay)``; its square is a sum of three exponentials, each of which is
    integrated twice, once over a bin and once over a cell.
    """
    out = np.empty((thetas.shape[0], time.size))
    for k in range(thetas.shape[0]):
        onset = thetas[k, 0]
        rise, decay, height = np.exp(thetas[k, 1]), np.exp(thetas[k, 2]), np.exp(thetas[k, 3])
        rates = (2.0 / decay, 1.0 / rise + 2.0 / decay, 2.0 / rise + 2.0 / decay)
        for i in range(time.size):
            total = 0.0
            for step, sign in ((1.5, 1.0), (0.5, -1.0), (-0.5, -1.0), (-1.5, 1.0)):
                late = time[i] - onset + cell * step
                if late <= 0.0:
                    continue
                square = late / rates[0] + np.expm1(-rates[0] * late) / rates[0] ** 2
                square -= 2.0 * (late / rates[1] + np.expm1(-rates[1] * late) / rates[1] ** 2)
                square += late / rates[2] + np.expm1(-rates[2] * late) / rates[2] ** 2
                total += sign * square
            expected = thetas[k, 4] + height * total / (2.0 * cell**2)
            ratio = (power[i] + spare) / (expected + spare)
            deviance = max(2.0 * (ratio - 1.0 - np.log(ratio)), 0.0)
            out[k, i] = np.sqrt(deviance) * weight[i] * np.sign(power[i] - expected)
    return out
