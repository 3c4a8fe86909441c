# SPDX-License-Identifier: Apache-2.0
"""What a synthesised watch is, and what is exactly true of it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.bench.escapement_sounds import Triple, escapement
from sichen.bench.reading import Beats, Times
from sichen.bench.synthesis_limits import check_limits
from sichen.core import JSON, DataError, Message

TUNING_FORK = 1_296_000.0
"""Beats per hour of a 360 Hz tuning-fork watch: every oscillation counts."""

SLOWEST, FASTEST = 1_800.0, 360_000.0


@dataclass(frozen=True)
class WheelFault:
    """A timing error that returns with every turn of a wheel.

    Parameters
    ----------
    period : float > 0
        Beats in one turn.
    amplitude : float
        Greatest timing offset, in seconds; a beat comes late by it.
    phase : float, default 0
        Where the turn begins, in turns.
    shape : {"sine", "step", "triangle"}
        ``step`` makes half a turn late and half early; ``triangle`` has two rates, half a turn each.
    harmonics : tuple of float
        Weights of the first, second … harmonic; only for ``sine``.
    """

    period: float
    amplitude: float
    phase: float = 0.0
    shape: Literal["sine", "step", "triangle"] = "sine"
    harmonics: tuple[float, ...] = (1.0,)

    def offsets(self, number: npt.NDArray[np.int64]) -> Times:
        """Return how late each beat comes, in seconds."""
        turn = number / self.period + self.phase
        if self.shape == "step":
            return self.amplitude * np.where(turn % 1.0 < 0.5, 1.0, -1.0)  # noqa: PLR2004 - half a turn
        if self.shape == "triangle":
            return self.amplitude * (1.0 - 4.0 * np.abs(turn % 1.0 - 0.5))
        wave = np.zeros(number.size)
        for order, weight in enumerate(self.harmonics, start=1):
            wave += weight * np.sin(2.0 * np.pi * order * turn)
        return self.amplitude * wave


@dataclass(frozen=True)
class WatchSound:
    """A watch or clock that can be heard.

    Parameters
    ----------
    beats_per_hour : float
        1 800 to 360 000, or 1 296 000 for a tuning fork, which hums.
    rate : float
        Seconds a day, + is fast.
    amplitude : float
        Swing of the balance at the beginning, in degrees: a healthy watch has 250 to 310.
    amplitude_decay : float
        Degrees of amplitude lost each hour.
    beat_error : float
        Milliseconds, signed: (tick to tock minus tock to tick) / 2 at dead centre; the first beat is a tick.
    dead_centre : float, optional
        The beat error as an angle of the balance in degrees, instead of milliseconds.
    lift_angle : float
        Degrees from unlock to drop, 0.5 to 90; most watches have 44 to 56.
    lift_difference : float
        Lift angle of the tock minus that of the tick, in degrees, for pallets that differ.
    escapement : str
        What makes the sounds: swiss_lever, pin_lever, cylinder, coaxial or anchor, as in ``escapements()``.
    coherent : bool
        Every beat has the same waveform; otherwise the phase of each sound is random, as in real watches.
    jitter : float
        Standard deviation of a beat's time, in seconds; a good watch has 0.00003.
    sound_jitter : tuple of three floats
        More jitter for unlock, impulse and drop alone, in seconds.
    flicker : float
        Wander of the rate whose Allan deviation has this floor, in s/d.
    random_walk : float
        Wander of the rate whose Allan deviation is this at one hour, in s/d.
    wheel_faults : tuple of WheelFault
        Timing errors that return with every turn of a wheel: period in beats, amplitude in seconds.
    tooth_offsets : tuple of float
        Seconds that a beat comes late by its tooth of the escape wheel; each tooth serves a tick and a tock.
    levels : tuple of two triples, optional
        Levels of unlock, impulse, drop on the tick and on the tock side; replaces the escapement's.
    spread : float, optional
        Replaces the escapement's spread of levels.
    stops_at : float, optional
        Second after which the watch stands still.
    silent_beats : tuple of int
        Numbers of beats that make no sound.
    first_beat : float, optional
        Second of the first dead-centre passage; by default drawn within one oscillation.
    """

    beats_per_hour: float = 28_800.0
    rate: float = 0.0
    amplitude: float = 270.0
    amplitude_decay: float = 0.0
    beat_error: float = 0.0
    dead_centre: float | None = None
    lift_angle: float = 52.0
    lift_difference: float = 0.0
    escapement: str = "swiss_lever"
    coherent: bool = False
    jitter: float = 0.0
    sound_jitter: Triple = (0.0, 0.0, 0.0)
    flicker: float = 0.0
    random_walk: float = 0.0
    wheel_faults: tuple[WheelFault, ...] = ()
    tooth_offsets: tuple[float, ...] = ()
    levels: tuple[Triple, Triple] | None = None
    spread: float | None = None
    stops_at: float | None = None
    silent_beats: tuple[int, ...] = ()
    first_beat: float | None = None

    def __post_init__(self) -> None:
        if not (SLOWEST <= self.beats_per_hour <= FASTEST or self.hums):
            raise DataError(Message("bench.synthesis.beats_per_hour", found=f"{self.beats_per_hour:g}"))
        escapement(self.escapement)
        check_limits("watch", self)
        widest = self.lift_angle / 2.0 + abs(self.lift_difference) / 4.0 + abs(self.dead_centre_angle)
        if not self.hums and not widest < self.amplitude:
            raise DataError(Message("bench.synthesis.would_not_run", amplitude=f"{self.amplitude:g}", need=f"{widest:.1f}"))

    @property
    def hums(self) -> bool:
        """Whether it is a tuning-fork watch."""
        return self.beats_per_hour == TUNING_FORK

    @property
    def beat_interval(self) -> float:
        """Mean beat interval in seconds, the rate included."""
        return 3600.0 / self.beats_per_hour / (1.0 + self.rate / 86_400.0)

    @property
    def dead_centre_angle(self) -> float:
        """Angle of the balance by which it is out of beat, in degrees."""
        if self.dead_centre is not None:
            return self.dead_centre
        return float(self.amplitude * np.sin(np.pi * self.beat_error * 1e-3 / (2.0 * self.beat_interval)))


@dataclass(frozen=True)
class Truth:
    """What is exactly true of a synthesised recording.

    Parameters
    ----------
    duration : float
        Seconds of true time.
    beats_per_hour, rate, lift_angle : float
        As set.
    rate_heard : float
        Rate of the least-squares line through the drops, with jitter, wander and faults as they happened, s/d.
    beat_error, beat_error_unlock, beat_error_drop : float
        Milliseconds, signed, by the geometry: at dead centre, between unlocks, between drops.
    beats : Beats
        When each sound came, in true seconds from the first sample.
    dead_centre : ndarray of float64, shape (n,)
        When the balance passed dead centre, in true seconds.
    amplitude : ndarray of float64, shape (n,)
        Degrees at each beat.
    snr_db : float or None
        Mean in-band energy of a beat spread over 10 ms, over the in-band noise power; None without noise.
    sample_rate, clock_ppm : float
        Nominal frames a second, and by how much the sampling clock runs fast.
    pps : ndarray of float64, shape (m,)
        When the pulses of the second rose on channel 2, in true seconds.
    second : Truth or None
        Of another watch in the same recording.
    """

    duration: float
    beats_per_hour: float
    rate: float
    rate_heard: float
    beat_error: float
    beat_error_unlock: float
    beat_error_drop: float
    lift_angle: float
    beats: Beats
    dead_centre: Times
    amplitude: Times
    snr_db: float | None = None
    sample_rate: float | None = None
    clock_ppm: float = 0.0
    pps: Times | None = None
    second: "Truth | None" = None

    def samples(self, seconds: Times) -> Times:
        """Return where true times lie on the recording, in samples, with fractions.

        Raises
        ------
        DataError
            If nothing was recorded.
        """
        if self.sample_rate is None:
            raise DataError(Message("bench.synthesis.no_recording"))
        return seconds * (self.sample_rate * (1.0 + self.clock_ppm * 1e-6))

    def to_json(self) -> dict[str, JSON]:
        """Return the truth as it is written beside a recording; times in seconds, angles in degrees."""
        return {
            "duration_s": self.duration,
            "beats_per_hour": self.beats_per_hour,
            "rate_s_per_d": self.rate,
            "rate_heard_s_per_d": self.rate_heard,
            "beat_error_ms": self.beat_error_drop,
            "beat_error_unlock_ms": self.beat_error_unlock,
            "beat_error_dead_centre_ms": self.beat_error,
            "lift_angle_deg": self.lift_angle,
            "snr_db": self.snr_db,
            "sample_rate_hz": self.sample_rate,
            "clock_ppm": self.clock_ppm,
            "beat": self.beats.number.tolist(),
            "unlock_s": self.beats.unlock.tolist(),
            "impulse_s": self.beats.impulse.tolist(),
            "drop_s": self.beats.drop.tolist(),
            "dead_centre_s": self.dead_centre.tolist(),
            "amplitude_deg": self.amplitude.tolist(),
            "pps_s": None if self.pps is None else self.pps.tolist(),
            "second": None if self.second is None else self.second.to_json(),
        }
