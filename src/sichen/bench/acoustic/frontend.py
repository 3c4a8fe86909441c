# SPDX-License-Identifier: Apache-2.0
"""From samples to energies: every sound is split into a few bands, and the energy of each is kept in short bins."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from sichen.bench.signal import Samples

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
C128 = npt.NDArray[np.complex128]

EDGES = ((400.0, 1500.0), (1500.0, 4000.0), (4000.0, 9000.0), (9000.0, 20000.0))
"""Bands in hertz: room clocks speak in the first two, wrist watches in the last three."""
WIDE = 1_000.0
"""A last, wide band from here up has hardly any delay: the sounds of a tick are told apart in it."""
BIN_RATE = 16_000.0
"""Bins a second at most; fewer when the sample rate does not divide."""
COARSE = 4
"""Bins of the coarse energies, which detection uses, in fine ones."""


@dataclass(frozen=True)
class Bank:
    """The filters for one sample rate.

    Parameters
    ----------
    poles : ndarray of float64, shape (5, 5)
        For each of four bands the feedback of its two sections and the factor of its energy; the wide band is the last.
    width : ndarray of float64, shape (bands,)
        Bandwidths in hertz.
    delay : ndarray of float64, shape (bands,)
        Group delay at the middle of each band, in seconds.
    factor : int
        Samples a bin.
    rate : float
        Bins a second.
    """

    poles: F64
    width: F64
    delay: F64
    factor: int
    rate: float


@cache
def bank_for(sample_rate: float) -> Bank:
    """Design the bands that a sample rate can carry."""
    top = 0.45 * sample_rate
    edges = [(low, min(high, top)) for low, high in EDGES if min(high, top) > 1.3 * low]
    if not edges:
        edges = [(0.05 * sample_rate, top)]
    poles, delay = np.zeros((5, 5)), []
    for row, (lower, upper) in zip(poles, edges, strict=False):
        low, high = lower / sample_rate, upper / sample_rate
        row[:4] = _feedback(_band_poles(low, high))
        centre = np.arctan(np.sqrt(np.tan(np.pi * low) * np.tan(np.pi * high))) / np.pi
        row[4] = abs(_response(row, centre)) ** -2
        delay.append(_group_delay(row, np.sqrt(low * high)) / sample_rate)
    poles[4, :2] = _feedback(_high_pass_poles(min(WIDE / sample_rate, 0.2)))
    poles[4, 4] = ((1 - poles[4, 0] + poles[4, 1]) / 4) ** 2
    factor = int(np.ceil(sample_rate / BIN_RATE))
    width = np.array([high - low for low, high in edges])
    return Bank(poles, width, np.array(delay), factor, sample_rate / factor)


SECOND_ORDER = np.exp(0.75j * np.pi)
"""The upper pole of a Butterworth low-pass of second order and angular frequency 1."""


def _band_poles(low: float, high: float) -> C128:
    """Return the upper two poles of a Butterworth band-pass of second order, edges in parts of the sample rate."""
    left, right = 2 * np.tan(np.pi * low), 2 * np.tan(np.pi * high)
    half = 0.5 * SECOND_ORDER * (right - left)
    root = np.sqrt(half**2 - left * right)
    analog = np.array([half + root, half - root])
    return np.asarray((2 + analog) / (2 - analog), np.complex128)


def _high_pass_poles(edge: float) -> C128:
    """Return the upper pole of a Butterworth high-pass of second order."""
    analog = np.atleast_1d(2 * np.tan(np.pi * edge) / SECOND_ORDER)
    return np.asarray((2 + analog) / (2 - analog), np.complex128)


def _feedback(poles: C128) -> F64:
    """Return a1 and a2 of the sections whose pole pairs these are."""
    return np.stack([-2 * poles.real, np.abs(poles) ** 2], axis=1).ravel()


def _response(row: F64, frequency: F64) -> C128:
    """Return the response of a band, without its factor, at a frequency in parts of the sample rate."""
    back = np.exp(-2j * np.pi * frequency)
    return np.asarray(
        (1 - back**2) ** 2 / ((1 + row[0] * back + row[1] * back**2) * (1 + row[2] * back + row[3] * back**2)), np.complex128
    )


def _group_delay(row: F64, frequency: float) -> float:
    """Return the group delay of a band in samples."""
    at = np.array([0.99, 1.01]) * frequency
    response = _response(row, at)
    turn = np.angle(response[1] / response[0])
    return float(-turn / (2 * np.pi * (at[1] - at[0])))


class Energies:
    """The latest bins of one channel, in all its bands, with a count of those already forgotten."""

    def __init__(self, bands: int, keep: int) -> None:
        self.keep = keep
        self.base = 0
        self._data = np.empty((bands, 1024), np.float32)
        self._used = 0

    @property
    def end(self) -> int:
        """Number of the bin after the last one."""
        return self.base + self._used

    def room(self, count: int) -> F32:
        """Return where the next `count` bins may be written; the oldest are forgotten, or the memory grows, for it."""
        if self._used + count > self._data.shape[1]:
            surplus = max(0, self._used - self.keep)
            kept = self._data[:, surplus : self._used]
            need = kept.shape[1] + count
            if surplus < self._data.shape[1] // 8 or need > self._data.shape[1]:
                self._data = np.empty((kept.shape[0], max(need, min(2 * need, self.keep + self.keep // 4))), np.float32)
            self._data[:, : kept.shape[1]] = kept
            self.base += surplus
            self._used -= surplus
        return self._data[:, self._used : self._used + count]

    def grow(self, count: int) -> None:
        """Count in the bins that were written."""
        self._used += count

    def view(self, start: int, stop: int) -> F32:
        """Return the bins from `start` to `stop`, which must still be here."""
        return self._data[:, start - self.base : stop - self.base]


class FrontEnd:
    """The bands of one channel, as they stream in.

    Parameters
    ----------
    sample_rate : float
    fine, coarse : float
        Seconds of fine and of coarse bins to remember.
    """

    def __init__(self, sample_rate: float, *, fine: float, coarse: float) -> None:
        self.bank = bank_for(sample_rate)
        bands = self.bank.width.size + 1
        self.fine = Energies(bands, int(fine * self.bank.rate))
        self.coarse = Energies(bands, int(coarse * self.bank.rate / COARSE))
        self.frames = 0
        self._state = np.zeros((5, 8))
        self._counts = np.array([self.bank.factor, COARSE, 0, 0, 0, 0])
        self._extremes = np.array([np.inf, -np.inf])
        self._level: float | None = None

    @property
    def broken(self) -> int:
        """Samples that were no numbers."""
        return int(self._counts[4])

    @property
    def clipped(self) -> int:
        """Samples at full scale."""
        return int(self._counts[5])

    @property
    def peak_to_peak(self) -> float:
        """Highest minus lowest sample."""
        return max(0.0, float(self._extremes[1] - self._extremes[0]))

    def remember(self, *, fine: float, coarse: float) -> None:
        """Change for how many seconds the bins are kept."""
        self.fine.keep = int(fine * self.bank.rate)
        self.coarse.keep = int(coarse * self.bank.rate / COARSE)

    def feed(self, samples: F32) -> None:
        """Take the next samples of this channel, and the level the sound began with away from them."""
        from sichen.bench.acoustic.kernels import take_in

        if self._level is None:
            if not samples.size:
                return
            self._level = float(samples[0]) if np.isfinite(samples[0]) else 0.0
        _, _, held, joined, _, _ = self._counts.tolist()
        fine = (held + samples.size) // self.bank.factor
        coarse = (joined + fine) // COARSE
        take_in(
            samples,
            self._level,
            self.bank.poles,
            self._state,
            self._counts,
            self._extremes,
            self.fine.room(fine),
            self.coarse.room(coarse),
        )
        self.fine.grow(fine)
        self.coarse.grow(coarse)
        self.frames += samples.size


def channel_of(samples: Samples, channel: int) -> F32:
    """Return one channel as a plain row of float32."""
    return np.ascontiguousarray(samples[:, channel], np.float32)
