# SPDX-License-Identifier: Apache-2.0
"""A quartz watch on paper: when its motor steps, exactly."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from sichen.bench.quartz.facts import CYCLE, DAY, quartz_facts
from sichen.bench.synthesis_limits import check_limits
from sichen.core import JSON

Times = npt.NDArray[np.float64]
Role = Literal["step", "double", "correction"]


@dataclass(frozen=True)
class QuartzWatch:
    """A watch with a quartz crystal and a stepping motor or a display.

    Parameters
    ----------
    step_period : float > 0
        Seconds between two steps; 1/8 or 1/16 for a sweeping hand.
    crystal_rate : float
        How fast the crystal runs at its turnover temperature, s/d.
    inhibition_period : float >= 0
        Seconds between two inhibitions, 0 for none.
    inhibition_cycles : int
        Cycles of 32 768 Hz left out each time.
    inhibition_phase : float in [0, 1)
        Where in its period the inhibition stands when the recording begins.
    temperature : float
        °C at the beginning.
    warming : float
        K per hour after the beginning.
    pulse_width : float
        Seconds; the gate of the drive.
    chopping : float >= 0
        Chopping frequency in Hz, 0 for a fixed pulse.
    duty : float in (0, 1]
        On-time over chopping period.
    needed_duty : float or None
        With an adaptive drive, the power that the train needs: each `lowering_period` the IC tries less, and
        a pulse below this is followed by a correction pulse. None for a drive that does not adapt.
    lowering_period : float
        Seconds between two attempts with less power.
    correction_delay : float
        Seconds from pulse to correction pulse.
    correction_width : float
        Seconds that a correction pulse lasts, at full power.
    alternating : bool
        Whether the polarity changes from step to step, as a two-pole stepping motor needs.
    missed : tuple of int
        Numbers of the steps that do not come.
    doubled : tuple of int
        Numbers of the steps that come twice.
    double_delay : float
        Seconds from a step to its double.
    jitter : float
        Standard deviation of a pulse edge, in seconds.
    """

    step_period: float = 1.0
    crystal_rate: float = 3.0
    inhibition_period: float = 60.0
    inhibition_cycles: int = 68
    inhibition_phase: float = 0.35
    temperature: float = 25.0
    warming: float = 0.0
    pulse_width: float = 7.8125e-3
    chopping: float = 1024.0
    duty: float = 0.75
    needed_duty: float | None = None
    lowering_period: float = 240.0
    correction_delay: float = 0.0625
    correction_width: float = 7.8125e-3
    alternating: bool = True
    missed: tuple[int, ...] = ()
    doubled: tuple[int, ...] = ()
    double_delay: float = 0.375
    jitter: float = 0.0

    def __post_init__(self) -> None:
        check_limits("quartz", self)

    @property
    def inhibition_rate(self) -> float:
        """What inhibition takes from the crystal, in s/d.

        Examples
        --------
        >>> round(QuartzWatch(inhibition_period=60.0, inhibition_cycles=1).inhibition_rate, 4)
        0.0439
        """
        if not self.inhibition_period:
            return 0.0
        return DAY * self.inhibition_cycles * CYCLE / self.inhibition_period

    @property
    def net_rate(self) -> float:
        """Rate over whole inhibition periods at the starting temperature, in s/d."""
        return _slowed(self.crystal_rate + DAY * float(_bend(np.array([self.temperature]))[0]), self)


@dataclass(frozen=True)
class QuartzTruth:
    """What really happened, beside a synthesised recording.

    Parameters
    ----------
    watch : QuartzWatch
    times : ndarray, shape (n,)
        When each pulse began, in true seconds from the beginning.
    clock_times : ndarray, shape (n,)
        The same on the sampling clock, in seconds.
    roles : tuple of {"step", "double", "correction"}
    numbers : ndarray of int64, shape (n,)
        Which step each pulse belongs to.
    polarity : ndarray of float64, shape (n,)
        +1 or −1.
    widths, duties : ndarray, shape (n,)
        Gate in seconds, and on-time over chopping period.
    missed_times : ndarray
        When the missed steps should have come, on the sampling clock.
    clock_ppm : float
        How fast the sampling clock ran.
    crystal_rate, net_rate : float
        Means over the recording, s/d.
    """

    watch: QuartzWatch
    times: Times
    clock_times: Times
    roles: tuple[Role, ...]
    numbers: npt.NDArray[np.int64]
    polarity: Times
    widths: Times
    duties: Times
    missed_times: Times = field(repr=False)
    clock_ppm: float = 0.0
    crystal_rate: float = 0.0
    net_rate: float = 0.0

    def to_json(self) -> dict[str, JSON]:
        """Return the truth as it is written beside a recording; times in seconds, rates in s/d."""
        return {
            "step_period_s": self.watch.step_period,
            "rate_s_per_d": self.net_rate,
            "crystal_rate_s_per_d": self.crystal_rate,
            "inhibition_period_s": self.watch.inhibition_period,
            "inhibition_cycles": self.watch.inhibition_cycles,
            "pulse_width_s": self.watch.pulse_width,
            "chopping_hz": self.watch.chopping,
            "duty": self.watch.duty,
            "clock_ppm": self.clock_ppm,
            "pulse_s": self.times.tolist(),
            "clock_s": self.clock_times.tolist(),
            "role": list(self.roles),
            "step": self.numbers.tolist(),
            "polarity": self.polarity.tolist(),
            "missed_s": self.missed_times.tolist(),
        }

    def of(self, role: Role) -> Times:
        """Return when the pulses of one role began, on the sampling clock."""
        times: Times = self.clock_times[np.array([each == role for each in self.roles], dtype=bool)]
        return times


def simulate_steps(watch: QuartzWatch, *, duration: float, seed: int = 0, clock_ppm: float = 0.0) -> QuartzTruth:
    """Work out every motor pulse of a watch, without making sound.

    Parameters
    ----------
    watch : QuartzWatch
    duration : float > 0
        True seconds.
    seed : int
        For the jitter; equal seeds give equal pulses.
    clock_ppm : float
        How fast the sampling clock runs.

    Returns
    -------
    QuartzTruth

    Notes
    -----
    The divider counts cycles. Step number k comes when the crystal has made ``k P 32768`` cycles more than those
    that inhibition left out until then; a fast crystal gets there early.

    Examples
    --------
    >>> watch = QuartzWatch(crystal_rate=0.0, inhibition_period=0.0)
    >>> simulate_steps(watch, duration=3.0).times.round(3).tolist()
    [0.25, 1.25, 2.25]
    """
    rng = np.random.default_rng(seed)
    numbers, when = _steps(watch, duration)
    present = ~np.isin(numbers, watch.missed)
    pulses = _pulses(watch, numbers[present], when[present])
    times = pulses["time"] + watch.jitter * rng.standard_normal(pulses.shape[0])
    kept = times < duration
    pulses, times = pulses[kept], times[kept]
    scale = 1.0 + 1e-6 * clock_ppm
    mean = DAY * float(np.mean(_frequency_offset(watch, (np.arange(1000) + 0.5) * duration / 1000)))
    names: tuple[Role, ...] = ("step", "double", "correction")
    return QuartzTruth(
        watch=watch,
        times=times,
        clock_times=times * scale,
        roles=tuple(names[role] for role in pulses["role"]),
        numbers=pulses["number"].astype(np.int64),
        polarity=pulses["polarity"].astype(np.float64),
        widths=pulses["width"].astype(np.float64),
        duties=pulses["duty"].astype(np.float64),
        missed_times=when[~present] * scale,
        clock_ppm=clock_ppm,
        crystal_rate=mean,
        net_rate=_slowed(mean, watch),
    )


PULSE = np.dtype([("time", "f8"), ("number", "i8"), ("role", "i8"), ("polarity", "f8"), ("width", "f8"), ("duty", "f8")])


def _steps(watch: QuartzWatch, duration: float) -> tuple[npt.NDArray[np.int64], Times]:
    """Return the number and the true time of every step that should come."""
    grid = np.linspace(0.0, duration + 2.0, max(2, int(duration) + 3))
    gained = np.concatenate([[0.0], np.cumsum(_frequency_offset(watch, (grid[1:] + grid[:-1]) / 2.0) * np.diff(grid))])
    start = min(0.25, watch.step_period / 4.0)
    numbers = np.arange(int((duration + 1.0) / watch.step_period) + 1, dtype=np.int64)
    shown = start + numbers * watch.step_period
    if watch.inhibition_period:
        dropped = np.floor(shown / watch.inhibition_period + watch.inhibition_phase)
        dropped -= np.floor(watch.inhibition_phase)
        shown = shown + dropped * watch.inhibition_cycles * CYCLE
    when = np.interp(shown, grid + gained, grid)
    inside = when < duration
    return numbers[inside], when[inside]


def _slowed(crystal: float, watch: QuartzWatch) -> float:
    """Return the net rate: an inhibited period shows the same seconds and takes n cycles longer."""
    return DAY * ((1.0 + crystal / DAY) / (1.0 + watch.inhibition_rate / DAY) - 1.0)


def _frequency_offset(watch: QuartzWatch, t: Times) -> Times:
    return watch.crystal_rate / DAY + _bend(watch.temperature + watch.warming * t / 3600.0)


def _bend(temperature: Times) -> Times:
    facts = quartz_facts()
    bend: Times = facts["temperature_coefficient"].value * (temperature - facts["turnover_temperature"].value) ** 2
    return bend


def _pulses(watch: QuartzWatch, numbers: npt.NDArray[np.int64], when: Times) -> npt.NDArray[np.void]:
    """Return main, double and correction pulses in order of time."""
    duty = _duties(watch, when)
    doubled = np.isin(numbers, watch.doubled)
    flips = numbers + np.cumsum(doubled) - doubled
    polarity = np.where(watch.alternating & (flips % 2 == 1), -1.0, 1.0)
    main = _rows(when, numbers, 0, polarity=polarity, width=watch.pulse_width, duty=duty)
    back = -polarity if watch.alternating else polarity
    twice = _rows(when + watch.double_delay, numbers, 1, polarity=back, width=watch.pulse_width, duty=duty)[doubled]
    weak = duty < watch.needed_duty if watch.needed_duty is not None else np.zeros(when.size, dtype=bool)
    late, full = when + watch.correction_delay, np.ones(when.size)
    again = _rows(late, numbers, 2, polarity=polarity, width=watch.correction_width, duty=full)[weak]
    rows = np.concatenate([main, twice, again])
    return rows[np.argsort(rows["time"], kind="stable")]


def _duties(watch: QuartzWatch, when: Times) -> Times:
    """Return the power of each step: an adaptive drive lowers it now and then, and takes it back after a failure."""
    if watch.needed_duty is None:
        return np.full(when.size, watch.duty if watch.chopping else 1.0)
    levels = np.array(quartz_facts()["chopping_duties"].values)
    enough = int(np.searchsorted(levels, watch.needed_duty))
    level, due = int(np.searchsorted(levels, watch.duty)), watch.lowering_period
    chosen = np.empty(when.size)
    for index, time in enumerate(when):
        if time >= due:
            level, due = max(level - 1, 0), due + watch.lowering_period
        chosen[index] = levels[level]
        level = max(level, enough)
    return chosen


def _rows(
    when: Times, numbers: npt.NDArray[np.int64], role: int, *, polarity: Times, width: float, duty: Times
) -> npt.NDArray[np.void]:
    rows = np.zeros(when.size, dtype=PULSE)
    rows["time"], rows["number"], rows["role"] = when, numbers, role
    rows["polarity"], rows["width"], rows["duty"] = polarity, width, duty
    return rows
