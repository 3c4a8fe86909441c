# SPDX-License-Identifier: Apache-2.0
"""Loops over a day of beats, compiled."""

import numba
import numpy as np
import numpy.typing as npt


@numba.njit(cache=True)
def best_comb(power: npt.NDArray[np.float64], lowest: float, harmonics: int, finer: int) -> tuple[float, float]:
    """Return the strongest sum of a spectrum over the harmonics of one line.

    Parameters
    ----------
    power : ndarray of float64, shape (n,)
        Spectrum on an even grid from frequency 0, in multiples of its local noise.
    lowest : float > 0
        First fundamental, in grid steps.
    harmonics : int >= 1
        How many lines to add.
    finer : int >= 1
        Trial fundamentals a step of the highest harmonic.

    Returns
    -------
    best : float
        Greatest sum.
    where : float
        Its fundamental, in grid steps.
    """
    best, where = -1.0, 0.0
    step = 1.0 / (harmonics * finer)
    count = int(((power.size - 1) / harmonics - lowest) / step)
    for trial in range(count):
        fundamental = lowest + trial * step
        total = 0.0
        for harmonic in range(1, harmonics + 1):
            total += power[int(harmonic * fundamental + 0.5)]
        if total > best:
            best, where = total, fundamental
    return best, where


@numba.njit(cache=True)
def block_phasors(values: npt.NDArray[np.float64], frequency: float, blocks: int) -> npt.NDArray[np.complex128]:
    """Return the sum of values times exp(−2πi·frequency·index) over each of `blocks` even stretches."""
    sums = np.zeros(blocks, dtype=np.complex128)
    turn = np.exp(-2j * np.pi * frequency)
    for block in range(blocks):
        start, stop = block * values.size // blocks, (block + 1) * values.size // blocks
        # Begun anew for each block, so that the rounding of the rotation does not pile up.
        phasor = np.exp(-2j * np.pi * ((frequency * start) % 1.0))
        total = 0j
        for index in range(start, stop):
            total += values[index] * phasor
            phasor *= turn
        sums[block] = total
    return sums


@numba.njit(cache=True)
def subtract_wave(values: npt.NDArray[np.float64], frequency: float, amplitude: complex) -> None:
    """Take Re(amplitude · exp(2πi·frequency·index)) off in place."""
    turn = np.exp(2j * np.pi * frequency)
    for start in range(0, values.size, 4096):
        phasor = amplitude * np.exp(2j * np.pi * ((frequency * start) % 1.0))
        for index in range(start, min(start + 4096, values.size)):
            values[index] -= phasor.real
            phasor *= turn
