# SPDX-License-Identifier: Apache-2.0
"""What the bench says about a quartz watch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from sichen.bench.quartz.facts import DAY
from sichen.bench.reading import REFUSED, ClockReference
from sichen.core import JSON, Figure, Message

Floats = npt.NDArray[np.float64]
Kind = Literal["motor", "crystal", "lcd"]

PPM = DAY * 1e-6
"""One part in a million, in s/d."""


_COLUMNS = ("times", "polarity", "widths", "duties", "chopping")


def refused(unit: str) -> Figure:
    """Return a figure that nobody measured yet."""
    return Figure.refused(unit, REFUSED)


@dataclass(frozen=True)
class PulseTrain:
    """Every motor pulse that was found, one row each.

    Parameters
    ----------
    times : ndarray, shape (n,)
        When each pulse began, in seconds on the sampling clock.
    polarity : ndarray, shape (n,)
        +1 or −1 relative to the first.
    widths, duties, chopping : ndarray, shape (n,)
        Width in seconds, on-time over chopping period, chopping frequency in Hz; NaN where they cannot be told
        (a fixed pulse has duty 1 and no chopping frequency).
    roles : tuple of {"step", "correction", "double", "stray"}
    numbers : ndarray of int64, shape (n,)
        Which step each step is; −1 for the others.
    """

    times: Floats
    polarity: Floats
    widths: Floats
    duties: Floats
    chopping: Floats
    roles: tuple[str, ...] = ()
    numbers: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def to_json(self) -> dict[str, JSON]:
        """Return the pulses as plain JSON, null where something cannot be told."""
        columns: dict[str, JSON] = {
            name: [value if math.isfinite(value) else None for value in getattr(self, name).tolist()] for name in _COLUMNS
        }
        return columns | {"roles": list(self.roles), "numbers": self.numbers.tolist()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "PulseTrain":
        """Read back what `to_json` wrote.

        Examples
        --------
        >>> row = np.array([0.5])
        >>> made = PulseTrain(row, row, row, row, np.array([np.nan]), ("step",), np.array([3]))
        >>> PulseTrain.from_json(made.to_json()).numbers
        array([3])
        """
        times, polarity, widths, duties, chopping = (np.array(data[name], dtype=np.float64) for name in _COLUMNS)
        numbers = np.array(data["numbers"], dtype=np.int64)
        return cls(times, polarity, widths, duties, chopping, tuple(data["roles"]), numbers)


@dataclass(frozen=True)
class QuartzReading:
    """The figures of one quartz measurement.

    Parameters
    ----------
    duration : float
        Seconds that were listened to.
    reason : Message or None
        Why the whole reading was refused; None when it is ok.
    kind : {"motor", "crystal", "lcd"} or None
        Which signal was read.
    step_period : Figure, s
        Measured mean; `nominal_step` is the nominal value beside it.
    rate : Figure, s/d
        Net rate, inhibition included. Its u is that of the measurement alone.
    rate_bounds : tuple of float or None
        Where an inhibition that this recording is too short to show could still put the net rate, s/d.
    crystal_rate : Figure, s/d
        Rate between inhibitions.
    inhibition_period : Figure, s
    inhibition_cycles : int or None
        Cycles of 32 768 Hz left out each time.
    inhibition_step : Figure, s/d
        What one cycle more or less would change.
    inhibition_probability : float or None
        Posterior probability of the period stated, or of there being none.
    inhibition_seen : {"found", "none", "unseen", "longer", "ambiguous", "given"}
        ``none``: excluded up to the longest known period; ``unseen``: not excluded.
    pulse_width : Figure, ms
        First edge to the end of the last chopping period.
    chopping : Figure, Hz
    duty : Figure, 1
        On-time over chopping period; 1 for a fixed pulse.
    alternating : bool or None
        Whether the polarity changes from step to step.
    missed, doubles, corrections : tuple of float
        Times in seconds of steps that did not come, steps too many, and correction pulses.
    steps : int
        Steps used.
    scatter : float or None
        Standard deviation of a step about the fit, seconds.
    drift : float
        Change of the rate during the recording, s/d; 0 when not significant.
    snr_db : float or None
        Mean power within the pulse over the noise power, in the band of the bench.
    false_alarm_probability : float
        Chance that a signal without a quartz watch would have looked as regular.
    """

    duration: float
    reason: Message | None = None
    kind: Kind | None = None
    nominal_step: float | None = None
    step_period: Figure = field(default_factory=lambda: refused("s"))
    rate: Figure = field(default_factory=lambda: refused("s/d"))
    rate_bounds: tuple[float, float] | None = None
    crystal_rate: Figure = field(default_factory=lambda: refused("s/d"))
    inhibition_period: Figure = field(default_factory=lambda: refused("s"))
    inhibition_cycles: int | None = None
    inhibition_step: Figure = field(default_factory=lambda: refused("s/d"))
    inhibition_probability: float | None = None
    inhibition_seen: Literal["found", "none", "unseen", "longer", "ambiguous", "given"] | None = None
    pulse_width: Figure = field(default_factory=lambda: refused("ms"))
    chopping: Figure = field(default_factory=lambda: refused("Hz"))
    duty: Figure = field(default_factory=lambda: refused("1"))
    alternating: bool | None = None
    missed: tuple[float, ...] = ()
    doubles: tuple[float, ...] = ()
    corrections: tuple[float, ...] = ()
    steps: int = 0
    scatter: float | None = None
    drift: float = 0.0
    snr_db: float | None = None
    false_alarm_probability: float = 1.0
    reference: ClockReference = field(default_factory=ClockReference)
    advice: tuple[Message, ...] = ()

    @property
    def status(self) -> Literal["ok", "refused"]:
        """Whether a quartz watch was heard."""
        return "ok" if self.reason is None else "refused"

    @property
    def rate_u_total(self) -> float | None:
        """Standard uncertainty of the net rate with that of the sampling clock, s/d."""
        return None if self.rate.u is None else math.hypot(self.rate.u, PPM * self.reference.u_ppm)

    def figures(self) -> dict[str, Figure]:
        """Return the figures that a page shows, by glossary term."""
        return {
            "rate": self.rate,
            "crystal_rate": self.crystal_rate,
            "inhibition": self.inhibition_period,
            "step_period": self.step_period,
            "pulse_width": self.pulse_width,
            "chopping": self.chopping,
            "duty": self.duty,
        }

    def to_json(self) -> dict[str, JSON]:
        """Return the reading with the keys that the command line promises."""
        month = self.rate.to("s/month")
        return {
            "status": self.status,
            "reason": None if self.reason is None else self.reason.text("en"),
            "reason_key": None if self.reason is None else self.reason.key,
            "kind": self.kind,
            "step_period_s": self.nominal_step,
            "step_period_measured_s": self.step_period.value,
            "step_period_u_s": self.step_period.u,
            "rate_s_per_d": self.rate.value,
            "rate_u_s_per_d": self.rate.u,
            "rate_u_total_s_per_d": self.rate_u_total,
            "rate_bounds_s_per_d": None if self.rate_bounds is None else list(self.rate_bounds),
            "rate_s_per_month": month.value,
            "rate_u_s_per_month": month.u,
            "crystal_rate_s_per_d": self.crystal_rate.value,
            "crystal_rate_u_s_per_d": self.crystal_rate.u,
            **self._inhibition(),
            **self._pulse(),
            "rate_drift_s_per_d": self.drift,
            "duration_s": self.duration,
            "snr_db": self.snr_db,
            "false_alarm_probability": self.false_alarm_probability,
            "reference": self.reference.to_json(),
            "refusals": {
                name: "" if figure.reason is None else figure.reason.text("en")
                for name, figure in self.figures().items()
                if self.reason is None and figure.reason not in {None, REFUSED}
            },
            "advice": [message.text("en") for message in self.advice],
        }

    def _inhibition(self) -> dict[str, JSON]:
        return {
            "inhibition": self.inhibition_seen,
            "inhibition_period_s": self.inhibition_period.value,
            "inhibition_cycles": self.inhibition_cycles,
            "inhibition_step_s_per_d": self.inhibition_step.value,
            "inhibition_probability": self.inhibition_probability,
        }

    def _pulse(self) -> dict[str, JSON]:
        return {
            "pulse_width_ms": self.pulse_width.value,
            "pulse_width_u_ms": self.pulse_width.u,
            "chopping_hz": self.chopping.value,
            "chopping_u_hz": self.chopping.u,
            "duty": self.duty.value,
            "duty_u": self.duty.u,
            "alternating": self.alternating,
            "steps": self.steps,
            "step_scatter_s": self.scatter,
            "missed_pulses": len(self.missed),
            "missed_pulse_times_s": list(self.missed),
            "double_pulses": len(self.doubles),
            "double_pulse_times_s": list(self.doubles),
            "correction_pulses": len(self.corrections),
            "correction_pulse_times_s": list(self.corrections),
        }


@dataclass(frozen=True)
class QuartzMeasurement:
    """A reading with the pulses it came from (None when it came from a tone)."""

    reading: QuartzReading
    pulses: PulseTrain | None = None
