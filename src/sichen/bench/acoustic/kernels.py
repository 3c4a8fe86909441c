# SPDX-License-Identifier: Apache-2.0
"""The loops over samples, bins and beats, compiled."""

import numba
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

FULL_SCALE = 0.999


@numba.njit(cache=True)
def bank_energies(samples: F32, sections: F64, state: F64, carry: F64, filled: int, factor: int, out: F32) -> int:  # noqa: PLR0917 - numba takes no keyword-only parameters
    """Filter one channel through every band and add the squares up into bins.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
    sections : ndarray of float64, shape (bands, 2, 5)
        Biquads b0, b1, b2, a1, a2.
    state : ndarray of float64, shape (bands, 2, 2)
        Kept between calls, changed in place.
    carry : ndarray of float64, shape (bands,)
        Energy of the bin that is not full yet, changed in place.
    filled : int
        Samples in that bin.
    factor : int
        Samples a bin.
    out : ndarray of float32, shape (bands, >= (n + filled) // factor)

    Returns
    -------
    int
        Samples in the bin that is not full yet after the call.
    """
    held = filled
    bands = sections.shape[0]
    for p in range(0, bands, 2):
        # two bands at a time keep the processor busy while each waits for its own feedback; an odd last one goes twice
        q = min(p + 1, bands - 1)
        b0, b1, b2, a1, a2 = sections[p, 0]
        c0, c1, c2, d1, d2 = sections[p, 1]
        e0, e1, e2, f1, f2 = sections[q, 0]
        g0, g1, g2, h1, h2 = sections[q, 1]
        r1, r2 = state[p, 0]
        s1, s2 = state[p, 1]
        t1, t2 = state[q, 0]
        u1, u2 = state[q, 1]
        left, right = carry[p], carry[q]
        held = filled
        row = 0
        for i in range(samples.size):
            x = float(samples[i])
            y = b0 * x + r1
            r1 = b1 * x - a1 * y + r2
            r2 = b2 * x - a2 * y
            z = c0 * y + s1
            s1 = c1 * y - d1 * z + s2
            s2 = c2 * y - d2 * z
            v = e0 * x + t1
            t1 = e1 * x - f1 * v + t2
            t2 = e2 * x - f2 * v
            w = g0 * v + u1
            u1 = g1 * v - h1 * w + u2
            u2 = g2 * v - h2 * w
            left += z * z
            right += w * w
            held += 1
            if held == factor:
                out[p, row] = left
                out[q, row] = right
                row += 1
                held = 0
                left = 0.0
                right = 0.0
        state[p, 0, 0], state[p, 0, 1] = r1, r2
        state[p, 1, 0], state[p, 1, 1] = s1, s2
        state[q, 0, 0], state[q, 0, 1] = t1, t2
        state[q, 1, 0], state[q, 1, 1] = u1, u2
        carry[p], carry[q] = left, right
    return held


@numba.njit(cache=True)
def mend(samples: F32, level: float, out: F32) -> tuple[int, int, float, float]:
    """Take the level away and put it in place of what is no number.

    Parameters
    ----------
    samples, out : ndarray of float32, shape (n,)
    level : float

    Returns
    -------
    tuple of int, int, float, float
        Samples that were no numbers, samples at full scale, highest and lowest number.
    """
    broken = 0
    clipped = 0
    highest = -np.inf
    lowest = np.inf
    for i in range(samples.size):
        x = samples[i]
        if np.isfinite(x):
            highest = max(highest, x)
            lowest = min(lowest, x)
            clipped += x >= FULL_SCALE or x <= -FULL_SCALE
            out[i] = x - level
        else:
            broken += 1
            out[i] = 0.0
    return broken, clipped, highest, lowest


@numba.njit(cache=True)
def add_up(bins: F32, factor: int, out: F32) -> None:
    """Add every `factor` bins of shape (bands, n) up into one of shape (bands, n // factor)."""
    for band in range(out.shape[0]):
        for i in range(out.shape[1]):
            total = np.float32(0.0)
            for j in range(i * factor, (i + 1) * factor):
                total += bins[band, j]
            out[band, i] = total


@numba.njit(cache=True)
def comb_scan(power: F32, per_hz: float, frequencies: F64, tops: F64, cap: float, out: F32) -> None:  # noqa: PLR0917 - numba takes no keyword-only parameters
    """Add the normalised power at all harmonics of every frequency, up to each of several highest frequencies.

    Parameters
    ----------
    power : ndarray of float32, shape (n,)
        Spectrum of the energy, 1 on average where there is only noise.
    per_hz : float
        Points of `power` a hertz.
    frequencies : ndarray of float64, shape (k,)
    tops : ndarray of float64, shape (m,), rising
    cap : float
        No single harmonic counts for more.
    out : ndarray of float32, shape (k, m)
        The sums.
    """
    for i in range(frequencies.size):
        step = frequencies[i] * per_hz
        total = 0.0
        harmonic = 1
        for j in range(tops.size):
            last = int(tops[j] / frequencies[i])
            while harmonic <= last:
                at = int(harmonic * step + 0.5)
                if at >= power.size:
                    break
                total += min(float(power[at]), cap)
                harmonic += 1
            out[i, j] = total


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
