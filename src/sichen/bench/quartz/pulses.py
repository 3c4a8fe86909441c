# SPDX-License-Identifier: Apache-2.0
"""Finding motor pulses in sound that arrives in pieces.

The chain: high pass → subtract the mean cycle of the mains → jumps (mean after minus mean before) → edges → pulses
→ the leading edge of each is timed against the mean leading edge of the first pulses. A leading edge looks the same
at every drive level and width, so an adaptive drive does not move the time.
"""

from array import array
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.bench.quartz.facts import quartz_facts

Floats = npt.NDArray[np.float64]

HIGH_PASS = 200.0
"""Corner in Hz: above the mains and its first harmonics, below the edges of a pulse."""

JUMP_TIME = 62e-6
"""Seconds averaged on each side of a jump: three samples at 48 kHz, half of the shortest chopping gap."""

SURE, LIKELY = 6.0, 4.2
"""A pulse needs one edge of this many standard deviations of the noise; the others may be weaker."""

SHARE = 0.35
"""… and this share of the largest edge in the pulse: the ringing of a band limit stays below 0.2."""

CHOP_GAP = 2.2e-3
"""Longest time in s without current within one pulse: chopping goes down to 512 Hz."""

QUIETEST = 1e-5
"""Edges below this, full scale, are rounding: a third of the step of 16 bit."""

LEARN = 24
"""Pulses whose mean leading edge becomes the measure for all."""

SLOW_RATE = 4000.0
"""Values a second on which the mains are followed."""

MOST_EDGES = 2000
"""A second with more edges is something else: sixteen chopped pulses have 500."""

SETTLE = 5e-3
"""Seconds at the beginning in which the high pass still answers to the mains being switched on."""

MARGIN = 0.12
"""Seconds looked at on both sides of a block, so that no pulse is cut."""

FIELDS = ("place", "sign", "height", "width", "duty", "chopping", "power", "share")


@dataclass(frozen=True)
class FoundPulses:
    """Pulses as they were found, one row each; see `PulseTrain` for the units.

    `power` is the mean power in the pulse over that of the noise; `share` is how much of the leading edge the mean
    edge explains.
    """

    times: Floats
    sign: Floats
    height: Floats
    width: Floats
    duty: Floats
    chopping: Floats
    power: Floats
    share: Floats

    def take(self, index: npt.NDArray[np.int64]) -> "FoundPulses":
        """Return some of the rows."""
        return FoundPulses(**{name: column[index] for name, column in vars(self).items()})


class PulseFinder:
    """Listens to one channel and keeps what it finds: a few numbers a pulse, nothing else.

    Parameters
    ----------
    sample_rate : float > 0
        Nominal frames a second.
    """

    def __init__(self, sample_rate: float) -> None:
        from scipy.signal import butter, sosfilt_zi

        self.sample_rate = sample_rate
        corner = min(HIGH_PASS, 0.2 * sample_rate)
        rows = np.atleast_2d(butter(2, corner, "highpass", fs=sample_rate, output="sos"))
        self._sections = np.ascontiguousarray(rows[:, [0, 1, 2, 4, 5]])
        self._state = np.zeros((rows.shape[0], 2))
        self._block = round(sample_rate)
        self._margin = round(MARGIN * sample_rate)
        self._rest = sosfilt_zi(rows)
        self._raw = np.empty(0)
        self._filtered = np.empty(0)
        self._begin = 0
        self._lead = 0
        self._columns = {name: array("d") for name in FIELDS}
        self._edge = EdgeTimer(sample_rate)

    def feed(self, samples: Floats) -> None:
        """Take the next samples, shape (n,), float64."""
        from sichen.bench.quartz.kernels import biquads

        if not samples.size:
            return
        if not self._begin and not self._raw.size:
            # The filter begins as if the first sample had always been there: no false edge at the start.
            self._state += self._rest * samples[0]
        out = np.empty_like(samples)
        biquads(samples, self._sections, self._state, out)
        self._raw = np.concatenate([self._raw, samples])
        self._filtered = np.concatenate([self._filtered, out])
        while self._raw.size >= self._lead + self._block + self._margin:
            whole = self._lead + self._block + self._margin
            self._look(self._raw[:whole], self._filtered[:whole])
            gone = self._lead + self._block - self._margin
            self._raw, self._filtered = self._raw[gone:], self._filtered[gone:]
            self._begin += gone
            self._lead = self._margin

    def found(self) -> FoundPulses:
        """Return all pulses so far, those in the unfinished block included; listening may go on."""
        kept = {name: array("d", column) for name, column in self._columns.items()}
        edge = self._edge.copy()
        if self._raw.size > self._lead:
            self._look(self._raw, self._filtered)
        self._edge.settle(self._columns)
        result = self._rows()
        self._columns, self._edge = kept, edge
        return result

    def _rows(self) -> FoundPulses:
        data = {name: np.array(column, dtype=np.float64) for name, column in self._columns.items()}
        times = data.pop("place") / self.sample_rate
        order = np.argsort(times, kind="stable")
        return FoundPulses(times=times[order], **{name: column[order] for name, column in data.items()})

    def _look(self, raw: Floats, filtered: Floats) -> None:
        """Find the pulses that begin in the middle of a window."""
        from sichen.bench.quartz.kernels import jumps, peaks

        half = max(1, round(JUMP_TIME * self.sample_rate))
        if raw.size < MARGIN * self.sample_rate:
            return
        signal = without_mains(raw, filtered, self.sample_rate)
        jump = jumps(signal, half)
        noise = float(np.median(np.abs(jump[::7]))) / 0.6745
        edges = np.empty((MOST_EDGES, 2))
        low, high = max(LIKELY * noise, QUIETEST), max(SURE * noise, QUIETEST)
        ahead = round(1.1 * quartz_facts()["pulse_width"].values[1] * self.sample_rate)
        count = peaks(jump, low, high, half, ahead, SHARE, edges)
        if count == MOST_EDGES:
            return
        floor = (1.4826 * float(np.median(np.abs(signal[::7])))) ** 2
        for first, last in group_edges(edges[:count], self.sample_rate):
            place = edges[first, 0]
            inside = self._lead - 0.0005 * self.sample_rate <= place < self._lead + self._block
            settled = self._begin + place > SETTLE * self.sample_rate
            if inside and settled and not self._known(self._begin + place):
                self._keep(signal, edges[first:last], floor)

    def _known(self, place: float) -> bool:
        """Whether the window before has already reported this pulse at its very end."""
        column = self._columns["place"]
        return bool(column) and place - column[-1] < 0.001 * self.sample_rate

    def _keep(self, signal: Floats, edges: Floats, floor: float) -> None:
        sign = 1.0 if edges[0, 1] > 0.0 else -1.0
        width, duty, chopping = pulse_shape(edges[:, 0] / self.sample_rate, edges[:, 1])
        start = edges[0, 0]
        stop = round(start + (width if np.isfinite(width) else 5e-3) * self.sample_rate)
        inside = signal[round(start) : max(stop, round(start) + 4)]
        power = float(np.mean(inside**2)) / max(floor, 1e-20) - 1.0
        row = (self._begin + start, sign, abs(edges[0, 1]), width, duty, chopping, power, np.nan)
        for name, value in zip(FIELDS, row, strict=True):
            self._columns[name].append(value)
        self._edge.take(self._columns, signal, start, sign, self._begin)


def without_mains(raw: Floats, filtered: Floats, sample_rate: float) -> Floats:
    """Return the filtered sound less its mean cycle at 50 or 60 Hz, where there is such a cycle."""
    from sichen.bench.quartz.kernels import remove_cycle

    signal = filtered.copy()
    factor = max(1, int(sample_rate / SLOW_RATE))
    slow = raw[: raw.size // factor * factor].reshape(-1, factor).mean(axis=1)
    found = max(_mains(slow, mains, sample_rate / factor) for mains in (50.0, 60.0))
    if found[0] > QUIETEST:
        limit = 4.0 * 1.4826 * float(np.median(np.abs(signal[::7])))
        remove_cycle(signal, sample_rate / found[1], limit)
    return signal


def _mains(slow: Floats, nominal: float, sample_rate: float) -> tuple[float, float]:
    """Return height and frequency of the mains, height 0 when it does not stand still at ± 0.5 Hz.

    Pieces of 0.1 s hold whole cycles of 50 and of 60 Hz, so that the harmonics of either do not leak.
    """
    from sichen.bench.quartz.kernels import sums_with

    size = round(0.1 * sample_rate)
    parts = slow.size // size
    if parts < 3:  # noqa: PLR2004 - a slope and a scatter
        return 0.0, nominal
    angle = 2.0 * np.pi * nominal / sample_rate * np.arange(size)
    turning = sums_with(slow, np.cos(angle) / size, -np.sin(angle) / size, size)
    turning *= np.exp(-2j * np.pi * ((nominal / sample_rate * size * np.arange(parts)) % 1.0))
    number = np.arange(parts) - (parts - 1) / 2.0
    phase = np.unwrap(np.angle(turning))
    slope = float(np.sum(number * phase) / np.sum(number * number))
    mean = abs(np.mean(turning * np.exp(-1j * slope * number)))
    if abs(slope) > 0.3 or mean < 3.0 * float(np.std(np.abs(turning))):  # noqa: PLR2004 - 0.3 rad in 0.1 s
        return 0.0, nominal
    return float(mean), nominal + slope / (2.0 * np.pi * size) * sample_rate


def group_edges(edges: Floats, sample_rate: float) -> list[tuple[int, int]]:
    """Return first and last + 1 of the edges of each pulse.

    Current flows from a first edge until one the other way; a short pause is chopping, a longer one ends the pulse.
    """
    longest = 1.05 * quartz_facts()["pulse_width"].values[1] * sample_rate
    gap = CHOP_GAP * sample_rate
    groups: list[tuple[int, int]] = []
    first = 0
    places, signs = edges[:, 0].tolist(), np.sign(edges[:, 1]).tolist()
    for index in range(1, len(places) + 1):
        if index < len(places):
            flows = signs[index - 1] == signs[first]
            pause = places[index] - places[index - 1]
            if (
                pause <= (longest if flows and signs[index] != signs[first] else gap)
                and places[index] - places[first] <= longest
            ):
                continue
        groups.append((first, index))
        first = index
    return groups if places else []


def pulse_shape(when: Floats, height: Floats) -> tuple[float, float, float]:
    """Return width (s), duty and chopping frequency (Hz) from the edges of one pulse; NaN where they make no sense.

    Examples
    --------
    >>> import numpy as np
    >>> on = np.arange(8) / 1024
    >>> when = np.stack([on, on + 0.75 / 1024], axis=1).ravel()
    >>> width, duty, chopping = pulse_shape(when, np.tile([1.0, -1.0], 8))
    >>> round(1e3 * width, 4), round(duty, 3), round(chopping)
    (7.8125, 0.75, 1024)
    """
    signs = np.sign(height) * np.sign(height[0])
    if when.size % 2 or not np.array_equal(signs, np.tile([1.0, -1.0], when.size // 2)):
        return np.nan, np.nan, np.nan
    on, off = when[::2], when[1::2]
    width = float(off[-1] - on[0])
    if on.size == 1:
        return width, 1.0, np.nan
    order = np.arange(on.size) - (on.size - 1) / 2.0
    period = float(np.sum(order * on) / np.sum(order * order))
    if np.max(np.abs(np.diff(on) - period)) > 0.15 * period:
        return np.nan, np.nan, np.nan
    duty = float(np.median((off - on)[:-1])) / period
    if abs(float(off[-1] - on[-1]) - duty * period) < 0.15 * period:
        width += (1.0 - duty) * period
    return width, duty, 1.0 / period


class EdgeTimer:
    """Times leading edges by the mean of the first ones.

    Parameters
    ----------
    sample_rate : float > 0
    """

    FINE = 16

    def __init__(self, sample_rate: float) -> None:
        self.before = max(6, round(0.4e-3 * sample_rate))
        self.after = max(3, round(0.22e-3 * sample_rate))
        self.shape: Floats | None = None
        self._waiting: list[tuple[int, float, Floats]] = []

    def copy(self) -> "EdgeTimer":
        """Return a timer in the same state."""
        twin = object.__new__(EdgeTimer)
        twin.before, twin.after, twin.shape = self.before, self.after, self.shape
        twin._waiting = list(self._waiting)
        return twin

    def take(self, columns: dict[str, "array[float]"], signal: Floats, start: float, sign: float, begin: int) -> None:
        """Time the pulse in the last row, or keep its edge until there are enough to learn from."""
        pad = 18
        first = int(start) - self.before - pad
        last = int(start) + self.after + pad + 2
        if first < 0 or last > signal.size:
            return
        snippet = sign * signal[first:last]
        row = len(columns["place"]) - 1
        self._waiting.append((row, float(begin + first), snippet))
        if self.shape is not None:
            self._time(columns, self.shape)
        elif len(self._waiting) >= LEARN:
            self.settle(columns)

    def settle(self, columns: dict[str, "array[float]"]) -> None:
        """Learn from what there is and time it."""
        if self.shape is None and len(self._waiting) >= 3:  # noqa: PLR2004 - a mean of fewer is none
            self.shape = self._learn(columns)
        if self.shape is not None:
            self._time(columns, self.shape)

    def _learn(self, columns: dict[str, "array[float]"]) -> Floats:
        """Return the median leading edge, aligned over four rounds, on a fine grid."""
        from sichen.bench.quartz.kernels import align, shifted

        heights = np.array([columns["height"][row] for row, _, _ in self._waiting])
        usual = [item for item, height in zip(self._waiting, heights, strict=True) if height >= 0.5 * np.median(heights)]
        starts = [columns["place"][row] - base - self.before for row, base, _ in usual]
        count = (self.before + self.after) * self.FINE
        read = np.empty((len(usual), count))
        shape = np.empty(count)
        for _ in range(4):
            for index, (_, _, snippet) in enumerate(usual):
                shifted(snippet, starts[index], 1.0 / self.FINE, read[index])
            shape = np.median(read, axis=0)
            for index, (_, _, snippet) in enumerate(usual):
                starts[index] = align(snippet, starts[index], shape, self.FINE)[0]
        return shape

    def _time(self, columns: dict[str, "array[float]"], shape: Floats) -> None:
        from sichen.bench.quartz.kernels import align

        for row, base, snippet in self._waiting:
            first = columns["place"][row] - base - self.before
            start, _, share = align(snippet, first, shape, self.FINE)
            if abs(start - first) < 3.0:  # noqa: PLR2004 - samples; farther off it is another edge
                columns["place"][row] = base + start + self.before
                columns["share"][row] = share
        self._waiting.clear()
