# SPDX-License-Identifier: Apache-2.0
"""From samples to energies: every sound is split into a few bands, and the energy of each is kept in short bins."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from sichen.bench.signal import Samples

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

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
    sections : ndarray of float64, shape (bands + 1, 2, 5)
        The wide band is the last.
    width : ndarray of float64, shape (bands,)
        Bandwidths in hertz.
    delay : ndarray of float64, shape (bands,)
        Group delay at the middle of each band, in seconds.
    factor : int
        Samples a bin.
    rate : float
        Bins a second.
    """

    sections: F64
    width: F64
    delay: F64
    factor: int
    rate: float


@cache
def bank_for(sample_rate: float) -> Bank:
    """Design the bands that a sample rate can carry."""
    from scipy import signal

    top = 0.45 * sample_rate
    edges = [(low, min(high, top)) for low, high in EDGES if min(high, top) > 1.3 * low]
    if not edges:
        edges = [(0.05 * sample_rate, top)]
    sections, delay = [], []
    for low, high in edges:
        sos = signal.butter(2, [low, high], "bandpass", fs=sample_rate, output="sos")
        sections.append(np.column_stack([sos[:, :3], sos[:, 4:]]))
        middle = np.sqrt(low * high)
        delay.append(_group_delay(sos, middle, sample_rate))
    wide = signal.butter(2, min(WIDE, 0.2 * sample_rate), "highpass", fs=sample_rate, output="sos")
    flat = np.array([[1.0, 0.0, 0.0, 0.0, 0.0]])
    sections.append(np.concatenate([np.column_stack([wide[:, :3], wide[:, 4:]]), flat]))
    factor = int(np.ceil(sample_rate / BIN_RATE))
    width = np.array([high - low for low, high in edges])
    return Bank(np.array(sections), width, np.array(delay), factor, sample_rate / factor)


def _group_delay(sos: F64, frequency: float, sample_rate: float) -> float:
    from scipy import signal

    at = np.array([0.99, 1.01]) * frequency
    _, response = signal.sosfreqz(sos, at, fs=sample_rate)
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

    def append(self, bins: F32) -> None:
        """Add bins, and forget the oldest when there are twice as many as to keep."""
        need = self._used + bins.shape[1]
        if need > self._data.shape[1]:
            surplus = max(0, self._used - self.keep) if need > 2 * self.keep else 0
            kept = self._data[:, surplus : self._used].copy()
            self.base += surplus
            self._used -= surplus
            need -= surplus
            if need > self._data.shape[1]:
                self._data = np.empty((kept.shape[0], min(2 * need, max(need, 2 * self.keep))), np.float32)
            self._data[:, : self._used] = kept
        self._data[:, self._used : need] = bins
        self._used = need

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
        bands = self.bank.sections.shape[0]
        self.fine = Energies(bands, int(fine * self.bank.rate))
        self.coarse = Energies(bands, int(coarse * self.bank.rate / COARSE))
        self.broken = 0
        self.clipped = 0
        self.highest, self.lowest = -np.inf, np.inf
        self.frames = 0
        self._state = np.zeros((bands, 2, 2))
        self._carry = np.zeros(bands)
        self._filled = 0
        self._rest = np.empty((bands, 0), np.float32)
        self._level: float | None = None

    @property
    def peak_to_peak(self) -> float:
        """Highest minus lowest sample."""
        return max(0.0, self.highest - self.lowest)

    def feed(self, samples: F32) -> None:
        """Take the next samples of this channel."""
        from sichen.bench.acoustic.kernels import add_up, bank_energies

        clean = self._mend(samples)
        out = np.empty((self._carry.size, (clean.size + self._filled) // self.bank.factor), np.float32)
        self._filled = bank_energies(clean, self.bank.sections, self._state, self._carry, self._filled, self.bank.factor, out)
        self.fine.append(out)
        joined = np.concatenate([self._rest, out], axis=1)
        coarse = np.empty((joined.shape[0], joined.shape[1] // COARSE), np.float32)
        add_up(joined, COARSE, coarse)
        self.coarse.append(coarse)
        self._rest = joined[:, coarse.shape[1] * COARSE :].copy()

    def _mend(self, samples: F32) -> F32:
        """Count what is broken or clipped, silence the broken, and take away the level the sound began with."""
        from sichen.bench.acoustic.kernels import mend

        if self._level is None and samples.size:
            self._level = float(samples[0]) if np.isfinite(samples[0]) else 0.0
        out = np.empty(samples.size, np.float32)
        broken, clipped, highest, lowest = mend(samples, self._level or 0.0, out)
        self.broken += broken
        self.clipped += clipped
        self.frames += samples.size
        self.highest = max(self.highest, highest)
        self.lowest = min(self.lowest, lowest)
        return out


def channel_of(samples: Samples, channel: int) -> F32:
    """Return one channel as a plain row of float32."""
    return np.ascontiguousarray(samples[:, channel], np.float32)
