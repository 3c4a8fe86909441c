# SPDX-License-Identifier: Apache-2.0
"""What the beats of an escapement sound like: three damped resonances a side, placed between samples exactly."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from sichen.core import DataError, Message

Floats = npt.NDArray[np.float64]
Triple = tuple[float, float, float]
BAND = (3_000.0, 20_000.0)
"""Where the signal-to-noise ratio of a tick is defined, in hertz."""

GUARD = 32
_TAPER = 0.85
_DECAYS = 14.0


@dataclass(frozen=True)
class SoundPattern:
    """The sounds of one kind of escapement, each triple in the order unlock, impulse, drop.

    Parameters
    ----------
    name : mapping of {"en", "zh"} to str
    tick, tock : tuple of float >= 0
        Greatest height of each sound's envelope on either side; the drop of the tick is 1.
    resonance : tuple of float > 0
        In hertz.
    decay, rise : tuple of float > 0
        In seconds, of the envelope ``(1 - exp(-t / rise)) * exp(-t / decay)``.
    impulse_at : float in [0, 1]
        When the impulse comes, as a share of the time from unlock to drop.
    spread : float >= 0
        Standard deviation of the logarithm of a level from beat to beat.
    lift_angle : float > 0
        Typical, in degrees.
    source : str
    verified : bool
    """

    name: Mapping[str, str]
    tick: Triple
    tock: Triple
    resonance: Triple
    decay: Triple
    rise: Triple
    impulse_at: float
    spread: float
    lift_angle: float
    source: str
    verified: bool


@cache
def escapements() -> Mapping[str, SoundPattern]:
    """Return all sound patterns by name."""
    text = resources.files("sichen.bench").joinpath("data/escapements.toml").read_text(encoding="utf-8")
    return {name: _pattern(row) for name, row in tomllib.loads(text).items()}


def escapement(name: str) -> SoundPattern:
    """Return one sound pattern.

    Raises
    ------
    DataError
        If there is no such escapement.

    Examples
    --------
    >>> escapement("swiss_lever").tick
    (0.25, 0.35, 1.0)
    """
    try:
        return escapements()[name]
    except KeyError:
        raise DataError(Message("bench.synthesis.unknown_escapement", name=name, known=", ".join(escapements()))) from None


def _pattern(row: dict[str, Any]) -> SoundPattern:
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return SoundPattern(**fields)


@dataclass(frozen=True)
class Resonance:
    """One damped resonance whose spectrum is known, so that it can start at any fraction of a sample.

    Parameters
    ----------
    frequency : float > 0
        In hertz.
    decay, rise : float > 0
        In seconds.
    sample_rate : float > 0
        True samples a second.

    Notes
    -----
    ``(1 - exp(-t/r)) exp(-t/d) exp(iwt)`` is the difference of two damped exponentials; the spectrum of
    ``exp(-at)`` is ``1 / (a + 2 pi i f)``. A delay is a phase that falls linearly with frequency. A cosine
    taper below half the sampling rate stands for the recorder's anti-alias filter.
    """

    frequency: float
    decay: float
    rise: float
    sample_rate: float

    @property
    def length(self) -> int:
        """Samples from the guard before the onset until the sound has died away."""
        need = GUARD * 2 + _DECAYS * self.decay * self.sample_rate
        return 1 << int(np.ceil(np.log2(need)))

    @property
    def frequencies(self) -> Floats:
        """Frequencies of the spectrum's lines, in hertz, shape (length / 2 + 1,)."""
        return np.arange(self.length // 2 + 1).astype(np.float64) * (self.sample_rate / self.length)

    def spectrum(self, frequency: Floats) -> npt.NDArray[np.complex128]:
        """Return the Fourier transform of the complex sound that begins at 0, level 1, at frequencies in hertz."""
        slow = 1.0 / self.decay - 2j * np.pi * self.frequency
        fast = slow + 1.0 / self.rise
        axis = 2j * np.pi * frequency
        whole = 1.0 / (slow + axis) - 1.0 / (fast + axis)
        return (whole / self._summit()).astype(np.complex128)

    def render(self, *, fraction: Floats, phase: Floats, level: Floats) -> Floats:
        """Make the sound at several onsets.

        Parameters
        ----------
        fraction : ndarray of float in [0, 1), shape (n,)
            Onset after sample `GUARD`, in samples.
        phase, level : ndarray of float, shape (n,)
            Phase of the resonance in radians, and the envelope's greatest height.

        Returns
        -------
        ndarray of float64, shape (n, length)
        """
        ahead, behind = self._lines()
        turn = np.exp(1j * phase)[:, None]
        delay = np.exp(-2j * np.pi * np.outer((GUARD + fraction) / self.sample_rate, self.frequencies))
        lines = (turn * ahead + turn.conj() * behind) * delay * level[:, None]
        rows: Floats = np.fft.irfft(lines, self.length, axis=1) * self.sample_rate
        return rows

    def energy(self, power_gain: Floats) -> float:
        """Return the mean energy of one sound of level 1, in full scale² times seconds.

        Parameters
        ----------
        power_gain : ndarray of float, shape (length / 2 + 1,)
            Weight of each spectral line, for instance 1 in the band and 0 outside.
        """
        ahead, behind = self._lines()
        power = np.abs(ahead) ** 2 + np.abs(behind) ** 2
        return float(2.0 * np.sum(power * power_gain) * self.sample_rate / self.length)

    def _lines(self) -> tuple[npt.NDArray[np.complex128], npt.NDArray[np.complex128]]:
        frequency = self.frequencies
        nyquist = self.sample_rate / 2.0
        edge = np.clip((frequency / nyquist - _TAPER) / (1.0 - _TAPER), 0.0, 1.0)
        taper = 0.5 * np.cos(0.5 * np.pi * edge) ** 2
        return self.spectrum(frequency) * taper, self.spectrum(-frequency).conj() * taper

    def _summit(self) -> float:
        summit = self.rise * np.log1p(self.decay / self.rise)
        return float(-np.expm1(-summit / self.rise) * np.exp(-summit / self.decay))
