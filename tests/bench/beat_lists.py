# SPDX-License-Identifier: Apache-2.0
"""Beat times with exact truth, for the tests of what is done with them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]
DAY = 86400.0


@dataclass(frozen=True)
class StruckWatch:
    """A watch whose every beat is known; its first beat is a tick."""

    beats_per_hour: float = 28800.0
    rate: float = 0.0
    beat_error: float = 0.0
    jitter: float = 70e-6
    seed: int = 1

    @property
    def interval(self) -> float:
        """True beat interval in seconds."""
        return 3600 / (self.beats_per_hour * (1 + self.rate / DAY))

    def strike(self, beats: int) -> Times:
        """Return the time of each beat."""
        k = np.arange(beats)
        noise = np.random.default_rng(self.seed).normal(0, self.jitter, beats) if self.jitter else np.zeros(beats)
        return np.asarray(1.0 + k * self.interval - (-1.0) ** k * self.beat_error / 2 + noise)


def swing(*, beats: int, interval: float, amplitude: float, lift_angle: float, offset: float = 0.0) -> tuple[Times, Times]:
    """Return unlock and drop of a balance that swings freely: θ = A sin(2πt/T) about a dead centre `offset` degrees off."""
    turn = 2 * interval
    early = np.arcsin((offset - lift_angle / 2) / amplitude) * turn / (2 * np.pi)
    late = np.arcsin((offset + lift_angle / 2) / amplitude) * turn / (2 * np.pi)
    k = np.arange(beats)
    middle = 1.0 + k * interval
    # The tock passes the same angles the other way.
    unlock = np.where(k % 2 == 0, middle + early, middle - late)
    drop = np.where(k % 2 == 0, middle + late, middle - early)
    return unlock, drop
