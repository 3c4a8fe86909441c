# SPDX-License-Identifier: Apache-2.0
"""Blocks of a recording: the same watch timed on and on, with what must be kept of each block."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sichen.bench.acoustic.combine import Mix
from sichen.bench.acoustic.frontend import FrontEnd
from sichen.bench.acoustic.line import Line
from sichen.bench.acoustic.parts import Parts, Places, time_parts
from sichen.bench.acoustic.search import sound_between
from sichen.bench.acoustic.timing import Fit, Profile, fit_window, fold_sides

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

STILL_THERE = 6.0
"""Standard deviations that all beats of a block together must rise above the noise."""
HALF = 0.5
"""When fewer of the beats than this are heard of a watch that was loud, it is searched anew."""


@dataclass(frozen=True)
class Block:
    """What is kept of a block.

    Parameters
    ----------
    segment : int
        Blocks of one segment follow one another without a break.
    line : Line
    origin : float
        Number of the beat from which `covariance` counts.
    covariance : ndarray of float64, shape (3, 3)
        Of first (at `origin`), interval and sway.
    numbers : ndarray of int64, shape (n,)
    times : ndarray of float64, shape (n,)
        NaN where a beat was not heard.
    noise : float
        Standard deviation that noise gives to the time of one beat, in seconds.
    single : bool
    strength : float
    gated : float
        Seconds that were left out because somebody knocked.
    parts : Parts
        Unlock and impulse of the single beats.
    """

    segment: int
    line: Line
    origin: float
    covariance: F64
    numbers: I64
    times: F64
    noise: float
    single: bool
    strength: float
    gated: float
    parts: Parts

    @classmethod
    def of(cls, fit: Fit, segment: int, parts: Parts | None = None) -> "Block":
        """Keep what is needed of a fit."""
        return cls(
            segment,
            fit.line,
            fit.origin,
            fit.covariance,
            fit.numbers,
            fit.times,
            fit.noise,
            fit.single,
            fit.strength,
            fit.gated,
            parts or Parts.none(fit.numbers.size),
        )


@dataclass(frozen=True)
class Known:
    """What is known of a watch before its next block: where its beats come, how to hear them, what they look like."""

    line: Line
    mix: Mix
    profile: Profile
    places: Places | None = None


def track_block(front: FrontEnd, known: Known, span: tuple[int, int], before: Block) -> tuple[Block | None, Profile | None]:
    """Time a block, from one fine bin to another, of a watch that is known.

    Returns
    -------
    Block or None
        None when the watch is not where it was expected.
    Profile or None
        The mean packets of this block.
    """
    sound, _ = sound_between(front, known.line, *span, known.mix)
    fit = fit_window(sound, known.line, known=known.profile, passes=2, after=int(before.numbers[-1]))
    if fit is None or fit.total < STILL_THERE or (before.single and fit.heard.mean() < HALF):
        return None, None
    times = fit.times if fit.single and fit.strength > 20.0 else None  # noqa: PLR2004 - much louder than needed
    parts = time_parts(sound, known.profile, fit.line, fit.numbers, known.places) if known.places and fit.single else None
    return Block.of(fit, before.segment, parts), fold_sides(sound, fit.line, fit.numbers, times, like=known.profile)
