# SPDX-License-Identifier: Apache-2.0
"""What the bench says about a watch: figures with their uncertainty, the beats behind them, and a picture of the tick."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.core import JSON, Figure, Message

Times = npt.NDArray[np.float64]

PPM_A_DAY = 0.0864
"""Seconds a day that a millionth is."""

REFUSED = Message("bench.not_measured")


@dataclass(frozen=True)
class ClockReference:
    """What the sample clock was compared with.

    Parameters
    ----------
    kind : {"none", "pps", "ntp-log", "typed"}
        ``none`` is an uncalibrated sampling clock.
    ppm, u_ppm : float
        The clock runs fast by this much, with its standard uncertainty.
    """

    kind: Literal["none", "pps", "ntp-log", "typed"] = "none"
    ppm: float = 0.0
    u_ppm: float = 50.0 / 3**0.5

    def to_json(self) -> dict[str, JSON]:
        """Return the reference as it stands in a reading."""
        return {"kind": self.kind, "ppm": self.ppm, "u_ppm": self.u_ppm}


@dataclass(frozen=True)
class Beats:
    """The beats that were heard, one row each, times in seconds from the first sample, on the sample clock.

    Parameters
    ----------
    number : ndarray of int64, shape (n,)
        Which beat it is, counted from the first; a missed beat leaves a gap.
    unlock, impulse, drop : ndarray of float64, shape (n,)
        When each sound came; NaN where it was not heard.
    """

    number: npt.NDArray[np.int64]
    unlock: Times
    impulse: Times
    drop: Times


@dataclass(frozen=True)
class TickScope:
    """The averaged tick of each side, for people to look at.

    Parameters
    ----------
    step : float
        Time between two points, in seconds.
    start : float
        Time of the first point relative to the drop, in seconds.
    tick, tock : ndarray of float64, shape (n,)
        Mean power over the background, full scale² (even and odd beats).
    marks : mapping of str to tuple of float or None
        Sound name → its time relative to the drop on each side, in seconds; None where there is none.
    """

    step: float
    start: float
    tick: Times
    tock: Times
    marks: dict[str, tuple[float | None, float | None]]


@dataclass(frozen=True)
class Reading:
    """The figures of one measurement.

    A reading is ``ok`` when a watch was heard. Single figures may still be refused; each says why.

    Parameters
    ----------
    duration : float
        Seconds of sound that were listened to.
    reason : Message or None
        Why the whole reading was refused; None when it is ok.
    beats_per_hour : float or None
        The nominal that the rate refers to, or the measured value when no nominal is near.
    nominal : {"given", "listed", "rounded", "measured"} or None
        Where `beats_per_hour` comes from.
    beat_interval : Figure, s
        The measured mean beat interval, on the calibrated clock.
    rate : Figure, s/d
    amplitude, amplitude_linear, amplitude_third : Figure, °
        Exact formula first; the two others of the trade beside it.
    amplitude_sides : tuple of Figure
        Exact amplitude of the tick and of the tock alone.
    beat_error, beat_error_unlock : Figure, ms
        Signed: (tick to tock minus tock to tick) / 2, between drops and between unlocks.
    instability : Figure, s/d
        Allan deviation of the watch itself over `instability_tau`, measurement noise removed.
    lift_angle : float
        Degrees, as given; `lift_angle_source` says by whom.
    snr_db : float or None
        Mean in-band power of the tick packet over the noise power.
    false_alarm_probability : float
        Chance that sound without a watch would have given a lock at least as good.
    beats, missed : int
        Beats used, and beats that should have come between the first and the last but were not heard.
    advice : tuple of Message
        What to do for a better reading, most useful first.
    """

    duration: float
    reason: Message | None = None
    beats_per_hour: float | None = None
    nominal: Literal["given", "listed", "rounded", "measured"] | None = None
    beat_interval: Figure = field(default_factory=lambda: Figure.refused("s", REFUSED))
    rate: Figure = field(default_factory=lambda: Figure.refused("s/d", REFUSED))
    amplitude: Figure = field(default_factory=lambda: Figure.refused("°", REFUSED))
    amplitude_linear: Figure = field(default_factory=lambda: Figure.refused("°", REFUSED))
    amplitude_third: Figure = field(default_factory=lambda: Figure.refused("°", REFUSED))
    amplitude_sides: tuple[Figure, ...] = ()
    beat_error: Figure = field(default_factory=lambda: Figure.refused("ms", REFUSED))
    beat_error_unlock: Figure = field(default_factory=lambda: Figure.refused("ms", REFUSED))
    instability: Figure = field(default_factory=lambda: Figure.refused("s/d", REFUSED))
    instability_tau: float | None = None
    lift_angle: float = 52.0
    lift_angle_source: str = "default"
    landmark: str = ""
    snr_db: float | None = None
    false_alarm_probability: float = 1.0
    beats: int = 0
    missed: int = 0
    reference: ClockReference = field(default_factory=ClockReference)
    advice: tuple[Message, ...] = ()

    @property
    def status(self) -> Literal["ok", "refused"]:
        """Whether a watch was heard."""
        return "ok" if self.reason is None else "refused"

    @property
    def rate_u_total(self) -> float | None:
        """Uncertainty of the rate with that of the sample clock, in s/d; `rate.u` is on the recorder's own clock."""
        if self.rate.u is None:
            return None
        return float(np.hypot(self.rate.u, PPM_A_DAY * self.reference.u_ppm))

    def to_json(self) -> dict[str, JSON]:
        """Return the reading with the keys that the command line promises."""
        return {
            "status": self.status,
            "reason": None if self.reason is None else self.reason.text("en"),
            "reason_key": None if self.reason is None else self.reason.key,
            "beats_per_hour": self.beats_per_hour,
            "nominal": self.nominal,
            "beat_interval_s": self.beat_interval.value,
            "beat_interval_u_s": self.beat_interval.u,
            "rate_s_per_d": self.rate.value,
            "rate_u_s_per_d": self.rate.u,
            "rate_u_total_s_per_d": self.rate_u_total,
            "amplitude_deg": self.amplitude.value,
            "amplitude_u_deg": self.amplitude.u,
            "amplitude_linear_deg": self.amplitude_linear.value,
            "amplitude_third_deg": self.amplitude_third.value,
            "amplitude_sides_deg": [side.value for side in self.amplitude_sides],
            "beat_error_ms": self.beat_error.value,
            "beat_error_u_ms": self.beat_error.u,
            "beat_error_unlock_ms": self.beat_error_unlock.value,
            "beat_error_unlock_u_ms": self.beat_error_unlock.u,
            "instability_s_per_d": self.instability.value,
            "instability_tau_s": self.instability_tau,
            "lift_angle_deg": self.lift_angle,
            "lift_angle_source": self.lift_angle_source,
            "landmark": self.landmark,
            "snr_db": self.snr_db,
            "false_alarm_probability": self.false_alarm_probability,
            "duration_s": self.duration,
            "beats": self.beats,
            "missed": self.missed,
            "reference": self.reference.to_json(),
            "refusals": {
                name: figure.reason.text("en")
                for name, figure in self.figures().items()
                if self.reason is None and figure.reason is not None
            },
            "advice": [message.text("en") for message in self.advice],
        }

    def withdrawn(self, reason: Message) -> "Reading":
        """Return the reading without its figures: what was heard is not what was to be measured."""
        kept = (self.lift_angle, self.lift_angle_source)
        return Reading(self.duration, reason, lift_angle=kept[0], lift_angle_source=kept[1], reference=self.reference)

    def figures(self) -> dict[str, Figure]:
        """Return the figures that a page shows, by glossary term."""
        return {
            "rate": self.rate,
            "amplitude": self.amplitude,
            "beat_error": self.beat_error,
            "beat_error_unlock": self.beat_error_unlock,
            "instability": self.instability,
        }


@dataclass(frozen=True)
class Measurement:
    """A reading with the beats and the picture it came from."""

    reading: Reading
    beats: Beats
    scope: TickScope | None
