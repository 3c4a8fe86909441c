# SPDX-License-Identifier: Apache-2.0
"""Allan deviations at doubling averaging times, from beats as they come, in constant memory."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.core import JSON

Values = npt.NDArray[np.float64]

DAY = 86400.0


@dataclass(frozen=True)
class Stability:
    """Instability of a rate at one averaging time.

    Parameters
    ----------
    tau : float
        Averaging time, seconds.
    allan, modified : float
        Allan deviation and its modified form, s/d.
    u : float
        Standard uncertainty of `allan`, s/d.
    count : int
        Second differences behind it.
    """

    tau: float
    allan: float
    modified: float
    u: float
    count: int

    def to_json(self) -> dict[str, JSON]:
        """Return the entry as plain JSON."""
        return {"tau_s": self.tau, "allan_s_per_d": self.allan, "modified_s_per_d": self.modified, "u_s_per_d": self.u}


class Octaves:
    """Sum up squared second differences of phase at doubling factors.

    Parameters
    ----------
    interval : float > 0
        Seconds between two phases.

    Notes
    -----
    Each octave keeps every second phase of the one below for the Allan deviation, and the mean of every two for
    the modified one. The differences of one octave do not overlap, which costs some confidence and no memory.
    """

    _LEVELS = 32

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._sums = np.zeros((2, self._LEVELS))
        self._counts = np.zeros((2, self._LEVELS), dtype=np.int64)
        self.break_phase()

    def break_phase(self) -> None:
        """Forget the last phases: what comes next has another origin."""
        self._tails = [[np.zeros(0) for _ in range(self._LEVELS)] for _ in range(2)]
        self._spare = [[np.zeros(0) for _ in range(self._LEVELS)] for _ in range(2)]

    def feed(self, phase: Values) -> None:
        """Take the next phases, evenly spaced, in seconds."""
        for kind in range(2):
            row = phase
            for level in range(self._LEVELS):
                if not row.size:
                    break
                self._add(kind, level, row)
                row = self._halve(kind, level, row)

    def _add(self, kind: int, level: int, row: Values) -> None:
        joined = np.concatenate([self._tails[kind][level], row])
        bend = joined[2:] - 2 * joined[1:-1] + joined[:-2]
        self._sums[kind, level] += float(bend @ bend)
        self._counts[kind, level] += bend.size
        self._tails[kind][level] = joined[-2:]

    def _halve(self, kind: int, level: int, row: Values) -> Values:
        joined = np.concatenate([self._spare[kind][level], row])
        pairs = joined[: joined.size // 2 * 2].reshape(-1, 2)
        self._spare[kind][level] = joined[pairs.size :]
        return np.asarray(pairs.mean(axis=1) if kind else pairs[:, 0], dtype=np.float64)

    def result(self) -> tuple[Stability, ...]:
        """Return every octave with at least two differences."""
        found = []
        for level in range(self._LEVELS):
            count = int(self._counts[:, level].min())
            if count < 2:  # noqa: PLR2004 - one difference has no confidence at all
                break
            tau = self._interval * 2**level
            allan, modified = np.sqrt(self._sums[:, level] / self._counts[:, level] / 2) / tau * DAY
            # Neighbouring differences of white phase share two thirds: half of them are independent.
            found.append(Stability(tau, float(allan), float(modified), float(allan) / count**0.5, count))
        return tuple(found)
